"""What an account holds beside ours, and what is told of it: cards 41 to 45 and 48."""

from datetime import timedelta
from decimal import Decimal

from botd.domain.orders import ReportState
from tests.contract.asking import BUY, day, dollars, held, is_lacking, known, listed
from tests.contract.stand import FOREIGN_SHARES, LONG_PUT, SHORT_PUT, UNDERLYING, Stand, order

_MANY_ORDERS = 1_100  # more than two pages of the broker with the longest ones
_MANY_STRIKES = 600
_MANY_RECORDS = 300  # with their shares, more than two pages


async def test_41_lists_are_read_to_their_last_page(stand: Stand) -> None:
    """Card 41: every order and every position is told, each once."""
    stand.hold({SHORT_PUT: -1})
    await stand.broker.submit(order(stand, "bd1-a", BUY, "-0.50"))
    stand.crowd(_MANY_ORDERS)
    strikes = {f"GOOG160115C00{strike:03}000": -1 for strike in range(100, 100 + _MANY_STRIKES)}
    before = await held(stand)
    stand.hold(strikes)

    reports = await listed(stand)

    assert _MANY_ORDERS + 1 == len({each.broker_order_id for each in reports}) == len(reports)
    assert "bd1-a" in {each.client_order_id for each in reports}
    assert before | strikes == await held(stand)


async def test_41_records_are_read_to_their_last_page(stand: Stand) -> None:
    """Card 41: every assignment of a night is told, each once."""
    strikes = {f"GOOG151224P00{strike:03}000": -1 for strike in range(400, 400 + _MANY_RECORDS)}
    stand.hold(strikes)
    for symbol in strikes:
        stand.assign(symbol)
    evening = stand.now() - timedelta(hours=1)
    stand.at(day(stand, "14:35", days=4))

    records = await stand.broker.settlements(evening)

    told = [] if is_lacking(stand, 20) else sorted(strikes)
    assert told == sorted(each.symbol for each in records)
    assert len(told) == len({each.record_id for each in records})


async def test_42_another_adapter_sees_the_same(stand: Stand) -> None:
    """Card 42: what a process knew, the next one reads from the broker."""
    stand.hold({SHORT_PUT: -3, LONG_PUT: 1})
    stand.fill_only(1)
    await stand.broker.submit(order(stand, "bd1-a", BUY, "-1.00", units=2))
    resting = await stand.broker.submit(order(stand, "bd1-b", ((LONG_PUT, -1),), "0.50"))
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
    """Card 43: shares, a crypto pair and a FLEX option stay beside ours, under some name."""
    stand.hold({SHORT_PUT: -1})
    can_be = stand.hold_foreign()

    assert is_lacking(stand, 43) is not can_be
    if not can_be:
        return
    holdings = await held(stand)

    assert (-1, 10) == (holdings[SHORT_PUT], holdings[FOREIGN_SHARES])
    assert 4 == len(holdings)


async def test_44_foreign_orders_break_nothing(stand: Stand) -> None:
    """Card 44: what cannot be read of other people's orders hides none of ours."""
    stand.hold({SHORT_PUT: -1})
    can_be = stand.rest_foreign()
    await stand.broker.submit(order(stand, "bd1-a", BUY, "-0.50"))

    reports = await listed(stand)

    assert is_lacking(stand, 44) is not can_be
    (ours,) = [each for each in reports if each.client_order_id == "bd1-a"]
    assert ReportState.WORKING is ours.state
    assert len(reports) <= (4 if can_be else 1)


async def test_45_assignment_moves_shares(stand: Stand) -> None:
    """Card 45: next morning the short put is gone, and its shares are there."""
    stand.hold({SHORT_PUT: -2, LONG_PUT: 1})
    stand.assign(SHORT_PUT)
    stand.at(stand.now() + timedelta(minutes=5))

    assert {UNDERLYING: 200, LONG_PUT: 1} == await held(stand)


async def test_48_liquidation_is_seen(stand: Stand) -> None:
    """Card 48: the broker's own order is told, filled, and without an id of ours."""
    stand.hold({SHORT_PUT: -2})
    stand.liquidate(SHORT_PUT)

    (report,) = await listed(stand)

    assert (ReportState.FILLED, 2) == (report.state, report.filled_units)
    assert {SHORT_PUT: 1} == {leg.symbol: leg.quantity for leg in report.legs}
    assert Decimal("-2.00") == dollars(report)
    assert not (report.client_order_id or "").startswith("bd")
    assert {} == await held(stand)
    assert day(stand, "00:00") < report.submitted_at
