"""Sessions written down by hand, as a calendar library would compute them."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta

from botd.domain.session import Session, Sessions

FULL_CLOSE = time(16, 0)
HALF_CLOSE = time(13, 0)
_OPEN = time(9, 30)


def instant(text: str) -> datetime:
    """Read an instant as JSON shows it: `2015-12-24T17:50:00Z`."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def session(day: date, *, is_half: bool = False, utc_offset: int = -5) -> Session:
    """Make the session of *day*; New York is *utc_offset* hours from UTC."""

    def wall(at: time) -> datetime:
        return datetime.combine(day, at, UTC) - timedelta(hours=utc_offset)

    return Session(day, wall(_OPEN), wall(HALF_CLOSE if is_half else FULL_CLOSE), is_half)


def weekdays(
    first: date,
    last: date,
    *,
    closed: Collection[date] = (),
    half: Collection[date] = (),
    utc_offset: int = -5,
) -> Sessions:
    """Make the sessions of all weekdays from *first* to *last* that are not *closed*."""
    days = [day for day in _days(first, last) if day.weekday() < 5 and day not in closed]
    return Sessions(
        [session(day, is_half=day in half, utc_offset=utc_offset) for day in days],
        first_day=first,
        last_day=last,
    )


def _days(first: date, last: date) -> Iterator[date]:
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(ordinal)
