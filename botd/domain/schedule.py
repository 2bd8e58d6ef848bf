"""
When contracts stop trading, and which attempts are due.

    last trading day   PM: the session of the expiration date, else the one before it
                       AM: the session before the expiration date
                       around the clock: the expiration date itself
                       future: the third Friday's session, where that is its rule
    T                  that session's close; around the clock: a fixed UTC instant;
                       event, and any future: the instant told with it
                       future of a third Friday: the opening of that session
    attempt            T (or the broker's earlier cut-off) less a lead

    of one position, at *now*, before T:
      due, newest, untaken, nothing later taken   runs (late by now - due)
      due, untaken, anything later due or taken   missed
      due before the position was opened          does not apply
      taken                                       stays taken, also when the clock steps back
    at T and after: nothing runs, what is untaken is missed

Instants are aware UTC, so zones, DST and suspend change nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from botd.domain.bot import Anchor, Expiration
from botd.domain.contract import (
    Future,
    LastSession,
    Leg,
    OptionContract,
    Shares,
    ending_legs,
)
from botd.domain.session import Session, Sessions

Taken = frozenset[tuple[str, datetime]]  # (position id, due instant)

_FRIDAY, _SATURDAY = 4, 5
_MINUTE = timedelta(minutes=1)
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AttemptTime:
    """One scheduled try of a position: how long before what, and when."""

    lead: str  # "T-10": minutes before a close; "C-10": before the broker's cut-off
    due_at: datetime
    is_last: bool  # nothing follows before the close it counts back from


@dataclass(frozen=True, slots=True)
class PositionSchedule:
    """What the schedule needs of a position; made once, asked every second."""

    position_id: str
    opened_at: datetime
    closes_at: datetime  # T; where sources disagree, the latest claimed
    attempts: tuple[AttemptTime, ...]  # in order, as `attempt_times` gives them


@dataclass(frozen=True, slots=True)
class DueAttempt:
    """An attempt whose instant has come."""

    position_id: str
    lead: str
    due_at: datetime
    closes_at: datetime
    late: timedelta  # never negative
    is_last: bool
    next_due_at: datetime | None  # of the same position


@dataclass(frozen=True, slots=True)
class Due:
    """What to do now: attempts to run, and attempts to record as missed."""

    run: tuple[DueAttempt, ...] = ()  # at most one of each position
    missed: tuple[DueAttempt, ...] = ()  # of each position the newest first


def last_trading_day(contract: OptionContract | Future, sessions: Sessions) -> date:
    """
    Tell the New York date on which *contract* trades for the last time.

    An ad-hoc closure of the expiration date moves it to the session before (Cboe's
    notice for 2018-12-05). Monthlies before 2015 carry a Saturday: they ended with
    Friday's session, and AM-settled ones on Thursday, because Friday's opening
    settled them.

    Raises:
        LookupError: it lies outside the horizon of *sessions*.
    """
    if isinstance(contract, Future):
        return stops_trading_at(contract, sessions).date()
    if contract.spec.ends_alone:
        return contract.expiration
    return _last_session(contract, sessions).day


def stops_trading_at(contract: OptionContract | Future, sessions: Sessions) -> datetime:
    """
    Tell T: the instant at which *contract* is taken to stop trading.

    That is the session's close also where a class trades a quarter of an hour longer.

    Raises:
        LookupError: it lies outside the horizon of *sessions*, or nobody told it.
    """
    if contract.ends_at is not None:
        return contract.ends_at
    if isinstance(contract, Future):
        return _end_of_future(contract, sessions)
    if contract.spec.ends_at_utc is not None:
        return datetime.combine(contract.expiration, contract.spec.ends_at_utc, UTC)
    if contract.spec.ends_alone:
        raise LookupError(f"{contract.symbol}: when its trading ends is not told")
    return _last_session(contract, sessions).closes_at


def closes_at(legs: tuple[Leg, ...], sessions: Sessions) -> datetime | None:
    """
    Tell the earliest T of what ends among *legs*; None for shares alone.

    Raises:
        LookupError: one lies outside the horizon of *sessions*.
    """
    return min(
        (stops_trading_at(one, sessions) for one, _ in ending_legs(legs)),
        default=None,
    )


def ends_alone(legs: tuple[Leg, ...]) -> bool:
    """Whether any of *legs* trades around the clock, or by a calendar that is not ours."""
    return any(isinstance(one, Future) or one.spec.ends_alone for one, _ in ending_legs(legs))


def around_the_clock(closes_at: datetime, now: datetime) -> Session:
    """Give what stands for a session where none opens or closes: from a day before, to T."""
    opens_at = min(closes_at, now) - _A_DAY
    return Session(closes_at.date(), opens_at, closes_at, early_close=False)


def expiration_of(legs: tuple[Leg, ...], sessions: Sessions) -> date | None:
    """
    Tell the earliest expiration date among *legs*; a future's is its last trading day.

    None for shares alone.

    Raises:
        LookupError: a future's lies outside the horizon of *sessions*.
    """
    return min(
        (
            last_trading_day(one, sessions) if isinstance(one, Future) else one.expiration
            for one, _ in ending_legs(legs)
        ),
        default=None,
    )


def expiring_legs(legs: tuple[Leg, ...], at: datetime, sessions: Sessions) -> tuple[Leg, ...]:
    """
    Give the legs whose T is *at* or earlier.

    Raises:
        LookupError: one lies outside the horizon of *sessions*.
    """
    return tuple(
        leg
        for leg in legs
        if not isinstance(leg.instrument, Shares)
        and stops_trading_at(leg.instrument, sessions) <= at
    )


def attempt_times(
    closes: tuple[datetime, ...],
    expiration: Expiration,
    cutoff_at: datetime | None,
) -> tuple[AttemptTime, ...]:
    """
    Count the attempts back from every claimed close, in order, each instant once.

    Where sources disagree about the close, the last attempt before each claim is a
    last one: it may turn out that nothing could follow. With both anchors only the
    close's own is, because the person asked for attempts after the cut-off.

    Args:
        closes: every close that a source claims for this T; one, as a rule.
        expiration: the bot's leads and anchor.
        cutoff_at: when the broker stops taking orders; counts only if before a close.
    """
    found: dict[datetime, AttemptTime] = {}
    shortest = min(expiration.attempts, default=None)
    for close in sorted(closes):
        for letter, anchor_at, is_final in _anchors(close, expiration.anchor, cutoff_at):
            for lead in expiration.attempts:
                name = f"{letter}-{_lead_name(lead)}"
                _keep(found, AttemptTime(name, anchor_at - lead, is_final and lead == shortest))
    return tuple(found[due_at] for due_at in sorted(found))


def due(schedules: Iterable[PositionSchedule], taken: Taken, now: datetime) -> Due:
    """
    Say which attempts run now and which are missed, by the table above.

    Pure, so that a scheduler, a ticker and a replay may ask as often as they like:
    what they were told to do is in *taken* the next time.

    Args:
        schedules: of positions under bot management.
        taken: attempts already claimed or recorded as missed.
        now: the present instant.
    """
    run: list[DueAttempt] = []
    missed: list[DueAttempt] = []
    for schedule in schedules:
        if not schedule.attempts or now < schedule.attempts[0].due_at:
            continue  # nearly every position, nearly always
        _sort_out(schedule, taken, now, run, missed)
    return Due(tuple(run), tuple(missed))


def next_due(
    schedules: Iterable[PositionSchedule],
    taken: Taken,
    now: datetime,
) -> datetime | None:
    """Tell the next instant after *now* at which an attempt falls due; None: there is none."""
    return min(
        (
            attempt.due_at
            for schedule in schedules
            if now < schedule.closes_at
            for attempt in schedule.attempts
            if now < attempt.due_at < schedule.closes_at
            and schedule.opened_at <= attempt.due_at
            and (schedule.position_id, attempt.due_at) not in taken
        ),
        default=None,
    )


def _end_of_future(future: Future, sessions: Sessions) -> datetime:
    if not future.ends_on_third_friday:
        raise LookupError(f"{future.symbol}: when its trading ends is not told")
    days_to_friday = (_FRIDAY - future.month.weekday()) % 7
    third = future.month + timedelta(days=days_to_friday + 14)
    return sessions.on_or_before(third).opens_at


def _last_session(contract: OptionContract, sessions: Sessions) -> Session:
    if contract.spec.last_session is not LastSession.BEFORE:
        return sessions.on_or_before(contract.expiration)
    settles_on = contract.expiration
    if settles_on.weekday() >= _SATURDAY:
        settles_on = sessions.on_or_before(settles_on).day
    return sessions.before(settles_on)


def _anchors(
    close: datetime,
    anchor: Anchor,
    cutoff_at: datetime | None,
) -> tuple[tuple[str, datetime, bool], ...]:
    """Give letter, instant, and whether nothing follows after it, of what attempts count from."""
    by_close = ("T", close, True)
    if anchor is Anchor.CLOSE or cutoff_at is None or cutoff_at >= close:
        return (by_close,)
    if anchor is Anchor.CUTOFF:
        return (("C", cutoff_at, True),)
    return (("C", cutoff_at, False), by_close)


def _keep(found: dict[datetime, AttemptTime], attempt: AttemptTime) -> None:
    """
    Keep one attempt an instant: the close's name wins, and a last one stays the last.

    Of two closes the earlier names it: that is the one in a hurry.
    """
    other = found.setdefault(attempt.due_at, attempt)
    named = attempt if other.lead.startswith("C") and attempt.lead.startswith("T") else other
    is_last = other.is_last or attempt.is_last
    found[attempt.due_at] = AttemptTime(named.lead, attempt.due_at, is_last)


def _lead_name(lead: timedelta) -> str:
    minutes, rest = divmod(lead, _MINUTE)
    return f"{lead.total_seconds():g}s" if rest else str(minutes)


def _sort_out(
    schedule: PositionSchedule,
    taken: Taken,
    now: datetime,
    run: list[DueAttempt],
    missed: list[DueAttempt],
) -> None:
    may_run = now < schedule.closes_at
    next_due_at: datetime | None = None
    for attempt in reversed(schedule.attempts):
        if attempt.due_at < schedule.opened_at:
            return
        if (schedule.position_id, attempt.due_at) in taken:
            may_run = False
        elif attempt.due_at <= now:
            (run if may_run else missed).append(_due_attempt(schedule, attempt, now, next_due_at))
            may_run = False
        next_due_at = attempt.due_at


def _due_attempt(
    schedule: PositionSchedule,
    attempt: AttemptTime,
    now: datetime,
    next_due_at: datetime | None,
) -> DueAttempt:
    return DueAttempt(
        position_id=schedule.position_id,
        lead=attempt.lead,
        due_at=attempt.due_at,
        closes_at=schedule.closes_at,
        late=now - attempt.due_at,
        is_last=attempt.is_last,
        next_due_at=next_due_at,
    )
