"""Both clocks: telling the time, sleeping, waiting for events, bounded awaiting."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from freezegun import freeze_time

from botd.clock import Clock, SystemClock, VirtualClock, VirtualTimeLoop

START = datetime(2015, 12, 24, 17, 50, tzinfo=UTC)
SECOND = timedelta(seconds=1)
_Result = TypeVar("_Result")


def play(main: Coroutine[Any, Any, _Result], start: datetime = START) -> _Result:
    """Run *main* to its end in a loop of virtual time."""
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(start)) as runner:
        return runner.run(main)


def virtual() -> VirtualClock:
    """Make the clock of the running virtual loop."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    return VirtualClock(loop)


@freeze_time("2026-11-27 17:50:00")
def test_system_clock_tells_aware_utc() -> None:
    """The host's instant comes with its zone, so that it can't be taken for a local time."""
    assert datetime(2026, 11, 27, 17, 50, tzinfo=UTC) == SystemClock().now()


async def test_system_clock_returns_at_once_when_the_instant_has_passed() -> None:
    """Sleeping until the past doesn't sleep."""
    clock = SystemClock()

    await asyncio.wait_for(clock.sleep_until(clock.now() - SECOND), 5)


async def test_system_clock_has_reached_the_instant_it_slept_for() -> None:
    """However short the wait, the instant has come when the sleeper wakes."""
    clock = SystemClock()
    at = clock.now() + timedelta(milliseconds=5)

    await clock.sleep_until(at)

    assert at <= clock.now()


async def test_system_clock_waits_for_an_event() -> None:
    """An event set in time ends the wait before its bound."""
    clock = SystemClock()
    event = asyncio.Event()
    asyncio.get_running_loop().call_soon(event.set)

    assert await clock.wait(event, clock.now() + timedelta(hours=1))


class SteppedClock(SystemClock):
    """A host clock that somebody sets while others sleep."""

    def __init__(self) -> None:
        self.offset = timedelta(0)

    def now(self) -> datetime:
        """Tell the host's instant, moved by *offset*."""
        return START + self.offset

    def _slice(self, seconds: float) -> float:
        self.offset += timedelta(hours=1)
        return super()._slice(seconds) / 1000


async def test_a_step_of_the_host_clock_is_noticed_within_a_slice() -> None:
    """A sleeper looks at the clock again and again instead of trusting one long timer."""
    clock = SteppedClock()

    await asyncio.wait_for(clock.sleep_until(START + timedelta(hours=3)), 5)

    assert timedelta(hours=3) == clock.offset


def test_virtual_time_jumps_to_the_instant_exactly() -> None:
    """Hours of waiting take no time, and the clock then shows the very instant."""

    async def main() -> datetime:
        clock = virtual()
        await clock.sleep_until(START + timedelta(hours=7, microseconds=1))
        return clock.now()

    assert START + timedelta(hours=7, microseconds=1) == play(main())


def test_virtual_time_still_moves_after_a_year() -> None:
    """The last digits of a large float don't stop the loop from reaching a timer."""

    async def main() -> datetime:
        clock = virtual()
        at = START + timedelta(days=400)
        for step in (timedelta(0), timedelta(microseconds=1), timedelta(microseconds=2)):
            await clock.sleep_until(at + step)
        return clock.now()

    assert START + timedelta(days=400, microseconds=2) == play(main())


def test_virtual_sleepers_wake_in_the_order_of_their_instants() -> None:
    """The order is that of the instants, not of the calls, and the same on every run."""

    async def main() -> list[int]:
        clock = virtual()
        woken: list[int] = []

        async def sleeper(minutes: int) -> None:
            await clock.sleep_until(START + timedelta(minutes=minutes))
            woken.append(minutes)

        await asyncio.gather(*(sleeper(minutes) for minutes in (9, 5, 0, 10)))
        return woken

    assert [0, 5, 9, 10] == play(main())


def test_a_cancelled_timer_does_not_move_virtual_time() -> None:
    """Only timers that still count are jumped to."""

    async def main() -> datetime:
        clock = virtual()
        loop = asyncio.get_running_loop()
        loop.call_later(1, lambda: None).cancel()
        await clock.sleep_until(START + 2 * SECOND)
        return clock.now()

    assert START + 2 * SECOND == play(main())


def test_a_virtual_loop_whose_time_stands_still_says_so() -> None:
    """A simulation in which everybody waits for everybody fails instead of hanging."""

    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="time stands still"):
        play(main())


@pytest.mark.parametrize(
    ("set_after", "until", "expected"),
    [
        pytest.param(4, 5, (True, 4), id="set before the bound"),
        pytest.param(6, 5, (False, 5), id="set after the bound"),
        pytest.param(0, -1, (True, 0), id="already set, bound in the past"),
        pytest.param(9, -1, (False, 0), id="not set, bound in the past"),
    ],
)
def test_waiting_for_an_event(set_after: int, until: int, expected: tuple[bool, int]) -> None:
    """The answer is whether it is set, as soon as that is known."""

    async def main() -> tuple[bool, int]:
        clock: Clock = virtual()
        event = asyncio.Event()
        if set_after:
            asyncio.get_running_loop().call_later(set_after, event.set)
        else:
            event.set()
        is_set = await clock.wait(event, START + until * SECOND)
        return (is_set, (clock.now() - START) // SECOND)

    assert expected == play(main())


def test_within_gives_the_result_that_came_in_time() -> None:
    """What ends before the bound is handed on, at its own time."""

    async def main() -> tuple[str, datetime]:
        clock = virtual()

        async def answer() -> str:
            await clock.sleep_until(START + SECOND)
            return "filled"

        return (await clock.within(answer(), START + 5 * SECOND), clock.now())

    assert ("filled", START + SECOND) == play(main())


def test_within_hands_on_the_error_that_came_in_time() -> None:
    """An error is an answer, too."""

    async def main() -> None:
        clock = virtual()

        async def refuse() -> None:
            raise ValueError("refused")

        await clock.within(refuse(), START + SECOND)

    with pytest.raises(ValueError, match="refused"):
        play(main())


def test_within_has_ended_what_it_cancelled_before_it_raises() -> None:
    """When time is up nothing goes on in the background."""

    async def main() -> tuple[list[str], datetime]:
        clock = virtual()
        told: list[str] = []

        async def slow() -> None:
            try:
                await clock.sleep_until(START + timedelta(hours=1))
            finally:
                told.append("cleaned up")

        with pytest.raises(TimeoutError):
            await clock.within(slow(), START + 5 * SECOND)
        return (told, clock.now())

    assert (["cleaned up"], START + 5 * SECOND) == play(main())


def test_within_keeps_an_answer_that_came_with_the_bell() -> None:
    """An answer reached while being cancelled isn't thrown away: the order may have filled."""

    async def main() -> str:
        clock = virtual()

        async def stubborn() -> str:
            try:
                await clock.sleep_until(START + timedelta(hours=1))
            except asyncio.CancelledError:
                return "filled"
            return "late"

        return await clock.within(stubborn(), START + SECOND)

    assert "filled" == play(main())


def test_within_hands_on_the_error_that_came_with_the_bell() -> None:
    """An error raised while being cancelled is what the caller hears of, not the time-out."""

    async def main() -> None:
        clock = virtual()

        async def breaks() -> None:
            try:
                await clock.sleep_until(START + timedelta(hours=1))
            finally:
                raise ConnectionResetError

        await clock.within(breaks(), START + SECOND)

    with pytest.raises(ConnectionResetError):
        play(main())


@pytest.mark.parametrize("is_loud", [False, True], ids=["ends quietly", "ends with an error"])
def test_a_cancelled_caller_leaves_nothing_running(is_loud: bool) -> None:  # noqa: FBT001 - a row
    """Who is cancelled while waiting has ended what it waited for first."""

    async def main() -> list[str]:
        clock = virtual()
        told: list[str] = []

        async def inner() -> None:
            try:
                await clock.sleep_until(START + timedelta(hours=1))
            finally:
                told.append("inner ended")
                if is_loud:
                    raise ConnectionResetError

        outer = asyncio.ensure_future(clock.within(inner(), START + timedelta(hours=2)))
        await clock.sleep_until(START + SECOND)
        outer.cancel()
        with pytest.raises(asyncio.CancelledError):
            await outer
        told.append("outer ended")
        return told

    assert ["inner ended", "outer ended"] == play(main())
