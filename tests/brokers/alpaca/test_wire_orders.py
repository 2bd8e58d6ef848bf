"""Orders out of intents, and reports out of answers."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from botd.brokers.alpaca import wire_orders
from botd.brokers.transport.fields import Unreadable
from botd.domain.orders import Fill, OrderIntent, ReportState
from botd.errors import RefusalReason
from tests.brokers.alpaca.answers import (
    AT,
    CALL_100,
    CALL_105,
    NAME,
    fields,
    intent,
    legs,
    package,
    single,
)

# Every status that the published description and the vendor's SDK know.
STATUSES = {
    "new": ReportState.WORKING,
    "partially_filled": ReportState.WORKING,
    "filled": ReportState.FILLED,
    "done_for_day": ReportState.EXPIRED,
    "canceled": ReportState.CANCELED,
    "expired": ReportState.EXPIRED,
    "replaced": ReportState.REPLACED,
    "pending_cancel": ReportState.CANCEL_PENDING,
    "pending_replace": ReportState.WORKING,
    "pending_review": ReportState.PENDING,
    "accepted": ReportState.PENDING,
    "pending_new": ReportState.PENDING,
    "accepted_for_bidding": ReportState.WORKING,
    "stopped": ReportState.WORKING,
    "rejected": ReportState.REJECTED,
    "suspended": ReportState.WORKING,
    "calculated": ReportState.EXPIRED,
    "held": ReportState.PENDING,
}


def test_single_leg_is_sold() -> None:
    """One leg names its symbol, its side and its intent; all numbers are text."""
    expected = {
        "client_order_id": NAME,
        "symbol": CALL_100,
        "side": "sell",
        "position_intent": "sell_to_close",
        "qty": "2",
        "type": "limit",
        "limit_price": "1.05",
        "time_in_force": "day",
    }

    assert expected == wire_orders.order_body(intent((CALL_100, -1), net_price="1.05", units=2))


def test_package_is_sold_for_a_credit() -> None:
    """Several legs are one order, whose credit is a negative limit."""
    expected = {
        "client_order_id": NAME,
        "order_class": "mleg",
        "qty": "3",
        "type": "limit",
        "limit_price": "-0.55",
        "time_in_force": "day",
        "legs": [
            {
                "symbol": CALL_100,
                "ratio_qty": "1",
                "side": "sell",
                "position_intent": "sell_to_close",
            },
            {
                "symbol": CALL_105,
                "ratio_qty": "1",
                "side": "buy",
                "position_intent": "buy_to_close",
            },
        ],
    }
    sent = intent((CALL_100, -1), (CALL_105, 1), net_price="0.55", units=3)

    assert expected == wire_orders.order_body(sent)


@pytest.mark.parametrize(
    ("sent", "limit"),
    [
        pytest.param(intent((CALL_100, 1), net_price="-1.05"), "1.05", id="a purchase"),
        pytest.param(intent((CALL_100, -1), net_price="1.05"), "1.05", id="a sale"),
        pytest.param(
            intent((CALL_100, 1), (CALL_105, -1), net_price="-0.55"), "0.55", id="a debit"
        ),
        pytest.param(intent((CALL_100, 1), (CALL_105, -1), net_price="0"), "0", id="even"),
        pytest.param(
            intent((CALL_100, 1), (CALL_105, -1), net_price="-0.00"), "0.00", id="even, below"
        ),
        pytest.param(intent((CALL_100, 1), net_price="-1E+1"), "10", id="no exponent"),
        pytest.param(
            intent((CALL_100, 1), net_price="-0.505"), "0.505", id="a price off the tick as it is"
        ),
        pytest.param(
            intent((CALL_100, 2), net_price="-2.10"), "1.05", id="a unit of two contracts"
        ),
        pytest.param(
            intent((CALL_100, 2), (CALL_105, -2), net_price="-0.95"),
            "0.47",
            id="half of a cent is not paid",
        ),
        pytest.param(
            intent((CALL_100, -2), (CALL_105, 2), net_price="0.95"),
            "-0.48",
            id="half of a cent is asked for",
        ),
    ],
)
def test_limit_as_sent(sent: OrderIntent, limit: str) -> None:
    """A limit is above zero for one leg; of several a debit is, and a credit is below."""
    assert limit == wire_orders.order_body(sent)["limit_price"]


def test_market_order_has_no_limit() -> None:
    """Without a price it is a market order."""
    body = wire_orders.order_body(intent((CALL_100, -1)))

    assert "market" == body["type"]
    assert "limit_price" not in body


def test_common_divisor_becomes_units() -> None:
    """Legs of -2 and +4 in each of 3 units are sent as -1 and +2 in each of 6."""
    sent = intent((CALL_100, -2), (CALL_105, 4), net_price="-1.00", units=3)

    body = wire_orders.order_body(sent)

    assert "6" == body["qty"]
    assert "0.50" == body["limit_price"]
    assert [("1", "sell"), ("2", "buy")] == [
        (leg["ratio_qty"], leg["side"])
        for leg in body["legs"]  # type: ignore[attr-defined]
    ]


def test_common_divisor_comes_back() -> None:
    """A report of such an order is in the units, legs and prices of its intent."""
    order = package(qty="6", filled_qty="5", status="partially_filled", first_paid="1.00")
    order["legs"][1].update(ratio_qty="2", filled_avg_price="0.75")
    order["limit_price"] = "0.50"

    report = wire_orders.report_of(fields(order), as_of=AT, ratio=2)

    assert legs((CALL_100, -2), (CALL_105, 4)) == report.legs
    assert (3, 2, Decimal("-1.00")) == (report.units, report.filled_units, report.net_price)
    assert [(2, Decimal("-1.00"))] == [(fill.units, fill.net_price) for fill in report.fills]


def test_replacement_names_no_quantity() -> None:
    """A change of price leaves the quantity alone."""
    sent = intent((CALL_100, -1), (CALL_105, 1), net_price="0.50", units=3)
    expected = {"client_order_id": NAME, "limit_price": "-0.50"}

    assert expected == wire_orders.replacement_body(sent)


def test_working_order_is_read() -> None:
    """A report has ids, legs as sent, units, and the limit toward the account."""
    report = wire_orders.report_of(fields(single()), as_of=AT)

    assert "7b08df51-c1ac-453c-99f9-323a5f075f0d" == report.broker_order_id
    assert NAME == report.client_order_id
    assert legs((CALL_100, -1)) == report.legs
    assert (2, 0, Decimal("1.05")) == (report.units, report.filled_units, report.net_price)
    assert datetime(2025, 6, 20, 19, 50, 0, 577215, UTC) == report.submitted_at
    assert () == report.fills


@pytest.mark.parametrize(
    ("order", "net_price"),
    [
        pytest.param(single(side="buy"), "-1.05", id="a purchase"),
        pytest.param(single(limit_price=1.05), "1.05", id="a number, not text"),
        pytest.param(single(type="stop_limit"), "1.05", id="a stop-limit order"),
        pytest.param(package(), "0.55", id="a package's credit"),
        pytest.param(package(limit_price="0.55"), "-0.55", id="a package's debit"),
        pytest.param(package(limit_price="0"), "0", id="a package for nothing"),
        pytest.param(single(type="market", limit_price=None), None, id="a market order"),
        pytest.param(single(type="trailing_stop", limit_price=None), None, id="a trailing stop"),
    ],
)
def test_limit_as_read(order: dict[str, object], net_price: str | None) -> None:
    """Limits come back toward the account."""
    report = wire_orders.report_of(fields(order), as_of=AT)

    assert (None if net_price is None else Decimal(net_price)) == report.net_price
    assert "-0" != str(report.net_price)


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_known(status: str) -> None:
    """Each documented status is one of ours."""
    order = single(status=status)
    if status == "filled":
        order.update(filled_qty="2", filled_avg_price="1.05")

    assert STATUSES[status] is wire_orders.report_of(fields(order), as_of=AT).state


@pytest.mark.parametrize("status", ["done_for_day", "calculated"])
def test_whole_order_is_filled_however_the_day_ends(status: str) -> None:
    """Nothing is left to expire of an order that is done."""
    order = single(status=status, filled_qty="2", filled_avg_price="1.05")

    assert ReportState.FILLED is wire_orders.report_of(fields(order), as_of=AT).state


def test_fills_are_one_total() -> None:
    """What is filled is told as one nameless fill at the average."""
    order = single(
        status="partially_filled",
        filled_qty="1",
        filled_avg_price="1.07",
        filled_at="2025-06-20T19:50:01.123456789Z",
    )
    at = datetime(2025, 6, 20, 19, 50, 1, 123456, UTC)

    report = wire_orders.report_of(fields(order), as_of=AT)

    assert (Fill("", 1, Decimal("1.07"), at),) == report.fills
    assert 1 == report.filled_units


@pytest.mark.parametrize("told", ["-0.42", "0.42", None])
def test_package_price_is_read_from_its_legs(told: str | None) -> None:
    """Whichever sign the parent's average has, the legs say that 0.42 came in."""
    order = package(
        status="filled",
        filled_qty="3",
        filled_avg_price=told,
        first_paid="1.50",
        second_paid="1.08",
    )

    (fill,) = wire_orders.report_of(fields(order), as_of=AT).fills

    assert (3, Decimal("0.42")) == (fill.units, fill.net_price)


def test_package_price_without_legs_prices_is_the_parents() -> None:
    """Where the legs tell no price the parent's counts: a debit is above zero."""
    order = package(status="filled", filled_qty="3", filled_avg_price="1.28")

    (fill,) = wire_orders.report_of(fields(order), as_of=AT).fills

    assert Decimal("-1.28") == fill.net_price


def test_late_rejection_is_classified() -> None:
    """An order that is rejected later carries a refusal of the same vocabulary."""
    words = "position intent mismatch, inferred: buy_to_open, specified: buy_to_close"
    order = single(status="rejected", reject_reason=words)

    refusal = wire_orders.report_of(fields(order), as_of=AT).refusal

    assert refusal is not None
    assert (RefusalReason.POSITION_GONE, words) == (refusal.reason, refusal.message)


def test_late_rejection_without_words() -> None:
    """Without words it is a refusal of which no more is known."""
    refusal = wire_orders.report_of(fields(single(status="rejected")), as_of=AT).refusal

    assert refusal is not None
    assert RefusalReason.OTHER is refusal.reason


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(single(status="levitating"), id="a status that nobody knows"),
        pytest.param(single(status=None), id="no status"),
        pytest.param(single(id=None), id="no id"),
        pytest.param(single(qty="0.02"), id="a part of a share"),
        pytest.param(single(qty=None, notional="500"), id="an amount of dollars"),
        pytest.param(single(qty="0"), id="no units"),
        pytest.param(single(filled_qty="3"), id="more filled than asked for"),
        pytest.param(single(filled_qty="-1"), id="less than nothing filled"),
        pytest.param(single(side="both"), id="a side that nobody knows"),
        pytest.param(single(symbol="BTC/USD"), id="a pair of currencies"),
        pytest.param(single(limit_price=None), id="a limit order without a limit"),
        pytest.param(single(status="filled", filled_qty="2"), id="filled at no price"),
        pytest.param(single(submitted_at=None, created_at=None), id="of no instant"),
        pytest.param(single(submitted_at="2025-06-20T19:50:00"), id="of an instant without offset"),
        pytest.param(package(legs=None), id="a package without legs"),
        pytest.param(package(legs=[]), id="a package of no legs"),
        pytest.param(package(qty="0"), id="a package of nothing"),
        pytest.param(single(limit_price="NaN"), id="no number"),
    ],
)
def test_odd_order_is_unreadable(order: dict[str, object]) -> None:
    """What the documents do not describe is no report."""
    with pytest.raises(Unreadable):
        wire_orders.report_of(fields(order), as_of=AT)


def test_leg_ratio_follows_from_quantities() -> None:
    """Where a leg tells no ratio, it is its quantity in a unit."""
    order = package()
    for leg, quantity in zip(order["legs"], ("3", "6"), strict=True):
        leg.update(ratio_qty=None, qty=quantity)

    report = wire_orders.report_of(fields(order), as_of=AT)

    assert legs((CALL_100, -1), (CALL_105, 2)) == report.legs


def test_leg_that_is_in_no_whole_unit_is_unreadable() -> None:
    """Four contracts are in three units by no whole ratio."""
    order = package()
    order["legs"][0].update(ratio_qty=None, qty="4")

    with pytest.raises(Unreadable, match="no whole number"):
        wire_orders.report_of(fields(order), as_of=AT)


def test_legs_of_a_bracket_stand_for_themselves() -> None:
    """The exits of a bracket are orders of their own; the legs of a package are not."""
    exits = single(symbol="AAPL", order_class="bracket", id="exit")
    entry = single(symbol="AAPL", order_class="bracket", id="entry", legs=[exits])

    found = list(wire_orders.flat((fields(entry), fields(package(id="package")))))

    assert ["entry", "exit", "package"] == [order.text("id") for order in found]
