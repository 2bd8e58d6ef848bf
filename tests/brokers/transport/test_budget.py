"""Turns of one broker's counter: rate, lanes, the broker's own count, and cancelled waiters."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botd.brokers.transport.answer import Lane
from botd.brokers.transport.budget import Quota, RequestBudget
from botd.clock import VirtualClock
from tests.brokers.transport.virtual import START, at, pause, play, settle

MINUTE = timedelta(seconds=60)


async def spend(budget: RequestBudget, lane: Lane, times: int = 1) -> None:
    for _ in range(times):
        budget.end(await budget.take(lane))


async def queued(
    clock: VirtualClock, budget: RequestBudget, lanes: Sequence[Lane]
) -> list[tuple[Lane, datetime]]:
    """Ask for a turn in each lane at once, and tell in which order and when they came."""
    got: list[tuple[Lane, datetime]] = []

    async def ask(lane: Lane) -> None:
        budget.end(await budget.take(lane))
        got.append((lane, clock.now()))

    await asyncio.gather(*(ask(lane) for lane in lanes))
    return got


@pytest.mark.parametrize(
    ("expected", "lane", "spent"),
    [
        pytest.param(START, Lane.READ, [Lane.READ] * 6, id="the last of the shared 70 %"),
        pytest.param(at(60), Lane.READ, [Lane.READ] * 7, id="one more than the shared 70 %"),
        pytest.param(at(60), Lane.ORDER, [Lane.POLL] * 7, id="orders share it"),
        pytest.param(START, Lane.CANCEL, [Lane.READ] * 7, id="cancels have the rest"),
        pytest.param(START, Lane.CANCEL, [Lane.CANCEL] * 9, id="cancels may use all"),
        pytest.param(at(60), Lane.CANCEL, [Lane.CANCEL] * 10, id="but no more than all"),
        pytest.param(at(60), Lane.READ, [Lane.CANCEL] * 10, id="all is all for others too"),
    ],
)
def test_ten_a_minute(expected: datetime, lane: Lane, spent: list[Lane]) -> None:
    """Each row is one bound, on its edge: when the next request goes."""

    async def main(clock: VirtualClock) -> datetime:
        budget = RequestBudget(clock, per_minute=10)
        for each in spent:
            await spend(budget, each)
        await budget.take(lane)
        return clock.now()

    assert expected == play(main)


@pytest.mark.parametrize(
    ("expected", "per_minute"),
    [pytest.param(at(60), 1, id="one a minute"), pytest.param(START, None, id="unbounded")],
)
def test_second_read(expected: datetime, per_minute: int | None) -> None:
    """The smallest rate still lets a read go, and no rate lets all go."""

    async def main(clock: VirtualClock) -> datetime:
        budget = RequestBudget(clock, per_minute=per_minute)
        await spend(budget, Lane.READ, 2)
        return clock.now()

    assert expected == play(main)


def test_no_rate_at_all_is_a_mistake() -> None:
    """A budget that lets nothing go would only wait."""

    async def main(clock: VirtualClock) -> None:
        with pytest.raises(ValueError, match="0 requests per minute are none"):
            RequestBudget(clock, per_minute=0)

    play(main)


def test_a_request_occupies_its_place_until_a_minute_after_its_end() -> None:
    """A slow request may arrive late, and counts with the broker from then on."""

    async def main(clock: VirtualClock) -> datetime:
        budget = RequestBudget(clock, per_minute=1)
        slow = await budget.take(Lane.CANCEL)
        waiting = asyncio.create_task(budget.take(Lane.CANCEL))
        await pause(clock, 5)
        budget.end(slow)
        await waiting
        return clock.now()

    assert at(65) == play(main)


def test_who_goes_first() -> None:
    """Cancels go before orders, orders before polls, polls before reads; else by arrival."""
    lanes = [Lane.READ, Lane.POLL, Lane.ORDER, Lane.CANCEL]

    async def main(clock: VirtualClock) -> list[Lane]:
        budget = RequestBudget(clock, per_minute=1)
        await spend(budget, Lane.CANCEL)
        return [lane for lane, _ in await queued(clock, budget, lanes)]

    assert lanes[::-1] == play(main)


def test_first_come_first_served_within_a_lane() -> None:
    """Nobody overtakes in its own lane."""

    async def main(clock: VirtualClock) -> list[int]:
        budget = RequestBudget(clock, per_minute=1)
        order: list[int] = []

        async def ask(number: int) -> None:
            await spend(budget, Lane.READ)
            order.append(number)

        await asyncio.gather(*(ask(number) for number in range(8)))
        return order

    assert list(range(8)) == play(main)


def test_a_read_is_not_starved_by_orders() -> None:
    """However many orders come after it, a read goes within ten turns."""

    async def main(clock: VirtualClock) -> int:
        budget = RequestBudget(clock, per_minute=1)
        got = await queued(clock, budget, [Lane.ORDER, Lane.READ, *[Lane.ORDER] * 30])
        return [lane for lane, _ in got].index(Lane.READ)

    assert play(main) <= 10


def test_a_cancel_is_not_blocked_by_a_flood_of_reads() -> None:
    """Five hundred reads wait, and a cancel goes at once."""

    async def main(clock: VirtualClock) -> tuple[int, datetime]:
        budget = RequestBudget(clock, per_minute=200)
        reads = [asyncio.create_task(spend(budget, Lane.READ)) for _ in range(500)]
        await pause(clock, 1)
        waiting = budget.waiting
        await budget.take(Lane.CANCEL)
        went_at = clock.now()
        for read in reads:
            read.cancel()
        await settle(reads)
        return waiting, went_at

    assert (360, at(1)) == play(main)


def test_a_cancelled_waiter_leaves_no_trace() -> None:
    """Who has gone takes no turn from who still waits, even if it kept the time for all."""

    async def main(clock: VirtualClock) -> tuple[int, datetime]:
        budget = RequestBudget(clock, per_minute=1)
        await spend(budget, Lane.CANCEL)
        first, second = (asyncio.create_task(budget.take(Lane.READ)) for _ in range(2))
        await pause(clock, 1)
        first.cancel()
        await second
        return budget.waiting, clock.now()

    assert (0, at(60)) == play(main)


def test_a_turn_got_in_the_moment_of_a_cancel_is_given_back() -> None:
    """Nothing was sent with it, so the next may go in its place."""

    async def main(clock: VirtualClock) -> datetime:
        budget = RequestBudget(clock, per_minute=3)  # two of them for reads
        budget.observe(Quota(None, 2, at(40)))
        budget.hold(at(10))

        async def first() -> None:
            await spend(budget, Lane.READ)  # it kept the time, and granted the second its turn
            second.cancel()

        tasks = [asyncio.create_task(first()), asyncio.create_task(budget.take(Lane.READ))]
        second = tasks[1]
        await settle(tasks)
        assert second.cancelled()
        await budget.take(Lane.READ, at(100))
        return clock.now()

    assert at(10) == play(main)


def test_a_wait_ends_in_time() -> None:
    """Who may not wait longer hears so, and leaves the queue."""

    async def main(clock: VirtualClock) -> tuple[int, datetime]:
        budget = RequestBudget(clock, per_minute=1)
        await spend(budget, Lane.READ)
        forever = asyncio.create_task(budget.take(Lane.READ))
        with pytest.raises(TimeoutError):
            await asyncio.gather(budget.take(Lane.CANCEL, at(2)))
        ended_at, waiting = clock.now(), budget.waiting
        await forever
        return waiting, ended_at

    assert (1, at(2)) == play(main)


@pytest.mark.parametrize(
    ("expected", "quota", "lane"),
    [
        pytest.param(at(7), Quota(200, 0, at(7)), Lane.CANCEL, id="nothing is left until then"),
        pytest.param(START, Quota(200, 1, at(7)), Lane.CANCEL, id="one is left for a cancel"),
        pytest.param(at(7), Quota(200, 20, at(7)), Lane.ORDER, id="a tenth is for cancels"),
        pytest.param(START, Quota(200, 21, at(7)), Lane.ORDER, id="more than a tenth"),
        pytest.param(START, Quota(None, 1, at(7)), Lane.READ, id="no tenth of the untold"),
        pytest.param(at(60), Quota(200, 0, None), Lane.READ, id="no instant: a minute"),
        pytest.param(at(60), Quota(200, 0, at(3600)), Lane.READ, id="no more than a minute"),
        pytest.param(START, Quota(200, 0, at(-1)), Lane.READ, id="it has been reset"),
        pytest.param(START, Quota(200, None, at(7)), Lane.READ, id="untold"),
    ],
)
def test_the_brokers_own_count(expected: datetime, quota: Quota, lane: Lane) -> None:
    """Others may use the account: what the broker counts is waited for, too."""

    async def main(clock: VirtualClock) -> datetime:
        budget = RequestBudget(clock, per_minute=200)
        budget.observe(quota)
        await budget.take(lane)
        return clock.now()

    assert expected == play(main)


def test_what_is_left_is_counted_down() -> None:
    """Between two words of the broker every request takes one from what it told."""

    async def main(clock: VirtualClock) -> list[datetime]:
        budget = RequestBudget(clock, per_minute=None)
        budget.observe(Quota(None, 2, at(30)))
        return [when for _, when in await queued(clock, budget, [Lane.READ] * 3)]

    assert [START, START, at(30)] == play(main)


def test_late_words_do_not_loosen_the_count() -> None:
    """Answers overtake one another: of one window the smallest count holds."""

    async def main(clock: VirtualClock) -> datetime:
        budget = RequestBudget(clock, per_minute=None)
        budget.observe(Quota(None, 0, at(30)))
        budget.observe(Quota(None, 5, at(30)))
        await budget.take(Lane.CANCEL)
        return clock.now()

    assert at(30) == play(main)


def test_what_is_on_its_way_counts_as_spent() -> None:
    """The broker has not counted what has not arrived."""

    async def main(clock: VirtualClock) -> datetime:
        budget = RequestBudget(clock, per_minute=None)
        await budget.take(Lane.READ)
        budget.observe(Quota(None, 1, at(30)))
        await budget.take(Lane.READ)
        return clock.now()

    assert at(30) == play(main)


@pytest.mark.parametrize(
    ("expected", "until"),
    [
        pytest.param(at(12), at(12), id="the broker's word"),
        pytest.param(at(900), at(86_400), id="a quarter of an hour at most"),
        pytest.param(START, at(-5), id="an instant that has passed"),
        pytest.param(at(1), None, id="no word: a second"),
    ],
)
def test_too_many_requests(expected: datetime, until: datetime | None) -> None:
    """After a 429 nobody goes before the broker's instant, a cancel neither."""

    async def main(clock: VirtualClock) -> datetime:
        budget = RequestBudget(clock, per_minute=200)
        budget.hold(until)
        await budget.take(Lane.CANCEL)
        return clock.now()

    assert expected == play(main)


def test_pauses_grow_until_the_broker_answers_again() -> None:
    """Unexplained refusals in a row are met with ever longer silence, half a minute at most."""

    async def main(clock: VirtualClock) -> list[float]:
        budget = RequestBudget(clock, per_minute=200)
        pauses = []
        for is_answered in (*[False] * 7, True):
            if is_answered:
                budget.resume()
            held = budget.hold(None)
            pauses.append((held - clock.now()).total_seconds())
            await clock.sleep_until(held)
        return pauses

    assert [1, 2, 4, 8, 16, 30, 30, 1] == play(main)


def up_to(seconds: int) -> st.SearchStrategy[timedelta]:
    return st.timedeltas(timedelta(0), timedelta(seconds=seconds))


REQUESTS = st.lists(
    st.tuples(
        st.sampled_from(Lane),
        st.one_of(st.just(timedelta(0)), up_to(90)),  # until the next asks
        up_to(9),  # until its end
        st.one_of(st.none(), up_to(70)),  # until it is cancelled
    ),
    max_size=40,
)


@dataclass
class Traffic:
    """Requests that were sent, with the first and the last instant of each."""

    clock: VirtualClock
    budget: RequestBudget
    sent: list[tuple[Lane, datetime, datetime]]

    async def ask(self, lane: Lane, lasts: timedelta) -> None:
        turn = await self.budget.take(lane)
        began_at = self.clock.now()
        try:
            await self.clock.sleep_until(began_at + lasts)
        finally:
            self.budget.end(turn)
            self.sent.append((lane, began_at, self.clock.now()))

    async def cancel(self, task: asyncio.Task[None], after: timedelta) -> None:
        await self.clock.sleep_until(self.clock.now() + after)
        task.cancel()

    async def run(self, requests: list[tuple[Lane, timedelta, timedelta, timedelta | None]]) -> int:
        """Send them all; tell how many were never cancelled."""
        tasks = []
        for lane, gap, lasts, gives_up in requests:
            task = asyncio.create_task(self.ask(lane, lasts))
            tasks.append(task)
            if gives_up is not None:
                tasks.append(asyncio.create_task(self.cancel(task, gives_up)))
            await self.clock.sleep_until(self.clock.now() + gap)
        await settle(tasks)
        return sum(1 for *_, gives_up in requests if gives_up is None)


def over_the_rate(instants: Iterable[datetime], most: int) -> list[datetime]:
    """Name the instants at which more than *most* had been sent within a minute."""
    sent = sorted(instants)
    return [last for first, last in zip(sent, sent[most:], strict=False) if last - first < MINUTE]


@settings(max_examples=200)
@given(per_minute=st.integers(1, 12), requests=REQUESTS)
def test_never_more_than_the_rate_and_nobody_starves(
    per_minute: int, requests: list[tuple[Lane, timedelta, timedelta, timedelta | None]]
) -> None:
    """
    Whenever requests arrive and end, no minute holds too many, and each has its turn.

    A request may reach the broker at its first or at its last instant: both are counted.
    """

    async def main(clock: VirtualClock) -> tuple[Traffic, int]:
        traffic = Traffic(clock, RequestBudget(clock, per_minute=per_minute), [])
        return traffic, await traffic.run(requests)

    traffic, patient = play(main)
    shared = [each for each in traffic.sent if each[0] is not Lane.CANCEL]

    for most, sent in ((per_minute, traffic.sent), (max(1, per_minute * 7 // 10), shared)):
        assert [] == over_the_rate((began_at for _, began_at, _ in sent), most)
        assert [] == over_the_rate((ended_at for _, _, ended_at in sent), most)
    assert 0 == traffic.budget.waiting
    assert patient <= len(traffic.sent)


@given(
    lanes=st.lists(st.sampled_from(Lane), min_size=12, max_size=60), per_minute=st.integers(1, 9)
)
def test_every_tenth_turn_is_the_longest_wait(lanes: list[Lane], per_minute: int) -> None:
    """Among any that wait, the one that came first is never passed over more than ten times."""

    async def main(clock: VirtualClock) -> list[int]:
        budget = RequestBudget(clock, per_minute=per_minute)
        order: list[int] = []

        async def ask(number: int, lane: Lane) -> None:
            await spend(budget, lane)
            order.append(number)

        await spend(budget, Lane.CANCEL, per_minute)
        await asyncio.gather(*(ask(number, lane) for number, lane in enumerate(lanes)))
        return order

    order = play(main)
    firsts = [min(order[turn:]) for turn in range(len(order))]
    changes = [turn for turn, (one, next_) in enumerate(pairwise(firsts)) if one != next_]

    assert sorted(order) == list(range(len(lanes)))
    if per_minute == 1:  # else the shared part is less than all, and cancels do overtake
        assert all(later - earlier <= 10 for earlier, later in pairwise([-1, *changes]))
