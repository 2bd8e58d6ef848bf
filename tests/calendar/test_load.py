import json
import subprocess
import sys
from datetime import UTC, date, datetime, time
from importlib import metadata
from pathlib import Path

import pytest

import botd
from botd.calendar.load import CalendarLoad, load_sessions
from botd.domain.calendar_override import CalendarOverride
from botd.domain.session import Sessions
from botd.errors import CalendarError
from tests.calendar.conftest import NOW

FAILING = (sys.executable, "-I", "-c", "import sys; sys.exit('no such library')")
SILENT = (sys.executable, "-I", "-c", "import sys; sys.exit(3)")
CHATTY = (sys.executable, "-I", "-c", "print('[1, 2]')")
MISSING = ("/nonexistent/python",)
VERSION = metadata.version("exchange-calendars")
HALF_DAY = date(2026, 11, 27)


def keep(directory: Path, library: str, last_day: date) -> Path:
    """Keep a small but valid calendar of full days."""
    path = directory / "sessions.json"
    document = {
        "format": 1,
        "library": library,
        "first_day": "2000-01-01",
        "last_day": str(last_day),
        "hours": {"A": [52200, 75600, 0]},
        "days": "A" * ((last_day - date(2000, 1, 1)).days + 1),
    }
    path.write_text(json.dumps(document))
    return path


def closes_at(load: CalendarLoad, day: date) -> datetime | None:
    session = load.sessions.on(day)
    return None if session is None else session.closes_at


def test_computed_once_then_kept(tmp_path: Path) -> None:
    """The second load needs no child: the kept file of this version counts."""
    first = load_sessions(tmp_path, (), NOW)
    second = load_sessions(tmp_path, (), NOW, compute=FAILING)

    assert f"exchange-calendars {VERSION}" == first.version == second.version
    assert first.fault is None
    assert second.fault is None
    assert datetime(2026, 11, 27, 18, 0, tzinfo=UTC) == closes_at(first, HALF_DAY)
    assert closes_at(first, HALF_DAY) == closes_at(second, HALF_DAY)


def test_the_horizon_reaches_far_enough(sessions: Sessions) -> None:
    """It begins in 2000 and ends on a December 31 at least three years ahead."""
    assert date(2000, 1, 1) == sessions.first_day
    assert (12, 31) == (sessions.last_day.month, sessions.last_day.day)
    assert sessions.last_day.year - NOW.year >= 3


@pytest.mark.parametrize(
    ("library", "last_day"),
    [
        pytest.param("4.12.0", date(2050, 12, 31), id="another version of the library"),
        pytest.param(VERSION, date(2029, 12, 31), id="a horizon of years ago"),
    ],
)
def test_outdated_sessions_are_computed_anew(
    tmp_path: Path,
    library: str,
    last_day: date,
) -> None:
    """When version or horizon has changed, the kept file is replaced."""
    keep(tmp_path, library, last_day)

    load = load_sessions(tmp_path, (), NOW)

    assert load.fault is None
    assert datetime(2026, 11, 27, 18, 0, tzinfo=UTC) == closes_at(load, HALF_DAY)
    assert load_sessions(tmp_path, (), NOW, compute=FAILING).fault is None


@pytest.mark.parametrize(
    ("compute", "why"),
    [
        pytest.param(FAILING, "no such library", id="the child fails with words"),
        pytest.param(SILENT, "exit status 3", id="the child fails silently"),
        pytest.param(CHATTY, "is no table of sessions", id="the child prints something else"),
        pytest.param(MISSING, "No such file", id="there is no interpreter"),
    ],
)
def test_when_the_child_fails_the_kept_sessions_count(
    tmp_path: Path,
    compute: tuple[str, ...],
    why: str,
) -> None:
    """Old sessions are better than none, and a person is told why they count."""
    keep(tmp_path, "4.12.0", date(2040, 12, 31))

    load = load_sessions(tmp_path, (), NOW, compute=compute)

    assert "exchange-calendars 4.12.0" == load.version
    assert datetime(2026, 11, 27, 21, 0, tzinfo=UTC) == closes_at(load, HALF_DAY)
    assert load.fault is not None
    assert why in load.fault
    assert "4.12.0, up to 2040-12-31" in load.fault


@pytest.mark.parametrize("compute", [FAILING, SILENT, CHATTY, MISSING])
def test_without_child_and_kept_sessions_nothing_is_known(
    tmp_path: Path,
    compute: tuple[str, ...],
) -> None:
    """No calendar is an error that stops, never an empty calendar."""
    with pytest.raises(CalendarError, match="none are kept"):
        load_sessions(tmp_path, (), NOW, compute=compute)


def test_a_damaged_kept_file_is_replaced(tmp_path: Path) -> None:
    """A file cut off by a full disk is computed anew, without a word."""
    path = keep(tmp_path, VERSION, date(2050, 12, 31))
    path.write_text(path.read_text()[:-100])

    load = load_sessions(tmp_path, (), NOW)

    assert load.fault is None
    assert datetime(2026, 11, 27, 18, 0, tzinfo=UTC) == closes_at(load, HALF_DAY)
    assert '"library": "4' in path.read_text()


def test_a_damaged_kept_file_does_not_count(tmp_path: Path) -> None:
    """When the child fails too, a damaged file is no calendar."""
    path = keep(tmp_path, VERSION, date(2050, 12, 31))
    path.write_bytes(b"\xff\xfe")

    with pytest.raises(CalendarError):
        load_sessions(tmp_path, (), NOW, compute=FAILING)


def test_sessions_that_cannot_be_kept_still_count(tmp_path: Path) -> None:
    """Where the state directory cannot be written the work goes on, and a person is told."""
    blocked = tmp_path / "a file"
    blocked.touch()

    load = load_sessions(blocked / "state", (), NOW)

    assert datetime(2026, 11, 27, 18, 0, tzinfo=UTC) == closes_at(load, HALF_DAY)
    assert load.fault is not None
    assert "could not be kept" in load.fault


def test_the_child_gets_no_environment(tmp_path: Path) -> None:
    """No credential of the daemon reaches the process that computes."""
    script = "import os, sys; sys.exit(repr(sorted(k for k in os.environ if k != 'LC_CTYPE')))"

    with pytest.raises(CalendarError, match=r": \[\];"):
        load_sessions(tmp_path, (), NOW, compute=(sys.executable, "-I", "-c", script))


def test_overrides_of_a_person_win(tmp_path: Path) -> None:
    """A day closed, one closing early at a New York time, one opened; others stay."""
    keep(tmp_path, VERSION, date(2050, 12, 31))
    overrides = (
        CalendarOverride(date(2026, 12, 1), None, "day of mourning"),
        CalendarOverride(date(2026, 12, 2), time(13, 0)),
        CalendarOverride(date(2099, 12, 2), None),
    )

    load = load_sessions(tmp_path, overrides, NOW)

    assert load.sessions.on(date(2026, 12, 1)) is None
    assert datetime(2026, 12, 2, 18, 0, tzinfo=UTC) == closes_at(load, date(2026, 12, 2))
    assert datetime(2026, 12, 3, 21, 0, tzinfo=UTC) == closes_at(load, date(2026, 12, 3))


def test_loading_brings_neither_pandas_nor_the_library(tmp_path: Path) -> None:
    """The process that loads, also when a child computes, stays light."""
    script = (
        "import sys, datetime, pathlib\n"
        "import botd.settings.load, botd.settings.positions_file\n"
        "from botd.calendar.load import load_sessions\n"
        "now = datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC)\n"
        "for _ in range(2):\n"
        "    assert load_sessions(pathlib.Path(sys.argv[1]), (), now).fault is None\n"
        "heavy = {'pandas', 'numpy', 'exchange_calendars'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=Path(botd.__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ("[]\n", "") == (done.stdout, done.stderr)
