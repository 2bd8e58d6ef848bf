"""
Standard output and standard error, as the command line uses them.

    standard output   the answer: text for people, or exactly one JSON document
    standard error    everything else
    colour            on a terminal only; never with NO_COLOR or a dumb terminal
    width             of the terminal, or COLUMNS; piped output is never cut
"""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import click

Span = tuple[str, str]  # text, and the name of its style ("" for none)
Line = tuple[Span, ...]

_NARROWEST = 40
_STYLES: dict[str, dict[str, Any]] = {
    "danger": {"fg": "red", "bold": True},
    "warn": {"fg": "yellow"},
    "good": {"fg": "green"},
    "calm": {"fg": "cyan"},
    "bold": {"bold": True},
    "dim": {"dim": True},
}


@dataclass(frozen=True, slots=True)
class Screen:
    """What standard output can show."""

    width: int | None  # columns; None: as long as it takes
    has_colour: bool = False
    is_terminal: bool = False
    height: int = 24  # rows of the terminal


def screen_of(environ: Mapping[str, str]) -> Screen:
    """Look at standard output."""
    is_terminal = sys.stdout.isatty()
    has_colour = is_terminal and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
    size = _size() if is_terminal else None
    width = _number(environ.get("COLUMNS")) or (None if size is None else size.columns)
    height = _number(environ.get("LINES")) or (24 if size is None else size.lines)
    return Screen(
        None if width is None else max(width, _NARROWEST), has_colour, is_terminal, height
    )


def _size() -> os.terminal_size:
    try:
        return os.get_terminal_size(sys.stdout.fileno())
    except OSError:
        return os.terminal_size((80, 24))


def _number(said: str | None) -> int | None:
    return int(said) if said is not None and said.isdecimal() and int(said) else None


def show(lines: Iterable[Line | str], screen: Screen) -> None:
    """Print lines on standard output."""
    for line in lines:
        answer(painted(line, screen), color=screen.has_colour)


def answer(text: str, *, color: bool | None = None, nl: bool = True) -> None:
    """
    Print on standard output.

    Raises:
        OSError: it cannot be written, as on a full disk; the error names it.
    """
    try:
        click.echo(text, color=color, nl=nl)
    except BrokenPipeError:  # its reader has left, which is no fault
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from error


def painted(line: Line | str, screen: Screen) -> str:
    """Give a line as text, with colours where the screen has them."""
    spans: Line = ((line, ""),) if isinstance(line, str) else line
    if not screen.has_colour:
        return "".join(text for text, _ in spans).rstrip()
    return "".join(
        click.style(text, **_STYLES[style]) if style else text for text, style in spans
    ).rstrip()


def show_json(document: object) -> None:
    """Print the one JSON document of a command."""
    answer(json.dumps(document, indent=2, ensure_ascii=False))


def warn(text: str) -> None:
    """
    Print a line on standard error.

    Where that cannot be written, on a full disk or with nobody reading, the work goes on.
    """
    with suppress(OSError):
        click.echo(text, err=True)


def plain(text: str) -> str:
    """Make a broker's or a file's words safe for a terminal: one line, nothing that steers it."""
    words = " ".join(text.split())
    return "".join(letter if letter.isprintable() else "?" for letter in words)
