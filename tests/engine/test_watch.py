"""One order poll for everybody who waits."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

import pytest

from botd.brokers.paper.card import PAPER_CARD
from botd.brokers.port import Broker, CapabilityCard
from botd.domain.orders import OrderReport, ReportState
from botd.engine.watch import OrderWatch
from botd.errors import LedgerError, OutcomeUnknown
from tests.engine.given import Day, Days, position
from tests.engine.market import instant, market

PUT = {"750P": "2.40/2.60"}


class Taker:
    """Remembers what it was handed; may fail."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.fails = False

    async def apply(self, reports: tuple[OrderReport, ...]) -> None:
        if self.fails:
            raise LedgerError("the disk is full")
        self.taken += [f"{one.client_order_id} {one.state.value}" for one in reports]


def watched(open_day: Days, card: CapabilityCard = PAPER_CARD) -> tuple[Day, OrderWatch, Taker]:
    """Watch an account with one resting order."""
    day = open_day(market("748", PUT, size=0), position("p", "-1 750P"), card=card)
    day.run(day.broker.submit(day.intent("p", "+1 750P")))
    taker, watch = Taker(), OrderWatch(day.broker, day.clock)
    watch.connect(taker.apply)
    watch.begin_day(instant("17:00"))
    return day, watch, taker


def test_report_is_applied_once(open_day: Days) -> None:
    """Reading again brings nothing new."""
    day, watch, taker = watched(open_day)
    day.run(watch.read())
    day.run(watch.read())

    assert ["p-01 working"] == taker.taken


def test_waiter_is_woken_by_a_change(open_day: Days) -> None:
    """The poll sees the cancel, and whoever waits goes on."""
    day, watch, taker = watched(open_day)
    day.run(watch.read())
    day.run(watch.wait("p-01", instant("17:40:01")))
    (report,) = day.run(day.broker.orders(instant("17:00")))
    day.run(day.broker.cancel(report.broker_order_id))

    assert day.run(watch.wait("p-01", instant("17:59")))
    assert instant("17:40:03") >= day.clock.now()
    assert "p-01 canceled" == taker.taken[-1]


def test_nothing_new_is_waited_for_until_the_end(open_day: Days) -> None:
    """The order goes on working."""
    day, watch, _ = watched(open_day)
    day.run(watch.read())
    day.run(watch.wait("p-01", instant("17:40:05")))

    assert not day.run(watch.wait("p-01", instant("17:41")))
    assert instant("17:41") == day.clock.now()


def test_report_between_two_waits_is_not_lost(open_day: Days) -> None:
    """It came while its walk read the ledger: the next wait returns at once."""
    day, watch, _ = watched(open_day)
    day.run(watch.read())

    assert day.run(watch.wait("p-01", instant("17:59")))
    assert instant("17:40") == day.clock.now()


def test_report_that_came_another_way_is_applied_again(open_day: Days) -> None:
    """A send's own answer counts also where a poll was quicker."""
    day, watch, taker = watched(open_day)
    (report,) = day.run(watch.read())
    day.run(watch.take(report))

    assert 2 == len(taker.taken)


def test_write_that_fails_reaches_whoever_waits(open_day: Days) -> None:
    """Without a record nobody may go on."""
    day, watch, taker = watched(open_day)
    taker.fails = True

    with pytest.raises(LedgerError):
        day.run(watch.wait("p-01", instant("17:59")))

    taker.fails = False

    assert day.run(watch.wait("p-01", instant("17:59")))


def test_poll_that_fails_concludes_nothing(open_day: Days) -> None:
    """The next one brings it."""
    day, watch, taker = watched(open_day)
    day.befall("server_error", "17:40", times=2)

    assert day.run(watch.wait("p-01", instant("17:59")))
    assert ["p-01 working"] == taker.taken


def test_read_without_an_answer_says_so(open_day: Days) -> None:
    """A time-out is no empty list."""
    day, watch, _ = watched(open_day)
    day.broker.hangs_until = instant("17:50")

    with pytest.raises(OutcomeUnknown):
        day.run(watch.read())


def test_window_moves_on_with_the_days(open_day: Days) -> None:
    """A daemon runs for months, and reads a day."""
    day, watch, taker = watched(open_day)
    day.run(watch.read())
    day.clock_to("12-28 15:00")
    day.run(watch.read())

    assert ["p-01 working"] == taker.taken[:1]
    assert 1 == len(taker.taken)


def test_watch_stops(open_day: Days) -> None:
    """With a poll under way, or none."""
    day, watch, _ = watched(open_day)
    day.run(watch.stop())
    day.run(watch.read())
    day.run(watch.wait("p-01", instant("17:40:02")))
    day.run(watch.wait("p-01", instant("17:40:02.500000")))
    day.run(watch.stop())

    assert not day.run(watch.wait("p-01", instant("17:40:03")))


def test_watch_that_nobody_is_connected_to(open_day: Days) -> None:
    """It reads, and hands nothing on."""
    day = open_day(market("748", PUT, size=0), position("p", "-1 750P"))
    day.run(day.broker.submit(day.intent("p", "+1 750P")))

    assert 1 == len(day.run(OrderWatch(day.broker, day.clock).read()))


def test_fills_were_not_booked_and_nobody_heard_why(open_day: Days) -> None:
    """A bug that ends the poll is raised where somebody waits, and not polled over."""
    day, watch, _ = watched(open_day)

    async def fail(_reports: tuple[OrderReport, ...]) -> None:
        raise ValueError("a bug")

    watch.connect(fail)

    assert not day.run(watch.wait("p-01", instant("17:40:05")))
    with pytest.raises(ValueError, match="a bug"):
        day.run(watch.wait("p-01", instant("17:41")))


def test_pushed_word_brings_the_poll_forward(open_day: Days) -> None:
    """A cancel is known a fifth of a second after the broker said that something changed."""
    day, watch, taker = watched(open_day, replace(PAPER_CARD, pushes=True))
    day.run(watch.read())
    (report,) = day.run(day.broker.orders(instant("17:00")))
    day.run(watch.wait("p-01", instant("17:40:00.1")))
    day.run(day.broker.cancel(report.broker_order_id))
    day.broker.pushes_at = (instant("17:40:00.3"),)

    assert day.run(watch.wait("p-01", instant("17:59")))
    assert instant("17:40:00.5") == day.clock.now()
    assert "p-01 canceled" == taker.taken[-1]


def test_flood_of_pushed_words_costs_twenty_polls(open_day: Days) -> None:
    """A stream that never rests brings forward twenty polls a minute, and no more."""
    day, watch, _ = watched(open_day, replace(PAPER_CARD, pushes=True))
    calls = []
    day.broker.between_polls = lambda: calls.append(day.clock.now())
    begins = instant("17:40")
    day.broker.pushes_at = tuple(
        begins + timedelta(milliseconds=10 * number) for number in range(1, 6_000)
    )
    day.run(watch.read())
    day.run(watch.wait("p-01", instant("17:41")))

    assert not day.run(watch.wait("p-01", instant("17:41:01")))
    assert 75 <= len(calls) <= 81


def test_a_fill_went_unnoticed_because_another_had_waited_for_it_too(open_day: Days) -> None:
    """A person's cancel waits beside the walk, and gives up earlier."""
    day, watch, _ = watched(open_day)
    day.run(watch.read())
    day.run(watch.wait("p-01", instant("17:40:01")))
    (report,) = day.run(day.broker.orders(instant("17:00")))

    async def both() -> bool:
        walk = asyncio.ensure_future(watch.wait("p-01", instant("17:59")))
        await watch.wait("p-01", instant("17:40:05"))
        await day.broker.cancel(report.broker_order_id)
        return await walk

    assert day.run(both())
    assert instant("17:40:08") >= day.clock.now()


class Lists:
    """A broker whose lists of orders come after so many seconds each."""

    card = PAPER_CARD

    def __init__(self, day: Day, *lists: tuple[float, OrderReport]) -> None:
        self._clock = day.clock
        self._lists = list(lists)

    async def orders(self, _: datetime) -> tuple[OrderReport, ...]:
        after, report = self._lists.pop(0)
        await self._clock.sleep_until(self._clock.now() + timedelta(seconds=after))
        return (report,)


def test_a_rejected_order_was_told_to_work_again(open_day: Days) -> None:
    """The list that a poll had asked for came after one that was asked for later."""
    day, _, taker = watched(open_day)
    (works,) = day.run(day.broker.orders(instant("17:00")))
    rejected = replace(works, state=ReportState.REJECTED)
    watch = OrderWatch(cast("Broker", Lists(day, (2, works), (1, rejected))), day.clock)
    watch.connect(taker.apply)
    watch.begin_day(instant("17:00"))

    async def both() -> None:
        await asyncio.gather(watch.read(), watch.read())

    day.run(both())

    assert ["p-01 rejected"] == taker.taken
