import asyncio
from datetime import UTC, datetime, timedelta

from botd.clock import SystemClock
from botd.service.scheduler import WakeScheduler

CLOCK = SystemClock()
SOON = timedelta(milliseconds=30)
LONG = timedelta(seconds=5)


async def wait_for(event: asyncio.Event) -> bool:
    return await CLOCK.wait(event, CLOCK.now() + timedelta(seconds=2))


async def test_it_wakes_at_a_planned_instant() -> None:
    """Not before it, and without anybody looking at a clock."""
    woken = asyncio.Event()
    scheduler = WakeScheduler(woken.set)
    scheduler.start()
    at = CLOCK.now() + SOON
    scheduler.plan([at, at + LONG])

    assert await wait_for(woken)
    assert at <= CLOCK.now()
    scheduler.stop()


async def test_an_instant_that_has_passed_wakes_at_once() -> None:
    """However late it is: nothing that was due is dropped."""
    woken = asyncio.Event()
    scheduler = WakeScheduler(woken.set)
    scheduler.start()
    scheduler.plan([datetime(2015, 12, 24, 17, 50, tzinfo=UTC)])

    assert await wait_for(woken)
    scheduler.stop()


async def test_what_is_not_planned_any_more_wakes_nobody() -> None:
    """A plan replaces the one before; what stays in it is not planned a second time."""
    count = list[datetime]()
    woken = asyncio.Event()

    def wake() -> None:
        count.append(CLOCK.now())
        if len(count) == 1:
            woken.set()

    scheduler = WakeScheduler(wake)
    scheduler.start()
    dropped, kept = CLOCK.now() + SOON, CLOCK.now() + 2 * SOON
    scheduler.plan([dropped, kept])
    scheduler.plan([kept])
    scheduler.plan([kept])

    assert await wait_for(woken)
    assert kept <= count[0]
    scheduler.plan([])  # what has been is gone by itself
    scheduler.tick()
    await CLOCK.sleep_until(CLOCK.now() + SOON)

    assert 1 == len(count)
    scheduler.stop()
