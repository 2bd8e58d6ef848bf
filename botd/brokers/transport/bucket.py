"""
A bucket of tokens, as some brokers count: so many at once, and then so many a second.

A request takes its token here when it gets its turn, and at the broker when it arrives,
which is later and not known. So while requests are on their way the bucket is taken for
smaller by as many: then it never holds more than the broker's own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Burst:
    """How a broker's bucket is made."""

    size: int  # requests at once
    per_second: int  # that it is refilled by


class Bucket:
    """One broker's bucket, as far as we can know it."""

    def __init__(self, burst: Burst, now: datetime) -> None:
        """Begin with a full one."""
        self._burst = burst
        self._level = timedelta(seconds=burst.size)  # in seconds of one token each, exactly
        self._at = now

    def holds(self, tokens: int, on_their_way: int, now: datetime) -> bool:
        """Whether as many tokens are left; *on_their_way* requests may not have arrived yet."""
        self._refill(on_their_way, now)
        return self._level >= timedelta(seconds=tokens)

    def take(self) -> None:
        """Take one token; it is there."""
        self._level -= timedelta(seconds=1)

    def give_back(self) -> None:
        """Put back the token of a request that was not sent."""
        self._level += timedelta(seconds=1)

    def full_at(self, tokens: int, now: datetime) -> datetime:
        """Tell when as many tokens will be left, if nobody takes any."""
        missing = timedelta(seconds=tokens) - self._level
        return now + max(missing / self._burst.per_second, timedelta(microseconds=1))

    def _refill(self, on_their_way: int, now: datetime) -> None:
        most = timedelta(seconds=max(self._burst.size - on_their_way, 0))
        passed = max(now - self._at, timedelta(0))
        if self._level < most:
            self._level = min(self._level + passed * self._burst.per_second, most)
        self._at = now
