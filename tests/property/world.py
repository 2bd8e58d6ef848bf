"""A scenario lived through: exchange, ledger, people, and processes that die and come back."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from botd.brokers.paper.adapter import PaperBroker
from botd.brokers.paper.faults import Fault, fault_of
from botd.brokers.port import Broker
from botd.clock import Clock, VirtualClock
from botd.domain import lots, schedule, strategy
from botd.domain.contract import option_legs
from botd.domain.position import How, Position
from botd.engine import closes
from botd.engine.desk import Desk
from botd.engine.loop import AccountEngine
from botd.errors import LedgerError, NotFoundError, StateError
from botd.ledger import Tx, attempts, audit, positions
from botd.ledger.attempts import Attempt
from botd.service import requests, wiring
from botd.service.wiring import Surroundings
from tests.property.market import pack_of
from tests.property.mortal import Killed, MortalLedger, MortalLoop, breathe, bury
from tests.property.scenario import (
    ACCOUNT,
    BROKER,
    MORNING_AT,
    OPENS_AT,
    SESSIONS,
    UNDERLYING_OF,
    Act,
    Book,
    Crash,
    Rules,
    Scenario,
    Trouble,
    at,
    position_id,
)
from tests.property.witness import History, Network, WatchedStore, Witness

KEY = (BROKER, ACCOUNT)
LEADS = (-600.0, -300.0, -60.0)
_START_PATIENCE = timedelta(seconds=20)  # as the daemon's
_CHECK = timedelta(minutes=15)  # as the daemon's
_LOOK = timedelta(milliseconds=250)  # as the daemon's
_SEEN_BY = 2.0  # seconds after an attempt's instant; its row must be there
_BACK_BY = 5.0  # the same after a crash
_JUDGED_BY = 1260.0  # T + 20 min, and a look
_END = MORNING_AT + timedelta(seconds=90)
_MOST_LIVES = 40
_RESTART = 2.0  # seconds until a process that ended by itself is back
_CASH = Decimal(10_000_000)


@dataclass(slots=True)
class Sabotage:
    """A bug, put into what the engine is handed; the plain one has none."""

    name: str = "none"
    wrap: Callable[[Broker], Broker] = field(default=lambda broker: broker)
    alter: Callable[[Desk], object] = field(default=id)
    clock: Callable[[Clock], Clock] = field(default=lambda clock: clock)


@dataclass(frozen=True, slots=True)
class Life:
    """One process: from when until when, and whether it was killed."""

    since: datetime
    until: datetime
    is_killed: bool


@dataclass(frozen=True, slots=True)
class Probe:
    """What the ledger held of the attempts and positions at an instant."""

    at: datetime
    of: str  # "attempt", "back" or "judged"
    attempts: tuple[Attempt, ...]
    book: tuple[Position, ...]


@dataclass(slots=True)
class Lived:
    """A day that was lived through, for the checks."""

    scenario: Scenario
    ledger: MortalLedger
    store: WatchedStore
    history: History = field(default_factory=History)
    lives: list[Life] = field(default_factory=list)
    probes: list[Probe] = field(default_factory=list)
    acts: list[tuple[datetime, Act, str]] = field(default_factory=list)  # and what came of it
    errors: list[str] = field(default_factory=list)
    steps: int = 0
    ledger_failures: int = 0

    def close(self) -> None:
        """Let go of ledger and exchange."""
        self.ledger.close()
        self.store.close()

    def is_up(self, since: datetime, until: datetime) -> bool:
        """Whether one process lived from *since* to *until*."""
        return any(life.since <= since and until < life.until for life in self.lives)


class World:
    """Runs one scenario; `live` once."""

    def __init__(self, scenario: Scenario, sabotage: Sabotage | None = None) -> None:
        self._scenario = scenario
        self._sabotage = sabotage or Sabotage()
        self._now: Callable[[], datetime] = lambda: at(scenario.starts)
        history = History(scenario.card.dedupes)
        self.lived = Lived(
            scenario, MortalLedger(self._is_full), WatchedStore(history, _CASH), history
        )
        self._network = Network.of(scenario.latencies)
        self._pack = pack_of(scenario)
        self._acts = sorted(scenario.acts, key=lambda act: act.at)
        self._is_changed = False
        self._tasks: set[asyncio.Task[None]] = set()

    def live(self) -> Lived:
        """Live through the day, with every crash."""
        starts = at(self._scenario.starts)
        self._open_book(starts)
        crashes = sorted(self._scenario.crashes, key=lambda crash: crash.at)
        while starts < _END and len(self.lived.lives) < _MOST_LIVES:
            crash = next((found for found in crashes if at(found.at) >= starts), None)
            died_at, is_killed = self._process(starts, crash)
            self.lived.lives.append(Life(starts, died_at, is_killed))
            if died_at >= _END:
                break
            down = crash.down if crash is not None and is_killed else _RESTART
            if is_killed:
                crashes = [found for found in crashes if found is not crash]
            starts = died_at + timedelta(seconds=down)
            self._act_while_dead(starts)
            self.lived.errors += self.lived.ledger.read_now(audit.faults)
        self.lived.errors += self.lived.ledger.read_now(audit.faults)
        return self.lived

    def _is_full(self) -> bool:
        now = self._now()
        return any(at(one.since) <= now < at(one.until) for one in self._scenario.disk_full)

    def _open_book(self, now: datetime) -> None:
        book = tuple(
            _position(self._scenario, index, one) for index, one in enumerate(self._scenario.book)
        )

        def work(tx: Tx) -> None:
            for position in book:
                positions.add(tx, position, now)

        self.lived.ledger.write_now(work)
        clock = _Still(now)
        exchange = self._exchange(clock)
        for position in book:
            quantities: dict[str, int] = {}
            for leg in position.legs:
                held = quantities.get(leg.symbol, 0)
                quantities[leg.symbol] = held + leg.quantity * position.units
            exchange.book(quantities, key=position.id)
        for trouble in self._scenario.troubles:
            exchange.plan(replace(self._fault(trouble), times=trouble.times))

    def _fault(self, trouble: Trouble) -> Fault:
        return fault_of(
            trouble.kind.value,
            at(trouble.at),
            self._scenario.legs_of(trouble),
            units=trouble.units,
            late=timedelta(seconds=trouble.lasts),
            reason=trouble.reason,
            net_price=None if trouble.net_price is None else Decimal(trouble.net_price),
        )

    def _exchange(self, clock: Any) -> PaperBroker:  # noqa: ANN401 - any clock
        return PaperBroker(
            self.lived.store,
            self._pack,
            clock,
            SESSIONS,
            account=ACCOUNT,
            card=self._scenario.card.card(),
        )

    def _process(self, starts: datetime, crash: Crash | None) -> tuple[datetime, bool]:
        """Run one process until the day ends or it is killed."""
        loop = MortalLoop(starts)
        clock = VirtualClock(loop)
        self._now = clock.now
        if crash is not None:
            loop.arm(at(crash.at), crash.steps)
        asyncio.set_event_loop(loop)
        is_killed = False
        try:
            loop.run_until_complete(self._day(clock))
        except Killed:
            is_killed = True
        except LedgerError:
            self.lived.ledger_failures += 1  # the daemon ends, and is started again
        finally:
            died_at = clock.now()
            self._now = lambda: died_at
            self.lived.steps += loop.steps
            bury(loop)
            self._tasks.clear()
            asyncio.set_event_loop(None)
            loop.close()
        return died_at, is_killed

    async def _day(self, clock: VirtualClock) -> None:
        witness = Witness(
            self._exchange(clock),
            self._network,
            clock,
            self.lived.ledger,
            self.lived.history,
            len(self.lived.lives),
        )
        witness.take_over()
        owner = f"host:{len(self.lived.lives)}"
        own_clock = self._sabotage.clock(clock)
        around = Surroundings(self.lived.ledger, own_clock, SESSIONS, owner)
        bots = (self._scenario.rules.bot("plain"), Rules().bot("other"))
        broker = self._sabotage.wrap(witness)
        desk = wiring.make_desk(KEY, broker, around, bots, mode=self._scenario.mode)
        self._sabotage.alter(desk)
        self._plan(clock)
        await self._drive(AccountEngine(desk), clock)

    async def _drive(self, engine: AccountEngine, clock: VirtualClock) -> None:
        """Wake the engine as the daemon does, until the next morning is over."""
        await engine.start(clock.now() + _START_PATIENCE)
        checked_at = clock.now()
        while clock.now() < _END:
            if self._is_changed:
                self._is_changed = False
                await engine.refresh()
            await engine.wake()
            if clock.now() - checked_at >= _CHECK:
                checked_at = clock.now()
                await closes.compare(engine.desk)
                await engine.refresh()
            await clock.sleep_until(self._next_look(engine, clock.now()))
        await engine.settled()

    def _next_look(self, engine: AccountEngine, now: datetime) -> datetime:
        """Look again when the daemon would, but not while nothing can happen."""
        next_at = engine.next_at()
        if engine.is_busy or self._is_near(now) or (next_at is not None and next_at <= now):
            return now + _LOOK
        return min(found for found in (next_at, _END, *self._instants(now)) if found is not None)

    def _is_near(self, now: datetime) -> bool:
        """Whether a person has just done something, or the ledger may just have failed."""
        ends = (at(one.until) for one in self._scenario.disk_full)
        acts = (at(act.at) for act in self._scenario.acts)
        soon = timedelta(seconds=2)
        return self._is_full() or any(one <= now <= one + soon for one in (*ends, *acts))

    def _instants(self, now: datetime) -> list[datetime]:
        found = [at(act.at) for act in self._scenario.acts]
        found += [at(one.since) for one in self._scenario.disk_full]
        return [one for one in found if one > now]

    def _plan(self, clock: VirtualClock) -> None:
        now = clock.now()
        for act in self._acts:
            self._spawn(self._act_at(clock, act))
        if self.lived.lives:
            self._spawn(self._probe_at(clock, now + timedelta(seconds=_BACK_BY), "back"))
        for lead in LEADS:
            if at(lead) >= now:
                self._spawn(self._probe_at(clock, at(lead + _SEEN_BY), "attempt"))
        judged_at = max(at(_JUDGED_BY), now + timedelta(seconds=90))
        self._spawn(self._probe_at(clock, judged_at, "judged"))

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)

    async def _probe_at(self, clock: VirtualClock, instant: datetime, of: str) -> None:
        await clock.sleep_until(instant)
        for _ in range(200):  # what is due at this very instant goes first
            await breathe()
        names = tuple(position_id(index) for index in range(len(self._scenario.book)))

        def work(tx: Tx) -> tuple[tuple[Attempt, ...], tuple[Position, ...]]:
            rows = (row for name in names for row in attempts.of_position(tx, name))
            return tuple(rows), tuple(positions.get(tx, name) for name in names)

        rows, book = self.lived.ledger.read_now(work)
        self.lived.probes.append(Probe(clock.now(), of, rows, book))

    async def _act_at(self, clock: VirtualClock, act: Act) -> None:
        await clock.sleep_until(at(act.at))
        for _ in range(act.steps):
            await breathe()
        self._acts.remove(act)
        self._act(act, clock.now())
        self._is_changed = True

    def _act_while_dead(self, until: datetime) -> None:
        """Let people act through the ledger while no process lives."""
        for act in tuple(self._acts):
            if at(act.at) < until:
                self._acts.remove(act)
                self._act(act, max(at(act.at), self._now()))

    def _act(self, act: Act, now: datetime) -> None:
        if not self._scenario.book:
            return
        name = position_id(act.position % len(self._scenario.book))
        told = "done"
        try:
            self.lived.ledger.write_now(lambda tx: _do(tx, act, name, now))
        except (StateError, NotFoundError, ValueError) as error:
            told = str(error)
        self.lived.acts.append((now, act, told))


class _Still:
    """A clock that stands, for opening an account."""

    def __init__(self, instant: datetime) -> None:
        self._instant = instant

    def now(self) -> datetime:
        return self._instant


def _do(tx: Tx, act: Act, name: str, now: datetime) -> None:
    match act.do:
        case "take":
            requests.take(tx, name, by="ann", reason="looks odd", at=now)
        case "release" | "release_now":
            requests.release(tx, name, by="ann", at=now, try_now=act.do == "release_now")
        case "close":
            args = {"units": act.units, "pricing": None}
            requests.close(tx, name, by="ann", at=now, args=args)
        case "resolve":
            requests.resolve(
                tx, name, how=How.CLOSED, net_price=None, by="ann", at=now, note="by phone"
            )
        case "policy":
            requests.set_policy(tx, name, act.policy, by="ann", at=now)
        case "halt" | "halt_keep":
            keep = act.do == "halt_keep"
            requests.halt(tx, (KEY,), reason="stop", by="ann", at=now, keep_working=keep)
        case "resume":
            requests.resume(tx, by="ann", at=now)
        case _:
            raise AssertionError(act.do)


def _position(scenario: Scenario, index: int, book: Book) -> Position:
    legs = book.legs_of(scenario.root)
    expirations = [contract.expiration for contract, _ in option_legs(legs)]
    return lots.open_position(
        Position(
            id=position_id(index),
            number=0,
            bot=book.bot,
            broker=BROKER,
            account=ACCOUNT,
            underlying=UNDERLYING_OF[scenario.root],
            strategy=strategy.name(legs),
            legs=legs,
            units=book.units,
            opened_at=OPENS_AT - timedelta(days=1) + timedelta(seconds=index),
            open_net_price=Decimal("1.00"),
            expiration=min(expirations, default=None),
            closes_at=schedule.closes_at(legs, SESSIONS),
            policy=book.policy,
        )
    )
