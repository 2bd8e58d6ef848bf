"""A configuration folder with a ledger, and the command line run in this process."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from botd.calendar.load import load_sessions
from botd.cli.app import run
from botd.cli.options import World
from botd.clock import SystemClock
from tests.cli.book import NOW, Book, busy

FILES = {
    "botd.toml": '[brokers.paper]\nkind = "paper"\n',
    "bots/condors.toml": 'name = "condors"\nbroker = "paper"\n',
    "bots/wheel.toml": 'name = "wheel"\nbroker = "paper"\n',
}


class FixedClock(SystemClock):
    """A clock that stands."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now

    def now(self) -> datetime:
        """Tell always the same instant."""
        return self._now


@dataclass(frozen=True, slots=True)
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:  # noqa: ANN401 - JSON
        """Read the one JSON document on standard output."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        """Give the lines of standard output."""
        return self.out.splitlines()


@dataclass(slots=True)
class Shell:
    """Somebody at a keyboard, in a folder that holds `config/`."""

    cwd: Path
    captured: pytest.CaptureFixture[str]
    clock: SystemClock = field(default_factory=FixedClock)
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        """The configuration folder."""
        return self.cwd / "config"

    @property
    def ledger_path(self) -> Path:
        """The ledger's file, as the configuration leaves it."""
        return self.config / "var" / "botd.sqlite3"

    def write(self, files: Mapping[str, str]) -> None:
        """Write files of the configuration."""
        for name, text in files.items():
            path = self.config / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")

    def __call__(self, *arguments: str, **environ: str) -> Said:
        """Run one command line."""
        self.captured.readouterr()
        world = World(environ={**self.environ, **environ}, cwd=self.cwd, clock=self.clock)
        code = run(arguments, world)
        told = self.captured.readouterr()
        return Said(code, told.out, told.err)


@pytest.fixture(scope="session")
def kept_sessions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("calendar")
    load_sessions(folder, (), NOW)
    return folder / "sessions.json"


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], kept_sessions: Path) -> Shell:
    found = Shell(tmp_path, capsys)
    found.write(FILES)
    found.ledger_path.parent.mkdir()
    shutil.copy(kept_sessions, found.ledger_path.parent)
    return found


@pytest.fixture
def book(shell: Shell) -> Iterator[Book]:
    made = Book(shell.ledger_path)
    yield made
    made.shut()


@pytest.fixture
def day(shell: Shell) -> Iterator[Book]:
    made = busy(shell.ledger_path)
    yield made
    made.shut()
