"""
What every broker adapter keeps, cards 1 to 20; their titles stand in `tests.contract.cards`.

Where a card says that a broker lacks one of them, the test holds that it does.
"""

from datetime import timedelta
from decimal import Decimal

import pytest

from botd.domain.orders import ReportState
from botd.errors import (
    BrokerUnavailable,
    OrderRefused,
    OutcomeUnknown,
    RefusalReason,
)
from tests.brokers.paper.day import legs
from tests.contract.asking import found, has, held, is_lacking, known, listed, midnight
from tests.contract.cards import known as known_cards
from tests.contract.cards import lacking
from tests.contract.product import Need
from tests.contract.stand import Stand, filling, order, resting
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
    expected = stand.product.holds(2) | dict(stand.product.beside)
    stand.hold(expected)

    held = {each.symbol: each.quantity for each in await stand.broker.holdings()}

    assert expected == held


async def test_04_market_is_what_is_known(stand: Stand) -> None:
    """Card 4: dollars per share and aware instants; what the source lacks is missing."""
    product = stand.product
    first = product.first
    stand.hold(product.holds())  # some tell prices of what is held only
    view = await stand.broker.market(
        frozenset({product.symbol, product.unknown[0]}),
        frozenset({product.underlying}),
    )

    prices = (Decimal(first.bid or 0), Decimal(first.ask or 0))
    told = [(first.symbol, *prices, first.size, first.size)]
    assert (told if has(stand, Need.QUOTE) else []) == [
        (symbol, quote.bid, quote.ask, quote.bid_size, quote.ask_size)
        for symbol, quote in view.quotes.items()
        if symbol != product.underlying
    ]
    assert all(timedelta(0) == quote.quoted_at.utcoffset() for quote in view.quotes.values())
    spots = {} if product.spot is None else {product.underlying: product.spot}
    assert spots == {name: trade.price for name, trade in view.last_trades.items()}


async def test_04_market_is_asked_in_batches(stand: Stand) -> None:
    """Card 4: hundreds of symbols at once, of which few are known."""
    product = stand.product
    asked = {*product.unknown, product.symbol, product.second.symbol}

    view = await stand.broker.market(frozenset(asked), frozenset())

    assert asked & product.quoted == set(view.quotes)


async def test_05_working_order_is_reported(stand: Stand) -> None:
    """Card 5: our id, the legs as sent, units and limit come back."""
    stand.hold(stand.product.holds(2))

    report = await stand.broker.submit(resting(stand, "bd1-a", units=2))

    assert report.state in {ReportState.PENDING, ReportState.WORKING}
    assert ("bd1-a", legs(*stand.product.close), 2, 0) == (
        report.client_order_id,
        report.legs,
        report.units,
        report.filled_units,
    )
    assert Decimal(stand.product.resting or 0) == report.net_price
    assert report.broker_order_id


async def test_06_fill_is_signed_toward_the_account(stand: Stand) -> None:
    """Card 6: a purchase fills at a negative net price, never worse than its limit."""
    stand.hold(stand.product.holds())
    await stand.broker.submit(order(stand, "bd1-a", stand.product.close, stand.product.beyond))

    report = await found(stand, "bd1-a")

    assert report is not None
    assert (ReportState.FILLED, 1) == (report.state, report.filled_units)
    assert stand.product.told() == [fill.net_price for fill in report.fills]
    assert () == await stand.broker.holdings()


async def test_07_package_is_one_order(stand: Stand) -> None:
    """Card 7: all legs fill together, at one net price."""
    stand.hold(stand.product.holds_both())
    await stand.broker.submit(order(stand, "bd1-a", stand.product.package, "-0.95"))

    report = await found(stand, "bd1-a")

    assert report is not None
    assert ReportState.FILLED is report.state
    assert [Decimal("-0.95")] == [fill.net_price for fill in report.fills]
    assert set(legs(*stand.product.package)) == set(report.legs)
    assert () == await stand.broker.holdings()


async def test_08_order_is_found_by_its_id(stand: Stand) -> None:
    """Card 8: an id that was sent is found; one that was not is answered with none."""
    stand.hold(stand.product.holds())
    sent = await stand.broker.submit(resting(stand, "bd1-a"))

    report = await known(stand, "bd1-a")

    assert is_lacking(stand, 8) is not stand.broker.card.looks_up_client_ids
    assert sent.broker_order_id == report.broker_order_id
    assert None is await found(stand, "bd1-b")


async def test_09_all_orders_are_listed(stand: Stand) -> None:
    """Card 9: live and final, ours and other people's."""
    stand.hold(stand.product.holds_both(2))
    stand.rest_foreign_order(
        stand.product.second.symbol,
        -stand.product.second.held,
        Decimal(stand.product.second_resting or 0),
    )
    await stand.broker.submit(filling(stand, "filled"))
    await stand.broker.submit(resting(stand, "works"))

    listed = await stand.broker.orders(stand.now() - timedelta(hours=1))

    ours = {each.client_order_id: each.state for each in listed}
    assert 3 == len(listed)
    assert ReportState.FILLED is ours["filled"]
    assert ReportState.WORKING is ours["works"]


async def test_10_cancel_ends_an_order(stand: Stand) -> None:
    """Card 10: after a cancel the order's own report tells its end."""
    stand.hold(stand.product.holds())
    sent = await stand.broker.submit(resting(stand, "bd1-a"))

    await stand.broker.cancel(sent.broker_order_id)
    report = await found(stand, "bd1-a")

    assert report is not None
    assert ReportState.CANCELED is report.state
    assert report.is_final


async def test_11_ended_order_is_not_cancelled(stand: Stand) -> None:
    """Card 11: a cancel that comes too late is refused, not unknown."""
    stand.hold(stand.product.holds())
    sent = await stand.broker.submit(filling(stand, "bd1-a"))

    with pytest.raises(OrderRefused):
        await stand.broker.cancel(sent.broker_order_id)


async def test_12_id_is_taken_once(stand: Stand) -> None:
    """Card 12: the same id again makes no second order, whatever became of the first."""
    stand.hold(stand.product.holds(2))
    await stand.broker.submit(filling(stand, "bd1-a"))

    assert is_lacking(stand, 12) is not stand.broker.card.dedupes_client_ids
    if is_lacking(stand, 12):
        await stand.broker.submit(filling(stand, "bd1-a"))

        assert 2 == len(await listed(stand))
        return
    with pytest.raises(OrderRefused) as caught:
        await stand.broker.submit(filling(stand, "bd1-a"))

    assert RefusalReason.DUPLICATE_CLIENT_ID is caught.value.refusal.reason
    assert stand.product.holds() == await held(stand)


@pytest.mark.parametrize(
    ("before", "units", "reason"),
    [
        pytest.param("nothing", 1, RefusalReason.POSITION_GONE, id="nothing held"),
        pytest.param("other way", 1, RefusalReason.POSITION_GONE, id="held the other way"),
        pytest.param("less", 2, RefusalReason.POSITION_SMALLER, id="less held"),
    ],
)
async def test_13_nothing_opens(
    stand: Stand, before: str, units: int, reason: RefusalReason
) -> None:
    """Card 13: an order that would open or exceed is refused, in one vocabulary."""
    product = stand.product
    ways = {"nothing": {}, "other way": dict(product.other_way), "less": product.holds()}
    stand.hold(ways[before])

    with pytest.raises(OrderRefused) as caught:
        await stand.broker.submit(filling(stand, "bd1-a", units=units))

    assert reason is caught.value.refusal.reason
    assert is_lacking(stand, 13) is not stand.broker.card.enforces_close_only
    assert ways[before] == await held(stand)


@pytest.mark.parametrize("left", ["first", "second"])
async def test_13_package_without_a_leg_is_refused(stand: Stand, left: str) -> None:
    """Card 13: a spread that has lost a leg does not open it anew."""
    side = stand.product.first if left == "first" else stand.product.second
    before = {side.symbol: side.held}
    stand.hold(before)

    with pytest.raises(OrderRefused) as caught:
        await stand.broker.submit(order(stand, "bd1-a", stand.product.package, "-0.95"))

    assert RefusalReason.POSITION_GONE is caught.value.refusal.reason
    assert before == await held(stand)


async def test_14_held_quantity_is_not_free(stand: Stand) -> None:
    """Card 14: what another order may close is not closed again; it is no refusal of the close."""
    stand.hold(stand.product.holds())
    stand.rest_foreign_order(stand.product.symbol, -stand.product.first.held, Decimal("-0.05"))

    with pytest.raises(OrderRefused) as caught:
        await stand.broker.submit(filling(stand, "bd1-a"))

    assert RefusalReason.HELD_BY_OTHER_ORDER is caught.value.refusal.reason


async def test_15_lost_answer_is_unknown_and_found(stand: Stand) -> None:
    """Card 15: the order lives; the error says that nobody knows."""
    stand.hold(stand.product.holds())
    stand.trouble(Trouble.RESET_AFTER)

    with pytest.raises(OutcomeUnknown):
        await stand.broker.submit(resting(stand, "bd1-a"))
    stand.calm()

    expected = ReportState.WORKING if has(stand, Need.LIMIT) else ReportState.FILLED
    assert expected is (await known(stand, "bd1-a")).state


async def test_16_lost_request_is_unknown_and_absent(stand: Stand) -> None:
    """Card 16: before acceptance or after it, the caller gets the same error."""
    stand.hold(stand.product.holds())
    stand.trouble(Trouble.RESET_BEFORE)

    with pytest.raises(OutcomeUnknown):
        await stand.broker.submit(resting(stand, "bd1-a"))
    stand.calm()

    assert None is await found(stand, "bd1-a")


async def test_17_nobody_there_means_nothing_sent(stand: Stand) -> None:
    """Card 17: the same call may be repeated."""
    stand.hold(stand.product.holds())
    stand.trouble(Trouble.CUT_OFF)

    with pytest.raises(BrokerUnavailable):
        await stand.broker.submit(filling(stand, "bd1-a"))
    stand.calm()
    report = await stand.broker.submit(filling(stand, "bd1-a"))

    assert "bd1-a" == report.client_order_id


@pytest.mark.parametrize("reason", RefusalReason, ids=lambda reason: reason.value)
async def test_18_refusal_keeps_the_brokers_words(stand: Stand, reason: RefusalReason) -> None:
    """Card 18: reason, message, code and status come over as the broker gave them."""
    expected = stand.refuse(reason)
    stand.hold(stand.product.holds())

    assert is_lacking(stand, 18, reason.value) is (expected is None)
    if expected is None:
        return
    with pytest.raises(OrderRefused) as caught:
        await stand.broker.submit(filling(stand, "bd1-a"))

    assert reason is expected.reason
    assert expected == caught.value.refusal
    assert None is await found(stand, "bd1-a")


async def test_19_part_that_filled_is_cumulative(stand: Stand) -> None:
    """Card 19: an order that fills in part goes on working, and says how much is done."""
    stand.hold(stand.product.holds(3))
    stand.fill_only(2)
    await stand.broker.submit(filling(stand, "bd1-a", units=3))

    report = await found(stand, "bd1-a")

    assert report is not None
    assert (ReportState.WORKING, 2) == (report.state, report.filled_units)
    assert 2 == sum(fill.units for fill in report.fills)


async def test_20_settlements_are_recorded(stand: Stand) -> None:
    """Card 20: next morning an ending is told with contract, signed quantity and price."""
    ending = stand.product.ending
    stand.hold(stand.product.holds())
    stand.assign(stand.product.symbol)
    evening = stand.now() - timedelta(hours=1)
    stand.at(midnight(stand) + ending.told)

    records = await stand.broker.settlements(evening)

    assert is_lacking(stand, 20) is not stand.broker.card.has_settlement_records
    told = [(ending.kind, stand.product.symbol, stand.product.first.held, ending.price)]
    assert ([] if is_lacking(stand, 20) else told) == [
        (each.kind, each.symbol, each.quantity, each.price) for each in records
    ]
