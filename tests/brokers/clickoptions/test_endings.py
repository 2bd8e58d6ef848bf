"""What became of positions: records of ends, and orders that are not ours."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from botd.brokers.clickoptions.endings import (
    records_of,
    reports_of,
    settlement_price,
    spots_of,
)
from botd.brokers.port import RecordKind, SettlementRecord
from botd.brokers.transport.fields import Unreadable
from botd.domain.orders import OrderReport, ReportState
from tests.brokers.clickoptions.answers import (
    CALL,
    ENDS_AT,
    LATER,
    NOW,
    OPENED_AT,
    closed,
    exercised,
    read,
    told,
)

PUT = {"type": "PUT", "symbol": "BTC-27NOV26-90000-P"}
ALL_CLOSED = {"sizeContractsClosed": "3", "sizeClosed": "0.03"}
ONE_CLOSED = {"sizeContractsClosed": "1", "sizeClosed": "0.01"}
SETTLED = {"settlementPrice": "91000"}
DAY_BEFORE = NOW - timedelta(days=1)
MONEY = (RecordKind.CASH_SETTLEMENT, Decimal(1000))
NOTHING = (RecordKind.EXPIRATION, None)


def reports(
    *items: dict[str, Any], now: datetime = NOW, since: datetime = DAY_BEFORE
) -> tuple[OrderReport, ...]:
    return reports_of([read(each) for each in items], since, now, lambda _id, _count: now)


def records(*items: dict[str, Any], now: datetime = LATER) -> tuple[SettlementRecord, ...]:
    return records_of([read(each) for each in items], DAY_BEFORE, now)


@pytest.mark.parametrize(
    ("item", "kind", "quantity"),
    [
        pytest.param(exercised(), MONEY, 3, id="a call in the money"),
        pytest.param(exercised(tradeSide="SELL"), MONEY, -3, id="one that was owed"),
        pytest.param(exercised(**ALL_CLOSED), MONEY, 3, id="told as closed by its exercise"),
        pytest.param(exercised(**ONE_CLOSED), MONEY, 2, id="what was left of it"),
        pytest.param(exercised(**PUT, settlementPrice="89000"), MONEY, 3, id="a put in the money"),
        pytest.param(exercised(settlementPrice="90000"), NOTHING, 3, id="at the strike"),
        pytest.param(
            told(status="closed", **ALL_CLOSED, settlementPrice="89000"),
            NOTHING,
            3,
            id="closed out of the money by its end",
        ),
        pytest.param(
            told(status="closed", **ONE_CLOSED, settlementPrice="89000"),
            NOTHING,
            2,
            id="the rest ended out of the money",
        ),
        pytest.param(
            told(status="closed", **SETTLED), MONEY, 3, id="closed in the money by its end"
        ),
    ],
)
def test_an_end_is_a_record(
    item: dict[str, Any], kind: tuple[RecordKind, Decimal | None], quantity: int
) -> None:
    """Value per coin from the settlement price, contracts signed as held, at 08:00 UTC."""
    [found] = records(item)

    assert (*kind, quantity) == (found.kind, found.price, found.quantity)
    assert ("position-7001", ENDS_AT) == (found.record_id, found.recorded_at)
    assert item["symbol"] == found.symbol.removeprefix("crypto:")


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(told(), id="open"),
        pytest.param(told(**SETTLED), id="open, though its price is told"),
        pytest.param(exercised(settlementPrice=""), id="exercised at no price"),
        pytest.param(closed(), id="closed by somebody"),
        pytest.param(closed(**SETTLED), id="closed by somebody before it ended"),
        pytest.param(told(status="closed", **ALL_CLOSED), id="closed at no price"),
        pytest.param(told(status="liquidated", **SETTLED), id="liquidated"),
        pytest.param(told(status="settling", **SETTLED), id="a word that nobody knows"),
        pytest.param(exercised(asset="SOL", symbol="SOL-27NOV26-200-C"), id="foreign"),
    ],
)
def test_what_is_no_end(item: dict[str, Any]) -> None:
    """Nothing is concluded from what is not said."""
    assert () == records(item)


def test_ends_are_told_once_they_have_come() -> None:
    """Neither before 08:00 UTC, nor of a day before *since*."""
    position = read(exercised())

    assert () == records(exercised(), now=NOW)
    assert () == records_of([position], ENDS_AT + timedelta(seconds=1), LATER)
    assert 1 == len(records_of([position], ENDS_AT, LATER))


def test_a_child_is_not_counted_twice() -> None:
    """A parent that counts what its child tells of tells of the rest."""
    parent = exercised(positionId="7000")
    child = exercised(positionId="7001", parentPositionId="7000", sizeContracts="1", size="0.01")

    assert [("position-7000", 2), ("position-7001", 1)] == [
        (each.record_id, each.quantity) for each in records(parent, child)
    ]


def test_a_child_of_its_own_size_stands_beside_its_parent() -> None:
    """What a child tells beyond its parent was never in it."""
    parent = exercised(positionId="7000", sizeContracts="1", size="0.01")
    child = exercised(positionId="7001", parentPositionId="7000")

    assert [1, 3] == [each.quantity for each in records(parent, child)]


@pytest.mark.parametrize(
    ("item", "units", "price"),
    [
        pytest.param(closed(), 3, "700", id="sold by somebody"),
        pytest.param(closed(tradeSide="SELL", plClosed="-6.00"), 3, "-700", id="bought back"),
        pytest.param(closed(plClosed="5.95"), 3, "700", id="a sum less its fee"),
        pytest.param(closed(plClosed="600.00"), 3, None, id="a price of something else"),
        pytest.param(closed(plClosed=""), 3, None, id="no sum to hold it against"),
        pytest.param(closed(sizeClosed=""), 3, None, id="no coins"),
        pytest.param(closed(openPrice=""), 3, None, id="no price before"),
        pytest.param(
            closed(closePrice="501.00", plClosed="0.03"), 3, None, id="a sum that a fee could be"
        ),
        pytest.param(
            told(**ONE_CLOSED, closePrice="700.00", plClosed="2.00"), 1, "700", id="a part of it"
        ),
        pytest.param(
            closed(sizeContractsClosed="0", sizeClosed="0"), 3, None, id="closed, uncounted"
        ),
        pytest.param(closed(closePrice=""), 3, None, id="closed at no price before its end"),
        pytest.param(told(status="liquidated"), 3, None, id="liquidated, uncounted"),
        pytest.param(closed(status="liquidated"), 3, "700", id="liquidated at a price"),
    ],
)
def test_what_somebody_closed(item: dict[str, Any], units: int, price: str | None) -> None:
    """An order that is not ours, filled, with a price where the sums show what it is of."""
    [found] = reports(item)

    assert (ReportState.FILLED, units, units) == (found.state, found.units, found.filled_units)
    assert ("position-7001", None) == (found.broker_order_id, found.client_order_id)
    assert [(CALL, 1 if item["tradeSide"] == "SELL" else -1)] == [
        (leg.symbol, leg.quantity) for leg in found.legs
    ]
    prices = [] if price is None else [(units, Decimal(price), NOW)]
    assert prices == [(fill.units, fill.net_price, fill.filled_at) for fill in found.fills]
    assert (OPENED_AT, None) == (found.submitted_at, found.net_price)


@pytest.mark.parametrize(
    ("item", "now"),
    [
        pytest.param(told(), NOW, id="open"),
        pytest.param(exercised(), LATER, id="exercised"),
        pytest.param(exercised(**ALL_CLOSED), LATER, id="closed by its exercise"),
        pytest.param(closed(closePrice=""), LATER, id="over, and nobody says how"),
        pytest.param(closed(closePrice="", **SETTLED), LATER, id="closed by its end"),
        pytest.param(closed(asset="SOL", symbol="SOL-1"), NOW, id="foreign"),
    ],
)
def test_what_nobody_closed(item: dict[str, Any], now: datetime) -> None:
    """An end is no order, and what nobody says is none."""
    assert () == reports(item, now=now)


def test_a_foreign_child_takes_nothing_away() -> None:
    """What is not understood is not counted against what is."""
    child = closed(positionId="7002", parentPositionId="7001", asset="SOL", symbol="SOL-1")

    assert [3] == [each.units for each in reports(closed(), child)]


def test_what_ended_long_ago_explains_nothing() -> None:
    """Contracts that ended before *since* concern nobody any more."""
    assert () == reports(closed(), now=LATER, since=ENDS_AT + timedelta(seconds=1))
    assert 1 == len(reports(closed(), now=LATER, since=ENDS_AT))


def test_a_closed_part_is_told_by_parent_or_child() -> None:
    """A part that became a position of its own is not told by both."""
    parent = told(positionId="7000", **ONE_CLOSED)
    child = closed(
        parentPositionId="7000",
        sizeContracts="1",
        size="0.01",
        plClosed="2.00",
        **ONE_CLOSED,
    )

    assert [("position-7001", 1)] == [
        (each.broker_order_id, each.units) for each in reports(parent, child)
    ]


def test_the_price_of_a_day() -> None:
    """Of the coin and the day, once contracts have ended on it."""
    found = [read(exercised()), read(told(positionId="2"))]
    day = date(2026, 11, 27)

    assert Decimal(91000) == settlement_price(found, "BTC", day, LATER)
    assert None is settlement_price(found, "ETH", day, LATER)
    assert None is settlement_price(found, "BTC", date(2026, 11, 26), LATER)
    assert None is settlement_price(found, "BTC", day, NOW)


def test_two_prices_of_a_day_are_none() -> None:
    """Nobody can say which of them it is."""
    found = [read(exercised()), read(exercised(positionId="2", settlementPrice="91001"))]

    with pytest.raises(Unreadable, match="91000, 91001"):
        settlement_price(found, "BTC", date(2026, 11, 27), LATER)


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        pytest.param([told()], {"BTC": Decimal("90512.50")}, id="one position"),
        pytest.param([told(curIdxPrice="")], {}, id="none is told"),
        pytest.param([closed()], {}, id="of what is over"),
        pytest.param([told(asset="SOL", symbol="SOL-1")], {}, id="of another coin"),
        pytest.param(
            [told(), told(curIdxPrice="91400.00")], {"BTC": Decimal(91400)}, id="a newer page"
        ),
        pytest.param([told(), told(curIdxPrice="91500.00")], {}, id="two indices"),
    ],
)
def test_where_coins_stand(items: list[dict[str, Any]], expected: dict[str, Decimal]) -> None:
    """By the index of open positions; where they differ, nobody knows."""
    assert expected == spots_of([read(each) for each in items])
