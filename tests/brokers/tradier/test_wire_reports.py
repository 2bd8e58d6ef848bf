"""Tradier's orders, read."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from botd.brokers.tradier.wire_reports import reports_of
from botd.brokers.transport.fields import Unreadable
from botd.domain.orders import Fill, OrderReport, ReportState
from botd.errors import Refusal, RefusalReason
from tests.brokers.tradier.answers import LONG, NAME, SHORT, fields, leg, legs, package, single

_CREATED_AT = datetime(2019, 6, 5, 19, 50, 1, 250_000, tzinfo=UTC)
_CHANGED_AT = datetime(2019, 6, 5, 19, 50, 2, 500_000, tzinfo=UTC)


def read(*found: dict[str, Any]) -> tuple[OrderReport, ...]:
    return reports_of(fields(each) for each in found)


def only(found: dict[str, Any]) -> OrderReport:
    (report,) = read(found)
    return report


def test_working_order() -> None:
    """The documented order of one option, in botd's words."""
    assert OrderReport(
        broker_order_id="228749",
        client_order_id=NAME,
        state=ReportState.WORKING,
        legs=legs((SHORT, 1)),
        units=2,
        filled_units=0,
        net_price=Decimal("-1.05"),
        submitted_at=_CREATED_AT,
        as_of=_CHANGED_AT,
    ) == only(single())


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("pending", ReportState.PENDING),
        ("held", ReportState.PENDING),
        ("open", ReportState.WORKING),
        ("partially_filled", ReportState.WORKING),
        ("calculated", ReportState.WORKING),
        ("accepted_for_bidding", ReportState.WORKING),
        ("filled", ReportState.FILLED),
        ("canceled", ReportState.CANCELED),
        ("expired", ReportState.EXPIRED),
        ("rejected", ReportState.REJECTED),
        ("error", ReportState.REJECTED),
    ],
)
def test_status(status: str, state: ReportState) -> None:
    """Every documented status has its place."""
    done = 2.0 if state is ReportState.FILLED else 0.0

    assert state is only(single(status=status, exec_quantity=done)).state


def test_unknown_status_of_ours_is_unreadable() -> None:
    """Nobody guesses whether an order of ours may still fill."""
    with pytest.raises(Unreadable):
        read(single(status="marinating"))


def test_unknown_status_of_somebody_else_may_fill() -> None:
    """An order of somebody else holds its legs until it is known not to."""
    assert ReportState.WORKING is only(single(status="marinating", tag="other")).state


@pytest.mark.parametrize(
    ("changes", "limit", "fill"),
    [
        pytest.param({}, "-1.05", "-0.95", id="a purchase"),
        pytest.param({"side": "sell_to_close"}, "1.05", "0.95", id="a sale"),
        pytest.param({"type": "market", "price": None}, None, "-0.95", id="at the market"),
    ],
)
def test_price_is_signed_by_the_side(changes: dict[str, Any], limit: str | None, fill: str) -> None:
    """Who buys pays."""
    report = only(single(exec_quantity=1.0, avg_fill_price=0.95, **changes))

    assert (None if limit is None else Decimal(limit)) == report.net_price
    assert (1, (Fill("", 1, Decimal(fill), _CHANGED_AT),)) == (report.filled_units, report.fills)


@pytest.mark.parametrize(
    ("kind", "price", "limit"),
    [
        ("debit", 0.55, "-0.55"),
        ("credit", 0.55, "0.55"),
        ("even", None, "0.00"),
        ("market", None, None),
    ],
)
def test_limit_of_a_package(kind: str, price: float | None, limit: str | None) -> None:
    """The type tells who pays."""
    two = (leg(SHORT, "buy_to_close", 1.0), leg(LONG, "sell_to_close", 1.0))

    report = only(package(*two, type=kind, price=price))

    assert (None if limit is None else Decimal(limit)) == report.net_price
    assert legs((SHORT, 1), (LONG, -1)) == report.legs


def test_package_that_filled_in_part() -> None:
    """Units and price are the legs' word; the package's own price has no sign."""
    found = package(
        leg(SHORT, "buy_to_close", 6.0, 4.0, 1.00),
        leg(LONG, "sell_to_close", 3.0, 2.0, 0.40),
        quantity=3.0,
        exec_quantity=2.0,
        avg_fill_price=1.60,
        status="partially_filled",
    )

    report = only(found)

    assert legs((SHORT, 2), (LONG, -1)) == report.legs
    assert (3, 2) == (report.units, report.filled_units)
    assert (Fill("", 2, Decimal("-1.60"), _CHANGED_AT),) == report.fills


@pytest.mark.parametrize(
    ("kind", "expected"), [("debit", "-0.55"), ("credit", "0.55")], ids=["paid", "received"]
)
def test_package_whose_legs_tell_no_price(kind: str, expected: str) -> None:
    """Then the package's own price counts, signed by its type."""
    two = (leg(SHORT, "buy_to_close", 1.0, 1.0), leg(LONG, "sell_to_close", 1.0, 1.0))

    report = only(package(*two, type=kind, status="filled", avg_fill_price=0.55))

    assert (Fill("", 1, Decimal(expected), _CHANGED_AT),) == report.fills


def test_package_at_market_whose_legs_tell_no_price() -> None:
    """A price of unknown sign is not told."""
    two = (leg(SHORT, "buy_to_close", 1.0, 1.0), leg(LONG, "sell_to_close", 1.0, 1.0))

    report = only(package(*two, type="market", price=None, status="filled", avg_fill_price=0.55))

    assert (1, ()) == (report.filled_units, report.fills)


def test_legs_that_tell_no_quantity() -> None:
    """Then the package's own count is taken."""
    two = [leg(SHORT, "buy_to_close", 3.0), leg(LONG, "sell_to_close", 3.0)]
    for each in two:
        del each["exec_quantity"]

    assert 2 == only(package(*two, exec_quantity=2.0, quantity=3.0)).filled_units


def test_uneven_legs_count_whole_units() -> None:
    """A unit has filled when all its legs have."""
    found = package(
        leg(SHORT, "buy_to_close", 3.0, 3.0, 1.0), leg(LONG, "sell_to_close", 3.0, 1.0, 0.4)
    )

    assert 1 == only(found).filled_units


def test_package_of_one_leg_is_an_object() -> None:
    """One element of a list is none."""
    assert legs((SHORT, 1)) == only(package(leg(SHORT, "buy_to_close", 1.0))).legs


def test_unit_of_two_contracts_comes_back() -> None:
    """The tag tells that two contracts make one of our units."""
    found = single(
        tag=f"{NAME}-x2", quantity=6.0, exec_quantity=5.0, avg_fill_price=1.0, price=1.05
    )

    report = only(found)

    assert (NAME, legs((SHORT, 2)), 3) == (report.client_order_id, report.legs, report.units)
    assert Decimal("-2.10") == report.net_price
    assert (2, (Fill("", 2, Decimal("-2.00"), _CHANGED_AT),)) == (
        report.filled_units,
        report.fills,
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param(
            {"reason_description": "UnexpectedBuyToCoverOrderOption"},
            Refusal(
                RefusalReason.POSITION_GONE,
                "UnexpectedBuyToCoverOrderOption",
                "UnexpectedBuyToCoverOrderOption",
            ),
            id="a reason",
        ),
        pytest.param(
            {"errors": {"error": "InitialMargin"}},
            Refusal(RefusalReason.FUNDS, "InitialMargin", "InitialMargin"),
            id="errors on the order",
        ),
        pytest.param({}, Refusal(RefusalReason.OTHER, "no reason is told"), id="nothing"),
        pytest.param(
            {"status": "error", "reason_description": "OmsInternalError"},
            Refusal(RefusalReason.OTHER, "OmsInternalError", "OmsInternalError"),
            id="an error that has ended it",
        ),
    ],
)
def test_late_rejection(changes: dict[str, Any], expected: Refusal) -> None:
    """A rejection that comes later goes through the same table."""
    assert expected == only(single(**{"status": "rejected", **changes})).refusal


def test_late_rejection_beside_an_open_order() -> None:
    """Where another order may close the same leg, the quantity is held, not gone."""
    words = "Buy To Close order cannot be placed unless closing, please check open orders."
    rejected = single(status="rejected", reason_description=words)
    other = single(id=228750, tag="take-profit", price=0.05)

    ours, _ = read(rejected, other)

    assert ours.refusal is not None
    assert RefusalReason.HELD_BY_OTHER_ORDER is ours.refusal.reason
    assert words == ours.refusal.message


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"status": "canceled"}, id="that has ended"),
        pytest.param({"side": "sell_to_close"}, id="of the other side"),
        pytest.param({"option_symbol": LONG}, id="of another contract"),
    ],
)
def test_late_rejection_beside_an_order_that_holds_nothing(changes: dict[str, Any]) -> None:
    """An order that cannot close the leg explains nothing."""
    rejected = single(status="rejected", reason_description="UnexpectedBuyToCoverOrderOption")
    other = single(**{"id": 228750, "tag": "other", **changes})

    ours, _ = read(rejected, other)

    assert ours.refusal is not None
    assert RefusalReason.POSITION_GONE is ours.refusal.reason


@pytest.mark.parametrize("tag", [None, "null", "my-tag-example-1"])
def test_order_of_somebody_else(tag: str | None) -> None:
    """Shares of somebody else are reported, with the tag that they have."""
    found = single(
        tag=tag,
        option_symbol=None,
        symbol="BRK/B",
        side="sell",
        quantity=50.0,
        **{"class": "equity"},
    )

    report = only(found)

    assert (legs(("BRK.B", -1)), 50) == (report.legs, report.units)
    assert (None if tag == "null" else tag) == report.client_order_id
    assert Decimal("1.05") == report.net_price


def test_covered_call_is_priced_per_share() -> None:
    """A hundred shares and a call are one package, its price that of a share."""
    shares = leg(SHORT, "buy", 100.0, 100.0, 282.0) | {
        "class": "equity",
        "symbol": "SPY",
        "option_symbol": None,
    }
    found = package(
        shares,
        leg(SHORT, "sell_to_open", 1.0, 1.0, 1.5),
        tag=None,
        status="filled",
        **{"class": "combo"},
    )

    report = only(found)

    assert legs(("SPY", 100), (SHORT, -1)) == report.legs
    assert [Decimal("-280.50")] == [fill.net_price for fill in report.fills]


def test_orders_that_wait_for_one_another_are_told_apart() -> None:
    """An order that cancels another is no package."""
    found = single(
        tag="x",
        leg=[
            single(id=1, tag=None, status="open"),
            single(id=2, tag=None, type="stop", price=None, stop_price=2.5, status="held"),
        ],
        **{"class": "oco"},
    )

    limit, stop = read(found)

    assert ("1", Decimal("-1.05")) == (limit.broker_order_id, limit.net_price)
    assert ("2", None, ReportState.PENDING) == (stop.broker_order_id, stop.net_price, stop.state)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"option_symbol": "4SPX251219C05000000"}, id="a FLEX option"),
        pytest.param({"side": "borrow"}, id="a side that nobody knows"),
        pytest.param({"class": "future"}, id="a class that nobody knows"),
        pytest.param({"quantity": 0.0}, id="nothing"),
        pytest.param({"create_date": "yesterday"}, id="no date"),
        pytest.param({"id": None}, id="no id"),
        pytest.param({"price": None}, id="a limit order without its limit"),
    ],
)
def test_odd_order_of_somebody_else_is_left_out(changes: dict[str, Any]) -> None:
    """One odd order never hides the others; ours is never left out."""
    assert [NAME] == [
        each.client_order_id for each in read(single(**{**changes, "tag": "x"}), single())
    ]

    with pytest.raises(Unreadable):
        read(single(**changes), single())
