"""
A whole account in virtual time: ledger in memory, paper exchange, desk and engine.

`Day` drives the engine as a replay does: it wakes it whenever something is due. People
act at their instants, through the same rows as the command line.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeVar

from botd.brokers.paper.adapter import PaperBroker
from botd.brokers.paper.card import PAPER_CARD
from botd.brokers.paper.faults import Fault, fault_of
from botd.brokers.paper.pack import Pack
from botd.brokers.paper.store import Store
from botd.brokers.port import AccountState, CapabilityCard, ContractTerms, SessionHours
from botd.clock import VirtualClock, VirtualTimeLoop
from botd.domain import lots, override, schedule, strategy
from botd.domain.bot import Bot, Expiration, Mode, Pricing
from botd.domain.contract import option_legs
from botd.domain.orders import Holding, OrderIntent, OrderReport, OrderStatus
from botd.domain.position import How, Policy, Position
from botd.domain.quote import MarketView
from botd.engine.loop import AccountEngine
from botd.errors import BrokerError, BrokerUnavailable, OutcomeUnknown, RefusalReason
from botd.ledger import (
    Ledger,
    Tx,
    alerts,
    attempts,
    commands,
    halts,
    open_ledger,
    orders,
    positions,
)
from botd.ledger.alerts import Alert
from botd.ledger.attempts import Attempt
from botd.ledger.commands import Command
from botd.ledger.halts import Halt
from botd.ledger.orders import Order
from botd.service import requests, wiring
from botd.service.wiring import Surroundings
from tests.engine.market import SESSIONS, instant, legs

KEY = ("paper", "paper")
TRADER = "trader"
LOOK = timedelta(seconds=1)
_NEVER_SENT = frozenset({OrderStatus.WITHDRAWN, OrderStatus.INTENT})
_Result = TypeVar("_Result")


class OddBroker(PaperBroker):
    """The paper broker, whose words may be bent."""

    skew = timedelta(0)  # its clock less ours
    can_trade = True
    claimed_close: datetime | None = None  # by its own calendar
    is_closed = False  # by its own calendar
    has_calendar = True
    hides_close_until: datetime | None = None
    is_locked_until: datetime | None = None  # the credentials open nothing
    hides_market = False
    hides_cash = False
    hangs_until: datetime | None = None  # no list of orders comes before
    list_stands: tuple[datetime, datetime] | None = None  # between them nothing new is listed
    told_terms: Mapping[str, ContractTerms] = MappingProxyType({})  # instead of the tables'
    terms_fail: BrokerError | None = None
    extra_reports: tuple[OrderReport, ...] = ()
    between_polls: Callable[[], object] | None = None  # happens before each list of orders
    on_request: Callable[[], object] | None = None  # happens before each call of the account
    between_reads: Callable[[], object] | None = None  # happens once, before holdings are told
    pushes_at: tuple[datetime, ...] = ()  # when it says of its own that an order changed
    reads_begin = instant("17:50")  # from when on it may
    _listed: dict[str | None, OrderReport] = {}  # noqa: RUF012 - never changed in place
    # Calls that give no answer, by name: since when, and how many seconds each takes.
    slow: Mapping[str, tuple[str, float]] = MappingProxyType({})

    async def _delay(self, call: str) -> None:
        since, seconds = self.slow.get(call, ("", 0.0))
        if since and self._clock.now() >= instant(since):
            await self._clock.sleep_until(self._clock.now() + timedelta(seconds=seconds))

    async def market(self, symbols: frozenset[str], underlyings: frozenset[str]) -> MarketView:
        await self._delay("market")
        if self.hides_market:
            raise OutcomeUnknown("HTTP 503")
        return await super().market(symbols, underlyings)

    async def cancel(self, broker_order_id: str) -> None:
        self._count()
        await self._delay("cancel")
        await self._delay(f"cancel {broker_order_id}")
        await super().cancel(broker_order_id)

    async def look_up(self, client_order_id: str) -> OrderReport | None:
        self._count()
        await self._delay("look_up")
        return await super().look_up(client_order_id)

    async def holdings(self) -> tuple[Holding, ...]:
        self._count()
        await self._delay("holdings")
        self._look_at_key()
        if self.between_reads is not None and self._clock.now() >= self.reads_begin:
            happen, self.between_reads = self.between_reads, None
            happen()
        return await super().holdings()

    async def submit(self, intent: OrderIntent) -> OrderReport:
        self._count()
        await self._delay("submit")
        self._look_at_key()
        return await super().submit(intent)

    async def terms(self, symbols: frozenset[str]) -> dict[str, ContractTerms]:
        if self.terms_fail is not None:
            raise self.terms_fail
        return {**await super().terms(symbols), **self.told_terms}

    async def pushed(self) -> None:
        self.pushes_at = tuple(at for at in self.pushes_at if at > self._clock.now())
        if not self.pushes_at:
            await super().pushed()
        await self._clock.sleep_until(self.pushes_at[0])

    def _count(self) -> None:
        if self.on_request is not None:
            self.on_request()

    def _look_at_key(self) -> None:
        if self.is_locked_until is not None and self._clock.now() < self.is_locked_until:
            raise BrokerUnavailable("HTTP 401", is_auth=True)

    async def account(self) -> AccountState:
        self._count()
        self._look_at_key()
        state = await super().account()
        return AccountState(
            state.account,
            state.environment,
            self.can_trade,
            None if self.hides_cash else state.cash,
            state.as_of + self.skew,
        )

    async def session(self, day: date) -> SessionHours | None:
        hours = await super().session(day)
        if hours is None or not self.has_calendar:
            return None
        if self.is_closed:
            return SessionHours(day, None, None)
        return SessionHours(day, hours.opens_at, self.claimed_close or hours.closes_at)

    async def orders(self, since: datetime) -> tuple[OrderReport, ...]:
        self._count()
        if self.between_polls is not None:
            self.between_polls()
        if self.hangs_until is not None:
            await self._clock.sleep_until(self.hangs_until)
        told = {report.client_order_id: report for report in await super().orders(since)}
        if self.list_stands is not None:
            told = self._as_it_stood(*self.list_stands, told)
        return tuple({**told, **{one.client_order_id: one for one in self.extra_reports}}.values())

    def _as_it_stood(
        self, begins: datetime, ends: datetime, told: dict[str | None, OrderReport]
    ) -> dict[str | None, OrderReport]:
        if begins <= self._clock.now() < ends:
            return self._listed
        self._listed = told
        return told

    async def official_close(self, underlying: str, day: date) -> Decimal | None:
        await self._delay("official_close")
        until = self.hides_close_until
        if until is not None and self._clock.now() < until:
            return None
        return await super().official_close(underlying, day)


def position(
    name: str,
    *held: str,
    units: int = 1,
    net_price: str = "1.25",
    policy: Policy | None = None,
    bot: str = "wheel",
    opened_at: str = "12-18 15:00",
    campaign: str | None = None,
) -> Position:
    """Make a position as an import does."""
    own = legs(*held)
    return lots.open_position(
        Position(
            id=name,
            number=0,
            bot=bot,
            broker=KEY[0],
            account=KEY[1],
            underlying=own[0].instrument.underlying,
            strategy=strategy.name(own),
            legs=own,
            units=units,
            opened_at=instant(opened_at),
            open_net_price=Decimal(net_price),
            expiration=min((one.expiration for one, _ in option_legs(own)), default=None),
            closes_at=schedule.closes_at(own, SESSIONS),
            policy=policy,
            campaign=campaign,
        )
    )


def bot(rules: Expiration | None = None, pricing: Pricing | None = None) -> Bot:
    """Make the rules of the bot that holds everything here."""
    return Bot("wheel", *KEY, rules or Expiration(), pricing or Pricing())


@dataclass
class Day:
    """One account, driven through its day."""

    shown: Pack
    book: tuple[Position, ...]
    rules: Bot = field(default_factory=bot)
    mode: Mode = Mode.ARMED
    card: CapabilityCard = PAPER_CARD
    begins: str = "17:40"
    cash: str = "100000"

    def __post_init__(self) -> None:
        self.loop = VirtualTimeLoop(instant(self.begins))
        self.clock = VirtualClock(self.loop)
        self.ledger = open_ledger("sqlite://", create=True, threaded=False)
        self.store = Store(cash=Decimal(self.cash))
        self._acts: list[tuple[datetime, Callable[[], object]]] = []
        self._begun: list[asyncio.Future[Any]] = []
        self._is_started = False
        self.enter(*self.book)
        self._open()
        self.hold(*self.book)

    def _open(self) -> None:
        self.broker = OddBroker(
            self.store, self.shown, self.clock, SESSIONS, account=KEY[1], card=self.card
        )
        around = Surroundings(self.ledger, self.clock, SESSIONS, "test")
        self.desk = wiring.make_desk(KEY, self.broker, around, [self.rules], mode=self.mode)
        self.engine = AccountEngine(self.desk)

    # What is there, and what happens.

    def enter(self, *book: Position) -> None:
        """Take positions into the ledger."""

        def work(tx: Tx) -> None:
            for one in book:
                positions.add(tx, one, self.clock.now())

        self.ledger.write_now(work)

    def hold(self, *book: Position) -> None:
        """Let the account hold positions."""
        for one in book:
            quantities: dict[str, int] = {}
            for leg in one.legs:
                held = quantities.get(leg.symbol, 0) + leg.quantity * one.units
                quantities[leg.symbol] = held
            self.broker.book(quantities, key=one.id)

    def befall(
        self,
        do: str,
        at: str,
        *held: str,
        units: int | None = None,
        seconds: float = 0,
        times: int = 1,
        reason: RefusalReason = RefusalReason.OTHER,
        message: str | None = None,
        net_price: str | None = None,
    ) -> None:
        """Plan something that goes wrong at the exchange, for *held* legs or for all."""
        made = fault_of(
            do,
            instant(at),
            legs(*held),
            units=units,
            late=timedelta(seconds=seconds),
            reason=reason,
            message=message,
            net_price=None if net_price is None else Decimal(net_price),
        )
        for _ in range(times):
            self.broker.plan(Fault(**{name: getattr(made, name) for name in made.__slots__}))

    def at(self, when: str, act: Callable[[], object]) -> None:
        """Let somebody do something at an instant."""
        self._acts.append((instant(when), act))
        self._acts.sort(key=lambda pair: pair[0])

    def take(self, name: str) -> None:
        """Take a position over, as `botd take` does."""
        self._ask(lambda tx: requests.take(tx, name, by=TRADER, reason="", at=self.clock.now()))

    def release(self, name: str, *, now: bool = False) -> None:
        """Give a position back, as `botd release` does."""
        at = self.clock.now()
        self._ask(lambda tx: requests.release(tx, name, by=TRADER, at=at, try_now=now))

    def accept(self, name: str) -> None:
        """Let a position be assigned on purpose, as `botd policy` does."""
        at = self.clock.now()
        self._ask(lambda tx: requests.set_policy(tx, name, Policy.ACCEPT, by=TRADER, at=at))

    def resolve(self, name: str, net_price: str = "-1") -> None:
        """Book a position as closed on a person's word, whatever of it still lives."""
        at, price = self.clock.now(), Decimal(net_price)
        self._ask(
            lambda tx: positions.change(
                tx,
                name,
                "resolved",
                lambda found: override.resolve(found, How.CLOSED, price, at),
                at=at,
                by=TRADER,
            )
        )

    def close(self, name: str, **args: object) -> Command:
        """Close a position, as `botd close` does."""
        at = self.clock.now()
        return self._ask(lambda tx: requests.close(tx, name, by=TRADER, at=at, args=args))

    def command_of(self, kind: str, name: str) -> Command:
        """Ask for something of any name."""
        at = self.clock.now()
        return self._ask(lambda tx: commands.add(tx, kind=kind, by=TRADER, at=at, position_id=name))

    def halt(self, *, keep_working: bool = False) -> None:
        """Halt everything, as `botd halt` does."""
        at = self.clock.now()
        self._ask(
            lambda tx: requests.halt(
                tx, [KEY], reason="a test", by=TRADER, at=at, keep_working=keep_working
            )
        )

    def resume(self) -> None:
        """Resume, as `botd resume` does."""
        self._ask(lambda tx: requests.resume(tx, by=TRADER, at=self.clock.now()))

    def _ask(self, work: Callable[[Tx], _Result]) -> _Result:
        return self.ledger.write_now(work)

    def leave_intent(self, intent: OrderIntent) -> None:
        """Leave an order that was written down and did not leave."""
        self._ask(lambda tx: orders.add_intent(tx, intent, self.clock.now()))

    def withdraw(self, name: str) -> None:
        """Withdraw an order that did not leave."""
        at = self.clock.now()
        self._ask(lambda tx: orders.set_status(tx, name, OrderStatus.WITHDRAWN, at))

    def leave_unknown(self, intent: OrderIntent) -> None:
        """Leave an order that was sent and never answered."""

        def work(tx: Tx) -> None:
            orders.add_intent(tx, intent, self.clock.now())
            orders.start_sending(tx, intent.client_order_id, self.clock.now())
            orders.set_status(tx, intent.client_order_id, OrderStatus.UNKNOWN, self.clock.now())

        self._ask(work)

    # Time.

    def play(self, until: str) -> "Day":
        """Let the day go on until an instant."""
        self.loop.run_until_complete(self._drive(instant(until)))
        return self

    def play_through(self) -> "Day":
        """Let the day go on until the next morning's reconcile is over."""
        return self.play("12-28 14:36")

    def run(self, work: Awaitable[_Result]) -> _Result:
        """Do one thing of the engine now."""
        return self.loop.run_until_complete(_awaited(work))

    def clock_to(self, at: str) -> None:
        """Let time pass while no process runs."""
        self.run(self.clock.sleep_until(instant(at)))

    def run_later(self, work: Coroutine[Any, Any, Any]) -> None:
        """Begin something within the running day."""
        self._begun.append(asyncio.ensure_future(work))

    def start(self) -> bool:
        """Start the engine as the daemon does."""
        self._is_started = True
        return self.run(self.engine.start(self.clock.now() + timedelta(minutes=1)))

    def kill(self, ledger: Ledger | None = None) -> None:
        """End the process at once; a new one begins over the same exchange, or on *ledger*."""
        self.loop.run_until_complete(self._end())
        if ledger is not None:
            self.ledger.close()
            self.ledger = ledger
        self._is_started = False
        skew = self.broker.skew
        self._open()
        self.broker.skew = skew

    def shut(self) -> None:
        """Let go of everything."""
        self.loop.run_until_complete(self._end())
        self.loop.close()
        self.store.close()
        self.ledger.close()

    async def _end(self) -> None:
        own = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not own]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _drive(self, until: datetime) -> None:
        if not self._is_started:
            self._is_started = True
            await self.engine.start(self.clock.now() + timedelta(minutes=1))
        while self.clock.now() < until:
            while self._acts and self._acts[0][0] <= self.clock.now():
                self._acts.pop(0)[1]()
                await self.engine.refresh()
            await self.engine.wake()
            await self.clock.sleep_until(self._next(until))

    def _next(self, until: datetime) -> datetime:
        now = self.clock.now()
        instants = [until, *(at for at, _ in self._acts[:1])]
        if self.engine.is_busy:
            instants.append(now + LOOK)
        elif (at := self.engine.next_at()) is not None:
            instants.append(max(at, now + timedelta(milliseconds=1)))
        return min(instants)

    # What came of it.

    def position(self, name: str) -> Position:
        """Give a position as the ledger knows it."""
        return self.ledger.read_now(lambda tx: positions.get(tx, name))

    def attempts(self, name: str) -> tuple[Attempt, ...]:
        """Give a position's attempts."""
        return self.ledger.read_now(lambda tx: attempts.of_position(tx, name))

    def told_of(self, name: str) -> list[tuple[str, str | None, str | None]]:
        """Give lead, decision and outcome of each attempt."""
        return [(one.lead, one.decision, one.outcome) for one in self.attempts(name)]

    def orders(self, name: str) -> tuple[Order, ...]:
        """Give a position's orders, withdrawn ones included."""
        return self.ledger.read_now(lambda tx: orders.of_position(tx, name))

    def sent(self, name: str) -> tuple[Order, ...]:
        """Give a position's orders that left."""
        return tuple(one for one in self.orders(name) if one.status not in _NEVER_SENT)

    def prices(self, name: str) -> list[str]:
        """Give the limits of the orders that left."""
        return [str(one.intent.net_price) for one in self.sent(name)]

    def statuses(self, name: str) -> list[str]:
        """Give what became of the orders, withdrawn ones included."""
        return [one.status.value for one in self.orders(name)]

    def alerts(self, about: str = "") -> tuple[Alert, ...]:
        """Give what people were told, of keys that begin with *about*."""
        far = self.clock.now() + timedelta(days=9)
        found = self.ledger.read_now(lambda tx: alerts.due(tx, far, 1000))
        return tuple(one for one in found if one.key.startswith(about))

    def words(self, about: str = "") -> str:
        """Give everything that people were told, as one text."""
        return "\n".join(f"{one.title}\n{one.body}" for one in self.alerts(about))

    def halts(self) -> tuple[Halt, ...]:
        """Give the stops in force."""
        return self.ledger.read_now(halts.current)

    def command(self, command: Command) -> dict[str, Any]:
        """Give a command's result."""
        found = self.ledger.read_now(lambda tx: commands.get(tx, command.id))
        return found.result or {}

    def held(self) -> dict[str, int]:
        """Tell what the account holds."""
        return {one.symbol: one.quantity for one in self.run(self.broker.holdings())}

    def intent(
        self, name: str, *sent: str, net_price: str | None = "-1.00", units: int = 1, step: int = 1
    ) -> OrderIntent:
        """Make an order of legs as sent."""
        return OrderIntent(
            client_order_id=f"{name}-{step:02d}",
            position_id=name,
            account=KEY[1],
            attempt_due_at=instant("17:50"),
            step=step,
            legs=legs(*sent),
            units=units,
            net_price=None if net_price is None else Decimal(net_price),
            cap=None,
            give_up_at=instant("18:00"),
        )


class Days:
    """Opens days, and shuts them when the test is over."""

    def __init__(self) -> None:
        self._open: list[Day] = []

    def __call__(self, shown: Pack, *book: Position, **options: Any) -> Day:  # noqa: ANN401
        """Open a day; *options* are `Day`'s fields."""
        day = Day(shown, book, **options)
        self._open.append(day)
        return day

    def shut(self) -> None:
        """Let go of all."""
        for day in self._open:
            day.shut()


async def _awaited(work: Awaitable[_Result]) -> _Result:
    return await work


def outcomes(one: Position) -> list[tuple[int, str, str | None]]:
    """Give a position's outcomes as units, how and net price."""
    return [
        (part.units, part.how.value, None if part.net_price is None else str(part.net_price))
        for part in one.outcomes
    ]


def run_all(day: Day, works: Iterable[Coroutine[Any, Any, Any]]) -> None:
    """Do several things one after the other."""
    for work in works:
        day.run(work)
