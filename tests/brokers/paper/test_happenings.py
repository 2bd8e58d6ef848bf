from datetime import timedelta
from decimal import Decimal

import pytest

from botd.brokers.paper.faults import Fault, FaultKind, fault_of
from botd.brokers.port import RecordKind, SettlementRecord
from botd.domain.orders import ReportState
from tests.brokers.paper.day import CALL_745, LATER_CALL, PUT_745, PUT_750, Day, instant, legs

SPREAD = legs((PUT_745, 1), (PUT_750, -1))
AT = instant("17:52")


@pytest.fixture
def spread(day: Day) -> Day:
    day.broker.book({PUT_745: 2, PUT_750: -2})
    return day


async def test_position_that_vanishes_leaves_no_trace(spread: Day) -> None:
    """Gone means gone: no order, no record, and our working order ends."""
    spread.broker.plan(fault_of("gone", AT, SPREAD, units=1))
    await spread.send("a", [(PUT_745, -1), (PUT_750, 1)], "-0.05", units=2)
    before = await spread.held()
    spread.at("17:52")

    assert {PUT_745: 2, PUT_750: -2} == before
    assert {PUT_745: 1, PUT_750: -1} == await spread.held()
    assert ReportState.CANCELED is (await spread.found("a")).state
    assert () == await spread.broker.settlements(AT)


async def test_broker_liquidates_a_leg_by_its_own_order(spread: Day) -> None:
    """The order is to be seen, has no client order id, and is filled at the natural."""
    spread.broker.plan(fault_of("liquidate_leg", AT, SPREAD, leg=PUT_750))
    spread.at("17:53")

    (order,) = await spread.broker.orders(AT)

    assert {PUT_745: 2} == await spread.held()
    assert (None, ReportState.FILLED, 2) == (
        order.client_order_id,
        order.state,
        order.filled_units,
    )
    assert legs((PUT_750, 1)) == order.legs
    assert (Decimal("-0.85"), AT) == (order.fills[0].net_price, order.fills[0].filled_at)


async def test_liquidation_of_a_long_leg_without_quotes(day: Day) -> None:
    """Without a quote the leg goes at its intrinsic value, at least a cent."""
    day.broker.book({"GOOG151224P00700000": 1, "GOOG151224C00700000": 1})
    held = legs(("GOOG151224P00700000", 1), ("GOOG151224C00700000", 1))
    day.broker.plan(fault_of("liquidate_leg", AT, held))
    day.at("17:53")

    orders = await day.broker.orders(AT)

    assert [Decimal("0.01"), Decimal("49.62")] == [order.fills[0].net_price for order in orders]


async def test_person_closes_the_package_elsewhere(spread: Day) -> None:
    """A person's order fills whole, under an id that is not ours."""
    spread.broker.plan(fault_of("outside_close", AT, SPREAD))
    spread.at("17:53")

    (order,) = await spread.broker.orders(AT)

    assert {} == await spread.held()
    assert ("outside-2", 2) == (order.client_order_id, order.filled_units)
    assert Decimal("-0.80") == order.fills[0].net_price


async def test_early_assignment_moves_shares_and_is_recorded_at_once(spread: Day) -> None:
    """One short put is assigned overnight: 100 shares come in for the strike."""
    spread.broker.plan(fault_of("assign", AT, SPREAD, leg=PUT_750, units=1))
    spread.at("17:53")

    (record,) = await spread.broker.settlements(AT)

    assert {PUT_745: 2, PUT_750: -1, "GOOG": 100} == await spread.held()
    assert Decimal(25_000) == (await spread.broker.account()).cash
    assert (
        SettlementRecord(record.record_id, RecordKind.ASSIGNMENT, PUT_750, -1, Decimal(750), AT)
        == record
    )


async def test_shares_cannot_be_assigned(day: Day) -> None:
    """Only options are; the shares of a covered call stay."""
    day.broker.book({"GOOG": 100, CALL_745: -1})
    day.broker.plan(fault_of("assign", AT, legs(("GOOG", 100), (CALL_745, -1))))
    day.at("17:53")

    assert {} == await day.held()
    assert Decimal(174_500) == (await day.broker.account()).cash


async def test_resting_exit_begins_to_rest_and_may_fill(spread: Day) -> None:
    """A person's take-profit is matched like any order."""
    exit_ = fault_of("resting_exit", AT, legs((PUT_750, -1)), net_price=Decimal("-0.70"))
    spread.broker.plan(exit_)
    spread.at("17:53")
    (working,) = await spread.broker.orders(AT)
    spread.at("18:00")
    (filled,) = await spread.broker.orders(AT)

    assert (ReportState.WORKING, 2) == (working.state, working.units)
    assert ReportState.FILLED is filled.state
    assert {PUT_745: 2} == await spread.held()


async def test_trading_halt_stops_fills_until_it_ends(spread: Day) -> None:
    """Orders rest through a halt, and meet the standing quotes when it ends."""
    halt = Fault(
        FaultKind.TRADING_HALT,
        instant("17:50"),
        SPREAD,
        duration=timedelta(seconds=30),
    )
    spread.broker.plan(halt)

    halted = (await spread.broker.market(frozenset(), frozenset({"GOOG"}))).halted
    resting = await spread.send("a", [(PUT_750, 1)], None)
    spread.at("17:50:30")
    filled = await spread.found("a")

    assert frozenset({"GOOG"}) == halted
    assert ReportState.WORKING is resting.state
    assert (ReportState.FILLED, instant("17:50:30")) == (filled.state, filled.as_of)
    assert frozenset() == (await spread.broker.market(frozenset(), frozenset({"GOOG"}))).halted


@pytest.mark.parametrize("do", ["gone", "liquidate_leg", "outside_close", "assign", "resting_exit"])
async def test_what_is_not_held_cannot_be_befallen(day: Day, do: str) -> None:
    """Nothing happens to a position that the account does not hold."""
    day.broker.plan(
        fault_of(do, AT, SPREAD, net_price=Decimal("-0.05")),
        fault_of(do, AT, (), net_price=Decimal("-0.05")),
    )
    day.at("17:53")

    assert {} == await day.held()
    assert () == await day.broker.orders(AT)


async def test_happening_planned_too_late_happens_now(spread: Day) -> None:
    """What should have happened a minute ago happens at the next look."""
    spread.at("17:53")
    spread.broker.plan(fault_of("gone", AT, SPREAD))

    assert {} == await spread.held()


async def test_calendar_loses_its_near_leg_alone(day: Day) -> None:
    """A later leg stays when the near one is assigned."""
    day.broker.book({LATER_CALL: 1, CALL_745: -1})
    day.broker.plan(fault_of("assign", AT, legs((LATER_CALL, 1), (CALL_745, -1)), leg=CALL_745))
    day.at("17:53")

    assert {LATER_CALL: 1, "GOOG": -100} == await day.held()


async def test_exit_on_shares_rests_for_ninety_days(day: Day) -> None:
    """Shares have no end: brokers end such orders after ninety days."""
    day.broker.book({"GOOG": 100})
    planted = day.broker.plant_order(legs(("GOOG", -100)), 1, Decimal(900))
    day.at("14:00", "2015-12-29")

    (report,) = await day.broker.orders(instant("14:00", "2015-12-29"))

    assert planted == report
