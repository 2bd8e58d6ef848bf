"""Sessions: which day trades, until when, and which day an instant belongs to."""

import time
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botd.domain.session import Override, Session, Sessions
from tests.domain.trading_days import instant, session, weekdays

CHRISTMAS = date(2015, 12, 25)
HALF_DAY = date(2015, 12, 24)
WEEKS = weekdays(date(2015, 12, 12), date(2016, 1, 3), closed={CHRISTMAS}, half={HALF_DAY})


def test_a_half_day_closes_at_one() -> None:
    """The session tells its own close, in UTC."""
    found = WEEKS.on(HALF_DAY)

    assert found is not None
    assert (instant("2015-12-24T18:00:00Z"), True) == (found.closes_at, found.early_close)


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        pytest.param(date(2015, 12, 12), False, id="first day of the horizon, a Saturday"),
        pytest.param(date(2015, 12, 14), True, id="first session"),
        pytest.param(HALF_DAY, True, id="half-day"),
        pytest.param(CHRISTMAS, False, id="holiday"),
        pytest.param(date(2016, 1, 1), True, id="last session"),
        pytest.param(date(2016, 1, 3), False, id="last day of the horizon, a Sunday"),
    ],
)
def test_a_day_is_open_or_closed(day: date, is_open: bool) -> None:  # noqa: FBT001 - a row
    """Inside the horizon a day has a session or is closed."""
    found = WEEKS.on(day)

    assert is_open == (found is not None)
    assert found is None or day == found.day


@pytest.mark.parametrize("day", [date(2015, 12, 11), date(2016, 1, 4)])
def test_nothing_is_said_of_days_outside_the_horizon(day: date) -> None:
    """Not knowing isn't the same as closed."""
    with pytest.raises(LookupError, match=f"{day} lies outside"):
        WEEKS.on(day)
    with pytest.raises(LookupError, match=f"{day} lies outside"):
        WEEKS.on_or_before(day)


@pytest.mark.parametrize(
    ("day", "on_or_before", "before", "after"),
    [
        pytest.param((12, 21), (12, 21), (12, 18), (12, 22), id="a Monday"),
        pytest.param((12, 24), (12, 24), (12, 23), (12, 28), id="before a long weekend"),
        pytest.param((12, 25), (12, 24), (12, 24), (12, 28), id="a holiday"),
        pytest.param((12, 26), (12, 24), (12, 24), (12, 28), id="the Saturday after"),
        pytest.param((12, 27), (12, 24), (12, 24), (12, 28), id="the Sunday after"),
        pytest.param((12, 28), (12, 28), (12, 24), (12, 29), id="the next session"),
    ],
)
def test_neighbours(
    day: tuple[int, int],
    on_or_before: tuple[int, int],
    before: tuple[int, int],
    after: tuple[int, int],
) -> None:
    """The sessions around a day skip what is closed."""
    asked = date(2015, *day)
    expected = tuple(date(2015, *found) for found in (on_or_before, before, after))

    assert expected == (
        WEEKS.on_or_before(asked).day,
        WEEKS.before(asked).day,
        WEEKS.after(asked).day,
    )


def test_neighbours_end_with_the_horizon() -> None:
    """The edges are looked at from just outside, and no further."""
    assert date(2016, 1, 1) == WEEKS.before(date(2016, 1, 4)).day
    assert date(2015, 12, 14) == WEEKS.after(date(2015, 12, 11)).day
    with pytest.raises(LookupError, match="no session on or before 2015-12-13"):
        WEEKS.before(date(2015, 12, 14))
    with pytest.raises(LookupError, match="no session after 2016-01-01"):
        WEEKS.after(date(2016, 1, 1))
    with pytest.raises(LookupError, match="2015-12-11 lies outside"):
        WEEKS.after(date(2015, 12, 10))
    with pytest.raises(LookupError, match="2016-01-04 lies outside"):
        WEEKS.before(date(2016, 1, 5))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param("2015-12-23T04:59:59Z", date(2015, 12, 22), id="a second before midnight"),
        pytest.param("2015-12-23T05:00:00Z", date(2015, 12, 23), id="midnight in New York"),
        pytest.param("2015-12-24T00:30:00Z", date(2015, 12, 23), id="the evening, next day in UTC"),
        pytest.param("2015-12-25T04:59:59Z", HALF_DAY, id="the last second of a half-day"),
        pytest.param("2015-12-25T05:00:00Z", None, id="a holiday begins"),
        pytest.param("2015-12-28T04:59:59Z", None, id="a Sunday ends"),
        pytest.param("2015-12-12T00:00:00Z", None, id="the edge of the horizon"),
    ],
)
def test_an_instant_belongs_to_its_new_york_day(at: str, expected: date | None) -> None:
    """Days begin at midnight in New York, whatever the host's zone."""
    found = WEEKS.containing_day(instant(at))

    assert expected == (found.day if found else None)


def test_summer_days_begin_an_hour_earlier_in_utc() -> None:
    """New York's offset is taken from the session itself."""
    summer = weekdays(date(2015, 7, 6), date(2015, 7, 10), utc_offset=-4)

    assert summer.on(date(2015, 7, 8)) == summer.containing_day(instant("2015-07-08T04:00:00Z"))
    assert summer.on(date(2015, 7, 7)) == summer.containing_day(instant("2015-07-08T03:59:59Z"))


@pytest.mark.parametrize("at", ["2015-12-11T12:00:00Z", "2016-01-05T00:00:00Z"])
def test_an_instant_outside_the_horizon_is_refused(at: str) -> None:
    """A calendar that has run out doesn't call the day closed."""
    with pytest.raises(LookupError, match="outside"):
        WEEKS.containing_day(instant(at))


@given(st.datetimes(datetime(2015, 12, 14, 6), datetime(2016, 1, 2, 4), timezones=st.just(UTC)))  # noqa: DTZ001 - Hypothesis adds the zone
def test_the_new_york_day_is_five_hours_behind_in_winter(at: datetime) -> None:
    """Every instant is found on its own day, and never on another."""
    assert WEEKS.on((at - timedelta(hours=5)).date()) == WEEKS.containing_day(at)


def test_sessions_come_back_from_their_numbers() -> None:
    """What is kept in a file as numbers is the same calendar."""
    days = [day for offset in range(23) if (day := WEEKS.on(WEEKS.first_day + timedelta(offset)))]
    kept = Sessions(
        [found.row() for found in days],
        first_day=WEEKS.first_day,
        last_day=WEEKS.last_day,
    )

    assert days == [kept.on(found.day) for found in days]
    assert days == [kept.on_or_before(found.day) for found in days]
    assert (WEEKS.first_day, WEEKS.last_day) == (kept.first_day, kept.last_day)


def test_thirty_years_are_held_at_once() -> None:
    """A command that asks for one day doesn't pay for seven thousand sessions."""
    first = date(2000, 1, 3).toordinal()
    rows = [(first + at, at * 86_400, at * 86_400 + 23_400, False) for at in range(7_500)]
    started = time.perf_counter()

    held = Sessions(rows)

    assert time.perf_counter() - started < 0.5  # a few milliseconds, as a rule
    assert date.fromordinal(first + 7_499) == held.last_day


@pytest.mark.parametrize(
    ("sessions", "first_day", "last_day", "expected"),
    [
        pytest.param([], None, None, "at least one session", id="none"),
        pytest.param([14, 14], None, None, "in order", id="a day twice"),
        pytest.param([15, 14], None, None, "in order", id="backwards"),
        pytest.param([14, 15], date(2015, 12, 15), None, "outside", id="before the horizon"),
        pytest.param([14, 15], None, date(2015, 12, 14), "outside", id="after the horizon"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(
    sessions: list[int],
    first_day: date | None,
    last_day: date | None,
    expected: str,
) -> None:
    """A damaged file doesn't become a calendar."""
    made = [session(date(2015, 12, day)) for day in sessions]

    with pytest.raises(ValueError, match=expected):
        Sessions(made, first_day=first_day, last_day=last_day)


def test_the_horizon_is_that_of_the_sessions_unless_told() -> None:
    """Without other word, the first and last session bound what is known."""
    held = Sessions([session(date(2015, 12, 14)), session(date(2015, 12, 16))])

    assert (date(2015, 12, 14), date(2015, 12, 16)) == (held.first_day, held.last_day)


def test_an_override_closes_a_day() -> None:
    """An ad-hoc closure is known as soon as a person writes it down."""
    corrected = WEEKS.with_overrides([Override(date(2015, 12, 23), None)])

    assert corrected.on(date(2015, 12, 23)) is None
    assert date(2015, 12, 22) == corrected.before(HALF_DAY).day
    assert WEEKS.on(date(2015, 12, 23)) is not None


@pytest.mark.parametrize(
    ("closes_at", "early_close"),
    [
        pytest.param("2015-12-23T18:00:00Z", True, id="a half-day"),
        pytest.param("2015-12-23T20:59:59Z", True, id="a second early"),
        pytest.param("2015-12-23T21:00:00Z", False, id="the full day"),
        pytest.param("2015-12-23T21:15:00Z", False, id="later than ever"),
    ],
)
def test_an_override_moves_a_close(closes_at: str, early_close: bool) -> None:  # noqa: FBT001 - a row
    """Another close is taken as it is, and known as early or not."""
    day = date(2015, 12, 23)
    expected = Session(day, instant("2015-12-23T14:30:00Z"), instant(closes_at), early_close)

    assert expected == WEEKS.with_overrides([Override(day, instant(closes_at))]).on(day)


@pytest.mark.parametrize(
    ("day", "opens_at", "closes_at"),
    [
        pytest.param((2015, 12, 25), "2015-12-25T14:30:00Z", "2015-12-25T18:00:00Z", id="Friday"),
        pytest.param((2015, 12, 26), "2015-12-26T14:30:00Z", "2015-12-26T18:00:00Z", id="Saturday"),
        pytest.param((2016, 1, 3), "2016-01-03T14:30:00Z", "2016-01-03T18:00:00Z", id="at the end"),
        pytest.param((2015, 12, 12), "2015-12-12T14:30:00Z", "2015-12-12T18:00:00Z", id="in front"),
    ],
)
def test_an_override_opens_a_closed_day(
    day: tuple[int, int, int],
    opens_at: str,
    closes_at: str,
) -> None:
    """A calendar that wrongly calls a day closed can be corrected, too."""
    opened = date(*day)
    expected = Session(opened, instant(opens_at), instant(closes_at), early_close=True)

    assert expected == WEEKS.with_overrides([Override(opened, instant(closes_at))]).on(opened)


def test_an_opened_monday_after_the_clock_change_opens_by_its_own_week() -> None:
    """The hour is that of the same week: New York's clock changes between weeks."""
    before = session(date(2026, 3, 6), utc_offset=-5)
    after = session(date(2026, 3, 10), utc_offset=-4)
    held = Sessions([before, after])
    monday = Override(date(2026, 3, 9), instant("2026-03-09T17:00:00Z"))

    found = held.with_overrides([monday]).on(monday.day)

    assert found is not None
    assert instant("2026-03-09T13:30:00Z") == found.opens_at


def test_an_opened_friday_before_the_clock_change_opens_by_its_own_week() -> None:
    """The same rule looks back where the day's week lies behind it."""
    held = Sessions(
        [
            session(date(2026, 3, 5), utc_offset=-5),
            session(date(2026, 3, 9), utc_offset=-4),
        ],
    )
    friday = Override(date(2026, 3, 6), instant("2026-03-06T18:00:00Z"))

    found = held.with_overrides([friday]).on(friday.day)

    assert found is not None
    assert instant("2026-03-06T14:30:00Z") == found.opens_at


def test_the_last_word_on_a_day_counts() -> None:
    """Closing a day and opening it again leaves it open."""
    day = date(2015, 12, 23)
    close = instant("2015-12-23T18:00:00Z")

    corrected = WEEKS.with_overrides([Override(day, None), Override(day, close)])

    found = corrected.on(day)
    assert found is not None
    assert close == found.closes_at


def test_closing_a_closed_day_changes_nothing() -> None:
    """What the calendar already knows may be said again."""
    corrected = WEEKS.with_overrides([Override(CHRISTMAS, None)])

    assert corrected.on(CHRISTMAS) is None
    assert WEEKS.on(HALF_DAY) == corrected.on(HALF_DAY)


def test_overrides_outside_the_horizon_are_left_alone() -> None:
    """They count once the horizon has moved there."""
    corrected = WEEKS.with_overrides([Override(date(2017, 12, 5), None)])

    assert WEEKS.last_day == corrected.last_day


@pytest.mark.parametrize(
    "closes_at",
    [
        pytest.param("2015-12-23T14:30:00Z", id="at the opening"),
        pytest.param("2015-12-23T13:00:00Z", id="before the opening"),
        pytest.param("2015-12-24T05:00:00Z", id="the next day"),
        pytest.param("2014-12-23T18:00:00Z", id="another year"),
    ],
)
def test_a_close_that_is_not_of_its_day_is_refused(closes_at: str) -> None:
    """A slip of the pen in the overrides must not move attempts."""
    with pytest.raises(ValueError, match="not after the opening of 2015-12-23"):
        WEEKS.with_overrides([Override(date(2015, 12, 23), instant(closes_at))])
