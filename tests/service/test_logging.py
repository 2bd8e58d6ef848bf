import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from threading import Event

import pytest
import structlog

from botd.clock import VirtualClock, VirtualTimeLoop
from botd.service.logging import LogStyle, logging_to, style_for

NOW = datetime(2015, 12, 24, 17, 50, tzinfo=UTC)
JSON = LogStyle(is_json=True)
READABLE = LogStyle(is_json=False)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Stuck(io.StringIO):
    """A terminal that is paused until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = Event()
        self.is_reached = Event()

    def write(self, text: str) -> int:
        self.is_reached.set()
        self.let_go.wait()
        return super().write(text)


class Gone(io.StringIO):
    """A pipe whose reader has gone away after the first line."""

    def flush(self) -> None:
        if self.getvalue().count("\n") == 1:
            raise BrokenPipeError


@pytest.fixture
def clock() -> Iterator[VirtualClock]:
    loop = VirtualTimeLoop(NOW)
    yield VirtualClock(loop)
    loop.close()


def json_lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_json_line(clock: VirtualClock) -> None:
    """An event is one JSON line with the clock's instant, its level and its fields."""
    stream = io.StringIO()

    with logging_to(stream, JSON, clock):
        structlog.get_logger("botd.engine").info("attempt_filled", net_price=Decimal("0.72"))

    assert [
        {
            "at": "2015-12-24T17:50:00Z",
            "level": "info",
            "event": "attempt_filled",
            "net_price": "0.72",
        }
    ] == json_lines(stream)


def test_a_library_line(clock: VirtualClock) -> None:
    """What a library logs comes out in the same shape, with the library's name."""
    stream = io.StringIO()

    with logging_to(stream, JSON, clock):
        logging.getLogger("apscheduler.scheduler").warning("Run time of %s was missed", "x")
        logging.getLogger("apscheduler.scheduler").info("Added job")

    assert [
        {
            "at": "2015-12-24T17:50:00Z",
            "level": "warning",
            "event": "Run time of x was missed",
            "logger": "apscheduler.scheduler",
        }
    ] == json_lines(stream)


@pytest.mark.parametrize(
    ("expected", "is_verbose"),
    [
        pytest.param(["info"], False, id="debug lines are left out"),
        pytest.param(["debug", "info", "debug"], True, id="unless asked for, libraries included"),
    ],
)
def test_verbose(clock: VirtualClock, expected: list[str], *, is_verbose: bool) -> None:
    """`-v` shows debug lines."""
    stream = io.StringIO()

    with logging_to(stream, replace(JSON, is_verbose=is_verbose), clock):
        structlog.get_logger().debug("price_asked")
        structlog.get_logger().info("price_told")
        logging.getLogger("apscheduler").debug("looking for jobs")

    assert expected == [line["level"] for line in json_lines(stream)]


def test_a_secret_in_an_exception(clock: VirtualClock) -> None:
    """A traceback is logged whole, without the secret in its message."""
    stream = io.StringIO()

    with logging_to(stream, replace(JSON, secrets=("s3cret",)), clock):
        structlog.get_logger().error("call_failed", exc_info=ValueError("key s3cret\x1b[2J"))

    [line] = json_lines(stream)

    assert "ValueError: key [redacted]\\x1b[2J" == str(line["exception"]).splitlines()[-1]
    assert "s3cret" not in stream.getvalue()


def test_readable(clock: VirtualClock) -> None:
    """On a terminal a line reads well; a broker's control characters act on nothing."""
    stream = Terminal()

    with logging_to(stream, READABLE, clock):
        structlog.get_logger().warning("order_refused", message="no\x1b[31m\nfaked line")
        structlog.get_logger().error("call_failed", exc_info=ValueError("two\nlines"))

    first, *rest = stream.getvalue().splitlines()

    assert first.startswith("2015-12-24T17:50:00Z [warning  ] order_refused")
    assert "x1b[31m" in first
    assert "faked line" in first
    assert "\x1b" not in first
    assert ["ValueError: two", "lines"] == rest[-2:]


@pytest.mark.parametrize(
    ("expected", "stream", "environ"),
    [
        pytest.param((True, False), io.StringIO(), {}, id="a pipe gets JSON"),
        pytest.param((False, True), Terminal(), {"NO_COLOR": ""}, id="a terminal gets colour"),
        pytest.param((False, False), Terminal(), {"NO_COLOR": "1"}, id="unless it is unwanted"),
    ],
)
def test_style(expected: tuple[bool, bool], stream: io.StringIO, environ: dict[str, str]) -> None:
    """Each row is one kind of standard error."""
    style = style_for(stream, environ, is_verbose=False, secrets=["s3cret"])

    assert (*expected, ("s3cret",)) == (style.is_json, style.is_coloured, style.secrets)


def test_colour_reaches_the_terminal(clock: VirtualClock) -> None:
    """Colours are botd's own escapes, the only ones in a line."""
    stream = Terminal()

    with logging_to(stream, replace(READABLE, is_coloured=True), clock):
        structlog.get_logger().info("ready", text="\x1b[2J")

    assert "\x1b[" in stream.getvalue()
    assert "\x1b[2J" not in stream.getvalue()


def test_a_paused_terminal_stops_nobody(clock: VirtualClock) -> None:
    """With standard error paused, logging goes on without waiting; what has no room is counted."""
    stream = Stuck()
    log = structlog.get_logger()

    with logging_to(stream, JSON, clock):
        log.info("first")
        stream.is_reached.wait()
        for _ in range(10_003):
            log.info("more")
        stream.let_go.set()

        assert stream.is_reached.is_set()

    lines = json_lines(stream)
    dropped = [line["lines"] for line in lines if line["event"] == "log_lines_dropped"]
    assert [3] == dropped


def test_a_terminal_that_stays_paused_does_not_hold_up_the_end(clock: VirtualClock) -> None:
    """The daemon ends although its last lines can't be written."""
    stream = Stuck()

    with logging_to(stream, replace(JSON, patience_seconds=0.01), clock):
        structlog.get_logger().info("first")
        stream.is_reached.wait()

    assert "" == stream.getvalue()
    stream.let_go.set()


def test_a_reader_that_went_away(clock: VirtualClock) -> None:
    """A broken pipe ends neither the daemon nor its log."""
    stream = Gone()

    with logging_to(stream, JSON, clock):
        structlog.get_logger().info("first")
        structlog.get_logger().info("second")

    assert ["first", "second"] == [line["event"] for line in json_lines(stream)]
