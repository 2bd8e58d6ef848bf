"""A broker behind an account that somebody looks at, well until a test makes it ill."""

import asyncio
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from botd.brokers.port import (
    AccountState,
    CapabilityCard,
    ContractTerms,
    Environment,
    SessionHours,
    SettlementRecord,
)
from botd.clock import Clock
from botd.domain.orders import Holding, OrderIntent, OrderReport
from botd.domain.quote import LastTrade, MarketView, Quote
from botd.domain.session import Sessions
from botd.errors import BrokerError

CARD = CapabilityCard(kind="alpaca", proven="own server, 2026-11-20", has_calendar=True)


@dataclass
class SickBroker:
    """A `Broker` for reads; whoever sends an order to it fails the test."""

    clock: Clock
    sessions: Sessions
    card: CapabilityCard = CARD
    number: str = "PA1"
    environment: Environment = Environment.PAPER
    can_trade: bool = True
    blocked: tuple[str, ...] = ()
    options_level: int | None = 3
    skew: timedelta = timedelta(0)  # its clock less ours
    closes: dict[date, datetime | None] = field(default_factory=dict)  # its own calendar
    has_session: bool = True
    quoted_ago: timedelta | None = timedelta(seconds=1)  # None: no quotes at all
    is_indicative: bool = False
    takes: dict[str, timedelta] = field(default_factory=dict)  # by call; until it answers
    fails: dict[str, BrokerError] = field(default_factory=dict)  # by call
    asked: list[str] = field(default_factory=list)
    is_closed: bool = False

    async def _answer(self, call: str) -> None:
        self.asked.append(call)
        if call in self.takes:
            await self.clock.sleep_until(self.clock.now() + self.takes[call])
        if call in self.fails:
            raise self.fails[call]

    async def account(self) -> AccountState:
        await self._answer("account")
        return AccountState(
            self.number,
            self.environment,
            can_trade=self.can_trade,
            cash=Decimal(1000),
            as_of=self.clock.now() + self.skew,
            options_level=self.options_level,
            blocked=self.blocked,
        )

    async def session(self, day: date) -> SessionHours | None:
        await self._answer("session")
        if not self.has_session:
            return None
        ours = self.sessions.on(day)
        closes_at = self.closes.get(day, None if ours is None else ours.closes_at)
        return SessionHours(day, None if ours is None else ours.opens_at, closes_at)

    async def holdings(self) -> tuple[Holding, ...]:
        await self._answer("holdings")
        return (Holding("SPY", 100),)

    async def market(self, symbols: frozenset[str], underlyings: frozenset[str]) -> MarketView:
        await self._answer("market")
        now = self.clock.now()
        if self.quoted_ago is None:
            return MarketView(now, {}, {}, {})
        at, one = now - self.quoted_ago, Decimal(1)
        quotes = {
            symbol: Quote(symbol, one, one, at, is_indicative=self.is_indicative)
            for symbol in symbols | underlyings
        }
        trades = {symbol: LastTrade(symbol, one, at) for symbol in underlyings}
        return MarketView(
            now,
            {symbol: quotes[symbol] for symbol in symbols},
            {symbol: quotes[symbol] for symbol in underlyings},
            trades,
        )

    async def orders(self, since: datetime) -> tuple[OrderReport, ...]:
        del since
        await self._answer("orders")
        return ()

    async def terms(self, symbols: frozenset[str]) -> dict[str, ContractTerms]:
        del symbols
        return {}

    async def settlements(self, since: datetime) -> tuple[SettlementRecord, ...]:
        del since
        return ()

    async def official_close(self, underlying: str, day: date) -> Decimal | None:
        del underlying, day
        return None

    async def look_up(self, client_order_id: str) -> OrderReport | None:
        del client_order_id
        return None

    async def submit(self, intent: OrderIntent) -> OrderReport:
        raise AssertionError(f"an order was sent: {intent}")

    async def replace(self, broker_order_id: str, intent: OrderIntent) -> OrderReport:
        raise AssertionError(f"order {broker_order_id} was replaced: {intent}")

    async def cancel(self, broker_order_id: str) -> None:
        raise AssertionError(f"an order was cancelled: {broker_order_id}")

    async def pushed(self) -> None:
        await asyncio.Event().wait()

    async def aclose(self) -> None:
        self.is_closed = True
