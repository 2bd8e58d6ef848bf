"""What an account holds beside ours, and what is told of it: cards 41 to 45 and 48."""

from datetime import timedelta
from decimal import Decimal

from botd.domain.orders import ReportState
from tests.contract.asking import day, dollars, held, is_lacking, known, listed, midnight
from tests.contract.stand import Stand, order, resting

_MANY_ORDERS = 1_100  # more than two pages of the broker with the longest ones


async def test_41_orders_are_read_to_their_last_page(stand: Stand) -> None:
    """Card 41: every order is told, each once."""
    stand.hold(stand.product.holds())
    await stand.broker.submit(resting(stand, "bd1-a"))
    stand.crowd(_MANY_ORDERS)

    reports = await listed(stand)

    assert _MANY_ORDERS + 1 == len({each.broker_order_id for each in reports}) == len(reports)
    assert "bd1-a" in {each.client_order_id for each in reports}


async def test_41_positions_are_read_to_their_last_page(stand: Stand) -> None:
    """Card 41: every position is told, each once."""
    stand.hold(stand.product.holds())
    many = dict.fromkeys(stand.product.many, stand.product.later.held)
    before = await held(stand)
    stand.hold(many)

    assert before | many == await held(stand)


async def test_41_records_are_read_to_their_last_page(stand: Stand) -> None:
    """Card 41: every assignment of a night is told, each once."""
    ending = stand.product.many_ending
    stand.hold(dict.fromkeys(ending, stand.product.first.held))
    for symbol in ending:
        stand.assign(symbol)
    evening = stand.now() - timedelta(hours=1)
    stand.at(midnight(stand) + stand.product.ending.told)

    records = await stand.broker.settlements(evening)

    told = [] if is_lacking(stand, 20) else sorted(ending)
    assert told == sorted(each.symbol for each in records)
    assert len(told) == len({each.record_id for each in records})


async def test_42_another_adapter_sees_the_same(stand: Stand) -> None:
    """Card 42: what a process knew, the next one reads from the broker."""
    product = stand.product
    stand.hold(product.holds(3) | {product.second.symbol: product.second.held})
    stand.fill_only(1)
    await stand.broker.submit(order(stand, "bd1-a", product.close, product.filling, units=2))
    resting = await stand.broker.submit(
        order(stand, "bd1-b", product.second.close, product.second_resting)
    )
    before = await listed(stand)
    first = stand.broker

    second = stand.reopen()
    after = await listed(stand)
    await second.cancel(resting.broker_order_id)

    assert first is not second
    assert set(before) == set(after)
    assert 1 == (await known(stand, "bd1-a")).filled_units
    assert ReportState.CANCELED is (await known(stand, "bd1-b")).state
    await first.aclose()


async def test_43_foreign_holdings_break_nothing(stand: Stand) -> None:
    """Card 43: what no bot of ours would hold stays beside ours, under some name."""
    stand.hold(stand.product.holds())
    can_be = stand.hold_foreign()

    assert is_lacking(stand, 43) is not can_be
    if not can_be:
        return
    holdings = await held(stand)

    expected = stand.product.holds() | dict(stand.product.foreign)
    assert expected.items() <= holdings.items()
    assert 1 + stand.product.n_foreign == len(holdings)


async def test_44_foreign_orders_break_nothing(stand: Stand) -> None:
    """Card 44: what cannot be read of other people's orders hides none of ours."""
    stand.hold(stand.product.holds())
    can_be = stand.rest_foreign()
    await stand.broker.submit(resting(stand, "bd1-a"))

    reports = await listed(stand)

    assert is_lacking(stand, 44) is not can_be
    (ours,) = [each for each in reports if each.client_order_id == "bd1-a"]
    assert ReportState.WORKING is ours.state
    assert len(reports) <= (4 if can_be else 1)


async def test_45_assignment_moves_shares(stand: Stand) -> None:
    """Card 45: next morning the short put is gone, and its shares are there."""
    second = stand.product.second
    stand.hold(stand.product.holds(2) | {second.symbol: second.held})
    stand.assign(stand.product.symbol)
    stand.at(stand.now() + timedelta(minutes=5))

    assert {stand.product.underlying: 200, second.symbol: second.held} == await held(stand)


async def test_48_liquidation_is_seen(stand: Stand) -> None:
    """Card 48: the broker's own order is told, filled, and without an id of ours."""
    stand.hold(stand.product.holds(2))
    stand.liquidate(stand.product.symbol)

    (report,) = await listed(stand)

    assert (ReportState.FILLED, 2) == (report.state, report.filled_units)
    assert dict(stand.product.close) == {leg.symbol: leg.quantity for leg in report.legs}
    assert Decimal("-2.00") == dollars(report)
    assert not (report.client_order_id or "").startswith("bd")
    assert {} == await held(stand)
    assert day(stand, "00:00") < report.submitted_at
