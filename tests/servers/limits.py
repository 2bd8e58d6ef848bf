"""How many requests a server takes: so many in any sixty seconds, exactly."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

_WINDOW = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a bucket, as a dialect's headers tell it."""

    bucket: str
    limit: int  # requests in any 60 seconds
    used: int
    resets_at: datetime  # when the oldest request that counts stops counting

    @property
    def remaining(self) -> int:
        """How many more would be taken now."""
        return self.limit - self.used


class RateLimits:
    """The buckets of one server. A request that is refused does not count."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._taken: dict[str, deque[datetime]] = {}

    def take(self, bucket: str, limit: int) -> tuple[bool, Standing]:
        """Count a request, if the bucket takes it; tell whether it does, and what is left."""
        now = self._now()
        taken = self._taken.setdefault(bucket, deque())
        while taken and now - taken[0] >= _WINDOW:
            taken.popleft()
        is_taken = len(taken) < limit
        if is_taken:
            taken.append(now)
        oldest = taken[0] if taken else now
        return is_taken, Standing(bucket, limit, len(taken), oldest + _WINDOW)
