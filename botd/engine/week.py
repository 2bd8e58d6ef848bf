"""The week's report of an account that only observes: what it would have done."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from botd.domain.decision import Reason
from botd.domain.moments import Moment, MomentKind
from botd.domain.observed import Compared, compare, total
from botd.domain.position import Position
from botd.domain.session import Session
from botd.engine.desk import Desk
from botd.engine.notices import Notice
from botd.ledger import attempts, positions
from botd.ledger.attempts import Attempt
from botd.ledger.columns import Tx

_AFTER_OPENING = timedelta(minutes=10)  # behind the morning's reconcile, whose word it needs
_WEEK = timedelta(days=7)
_LEFT = "leave"
_MOST_LINES = 40


def moments_of(desk: Desk, sessions: Iterable[Session]) -> Iterable[Moment]:
    """Give the report's instant where a week's first session is among *sessions*."""
    for session in sessions:
        if _week(desk.sessions.before(session.day).day) != _week(session.day):
            yield Moment(MomentKind.WEEK, session.opens_at + _AFTER_OPENING, session.day)


def read(
    tx: Tx, since: datetime, until: datetime, account_key: tuple[str, str] | None = None
) -> tuple[Compared, ...]:
    """
    Compare what was observed from *since* to *until* with what became of it.

    Of one account, or of every one that observed anything in that time; an armed account's
    own decisions are in its history.
    """
    last: dict[str, Attempt] = {}
    for one in attempts.between(tx, since, until, account_key):
        if _is_observed(one) or one.decision == _LEFT:
            last[one.position_id] = one
    found = [(positions.get(tx, name), one) for name, one in last.items()]
    observing = {_key(position) for position, one in found if _is_observed(one)}
    return tuple(
        compare(position, one.note or "", is_left=one.decision == _LEFT)
        for position, one in found
        if account_key is not None or _key(position) in observing
    )


async def notice(desk: Desk, day: date) -> Notice | None:
    """Tell of the seven days before *day*; None where nothing was to be decided."""
    session = desk.sessions.on(day)
    if session is None:
        return None
    until = session.opens_at
    compared = await desk.ledger.read(lambda tx: read(tx, until - _WEEK, until, desk.key))
    if not compared:
        return None
    return Notice("week", "info", title(compared), lines(compared))


def title(compared: tuple[Compared, ...]) -> str:
    """Sum the week up."""
    closing = [one for one in compared if one.would]
    known = [one for one in closing if one.difference is not None]
    words = f"observed: {len(closing)} would have been closed, {len(compared) - len(closing)} left"
    if not known:
        return words
    dollars = total(known)
    better = "better" if dollars >= 0 else "worse"
    return f"{words}; {abs(dollars):,.2f} dollars {better} over {len(known)} known"


def lines(compared: tuple[Compared, ...]) -> tuple[str, ...]:
    """Give a line a position, the largest differences first."""
    ordered = sorted(
        compared,
        key=lambda one: (not one.would, -abs(one.difference or Decimal(0)), one.position.number),
    )
    told = tuple(f"{one.position.number}  {one.line}" for one in ordered[:_MOST_LINES])
    left = len(ordered) - len(told)
    return (*told, f"and {left} more: botd history --observed") if left else told


def _is_observed(attempt: Attempt) -> bool:
    return attempt.reason == Reason.OBSERVING.value


def _key(position: Position) -> tuple[str, str]:
    return (position.broker, position.account)


def _week(day: date) -> tuple[int, int]:
    found = day.isocalendar()
    return found.year, found.week
