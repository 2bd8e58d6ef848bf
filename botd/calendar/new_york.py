"""
New York wall times, and back.

The only home of pytz, and of it only `localize` makes a wall time an instant: attached
directly, the zone is New York's local mean time, four minutes off.
"""

from datetime import UTC, date, datetime, time

import pytz

_NEW_YORK = pytz.timezone("America/New_York")


def from_wall(day: date, wall: time) -> datetime:
    """Give the instant, aware UTC, at which New York's clocks show *wall* on *day*."""
    return _NEW_YORK.localize(datetime.combine(day, wall)).astimezone(UTC)


def to_wall(instant: datetime) -> datetime:
    """Give an aware *instant* as New York shows it; for people, not for arithmetic."""
    return instant.astimezone(_NEW_YORK)


def day_of(instant: datetime) -> date:
    """Tell the New York date of an aware *instant*."""
    return to_wall(instant).date()


def label(instant: datetime) -> str:
    """Write an aware *instant* for people: `15:52:11 New York`."""
    return f"{to_wall(instant):%H:%M:%S} New York"
