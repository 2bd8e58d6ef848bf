"""
A daemon in virtual time: accounts whose brokers may hang, and a ledger that may fail.

The story plays on the half-day of 24 December 2015: T is 18:00 UTC, T-10 at 17:50.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from botd.brokers.paper.store import Store
from botd.brokers.port import AccountState, SessionHours
from botd.calendar.load import CalendarLoad
from botd.clock import VirtualClock, VirtualTimeLoop
from botd.domain import lots
from botd.domain.bot import Bot
from botd.domain.orders import Holding, OrderIntent, OrderReport
from botd.domain.position import Position
from botd.domain.quote import MarketView
from botd.engine.loop import AccountEngine
from botd.errors import LedgerError
from botd.ledger import Ledger, Tx, alerts, attempts, orders, positions
from botd.ledger.alerts import Alert
from botd.ledger.attempts import Attempt
from botd.ledger.opening import make_memory
from botd.ledger.orders import Order
from botd.service import wiring
from botd.service.daemon import Daemon
from botd.service.systemd import Systemd
from botd.service.wiring import AccountKey, Surroundings
from botd.settings.model import NotifySettings, PaperQuotes, PaperSettings, Settings
from tests.engine.given import OddBroker, position
from tests.engine.market import SESSIONS, instant, market

A, B = ("paper", "a"), ("paper", "b")
BOT_OF = {A: "bot-a", B: "bot-b"}
PAPER = PaperSettings("paper", PaperQuotes())
MARKET = market("748", {"750P": "2.00/2.20", "745P": "0.05/0.10"})
_NEVER = timedelta(days=10)
_Result = TypeVar("_Result")


class HangingBroker(OddBroker):
    """A paper account that may stop answering: every call then waits for ever."""

    hangs = False
    hangs_at_the_end = False  # in `aclose`
    opens: str | None = None  # the account that the credentials really open

    async def _hang(self) -> None:
        if self.hangs:
            await self._clock.sleep_until(self._clock.now() + _NEVER)

    async def account(self) -> AccountState:
        await self._hang()
        state = await super().account()
        return replace(state, account=self.opens or state.account)

    async def session(self, day: date) -> SessionHours | None:
        await self._hang()
        return await super().session(day)

    async def holdings(self) -> tuple[Holding, ...]:
        await self._hang()
        return await super().holdings()

    async def market(self, symbols: frozenset[str], underlyings: frozenset[str]) -> MarketView:
        await self._hang()
        return await super().market(symbols, underlyings)

    async def submit(self, intent: OrderIntent) -> OrderReport:
        await self._hang()
        return await super().submit(intent)

    async def orders(self, since: datetime) -> tuple[OrderReport, ...]:
        await self._hang()
        return await super().orders(since)

    async def aclose(self) -> None:
        await super().aclose()
        if self.hangs_at_the_end:
            await self._clock.sleep_until(self._clock.now() + _NEVER)


class FailingLedger(Ledger):
    """A ledger in memory whose disk may fail, or never answer."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(None, make_memory(), threaded=False, patience=timedelta(0))
        self.fault: str | None = None
        self.is_silent = False
        self._clock = clock

    async def write(self, work: Callable[[Tx], _Result]) -> _Result:
        if self.is_silent:
            await self._clock.sleep_until(self._clock.now() + _NEVER)
        if self.fault is not None:
            raise LedgerError(self.fault)
        return await super().write(work)


@dataclass(frozen=True, slots=True)
class Manager(Systemd):
    """A service manager that remembers what it was told."""

    words: list[tuple[str, ...]] = field(default_factory=list)

    def _say(self, *words: str) -> bool:
        self.words.append(words)
        return True

    def count(self, word: str) -> int:
        return sum(word in said for said in self.words)

    @property
    def status_line(self) -> str:
        lines = [word for said in self.words for word in said if word.startswith("STATUS=")]
        return lines[-1].removeprefix("STATUS=")


def bots(*keys: AccountKey) -> dict[str, Bot]:
    return {BOT_OF[key]: Bot(BOT_OF[key], *key) for key in keys}


def held(key: AccountKey, name: str, *legs: str) -> Position:
    """Make a position of an account's bot."""
    return replace(position(name, *legs, bot=BOT_OF[key]), broker=key[0], account=key[1])


class World:
    """One test's daemon and everything around it; `shut` it at the end."""

    def __init__(self, folder: Path, *keys: AccountKey, at: str = "17:49:50") -> None:
        self.folder = folder
        self.loop = VirtualTimeLoop(instant(at))
        self.clock = VirtualClock(self.loop)
        self.ledger: Ledger = FailingLedger(self.clock)
        self.manager = Manager("@nobody", timedelta(seconds=10))
        self.brokers: dict[AccountKey, HangingBroker] = {}
        self.refused: dict[AccountKey, Exception] = {}  # what opening an account raises
        self.settings = Settings(
            directory=folder,
            ledger_url=f"sqlite:///{folder}/botd.sqlite3",
            ledger_path=folder / "botd.sqlite3",
            brokers={"paper": PAPER},
            notify=NotifySettings(),
            bots=bots(*keys),
            overrides=(),
        )
        self.next_settings: Settings | Exception = self.settings
        self.sessions = SESSIONS
        self.daemon: Daemon | None = None
        self.running: asyncio.Task[None] | None = None

    @property
    def failing(self) -> FailingLedger:
        assert isinstance(self.ledger, FailingLedger)
        return self.ledger

    @property
    def at_work(self) -> Daemon:
        assert self.daemon is not None
        return self.daemon

    def broker(self, key: AccountKey) -> HangingBroker:
        if key not in self.brokers:
            self.brokers[key] = HangingBroker(Store(), MARKET, self.clock, SESSIONS, account=key[1])
        return self.brokers[key]

    def hold(self, *book: Position) -> None:
        """Let ledger and account hold positions."""
        for one in book:
            self.broker(one.account_key).book(lots.quantities(one), key=one.id)
        self.ledger.write_now(lambda tx: [positions.add(tx, one, self.clock.now()) for one in book])

    def begin(self, calendar_fault: str | None = None) -> None:
        """Start the daemon; nothing happens before `until` or `ended`."""
        around = Surroundings(self.ledger, self.clock, SESSIONS, "test")
        self.daemon = Daemon(
            self._load,
            self.settings,
            around,
            self.manager,
            load_calendar=lambda _, __: self._calendar(),
            open_engine=self._open,
        )
        work = self.daemon.run(CalendarLoad(SESSIONS, "by hand", calendar_fault))
        self.running = self.loop.create_task(work)

    def until(self, at: str) -> "World":
        """Let time pass; an error that ends the daemon is raised."""
        self.loop.run_until_complete(self._until(instant(at)))
        return self

    def ended(self) -> datetime:
        """Wait for the daemon's end; give its instant. What ended it is raised."""
        assert self.running is not None
        self.loop.run_until_complete(self.running)
        return self.clock.now()

    def shut(self) -> None:
        if self.running is not None and not self.running.done():
            self.at_work.stopping.set()
            self.loop.run_until_complete(asyncio.wait((self.running,)))
        self.loop.close()
        self.ledger.close()
        for broker in self.brokers.values():  # also those whose account was refused
            broker.close()

    def attempts(self, name: str) -> tuple[Attempt, ...]:
        return self.ledger.read_now(lambda tx: attempts.of_position(tx, name))

    def orders(self, name: str) -> tuple[Order, ...]:
        return self.ledger.read_now(lambda tx: orders.of_position(tx, name))

    def position(self, name: str) -> Position:
        return self.ledger.read_now(lambda tx: positions.get(tx, name))

    def alerts(self, part: str = "") -> list[Alert]:
        far = instant("12-31 00:00")
        found = self.ledger.read_now(lambda tx: alerts.due(tx, far))
        return [alert for alert in found if part in f"{alert.title}\n{alert.body}"]

    async def _until(self, at: datetime) -> None:
        assert self.running is not None
        passed = asyncio.ensure_future(self.clock.sleep_until(at))
        await asyncio.wait((passed, self.running), return_when=asyncio.FIRST_COMPLETED)
        if self.running.done():
            passed.cancel()
            self.running.result()

    def _load(self) -> Settings:
        if isinstance(self.next_settings, Exception):
            raise self.next_settings
        return self.next_settings

    def _calendar(self) -> CalendarLoad:
        return CalendarLoad(self.sessions, "by hand")

    def _open(self, settings: Settings, key: AccountKey, around: Surroundings) -> AccountEngine:
        if key in self.refused:
            raise self.refused[key]
        desk = wiring.make_desk(key, self.broker(key), around, settings.bots.values())
        wiring.apply_settings(settings, key, desk)
        return AccountEngine(desk)
