"""How many orders of an account may leave in a minute, so that the broker's limit holds."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

READS_PER_MINUTE = 70  # one order poll a second, and batched quotes
_PERCENT_FOR_ORDERS = 70  # the rest stays for cancels of last resort and look-ups
_REQUESTS_PER_ORDER = 2  # itself, and the cancel of the one before
_TENTH = 10  # a broker too slow for all that still gets orders: one request in ten
_MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Pace:
    """Counts the orders of the last minute."""

    left_at: deque[datetime] = field(default_factory=deque)

    def take(self, rate_per_minute: int | None, now: datetime) -> bool:
        """Take a place for one order; False: none is free yet."""
        if rate_per_minute is None:
            return True
        while self.left_at and now - self.left_at[0] >= _MINUTE:
            self.left_at.popleft()
        if len(self.left_at) >= orders_per_minute(rate_per_minute):
            return False
        self.left_at.append(now)
        return True


def orders_per_minute(rate_per_minute: int) -> int:
    """Tell how many orders a minute leave room for polls, quotes and cancels; at least one."""
    spare = rate_per_minute * _PERCENT_FOR_ORDERS // 100 - READS_PER_MINUTE
    return max(spare // _REQUESTS_PER_ORDER, rate_per_minute // _TENTH, 1)
