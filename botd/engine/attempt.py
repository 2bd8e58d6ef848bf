"""One attempt at one position, as the engine carries it through."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from botd.domain.schedule import PositionSchedule
from botd.engine.send import Window

_NONE = timedelta(0)
LADDER_ENDS_BEFORE = timedelta(seconds=5)  # the next attempt


class Ending(Enum):
    """How an attempt ended, as INTERFACE names it."""

    FILLED = "filled"
    PARTIAL = "partial"
    UNFILLED = "unfilled"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Attempt:
    """
    One scheduled try, or a person's extra one.

    *number* counts the attempts of the day from 0, missed ones included.
    """

    position_id: str
    lead: str
    due_at: datetime
    closes_at: datetime  # T
    window: Window
    give_up_at: datetime  # the ladder's order is cancelled then; the last one is left to the bell
    bell_at: datetime  # the first close that any source claims after it; T as a rule
    number: int
    is_last: bool
    next_lasts: timedelta = timedelta(0)  # the time that the next attempt has, if there is one
    late: timedelta = timedelta(0)
    is_extra: bool = False


def make(
    plan: PositionSchedule, due_at: datetime, closes: tuple[datetime, ...], late: timedelta
) -> Attempt:
    """
    Make the attempt of a position that falls due at *due_at*.

    *closes* are all that a source claims for its T; the last of them is T for the guard.

    Raises:
        ValueError: its schedule has none at that instant.
    """
    instants = [attempt.due_at for attempt in plan.attempts]
    number = instants.index(due_at)
    own, later = plan.attempts[number], instants[number + 1 :]
    return Attempt(
        position_id=plan.position_id,
        lead=own.lead,
        due_at=due_at,
        closes_at=plan.closes_at,
        window=Window(instants[0], plan.closes_at),
        give_up_at=later[0] - LADDER_ENDS_BEFORE if later else plan.closes_at,
        bell_at=min((close for close in closes if close > due_at), default=plan.closes_at),
        number=number,
        is_last=own.is_last,
        next_lasts=(later[1] if later[1:] else plan.closes_at) - later[0] if later else _NONE,
        late=late,
    )
