from datetime import UTC, datetime

import pytest

from tests.cli.book import Book
from tests.cli.conftest import FixedClock, Shell


def test_a_week_from_today(shell: Shell) -> None:
    """Alone, the calendar shows today and the six days after it, in New York time."""
    said = shell("calendar")

    assert (
        """\
date            kind    close (New York)  T-10   T-5    T-1
THU 2015-12-24  half    13:00             12:50  12:55  12:59
FRI 2015-12-25  closed
SAT 2015-12-26  closed
SUN 2015-12-27  closed
MON 2015-12-28  full    16:00             15:50  15:55  15:59
TUE 2015-12-29  full    16:00             15:50  15:55  15:59
WED 2015-12-30  full    16:00             15:50  15:55  15:59
"""
        == said.out
    )
    assert (0, "") == (said.code, said.err)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(("--date", "today"), ["2015-12-24"], id="today"),
        pytest.param(("--date", "tomorrow"), ["2015-12-25"], id="tomorrow"),
        pytest.param(
            ("--from", "2015-12-30", "--to", "2016-01-01"),
            ["2015-12-30", "2015-12-31", "2016-01-01"],
            id="over the year's end",
        ),
        pytest.param(("--to", "2015-12-25"), ["2015-12-24", "2015-12-25"], id="until"),
        pytest.param(("--to", "2015-12-23"), ["2015-12-23"], id="until a day that is over"),
    ],
)
def test_which_days(shell: Shell, options: tuple[str, ...], expected: list[str]) -> None:
    """Options choose one day or a span of days."""
    assert expected == [
        day["date"] for day in shell("calendar", "--json", *options).document["days"]
    ]


def test_from_alone_is_a_week(shell: Shell) -> None:
    """A first day without a last one is followed by six more."""
    assert 7 == len(shell("calendar", "--json", "--from", "2015-12-30").document["days"])


def test_json_has_utc(shell: Shell) -> None:
    """The keys are a contract; a closed day has no close and no attempts."""
    found = shell("calendar", "--json", "--from", "2015-12-24", "--to", "2015-12-25").document

    assert {
        "days": [
            {
                "date": "2015-12-24",
                "kind": "half",
                "closes_at": "2015-12-24T18:00:00Z",
                "attempts": {
                    "T-10": "2015-12-24T17:50:00Z",
                    "T-5": "2015-12-24T17:55:00Z",
                    "T-1": "2015-12-24T17:59:00Z",
                },
            },
            {"date": "2015-12-25", "kind": "closed", "closes_at": None, "attempts": {}},
        ]
    } == found


@pytest.mark.parametrize(
    ("root", "day", "last", "kind", "closes_at"),
    [
        pytest.param(
            "SPX",
            "2016-01-15",
            "2016-01-14",
            "full",
            "2016-01-14T21:00:00Z",
            id="settled at the open",
        ),
        pytest.param(
            "SPXW",
            "2016-01-15",
            "2016-01-15",
            "full",
            "2016-01-15T21:00:00Z",
            id="settled at the close",
        ),
        pytest.param(
            "goog",
            "2015-12-26",
            "2015-12-24",
            "half",
            "2015-12-24T18:00:00Z",
            id="a Saturday after a holiday",
        ),
        pytest.param(
            "BTC", "2015-12-26", "2015-12-26", "24/7", "2015-12-26T08:00:00Z", id="around the clock"
        ),
    ],
)
def test_dates_as_expirations(
    shell: Shell, root: str, day: str, last: str, kind: str, closes_at: str
) -> None:
    """With --root a date is an expiration date, and everything else is of its last trading day."""
    [found] = shell("calendar", "--date", day, "--root", root, "--json").document["days"]

    assert (day, last, kind, closes_at) == (
        found["date"],
        found["last_trading_day"],
        found["kind"],
        found["closes_at"],
    )
    assert ["T-10", "T-5", "T-1"] == list(found["attempts"])


def test_expirations_for_people(shell: Shell) -> None:
    """The table names the last trading day."""
    said = shell("calendar", "--date", "2016-01-15", "--root", "SPX")

    assert (
        """\
expiration      trades until    kind  close (New York)  T-10   T-5    T-1
FRI 2016-01-15  THU 2016-01-14  full  16:00             15:50  15:55  15:59
"""
        == said.out
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(
            ("--date", "2015-12-24", "--to", "2015-12-25"), "give either --date", id="both"
        ),
        pytest.param(
            ("--from", "2015-12-25", "--to", "2015-12-24"), "lies before --from", id="backwards"
        ),
        pytest.param(
            ("--date", "24.12.2015"),
            "is no date; write it as 2015-12-24",
            id="another way to write it",
        ),
        pytest.param(("--date", "1999-12-31"), "outside the calendar's horizon", id="too long ago"),
        pytest.param(("--root", "sp_x"), "is no option root", id="no root"),
    ],
)
def test_a_wrong_day(shell: Shell, options: tuple[str, ...], words: str) -> None:
    """Exit 2, and the message says what is allowed."""
    said = shell("calendar", *options)

    assert (2, "") == (said.code, said.out)
    assert words in said.err


def test_an_operators_override_counts(shell: Shell) -> None:
    """What a person knows better is in the calendar at once."""
    shell.write({"calendar.toml": '[[override]]\ndate = 2015-12-29\ncloses = "12:00"\n'})

    [found] = shell("calendar", "--date", "2015-12-29", "--json").document["days"]
    assert ("half", "2015-12-29T17:00:00Z") == (found["kind"], found["closes_at"])


def test_no_configuration_is_needed(shell: Shell) -> None:
    """Without a folder the calendar is computed, and nothing is left behind."""
    shell.config.rename(shell.cwd / "elsewhere")
    shell.clock = FixedClock(datetime(2026, 11, 27, 15, 0, tzinfo=UTC))

    [found] = shell("calendar", "--date", "today", "--json").document["days"]

    assert ("half", "2026-11-27T18:00:00Z") == (found["kind"], found["closes_at"])
    assert ["elsewhere"] == [path.name for path in shell.cwd.iterdir()]


def test_sessions_that_could_not_be_renewed(shell: Shell, book: Book) -> None:
    """Old sessions count where the library cannot compute new ones, and that is told."""
    shell.clock = FixedClock(datetime(2255, 1, 1, tzinfo=UTC))

    said = shell("calendar", "--date", "2015-12-24")

    assert 0 == said.code
    assert "sessions could not be computed" in said.err
