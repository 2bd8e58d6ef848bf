"""
The instants of an expiration day at which people are told something, each once.

A moment is claimed in the ledger like an attempt, so that a restart or a second look
tells nothing twice. One that comes too late to be of use is passed over.
"""

from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botd.domain import schedule
from botd.domain.bot import Mode
from botd.domain.contract import ending_legs
from botd.domain.moments import Moment, MomentKind, moments_alone, moments_of
from botd.domain.position import Management, Policy, Position
from botd.domain.session import Session
from botd.engine import after, morning, notices, overnight, readiness, week
from botd.engine.desk import LOOK_AGAIN, Desk, log
from botd.engine.notices import Notice
from botd.engine.readiness import NOT_READY
from botd.errors import LedgerError
from botd.ledger import alerts, halts, moments
from botd.ledger.alerts import Level
from botd.ledger.columns import Tx
from botd.ledger.halts import scope_of

_ANY_TIME = timedelta(days=1)
_STILL_OF_USE = {
    MomentKind.EVENING_BEFORE: timedelta(hours=12),
    MomentKind.MORNING: _ANY_TIME,
    MomentKind.WEEK: _ANY_TIME,
    MomentKind.HALT_60: timedelta(minutes=40),
    MomentKind.HOUR_BEFORE: timedelta(minutes=50),
    MomentKind.HALT_15: timedelta(minutes=10),
    MomentKind.READY: timedelta(minutes=10),
    MomentKind.NEAR_STRIKE: timedelta(minutes=4),
    MomentKind.STILL_OPEN: timedelta(seconds=30),
    MomentKind.SUMMARY: _ANY_TIME,
    MomentKind.EXERCISE_CUTOFF: timedelta(hours=4),
}
_HEARTBEATS = frozenset({MomentKind.READY, MomentKind.SUMMARY})


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to tell, once: at a moment, about the positions that stop at *closes_at*."""

    moment: Moment
    key: str
    closes_at: datetime | None  # None: about every position


def plan(desk: Desk) -> tuple[Told, ...]:
    """List what is to be told on today's and the coming days of this account."""
    scope = scope_of(desk.key)
    firsts: dict[datetime, datetime] = {}
    for position in desk.book.values():
        if position.closes_at is not None and ending_legs(position.legs):
            first_at = _first_attempt(desk, position, position.closes_at)
            firsts[position.closes_at] = min(first_at, firsts.get(position.closes_at, first_at))
    found = [
        Told(moment, f"{moment.kind.value}/{scope}/{_named(desk, moment, closes_at)}", closes_at)
        for closes_at, first_at in firsts.items()
        for moment in _of_close(desk, closes_at, first_at)
    ]
    return (*found, *_mornings(desk, scope), *_weeks(desk, scope))


def due(desk: Desk, planned: tuple[Told, ...], now: datetime) -> list[Coroutine[Any, Any, None]]:
    """Give what is to be told now and has not been begun by this process."""
    work: list[Coroutine[Any, Any, None]] = []
    for found in planned:
        if now < found.moment.at or found.key in desk.told:
            continue
        desk.told.add(found.key)
        if now - found.moment.at <= _STILL_OF_USE[found.moment.kind]:
            work.append(_tell_once(desk, found))
    return work


def next_at(desk: Desk, planned: tuple[Told, ...], now: datetime) -> datetime | None:
    """Tell when the next moment comes."""
    return min(
        (
            found.moment.at
            for found in planned
            if found.moment.at > now and found.key not in desk.told
        ),
        default=None,
    )


def _named(desk: Desk, moment: Moment, closes_at: datetime) -> str:
    """Name the T that is told of: a day has one close, and any number of other ends."""
    session = desk.sessions.containing_day(closes_at)
    is_close = session is not None and session.closes_at == closes_at
    return f"{moment.day}" if is_close else f"{moment.day}T{closes_at:%H%M}"


def _of_close(desk: Desk, closes_at: datetime, first_at: datetime) -> Iterable[Moment]:
    """Give the moments of one T at which people are told."""
    session = desk.sessions.containing_day(closes_at)
    if session is None or session.closes_at != closes_at:
        moments_of_day = moments_alone(closes_at, first_at)
    else:
        moments_of_day = moments_of(session, first_at, desk.sessions.before(session.day))
    return (
        moment
        for moment in moments_of_day
        if moment.kind in _STILL_OF_USE and moment.kind is not MomentKind.MORNING
    )


def _mornings(desk: Desk, scope: str) -> Iterable[Told]:
    """Every trading day has its reconcile, while anything is held or unconfirmed."""
    for session in _today_and_next(desk) if desk.book else ():
        for moment in moments_of(session, None):
            yield Told(moment, f"{moment.kind.value}/{scope}/{session.day}", None)


def _weeks(desk: Desk, scope: str) -> Iterable[Told]:
    """An account that only observes tells each week what it would have done."""
    if desk.mode is Mode.OBSERVE:
        for moment in week.moments_of(desk, _today_and_next(desk)):
            yield Told(moment, f"{moment.kind.value}/{scope}/{moment.day}", None)


def _today_and_next(desk: Desk) -> tuple[Session, ...]:
    now = desk.now()
    current = desk.sessions.containing_day(now)
    following = desk.sessions.after(current.day if current else now.date())
    return (current, following) if current else (following,)


def _first_attempt(desk: Desk, position: Position, closes_at: datetime) -> datetime:
    times = schedule.attempt_times(
        desk.claimed_closes(closes_at),
        desk.bot_of(position).expiration,
        desk.cutoff_at(closes_at),
    )
    return times[0].due_at


async def _tell_once(desk: Desk, found: Told) -> None:
    """Tell one thing; a ledger that fails meanwhile only delays it."""
    try:
        is_news, notice = await _told(desk, found)
    except LedgerError:
        await desk.clock.sleep_until(desk.now() + LOOK_AGAIN)
        desk.told.discard(found.key)  # the next look begins it again
        raise
    is_well = notice is None or notice.kind != NOT_READY
    if is_news and is_well and found.moment.kind in _HEARTBEATS:
        desk.heartbeats += 1


async def _told(desk: Desk, found: Told) -> tuple[bool, Notice | None]:
    """Find out what is to be told, and claim and tell it in one transaction, once."""
    # A write, so that nothing is asked of the broker while nothing could be told.
    if await desk.ledger.write(lambda tx: moments.is_claimed(tx, found.key)):
        return False, None
    log.info("moment", kind=found.moment.kind.value, account=desk.key, at=found.moment.at)
    notice = await _notice(desk, found)

    def work(tx: Tx) -> bool:
        is_news = moments.claim(tx, found.key, desk.now())
        if is_news and notice is not None:
            _add(tx, desk, notice, found.key)
        return is_news

    return await desk.ledger.write(work), notice


async def say(desk: Desk, notice: Notice, key: str) -> None:
    """Put a grouped message where the courier finds it, once per *key*."""
    await desk.ledger.write(lambda tx: _add(tx, desk, notice, key))


def _add(tx: Tx, desk: Desk, notice: Notice, key: str) -> None:
    alerts.add(
        tx,
        key=key,
        level=Level(notice.level),
        title=f"{scope_of(desk.key)}: {notice.title}",
        body="\n".join(notice.lines) or notice.title,
        at=desk.now(),
    )


async def _notice(desk: Desk, found: Told) -> Notice | None:
    live = tuple(
        position
        for position in desk.book.values()
        if found.closes_at is None or position.closes_at == found.closes_at
    )
    open_now = tuple(position for position in live if position.units_open)
    kind = found.moment.kind
    if kind is MomentKind.MORNING:
        return await morning.reconcile_all(desk, found.moment.day)
    if kind is MomentKind.WEEK:
        return await week.notice(desk, found.moment.day)
    if kind in {MomentKind.HALT_60, MomentKind.HALT_15}:
        return await _halted(desk, open_now)
    if kind in {MomentKind.HOUR_BEFORE, MomentKind.READY}:
        return await readiness.notice(desk, found.moment, open_now)
    return await _from_market(desk, found, live, open_now)


async def _from_market(
    desk: Desk, found: Told, live: tuple[Position, ...], open_now: tuple[Position, ...]
) -> Notice | None:
    view, now = await desk.feed.view(), desk.now()
    can_close = desk.broker.card.closes
    match found.moment.kind:
        case MomentKind.EVENING_BEFORE:
            rules = {position.id: desk.policy_of(position) for position in open_now}
            return notices.evening_before(open_now, rules) if open_now else None
        case MomentKind.NEAR_STRIKE:
            return notices.near_strike(open_now, view, now, can_close=can_close)
        case MomentKind.STILL_OPEN:
            wanted = (one for one in open_now if not _is_meant_to_stay(desk, one))
            return notices.still_open(wanted, view, now, can_close=can_close)
        case MomentKind.SUMMARY:
            await after.judge_all(desk)
            if _awaits_record(live):
                await _confirm_now(desk, found)
            return notices.summary(await readiness.ended(desk, found.closes_at))
        case MomentKind.EXERCISE_CUTOFF:
            return await overnight.crossed_after_hours(desk, live, view)
        case _:
            return None


async def _confirm_now(desk: Desk, found: Told) -> None:
    """Look at the broker's records at once, and tell what differs, as the next morning does."""
    differs = await morning.reconcile_all(desk, found.moment.day)
    if differs is not None:
        await say(desk, differs, f"{differs.kind}/{found.key}")


def _awaits_record(positions: tuple[Position, ...]) -> bool:
    """Whether the broker settles any of them by itself, whoever has it, and now, not overnight."""
    return any(
        bool(position.units_open) and schedule.ends_alone(position.legs) for position in positions
    )


def _is_meant_to_stay(desk: Desk, position: Position) -> bool:
    """Whether its bot lets it end in the money on purpose."""
    is_by_bot = position.managed_by is Management.BOT
    return is_by_bot and desk.policy_of(position) in {Policy.ACCEPT, Policy.SETTLE}


async def _halted(desk: Desk, positions: tuple[Position, ...]) -> Notice | None:
    in_force = await desk.ledger.read(lambda tx: halts.current(tx, desk.key))
    if not in_force:
        return None
    halt = in_force[0]
    view, now = await desk.feed.view(), desk.now()
    lines = tuple(
        notices.line(position, notices.spot_of(view, position.underlying), now, "botd resume")
        for position in positions
        if position.managed_by is Management.BOT
    )
    if not lines:
        return None
    return Notice("halted", "page", f"HALTED ({halt.reason}): nothing will be closed", lines)
