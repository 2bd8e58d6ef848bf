from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botd.brokers.tastytrade.wire_orders import (
    Reading,
    is_market_package,
    order_body,
    order_list,
    placed_order,
    replacement_body,
)
from botd.brokers.transport.fields import Unreadable
from botd.domain.orders import Fill, ReportState
from botd.errors import RefusalReason
from tests.brokers.tastytrade.answers import (
    AT,
    CALL_100,
    CALL_105,
    LONG_AGO,
    NAME,
    PADDED_100,
    PADDED_105,
    READING,
    body,
    fill,
    intent,
    leg,
    legs,
    listing,
    report,
    single,
    spread,
)

JUST_NOW = "2025-06-20T19:50:02.900+00:00"
STRICT = {"strict-position-effect-validation": True}


def test_body_of_a_spread_has_the_documents_words() -> None:
    """Symbols are padded to 21, quantities are totals, and the price has its side."""
    found = order_body(intent((CALL_100, 1), (CALL_105, -1), net_price="-0.55", units=3))

    assert {
        "order-type": "Limit",
        "time-in-force": "Day",
        "price": "0.55",
        "price-effect": "Debit",
        "external-identifier": NAME,
        "source": "botd/x1",
        "automated-source": True,
        "advanced-instructions": STRICT,
        "legs": [
            {
                "instrument-type": "Equity Option",
                "symbol": PADDED_100,
                "action": "Buy to Close",
                "quantity": 3,
            },
            {
                "instrument-type": "Equity Option",
                "symbol": PADDED_105,
                "action": "Sell to Close",
                "quantity": 3,
            },
        ],
    } == found


@given(
    quantities=st.lists(
        st.integers(min_value=-9, max_value=9).filter(bool), min_size=1, max_size=4
    ),
    units=st.integers(min_value=1, max_value=500),
    cents=st.none() | st.integers(min_value=-5_000, max_value=5_000),
)
def test_no_body_goes_without_strict_position_effects(
    quantities: list[int], units: int, cents: int | None
) -> None:
    """Whatever is closed, and however, the broker is told to refuse what would open."""
    pairs = tuple((f"AAPL250620C00{100 + n:03}000", q) for n, q in enumerate(quantities))
    price = None if cents is None else str(Decimal(cents) / 100)
    made = intent(*pairs, net_price=price, units=units)

    for found in (order_body(made), replacement_body(made)):
        assert STRICT == found["advanced-instructions"]
    actions = {each["action"] for each in _legs_of(order_body(made))}
    assert actions <= {"Buy to Close", "Sell to Close"}


def _legs_of(found: dict[str, object]) -> list[dict[str, Any]]:
    told = found["legs"]
    assert isinstance(told, list)
    return told


@pytest.mark.parametrize(
    ("pairs", "net_price", "price", "effect"),
    [
        pytest.param(((CALL_100, 1),), "-1.05", "1.05", "Debit", id="bought"),
        pytest.param(((CALL_100, -1),), "1.05", "1.05", "Credit", id="sold"),
        pytest.param(((CALL_100, 1), (CALL_105, -1)), "0.10", "0.1", "Credit", id="for money"),
        pytest.param(((CALL_100, 1), (CALL_105, -1)), "0.00", "0", "Debit", id="even"),
        pytest.param(((CALL_100, 2), (CALL_105, -2)), "-1.10", "0.55", "Debit", id="by twos"),
        pytest.param(((CALL_100, 1),), "-10.00", "10", "Debit", id="no exponent"),
        pytest.param(((CALL_100, -1),), "0", "0", "Credit", id="given away"),
    ],
)
def test_price_names_its_side(
    pairs: tuple[tuple[str, int], ...], net_price: str, price: str, effect: str
) -> None:
    """A price is never below zero, and is that of the smallest ratio."""
    found = order_body(intent(*pairs, net_price=net_price))

    assert (price, effect) == (found["price"], found["price-effect"])


def test_market_order_has_no_price() -> None:
    """A price or its side in the body would make tastytrade refuse a market order."""
    found = order_body(intent((CALL_100, 1)))

    assert "Market" == found["order-type"]
    assert not {"price", "price-effect"} & found.keys()


def test_market_package_is_known() -> None:
    """Market orders have one leg there."""
    assert is_market_package(intent((CALL_100, 1), (CALL_105, -1)))
    assert not is_market_package(intent((CALL_100, 1)))
    assert not is_market_package(intent((CALL_100, 1), (CALL_105, -1), net_price="-1.00"))


def test_replacement_is_the_order_without_its_legs() -> None:
    """The legs are inherited; the new id, price and strictness are not."""
    made = intent((CALL_100, 1), net_price="-0.60")

    whole = order_body(made)
    del whole["legs"]

    assert whole == replacement_body(made)


@pytest.mark.parametrize(
    ("status", "changes", "state"),
    [
        pytest.param("Received", {}, ReportState.PENDING, id="received"),
        pytest.param("Routed", {}, ReportState.PENDING, id="routed"),
        pytest.param("In Flight", {}, ReportState.PENDING, id="in flight"),
        pytest.param("Contingent", {}, ReportState.PENDING, id="contingent"),
        pytest.param("Live", {}, ReportState.WORKING, id="live"),
        pytest.param("Replace Requested", {}, ReportState.WORKING, id="may still fill"),
        pytest.param("Cancel Requested", {}, ReportState.CANCEL_PENDING, id="cancel requested"),
        pytest.param("Remove Pending", {}, ReportState.CANCEL_PENDING, id="remove pending"),
        pytest.param("Cancelled", {}, ReportState.CANCELED, id="cancelled"),
        pytest.param("Cancelled", {"replacing-order-id": 2}, ReportState.REPLACED, id="replaced"),
        pytest.param("Removed", {}, ReportState.CANCELED, id="removed"),
        pytest.param("Partially Removed", {}, ReportState.CANCELED, id="partially removed"),
        pytest.param("Dead", {}, ReportState.CANCELED, id="dead"),
        pytest.param("Expired", {}, ReportState.EXPIRED, id="expired"),
        pytest.param("Rejected", {}, ReportState.REJECTED, id="rejected"),
        pytest.param("Rejected", {"replaces-order-id": 1}, ReportState.CANCELED, id="aborted"),
        pytest.param("Filled", {}, ReportState.FILLED, id="filled, and nobody tells when"),
    ],
)
def test_status_is_a_state(status: str, changes: dict[str, object], state: ReportState) -> None:
    """Each status of the documents, and nothing that is final too early."""
    assert state is report(single(status, **changes)).state


def test_live_order_comes_back_as_it_was_sent() -> None:
    """Legs, units, price and name are ours again."""
    found = report(spread(units=2))

    assert ("54758826", NAME, 2, 0) == (
        found.broker_order_id,
        found.client_order_id,
        found.units,
        found.filled_units,
    )
    assert legs((CALL_100, 1), (CALL_105, -1)) == found.legs
    assert Decimal("-0.55") == found.net_price
    assert AT.replace(second=0, microsecond=172_000) == found.submitted_at


def test_ratio_travels_in_the_source() -> None:
    """Two spreads a unit are one unit again, at the price of both."""
    found = report(spread(units=4, source="botd/x2"))

    assert 2 == found.units
    assert legs((CALL_100, 2), (CALL_105, -2)) == found.legs
    assert Decimal("-1.10") == found.net_price


def test_ratio_is_remembered_where_the_source_is_not_echoed() -> None:
    """This process knows the orders that it sent itself."""
    reading = Reading(AT, AT, {}, {NAME: 2})

    assert 1 == report(spread(units=2, source=None), reading).units


@pytest.mark.parametrize("source", ["botd/x3", "somebody/1.0", "botd/x0", ""])
def test_odd_source_says_nothing(source: str) -> None:
    """A ratio that does not fit the legs, or is not ours, is one."""
    assert 2 == report(spread(units=2, source=source)).units


def test_fill_of_one_leg_keeps_its_own_id() -> None:
    """Where a contract is a unit, the broker's execution is the order's."""
    found = report(single("Filled", fill(7, "0.50")))

    at = AT.replace(minute=40, second=0)
    assert (Fill("7_TW::TEST", 1, Decimal("-0.50"), at),) == found.fills


def test_filled_order_waits_for_its_fills() -> None:
    """A Filled whose fills are on their way is not final, and counts what has come."""
    order = single("Filled", **{"terminal-at": JUST_NOW})

    found = report(order)

    assert (ReportState.WORKING, 0, ()) == (found.state, found.filled_units, found.fills)


def test_filled_package_waits_for_its_second_leg() -> None:
    """The first leg's fills come first; a unit needs both."""
    order = spread("Filled") | {"terminal-at": JUST_NOW}
    order["legs"][0] = leg(PADDED_100, "Buy to Close", fill(1, "0.90"))

    assert (ReportState.WORKING, 0) == (report(order).state, report(order).filled_units)

    order["legs"][1] = leg(PADDED_105, "Sell to Close", fill(2, "0.30"))

    assert (ReportState.FILLED, 1) == (report(order).state, report(order).filled_units)
    assert [Decimal("-0.60")] == [each.net_price for each in report(order).fills]


def test_fills_that_never_come_do_not_hold_an_order_for_ever() -> None:
    """After five seconds of the broker's clock it is filled, at a price that is its limit."""
    order = single("Filled", **{"terminal-at": JUST_NOW})
    later = replace(READING, told_at=AT + timedelta(seconds=5))

    found = report(order, later)

    assert (ReportState.FILLED, 1, ()) == (found.state, found.filled_units, found.fills)


def test_part_of_a_package_counts_whole_units() -> None:
    """Three contracts of one leg and two of the other are two units, at what they cost."""
    order = spread(units=3)
    order["legs"] = [
        leg(PADDED_100, "Buy to Close", fill(1, "0.90", 2), fill(2, "1.00"), quantity=3),
        leg(PADDED_105, "Sell to Close", fill(3, "0.30"), fill(4, "0.40"), quantity=3),
    ]

    found = report(order)

    assert (ReportState.WORKING, 2) == (found.state, found.filled_units)
    assert [(2, Decimal("-0.55"))] == [(each.units, each.net_price) for each in found.fills]


def test_a_package_was_booked_at_the_price_of_one_of_its_fills_twice() -> None:
    """The first leg's older fill is told last; both units together cost what they cost."""
    early, late = spread(units=2), spread("Filled", units=2)
    early["legs"] = [
        leg(PADDED_100, "Buy to Close", fill(2, "0.95", at=JUST_NOW), quantity=2),
        leg(PADDED_105, "Sell to Close", fill(3, "0.30"), quantity=2),
    ]
    late["legs"] = [
        leg(PADDED_100, "Buy to Close", fill(1, "0.85"), fill(2, "0.95", at=JUST_NOW), quantity=2),
        leg(PADDED_105, "Sell to Close", fill(3, "0.30"), fill(4, "0.30", at=JUST_NOW), quantity=2),
    ]

    told = [(each.execution_id, each.units, each.net_price) for each in report(early).fills]
    whole = [(each.execution_id, each.units, each.net_price) for each in report(late).fills]

    assert [("", 1, Decimal("-0.65"))] == told
    assert [("", 2, Decimal("-0.60"))] == whole


def test_cancelled_after_a_part_tells_the_part() -> None:
    """What filled stays counted where the rest is cancelled."""
    order = single("Cancelled", **{"terminal-at": LONG_AGO})
    order["legs"] = [leg(PADDED_100, "Buy to Close", fill(1, "0.50", 2), quantity=3)]

    found = report(order)

    assert (ReportState.CANCELED, 3, 2) == (found.state, found.units, found.filled_units)


def test_late_rejection_is_classified_as_a_refusal_is() -> None:
    """The reason that came with it decides."""
    words = "You cannot route a closing order without an existing position to close."
    found = report(single("Rejected", **{"reject-reason": words}))

    assert found.refusal is not None
    assert (RefusalReason.POSITION_GONE, words) == (found.refusal.reason, found.refusal.message)


@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(lambda order: {"order": order, "warnings": []}, id="an order's answer"),
        pytest.param(lambda order: order, id="a replacement's answer"),
    ],
)
def test_both_answers_to_an_order_are_read(wrap: Any) -> None:  # noqa: ANN401 - one level apart
    """An order comes inside `order`, a replacement stands in `data` itself."""
    found = placed_order(body(wrap(single("Contingent"))), READING)

    assert ("54758826", ReportState.PENDING) == (found.broker_order_id, found.state)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"id": None}, id="no id"),
        pytest.param({"legs": []}, id="no legs"),
        pytest.param({"legs": None}, id="nothing for legs"),
        pytest.param({"status": "Marinating"}, id="a status nobody knows"),
        pytest.param({"price-effect": None}, id="a price without a side"),
        pytest.param({"price": "half"}, id="a price in words"),
        pytest.param({"legs": [leg(PADDED_100, "Hold to Close")]}, id="neither bought nor sold"),
        pytest.param({"legs": [leg("AAPL", "Buy to Close")]}, id="no option's symbol"),
        pytest.param({"legs": [leg(PADDED_100, "Buy to Close", remaining=2)]}, id="more is left"),
    ],
)
def test_unreadable_order_of_ours_is_no_answer(changes: dict[str, object]) -> None:
    """Nothing is concluded from an order of ours that cannot be read."""
    with pytest.raises(Unreadable):
        order_list(listing(single() | changes), READING)


def test_unreadable_order_of_somebody_else_is_left_out() -> None:
    """A future's order hides none of ours."""
    future = single(id=1, **{"external-identifier": "mine"})
    future["legs"][0] |= {"instrument-type": "Future", "symbol": "/ESZ5"}

    found = order_list(listing(future, single()), READING)

    assert ["54758826"] == [each.broker_order_id for each in found]


def test_stop_order_of_shares_is_told() -> None:
    """Somebody's stop has no price, and still holds the shares."""
    stop = single() | {"price": None, "external-identifier": None, "order-type": "Stop"}
    stop["legs"] = [leg("BRK/B", "Sell to Close", quantity=100) | {"instrument-type": "Equity"}]

    found = report(stop)

    assert (None, None) == (found.client_order_id, found.net_price)
    assert legs(("BRK.B", -1)) == found.legs
    assert 100 == found.units


def test_replacement_that_inherited_our_id_is_not_taken_for_the_old_order() -> None:
    """Two orders with one id would count the new one's fills for the old one."""
    old = single("Cancelled", id=1, **{"replacing-order-id": 2})
    new = single("Live", id=2, **{"replaces-order-id": 1})

    found = order_list(listing(old, new), READING)
    named = order_list(listing(old, new), Reading(AT, AT, {"2": "bd1-b"}, {}))

    assert [NAME, None] == [each.client_order_id for each in found]
    assert [NAME, "bd1-b"] == [each.client_order_id for each in named]


def test_replacement_with_its_own_id_keeps_it() -> None:
    """What PUT was given is echoed."""
    old = single("Cancelled", id=1, **{"replacing-order-id": 2})
    new = single("Live", id=2, **{"replaces-order-id": 1, "external-identifier": "bd1-b"})

    found = order_list(listing(old, new), READING)

    assert [NAME, "bd1-b"] == [each.client_order_id for each in found]
