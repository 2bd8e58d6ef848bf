"""Trading sessions of a calendar, looked up by day or instant."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

_MIDNIGHT_TO_OPEN = timedelta(hours=9, minutes=30)  # New York's clock changes on Sundays only
_FULL_SESSION = timedelta(hours=6, minutes=30)
_DAY = timedelta(days=1)

Row = tuple[int, int, int, bool]  # day ordinal, opening and close in epoch seconds, early close


@dataclass(frozen=True, slots=True)
class Session:
    """One trading session: a New York day, its opening and its close."""

    day: date
    opens_at: datetime
    closes_at: datetime
    early_close: bool

    def holds(self, instant: datetime) -> bool:
        """Whether *instant* falls on this session's New York calendar day."""
        midnight = self.opens_at - _MIDNIGHT_TO_OPEN
        return midnight <= instant < midnight + _DAY

    def row(self) -> Row:
        """Give the session as four numbers, as `Sessions` takes it, too."""
        opens, closes = int(self.opens_at.timestamp()), int(self.closes_at.timestamp())
        return (self.day.toordinal(), opens, closes, self.early_close)


@dataclass(frozen=True, slots=True)
class Override:
    """A person's correction of one New York day: another close, or None for closed."""

    day: date
    closes_at: datetime | None


class Sessions:
    """
    The sessions of a contiguous horizon of days.

    Inside the horizon a day without a session is closed; outside it nothing is known,
    and asking raises `LookupError`. Never changes.
    """

    __slots__ = ("_days", "_entries", "first_day", "last_day")

    def __init__(
        self,
        sessions: Iterable[Session | Row],
        *,
        first_day: date | None = None,
        last_day: date | None = None,
    ) -> None:
        """
        Hold *sessions*, in order of their days.

        A session kept as four numbers becomes a `Session` when first asked for: thirty
        years take milliseconds this way.

        Args:
            sessions: at least one.
            first_day: start of the horizon; None: the first session's day.
            last_day: end of the horizon; None: the last session's day.

        Raises:
            ValueError: no sessions, out of order, or outside the horizon.
        """
        self._entries = list(sessions)
        self._days = [_ordinal(entry) for entry in self._entries]
        if not self._days:
            raise ValueError("a calendar needs at least one session")
        if any(day >= following for day, following in pairwise(self._days)):
            raise ValueError("sessions must be in order of their days, one a day")
        self.first_day = first_day or date.fromordinal(self._days[0])
        self.last_day = last_day or date.fromordinal(self._days[-1])
        if self.first_day.toordinal() > self._days[0] or self._days[-1] > self.last_day.toordinal():
            raise ValueError(f"sessions outside their horizon {self.first_day} to {self.last_day}")

    def on(self, day: date) -> Session | None:
        """
        Find the session of *day*; None: closed.

        Raises:
            LookupError: *day* lies outside the horizon.
        """
        self._require(day)
        index = bisect_left(self._days, day.toordinal())
        is_found = index < len(self._days) and self._days[index] == day.toordinal()
        return self._session(index) if is_found else None

    def on_or_before(self, day: date) -> Session:
        """
        Find the session of *day*, else the last one before it.

        Raises:
            LookupError: it lies outside the horizon.
        """
        self._require(day)
        index = bisect_right(self._days, day.toordinal()) - 1
        if index < 0:
            raise LookupError(f"no session on or before {day} since {self.first_day}")
        return self._session(index)

    def before(self, day: date) -> Session:
        """
        Find the last session before *day*.

        Raises:
            LookupError: it lies outside the horizon.
        """
        return self.on_or_before(day - _DAY)

    def after(self, day: date) -> Session:
        """
        Find the first session after *day*.

        Raises:
            LookupError: it lies outside the horizon.
        """
        self._require(day + _DAY)
        index = bisect_right(self._days, day.toordinal())
        if index == len(self._days):
            raise LookupError(f"no session after {day} until {self.last_day}")
        return self._session(index)

    def containing_day(self, instant: datetime) -> Session | None:
        """
        Find the session whose New York calendar day contains *instant*; None: closed.

        Raises:
            LookupError: the day lies outside the horizon.
        """
        utc_day = instant.astimezone(UTC).date()
        known = [day for day in (utc_day, utc_day - _DAY) if self.first_day <= day <= self.last_day]
        if not known:
            self._require(utc_day)
        found = (session for day in known if (session := self.on(day)) and session.holds(instant))
        return next(found, None)

    def with_overrides(self, overrides: Iterable[Override]) -> "Sessions":
        """
        Give the same sessions with a person's corrections; later ones win.

        A close given for a closed day opens that day, at the hour of its week's other
        sessions. Days outside the horizon are left alone: they count once it has moved.

        Raises:
            ValueError: a close that is not on its day, after the opening.
        """
        entries = dict(zip(self._days, self._entries, strict=True))
        for override in overrides:
            if not self.first_day <= override.day <= self.last_day:
                continue
            ordinal = override.day.toordinal()
            if override.closes_at is None:
                entries.pop(ordinal, None)
            else:
                entries[ordinal] = self._corrected(override.day, override.closes_at)
        ordered = [entries[day] for day in sorted(entries)]
        return Sessions(ordered, first_day=self.first_day, last_day=self.last_day)

    def _corrected(self, day: date, closes_at: datetime) -> Session:
        opens_at = self._opening_of(day)
        early_close = closes_at - opens_at < _FULL_SESSION
        session = Session(day, opens_at, closes_at, early_close)
        if closes_at <= opens_at or not session.holds(closes_at):
            raise ValueError(f"close {closes_at.isoformat()!r} is not after the opening of {day}")
        return session

    def _opening_of(self, day: date) -> datetime:
        """Give the opening of *day*, or of the nearest session moved to it, same week first."""
        index = bisect_left(self._days, day.toordinal())
        near = [self._session(at) for at in (index, index - 1) if 0 <= at < len(self._days)]
        same_week = [session for session in near if _week(session.day) == _week(day)]
        nearest = (same_week or near)[0]
        return nearest.opens_at + (day - nearest.day)

    def _require(self, day: date) -> None:
        if not self.first_day <= day <= self.last_day:
            raise LookupError(
                f"{day} lies outside the calendar's horizon {self.first_day} to {self.last_day}",
            )

    def _session(self, index: int) -> Session:
        entry = self._entries[index]
        if isinstance(entry, Session):
            return entry
        session = self._entries[index] = _thaw(entry)
        return session


def _ordinal(entry: Session | Row) -> int:
    return entry.day.toordinal() if isinstance(entry, Session) else entry[0]


def _thaw(row: Row) -> Session:
    day, opens, closes, early_close = row
    return Session(
        day=date.fromordinal(day),
        opens_at=datetime.fromtimestamp(opens, UTC),
        closes_at=datetime.fromtimestamp(closes, UTC),
        early_close=bool(early_close),
    )


def _week(day: date) -> tuple[int, int]:
    year, week, _ = day.isocalendar()
    return (year, week)
