"""Virtual time for what waits."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from botd.clock import VirtualClock, VirtualTimeLoop

START = datetime(2026, 11, 20, 20, 30, tzinfo=UTC)
_Result = TypeVar("_Result")


def play(main: Callable[[VirtualClock], Awaitable[_Result]]) -> _Result:
    """Run *main* to its end in a loop of virtual time that begins at `START`."""

    async def whole() -> _Result:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        return await main(VirtualClock(loop))

    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(START)) as runner:
        return runner.run(whole())


def at(seconds: float) -> datetime:
    """Tell the instant that many seconds after `START`."""
    return START + timedelta(seconds=seconds)


async def pause(clock: VirtualClock, seconds: float) -> None:
    """Let virtual time pass."""
    await clock.sleep_until(clock.now() + timedelta(seconds=seconds))


async def settle(tasks: list[asyncio.Task[Any]]) -> None:
    """Wait until all have ended, in whatever way."""
    await asyncio.gather(*tasks, return_exceptions=True)
