"""Whether the broker's calendar agrees with ours about today's close."""

from datetime import datetime

from botd.domain.session import Session
from botd.engine.desk import Desk, log
from botd.engine.moments import say
from botd.engine.notices import Notice
from botd.errors import BrokerError
from botd.ledger.halts import scope_of


async def compare(desk: Desk) -> None:
    """
    Compare today's close with the broker's; where they differ, attempts run before both.

    A broker without a calendar, or one that does not answer, changes nothing.
    """
    session = desk.sessions.containing_day(desk.now())
    if session is None:
        return
    try:
        hours = await desk.clock.within(desk.broker.session(session.day), desk.patience())
    except (BrokerError, TimeoutError) as error:
        log.warning("broker_calendar_unreadable", account=desk.key, error=str(error))
        return
    if hours is None or hours.closes_at == session.closes_at:
        if desk.other_closes.pop(session.closes_at, None) is not None:
            desk.is_stale = True
        return
    await _disagree(desk, session, hours.closes_at)


async def _disagree(desk: Desk, session: Session, theirs: datetime | None) -> None:
    """Tell a person once a day, and attempt before every claimed close."""
    if theirs is not None and desk.other_closes.get(session.closes_at) != theirs:
        desk.other_closes[session.closes_at] = theirs
        desk.is_stale = True
    words = "no session at all" if theirs is None else f"a close at {theirs:%H:%M} UTC"
    line = (
        f"ours says {session.closes_at:%H:%M} UTC, the broker {words}: attempts run before both. "
        "If ours is wrong, correct config/calendar.toml"
    )
    notice = Notice("calendar", "page", f"the close of {session.day} is disputed", (line,))
    await say(desk, notice, f"calendar/{scope_of(desk.key)}/{session.day}")
