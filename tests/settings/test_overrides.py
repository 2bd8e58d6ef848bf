from datetime import date, time
from pathlib import Path

import pytest

from botd.domain.calendar_override import CalendarOverride
from botd.settings.load import load
from tests.settings.folder import faults, write

C = "calendar.toml: "


def test_overrides(tmp_path: Path) -> None:
    """A day closed and a day closing early; dates and times with or without quotes."""
    calendar = """
        [[override]]
        date = 2026-12-01
        closed = true
        note = "day of mourning"
        [[override]]
        date = "2026-12-02"
        closes = "13:00"
        [[override]]
        date = 2026-12-03
        closes = 16:00:00
    """
    assert (
        CalendarOverride(date(2026, 12, 1), None, "day of mourning"),
        CalendarOverride(date(2026, 12, 2), time(13, 0)),
        CalendarOverride(date(2026, 12, 3), time(16, 0)),
    ) == load(write(tmp_path, calendar=calendar), {}).overrides


def override(*entries: str) -> dict[str, str]:
    return {"calendar": "\n".join(f"[[override]]\n{entry}\n" for entry in entries)}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            override("closed = true"),
            [f"{C}override 1: date: missing; write date = 2026-12-24"],
            id="no date",
        ),
        pytest.param(
            override("date = 2026-12-01"),
            [f"""{C}override 1: closed: missing; give closed = true, or closes = "13:00\""""],
            id="neither closed nor closing",
        ),
        pytest.param(
            override('date = 2026-12-01\nclosed = true\ncloses = "13:00"'),
            [f"{C}override 1: closes: closed = true and a closing time contradict each other"],
            id="closed and closing",
        ),
        pytest.param(
            override("date = 2026-12-01\nclosed = false"),
            [
                (
                    f"{C}override 1: closed: false; allowed: true "
                    '(for an open day give closes = "16:00")'
                ),
            ],
            id="not closed",
        ),
        pytest.param(
            override('date = 2026-12-01\ncloses = "01:00"', 'date = "12/02"\ncloses = "1 pm"'),
            [
                f"{C}override 1: closes: 01:00; allowed: after 09:30, to 20:00 New York time",
                f"{C}override 2: date: '12/02' is no date; write it like 2026-12-01",
                (
                    f"""{C}override 2: closes: '1 pm' is no time of day; """
                    'write New York time like "13:00"'
                ),
            ],
            id="one o'clock in the night",
        ),
        pytest.param(
            override("date = 2026-02-29\nclosed = true"),
            [
                f"{C}not valid TOML: Invalid date or datetime (at line 2, column 8)",
            ],
            id="a date that TOML knows is none",
        ),
        pytest.param(
            override(
                'date = "2026-02-29"\nclosed = true',
                "date = 2026-12-01T10:00:00Z\ncloses = 16:00:30",
            ),
            [
                f"{C}override 1: date: '2026-02-29' is no date; write it like 2026-12-01",
                (
                    f"{C}override 2: date: 2026-12-01 10:00:00+00:00 is no date; "
                    "write it like 2026-12-01"
                ),
                (
                    f"{C}override 2: closes: 16:00:30 is no time of day; "
                    'write New York time like "13:00"'
                ),
            ],
            id="no such date, an instant, a close with seconds",
        ),
        pytest.param(
            override("date = 2026-12-01\nclosed = true", "date = 2026-12-01\ncloses = '13:00'"),
            [f"{C}override: 2026-12-01 stands twice"],
            id="one day twice",
        ),
        pytest.param(
            {"calendar": "override = [3]"},
            [f"{C}override 1: 3 is not a table"],
            id="an entry that is no table",
        ),
        pytest.param(
            {"calendar": "[override]\nx = 1"},
            [f"{C}override: {{'x': 1}} is not a list"],
            id="one bracket too few",
        ),
    ],
)
def test_faults(tmp_path: Path, files: dict[str, str | bytes], expected: list[str]) -> None:
    """Each fault names file, key, what was found and what is allowed, all of them in one run."""
    assert expected == faults(tmp_path, **files)
