"""
Bugs put on purpose between the engine and what it is handed, to see that the checks bite.

Each is what an engine with that bug would look like from outside. None of them touches
the recording, the exchange or the checks.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import text

from botd.brokers.port import (
    AccountState,
    Broker,
    CapabilityCard,
    ContractTerms,
    SessionHours,
    SettlementRecord,
)
from botd.clock import Clock
from botd.domain import order_id
from botd.domain.orders import Holding, OrderIntent, OrderReport, ReportState
from botd.domain.quote import MarketView
from botd.engine.desk import Desk
from botd.engine.guard import EgressGuard, Permit, Stop
from botd.errors import (
    BrokerError,
    BrokerUnavailable,
    OrderRefused,
    OutcomeUnknown,
    Refusal,
    RefusalReason,
)
from botd.ledger import Ledger, Tx
from tests.property.world import Sabotage

_Result = TypeVar("_Result")


class Passing:
    """A `Broker` that passes everything on; a bug changes one thing of it."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker

    @property
    def card(self) -> CapabilityCard:
        return self.broker.card

    async def account(self) -> AccountState:
        return await self.broker.account()

    async def session(self, day: date) -> SessionHours | None:
        return await self.broker.session(day)

    async def holdings(self) -> tuple[Holding, ...]:
        return await self.broker.holdings()

    async def market(self, symbols: frozenset[str], underlyings: frozenset[str]) -> MarketView:
        return await self.broker.market(symbols, underlyings)

    async def terms(self, symbols: frozenset[str]) -> dict[str, ContractTerms]:
        return await self.broker.terms(symbols)

    async def submit(self, intent: OrderIntent) -> OrderReport:
        return await self.broker.submit(intent)

    async def replace(self, broker_order_id: str, intent: OrderIntent) -> OrderReport:
        return await self.broker.replace(broker_order_id, intent)

    async def cancel(self, broker_order_id: str) -> None:
        await self.broker.cancel(broker_order_id)

    async def look_up(self, client_order_id: str) -> OrderReport | None:
        return await self.broker.look_up(client_order_id)

    async def orders(self, since: datetime) -> tuple[OrderReport, ...]:
        return await self.broker.orders(since)

    async def settlements(self, since: datetime) -> tuple[SettlementRecord, ...]:
        return await self.broker.settlements(since)

    async def official_close(self, underlying: str, day: date) -> Decimal | None:
        return await self.broker.official_close(underlying, day)

    async def pushed(self) -> None:
        await self.broker.pushed()

    async def aclose(self) -> None:
        await self.broker.aclose()


class SendsAgainUnderANewId(Passing):
    """No answer: it must have been lost; once more, with the next id."""

    async def submit(self, intent: OrderIntent) -> OrderReport:
        try:
            return await self.broker.submit(intent)
        except OutcomeUnknown:
            parsed = order_id.parse(intent.client_order_id)
            assert parsed is not None
            name = f"{intent.client_order_id[:-2]}{parsed.step + 50:02d}"
            return await self.broker.submit(replace(intent, client_order_id=name))


class TrustsACancel(Passing):
    """Asked to cancel, so it is cancelled."""

    def __init__(self, broker: Broker) -> None:
        super().__init__(broker)
        self._asked: set[str] = set()

    async def cancel(self, broker_order_id: str) -> None:
        self._asked.add(broker_order_id)
        with suppress(BrokerError):
            await self.broker.cancel(broker_order_id)

    async def look_up(self, client_order_id: str) -> OrderReport | None:
        found = await self.broker.look_up(client_order_id)
        return None if found is None else self._believed(found)

    async def orders(self, since: datetime) -> tuple[OrderReport, ...]:
        return tuple(self._believed(report) for report in await self.broker.orders(since))

    def _believed(self, report: OrderReport) -> OrderReport:
        if report.broker_order_id in self._asked and not report.is_final:
            return replace(report, state=ReportState.CANCELED)
        return report


class TakesErrorsForNotFound(Passing):
    """An answer that cannot be read says that there is no order, and nothing has changed."""

    def __init__(self, broker: Broker) -> None:
        super().__init__(broker)
        self._held: tuple[Holding, ...] = ()

    async def look_up(self, client_order_id: str) -> OrderReport | None:
        try:
            return await self.broker.look_up(client_order_id)
        except BrokerError:
            return None

    async def holdings(self) -> tuple[Holding, ...]:
        with suppress(BrokerError):
            self._held = await self.broker.holdings()
        return self._held


class HorizonTooShort(Passing):
    """The broker takes up to H to accept; this believes in one second."""

    @property
    def card(self) -> CapabilityCard:
        return replace(self.broker.card, absent_after=timedelta(seconds=1))


class SeesAnotherMarket(Passing):
    """The prints of the underlying are somebody else's."""

    async def market(self, symbols: frozenset[str], underlyings: frozenset[str]) -> MarketView:
        view = await self.broker.market(symbols, underlyings)
        wrong = {
            name: replace(trade, price=trade.price - 20) for name, trade in view.last_trades.items()
        }
        return replace(view, last_trades=wrong)


class TakesAnOutageForARefusal(Passing):
    """Not sent, so refused."""

    async def submit(self, intent: OrderIntent) -> OrderReport:
        try:
            return await self.broker.submit(intent)
        except BrokerUnavailable as error:
            refusal = Refusal(RefusalReason.OTHER, str(error))
            raise OrderRefused(refusal) from error


class SwallowsARefusal(Passing):
    """Refused, so try again."""

    async def submit(self, intent: OrderIntent) -> OrderReport:
        try:
            return await self.broker.submit(intent)
        except OrderRefused as error:
            raise BrokerUnavailable(str(error)) from error


class SendsTwiceAsMuch(Passing):
    """What leaves is not what was written down."""

    async def submit(self, intent: OrderIntent) -> OrderReport:
        return await self.broker.submit(replace(intent, units=intent.units * 2))


class BlindGuard(EgressGuard):
    """A guard that lets everything pass, so that a bug behind it is seen."""

    def stop(self, intent: OrderIntent, permit: Permit, now: datetime) -> Stop | None:  # noqa: ARG002 - the guard's own signature
        return None


class BentLedger(Ledger):
    """A ledger of which one thing is not true; it stands on the real one's connection."""

    def __init__(self, ledger: Ledger) -> None:
        self._real = ledger

    async def write(self, work: Callable[[Tx], _Result]) -> _Result:
        return await self._real.write(lambda tx: self.bent(tx, work))

    async def read(self, work: Callable[[Tx], _Result]) -> _Result:
        return await self._real.read(lambda tx: self.bent(tx, work))

    def bent(self, tx: Tx, work: Callable[[Tx], _Result]) -> _Result:
        return work(tx)


class OverlooksOverrides(BentLedger):
    """Where an order is written or sent, it is not seen that a person took the position."""

    def bent(self, tx: Tx, work: Callable[[Tx], _Result]) -> _Result:
        taken = [row[0] for row in tx.execute(text(_TAKEN))]
        for name in taken:
            tx.execute(text(_SET_HANDS), {"key": name, "hands": "bot"})
        result = work(tx)
        for name in taken:
            tx.execute(text(_SET_HANDS), {"key": name, "hands": "manual"})
        return result


class OverlooksHalts(BentLedger):
    """Where an order is written or sent, no halt is seen."""

    def bent(self, tx: Tx, work: Callable[[Tx], _Result]) -> _Result:
        in_force = [row[0] for row in tx.execute(text(_HALTED))]
        for number in in_force:
            tx.execute(text(_END), {"key": number, "at": "2026-01-01T00:00:00.000000Z"})
        result = work(tx)
        for number in in_force:
            tx.execute(text(_BEGIN), {"key": number})
        return result


class WritesTooLate(BentLedger):
    """That an order is leaving is written down after it has left."""

    async def write(self, work: Callable[[Tx], _Result]) -> _Result:
        result = await self._real.write(work)
        await self._real.write(_forget_sending)
        return result


_TAKEN = "SELECT id FROM positions WHERE managed_by = 'manual'"
_SET_HANDS = "UPDATE positions SET managed_by = :hands WHERE id = :key"
_HALTED = "SELECT id FROM halts WHERE ended_at IS NULL"
_END = "UPDATE halts SET ended_at = :at, ended_by = 'nobody' WHERE id = :key"
_BEGIN = "UPDATE halts SET ended_at = NULL, ended_by = NULL WHERE id = :key"
_FORGET = "UPDATE orders SET status = 'intent', submitted_at = NULL WHERE status = 'sending'"


def _forget_sending(tx: Tx) -> None:
    tx.execute(text(_FORGET))


class SlowClock:
    """A clock that is half a minute behind."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._behind = timedelta(seconds=29, milliseconds=500)

    def now(self) -> datetime:
        return self._clock.now() - self._behind

    async def sleep_until(self, at: datetime) -> None:
        await self._clock.sleep_until(at + self._behind)

    async def wait(self, event: asyncio.Event, until: datetime) -> bool:
        return await self._clock.wait(event, until + self._behind)

    async def within(self, awaitable: Awaitable[_Result], until: datetime) -> _Result:
        return await self._clock.within(awaitable, until + self._behind)


def behind(bent: type[BentLedger]) -> Callable[[Desk], None]:
    """Give a desk a bent ledger, and a guard that does not make up for it."""

    def alter(desk: Desk) -> None:
        desk.ledger = bent(desk.ledger)
        unguarded(desk)

    return alter


def unguarded(desk: Desk) -> None:
    """Take the last guard away."""
    desk.guard = BlindGuard(orders_per_position=10_000, orders_per_minute=10_000)


NEW_ID = Sabotage("resend under a new id", wrap=SendsAgainUnderANewId)
TRUSTED_CANCEL = Sabotage("trust a cancel's answer", TrustsACancel, unguarded)
ERRORS_AS_ABSENT = Sabotage("errors count as not found", TakesErrorsForNotFound, unguarded)
SHORT_HORIZON = Sabotage("horizon too short", HorizonTooShort, unguarded)
OTHER_MARKET = Sabotage("another market's prints", SeesAnotherMarket)
OUTAGE_AS_REFUSAL = Sabotage("an outage is a refusal", TakesAnOutageForARefusal)
REFUSAL_AS_OUTAGE = Sabotage("a refusal is an outage", SwallowsARefusal)
TWICE_AS_MUCH = Sabotage("another body leaves", SendsTwiceAsMuch)
NO_OVERRIDE = Sabotage("override overlooked at sending", alter=behind(OverlooksOverrides))
NO_HALT = Sabotage("halt overlooked at sending", alter=behind(OverlooksHalts))
NO_RECORD = Sabotage("sent before it is written", alter=behind(WritesTooLate))
LATE_CLOCK = Sabotage("a clock half a minute behind", clock=SlowClock)
