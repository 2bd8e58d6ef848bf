"""Results depend on the quotes and the orders alone, not on who looks when."""

import asyncio
import contextlib
from datetime import timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from botd.brokers.paper.faults import Fault, FaultKind, fault_of
from botd.brokers.paper.pack import Pack
from botd.brokers.paper.pack_files import SAMPLE, load_pack
from botd.errors import OrderRefused, OutcomeUnknown
from tests.brokers.paper.day import Day, Days, instant, legs

START = instant("17:50")
SAMPLE_PACK = load_pack(SAMPLE)
SYMBOLS = tuple(
    f"GOOG151224{right}{strike:05d}{tail}"
    for strike in (742, 745, 747, 750, 752)
    for right in "CP"
    for tail in ("000", "500")
)
HELD = tuple(symbol for symbol in SYMBOLS if symbol in SAMPLE_PACK.contracts)


async def live(pack: Pack, looks: tuple[int, ...]) -> tuple[object, ...]:
    """Live through a day of its own."""
    with contextlib.closing(Day(pack)) as day:
        return await live_through(day, looks)


async def live_through(day: Day, looks: tuple[int, ...]) -> tuple[object, ...]:
    """Send the same orders, look at the given seconds, and tell how everything ended."""
    day.broker.book(dict.fromkeys(HELD, -3))
    day.broker.plan(
        fault_of("gone", instant("17:53:30"), legs((HELD[0], -1)), units=2),
        fault_of("liquidate_leg", instant("17:54:10"), legs((HELD[1], -1))),
        fault_of("lose_answer", START, legs((HELD[2], -1)), late=timedelta(seconds=61)),
        fault_of("slow_cancel", START, legs((HELD[3], -1)), late=timedelta(seconds=100)),
        Fault(
            FaultKind.TRADING_HALT,
            instant("17:56:20"),
            legs((HELD[0], -1)),
            duration=timedelta(seconds=45),
        ),
    )
    for number, symbol in enumerate(HELD):
        limit = (
            None if number % 4 == 0 else "-0.05" if number == 3 else f"-{0.3 * (number + 1):.1f}"
        )
        with contextlib.suppress(OrderRefused, OutcomeUnknown):
            await day.send(f"order-{number}", [(symbol, 1)], limit, units=3)
    slow = await day.found("order-3")
    await day.broker.cancel(slow.broker_order_id)
    for second in looks:
        day.clock.at = START + timedelta(seconds=second)
        await day.broker.orders(START)
    day.at("12:00", "2015-12-25")
    orders = await day.broker.orders(START)
    ages = tuple(order.as_of for order in orders)
    return (orders, ages, await day.held(), (await day.broker.account()).cash)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 700), max_size=40).map(sorted).map(tuple))
def test_looking_changes_nothing(looks: tuple[int, ...]) -> None:
    """However often anybody polls, every fill, end and dollar comes out the same."""
    assert asyncio.run(live(SAMPLE_PACK, ())) == asyncio.run(live(SAMPLE_PACK, looks))


async def test_clock_that_steps_back_changes_nothing(day: Day) -> None:
    """What was processed stays processed."""
    day.broker.book({HELD[0]: -1})
    day.at("17:55")
    await day.broker.orders(START)
    day.at("17:40")

    assert () == await day.broker.orders(START)


async def test_nothing_is_filled_between_two_rows(open_day: Days, pack: Pack) -> None:
    """Only rows, happenings and arrivals make an instant at which orders fill."""
    day = open_day(pack)
    day.broker.book({"GOOG151224P00750000": -1})
    await day.send("a", [("GOOG151224P00750000", 1)], "-0.90")
    day.at("17:50:59")
    before = await day.found("a")
    day.at("17:51")

    after = await day.found("a")

    assert (0, 1) == (before.filled_units, after.filled_units)
    assert Decimal("-0.90") == after.fills[0].net_price


async def test_a_day_of_many_orders_is_cheap(open_day: Days) -> None:
    """176 orders polled 600 times leave the exchange idle most of the time."""
    day = open_day(SAMPLE_PACK)
    day.broker.book(dict.fromkeys(SAMPLE_PACK.contracts, -1))
    for number, symbol in enumerate(SAMPLE_PACK.contracts):
        await day.send(f"order-{number}", [(symbol, 1)], "-0.05")
    polls = [await day.broker.orders(START)]
    for second in range(600):
        day.clock.at = START + timedelta(seconds=second)
        found = await day.broker.orders(START)
        if found is not polls[-1]:
            polls.append(found)

    assert 2 <= len(polls) <= 12
