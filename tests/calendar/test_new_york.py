from datetime import UTC, date, datetime, time

import pytest

from botd.calendar.new_york import day_of, from_wall, label, to_wall


@pytest.mark.parametrize(
    ("day", "wall", "expected"),
    [
        pytest.param("2015-12-24", "13:00", "2015-12-24T18:00", id="winter, not four minutes off"),
        pytest.param("2026-07-02", "16:00", "2026-07-02T20:00", id="summer"),
        pytest.param("2026-03-06", "16:00", "2026-03-06T21:00", id="the Friday before the change"),
        pytest.param("2026-03-09", "16:00", "2026-03-09T20:00", id="the Monday after the change"),
        pytest.param("2026-11-01", "18:00", "2026-11-01T23:00", id="the evening clocks went back"),
        pytest.param("2026-11-20", "23:30", "2026-11-21T04:30", id="already tomorrow in UTC"),
    ],
)
def test_wall_time_becomes_an_instant_and_back(day: str, wall: str, expected: str) -> None:
    """A New York wall time names one instant, whose wall time and date are the same again."""
    instant = from_wall(date.fromisoformat(day), time.fromisoformat(wall))

    assert datetime.fromisoformat(expected).replace(tzinfo=UTC) == instant
    assert UTC is instant.tzinfo
    assert f"{day} {wall}" == f"{to_wall(instant):%Y-%m-%d %H:%M}"
    assert date.fromisoformat(day) == day_of(instant)


def test_label_names_the_zone() -> None:
    """What people read says whose time it is."""
    assert "15:52:11 New York" == label(datetime(2026, 11, 20, 20, 52, 11, tzinfo=UTC))
