"""
An account in NinjaTrader 8, by way of CrossTrade.

How much a close says:

    all that is held of the instrument     no quantity: NinjaTrader flattens it, and cancels
                                           its working orders
    a part of it                           the quantity: a market order that leaves working
                                           orders alone

All that is held can only be one position of botd's: what another one shares of it would
make this one a part.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from botd.brokers.crosstrade import asks, instruments, wire
from botd.brokers.crosstrade.access import CrosstradeAccess, Transport
from botd.brokers.crosstrade.answers import Told, readable, taken
from botd.brokers.crosstrade.asks import Asked
from botd.brokers.crosstrade.card import CARD
from botd.brokers.crosstrade.closes import Closes, Sent
from botd.brokers.crosstrade.rest import RestLine
from botd.brokers.crosstrade.rpc import Dial, RpcLine
from botd.brokers.port import (
    AccountState,
    CapabilityCard,
    ContractTerms,
    SessionHours,
    SettlementRecord,
)
from botd.brokers.transport.answer import Lane
from botd.brokers.transport.bucket import Burst
from botd.brokers.transport.budget import RequestBudget
from botd.brokers.transport.credentials import StaticCredentials
from botd.brokers.transport.door import Carriers, HttpDoor
from botd.brokers.transport.fields import Fields, Unreadable
from botd.clock import Clock
from botd.domain.contract import Future
from botd.domain.orders import Holding, OrderIntent, OrderReport
from botd.domain.quote import MarketView
from botd.errors import (
    BrokerError,
    BrokerUnavailable,
    OrderRefused,
    OutcomeUnknown,
    Refusal,
    RefusalReason,
)

__all__ = ["CrosstradeAccess", "CrosstradeBroker", "Transport"]

_BUCKET = Burst(size=20, per_second=3)
_FIRST_LOOK = timedelta(seconds=3)  # at the position, so that time is left for the close
_LOOKS = (0.0, 0.3, 0.7, 1.0)  # seconds between looks at the position after a close
_HALF_A_SECOND = timedelta(seconds=0.5)  # the broker's clock tells whole seconds, cut off


class _Line(Protocol):
    async def ask(self, asked: Asked, lane: Lane) -> Told: ...

    async def aclose(self) -> None: ...


class CrosstradeBroker:
    """
    A `Broker` over CrossTrade's REST API or its WebSocket.

    It remembers the closes of this process, and tells of each what the position shows.
    """

    def __init__(
        self,
        access: CrosstradeAccess,
        clock: Clock,
        *,
        account: str,
        carriers: Carriers = Carriers(),  # noqa: B008 - frozen
        dial: Dial | None = None,
    ) -> None:
        """
        Open nothing yet.

        Args:
            access: where, with what, and over which way.
            clock: the time.
            account: the name in NinjaTrader, as "Sim101".
            carriers: of requests; the default are real connections.
            dial: opens the WebSocket; None: a real one.
        """
        self._clock = clock
        self._account = account
        budget = RequestBudget(clock, per_minute=CARD.requests_per_minute, burst=_BUCKET)
        credentials = StaticCredentials(lambda: {"Authorization": f"Bearer {access.token()}"})
        self._rest = RestLine(
            HttpDoor(
                base_url=access.url,
                clock=clock,
                budget=budget,
                credentials=credentials,
                quota=lambda _: None,
                carriers=carriers,
            )
        )
        self._line: _Line = self._rest
        if access.transport is Transport.WEBSOCKET:
            self._line = RpcLine(
                access.stream_url, clock, budget=budget, credentials=credentials, dial=dial
            )
        self._closes = Closes(arrives_within=CARD.absent_after)

    @property
    def card(self) -> CapabilityCard:
        """Tell what CrossTrade can do."""
        return CARD

    async def account(self) -> AccountState:
        """Read the account, over REST, which alone tells the broker's clock."""
        told = await self._rest.ask(asks.account(self._account), Lane.READ)
        body = readable(told)
        as_of = self._clock.now() if told.at is None else told.at + _HALF_A_SECOND
        with _reading():
            return wire.state_of(body, self._account, as_of)

    async def session(self, day: date) -> SessionHours | None:
        """Give none: there is no calendar of days."""
        del day
        return None

    async def holdings(self) -> tuple[Holding, ...]:
        """Read all positions of the account."""
        found = await self._positions(Lane.READ)
        with _reading():
            return wire.holdings_of(found, self._account)

    async def market(
        self,
        symbols: frozenset[str],
        underlyings: frozenset[str],
    ) -> MarketView:
        """Read prices of futures that somebody holds; there are no quotes."""
        del symbols
        found = await self._positions(Lane.READ)
        now = self._clock.now()
        with _reading():
            marks = wire.marks_of(found, underlyings, now)
        return MarketView(as_of=now, quotes={}, underlying_quotes={}, last_trades=marks)

    async def terms(self, symbols: frozenset[str]) -> dict[str, ContractTerms]:
        """Give none: nothing is told of contracts."""
        del symbols
        return {}

    async def submit(self, intent: OrderIntent) -> OrderReport:
        """
        Close, at the market, and look at the position until it shows.

        Raises as the port says; `BrokerUnavailable` also while another close of the same
        instrument is under way: what each of the two did could not be told.
        """
        future = self._only(intent)
        now = self._clock.now()
        if self._closes.under_way(future.symbol, now) is not None:
            raise BrokerUnavailable(f"{future.symbol}: another close of it is under way")
        sent = self._closes.begin(intent, now)
        try:
            await self._look_before(sent)
            asked = self._asked(sent, future)
        except BaseException:
            self._closes.forget(sent)
            raise
        await self._send(sent, asked)
        await self._look_after(sent)
        return sent.report(self._clock.now())

    async def replace(self, broker_order_id: str, intent: OrderIntent) -> OrderReport:
        """Refuse: a close has no price to change."""
        words = (
            f"{broker_order_id}: a close has no price that {intent.client_order_id} could change"
        )
        raise OrderRefused(Refusal(RefusalReason.OTHER, words))

    async def cancel(self, broker_order_id: str) -> None:
        """Refuse: a close is a market order without an id."""
        words = f"{broker_order_id!r}: a close at the market cannot be taken back"
        raise OrderRefused(Refusal(RefusalReason.OTHER, words))

    async def look_up(self, client_order_id: str) -> OrderReport | None:
        """Tell what became of a close of this process; None: nothing shows that it arrived."""
        found = await self._reports(datetime.min.replace(tzinfo=self._clock.now().tzinfo))
        named = [each for each in found if each.client_order_id == client_order_id]
        return named[-1] if named else None

    async def orders(self, since: datetime) -> tuple[OrderReport, ...]:
        """Tell every close of this process since *since*, as the position shows it now."""
        return await self._reports(since)

    async def settlements(self, since: datetime) -> tuple[SettlementRecord, ...]:
        """Give none: there are no such records."""
        del since
        return ()

    async def official_close(self, underlying: str, day: date) -> Decimal | None:
        """Give none: it is not told."""
        del underlying, day
        return None

    async def pushed(self) -> None:
        """Never return: nothing is said of orders."""
        await asyncio.Event().wait()

    async def aclose(self) -> None:
        """Let go of all connections."""
        await self._line.aclose()
        await self._rest.aclose()

    def _only(self, intent: OrderIntent) -> Future:
        """Give the one future that an order closes."""
        instrument = intent.legs[0].instrument if len(intent.legs) == 1 else None
        if isinstance(instrument, Future) and intent.net_price is None:
            return instrument
        words = f"{intent.client_order_id}: one future at the market is closed here, nothing else"
        raise OrderRefused(Refusal(RefusalReason.MALFORMED, words))

    async def _look_before(self, sent: Sent) -> None:
        """Count what is held; whatever goes wrong, nothing was sent."""
        until = self._clock.now() + _FIRST_LOOK
        try:
            found = await self._clock.within(self._held(Lane.ORDER), until)
        except (OutcomeUnknown, TimeoutError) as error:
            raise BrokerUnavailable(f"the position cannot be read: {error}") from error
        sent.before = found.get(sent.symbol, 0)

    def _asked(self, sent: Sent, future: Future) -> Asked:
        """
        Make the call that closes, and no more than is held in that direction.

        A close of what is not held at all is asked for: the broker refuses it in its words.
        """
        name = instruments.their_name(future)
        if sent.before * sent.intent.legs[0].quantity > 0:
            words = f"{name}: {sent.before:+d} is held, which is no position to close this way"
            raise OrderRefused(Refusal(RefusalReason.POSITION_GONE, words))
        if 0 < abs(sent.before) < sent.contracts:
            words = f"{name}: {sent.before:+d} is held, less than the {sent.contracts} to close"
            raise OrderRefused(Refusal(RefusalReason.POSITION_SMALLER, words))
        if abs(sent.before) == sent.contracts:
            sent.note = f"{name}: all of it is closed, and NinjaTrader cancels its working orders"
            return asks.close(self._account, name)
        sent.note = f"{name}: a part is closed; working stops and targets stay, and may open later"
        return asks.close(self._account, name, quantity=sent.contracts)

    async def _send(self, sent: Sent, asked: Asked) -> None:
        try:
            told = await self._line.ask(asked, Lane.ORDER)
            answer = taken(told)
        except BrokerUnavailable:
            self._closes.forget(sent)
            raise
        if isinstance(answer, Refusal):
            self._closes.forget(sent)
            raise OrderRefused(answer)
        with _reading():
            is_ours = wire.closed_in(answer, self._account, sent.symbol)
        if is_ours and not sent.before:
            # Nothing was listed right before: what it closes cannot be told from what is held.
            sent.is_taken, sent.is_left = True, True
        if not is_ours or not sent.before:
            raise OutcomeUnknown(f"done, but to another position: {told.words[:200]!r}")
        sent.is_taken = True

    async def _look_after(self, sent: Sent) -> None:
        """Look at the position until the close shows in it, for a while."""
        for seconds in _LOOKS:
            await self._clock.sleep_until(self._clock.now() + timedelta(seconds=seconds))
            try:
                self._closes.observe(await self._held(Lane.ORDER))
            except BrokerError:
                return  # the poll of all orders goes on looking
            if sent.is_over:
                return

    async def _reports(self, since: datetime) -> tuple[OrderReport, ...]:
        self._closes.observe(await self._held(Lane.POLL))
        return self._closes.reports(since, self._clock.now())

    async def _held(self, lane: Lane) -> dict[str, int]:
        found = await self._positions(lane)
        with _reading():
            return {each.symbol: each.quantity for each in wire.holdings_of(found, self._account)}

    async def _positions(self, lane: Lane) -> Fields:
        return readable(await self._line.ask(asks.positions(), lane))


@contextmanager
def _reading() -> Iterator[None]:
    """Turn what cannot be read into `OutcomeUnknown`."""
    try:
        yield
    except (Unreadable, ValueError, ArithmeticError) as error:
        raise OutcomeUnknown(f"an answer that cannot be read: {error}") from error
