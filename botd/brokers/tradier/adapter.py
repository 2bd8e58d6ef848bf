"""An account at Tradier."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

from botd.brokers.port import (
    AccountState,
    CapabilityCard,
    ContractTerms,
    Environment,
    SessionHours,
    SettlementRecord,
)
from botd.brokers.tradier import wire, wire_history, wire_market, wire_orders, wire_reports
from botd.brokers.tradier.access import TradierAccess
from botd.brokers.tradier.answers import Taken, dated, readable, taken
from botd.brokers.tradier.card import CARD, ORDERS_PER_MINUTE, READS_PER_MINUTE
from botd.brokers.tradier.words import PERHAPS_HELD
from botd.brokers.transport.answer import Answer, Lane
from botd.brokers.transport.budget import RequestBudget
from botd.brokers.transport.credentials import StaticCredentials
from botd.brokers.transport.door import Carriers, HttpDoor
from botd.brokers.transport.fields import Fields, Unreadable, distinct, parse_json
from botd.brokers.transport.stream import Frame, Line, PushStream
from botd.clock import Clock
from botd.domain.orders import Holding, OrderIntent, OrderReport, ReportState
from botd.domain.quote import MarketView
from botd.errors import BrokerError, OrderRefused, OutcomeUnknown, Refusal, RefusalReason

__all__ = ["TradierAccess", "TradierBroker"]

Dial = Callable[[str], AbstractAsyncContextManager[Line]]

_BATCH = 200  # symbols of one request for quotes
_SMALLEST_PAGE = 25  # Tradier's own; a shorter page is the last one
_PAGE = 200
_MOST_PAGES = 40
_HALF_A_SECOND = timedelta(seconds=0.5)  # both clocks tell whole seconds, cut off
_SETTLES = timedelta(minutes=2)  # from the close until its daily price counts
_DELAY = timedelta(minutes=16)  # the sandbox's market data is 15 minutes old


class TradierBroker:
    """
    A `Broker` over Tradier's REST API.

    It keeps nothing: what an order was, its tag tells. Orders are found by their tag in
    the list of the present day's session.
    """

    def __init__(
        self,
        access: TradierAccess,
        clock: Clock,
        *,
        account: str,
        carriers: Carriers = Carriers(),  # noqa: B008 - frozen
        dial: Dial | None = None,
    ) -> None:
        """
        Open nothing yet.

        Args:
            access: where, and with what.
            clock: the time.
            account: the account number, as it stands in every path.
            carriers: of requests; the default are real connections.
            dial: opens the stream; None: a real one.
        """
        self._access = access
        self._clock = clock
        self._account = account
        self._home = f"/accounts/{quote(account, safe='')}"
        # Tradier counts orders, reads and market data apart, each with headers of its own.
        reads = READS_PER_MINUTE[access.environment]
        self._trading, self._door, self._markets = (
            HttpDoor(
                base_url=access.url,
                clock=clock,
                budget=RequestBudget(clock, per_minute=per_minute),
                credentials=StaticCredentials(
                    lambda: {"Authorization": f"Bearer {access.token()}"},
                ),
                quota=wire.quota_of,
                carriers=carriers,
            )
            for per_minute in (ORDERS_PER_MINUTE, reads, reads)
        )
        self._stream = (
            None
            if access.stream_url is None
            else PushStream(
                access.stream_url,
                clock,
                is_news=self._is_news,
                opening=self._opening,
                dial=dial,
            )
        )

    @property
    def card(self) -> CapabilityCard:
        """Tell what Tradier can do."""
        return CARD

    @property
    def _is_delayed(self) -> bool:
        return self._access.environment is Environment.PAPER

    async def account(self) -> AccountState:
        """
        Read the profile and the balances of the account.

        Where the token does not open it, the state bears the names of those that it opens,
        and cannot trade.
        """
        answer = await self._door.ask("GET", "/user/profile", lane=Lane.READ)
        profile = readable(answer)
        with _reading():
            is_open = wire.opens(profile, self._account)
        balances = Fields({})
        if is_open:
            answer = await self._door.ask("GET", f"{self._home}/balances", lane=Lane.READ)
            balances = readable(answer)
        as_of = (dated(answer) or (await self._market_clock()).now) + _HALF_A_SECOND
        with _reading():
            return wire.state_of(profile, balances, self._account, self._access.environment, as_of)

    async def session(self, day: date) -> SessionHours | None:
        """Read the calendar of the day's month; None: it does not hold the day."""
        month = (("month", f"{day:%m}"), ("year", f"{day:%Y}"))
        body = await self._read("/markets/calendar", month)
        with _reading():
            return wire_market.session_of(body, day)

    async def holdings(self) -> tuple[Holding, ...]:
        """Read all positions of the account."""
        body = await self._read(f"{self._home}/positions")
        with _reading():
            return wire.holdings_of(body)

    async def market(
        self,
        symbols: frozenset[str],
        underlyings: frozenset[str],
    ) -> MarketView:
        """Read quotes and last trades; of the sandbox they are indicative."""
        found = await self._quotes(symbols | underlyings)
        shown = wire_market.shown_in(found, is_delayed=self._is_delayed)
        traded = wire_market.traded_in(found)
        return MarketView(
            as_of=self._clock.now(),
            quotes={name: each for name, each in shown.items() if name in symbols},
            underlying_quotes={name: each for name, each in shown.items() if name in underlyings},
            last_trades={name: each for name, each in traded.items() if name in underlyings},
        )

    async def terms(self, symbols: frozenset[str]) -> dict[str, ContractTerms]:
        """Read the size of contracts from their quotes; Tradier tells no tick and no style."""
        terms = wire_market.terms_in(await self._quotes(symbols))
        return {symbol: each for symbol, each in terms.items() if symbol in symbols}

    async def submit(self, intent: OrderIntent) -> OrderReport:
        """
        Send one closing order, DAY, with its id as the tag.

        The answer means that the interface has it; a market centre may still refuse it,
        which `orders` tells.
        """
        form = wire_orders.form_of(intent)
        answer = await self._trading.ask("POST", f"{self._home}/orders", lane=Lane.ORDER, form=form)
        told = taken(answer)
        if isinstance(told, Refusal):
            raise OrderRefused(await self._explained(told, intent))
        return self._accepted(told, intent, answer)

    async def replace(self, broker_order_id: str, intent: OrderIntent) -> OrderReport:
        """Refuse: a changed order keeps its tag, and could not be found by its new id."""
        words = f"order {broker_order_id} for {intent.client_order_id}: no order is replaced here"
        raise OrderRefused(Refusal(RefusalReason.OTHER, words))

    async def cancel(self, broker_order_id: str) -> None:
        """
        Ask for a cancel.

        Raises:
            OrderRefused: it has ended, or there is none.
        """
        path = f"{self._home}/orders/{quote(broker_order_id, safe='')}"
        told = taken(await self._trading.ask("DELETE", path, lane=Lane.CANCEL))
        if isinstance(told, Refusal):
            raise OrderRefused(told)

    async def look_up(self, client_order_id: str) -> OrderReport | None:
        """Look for an id in the list of the session's orders; None: it is not in it."""
        found = await self._orders(Lane.CANCEL)
        return next((each for each in found if each.client_order_id == client_order_id), None)

    async def orders(self, since: datetime) -> tuple[OrderReport, ...]:
        """
        Read the orders of the present day's session, which is all that Tradier lists.

        None is left out for being older than *since*: the broker's clock is another.
        """
        del since
        return await self._orders(Lane.POLL)

    async def settlements(self, since: datetime) -> tuple[SettlementRecord, ...]:
        """Read what ended since the day of *since*; the records of a day come the night after."""
        params = (("type", "option"), ("start", since.date().isoformat()))
        path = f"{self._home}/history"
        events = [
            event
            async for page in self._pages(path, params, ("history", "event"), Lane.READ)
            for event in page
        ]
        with _reading():
            return wire_history.records_of(events, since)

    async def official_close(self, underlying: str, day: date) -> Decimal | None:
        """Read the daily close; None until the day's session has been over for a while."""
        clock = await self._market_clock()
        if day > clock.day or (day == clock.day and not await self._is_settled(clock)):
            return None
        name = wire.their_symbol(underlying)
        days = (("start", day.isoformat()), ("end", day.isoformat()))
        params = (("symbol", name), ("interval", "daily"), *days, ("session_filter", "open"))
        body = await self._read("/markets/history", params)
        with _reading():
            return wire_market.close_of(body, day)

    async def pushed(self) -> None:
        """Return at the next order event of the account; never without a stream."""
        if self._stream is None:
            await asyncio.Event().wait()
        else:
            await self._stream.wait()

    async def aclose(self) -> None:
        """Let go of all connections."""
        if self._stream is not None:
            await self._stream.aclose()
        for door in (self._trading, self._door, self._markets):
            await door.aclose()

    async def _is_settled(self, clock: wire_market.MarketClock) -> bool:
        """Tell whether the clock's day has a daily price that will not change any more."""
        if not clock.is_over:
            return False
        hours = await self.session(clock.day)
        if hours is None or hours.closes_at is None:
            return False
        return clock.now >= hours.closes_at + (_DELAY if self._is_delayed else _SETTLES)

    async def _market_clock(self) -> wire_market.MarketClock:
        body = await self._read("/markets/clock")
        with _reading():
            return wire_market.clock_of(body)

    async def _quotes(self, symbols: frozenset[str]) -> list[Fields]:
        names = sorted(wire.their_symbol(symbol) for symbol in symbols)
        found: list[Fields] = []
        for start in range(0, len(names), _BATCH):
            form = (("symbols", ",".join(names[start : start + _BATCH])), ("greeks", "false"))
            answer = await self._markets.ask("POST", "/markets/quotes", lane=Lane.READ, form=form)
            body = readable(answer)
            with _reading():
                found.extend(wire_market.quotes_in(body))
        return found

    async def _orders(self, lane: Lane) -> tuple[OrderReport, ...]:
        params = (("includeTags", "true"),)
        by_id: dict[object, Fields] = {}
        pages = self._pages(f"{self._home}/orders", params, ("orders", "order"), lane)
        async for page in pages:
            with _reading():
                rows = distinct(page, "id")
            by_id |= {_key(each): each for each in rows}
        with _reading():
            return wire_reports.reports_of(by_id.values())

    async def _pages(
        self,
        path: str,
        params: Sequence[tuple[str, str]],
        names: tuple[str, str],
        lane: Lane,
    ) -> AsyncIterator[tuple[Fields, ...]]:
        """Read a list to its last page, also where the server knows no pages."""
        before: tuple[Fields, ...] = ()
        for number in range(1, _MOST_PAGES + 1):
            paged = (*params, ("page", str(number)), ("limit", str(_PAGE)))
            body = await self._read(path, paged, lane=lane)
            with _reading():
                page = wire.listed(body, *names)
            if page == before:
                return
            yield page
            if len(page) < _SMALLEST_PAGE:
                return
            before = page
        raise OutcomeUnknown(f"{path}: more than {_MOST_PAGES} pages")

    async def _read(
        self,
        path: str,
        params: Sequence[tuple[str, str]] = (),
        *,
        lane: Lane = Lane.READ,
    ) -> Fields:
        door = self._markets if path.startswith("/markets/") else self._door
        return readable(await door.ask("GET", path, lane=lane, params=params))

    async def _explained(self, refusal: Refusal, intent: OrderIntent) -> Refusal:
        """
        Tell a position that is gone from one that another order is to close.

        Tradier has one code for both, and says to check open orders; so they are read.
        If they cannot be, the code stands for itself.
        """
        if refusal.reason not in PERHAPS_HELD:
            return refusal
        try:
            found = await self._orders(Lane.CANCEL)
        except BrokerError:
            return refusal
        if wire_reports.holds_same_leg(found, intent.legs, intent.client_order_id):
            return wire_reports.held_elsewhere(refusal)
        return refusal

    def _accepted(self, told: Taken, intent: OrderIntent, answer: Answer) -> OrderReport:
        at = dated(answer) or self._clock.now()
        return OrderReport(
            broker_order_id=told.broker_order_id,
            client_order_id=intent.client_order_id,
            state=ReportState.PENDING,
            legs=intent.legs,
            units=intent.units,
            filled_units=0,
            net_price=intent.net_price,
            submitted_at=at,
            as_of=at,
        )

    async def _opening(self) -> Sequence[Frame]:
        """Make a session for the stream, and the words that begin it."""
        path = "/accounts/events/session"
        body = readable(await self._door.ask("POST", path, lane=Lane.READ, form=()))
        with _reading():
            session = body.inner("stream").text("sessionid")
        return (json.dumps({"events": ["order"], "sessionid": session, "excludeAccounts": []}),)

    def _is_news(self, frame: Frame) -> bool:
        body = Fields.of(parse_json(frame.encode() if isinstance(frame, str) else frame))
        account = body.maybe_text("account")
        return body.maybe_text("event") == "order" and account in {None, self._account}


def _key(order: Fields) -> object:
    """Name an order, so that a later page tells of it anew; without an id, it is no other."""
    found = order.values.get("id")
    return str(found) if isinstance(found, str | int) else object()


@contextmanager
def _reading() -> Iterator[None]:
    """Turn what cannot be read into `OutcomeUnknown`."""
    try:
        yield
    except (Unreadable, ValueError, ArithmeticError) as error:
        raise OutcomeUnknown(f"an answer that cannot be read: {error}") from error
