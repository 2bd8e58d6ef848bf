"""
A world for one measurement: configuration, calendar, book, and the real daemon on them.

The calendar is the one that the daemon keeps in its state directory, with one more
session in it that closes when the measurement wants it to. Nothing else is arranged.
"""

import json
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from botd.calendar.load import load_sessions

BOTD = (sys.executable, "-m", "botd")
HOUSE = Path(__file__).parents[1]
_SESSIONS = "sessions.json"
_LONGEST_DAY = 6 * 3600 + 1800  # seconds of a full session
_CONFIG = """\
[brokers.paper]
kind = "paper"
quotes = { pack = "sample", align = "close" }
"""
# Strikes of the packaged day, which closes at 748.40: shorts on one side of it only, so
# that nothing nets, whatever the number.
IN_THE_MONEY = tuple(f"P{strike}" for strike in (75500, 75750, 76000, 76250, 76500, 77000, 77500))
OUT_OF_THE_MONEY = tuple(f"P{strike}" for strike in (70000, 70500, 71000, 71500, 72000, 72500))


@dataclass(frozen=True, slots=True)
class Stand:
    """A configuration folder and its state."""

    directory: Path
    closes_at: datetime

    @property
    def config(self) -> Path:
        """The configuration folder."""
        return self.directory / "config"

    @property
    def ledger(self) -> Path:
        """The ledger's file."""
        return self.config / "var" / "botd.sqlite3"

    @property
    def exchange(self) -> Path:
        """The paper exchange's file."""
        return self.config / "var" / "paper-paper-paper.sqlite3"

    def write_bots(self, names: Sequence[str], rules: str = "") -> None:
        """Write one file for each bot."""
        for name in names:
            file = self.config / "bots" / f"{name}.toml"
            file.write_text(f'name = "{name}"\nbroker = "paper"\n{rules}')

    def import_book(self, bots: Sequence[str], puts: Sequence[str]) -> None:
        """Import one short put for each of *bots*, over the strikes of *puts*."""
        file = self.directory / "book.toml"
        day, opened_at = self.closes_at, self.closes_at - timedelta(days=1)
        file.write_text(
            "".join(
                f'[[position]]\nid = "p{number:05}"\nbot = "{bot}"\n'
                f'opened_at = {opened_at:%Y-%m-%dT%H:%M:%SZ}\nunits = 1\nnet_price = "1.20"\n'
                f'legs = [{{ symbol = "GOOG{day:%y%m%d}{_padded(puts[number % len(puts)])}", '
                f"quantity = -1 }}]\n"
                for number, bot in enumerate(bots)
            )
        )
        self.botd("positions", "import", str(file))

    def botd(self, *arguments: str) -> None:
        """Run one command to its end."""
        subprocess.run(self.command(*arguments), cwd=HOUSE, check=True, stdout=subprocess.DEVNULL)

    def command(self, *arguments: str) -> list[str]:
        """Give the command line of a command."""
        return [*BOTD, "--config", str(self.config), *arguments]

    def sleep_until(self, at: datetime) -> None:
        """Wait until an instant."""
        time.sleep(max((at - datetime.now(UTC)).total_seconds(), 0))


def make(directory: Path, *, closes_in: timedelta) -> Stand:
    """
    Make a stand whose session closes in *closes_in*.

    Raises:
        RuntimeError: midnight UTC lies between; sessions have one day.
    """
    now = datetime.now(UTC)
    closes_at = (now + closes_in).replace(microsecond=0)
    if closes_at.date() != now.date():
        raise RuntimeError("not around midnight UTC: a session closes on the day it opens")
    stand = Stand(directory, closes_at)
    (stand.config / "bots").mkdir(parents=True)
    (stand.config / "botd.toml").write_text(_CONFIG)
    stand.ledger.parent.mkdir(mode=0o700)
    load_sessions(stand.ledger.parent, (), now)
    _add_session(stand.ledger.parent / _SESSIONS, closes_at)
    return stand


def _add_session(file: Path, closes_at: datetime) -> None:
    kept = json.loads(file.read_text())
    index = (closes_at.date() - datetime.fromisoformat(kept["first_day"]).date()).days
    closes = (closes_at - closes_at.replace(hour=0, minute=0, second=0)).seconds
    letter = "Z"
    kept["hours"][letter] = [max(closes - _LONGEST_DAY, 0), closes, 0]
    kept["days"] = kept["days"][:index] + letter + kept["days"][index + 1 :]
    file.write_text(json.dumps(kept))


def _padded(put: str) -> str:
    """Write `P75500` as OCC symbols do: strikes in thousandths, eight digits."""
    return f"P{int(put[1:]) * 10:08}"


@contextmanager
def running(command: Sequence[str]) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """Run a daemon for the length of a block; give it, and how long it took to READY."""
    address = f"botd-{uuid.uuid4().hex}"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as words:
        words.bind(f"\0{address}")
        words.settimeout(120)
        begun = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=HOUSE,
            env=os.environ | {"NOTIFY_SOCKET": f"@{address}"},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while b"READY=1" not in words.recv(4096):
                pass
            yield process, time.perf_counter() - begun
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
