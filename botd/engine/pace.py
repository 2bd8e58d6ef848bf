"""
Who of an account's positions may send an order now, so that the broker's limit holds.

    place       a position without a working order before one that has one; among equals
                the more dangerous first
    a minute    as many orders as leave room for polls, quotes and the cancel of each
    short       more positions than the budget serves: an order that works is kept to the
                bell, and the next attempt goes on with those that have none
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from botd.domain import budget

_MINUTE = timedelta(minutes=1)
_STILL_WAITS = timedelta(milliseconds=1500)  # who waits asks every second

Danger = tuple[int, Decimal, str]  # as `domain.budget.danger` ranks, and the position's id
Place = tuple[bool, Danger]  # whether an order of it works already


@dataclass(frozen=True, slots=True)
class Allotment:
    """What the request budget leaves to one position in one attempt."""

    danger: Danger = (0, Decimal(0), "")
    max_steps: int | None = None  # prices it may try; None: as its mode says
    is_kept: bool = False  # its last order is left working, for the next attempt, to the bell


@dataclass(slots=True)
class Pace:
    """Counts the orders of the last minute, and lets the first in line go first."""

    left_at: deque[datetime] = field(default_factory=deque)
    waiting: dict[Place, datetime] = field(default_factory=dict)

    def take(
        self,
        rate_per_minute: int | None,
        now: datetime,
        place: Place = (False, Allotment().danger),
    ) -> bool:
        """Take a turn for one order; False: none is free yet for this *place*."""
        if rate_per_minute is None:
            return True
        while self.left_at and now - self.left_at[0] >= _MINUTE:
            self.left_at.popleft()
        self.waiting = {
            one: at
            for one, at in self.waiting.items()
            if now - at < _STILL_WAITS and one[1] != place[1]
        }
        free = budget.orders_per_minute(rate_per_minute) - len(self.left_at)
        if free <= sum(one < place for one in self.waiting):
            self.waiting[place] = now
            return False
        self.left_at.append(now)
        return True
