"""
Where log lines go: standard error, as JSON lines for machines or readable on a terminal.

What happens to an event, in this order:

    1. the time is the clock's own: a replay's lines bear the instants of its day
    2. values become plain: money and instants as text, states by their value
    3. secrets are masked, wherever in a text they stand
    4. control characters are made visible: a broker's words steer no terminal
    5. a line is rendered, and handed to a thread that writes it

The thread is there because a terminal that is paused (Ctrl-S), or a pipe that nobody
reads, would otherwise stop the daemon in the middle of an attempt. Lines that find no
room are dropped and counted; the record is the ledger, not the log.
"""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import Full, Queue
from threading import Thread
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor

from botd.clock import Clock
from botd.service.log_values import each_text, masking, plain, visible

_ROOM = 10_000  # lines that may wait for a slow reader
_QUIET = ("apscheduler", "asyncio", "httpx", "httpcore", "alembic", "urllib3")


@dataclass(frozen=True, slots=True)
class LogStyle:
    """How lines look and what they leave out."""

    is_json: bool
    is_coloured: bool = False
    is_verbose: bool = False  # debug lines too, also those of libraries
    secrets: tuple[str, ...] = ()  # masked in every text
    patience_seconds: float = 2.0  # at the end, for a slow reader to take what is left


def style_for(
    stream: TextIO, environ: Mapping[str, str], *, is_verbose: bool, secrets: Iterable[str]
) -> LogStyle:
    """Choose: JSON when *stream* is no terminal; colour unless NO_COLOR is set."""
    is_terminal = stream.isatty()
    return LogStyle(
        is_json=not is_terminal,
        is_coloured=is_terminal and not environ.get("NO_COLOR"),
        is_verbose=is_verbose,
        secrets=tuple(secrets),
    )


@contextmanager
def logging_to(stream: TextIO, style: LogStyle, clock: Clock) -> Iterator[None]:
    """
    Send all log lines, also those of libraries, to *stream* while the block lasts.

    Waits a moment at its end for lines that a slow reader has not taken.
    """
    writer = _Writer(stream, style.patience_seconds)
    handler = _Handler(writer)
    handler.setFormatter(_formatter(style, clock))
    root = logging.getLogger()
    before = (root.level, root.handlers[:])
    root.handlers = [handler]
    root.setLevel(logging.DEBUG if style.is_verbose else logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.NOTSET if style.is_verbose else logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    try:
        yield
    finally:
        writer.close()
        structlog.reset_defaults()
        root.handlers = before[1]
        root.setLevel(before[0])


def _formatter(style: LogStyle, clock: Clock) -> logging.Formatter:
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        _instant(clock),
        structlog.processors.format_exc_info,
        _cleaning(style.secrets),
    ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *shared,
            _as_json if style.is_json else _readable(is_coloured=style.is_coloured),
        ],
    )


def _instant(clock: Clock) -> Processor:
    def add(_: Any, __: str, event: EventDict) -> EventDict:  # noqa: ANN401 - structlog's shape
        event["at"] = clock.now()
        return event

    return add


def _cleaning(secrets: Iterable[str]) -> Processor:
    mask = masking(secrets)

    def clean(_: Any, __: str, event: EventDict) -> EventDict:  # noqa: ANN401 - structlog's shape
        masked = each_text(plain(event), mask)
        traceback = str(event["exception"]).split("\n") if "exception" in event else []
        shown = cast("dict[str, Any]", each_text(masked, visible))
        if traceback:  # keeps its lines
            shown["exception"] = "\n".join(visible(mask(line)) for line in traceback)
        return shown

    return clean


def _as_json(_: Any, __: str, event: EventDict) -> str:  # noqa: ANN401 - structlog's shape
    first = {name: event.pop(name) for name in ("at", "level", "event") if name in event}
    return json.dumps({**first, **event}, ensure_ascii=False)


def _readable(*, is_coloured: bool) -> Processor:
    return structlog.dev.ConsoleRenderer(
        colors=is_coloured, timestamp_key="at", exception_formatter=structlog.dev.plain_traceback
    )


class _Handler(logging.Handler):
    """Renders a record in the thread that logs it, since its context is there."""

    def __init__(self, writer: "_Writer") -> None:
        super().__init__()
        self._writer = writer

    def emit(self, record: logging.LogRecord) -> None:
        self._writer.write(self.format(record))


class _Writer:
    """Writes lines in a thread of its own; never makes the caller wait."""

    def __init__(self, stream: TextIO, patience: float) -> None:
        self._stream = stream
        self._patience = patience
        self._lines: Queue[str | None] = Queue(_ROOM)
        self._dropped = 0
        self._thread = Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        try:
            self._lines.put_nowait(line)
        except Full:
            self._dropped += 1

    def close(self) -> None:
        with suppress(Full):
            self._lines.put(None, timeout=self._patience)
            self._thread.join(self._patience)

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            # A reader that went away is no reason to stop.
            with suppress(OSError, ValueError):
                self._stream.write(line + "\n")
                self._tell_dropped()
                self._stream.flush()

    def _tell_dropped(self) -> None:
        dropped, self._dropped = self._dropped, 0
        if dropped:
            self._stream.write(json.dumps({"event": "log_lines_dropped", "lines": dropped}) + "\n")
