"""An account at Intotes."""

import asyncio
from datetime import date, datetime
from typing import NoReturn

from botd.brokers.intotes import wire
from botd.brokers.intotes.access import IntotesAccess
from botd.brokers.intotes.calls import Calls
from botd.brokers.intotes.card import CARD
from botd.brokers.intotes.closes import Close, Closes
from botd.brokers.intotes.words import has_error, refusal_of
from botd.brokers.port import (
    AccountState,
    CapabilityCard,
    ContractTerms,
    SessionHours,
    SettlementRecord,
)
from botd.brokers.transport.answer import Answer, Lane
from botd.brokers.transport.door import Carriers
from botd.brokers.transport.fields import Fields, Unreadable, parse_json
from botd.clock import Clock
from botd.domain.contract import ExerciseStyle
from botd.domain.orders import Holding, OrderIntent, OrderReport, ReportState
from botd.domain.quote import LastTrade, MarketView
from botd.errors import (
    BrokerError,
    BrokerUnavailable,
    OrderRefused,
    OutcomeUnknown,
    Refusal,
    RefusalReason,
)

__all__ = ["IntotesAccess", "IntotesBroker"]


class IntotesBroker:
    """
    A `Broker` over Intotes' REST API.

    A close takes the whole of what is held in a market, and its answer tells nothing of
    what was traded: the positions are read before and after it. What this process has
    sent is remembered, and asked about until it is decided.
    """

    def __init__(
        self,
        access: IntotesAccess,
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
            account: the user's id.
            carriers: of requests; the default are real connections.
        """
        self._access = access
        self._account = account
        self._calls = Calls(access, clock, carriers)
        self._closes = Closes()

    @property
    def card(self) -> CapabilityCard:
        """Tell what Intotes can do."""
        return CARD

    async def account(self) -> AccountState:
        """Read who the token belongs to; of another user the state cannot trade."""
        answer = await self._calls.me()
        now = self._calls.now()
        try:
            return wire.state_of(answer.body, self._account, self._access.environment, now)
        except Unreadable as error:
            _lost(error)

    async def session(self, day: date) -> SessionHours | None:
        """Give none: markets trade around the clock."""
        del day
        return None

    async def holdings(self) -> tuple[Holding, ...]:
        """Read what is held: `event:ID:YES` and `event:ID:NO`, in shares."""
        return await self._calls.held()

    async def market(self, symbols: frozenset[str], underlyings: frozenset[str]) -> MarketView:
        """
        Read what each market says of itself: its YES probability is the underlying's price.

        There are no quotes of contracts: nothing is sent at a price. A market that is
        paused is halted; of one that is not known, or resolved, nothing is told.
        """
        del symbols
        wanted = sorted(name for name in underlyings if wire.market_of(name) is not None)
        found = await asyncio.gather(
            *(self._calls.market(wire.market_of(name) or "") for name in wanted),
            return_exceptions=True,  # the others end before the first one is raised
        )
        now = self._calls.now()
        shown = {}
        for name, one in zip(wanted, found, strict=True):
            if isinstance(one, BaseException):
                raise one
            if one is not None:
                shown[name] = one
        return MarketView(
            as_of=now,
            quotes={},
            underlying_quotes={},
            last_trades={
                name: LastTrade(name, one.yes_price, now)
                for name, one in shown.items()
                if one.yes_price is not None
            },
            halted=frozenset(name for name, one in shown.items() if one.is_paused),
        )

    async def terms(self, symbols: frozenset[str]) -> dict[str, ContractTerms]:
        """Read of each market whether it trades; a share is about one."""
        by_market: dict[str, list[str]] = {}
        for symbol in symbols:
            market = wire.market_of(symbol)
            if market is not None:
                by_market.setdefault(market, []).append(symbol)
        found = {}
        for market, names in by_market.items():
            shown = await self._calls.market(market)
            if shown is not None:
                is_tradable = not shown.is_paused and not shown.is_resolved
                for name in names:
                    found[name] = ContractTerms(
                        name, 1, ExerciseStyle.EUROPEAN, is_tradable=is_tradable
                    )
        return found

    async def submit(self, intent: OrderIntent) -> OrderReport:
        """
        Close the whole of what is held of one side of a market.

        It is compared with what is held first. Where the call would do anything else than
        what is asked, nothing is sent: `BrokerUnavailable`, because the close itself was
        refused by nobody. `OrderRefused` where less is held than is to be closed, as the
        broker's own list says.
        """
        symbol, wanted = _asked(intent)
        market = wire.market_of(symbol) or ""
        before = await self._before(symbol, wanted, wire.sides_of(market))
        close = self._closes.begin(intent, symbol, before, self._calls.now())
        try:
            answer = await self._calls.close(market)
            self._take(answer)
        except (OrderRefused, BrokerUnavailable):
            self._closes.forget(close)
            raise
        close.answered(self._calls.now())
        try:
            return await self._look(close, Lane.READ) or _pending(close)
        except BrokerError:
            return _pending(close)  # it is taken; what became of it is asked again

    async def replace(self, broker_order_id: str, intent: OrderIntent) -> OrderReport:
        """Refuse: nothing rests that could be changed."""
        words = f"{broker_order_id} for {intent.client_order_id}: no close is replaced here"
        raise OrderRefused(Refusal(RefusalReason.OTHER, words))

    async def cancel(self, broker_order_id: str) -> None:
        """Refuse: a close executes at once, and nothing of it rests."""
        words = f"{broker_order_id}: a close at Intotes cannot be cancelled"
        raise OrderRefused(Refusal(RefusalReason.OTHER, words))

    async def look_up(self, client_order_id: str) -> OrderReport | None:
        """
        Tell what became of a close of this process.

        None where it knows of none, or nobody can say whether it arrived: the broker
        itself has no names of closes.
        """
        close = self._closes.get(client_order_id)
        return None if close is None else await self._look(close, Lane.CANCEL)

    async def orders(self, since: datetime) -> tuple[OrderReport, ...]:
        """
        Tell what became of the closes of this process.

        One of which nobody can say whether it arrived is left out. So is everybody else's.
        """
        found = [await self._look(one, Lane.POLL) for one in self._closes.since(since)]
        return tuple(each for each in found if each is not None)

    async def settlements(self, since: datetime) -> tuple[SettlementRecord, ...]:
        """Read what was settled since *since*: 100 dollars a share for what won, 0 for the rest."""
        return wire.settlements_of(await self._calls.ended(since), since)

    async def official_close(self, underlying: str, day: date) -> None:
        """Give none: a market is settled at one end of its prices, and told by its record."""
        del underlying, day

    async def pushed(self) -> None:
        """Never return: nothing is pushed."""
        await asyncio.Event().wait()

    async def aclose(self) -> None:
        """Let go of all connections."""
        await self._calls.aclose()

    async def _before(self, symbol: str, wanted: int, sides: tuple[str, str]) -> int:
        """Read what is held, and say where a close would do anything else than is asked."""
        try:
            held = {one.symbol: one.quantity for one in await self._calls.held(Lane.READ)}
        except OutcomeUnknown as error:
            failure = BrokerUnavailable(f"nothing was sent, what is held is not known: {error}")
            raise failure from error
        other = sides[1] if symbol == sides[0] else sides[0]
        _compare(symbol, wanted, held.get(symbol, 0), held.get(other, 0))
        undecided = self._closes.undecided(sides, self._calls.now() - CARD.absent_after)
        if undecided is not None:
            name = undecided.intent.client_order_id
            raise BrokerUnavailable(f"nothing was sent: {name} may still execute")
        return wanted

    def _take(self, answer: Answer) -> None:
        """
        Read the answer to a close.

        Raises:
            OrderRefused: it is a definite no.
            OutcomeUnknown: it says nothing.
        """
        if not answer.is_success:
            raise OrderRefused(refusal_of(answer))
        try:
            body = Fields.of(parse_json(answer.body))
            is_taken = wire.is_taken(answer.body)
        except Unreadable as error:
            _lost(error)
        if has_error(body):
            raise OrderRefused(refusal_of(answer))
        if not is_taken:
            raise OutcomeUnknown(f"{answer.status}: no message: {answer.words[:200]!r}")

    async def _look(self, close: Close, lane: Lane) -> OrderReport | None:
        if not close.is_open:
            return close.report
        held = {one.symbol: one.quantity for one in await self._calls.held(lane)}
        is_gone = not held.get(close.symbol, 0)
        ended = await self._calls.ended(close.sent_at, lane) if is_gone else ()
        return close.judge(held, ended, self._calls.now())


def _asked(intent: OrderIntent) -> tuple[str, int]:
    """Give the side of a market that an order closes, and how many shares of it."""
    if len(intent.legs) == 1 and intent.net_price is None:
        [leg] = intent.legs
        market = wire.market_of(leg.symbol)
        if market is not None and leg.symbol in wire.sides_of(market) and leg.quantity < 0:
            return leg.symbol, -leg.quantity * intent.units
    legs = ", ".join(f"{leg.quantity:+d} {leg.symbol}" for leg in intent.legs)
    raise BrokerUnavailable(
        f"nothing was sent: Intotes closes one side of one market at the market's price, not {legs}"
    )


def _compare(symbol: str, wanted: int, held: int, other: int) -> None:
    """Say why a close of the whole market is not what is asked; return where it is."""
    if held < wanted:
        reason = RefusalReason.POSITION_SMALLER if held else RefusalReason.POSITION_GONE
        words = f"{wanted} {symbol} to close, the account holds {held}"
        raise OrderRefused(Refusal(reason, words))
    if other:
        raise BrokerUnavailable(
            f"nothing was sent: YES and NO are both held in the market of {symbol}, "
            "and a close at Intotes cannot say which; close it at the broker"
        )
    if held > wanted:
        raise BrokerUnavailable(
            f"nothing was sent: a close at Intotes takes all {held} {symbol}, "
            f"not {wanted} of them; sell these at the broker"
        )


def _pending(close: Close) -> OrderReport:
    return OrderReport(
        broker_order_id=close.intent.client_order_id,
        client_order_id=close.intent.client_order_id,
        state=ReportState.PENDING,
        legs=close.intent.legs,
        units=close.intent.units,
        filled_units=0,
        net_price=None,
        submitted_at=close.sent_at,
        as_of=close.sent_at,
    )


def _lost(error: Exception) -> NoReturn:
    raise OutcomeUnknown(f"an answer that cannot be read: {error}") from error
