"""
What stands between the engine and the exchange, and writes down what it sees.

It shares nothing with the engine: it reads the ledger's rows and the exchange's book.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import cycle
from typing import Any, TypeVar

from botd.brokers.paper.adapter import PaperBroker
from botd.brokers.paper.book import Book, PaperOrder
from botd.brokers.paper.store import Store
from botd.brokers.port import (
    AccountState,
    CapabilityCard,
    ContractTerms,
    SessionHours,
    SettlementRecord,
)
from botd.clock import Clock
from botd.domain import order_id
from botd.domain.orders import Holding, OrderIntent, OrderReport
from botd.domain.quote import MarketView
from botd.errors import BrokerError, NotFoundError, OrderRefused
from botd.ledger import Ledger, orders

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Send:
    """One order's bytes leaving, and the ledger's row of that moment."""

    at: datetime
    intent: OrderIntent
    row_status: str | None  # None: there is no row
    row_hash: str | None
    process: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A definite no that reached the engine."""

    at: datetime
    intent: OrderIntent
    error: OrderRefused
    process: int


@dataclass(frozen=True, slots=True)
class Looked:
    """A look for one order that was answered."""

    client_order_id: str
    seen_at: datetime  # when the exchange looked
    is_found: bool


@dataclass(frozen=True, slots=True)
class Move:
    """A change of what the account holds."""

    at: datetime
    symbol: str
    before: int
    after: int
    by: str | None  # the client order id whose fill it is; None: nobody's order of ours


@dataclass(slots=True)
class History:
    """Everything that was seen."""

    dedupes: bool = True  # the exchange refuses a second order with an id
    sends: list[Send] = field(default_factory=list)
    cancels: list[datetime] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    looked: list[Looked] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    crowds: list[tuple[datetime, tuple[str, ...]]] = field(default_factory=list)
    last: dict[str, OrderReport] = field(default_factory=dict)  # our orders, as they stand
    read_at: list[datetime] = field(default_factory=list)  # successful reads of the holdings
    faults: list[str] = field(default_factory=list)  # what a probe found wrong


class WatchedBook(Book):
    """The exchange's book; tells each move, and whose fill it is."""

    history: History
    _filling: tuple[str, int] | None

    def put(self, order: PaperOrder) -> None:
        before = self.orders.get(order.number)
        super().put(order)
        name = order.report.client_order_id
        if name is None or not name.startswith(order_id.PREFIX):
            return
        self.history.last[name] = order.report
        if before is not None and order.report.filled_units > before.report.filled_units:
            self._filling = (name, len(order.report.legs))
        self._look_for_crowd()

    def hold(self, symbol: str, quantity: int) -> None:
        before = self.holdings.get(symbol, 0)
        super().hold(symbol, quantity)
        name: str | None = None
        if self._filling is not None:
            name, left = self._filling
            self._filling = (name, left - 1) if left > 1 else None
        self.history.moves.append(Move(self.advanced_to, symbol, before, before + quantity, name))

    def _is_to_be_dropped(self, order: PaperOrder, name: str) -> bool:
        """Whether an order on its way will find its id taken by the same one, sent again."""
        is_known = self.of_client(name) is not None
        return order.starts_at is not None and is_known and self.history.dedupes

    def _look_for_crowd(self) -> None:
        ours = {
            name
            for order in self.live.values()
            if (name := order.report.client_order_id)
            and name.startswith(order_id.PREFIX)
            and not self._is_to_be_dropped(order, name)
        }
        count = Counter(name.split("-")[1] for name in ours)
        crowded = tuple(sorted(name for name in ours if count[name.split("-")[1]] > 1))
        if crowded:
            self.history.crowds.append((self.advanced_to, crowded))


class WatchedStore(Store):
    """The exchange's store in memory, with a book that tells."""

    def __init__(self, history: History, cash: Decimal) -> None:
        super().__init__(None, cash=cash)
        self._history = history

    @contextmanager
    def transaction(self) -> Iterator[Book]:
        with super().transaction() as book:
            if not isinstance(book, WatchedBook):
                book.__class__ = WatchedBook
                assert isinstance(book, WatchedBook)
                book.history = self._history
                book._filling = None  # noqa: SLF001 - the class is ours
            yield book


@dataclass(slots=True)
class Network:
    """
    The way to the exchange: takes time, and outlives the process that sent something.

    What is under way when a process dies still arrives.
    """

    latencies: Iterator[float]
    underway: dict[int, tuple[datetime, str, Any]] = field(default_factory=dict)
    number: int = 0

    @classmethod
    def of(cls, latencies: tuple[float, ...]) -> "Network":
        """Make a way whose calls take these seconds in turn."""
        return cls(cycle(latencies))

    def enter(self, now: datetime, kind: str, what: object) -> tuple[int, datetime]:
        """Let something leave; give its number and when it arrives."""
        self.number += 1
        arrives_at = now + timedelta(seconds=next(self.latencies))
        self.underway[self.number] = (arrives_at, kind, what)
        return self.number, arrives_at


class Witness:
    """A `Broker` that passes everything on, and writes down what it sees."""

    def __init__(
        self,
        exchange: PaperBroker,
        network: Network,
        clock: Clock,
        ledger: Ledger,
        history: History,
        process: int,
    ) -> None:
        self._exchange = exchange
        self._network = network
        self._clock = clock
        self._ledger = ledger
        self._history = history
        self._process = process
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def card(self) -> CapabilityCard:
        return self._exchange.card

    def take_over(self) -> None:
        """Let arrive what an earlier process had sent when it died."""
        for number, (arrives_at, kind, what) in list(self._network.underway.items()):
            call = self._exchange.submit if kind == "submit" else self._exchange.cancel
            self._spawn(self._arrive(number, arrives_at, partial(call, what)))

    async def account(self) -> AccountState:
        return await self._read(self._exchange.account)

    async def session(self, day: date) -> SessionHours | None:
        return await self._read(lambda: self._exchange.session(day))

    async def holdings(self) -> tuple[Holding, ...]:
        held = await self._read(self._exchange.holdings)
        self._history.read_at.append(self._clock.now())
        return held

    async def market(self, symbols: frozenset[str], underlyings: frozenset[str]) -> MarketView:
        return await self._read(lambda: self._exchange.market(symbols, underlyings))

    async def submit(self, intent: OrderIntent) -> OrderReport:
        self._history.sends.append(self._send(intent))
        try:
            return await self._deliver("submit", intent, lambda: self._exchange.submit(intent))
        except OrderRefused as error:
            self._history.refused.append(Refused(self._clock.now(), intent, error, self._process))
            raise

    async def cancel(self, broker_order_id: str) -> None:
        self._history.cancels.append(self._clock.now())
        await self._deliver(
            "cancel", broker_order_id, lambda: self._exchange.cancel(broker_order_id)
        )

    async def look_up(self, client_order_id: str) -> OrderReport | None:
        seen: list[datetime] = []

        async def look() -> OrderReport | None:
            seen.append(self._clock.now())
            return await self._exchange.look_up(client_order_id)

        found = await self._read(look)
        self._history.looked.append(Looked(client_order_id, seen[0], found is not None))
        return found

    async def orders(self, since: datetime) -> tuple[OrderReport, ...]:
        seen: list[datetime] = []

        async def look() -> tuple[OrderReport, ...]:
            seen.append(self._clock.now())
            return await self._exchange.orders(since)

        listed = await self._read(look)
        names = {report.client_order_id for report in listed}
        sent = {send.intent.client_order_id for send in self._history.sends}
        self._history.looked.extend(Looked(name, seen[0], name in names) for name in sorted(sent))
        return listed

    async def settlements(self, since: datetime) -> tuple[SettlementRecord, ...]:
        return await self._read(lambda: self._exchange.settlements(since))

    async def official_close(self, underlying: str, day: date) -> Decimal | None:
        return await self._read(lambda: self._exchange.official_close(underlying, day))

    async def terms(self, symbols: frozenset[str]) -> dict[str, ContractTerms]:
        return await self._read(lambda: self._exchange.terms(symbols))

    async def replace(self, broker_order_id: str, intent: OrderIntent) -> OrderReport:
        return await self._exchange.replace(broker_order_id, intent)

    async def pushed(self) -> None:
        await self._exchange.pushed()

    async def aclose(self) -> None:
        """Leave the exchange open: it outlives the process."""

    def _send(self, intent: OrderIntent) -> Send:
        name = intent.client_order_id
        try:
            row = self._ledger.read_now(lambda tx: orders.get(tx, name))
            committed = self._ledger.read_now(lambda tx: orders.committed_hash(tx, name))
        except NotFoundError:
            return Send(self._clock.now(), intent, None, None, self._process)
        return Send(self._clock.now(), intent, row.status.value, committed, self._process)

    async def _read(self, call: Callable[[], Awaitable[_Answer]]) -> _Answer:
        await self._pause()
        answer = await call()
        await self._pause()
        return answer

    async def _pause(self) -> None:
        latency = next(self._network.latencies)
        await self._clock.sleep_until(self._clock.now() + timedelta(seconds=latency))

    async def _deliver(
        self, kind: str, what: object, call: Callable[[], Awaitable[_Answer]]
    ) -> _Answer:
        number, arrives_at = self._network.enter(self._clock.now(), kind, what)
        task: asyncio.Task[_Answer] = self._spawn(self._arrive(number, arrives_at, call))
        answer = await asyncio.shield(task)
        await self._pause()
        return answer

    async def _arrive(
        self, number: int, arrives_at: datetime, call: Callable[[], Awaitable[_Answer]]
    ) -> _Answer:
        await self._clock.sleep_until(arrives_at)
        del self._network.underway[number]
        return await call()

    def _spawn(self, work: Coroutine[Any, Any, _Answer]) -> asyncio.Task[_Answer]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and not isinstance(task.exception(), BrokerError | None):
            self._history.faults.append(f"the exchange broke: {task.exception()!r}")
