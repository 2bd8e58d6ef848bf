"""The only place that reads the wall clock, and the only way to wait for it."""

# ruff: noqa: SLF001 - asyncio has only private names for its ready queue and timers

import asyncio
import heapq
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

_Result = TypeVar("_Result")
_SLICE = 1.0  # seconds: a step of the clock or a suspend delays a waiter by no more


class Clock(Protocol):
    """The time, and waiting for it. All instants are aware UTC."""

    def now(self) -> datetime:
        """Tell the present instant, aware UTC."""
        ...

    async def sleep_until(self, at: datetime) -> None:
        """Return once *at* has come; at once if it has passed."""
        ...

    async def wait(self, event: asyncio.Event, until: datetime) -> bool:
        """Wait for *event*, at most until *until*; tell whether it is set."""
        ...

    async def within(self, awaitable: Awaitable[_Result], until: datetime) -> _Result:
        """
        Await *awaitable*, at most until *until*.

        If time runs out, or the caller is cancelled, the awaitable is cancelled and has
        ended when this returns. A result that it had reached by then is not lost.

        Raises:
            TimeoutError: *until* came first.
        """
        ...


class _LoopClock(ABC):
    """Waiting as both clocks do it: through the running loop, in slices."""

    @abstractmethod
    def now(self) -> datetime: ...

    async def sleep_until(self, at: datetime) -> None:
        # In slices, because the loop's time and the wall clock may drift apart meanwhile.
        while (left := (at - self.now()).total_seconds()) > 0:  # noqa: ASYNC110 - time is no event
            await asyncio.sleep(self._slice(left))

    async def wait(self, event: asyncio.Event, until: datetime) -> bool:
        try:
            await self.within(event.wait(), until)
        except TimeoutError:
            return event.is_set()
        return True

    async def within(self, awaitable: Awaitable[_Result], until: datetime) -> _Result:
        task = asyncio.ensure_future(awaitable)
        try:
            while not task.done() and (left := (until - self.now()).total_seconds()) > 0:
                await asyncio.wait((task,), timeout=self._slice(left))
        except asyncio.CancelledError:
            await _end(task)
            raise
        if not task.done():
            await _end(task)
            if task.cancelled():
                raise TimeoutError
        return task.result()

    def _slice(self, seconds: float) -> float:
        return min(seconds, _SLICE)


async def _end(task: asyncio.Future[Any]) -> None:
    """Cancel *task*, wait until it has ended, and look at its result."""
    task.cancel()
    await asyncio.wait((task,))
    if not task.cancelled():
        task.exception()  # seen, so that nothing is said about it later


class SystemClock(_LoopClock):
    """The host's clock. Steps and suspend are noticed within a second."""

    def now(self) -> datetime:
        """Tell the present instant, aware UTC."""
        return datetime.now(UTC)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """
    An event loop whose time jumps to the next timer instead of passing.

    For replays, simulations and tests: no real waiting, same order of events on
    every run. Nothing in it may wait for a socket or a thread; when every task waits
    and no timer is set, time stands still, and the loop raises `RuntimeError`.
    """

    def __init__(self, start: datetime, *, speed: float | None = None) -> None:
        """
        Begin at *start*.

        Args:
            start: the loop's instant 0.
            speed: times real time, for somebody who watches; None: without waiting.
        """
        self._elapsed = 0.0
        super().__init__()
        self.start = start
        self._speed = speed
        # Below asyncio's own nanosecond a float of months no longer tells two timers apart.
        inner: Any = self
        inner._clock_resolution = 1e-7

    def time(self) -> float:
        """Tell the seconds since the loop's start, in its own time."""
        return self._elapsed

    def _run_once(self) -> None:
        inner: Any = self
        if not inner._ready and not inner._stopping:
            while inner._scheduled and inner._scheduled[0]._cancelled:
                handle = heapq.heappop(inner._scheduled)
                handle._scheduled = False
                inner._timer_cancelled_count -= 1
            if not inner._scheduled:
                raise RuntimeError("every task waits, and no timer is set: time stands still")
            self._jump(max(self._elapsed, inner._scheduled[0]._when))
        super()._run_once()  # type: ignore[misc]  # not in the type stubs

    def _jump(self, elapsed: float) -> None:
        if self._speed is not None:
            time.sleep((elapsed - self._elapsed) / self._speed)
        self._elapsed = elapsed


class VirtualClock(_LoopClock):
    """The time of a `VirtualTimeLoop`, counted from its *start*."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        self._loop = loop

    @property
    def loop(self) -> VirtualTimeLoop:
        """The loop that makes this time; work that waits must run in it."""
        return self._loop

    def now(self) -> datetime:
        """Tell the loop's instant, aware UTC."""
        # Whole microseconds, so that an instant waited for is reached exactly.
        return self._loop.start + timedelta(microseconds=round(self._loop.time() * 1_000_000))

    def _slice(self, seconds: float) -> float:
        return seconds
