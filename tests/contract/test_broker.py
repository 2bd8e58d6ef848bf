"""
What every broker adapter keeps, cards 1 to 20; their titles stand in `tests.contract.cards`.

Where a card says that a broker lacks one of them, the test holds that it does.
"""

from datetime import timedelta
from decimal import Decimal

import pytest

from botd.brokers.port import RecordKind
from botd.domain.orders import ReportState
from botd.errors import (
    BrokerUnavailable,
    OrderRefused,
    OutcomeUnknown,
    RefusalReason,
)
from tests.brokers.paper.day import legs
from tests.contract.asking import BUY, CLOSE_SPREAD, day, found, held, is_lacking, known, listed
from tests.contract.cards import known as known_cards
from tests.contract.cards import lacking
from tests.contract.stand import LONG_PUT, SHORT_PUT, UNDERLYING, Stand, order
from tests.contract.trouble import Trouble


async def test_01_card_names_kind_and_proof(stand: Stand) -> None:
    """Card 1: the broker's kind, what its promises were proven by, and a horizon above zero."""
    card = stand.broker.card

    assert card.kind
    assert card.proven
    assert card.absent_after > timedelta(0)
    assert card.max_legs >= 1
    assert frozenset() == lacking(card).keys() - known_cards()
    assert all(lacking(card).values())


async def test_02_account_is_told(stand: Stand) -> None:
    """Card 2: the account's name and the broker's own clock, aware UTC."""
    state = await stand.broker.account()

    assert stand.account == state.account
    assert state.can_trade
    assert () == state.blocked
    assert state.options_level in {None, 3}
    assert stand.now() - state.as_of <= timedelta(seconds=1)
    assert timedelta(0) == state.as_of.utcoffset()


async def test_03_holdings_are_signed_and_compact(stand: Stand) -> None:
    """Card 3: options and shares by compact symbol, shorts below zero."""
    stand.hold({SHORT_PUT: -2, UNDERLYING: 100})

    held = {each.symbol: each.quantity for each in await stand.broker.holdings()}

    assert {SHORT_PUT: -2, UNDERLYING: 100} == held


async def test_04_market_is_what_is_known(stand: Stand) -> None:
    """Card 4: dollars per share and aware instants; what the source lacks is missing."""
    view = await stand.broker.market(
        frozenset({SHORT_PUT, "GOOG151224P00100000"}),
        frozenset({UNDERLYING}),
    )

    quote = view.quotes[SHORT_PUT]
    assert {SHORT_PUT} == set(view.quotes)
    assert (Decimal("0.70"), Decimal("1.00"), 5, 5) == (
        quote.bid,
        quote.ask,
        quote.bid_size,
        quote.ask_size,
    )
    assert timedelta(0) == quote.quoted_at.utcoffset()
    assert Decimal("749.62") == view.last_trades[UNDERLYING].price


async def test_04_market_is_asked_in_batches(stand: Stand) -> None:
    """Card 4: hundreds of symbols at once, of which few are known."""
    unknown = {f"GOOG151224C00{strike:03}000" for strike in range(100, 350)}

    view = await stand.broker.market(frozenset(unknown | {SHORT_PUT, LONG_PUT}), frozenset())

    assert {SHORT_PUT, LONG_PUT} == set(view.quotes)


async def test_05_working_order_is_reported(stand: Stand) -> None:
    """Card 5: our id, the legs as sent, units and limit come back."""
    stand.hold({SHORT_PUT: -2})

    report = await stand.broker.submit(order(stand, "bd1-a", BUY, "-0.80", units=2))

    assert report.state in {ReportState.PENDING, ReportState.WORKING}
    assert ("bd1-a", legs(*BUY), 2, 0) == (
        report.client_order_id,
        report.legs,
        report.units,
        report.filled_units,
    )
    assert Decimal("-0.80") == report.net_price
    assert report.broker_order_id


async def test_06_fill_is_signed_toward_the_account(stand: Stand) -> None:
    """Card 6: a purchase fills at a negative net price, never worse than its limit."""
    stand.hold({SHORT_PUT: -1})
    await stand.broker.submit(order(stand, "bd1-a", BUY, "-1.10"))

    report = await found(stand, "bd1-a")

    assert report is not None
    assert (ReportState.FILLED, 1) == (report.state, report.filled_units)
    assert [Decimal("-1.00")] == [fill.net_price for fill in report.fills]
    assert () == await stand.broker.holdings()


async def test_07_package_is_one_order(stand: Stand) -> None:
    """Card 7: all legs fill together, at one net price."""
    stand.hold({SHORT_PUT: -1, LONG_PUT: 1})
    await stand.broker.submit(order(stand, "bd1-a", CLOSE_SPREAD, "-0.95"))

    report = await found(stand, "bd1-a")

    assert report is not None
    assert ReportState.FILLED is report.state
    assert [Decimal("-0.95")] == [fill.net_price for fill in report.fills]
    assert set(legs(*CLOSE_SPREAD)) == set(report.legs)
    assert () == await stand.broker.holdings()


async def test_08_order_is_found_by_its_id(stand: Stand) -> None:
    """Card 8: an id that was sent is found; one that was not is answered with none."""
    stand.hold({SHORT_PUT: -1})
    sent = await stand.broker.submit(order(stand, "bd1-a", BUY, "-0.50"))

    report = await known(stand, "bd1-a")

    assert is_lacking(stand, 8) is not stand.broker.card.looks_up_client_ids
    assert sent.broker_order_id == report.broker_order_id
    assert None is await found(stand, "bd1-b")


async def test_09_all_orders_are_listed(stand: Stand) -> None:
    """Card 9: live and final, ours and other people's."""
    stand.hold({SHORT_PUT: -2, LONG_PUT: 1})
    stand.rest_foreign_order(LONG_PUT, -1, Decimal("0.50"))
    await stand.broker.submit(order(stand, "filled", BUY, "-1.00"))
    await stand.broker.submit(order(stand, "works", BUY, "-0.50"))

    listed = await stand.broker.orders(stand.now() - timedelta(hours=1))

    ours = {each.client_order_id: each.state for each in listed}
    assert 3 == len(listed)
    assert ReportState.FILLED is ours["filled"]
    assert ReportState.WORKING is ours["works"]


async def test_10_cancel_ends_an_order(stand: Stand) -> None:
    """Card 10: after a cancel the order's own report tells its end."""
    stand.hold({SHORT_PUT: -1})
    sent = await stand.broker.submit(order(stand, "bd1-a", BUY, "-0.50"))

    await stand.broker.cancel(sent.broker_order_id)
    report = await found(stand, "bd1-a")

    assert report is not None
    assert ReportState.CANCELED is report.state
    assert report.is_final


async def test_11_ended_order_is_not_cancelled(stand: Stand) -> None:
    """Card 11: a cancel that comes too late is refused, not unknown."""
    stand.hold({SHORT_PUT: -1})
    sent = await stand.broker.submit(order(stand, "bd1-a", BUY, "-1.00"))

    with pytest.raises(OrderRefused):
        await stand.broker.cancel(sent.broker_order_id)


async def test_12_id_is_taken_once(stand: Stand) -> None:
    """Card 12: the same id again makes no second order, whatever became of the first."""
    stand.hold({SHORT_PUT: -2})
    await stand.broker.submit(order(stand, "bd1-a", BUY, "-1.00"))

    assert is_lacking(stand, 12) is not stand.broker.card.dedupes_client_ids
    if is_lacking(stand, 12):
        await stand.broker.submit(order(stand, "bd1-a", BUY, "-1.00"))

        assert 2 == len(await listed(stand))
        return
    with pytest.raises(OrderRefused) as caught:
        await stand.broker.submit(order(stand, "bd1-a", BUY, "-1.00"))

    assert RefusalReason.DUPLICATE_CLIENT_ID is caught.value.refusal.reason
    assert {SHORT_PUT: -1} == await held(stand)


@pytest.mark.parametrize(
    ("before", "units", "reason"),
    [
        pytest.param({}, 1, RefusalReason.POSITION_GONE, id="nothing held"),
        pytest.param({SHORT_PUT: 1}, 1, RefusalReason.POSITION_GONE, id="held the other way"),
        pytest.param({SHORT_PUT: -1}, 2, RefusalReason.POSITION_SMALLER, id="less held"),
    ],
)
async def test_13_nothing_opens(
    stand: Stand,
    before: dict[str, int],
    units: int,
    reason: RefusalReason,
) -> None:
    """Card 13: an order that would open or exceed is refused, in one vocabulary."""
    stand.hold(before)

    with pytest.raises(OrderRefused) as caught:
        await stand.broker.submit(order(stand, "bd1-a", BUY, "-1.00", units=units))

    assert reason is caught.value.refusal.reason
    assert stand.broker.card.enforces_close_only
    assert before == await held(stand)


@pytest.mark.parametrize("left", [SHORT_PUT, LONG_PUT])
async def test_13_package_without_a_leg_is_refused(stand: Stand, left: str) -> None:
    """Card 13: a spread that has lost a leg does not open it anew."""
    before = {left: -1 if left == SHORT_PUT else 1}
    stand.hold(before)

    with pytest.raises(OrderRefused) as caught:
        await stand.broker.submit(order(stand, "bd1-a", CLOSE_SPREAD, "-0.95"))

    assert RefusalReason.POSITION_GONE is caught.value.refusal.reason
    assert before == await held(stand)


async def test_14_held_quantity_is_not_free(stand: Stand) -> None:
    """Card 14: what another order may close is not closed again; it is no refusal of the close."""
    stand.hold({SHORT_PUT: -1})
    stand.rest_foreign_order(SHORT_PUT, 1, Decimal("-0.05"))

    with pytest.raises(OrderRefused) as caught:
        await stand.broker.submit(order(stand, "bd1-a", BUY, "-1.00"))

    assert RefusalReason.HELD_BY_OTHER_ORDER is caught.value.refusal.reason


async def test_15_lost_answer_is_unknown_and_found(stand: Stand) -> None:
    """Card 15: the order lives; the error says that nobody knows."""
    stand.hold({SHORT_PUT: -1})
    stand.trouble(Trouble.RESET_AFTER)

    with pytest.raises(OutcomeUnknown):
        await stand.broker.submit(order(stand, "bd1-a", BUY, "-0.50"))
    stand.calm()

    assert ReportState.WORKING is (await known(stand, "bd1-a")).state


async def test_16_lost_request_is_unknown_and_absent(stand: Stand) -> None:
    """Card 16: before acceptance or after it, the caller gets the same error."""
    stand.hold({SHORT_PUT: -1})
    stand.trouble(Trouble.RESET_BEFORE)

    with pytest.raises(OutcomeUnknown):
        await stand.broker.submit(order(stand, "bd1-a", BUY, "-0.50"))
    stand.calm()

    assert None is await found(stand, "bd1-a")


async def test_17_nobody_there_means_nothing_sent(stand: Stand) -> None:
    """Card 17: the same call may be repeated."""
    stand.hold({SHORT_PUT: -1})
    stand.trouble(Trouble.CUT_OFF)

    with pytest.raises(BrokerUnavailable):
        await stand.broker.submit(order(stand, "bd1-a", BUY, "-1.00"))
    stand.calm()
    report = await stand.broker.submit(order(stand, "bd1-a", BUY, "-1.00"))

    assert "bd1-a" == report.client_order_id


@pytest.mark.parametrize("reason", RefusalReason, ids=lambda reason: reason.value)
async def test_18_refusal_keeps_the_brokers_words(stand: Stand, reason: RefusalReason) -> None:
    """Card 18: reason, message, code and status come over as the broker gave them."""
    expected = stand.refuse(reason)
    stand.hold({SHORT_PUT: -1})

    assert is_lacking(stand, 18, reason.value) is (expected is None)
    if expected is None:
        return
    with pytest.raises(OrderRefused) as caught:
        await stand.broker.submit(order(stand, "bd1-a", BUY, "-1.00"))

    assert reason is expected.reason
    assert expected == caught.value.refusal
    assert None is await found(stand, "bd1-a")


async def test_19_part_that_filled_is_cumulative(stand: Stand) -> None:
    """Card 19: an order that fills in part goes on working, and says how much is done."""
    stand.hold({SHORT_PUT: -3})
    stand.fill_only(2)
    await stand.broker.submit(order(stand, "bd1-a", BUY, "-1.00", units=3))

    report = await found(stand, "bd1-a")

    assert report is not None
    assert (ReportState.WORKING, 2) == (report.state, report.filled_units)
    assert 2 == sum(fill.units for fill in report.fills)


async def test_20_settlements_are_recorded(stand: Stand) -> None:
    """Card 20: next morning an assignment is told with contract, signed quantity and strike."""
    stand.hold({SHORT_PUT: -1})
    stand.assign(SHORT_PUT)
    evening = stand.now() - timedelta(hours=1)
    stand.at(day(stand, "14:35", days=4))

    records = await stand.broker.settlements(evening)

    assert is_lacking(stand, 20) is not stand.broker.card.has_settlement_records
    told = [(RecordKind.ASSIGNMENT, SHORT_PUT, -1, Decimal(750))]
    assert ([] if is_lacking(stand, 20) else told) == [
        (each.kind, each.symbol, each.quantity, each.price) for each in records
    ]
