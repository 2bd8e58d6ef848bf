"""What becomes of prices, signs and ratios on their way: cards 25 to 28 and 50."""

import asyncio
from decimal import Decimal

import pytest

from botd.domain.orders import ReportState
from botd.errors import OrderRefused, RefusalReason
from tests.brokers.paper.day import legs
from tests.contract.asking import dollars, held, is_lacking, known, totals
from tests.contract.product import Pairs
from tests.contract.stand import Stand, order, resting


def pairs_of(stand: Stand, name: str) -> Pairs:
    product = stand.product
    return {
        "close": product.close,
        "sell": product.second.close,
        "spread": product.package,
        "credit": product.package_back,
    }[name]


@pytest.mark.parametrize(
    ("legs_of", "net_price"),
    [
        pytest.param("close", "-0.50", id="one leg for a debit"),
        pytest.param("sell", "0.50", id="one leg for a credit"),
        pytest.param("spread", "-0.50", id="a spread for a debit"),
        pytest.param("credit", "0.80", id="a spread for a credit"),
        pytest.param("spread", "0.05", id="a spread for the other side's money"),
        pytest.param("spread", "0.00", id="a spread for even money"),
    ],
)
async def test_25_price_keeps_its_sign(stand: Stand, legs_of: str, net_price: str) -> None:
    """Card 25: toward the account on the way out and on the way back, and no better fills it."""
    pairs = pairs_of(stand, legs_of)
    stand.hold({symbol: -quantity for symbol, quantity in pairs})

    sent = await stand.broker.submit(order(stand, "bd1-a", pairs, net_price))
    report = await known(stand, "bd1-a")

    assert (Decimal(net_price), Decimal(net_price)) == (sent.net_price, report.net_price)
    assert ReportState.WORKING is report.state
    assert set(legs(*pairs)) == set(report.legs)


@pytest.mark.parametrize(
    ("legs_of", "net_price", "filled_at"),
    [
        pytest.param("close", "-1.05", "-1.00", id="one leg for a debit"),
        pytest.param("sell", "0.05", "0.05", id="one leg for a credit"),
        pytest.param("spread", "-0.96", "-0.95", id="a spread for a debit"),
        pytest.param("credit", "0.59", "0.60", id="a spread for a credit"),
        pytest.param("credit", "0.00", "0.60", id="a spread that would go for nothing"),
    ],
)
async def test_25_fill_keeps_its_sign(
    stand: Stand, legs_of: str, net_price: str, filled_at: str
) -> None:
    """Card 25: a fill is what the account got, at its limit or better."""
    pairs = pairs_of(stand, legs_of)
    stand.hold({symbol: -quantity for symbol, quantity in pairs})
    await stand.broker.submit(order(stand, "bd1-a", pairs, net_price))

    report = await known(stand, "bd1-a")

    assert (ReportState.FILLED, 1) == (report.state, report.filled_units)
    assert Decimal(filled_at) == dollars(report)
    assert {} == await held(stand)


async def test_26_market_order_fills(stand: Stand) -> None:
    """Card 26: without a limit an order takes what there is."""
    stand.hold(stand.product.holds())

    await stand.broker.submit(order(stand, "bd1-a", stand.product.close, None))
    report = await known(stand, "bd1-a")

    assert (ReportState.FILLED, None) == (report.state, report.net_price)
    assert sum(stand.product.told()) == dollars(report)


@pytest.mark.parametrize(
    ("net_price", "state", "filled"),
    [
        pytest.param("-1.80", ReportState.WORKING, "0.00", id="it rests"),
        pytest.param("-1.90", ReportState.FILLED, "-1.90", id="it fills"),
    ],
)
async def test_27_ratios_go_in_lowest_terms(
    stand: Stand, net_price: str, state: ReportState, filled: str
) -> None:
    """Card 27: two spreads a unit are the same order as two units of one."""
    pairs = tuple((symbol, 2 * quantity) for symbol, quantity in stand.product.package)
    before = {symbol: -quantity for symbol, quantity in pairs}
    stand.hold(before)

    sent = await stand.broker.submit(order(stand, "bd1-a", pairs, net_price))
    report = await known(stand, "bd1-a")

    for each in (sent, report):
        assert dict(pairs) == totals(each)
        assert each.net_price is not None
        assert Decimal(net_price) == each.net_price * each.units
    assert (state, Decimal(filled)) == (report.state, dollars(report))
    assert ({} if report.is_final else before) == await held(stand)


@pytest.mark.parametrize(
    ("legs_of", "net_price"),
    [
        pytest.param("close", "-0.83", id="one leg below 3.00"),
        pytest.param("spread", "-0.505", id="a spread"),
    ],
)
async def test_28_price_off_the_tick_is_told(stand: Stand, legs_of: str, net_price: str) -> None:
    """Card 28: an answer that asks for another price, not a refusal of the close."""
    stand.hold(stand.product.holds_both())

    with pytest.raises(OrderRefused) as caught:
        await stand.broker.submit(order(stand, "bd1-a", pairs_of(stand, legs_of), net_price))

    is_told = RefusalReason.PRICE_TICK is caught.value.refusal.reason
    assert is_lacking(stand, 28) is not is_told


async def test_50_orders_sent_together_are_told_apart(stand: Stand) -> None:
    """Card 50: two orders in flight at once get their own answers."""
    stand.hold(stand.product.holds_both())

    bought, sold = await asyncio.gather(
        stand.broker.submit(resting(stand, "bd1-a")),
        stand.broker.submit(
            order(stand, "bd1-b", stand.product.second.close, stand.product.second_resting)
        ),
    )

    assert ("bd1-a", legs(*stand.product.close)) == (bought.client_order_id, bought.legs)
    assert ("bd1-b", legs(*stand.product.second.close)) == (sold.client_order_id, sold.legs)
    assert bought.broker_order_id != sold.broker_order_id
