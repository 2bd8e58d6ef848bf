"""The exchange's hours: weekdays from 09:30 to 16:00 New York, and what differs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from botd.calendar import new_york

_OPEN, _CLOSE = time(9, 30), time(16, 0)
_FRIDAY = 4
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """One trading day."""

    day: date
    opens_at: datetime
    closes_at: datetime


class ExchangeCalendar:
    """Which days are sessions, and when they end."""

    def __init__(self, closes: Mapping[date, time | None] | None = None) -> None:
        """Know days that differ: another closing time in New York, or None for closed."""
        self.closes = dict(closes or {})

    def hours(self, day: date) -> Hours | None:
        """Give the hours of a New York day; None: closed."""
        usual = None if day.weekday() > _FRIDAY else _CLOSE
        close = self.closes.get(day, usual)
        if close is None:
            return None
        return Hours(day, new_york.from_wall(day, _OPEN), new_york.from_wall(day, close))

    def is_open(self, now: datetime) -> bool:
        """Whether options trade at *now*."""
        hours = self.hours(new_york.day_of(now))
        return hours is not None and hours.opens_at <= now < hours.closes_at

    def next_open(self, now: datetime) -> datetime:
        """Give the next opening after *now*."""
        today = self.hours(new_york.day_of(now))
        if today is not None and now < today.opens_at:
            return today.opens_at
        return self.after(new_york.day_of(now)).opens_at

    def next_close(self, now: datetime) -> datetime:
        """Give the next close after *now*."""
        today = self.hours(new_york.day_of(now))
        if today is not None and now < today.closes_at:
            return today.closes_at
        return self.after(new_york.day_of(now)).closes_at

    def after(self, day: date) -> Hours:
        """Give the first session after *day*."""
        while True:
            day += _DAY
            if hours := self.hours(day):
                return hours

    def on_or_before(self, day: date) -> Hours:
        """Give the session of *day*, else the last one before it."""
        while (hours := self.hours(day)) is None:
            day -= _DAY
        return hours
