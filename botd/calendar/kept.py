"""
The sessions as kept in a file: one letter a day.

    {"format": 1, "library": "4.13.2", "first_day": "2000-01-01", "last_day": "2036-12-31",
     "hours": {"A": [52200, 75600, 0], ...}, "days": "..AAAAA..AAAAA..."}

A letter stands for opening and close, in seconds after midnight UTC, and for whether the
close is an early one; `.` is a closed day. Forty years take 14 kB and a few milliseconds.
"""

import json
import os
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from botd.domain.session import Row, Sessions

_FORMAT = 1
_CLOSED = "."
_DAY_SECONDS = 86_400
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Kept:
    """Sessions as once computed, and by which version of the library."""

    library: str
    sessions: Sessions


def parse(document: str) -> Kept:
    """
    Read a kept document.

    Raises:
        ValueError: it is damaged, or of another format.
    """
    try:
        found = json.loads(document)
        if found["format"] != _FORMAT:
            raise ValueError(f"format {found['format']!r}, not {_FORMAT}")
        return Kept(str(found["library"]), _sessions(found))
    except (AttributeError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def complete(computed: str, library: str) -> str:
    """
    Make what the child printed a document to keep.

    Raises:
        ValueError: the child printed no sessions.
    """
    found = json.loads(computed)
    if not isinstance(found, dict):
        raise ValueError(f"{found!r} is no table of sessions")  # noqa: TRY004 - damaged data
    return json.dumps({"format": _FORMAT, "library": library, **found})


def read(path: Path) -> Kept:
    """
    Read the kept file.

    Raises:
        OSError: it cannot be read.
        ValueError: it is damaged.
    """
    return parse(path.read_text("utf-8"))


def write(path: Path, document: str) -> None:
    """
    Keep *document*: a reader sees the old file or the new one, never a part.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(document)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _sessions(found: dict[str, Any]) -> Sessions:
    first_day = date.fromisoformat(found["first_day"])
    last_day = date.fromisoformat(found["last_day"])
    days = found["days"]
    if len(days) != (last_day - first_day).days + 1:
        raise ValueError(f"{len(days)} days do not fill {first_day} to {last_day}")
    hours = {letter: _hours(*kind) for letter, kind in found["hours"].items()}
    first = first_day.toordinal()
    midnight = (first - _EPOCH) * _DAY_SECONDS
    rows: list[Row] = []
    for index, letter in enumerate(days):
        if letter != _CLOSED:
            opens, closes, early = hours[letter]
            at = midnight + index * _DAY_SECONDS
            rows.append((first + index, at + opens, at + closes, early))
    return Sessions(rows, first_day=first_day, last_day=last_day)


def _hours(opens: int, closes: int, early: int) -> tuple[int, int, bool]:
    if not 0 <= opens < closes <= _DAY_SECONDS:
        raise ValueError(f"{opens!r} to {closes!r} are no trading hours")
    return opens, closes, bool(early)
