"""When each position is tried: its bot's leads, counted back from every claimed close."""

from botd.domain import schedule
from botd.domain.position import Position
from botd.domain.schedule import PositionSchedule
from botd.engine.desk import Desk


def schedule_of(desk: Desk, position: Position) -> PositionSchedule | None:
    """Make the attempts of a position from its bot's rules; None: nothing stops trading."""
    closes_at = position.closes_at
    if closes_at is None:
        return None
    rules = desk.bot_of(position).expiration
    closes = desk.claimed_closes(closes_at)
    times = schedule.attempt_times(closes, rules, desk.cutoff_at(closes_at))
    return PositionSchedule(position.id, position.opened_at, max(closes), times)
