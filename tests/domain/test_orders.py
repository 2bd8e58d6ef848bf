"""Reports counted in the units of what was ordered."""

from datetime import timedelta
from decimal import Decimal

import pytest

from botd.domain.orders import Fill, OrderReport, ReportState, in_units_of
from tests.domain.given import NOW, legs


def report(*sent: str, units: int, filled: int = 0, fills: tuple[Fill, ...] = ()) -> OrderReport:
    """Make a broker's word on a working order."""
    return OrderReport(
        broker_order_id="b-1",
        client_order_id="c-1",
        state=ReportState.WORKING,
        legs=legs(*sent),
        units=units,
        filled_units=filled,
        net_price=Decimal("-0.45"),
        submitted_at=NOW,
        as_of=NOW,
        fills=fills,
    )


def fill(units: int, price: str, seconds: int = 0) -> Fill:
    """Make an execution."""
    return Fill(f"e-{seconds}", units, Decimal(price), NOW + timedelta(seconds=seconds))


def test_lowest_terms_are_counted_in_units_ordered() -> None:
    """Ordered +2 -2 twice, reported +1 -1 four times, three of them filled: one unit."""
    told = report(
        "+1 750P",
        "-1 745P",
        units=4,
        filled=3,
        fills=(fill(2, "-0.40"), fill(1, "-0.46", 5)),
    )

    found = in_units_of(legs("+2 750P", "-2 745P"), told)
    assert (legs("+2 750P", "-2 745P"), 2, 1, Decimal("-0.90")) == (
        found.legs,
        found.units,
        found.filled_units,
        found.net_price,
    )
    assert (Fill("", 1, Decimal("-0.84"), NOW + timedelta(seconds=5)),) == found.fills


def test_half_a_unit_is_none() -> None:
    """One of two legs' worth filled: nothing is whole yet."""
    told = report("+1 750P", units=2, filled=1, fills=(fill(1, "-0.40"),))

    found = in_units_of(legs("+2 750P"), told)
    assert (0, ()) == (found.filled_units, found.fills)


def test_market_order_has_no_price_to_scale() -> None:
    """None stays None."""
    found = in_units_of(
        legs("+2 750P"),
        OrderReport("b", "c", ReportState.PENDING, legs("+1 750P"), 2, 0, None, NOW, NOW),
    )

    assert (None, 1) == (found.net_price, found.units)


@pytest.mark.parametrize(
    ("ordered", "told"),
    [
        pytest.param(("+1 750P",), ("+1 750P",), id="the same"),
        pytest.param(("+1 750P",), ("-1 750P",), id="the opposite"),
        pytest.param(("+1 750P",), ("+1 745P",), id="another contract"),
        pytest.param(("+3 750P",), ("+2 750P",), id="no multiple"),
        pytest.param(("+2 750P", "-1 745P"), ("+1 750P", "-1 745P"), id="no common multiple"),
        pytest.param((), (), id="nothing readable"),
    ],
)
def test_other_legs_are_left_as_reported(ordered: tuple[str, ...], told: tuple[str, ...]) -> None:
    """Only whole multiples are the same package."""
    said = report(*told, units=2, filled=1, fills=(fill(1, "-0.40"),))

    assert said == in_units_of(legs(*ordered), said)
