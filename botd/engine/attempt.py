"""One attempt at one position, as the engine carries it through."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from botd.domain.schedule import DueAttempt
from botd.engine.send import Window

_LADDER_ENDS_BEFORE = timedelta(seconds=5)  # the next attempt
_LEGGING_RESERVE = timedelta(seconds=20)  # of the last attempt, for the short legs alone


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
    number: int
    is_last: bool
    late: timedelta = timedelta(0)
    is_extra: bool = False

    def package_until(self, *, may_leg: bool) -> datetime:
        """Tell until when the whole package is tried."""
        if self.is_last and may_leg:
            return self.give_up_at - _LEGGING_RESERVE
        return self.give_up_at


def from_due(due: DueAttempt, number: int, opens_at: datetime) -> Attempt:
    """Make an attempt of what the schedule says is due."""
    give_up_at = due.closes_at
    if due.next_due_at is not None:
        give_up_at = due.next_due_at - _LADDER_ENDS_BEFORE
    return Attempt(
        position_id=due.position_id,
        lead=due.lead,
        due_at=due.due_at,
        closes_at=due.closes_at,
        window=Window(opens_at, due.closes_at),
        give_up_at=give_up_at,
        number=number,
        is_last=due.is_last,
        late=due.late,
    )
