"""What can be killed: a loop that dies between two steps, and a ledger that can be cut off."""

# ruff: noqa: SLF001 - asyncio has only private names for its ready queue and timers

import asyncio
import contextlib
import heapq
import inspect
import types
import warnings
from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from typing import Any, TypeVar

from botd.clock import VirtualTimeLoop
from botd.errors import LedgerError
from botd.ledger import Ledger, Tx
from botd.ledger.opening import make_memory

_Result = TypeVar("_Result")


class Killed(Exception):  # noqa: N818 - what befalls a process, not a fault of it
    """The process is gone: whatever it was about to do does not happen."""


class MortalLoop(VirtualTimeLoop):
    """
    A loop of virtual time that takes one step at a time, and may die before any of them.

    Its tasks are neither cancelled nor told: they are left where they stand.
    """

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self.steps = 0
        self._dies_at: float | None = None
        self._steps_left = 0

    def arm(self, at: datetime, steps: int) -> None:
        """Die *steps* steps after *at*."""
        self._dies_at = (at - self.start).total_seconds()
        self._steps_left = steps

    def _run_once(self) -> None:
        inner: Any = self
        self._drop_cancelled(inner)
        if not inner._ready:
            if inner._stopping:
                return
            if not inner._scheduled:
                raise RuntimeError("every task waits, and no timer is set: time stands still")
            self._jump(max(self.time(), inner._scheduled[0]._when))
        while inner._scheduled and inner._scheduled[0]._when <= self.time():
            handle = heapq.heappop(inner._scheduled)
            handle._scheduled = False
            inner._ready.append(handle)
        self._step(inner._ready.popleft())

    def _drop_cancelled(self, inner: Any) -> None:  # noqa: ANN401 - the loop's own insides
        while inner._scheduled and inner._scheduled[0]._cancelled:
            handle = heapq.heappop(inner._scheduled)
            handle._scheduled = False
            inner._timer_cancelled_count -= 1

    def _step(self, handle: Any) -> None:  # noqa: ANN401 - an asyncio handle
        if handle._cancelled:
            return
        self.steps += 1
        if self._dies_at is not None and self.time() >= self._dies_at:
            self._steps_left -= 1
            if self._steps_left < 0:
                raise Killed
        handle._run()


def _ignore(_loop: asyncio.AbstractEventLoop, _context: dict[str, Any]) -> None:
    """Nobody asks a dead process how its work ended."""


def bury(loop: asyncio.AbstractEventLoop) -> None:
    """Throw away what stood in a dead loop; no step of it is taken any more."""
    loop.set_exception_handler(_ignore)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of work that had not begun
        for task in asyncio.all_tasks(loop):
            dead: Any = task
            dead._log_destroy_pending = False
            _close(dead.get_coro())
            dead.cancel()  # breaks the ring in which task and frame hold each other


def _close(work: Any) -> None:  # noqa: ANN401 - a coroutine, of whatever kind
    """Close work; where it had not begun also what it was to await, which would outlive it."""
    if inspect.getcoroutinestate(work) == inspect.CORO_CREATED:
        for held in inspect.getcoroutinelocals(work).values():
            if inspect.iscoroutine(held):
                _close(held)
    with contextlib.suppress(RuntimeError):  # it wanted to await something: too late
        work.close()


@types.coroutine
def breathe() -> Generator[None, None, None]:
    """Let the loop take other steps first."""
    yield


class MortalLedger(Ledger):
    """
    A real ledger in memory, which lets the loop run before and after each work.

    So does one with a thread. It cannot be written while *is_full* says so.
    """

    def __init__(self, is_full: Callable[[], bool]) -> None:
        super().__init__(None, make_memory(), threaded=False, patience=timedelta(seconds=1))
        self._is_full = is_full
        self.commits = 0

    async def write(self, work: Callable[[Tx], _Result]) -> _Result:
        await breathe()
        if self._is_full():
            raise LedgerError("ledger: the disk is full")
        result = self.write_now(work)
        self.commits += 1
        await breathe()
        return result

    async def read(self, work: Callable[[Tx], _Result]) -> _Result:
        await breathe()
        result = self.read_now(work)
        await breathe()
        return result
