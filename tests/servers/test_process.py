"""Servers as processes of their own, on a moved clock."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.servers.__main__ import DIALECTS
from tests.system import clock
from tests.system.clock import MovedClock, eventually

pytestmark = pytest.mark.system

HOUSE = Path(__file__).parents[2]
START = datetime(2026, 11, 27, 17, 50, tzinfo=UTC)
CALL = "SPY261127C00600000"


class Served:
    """A running server, and what is asked of its control."""

    def __init__(self, process: subprocess.Popen[str], port: int, control_port: int) -> None:
        self.process = process
        self.port = port
        self._control = f"http://127.0.0.1:{control_port}/_control"

    def state(self) -> dict[str, Any]:
        """Read what the exchange holds."""
        found: dict[str, Any] = httpx.get(f"{self._control}/state", trust_env=False).json()
        return found

    def do(self, **command: object) -> None:
        """Tell one command."""
        reply = httpx.post(f"{self._control}/do", json=command, trust_env=False)
        assert 200 == reply.status_code


@contextmanager
def served(dialect: str, book: Path, *options: str) -> Iterator[Served]:
    """Run a server on a clock that shows `START`, and end it."""
    moved = MovedClock(clock.library(), START, rate=1)
    moved.begin()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.servers", dialect, "--book", str(book), *options],
        cwd=HOUSE,
        env=clock.environment() | moved.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        port, control_port = (int(process.stdout.readline()) for _ in range(2))
        yield Served(process, port, control_port)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def book(tmp_path: Path) -> Path:
    file = tmp_path / "book.json"
    at = (START + timedelta(seconds=3)).isoformat()
    commands = [
        {"do": "close_day", "day": "2026-11-27", "close": "13:00"},
        {"do": "hold", "quantities": {CALL: -2}},
        {"do": "rest", "symbol": CALL, "quantity": 1, "net_price": "-0.50"},
        {"do": "quote", "symbol": CALL, "bid": "0.40", "ask": "0.50", "at": at},
    ]
    file.write_text(json.dumps(commands))
    return file


@pytest.mark.skipif(not clock.is_installed(), reason=clock.MISSING)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_server_stands_on_its_moved_clock(dialect: str, book: Path) -> None:
    """Its book is there from the start, what was put off comes, and it can be told more."""
    with served(dialect, book) as server:
        early = server.state()
        filled = eventually(
            lambda: [each for each in server.state()["orders"] if each["state"] == "filled"],
            20,
            "the quote comes",
        )
        server.do(do="hold", quantities={CALL: -3})
        late = server.state()

    assert timedelta(0) <= datetime.fromisoformat(early["now"]) - START < timedelta(minutes=2)
    assert ["-0.50"] == [each["average_net_price"] for each in filled]
    assert {CALL: -4} == late["held"]


@pytest.mark.skipif(not clock.is_installed(), reason=clock.MISSING)
def test_a_server_ends_by_itself(book: Path) -> None:
    """Nobody has to remember it."""
    with served("tradier", book, "--seconds", "1") as server:
        assert 0 == server.process.wait(20)
