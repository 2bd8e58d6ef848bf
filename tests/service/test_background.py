import asyncio
from datetime import timedelta

import pytest

from botd.clock import SystemClock
from botd.service.background import Background


async def a_moment() -> None:
    clock = SystemClock()
    await clock.sleep_until(clock.now() + timedelta(milliseconds=5))


async def test_one_work_of_a_name_at_a_time() -> None:
    """What hangs is not begun again; another name is, and so is the same one after its end."""
    background, gate, done = Background(), asyncio.Event(), list[str]()

    async def work(name: str) -> None:
        await gate.wait()
        done.append(name)

    assert background.begin("mark/a", lambda: work("a"))
    assert not background.begin("mark/a", lambda: work("a again"))
    assert background.begin("mark/b", lambda: work("b"))

    gate.set()
    await a_moment()
    background.begin("mark/a", lambda: work("a at last"))
    await a_moment()

    assert ["a", "b", "a at last"] == done


async def test_a_failure_is_raised_where_somebody_looks() -> None:
    """The first error of any work stays until it is raised, and is raised again."""
    background = Background()

    async def fail(words: str) -> None:
        raise ValueError(words)

    background.raise_failure()
    background.begin("a", lambda: fail("the first"))
    background.begin("b", lambda: fail("the second"))
    await a_moment()

    for _ in range(2):
        with pytest.raises(ValueError, match="the first"):
            background.raise_failure()


async def test_the_end_cancels_everything() -> None:
    """Nothing is left running, and a cancelled work is no failure."""
    background, ended = Background(), list[str]()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cleaned up")

    background.begin("a", work)
    await a_moment()
    await background.end()

    background.raise_failure()
    assert ["cleaned up"] == ended
