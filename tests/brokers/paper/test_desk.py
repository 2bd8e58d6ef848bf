from datetime import timedelta
from decimal import Decimal

import pytest

from botd.brokers.paper.faults import Fault, FaultKind, fault_of
from botd.brokers.paper.words import words_for
from botd.domain.orders import ReportState
from botd.errors import BrokerUnavailable, OrderRefused, OutcomeUnknown, RefusalReason
from tests.brokers.paper.day import CALL_750, PUT_745, PUT_750, Day, Days, instant, legs

SHORT_PUT = legs((PUT_750, -1))
AT = instant("17:50")


@pytest.fixture
def short(day: Day) -> Day:
    day.broker.book({PUT_750: -3, CALL_750: -1})
    return day


def of(kind: FaultKind, seconds: int = 0, **details: object) -> Fault:
    return fault_of(kind.value, AT, SHORT_PUT, late=timedelta(seconds=seconds), **details)  # type: ignore[arg-type]


async def test_planned_refusal_befalls_one_order_of_its_position(short: Day) -> None:
    """Other positions are not touched, and the next order of this one is taken."""
    short.broker.plan(of(FaultKind.REFUSE, reason=RefusalReason.ASSIGNMENT_LOCK))
    other = await short.send("other", [(CALL_750, 1)], None)

    with pytest.raises(OrderRefused) as caught:
        await short.send("a", [(PUT_750, 1)], None)
    again = await short.send("a", [(PUT_750, 1)], None)

    assert RefusalReason.ASSIGNMENT_LOCK is caught.value.refusal.reason
    assert (ReportState.FILLED, ReportState.FILLED) == (other.state, again.state)


async def test_refusal_three_times(short: Day) -> None:
    """A fault may befall several orders."""
    refusal = words_for(RefusalReason.NOT_TRADABLE, PUT_750)
    short.broker.plan(Fault(FaultKind.REFUSE, AT, SHORT_PUT, times=2, refusal=refusal))

    for _ in range(2):
        with pytest.raises(OrderRefused):
            await short.send("a", [(PUT_750, 1)], None)
    report = await short.send("a", [(PUT_750, 1)], None)

    assert ReportState.FILLED is report.state


async def test_answer_lost_after_acceptance(short: Day) -> None:
    """The order lives: the next look finds it, and the same id is refused."""
    short.broker.plan(of(FaultKind.LOSE_ANSWER))

    with pytest.raises(OutcomeUnknown):
        await short.send("a", [(PUT_750, 1)], None)
    with pytest.raises(OrderRefused) as caught:
        await short.send("a", [(PUT_750, 1)], None)

    assert ReportState.FILLED is (await short.found("a")).state
    assert RefusalReason.DUPLICATE_CLIENT_ID is caught.value.refusal.reason


async def test_request_lost_before_acceptance(short: Day) -> None:
    """Nothing arrived: the look finds none, and the same id may be sent again."""
    short.broker.plan(of(FaultKind.LOSE_REQUEST))

    with pytest.raises(OutcomeUnknown):
        await short.send("a", [(PUT_750, 1)], None)
    nothing = await short.broker.look_up("a")
    report = await short.send("a", [(PUT_750, 1)], None)

    assert None is nothing
    assert ReportState.FILLED is report.state


async def test_late_acceptance_is_invisible_until_it_comes(short: Day) -> None:
    """An order on its way is not found, and then it fills on the quotes of its arrival."""
    short.broker.plan(of(FaultKind.LOSE_ANSWER, seconds=70))

    with pytest.raises(OutcomeUnknown):
        await short.send("a", [(PUT_750, 1)], None)
    short.at("17:51:09")
    nothing = await short.broker.look_up("a")
    listed = await short.broker.orders(instant("14:30"))
    with pytest.raises(OrderRefused) as caught:
        await short.broker.cancel("paper-000002")
    short.at("17:51:10")
    report = await short.found("a")

    assert (None, ()) == (nothing, listed)
    assert 404 == caught.value.refusal.http_status
    assert (instant("17:51:10"), Decimal("-0.90")) == (
        report.fills[0].filled_at,
        report.fills[0].net_price,
    )


async def test_late_arrival_of_an_id_sent_again_is_dropped(short: Day) -> None:
    """The resent order came first; the late one is a duplicate, and vanishes."""
    short.broker.plan(of(FaultKind.LOSE_ANSWER, seconds=30))
    with pytest.raises(OutcomeUnknown):
        await short.send("a", [(PUT_750, 1)], "-0.05")
    await short.send("a", [(PUT_750, 1)], "-0.05")
    short.at("17:51")

    listed = await short.broker.orders(instant("14:30"))

    assert 1 == len(listed)


async def test_late_arrival_that_would_open_is_rejected(short: Day) -> None:
    """An order that arrives when its position has gone is rejected, visibly."""
    short.broker.plan(of(FaultKind.LOSE_ANSWER, seconds=30))
    with pytest.raises(OutcomeUnknown):
        await short.send("a", [(PUT_750, 1)], None, units=3)
    short.broker.trade_outside(legs((PUT_750, 1)), 3)
    short.at("17:51")

    report = await short.found("a")

    assert ReportState.REJECTED is report.state
    assert report.refusal is not None
    assert RefusalReason.POSITION_GONE is report.refusal.reason


async def test_late_answer_comes_late_through_the_clock(short: Day) -> None:
    """The order is taken at once; the caller hears of it seven seconds later."""
    short.broker.plan(of(FaultKind.ANSWER_LATE, seconds=7))

    report = await short.send("a", [(PUT_750, 1)], None)

    assert instant("17:50:07") == short.clock.now()
    assert instant("17:50") == report.fills[0].filled_at


async def test_partial_fill_rests_for_ever(short: Day) -> None:
    """Of three units one fills; the rest can only be cancelled."""
    short.broker.plan(of(FaultKind.PARTIAL, units=1))

    report = await short.send("a", [(PUT_750, 1)], None, units=3)
    short.at("17:59")
    later = await short.found("a")
    await short.broker.cancel(report.broker_order_id)
    ended = await short.found("a")

    assert (ReportState.WORKING, 1) == (report.state, report.filled_units)
    assert 1 == later.filled_units
    assert (ReportState.CANCELED, 1) == (ended.state, ended.filled_units)


async def test_rejection_after_acceptance(short: Day) -> None:
    """An order that was taken is rejected two seconds later, in the words given."""
    short.broker.plan(of(FaultKind.REJECT, seconds=2, message="risk check failed"))

    report = await short.send("a", [(PUT_750, 1)], None)
    short.at("17:50:02")
    later = await short.found("a")

    assert ReportState.PENDING is report.state
    assert (ReportState.REJECTED, 0) == (later.state, later.filled_units)
    assert later.refusal is not None
    assert "risk check failed" == later.refusal.message


async def test_rejection_at_once_is_a_report_and_no_error(short: Day) -> None:
    """An answer of success may carry a rejected order."""
    short.broker.plan(of(FaultKind.REJECT))

    assert ReportState.REJECTED is (await short.send("a", [(PUT_750, 1)], None)).state


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        pytest.param(None, (ReportState.FILLED, 3), id="all of it"),
        pytest.param(1, (ReportState.CANCELED, 1), id="a part of it"),
    ],
)
async def test_fill_across_a_cancel(
    short: Day,
    units: int | None,
    expected: tuple[ReportState, int],
) -> None:
    """The cancel is taken, and the order has filled first, at its limit."""
    short.broker.plan(of(FaultKind.FILL_ACROSS_CANCEL, units=units))
    report = await short.send("a", [(PUT_750, 1)], "-0.50", units=3)

    await short.broker.cancel(report.broker_order_id)
    found = await short.found("a")

    assert expected == (found.state, found.filled_units)
    assert Decimal("-0.50") == found.fills[0].net_price


async def test_fill_across_a_cancel_is_never_worse_than_the_natural(short: Day) -> None:
    """Where the natural is better than the limit, it is the price."""
    short.broker.plan(of(FaultKind.PARTIAL, units=1), of(FaultKind.FILL_ACROSS_CANCEL))
    report = await short.send("a", [(PUT_750, 1)], "-2.00", units=2)

    await short.broker.cancel(report.broker_order_id)

    assert [Decimal("-1.00")] * 2 == [fill.net_price for fill in (await short.found("a")).fills]


async def test_market_order_without_a_quote_cannot_fill_across_its_cancel(day: Day) -> None:
    """Nothing is made up: no natural and no limit is no price."""
    day.broker.book({"GOOG151224P00100000": 1})
    day.broker.plan(Fault(FaultKind.FILL_ACROSS_CANCEL, AT))
    report = await day.send("a", [("GOOG151224P00100000", -1)], None)

    await day.broker.cancel(report.broker_order_id)

    assert ReportState.CANCELED is (await day.found("a")).state


async def test_lost_cancel_may_be_repeated(short: Day) -> None:
    """The first cancel never arrives; the second does."""
    short.broker.plan(of(FaultKind.LOSE_CANCEL))
    report = await short.send("a", [(PUT_750, 1)], "-0.50")

    with pytest.raises(OutcomeUnknown):
        await short.broker.cancel(report.broker_order_id)
    working = await short.found("a")
    await short.broker.cancel(report.broker_order_id)

    assert ReportState.WORKING is working.state
    assert ReportState.CANCELED is (await short.found("a")).state


async def test_slow_cancel_may_still_fill(short: Day) -> None:
    """Until the cancel is done a row may fill a part; the rest is cancelled."""
    short.broker.plan(of(FaultKind.SLOW_CANCEL, seconds=90))
    report = await short.send("a", [(PUT_750, 1)], "-0.90", units=3)
    await short.broker.cancel(report.broker_order_id)

    pending = await short.found("a")
    short.at("17:51:30")
    ended = await short.found("a")

    assert ReportState.CANCEL_PENDING is pending.state
    assert (ReportState.CANCELED, 1) == (ended.state, ended.filled_units)
    assert instant("17:51:30") == ended.as_of


async def test_broker_that_is_away_for_a_while_answers_nothing(short: Day) -> None:
    """An outage hits every call until it ends; nothing of it arrives."""
    short.broker.plan(Fault(FaultKind.UNAVAILABLE, AT, duration=timedelta(seconds=10)))

    for call in (short.broker.account, short.broker.holdings):
        with pytest.raises(BrokerUnavailable):
            await call()
    with pytest.raises(BrokerUnavailable):
        await short.send("a", [(PUT_750, 1)], None)
    with pytest.raises(BrokerUnavailable):
        await short.broker.cancel("paper-000001")
    short.at("17:50:10")

    assert ReportState.FILLED is (await short.send("a", [(PUT_750, 1)], None)).state


async def test_one_call_without_connection(short: Day) -> None:
    """Without a duration an outage is one call."""
    short.broker.plan(Fault(FaultKind.UNAVAILABLE, AT))

    with pytest.raises(BrokerUnavailable):
        await short.broker.orders(AT)

    assert () == await short.broker.orders(AT)


async def test_server_error_leaves_the_outcome_unknown(short: Day) -> None:
    """A 503 in answer to an order of the position; reads go on."""
    short.broker.plan(of(FaultKind.SERVER_ERROR))

    await short.broker.account()
    with pytest.raises(OutcomeUnknown, match="503"):
        await short.send("a", [(PUT_750, 1)], None)

    assert None is await short.broker.look_up("a")


async def test_broker_that_cannot_look_up(open_day: Days, day: Day) -> None:
    """A weak broker says so instead of answering that there is none."""
    weak = open_day(day.broker.feed.at(AT).pack, card=day.broker.card.__class__("paper", "own"))

    with pytest.raises(BrokerUnavailable, match="does not look up"):
        await weak.broker.look_up("a")


async def test_spread_with_a_fault_on_one_leg(day: Day) -> None:
    """A fault planned for a leg befalls the package that holds it."""
    day.broker.book({PUT_750: -1, PUT_745: 1})
    day.broker.plan(of(FaultKind.REFUSE))

    with pytest.raises(OrderRefused):
        await day.send("a", [(PUT_750, 1), (PUT_745, -1)], None)
