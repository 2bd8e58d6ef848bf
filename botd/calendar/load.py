"""
The sessions of the New York Stock Exchange, without carrying what computes them.

    kept file of this library version, horizon far enough   it counts
    otherwise                                                a child process computes and keeps
    the child fails, a kept file of any version exists       it counts, and a person is told
    the child fails, nothing is kept                         no schedule is known: stop
"""

import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from importlib import metadata
from pathlib import Path

from botd.calendar import kept
from botd.calendar.new_york import from_wall
from botd.domain.calendar_override import CalendarOverride
from botd.domain.session import Override, Sessions
from botd.errors import CalendarError

FIRST_DAY = date(2000, 1, 1)
_LIBRARY = "exchange-calendars"
_FILE = "sessions.json"
_YEARS_AHEAD = 10  # index options are listed five years ahead
_COMPUTE = (sys.executable, "-I", str(Path(__file__).with_name("compute.py")))
# The child's own alarm ends it after a minute. This bound stands behind it, and is longer
# because the clock of this process may be a fast one, in tests.
_PATIENCE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class CalendarLoad:
    """The sessions to go by, where they come from, and what a person must know."""

    sessions: Sessions
    version: str  # "exchange-calendars 4.13.2"
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class _Wanted:
    library: str
    last_day: date

    def is_met_by(self, found: kept.Kept) -> bool:
        known = found.sessions
        return (
            found.library == self.library
            and known.first_day <= FIRST_DAY
            and known.last_day >= self.last_day
        )


def load_sessions(
    state_dir: Path | None,
    overrides: Iterable[CalendarOverride],
    now: datetime,
    *,
    compute: tuple[str, ...] = _COMPUTE,
) -> CalendarLoad:
    """
    Give the sessions from 2000 to ten years ahead of *now*, with a person's overrides.

    Args:
        state_dir: where they are kept; None: computed anew each time (a second or two).
        overrides: from `calendar.toml`; outside the horizon they are ignored.
        now: chooses the horizon.
        compute: the command that computes them, given first and last day.

    Raises:
        CalendarError: they cannot be computed, and none are kept.
    """
    wanted = _Wanted(metadata.version(_LIBRARY), date(now.year + _YEARS_AHEAD, 12, 31))
    path = None if state_dir is None else state_dir / _FILE
    load = _kept_or_computed(path, wanted, compute)
    corrections = [
        Override(each.day, None if each.closes is None else from_wall(each.day, each.closes))
        for each in overrides
    ]
    if not corrections:
        return load
    return replace(load, sessions=load.sessions.with_overrides(corrections))


def _kept_or_computed(
    path: Path | None,
    wanted: _Wanted,
    compute: tuple[str, ...],
) -> CalendarLoad:
    found = None if path is None else _read(path)
    if found is not None and wanted.is_met_by(found):
        return _load(found)
    try:
        document = kept.complete(_run(compute, wanted.last_day), wanted.library)
        computed = kept.parse(document)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        fault = f"sessions could not be computed by {_LIBRARY} {wanted.library}: {_why(error)}"
        if found is None:
            raise CalendarError(f"{fault}; none are kept") from error
        return _load(
            found, f"{fault}; those of {found.library}, up to {found.sessions.last_day}, count"
        )
    return _load(computed, None if path is None else _keep(path, document))


def _read(path: Path) -> kept.Kept | None:
    try:
        return kept.read(path)
    except (OSError, ValueError):
        return None  # missing or damaged: computed anew, and replaced


def _keep(path: Path, document: str) -> str | None:
    try:
        kept.write(path, document)
    except OSError as error:
        return f"sessions could not be kept in {path}: {error.strerror or error}"
    return None


def _run(compute: tuple[str, ...], last_day: date) -> str:
    """Compute in a child that gets no environment, thus no credentials."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and file
        [*compute, str(FIRST_DAY), str(last_day)],
        env={},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=_PATIENCE_SECONDS,
    )
    return done.stdout


def _why(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        words = (error.stderr or "").strip().splitlines()
        return words[-1] if words else f"exit status {error.returncode}"
    return str(error)


def _load(found: kept.Kept, fault: str | None = None) -> CalendarLoad:
    return CalendarLoad(found.sessions, f"{_LIBRARY} {found.library}", fault)
