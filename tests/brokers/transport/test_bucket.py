"""Turns of a broker that counts by a bucket of tokens: never more than it holds."""

import asyncio
import random
from datetime import datetime, timedelta

import pytest

from botd.brokers.transport.answer import Lane
from botd.brokers.transport.bucket import Bucket, Burst
from botd.brokers.transport.budget import RequestBudget
from botd.clock import VirtualClock
from tests.brokers.transport.virtual import START, at, pause, play, settle

BURST = Burst(size=20, per_second=3)
THIRD = timedelta(seconds=1) / 3


async def spend(budget: RequestBudget, lane: Lane, times: int) -> None:
    for _ in range(times):
        budget.end(await budget.take(lane))


@pytest.mark.parametrize(
    ("expected", "lane", "spent"),
    [
        pytest.param(START, Lane.READ, 17, id="the last that is not spared"),
        pytest.param(START + THIRD, Lane.READ, 18, id="two are spared"),
        pytest.param(START, Lane.CANCEL, 18, id="for cancels"),
        pytest.param(START, Lane.CANCEL, 19, id="which may use all"),
        pytest.param(START + THIRD, Lane.CANCEL, 20, id="but no more than all"),
        pytest.param(START + 3 * THIRD, Lane.ORDER, 20, id="orders wait for what is spared, too"),
    ],
)
def test_twenty_at_once(expected: datetime, lane: Lane, spent: int) -> None:
    """Each row is one bound of an idle bucket, on its edge: when the next request goes."""

    async def main(clock: VirtualClock) -> datetime:
        budget = RequestBudget(clock, per_minute=None, burst=BURST)
        await spend(budget, Lane.CANCEL, spent)
        await budget.take(lane)
        return clock.now()

    assert abs(expected - play(main)) <= timedelta(microseconds=1)


def test_bucket_is_full_again_after_seven_seconds() -> None:
    """What was spent comes back at three a second, and no more than it holds."""

    async def main(clock: VirtualClock) -> tuple[datetime, datetime]:
        budget = RequestBudget(clock, per_minute=None, burst=BURST)
        await spend(budget, Lane.CANCEL, 20)
        await pause(clock, 60)
        await spend(budget, Lane.CANCEL, 20)
        together = clock.now()
        await spend(budget, Lane.CANCEL, 1)
        return together, clock.now()

    together, after = play(main)

    assert at(60) == together
    assert abs(at(60) + THIRD - after) <= timedelta(microseconds=1)


def test_cancelled_turn_gives_its_token_back() -> None:
    """Who is cancelled right after the turn was given has spent nothing."""

    async def main(clock: VirtualClock) -> datetime:
        budget = RequestBudget(clock, per_minute=None, burst=BURST)
        await spend(budget, Lane.CANCEL, 20)
        waiting = [asyncio.create_task(budget.take(Lane.CANCEL)) for _ in range(5)]
        await pause(clock, 0.1)
        for each in waiting:
            each.cancel()
        await settle(waiting)
        await budget.take(Lane.CANCEL)
        return clock.now()

    assert abs(START + THIRD - play(main)) <= timedelta(microseconds=1)


@pytest.mark.parametrize("seed", range(40))
def test_no_bucket_of_a_broker_runs_dry(seed: int) -> None:
    """Whenever requests arrive on their way, the broker's own bucket holds a token for each."""
    chance = random.Random(seed)  # noqa: S311 - for a test's order of events
    arrivals: list[datetime] = []

    async def ask(clock: VirtualClock, budget: RequestBudget) -> None:
        turn = await budget.take(chance.choice(list(Lane)))
        way = chance.uniform(0, 4)
        arrives = chance.uniform(0, way)
        await pause(clock, arrives)
        arrivals.append(clock.now())
        await pause(clock, way - arrives)
        budget.end(turn)

    async def main(clock: VirtualClock) -> None:
        budget = RequestBudget(clock, per_minute=180, burst=BURST)
        tasks = []
        for _ in range(150):
            tasks.append(asyncio.create_task(ask(clock, budget)))
            await pause(clock, chance.choice((0, 0, 0, 0.2, 3)))
        await settle(tasks)

    play(main)
    theirs = Bucket(BURST, START)

    assert 150 == len(arrivals)
    for arrived_at in arrivals:
        # A request less than a microsecond early is one of rounding.
        assert theirs.holds(1, 0, arrived_at + timedelta(microseconds=3))
        theirs.take()
