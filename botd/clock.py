"""The only place that reads the wall clock, and the only way to wait for it."""

import asyncio
import heapq
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

        Raises:
            TimeoutError: *until* came first; the awaitable is cancelled.
        """
        ...


class _LoopClock:
    """Waiting as both clocks do it: through the running loop, in slices."""

    def now(self) -> datetime:
        raise NotImplementedError

    async def sleep_until(self, at: datetime) -> None:
        while (left := (at - self.now()).total_seconds()) > 0:
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
            while not task.done():
                left = (until - self.now()).total_seconds()
                if left <= 0:
                    raise TimeoutError
                await asyncio.wait((task,), timeout=self._slice(left))
            return task.result()
        finally:
            if not task.done():
                task.cancel()

    def _slice(self, seconds: float) -> float:
        return min(seconds, _SLICE)


class SystemClock(_LoopClock):
    """The host's clock. Steps and suspend are noticed within a second."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """
    An event loop whose time jumps to the next timer instead of passing.

    For replays, simulations and tests: no real waiting, same order of events on
    every run. Nothing in it may wait for a socket or a thread.
    """

    def __init__(self, start: datetime) -> None:
        self._elapsed = 0.0
        super().__init__()
        self.start = start

    def time(self) -> float:
        """Tell the seconds since the loop's start, in its own time."""
        return self._elapsed

    def _run_once(self) -> None:
        inner: Any = self  # asyncio keeps its ready queue and timers as private names
        if not inner._ready and inner._scheduled:
            while inner._scheduled and inner._scheduled[0]._cancelled:
                handle = heapq.heappop(inner._scheduled)
                handle._scheduled = False
                inner._timer_cancelled_count -= 1
            if inner._scheduled:
                self._elapsed = max(self._elapsed, inner._scheduled[0]._when)
        super()._run_once()  # type: ignore[misc]  # not in the type stubs


class VirtualClock(_LoopClock):
    """The time of a `VirtualTimeLoop`, counted from its *start*."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        self._loop = loop

    def now(self) -> datetime:
        # Whole microseconds, so that an instant waited for is reached exactly.
        return self._loop.start + timedelta(microseconds=round(self._loop.time() * 1_000_000))

    def _slice(self, seconds: float) -> float:
        return seconds
