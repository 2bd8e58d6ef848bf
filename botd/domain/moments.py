"""
The instants of an expiration day at which people are told something.

    with a session     around its opening and its close, and the evening before it
    around the clock   around T alone: no opening is waited for, nobody exercises late
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from botd.domain.session import Session


class MomentKind(Enum):
    """What people are told at an instant of an expiration day."""

    EVENING_BEFORE = "evening_before"  # tomorrow's positions: 18:00 New York
    MORNING = "morning"  # 09:35: what differs from the ledger
    WEEK = "week"  # 09:40 of a week's first session: what observe mode would have done
    HALT_60 = "halt_60"  # while halted
    HOUR_BEFORE = "hour_before"  # an hour before the first attempt
    HALT_15 = "halt_15"  # while halted
    READY = "ready"
    NEAR_STRIKE = "near_strike"
    STILL_OPEN = "still_open"  # after the last attempt
    AFTER_CLOSE = "after_close"
    SUMMARY = "summary"
    EXERCISE_CUTOFF = "exercise_cutoff"  # 17:30 New York, 14:30 on half-days (FINRA 2360)


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant at which something is told."""

    kind: MomentKind
    at: datetime
    day: date  # the session's, also of the evening before


_FROM_CLOSE = {
    MomentKind.HALT_60: timedelta(minutes=-60),
    MomentKind.HALT_15: timedelta(minutes=-15),
    MomentKind.NEAR_STRIKE: timedelta(minutes=-5),
    MomentKind.STILL_OPEN: timedelta(seconds=-30),
    MomentKind.AFTER_CLOSE: timedelta(seconds=5),
    MomentKind.SUMMARY: timedelta(minutes=20),
    MomentKind.EXERCISE_CUTOFF: timedelta(minutes=90),
}
_A_DAY = timedelta(days=1)
_OPEN_TO_EVENING = timedelta(hours=8, minutes=30)


def moments_of(
    session: Session,
    first_attempt_at: datetime | None,
    previous: Session | None = None,
) -> tuple[Moment, ...]:
    """
    List what is told about the positions that stop trading with *session*, in order.

    "Ready" comes a quarter of an hour before the close, and in any case five minutes
    before the first attempt.

    Args:
        session: the session of T.
        first_attempt_at: None: nothing stops trading, only the morning's word remains.
        previous: the session before; None leaves the evening before out.
    """
    at = {MomentKind.MORNING: session.opens_at + timedelta(minutes=5)}
    if first_attempt_at is not None:
        at |= {kind: session.closes_at + offset for kind, offset in _FROM_CLOSE.items()}
        at[MomentKind.HOUR_BEFORE] = first_attempt_at - timedelta(minutes=60)
        at[MomentKind.READY] = min(at[MomentKind.HALT_15], first_attempt_at - timedelta(minutes=5))
        if previous is not None:
            at[MomentKind.EVENING_BEFORE] = previous.opens_at + _OPEN_TO_EVENING
    return tuple(Moment(kind, at[kind], session.day) for kind in sorted(at, key=at.__getitem__))


def moments_alone(closes_at: datetime, first_attempt_at: datetime) -> tuple[Moment, ...]:
    """List what is told about positions whose T is no session's close; nobody exercises late."""
    at = {
        kind: closes_at + offset
        for kind, offset in _FROM_CLOSE.items()
        if kind is not MomentKind.EXERCISE_CUTOFF
    }
    at[MomentKind.EVENING_BEFORE] = closes_at - _A_DAY / 2
    at[MomentKind.HOUR_BEFORE] = first_attempt_at - timedelta(minutes=60)
    at[MomentKind.READY] = min(at[MomentKind.HALT_15], first_attempt_at - timedelta(minutes=5))
    day = closes_at.date()
    return tuple(Moment(kind, at[kind], day) for kind in sorted(at, key=at.__getitem__))
