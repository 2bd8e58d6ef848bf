"""
How often a broker may be asked, and who is next.

    all together          never more than the card's rate in any 60 s window
    ORDER, POLL, READ     together at most 70 % of it; CANCEL may use all (DESIGN 2)
    who is next           CANCEL, ORDER, POLL, READ; within a lane who came first;
                          every tenth turn is whoever's waits longest, so that nobody starves
    the broker's count    what it tells of its own quota counts too, until its reset: others
                          may use the same account; a tenth of it is left to CANCEL
    a burst               of a broker that counts by a bucket of tokens: no more at once than
                          it holds; a tenth of it is left to CANCEL
    429                   nobody goes before the broker's instant, or a growing pause

A request occupies its place from the turn that it got until 60 s after its end: whenever
it arrives in between, the broker's count of any 60 s stays within the rate.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from botd.brokers.transport.answer import Lane
from botd.brokers.transport.bucket import Bucket, Burst
from botd.clock import Clock

WINDOW = timedelta(seconds=60)
_FIRST_PAUSE = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(seconds=30)
_LONGEST_HOLD = timedelta(minutes=15)  # whatever a Retry-After says
_FAIR = 10  # each such turn goes to the longest wait
_ORDER = (Lane.CANCEL, Lane.ORDER, Lane.POLL, Lane.READ)


@dataclass(frozen=True, slots=True)
class Quota:
    """A broker's own count of our requests, as an answer's headers tell it; None: untold."""

    limit: int | None = None  # requests per window
    remaining: int | None = None
    resets_at: datetime | None = None


@dataclass(slots=True, eq=False)
class Turn:
    """Leave to send one request."""

    lane: Lane
    ended_at: datetime | None = None  # None: on its way


@dataclass(slots=True, eq=False)
class _Waiter:
    lane: Lane
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    turn: Turn | None = None


class RequestBudget:
    """The turns of one broker's counter. For one event loop."""

    def __init__(self, clock: Clock, *, per_minute: int | None, burst: Burst | None = None) -> None:
        """
        Begin with nothing spent.

        Args:
            clock: the time.
            per_minute: requests in any 60 s; None: as many as the broker's headers allow.
            burst: the broker's bucket beside it; None: it has none.
        """
        if per_minute is not None and per_minute < 1:
            raise ValueError(f"{per_minute!r} requests per minute are none")
        self._clock = clock
        self._limit = per_minute
        self._bucket = None if burst is None else Bucket(burst, clock.now())
        self._spared = 0 if burst is None else burst.size // 10  # of the bucket, for CANCEL
        self._turns: list[Turn] = []  # that occupy a place
        self._queue: list[_Waiter] = []  # in order of arrival
        self._given = 0
        self._held_until: datetime | None = None
        self._pause = _FIRST_PAUSE
        self._left: int | None = None  # of the broker's own count, until _told_until
        self._kept = 0  # of it for CANCEL alone
        self._told_until: datetime | None = None

    @property
    def waiting(self) -> int:
        """How many wait for a turn."""
        return len(self._queue)

    async def take(self, lane: Lane, until: datetime | None = None) -> Turn:
        """
        Wait for a turn; whoever gets one must `end` it.

        Cancelled, it is as if never asked.

        Raises:
            TimeoutError: none until *until* (None: however long it takes).
        """
        if not self._queue and self._may_go(lane):
            return self._spend(lane)
        waiter = _Waiter(lane)
        self._queue.append(waiter)
        try:
            return await self._wait(waiter, until)
        except asyncio.CancelledError:
            if waiter.turn is not None:
                self._give_back(waiter.turn)
            raise
        finally:
            if waiter.turn is None:
                self._queue.remove(waiter)
            self._wake()

    def end(self, turn: Turn) -> None:
        """Tell that the request of *turn* has ended, in whatever way."""
        turn.ended_at = self._clock.now()
        self._wake()

    def observe(self, quota: Quota) -> None:
        """Take what the broker tells of its own count; older and looser words are ignored."""
        if quota.remaining is None:
            return
        now = self._clock.now()
        until = self._bounded(quota.resets_at or now + WINDOW, now, WINDOW)
        on_their_way = sum(1 for turn in self._turns if turn.ended_at is None)
        left = max(0, quota.remaining - on_their_way)
        if self._left is not None and self._told_until is not None and until <= self._told_until:
            left = min(left, self._left)
        self._left, self._told_until = left, until
        self._kept = (quota.limit or 0) // 10
        self._wake()

    def hold(self, until: datetime | None) -> datetime:
        """
        Let nobody go for a while, because the broker answered 429.

        Args:
            until: the broker's own word; None: a pause that doubles until `resume`.

        Returns:
            the instant from which on requests go again.
        """
        now = self._clock.now()
        if until is None:
            until = now + self._pause
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        else:
            until = self._bounded(until, now, _LONGEST_HOLD)
        self._held_until = max(until, self._held_until or until)
        self._wake()
        return self._held_until

    def resume(self) -> None:
        """Tell that the broker answers again: the next pause begins small."""
        self._pause = _FIRST_PAUSE

    async def _wait(self, waiter: _Waiter, until: datetime | None) -> Turn:
        while True:
            self._grant()
            if waiter.turn is not None:
                return waiter.turn
            if until is not None and self._clock.now() >= until:
                raise TimeoutError
            ends = [until] if until is not None else []
            if self._queue[0] is waiter:  # it keeps the time for all
                ends.append(self._next_change())
            if ends:
                await self._clock.wait(waiter.woken, min(ends))
            else:
                await waiter.woken.wait()
            waiter.woken.clear()

    def _grant(self) -> None:
        """Give turns to all who may go now."""
        while (waiter := self._next()) is not None:
            self._queue.remove(waiter)
            waiter.turn = self._spend(waiter.lane)
            waiter.woken.set()

    def _next(self) -> _Waiter | None:
        may_go = {lane for lane in Lane if self._may_go(lane)}
        waiters = [each for each in self._queue if each.lane in may_go]
        if not waiters or self._given % _FAIR == _FAIR - 1:
            return waiters[0] if waiters else None
        return min(waiters, key=lambda each: _ORDER.index(each.lane))

    def _may_go(self, lane: Lane) -> bool:
        now = self._clock.now()
        if self._held_until is not None and now < self._held_until:
            return False
        if not self._has_token(self._tokens(lane), now):
            return False
        return self._has_place(lane, now) and self._has_quota(lane, now)

    def _tokens(self, lane: Lane) -> int:
        """Tell how many tokens have to be there for one to be taken."""
        return 1 if lane is Lane.CANCEL else 1 + self._spared

    def _has_token(self, tokens: int, now: datetime) -> bool:
        on_their_way = sum(1 for turn in self._turns if turn.ended_at is None)
        return self._bucket is None or self._bucket.holds(tokens, on_their_way, now)

    def _has_place(self, lane: Lane, now: datetime) -> bool:
        if self._limit is None:
            self._turns = [each for each in self._turns if each.ended_at is None]
            return True
        self._turns = [each for each in self._turns if _occupies(each, now)]
        if len(self._turns) >= self._limit:
            return False
        shared = sum(1 for each in self._turns if each.lane is not Lane.CANCEL)
        return lane is Lane.CANCEL or shared < max(1, self._limit * 7 // 10)

    def _has_quota(self, lane: Lane, now: datetime) -> bool:
        if self._left is None or self._told_until is None or now >= self._told_until:
            self._left = self._told_until = None
            return True
        return self._left > (0 if lane is Lane.CANCEL else self._kept)

    def _spend(self, lane: Lane) -> Turn:
        turn = Turn(lane)
        self._turns.append(turn)
        self._given += 1
        if self._bucket is not None:
            self._bucket.take()
        if self._left is not None:
            self._left -= 1
        return turn

    def _give_back(self, turn: Turn) -> None:
        """Take back a turn with which nothing was sent."""
        self._turns.remove(turn)
        if self._bucket is not None:
            self._bucket.give_back()
        if self._left is not None:
            self._left += 1

    def _wake(self) -> None:
        """Let the first in the queue look again, who grants for all."""
        if self._queue:
            self._queue[0].woken.set()

    def _next_change(self) -> datetime:
        now = self._clock.now()
        ends = [each.ended_at + WINDOW for each in self._turns if each.ended_at is not None]
        ends += [each for each in (self._held_until, self._told_until) if each is not None]
        if self._bucket is not None:
            needed = {self._tokens(lane) for lane in Lane}
            missing = (each for each in needed if not self._has_token(each, now))
            ends += [self._bucket.full_at(each, now) for each in missing]
        return min((each for each in ends if each > now), default=now + WINDOW)

    @staticmethod
    def _bounded(until: datetime, now: datetime, longest: timedelta) -> datetime:
        return min(max(until, now), now + longest)


def _occupies(turn: Turn, now: datetime) -> bool:
    return turn.ended_at is None or now < turn.ended_at + WINDOW
