"""
A configuration, a ledger on the disk and a paper account, in virtual time.

The account plays the packaged day: GOOG on 24 December 2015, closing at 18:00 UTC. A
daemon may run beside the command, in the same loop, on a ledger connection of its own.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from botd.brokers.paper.adapter import PaperBroker
from botd.brokers.paper.faults import fault_of
from botd.calendar.load import load_sessions
from botd.cli.app import run
from botd.cli.options import World
from botd.clock import VirtualClock, VirtualTimeLoop
from botd.domain.position import Position
from botd.domain.session import Sessions
from botd.engine.loop import AccountEngine
from botd.ledger import Ledger, Tx, open_ledger, orders, positions
from botd.ledger.orders import Order
from botd.service import wiring
from botd.service.inspection import lock_path
from botd.service.lock import hold
from botd.service.oneshot import Site
from botd.service.wiring import Surroundings
from botd.settings.load import load
from botd.settings.model import PaperSettings, Settings

KEY = ("paper", "paper")
T = datetime(2015, 12, 24, 18, 0, tzinfo=UTC)
BEFORE = datetime(2015, 12, 24, 17, 30, tzinfo=UTC)  # twenty minutes before the first attempt
BOTD = '[brokers.paper]\nkind = "paper"\nquotes = { pack = "sample" }\n'
ALIGNED = '[brokers.paper]\nkind = "paper"\nquotes = { pack = "sample", align = "close" }\n'
BOT = 'name = "condors"\nbroker = "paper"\n'
WHEEL = 'name = "wheel"\nbroker = "paper"\n[expiration]\nitm_policy = "accept"\n'
_ALL = 1_000_000


def entry(name: str, *held: str, units: int = 1, price: str = "1.25", more: str = "") -> str:
    """Write an entry of a positions file, legs as `-1 GOOG151224P00750000`."""
    legs = ", ".join(
        f'{{ symbol = "{symbol}", quantity = {count} }}'
        for count, symbol in (one.split() for one in held)
    )
    bot = "" if "bot =" in more else 'bot = "condors"\n'
    return (
        f'[[position]]\nid = "{name}"\n{bot}opened_at = 2015-12-18T15:00:00Z\n'
        f'units = {units}\nnet_price = "{price}"\nlegs = [{legs}]\n{more}\n'
    )


PUT_752 = "-1 GOOG151224P00752500"  # in the money all day, quoted
PUT_740 = "-1 GOOG151224P00740000"  # out of the money
VERTICAL = ("+1 GOOG151224P00745000", "-1 GOOG151224P00750000")


@dataclass
class Answer:
    """What a command line answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever the document holds
        return json.loads(self.out)


@dataclass
class House:
    """Everything of one test; `shut` it at the end."""

    folder: Path
    capture: Callable[[], tuple[str, str]]  # standard output and error since the last call
    at: datetime = BEFORE
    loop: VirtualTimeLoop = field(init=False)
    clock: VirtualClock = field(init=False)
    _open: ExitStack = field(default_factory=ExitStack)
    _tasks: list[asyncio.Task[Any]] = field(default_factory=list)
    engine: AccountEngine | None = None
    _lock: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.loop = VirtualTimeLoop(self.at)
        self.clock = VirtualClock(self.loop)
        asyncio.set_event_loop(self.loop)
        (self.folder / "config" / "bots").mkdir(parents=True)
        self.state.mkdir()
        self.configure(BOTD)
        self.write("config/bots/condors.toml", BOT)
        self.write("config/bots/wheel.toml", WHEEL)

    @property
    def state(self) -> Path:
        return self.folder / "config" / "var"

    @property
    def path(self) -> Path:
        return self.state / "botd.sqlite3"

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def configure(self, text: str) -> None:
        self.write("config/botd.toml", text)

    def settings(self) -> Settings:
        return load(self.folder / "config", {})

    def sessions(self) -> Sessions:
        return load_sessions(self.state, (), self.clock.now()).sessions

    def run(self, *arguments: str) -> Answer:
        """Call the command line."""
        self.capture()
        code = run(arguments, self.world())
        return Answer(code, *self.capture())

    def world(self) -> World:
        return World(environ={"USER": "ann"}, cwd=self.folder, clock=self.clock)

    def take_in(self, *entries: str) -> None:
        """Import entries of a positions file."""
        path = self.write("positions.toml", "\n".join(entries))
        answer = self.run("positions", "import", str(path))
        assert (0, "") == (answer.code, answer.err)

    def ledger(self) -> Ledger:
        """Open the ledger, inline; closed with the house."""
        url = f"sqlite:///{self.path}"
        return self._open.enter_context(closing(open_ledger(url, create=True, threaded=False)))

    def site(self, purpose: str = "close") -> Site:
        return Site(
            self.ledger(),
            lock_path(self.path),
            self.clock,
            lambda: (self.settings(), self.sessions()),
            purpose,
        )

    def read(self, work: Callable[[Tx], Any]) -> Any:  # noqa: ANN401 - what the work gives
        with closing(open_ledger(f"sqlite:///{self.path}", threaded=False)) as opened:
            return opened.read_now(work)

    def position(self, name: str) -> Position:
        found: Position = self.read(lambda tx: positions.get(tx, name))
        return found

    def positions(self) -> tuple[Position, ...]:
        query = positions.PositionQuery()
        found: tuple[Position, ...] = self.read(lambda tx: positions.find(tx, query, 1, _ALL).items)
        return found

    def orders(self, name: str) -> tuple[Order, ...]:
        found: tuple[Order, ...] = self.read(lambda tx: orders.of_position(tx, name))
        return found

    def broker(self, account: str = "paper") -> PaperBroker:
        """Open the paper account as another process would; closed with the house."""
        settings = self.settings()
        chosen = settings.brokers["paper"]
        assert isinstance(chosen, PaperSettings)
        opened = wiring.open_paper(chosen, account, settings.state_dir, self.clock, self.sessions())
        return self._open.enter_context(closing(opened))

    def held(self, account: str = "paper") -> dict[str, int]:
        """Tell what the paper account holds."""
        broker = self.broker(account)
        found = self.loop.run_until_complete(broker.holdings())
        return {one.symbol: one.quantity for one in found}

    def pass_until(self, at: datetime) -> None:
        """Let time pass, for the daemon too."""
        self.loop.run_until_complete(self.clock.sleep_until(at))

    def start_daemon(self) -> AccountEngine:
        """Let a daemon hold the ledger and wake its engine, until the house is shut."""
        ledger = self.ledger()
        self._lock.enter_context(hold(lock_path(self.path), now=self.clock.now(), purpose="run"))
        around = Surroundings(ledger, self.clock, self.sessions(), "host:1")
        engine = wiring.open_engine(self.settings(), KEY, around)
        self.loop.run_until_complete(engine.start(self.clock.now() + timedelta(seconds=5)))

        async def wake() -> None:
            while True:
                if ledger.changed_by_others():
                    await engine.refresh()
                await engine.wake()
                await self.clock.sleep_until(self.clock.now() + timedelta(seconds=0.5))

        self._tasks.append(self.loop.create_task(wake()))
        self.engine = engine
        return engine

    def kill_daemon(self) -> None:
        """End the daemon as a kill does: orders work on, and its rows stay as they are."""
        for task in self._tasks:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))
        self._tasks.clear()
        if self.engine is not None:
            self.loop.run_until_complete(self.engine.stop())
        self.engine = None
        self._lock.close()

    def plan(
        self,
        do: str,
        name: str,
        *,
        units: int | None = None,
        late: timedelta = timedelta(0),
        message: str | None = None,
        times: int = 1,
    ) -> None:
        """Let something go wrong at the broker, from now on."""
        legs = self.position(name).legs if name else ()
        made = fault_of(do, self.clock.now(), legs, units=units, late=late, message=message)
        self.broker().plan(*[made] * times)

    def shut(self) -> None:
        self.kill_daemon()
        self._open.close()
        asyncio.set_event_loop(None)
        self.loop.close()


@cache
def _kept_sessions() -> str:
    """Compute the calendar once for all tests; a child process takes its time."""
    with TemporaryDirectory() as folder:
        load_sessions(Path(folder), (), BEFORE)
        return (Path(folder) / "sessions.json").read_text()


def house_in(folder: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[House]:
    """Give a house for the length of a test."""

    def capture() -> tuple[str, str]:
        found = capsys.readouterr()
        return found.out, found.err

    made = House(folder, capture)
    (made.state / "sessions.json").write_text(_kept_sessions())
    yield made
    made.shut()
