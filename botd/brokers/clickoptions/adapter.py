"""An account at ClickOptions, which can be read and nothing else."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import NoReturn
from urllib.parse import quote

from botd.brokers.clickoptions import endings
from botd.brokers.clickoptions.access import ClickOptionsAccess
from botd.brokers.clickoptions.answers import Page, one_of, page_of
from botd.brokers.clickoptions.card import CARD
from botd.brokers.clickoptions.wire import Position, Status
from botd.brokers.port import (
    AccountState,
    CapabilityCard,
    ContractTerms,
    SessionHours,
    SettlementRecord,
)
from botd.brokers.transport.answer import Answer, Lane
from botd.brokers.transport.budget import RequestBudget
from botd.brokers.transport.credentials import StaticCredentials
from botd.brokers.transport.dates import http_date
from botd.brokers.transport.door import Carriers, HttpDoor
from botd.brokers.transport.fields import Unreadable
from botd.clock import Clock
from botd.domain.orders import Holding, OrderIntent, OrderReport
from botd.domain.quote import LastTrade, MarketView
from botd.domain.roots import CRYPTO_ASSETS
from botd.errors import OrderRefused, OutcomeUnknown, Refusal, RefusalReason

__all__ = ["ClickOptionsAccess", "ClickOptionsBroker"]

_POSITIONS = "/v1/positions"
_PAGE = 100
_MOST_PAGES = 40  # more take longer than a minute of requests
_MOST_STALE = 20  # of positions that a list shows open after their end
_HALF_A_SECOND = timedelta(seconds=0.5)  # a header tells whole seconds, cut off
_ENDS_AT = time(8, 0, tzinfo=UTC)
_ENDED = (Status.EXERCISED, Status.CLOSED)
_CLOSING = (Status.OPEN, Status.CLOSED, Status.LIQUIDATED)
_NO_CALL = "ClickOptions has no call that closes a position: close it there. Nothing was sent."


class ClickOptionsBroker:
    """
    A `Broker` over ClickOptions' REST API, whose positions are read-only.

    It remembers no more than when it first saw contracts closed, which the API does not
    tell.
    """

    def __init__(
        self,
        access: ClickOptionsAccess,
        clock: Clock,
        *,
        account: str,
        carriers: Carriers = Carriers(),  # noqa: B008 - frozen
    ) -> None:
        """
        Open nothing yet.

        Args:
            access: where, and with what.
            clock: the time.
            account: its name in the bots' files; the API has none, the token opens one account.
            carriers: of requests; the default are real connections.
        """
        self._access = access
        self._clock = clock
        self._account = account
        self._ahead = timedelta(0)  # of the broker's clock, by its last answer
        self._seen: dict[tuple[str, int], datetime] = {}
        self._door = HttpDoor(
            base_url=access.url,
            clock=clock,
            budget=RequestBudget(clock, per_minute=CARD.requests_per_minute),
            credentials=StaticCredentials(access.headers),
            quota=lambda _: None,
            carriers=carriers,
        )

    @property
    def card(self) -> CapabilityCard:
        """Tell what ClickOptions can do."""
        return CARD

    async def account(self) -> AccountState:
        """
        Read a position, which shows that the token opens an account.

        Nothing else of it is told: neither its name, nor money, nor whether it is blocked.
        """
        await self._page((("status", Status.OPEN.value),), 1, 1)
        return AccountState(
            account=self._account,
            environment=self._access.environment,
            can_trade=True,
            cash=None,
            as_of=self._now(),
        )

    async def session(self, day: date) -> SessionHours | None:
        """Tell none: contracts trade around the clock."""
        del day
        return None

    async def holdings(self) -> tuple[Holding, ...]:
        """
        Read all open positions: contracts that are left, by symbol.

        One that the list shows open after its end is asked for by its id. Ours by their
        symbol, others by ClickOptions' own.
        """
        with _reading():
            found = await self._fresh(await self._listed(Status.OPEN))
            return _holdings(found)

    async def market(
        self,
        symbols: frozenset[str],
        underlyings: frozenset[str],
    ) -> MarketView:
        """
        Read where coins stand, from the index that open positions tell, as of the answer.

        It is the index that contracts are settled by. No contract has a quote.
        """
        del symbols
        wanted = underlyings & CRYPTO_ASSETS
        spots: dict[str, Decimal] = {}
        if wanted:
            with _reading():
                spots = endings.spots_of(await self._listed(Status.OPEN))
        at = min(self._now(), self._clock.now())  # a price is never of the time to come
        return MarketView(
            as_of=self._clock.now(),
            quotes={},
            underlying_quotes={},
            last_trades={
                asset: LastTrade(asset, price, at)
                for asset, price in spots.items()
                if asset in wanted
            },
        )

    async def terms(self, symbols: frozenset[str]) -> dict[str, ContractTerms]:
        """Tell none: there is no such call."""
        del symbols
        return {}

    async def submit(self, intent: OrderIntent) -> OrderReport:
        """Refuse; nothing is sent."""
        del intent
        _refuse()

    async def replace(self, broker_order_id: str, intent: OrderIntent) -> OrderReport:
        """Refuse; nothing is sent."""
        del broker_order_id, intent
        _refuse()

    async def cancel(self, broker_order_id: str) -> None:
        """Refuse; nothing is sent."""
        del broker_order_id
        _refuse()

    async def look_up(self, client_order_id: str) -> OrderReport | None:
        """Tell none: no order of ours can be there."""
        del client_order_id
        return None

    async def orders(self, since: datetime) -> tuple[OrderReport, ...]:
        """
        Read what somebody, or ClickOptions, closed of contracts that end after *since*.

        What was closed of a position that is exercised by now is not told any more.
        """
        with _reading():
            found = await self._union(*_CLOSING)
            now = self._now()
            reports = endings.reports_of(found, since, now, self._first_seen)
        ids = {each.id for each in found}
        self._seen = {key: at for key, at in self._seen.items() if key[0] in ids}
        return reports

    async def settlements(self, since: datetime) -> tuple[SettlementRecord, ...]:
        """Read what ended since, at its settlement price."""
        with _reading():
            found = await self._union(*_ENDED)
            return endings.records_of(found, since, self._now())

    async def official_close(self, underlying: str, day: date) -> Decimal | None:
        """Read the price at which own contracts of a day were settled; None: none was, yet."""
        if underlying not in CRYPTO_ASSETS or self._now() < datetime.combine(day, _ENDS_AT):
            return None
        with _reading():
            found = await self._union(*_ENDED)
            return endings.settlement_price(found, underlying, day, self._now())

    async def pushed(self) -> None:
        """Never return: there is no stream."""
        await asyncio.Event().wait()

    async def aclose(self) -> None:
        """Let go of all connections."""
        await self._door.aclose()

    async def positions(
        self, *, symbol: str | None = None, status: Status | None = None
    ) -> tuple[Position, ...]:
        """
        Read all positions, or those of a symbol as ClickOptions writes it, or of a status.

        Raises:
            OutcomeUnknown: they cannot be read, or changed while they were read.
        """
        with _reading():
            return await self._listed(status, symbol)

    async def position(self, position_id: str) -> Position | None:
        """Read one position by its id, which is a number; None: there is none."""
        path = f"{_POSITIONS}/{quote(position_id, safe='')}"
        answer = self._dated(await self._door.ask("GET", path, lane=Lane.READ))
        with _reading():
            found = one_of(answer)
            if found is not None and found.id != position_id:
                raise Unreadable(f"position {found.id}, where {position_id} was asked for")
            return found

    async def _union(self, *statuses: Status) -> tuple[Position, ...]:
        """Read the lists of several statuses; of what moves between them the later word counts."""
        lists = [await self._listed(status) for status in statuses]
        by_id = {each.id: each for found in lists for each in found}
        return tuple(by_id.values())

    async def _fresh(self, found: Sequence[Position]) -> list[Position]:
        """Ask anew for positions that a list shows open though they are over."""
        now = self._now()
        stale = [each for each in found if each.ends_at is not None and each.ends_at <= now]
        newer: dict[str, Position] = {}
        for each in stale[:_MOST_STALE]:
            told = await self.position(each.id)
            if told is None:
                raise Unreadable(f"position {each.id} is in the list of open ones, and is not")
            newer[each.id] = told
        return [newer.get(each.id, each) for each in found]

    async def _listed(
        self, status: Status | None, symbol: str | None = None
    ) -> tuple[Position, ...]:
        """
        Read a list to its last page.

        Pages are counted, not held: where something came or went between two of them, one
        may have been left out, and the list is none.
        """
        filters = [("symbol", symbol), ("status", None if status is None else status.value)]
        params = [(name, value) for name, value in filters if value is not None]
        by_id: dict[str, Position] = {}
        total = None
        for number in range(1, _MOST_PAGES + 1):
            page = await self._page(params, number, _PAGE)
            if total is not None and page.total != total:
                raise Unreadable(f"{total} positions became {page.total} while they were read")
            total = page.total
            fresh = {each.id: each for each in page.positions}
            if len(fresh) != len(page.positions) or fresh.keys() & by_id.keys():
                raise Unreadable("a position is on two pages, or twice on one")
            by_id |= fresh
            if len(by_id) >= total or not fresh:
                break
        if len(by_id) != total:
            raise Unreadable(f"{len(by_id)} positions were told of {total}")
        wanted = {status, None}  # an unknown word hides nothing
        return tuple(each for each in by_id.values() if status is None or each.status in wanted)

    async def _page(self, params: Sequence[tuple[str, str]], number: int, size: int) -> Page:
        paged = (*params, ("page", str(number)), ("size", str(size)))
        answer = await self._door.ask("GET", _POSITIONS, lane=Lane.READ, params=paged)
        with _reading():
            return page_of(self._dated(answer), number)

    def _dated(self, answer: Answer) -> Answer:
        """Learn the broker's clock from the `Date` header; without one it is ours."""
        at = http_date(answer.headers.get("date", ""))
        if at is not None:
            self._ahead = at + _HALF_A_SECOND - self._clock.now()
        return answer

    def _now(self) -> datetime:
        return self._clock.now() + self._ahead

    def _first_seen(self, position_id: str, count: int) -> datetime:
        return self._seen.setdefault((position_id, count), self._now())


def _holdings(positions: Sequence[Position]) -> tuple[Holding, ...]:
    """
    Add up what is left by symbol.

    Raises:
        Unreadable: a contract is held and owed, or nobody knows whether it is open.
    """
    signs: dict[str, set[bool]] = {}
    held: dict[str, int] = {}
    for each in positions:
        if each.contract is not None and each.status is None:
            raise Unreadable(f"position {each.id}: neither open nor ended")
        if each.status not in {Status.OPEN, None} or not each.left:
            continue
        signs.setdefault(each.name, set()).add(each.left > 0)
        held[each.name] = held.get(each.name, 0) + each.left
        if each.contract is not None and len(signs[each.name]) > 1:
            raise Unreadable(f"{each.name} is held and owed at once")
    return tuple(Holding(symbol, count) for symbol, count in held.items() if count)


def _refuse() -> NoReturn:
    raise OrderRefused(Refusal(RefusalReason.OTHER, _NO_CALL))


@contextmanager
def _reading() -> Iterator[None]:
    """Turn what cannot be read into `OutcomeUnknown`."""
    try:
        yield
    except (Unreadable, ValueError, ArithmeticError) as error:
        raise OutcomeUnknown(f"an answer that cannot be read: {error}") from error
