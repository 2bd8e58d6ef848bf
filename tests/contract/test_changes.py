"""What becomes of an order that works: cards 29 to 34, 39 and 40."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest

from botd.domain.orders import OrderReport, ReportState
from botd.errors import OrderRefused, RefusalReason
from tests.contract.asking import dollars, held, is_lacking, known, listed
from tests.contract.stand import Stand, dearer, filling, order, resting

_LATE = timedelta(seconds=5)


async def live(stand: Stand) -> list[OrderReport]:
    return [each for each in await listed(stand) if not each.is_final]


async def test_29_part_fills_and_the_rest_is_cancelled(stand: Stand) -> None:
    """Card 29: what filled before the cancel stays counted, and nothing more fills."""
    stand.hold(stand.product.holds(3))
    stand.fill_only(2)
    sent = await stand.broker.submit(filling(stand, "bd1-a", units=3))

    await stand.broker.cancel(sent.broker_order_id)
    report = await known(stand, "bd1-a")

    assert (ReportState.CANCELED, 3, 2) == (report.state, report.units, report.filled_units)
    assert 2 * Decimal(stand.product.filling or 0) == dollars(report)
    assert stand.product.holds() == await held(stand)


async def test_30_working_order_is_replaced(stand: Stand) -> None:
    """Card 30: one order works on, at the new price; the quantity is never asked for twice."""
    stand.hold(stand.product.holds(2))
    sent = await stand.broker.submit(resting(stand, "bd1-a", units=2))
    nearer = dearer(stand, "bd1-b", units=2)

    assert is_lacking(stand, 30) is not stand.broker.card.replaces
    if is_lacking(stand, 30):
        with pytest.raises(OrderRefused):
            await stand.broker.replace(sent.broker_order_id, nearer)
        return
    report = await stand.broker.replace(sent.broker_order_id, nearer)
    (working,) = await live(stand)

    price = Decimal(stand.product.dearer or 0)
    assert (price, 2) == (report.net_price, report.units)
    assert (price, 2) == (working.net_price, working.units)
    assert working.broker_order_id == report.broker_order_id


async def test_30_replacement_that_meets_the_market_fills(stand: Stand) -> None:
    """Card 30: the new price is a real one."""
    stand.hold(stand.product.holds())
    sent = await stand.broker.submit(resting(stand, "bd1-a"))
    marketable = filling(stand, "bd1-b")

    if is_lacking(stand, 30):
        with pytest.raises(OrderRefused):
            await stand.broker.replace(sent.broker_order_id, marketable)
        return
    await stand.broker.replace(sent.broker_order_id, marketable)

    assert [] == await live(stand)
    assert Decimal(stand.product.filling or 0) == sum(dollars(each) for each in await listed(stand))
    assert {} == await held(stand)


async def test_31_fill_wins_against_a_replacement(stand: Stand) -> None:
    """Card 31: whatever the broker answers, one fill is counted once, and nothing works on."""
    stand.hold(stand.product.holds())
    sent = await stand.broker.submit(resting(stand, "bd1-a"))
    stand.cross_next()
    nearer = dearer(stand, "bd1-b")

    if is_lacking(stand, 31):
        with pytest.raises(OrderRefused):
            await stand.broker.replace(sent.broker_order_id, nearer)
        return
    with suppress(OrderRefused):
        await stand.broker.replace(sent.broker_order_id, nearer)

    assert ReportState.FILLED is (await known(stand, "bd1-a")).state
    assert [] == await live(stand)
    assert 1 == sum(each.filled_units for each in await listed(stand))
    assert {} == await held(stand)


async def test_32_ended_order_is_not_replaced(stand: Stand) -> None:
    """Card 32: a replacement that comes too late is refused, and nothing new works."""
    stand.hold(stand.product.holds(2))
    sent = await stand.broker.submit(filling(stand, "bd1-a"))

    with pytest.raises(OrderRefused):
        await stand.broker.replace(sent.broker_order_id, dearer(stand, "bd1-b"))

    assert [] == await live(stand)
    assert stand.product.holds() == await held(stand)


@pytest.mark.parametrize(
    ("most", "state", "filled"),
    [
        pytest.param(None, ReportState.FILLED, 2, id="all of it fills"),
        pytest.param(1, ReportState.FILLED, 2, id="the rest of it fills"),
    ],
)
async def test_33_fill_crosses_a_cancel(
    stand: Stand, most: int | None, state: ReportState, filled: int
) -> None:
    """Card 33: a cancel that is taken, or comes too late, hides no fill."""
    stand.hold(stand.product.holds(2))
    if most is not None:
        stand.fill_only(most)
    price = stand.product.resting if most is None else stand.product.filling
    sent = await stand.broker.submit(order(stand, "bd1-a", stand.product.close, price, units=2))
    stand.cross_next()

    with suppress(OrderRefused):
        await stand.broker.cancel(sent.broker_order_id)
    report = await known(stand, "bd1-a")

    assert (state, filled) == (report.state, report.filled_units)
    assert filled == sum(fill.units for fill in report.fills)
    assert {} == await held(stand)


async def test_34_unknown_order_is_not_cancelled(stand: Stand) -> None:
    """Card 34: an id that nobody knows is refused, in the broker's words."""
    with pytest.raises(OrderRefused) as caught:
        await stand.broker.cancel("1")

    assert caught.value.refusal.message


async def test_39_late_rejection_is_told(stand: Stand) -> None:
    """Card 39: an order that was taken may still be rejected; it is final, and not canceled."""
    stand.hold(stand.product.holds())
    stand.reject_later(RefusalReason.POSITION_GONE, _LATE)
    sent = await stand.broker.submit(filling(stand, "bd1-a"))
    stand.at(stand.now() + _LATE)

    report = await known(stand, "bd1-a")

    assert not sent.is_final
    assert (ReportState.REJECTED, 0) == (report.state, report.filled_units)
    assert report.refusal is not None
    assert stand.product.holds() == await held(stand)


async def test_40_late_rejection_tells_its_reason(stand: Stand) -> None:
    """Card 40: it passes through the same classification as a refusal."""
    stand.hold(stand.product.holds())
    stand.reject_later(RefusalReason.POSITION_GONE, _LATE)
    await stand.broker.submit(filling(stand, "bd1-a"))
    stand.at(stand.now() + _LATE)

    report = await known(stand, "bd1-a")

    assert report.refusal is not None
    assert is_lacking(stand, 40) is not (RefusalReason.POSITION_GONE is report.refusal.reason)
