"""A configuration folder in a temporary place, and the real processes that work on it."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import uuid
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from tests.system import clock
from tests.system.clock import MovedClock, SteppedClock, eventually, pause

Row = dict[str, Any]

BOTD = (sys.executable, "-m", "botd")
HOUSE = Path(__file__).parents[2]
DAY = "2026-11-27"  # a half-day: trading ends at 13:00 New York, 18:00 UTC
_LIMIT_SECONDS = "180"  # real ones, for each process; the tests themselves end far sooner

_CONFIG = """\
[brokers.paper]
kind = "paper"
quotes = { pack = "sample", align = "close" }
"""
_BOT = """\
name = "shorts"
broker = "paper"
"""
Named = tuple[str, dict[str, int]]
# Both legs end in the money, and the recorded market asks for more than its width of 2.50:
# the order rests at the cap, and never fills.
RESTS: Named = ("rests", {"GOOG261127P00755000": 1, "GOOG261127P00757500": -1})
# In the money, and filled by the ladder.
FILLS: Named = ("fills", {"GOOG261127P00752500": -1})
# Out of the money: left alone.
IDLES: Named = ("idles", {"GOOG261127P00740000": -1})


def at(time_of_day: str) -> datetime:
    """Give an instant of the day, UTC."""
    return datetime.fromisoformat(f"{DAY}T{time_of_day}+00:00")


@dataclass(slots=True)
class Daemon:
    """One `botd run`, and how it is spoken to: by signals."""

    process: subprocess.Popen[bytes]  # `timeout`, whose child is the daemon
    pid: int
    words: socket.socket
    said: list[str] = field(default_factory=list)

    def wait_ready(self, seconds: float = 20) -> None:
        """Wait until it says READY=1, as it does to systemd."""
        eventually(lambda: self._has_said("READY=1"), seconds, "the daemon is ready")

    def wait_said(self, word: str, times: int, seconds: float = 20) -> None:
        """Wait until a word was said so often."""
        eventually(lambda: self._has_said(word, times), seconds, f"{word} x {times}")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the daemon itself."""
        os.kill(self.pid, number)

    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def ended(self, seconds: float = 20) -> int:
        """Wait for its end; give the exit status."""
        return self.process.wait(seconds)

    def kill(self) -> None:
        """End it as a power cut does, and collect what is left of it."""
        if self.is_alive():
            self.signal(signal.SIGKILL)
        self.process.wait(10)
        self.words.close()

    def _has_said(self, word: str, times: int = 1) -> bool:
        while True:
            try:
                self.said += self.words.recv(4096).decode().splitlines()
            except BlockingIOError:
                break
        if self.process.poll() is not None:
            raise AssertionError(f"the daemon has ended with {self.process.returncode}")
        return self.said.count(word) >= times


@dataclass(slots=True)
class Stage:
    """One test's world: configuration, state, clock, processes."""

    directory: Path
    clock: MovedClock | SteppedClock
    state: Path  # where ledger and exchange lie
    daemons: list[Daemon] = field(default_factory=list)

    @property
    def config(self) -> Path:
        """The configuration folder."""
        return self.directory / "config"

    @property
    def ledger(self) -> Path:
        """The ledger's file."""
        return self.state / "botd.sqlite3"

    @property
    def log(self) -> Path:
        """What every daemon of this stage wrote to standard error."""
        return self.directory / "stderr"

    def prepare(self, extra: str = "") -> None:
        """Write the configuration."""
        (self.config / "bots").mkdir(parents=True, exist_ok=True)
        ledger = f'[ledger]\nurl = "sqlite:///{self.ledger}"\n'
        (self.config / "botd.toml").write_text(ledger + _CONFIG + extra)
        self.write_bot("")

    def write_bot(self, rules: str) -> None:
        """Write the bot's file, with *rules* after its name."""
        (self.config / "bots" / "shorts.toml").write_text(_BOT + rules)

    def botd(self, *arguments: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Run one command to its end, on this stage's clock."""
        process = self.begin(*arguments)
        try:
            output, errors = process.communicate(timeout=seconds)
        finally:
            process.kill()
        return subprocess.CompletedProcess(arguments, process.returncode, output, errors)

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Start one command, on this stage's clock."""
        return subprocess.Popen(
            [*BOTD, "--config", str(self.config), *arguments],
            cwd=HOUSE,
            env=clock.environment() | self.clock.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def hold(self, *positions: Named, opened: str = "14:30:00") -> None:
        """Import positions; attempts due before they were opened do not apply to them."""
        done = self.botd("positions", "import", str(self.write_book(positions, opened)))

        assert 0 == done.returncode, done.stderr

    def write_book(self, positions: tuple[Named, ...], opened: str = "14:30:00") -> Path:
        """Write a positions file."""
        file = self.directory / f"{'-'.join(name for name, _ in positions)}.toml"
        file.write_text("".join(_entry(name, legs, opened) for name, legs in positions))
        return file

    def start(self, stderr: IO[bytes] | int | None = None) -> Daemon:
        """Start the daemon under a limit of real time; it may not be ready yet."""
        if isinstance(self.clock, MovedClock):
            self.clock.begin()
        address = f"botd-{uuid.uuid4().hex}"
        words = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        words.bind(f"\0{address}")
        moved = self.clock.environment() | {"NOTIFY_SOCKET": f"@{address}"}
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [
                    *("timeout", "--kill-after=5", _LIMIT_SECONDS, "env"),
                    *(f"{name}={value}" for name, value in moved.items()),
                    *(*BOTD, "--config", str(self.config), "run"),
                ],
                cwd=HOUSE,
                env=clock.environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log if stderr is None else stderr,
            )
        pid = eventually(lambda: _child_of(process.pid), 5, "timeout starts the daemon")
        daemon = Daemon(process, pid, words)
        self.daemons.append(daemon)
        return daemon

    def run(self) -> Daemon:
        """Start the daemon, and wait until it is ready."""
        daemon = self.start()
        daemon.wait_ready()
        return daemon

    def rows(self, query: str, *values: object) -> list[Row]:
        """Read the ledger's own file, past all of botd's code."""
        return read_rows(self.ledger, query, *values)

    def orders(self, position: str) -> list[Row]:
        """Read a position's orders as the ledger has them, oldest first."""
        return self.rows(
            "SELECT * FROM orders WHERE position_id = ? ORDER BY created_at, step", position
        )

    def attempts(self, position: str) -> dict[str, Row]:
        """Read a position's attempts by their lead."""
        found = self.rows("SELECT * FROM attempts WHERE position_id = ?", position)
        return {row["lead"]: row for row in found}

    def position(self, name: str) -> Row:
        """Read a position's row."""
        [row] = self.rows("SELECT * FROM positions WHERE id = ?", name)
        return row

    def working(self, position: str) -> list[Row]:
        """Read the orders of a position that the ledger takes for working."""
        return [row for row in self.orders(position) if row["status"] == "working"]

    def at_exchange(self) -> list[Row]:
        """Read every order that the exchange took, from its own file."""
        file = self.state / "paper-paper-paper.sqlite3"
        found = read_rows(file, "SELECT body FROM paper_order ORDER BY number")
        return [json.loads(row["body"]) for row in found]

    def live_at_exchange(self) -> list[Row]:
        """Give the orders that may still fill, as the exchange has them."""
        return [order for order in self.at_exchange() if order["state"] in {"working", "pending"}]

    def wait_working(self, position: str, seconds: float = 30) -> Row:
        """Wait until an order of a position works."""
        [order] = eventually(lambda: self.working(position), seconds, f"an order for {position}")
        return order

    def wait_attempt(self, position: str, lead: str, seconds: float = 60) -> Row:
        """Wait until an attempt is claimed, or recorded as missed."""
        return eventually(
            lambda: self.attempts(position).get(lead), seconds, f"{lead} of {position}"
        )

    def wait_decided(self, position: str, lead: str, seconds: float = 60) -> Row:
        """Wait until an attempt has come to a decision; why it waits is written as a skip."""

        def look() -> Row | None:
            row = self.attempts(position).get(lead)
            if row is None or row["decision"] is None:
                return None
            is_waiting = row["decision"] == "skip" and row["outcome"] is None
            return None if is_waiting else row

        return eventually(look, seconds, f"the decision of {lead} of {position}")

    def wait_ended(self, position: str, lead: str, seconds: float = 60) -> Row:
        """Wait until an attempt has an outcome."""
        return self._wait_for(position, lead, "outcome", seconds)

    def _wait_for(self, position: str, lead: str, column: str, seconds: float) -> Row:
        def look() -> Row | None:
            row = self.attempts(position).get(lead)
            return row if row is not None and row[column] else None

        return eventually(look, seconds, f"the {column} of {lead} of {position}")

    def clock_until(self, time_of_day: str) -> None:
        """Wait until the clock shows a time of the day."""
        left = (at(time_of_day) - self.clock.now()).total_seconds()
        rate = self.clock.rate if isinstance(self.clock, MovedClock) else 1
        pause(max(left / rate, 0))


def _entry(name: str, legs: dict[str, int], opened: str) -> str:
    """Write one entry of a positions file."""
    said = ", ".join(
        f'{{ symbol = "{symbol}", quantity = {quantity} }}' for symbol, quantity in legs.items()
    )
    return (
        f'[[position]]\nid = "{name}"\nbot = "shorts"\nopened_at = {DAY}T{opened}Z\n'
        f'units = 1\nnet_price = "1.20"\nlegs = [{said}]\n\n'
    )


def read_rows(file: Path, query: str, *values: object) -> list[Row]:
    """Read rows of an SQLite file."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=5)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query, values)]


def instant(text: str) -> datetime:
    """Read an instant of the ledger."""
    return datetime.fromisoformat(text)


def seconds_after(due: datetime, text: str) -> float:
    """Tell how long after *due* an instant of the ledger lies."""
    return (instant(text) - due) / timedelta(seconds=1)


def _child_of(pid: int) -> int | None:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return None
    return int(children[0]) if children else None
