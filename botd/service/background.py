"""Work whose end nobody waits for; what fails in it is raised where somebody looks."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

Work = Callable[[], Coroutine[Any, Any, Any]]


class Background:
    """
    Named works beside the main loop, at most one of each name at a time.

    A work that waits for a broker thus delays nobody, and one that hangs is not begun
    a second time.
    """

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[Any]] = {}
        self._failure: BaseException | None = None

    def begin(self, name: str, work: Work) -> bool:
        """Begin *work*, unless one of the same name still runs; tell whether it was begun."""
        if name in self._tasks:
            return False
        task = asyncio.ensure_future(work())
        self._tasks[name] = task
        task.add_done_callback(partial(self._end, name))
        return True

    def raise_failure(self) -> None:
        """Raise the first error in which a work ended; none: nothing happens."""
        if self._failure is not None:
            raise self._failure

    async def end(self) -> None:
        """Cancel everything, and wait until it has ended."""
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _end(self, name: str, task: asyncio.Task[Any]) -> None:
        del self._tasks[name]
        if not task.cancelled():
            self._failure = self._failure or task.exception()
