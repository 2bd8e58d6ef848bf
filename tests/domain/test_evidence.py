from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from botd.domain.contract import Leg
from botd.domain.evidence import average_net_price, closing_quantity, price_of_unit
from botd.domain.lots import end_legs
from botd.domain.orders import Fill, OrderReport, ReportState
from botd.domain.position import How
from tests.domain.book import STOCK_SHARES, call, position_of, put

AT = datetime(2015, 12, 24, 17, 50, tzinfo=UTC)
LONG = Leg(put("735"), 1)
SHORT = Leg(put("740"), -1)
HUNDRED = Leg(STOCK_SHARES, 100)
SHORT_CALL = Leg(call("760"), -1)


def order(*legs: Leg, units: int = 1, net_price: str = "-0.45") -> OrderReport:
    """An order of *legs* as held, sent to close them and filled."""
    return OrderReport(
        broker_order_id="o-1",
        client_order_id="theirs",
        state=ReportState.FILLED,
        legs=tuple(Leg(leg.instrument, -leg.quantity) for leg in legs),
        units=units,
        filled_units=units,
        net_price=Decimal(net_price),
        submitted_at=AT,
        as_of=AT,
        fills=(Fill("f-1", units, Decimal(net_price), AT),),
    )


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        pytest.param(order(LONG, SHORT), "-0.45", id="the same legs"),
        pytest.param(order(SHORT, LONG), "-0.45", id="in another order"),
        pytest.param(order(SHORT), None, id="one leg of two"),
        pytest.param(order(Leg(LONG.instrument, 2), SHORT), None, id="another ratio"),
        pytest.param(replace(order(LONG, SHORT), fills=()), None, id="no fill is known"),
    ],
)
def test_price_of_a_unit(report: OrderReport, expected: str | None) -> None:
    """A price is known where the order's unit is the position's."""
    price = price_of_unit(report, position_of(LONG, SHORT))

    assert (None if expected is None else Decimal(expected)) == price


def test_average_price() -> None:
    """Each fill counts by its units."""
    report = replace(
        order(SHORT),
        fills=(Fill("1", 3, Decimal("-0.40"), AT), Fill("2", 1, Decimal("-0.80"), AT)),
    )

    assert Decimal("-0.50") == average_net_price(report)


def test_price_of_shares_sold_one_by_one() -> None:
    """A hundred shares at 751.20 are a unit's shares at 751.20, per share of the unit."""
    position = end_legs(position_of(HUNDRED, SHORT_CALL), [SHORT_CALL.symbol], {}, How.EXPIRED, AT)
    report = order(Leg(STOCK_SHARES, 1), units=100, net_price="751.20")

    assert Decimal("751.20") == price_of_unit(report, position)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param(Leg(SHORT.instrument, 2), 2, id="buys two back"),
        pytest.param(Leg(SHORT.instrument, -1), 0, id="sells more"),
        pytest.param(Leg(LONG.instrument, 1), 0, id="another contract"),
    ],
)
def test_closing_quantity(sent: Leg, expected: int) -> None:
    """Only what turns a holding toward zero closes it."""
    assert expected == closing_quantity(replace(order(SHORT), legs=(sent,)), SHORT)
