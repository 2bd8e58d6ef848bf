from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from botd.domain.grouping import Group
from botd.domain.opening import Opening, opening_of
from botd.domain.orders import Fill, OrderReport, ReportState
from tests.domain.given import NOW, legs, option

VERTICAL = ("+1 745P", "-1 750P")
P745 = option("745P").symbol


def order(
    *names: str, units: int = 1, fills: tuple[tuple[int, str], ...] = ((1, "1.25"),), age: int = 0
) -> OrderReport:
    """Report an order that filled in parts, *age* minutes ago."""
    at = NOW - timedelta(minutes=age)
    return OrderReport(
        broker_order_id=f"o{age}",
        client_order_id=None,
        state=ReportState.FILLED,
        legs=legs(*names),
        units=units,
        filled_units=sum(count for count, _ in fills),
        net_price=None,
        submitted_at=at,
        as_of=NOW,
        fills=tuple(
            Fill(str(number), count, Decimal(price), at)
            for number, (count, price) in enumerate(fills)
        ),
    )


def opened(
    *orders: OrderReport, names: tuple[str, ...] = VERTICAL, units: int = 1, shared: str = ""
) -> tuple[str, int] | None:
    """Tell the opening's price, and how many minutes ago it was."""
    found = opening_of(Group(legs(*names), units), orders, {shared} if shared else ())
    if found is None:
        return None
    return str(found.net_price), (NOW - found.opened_at) // timedelta(minutes=1)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        pytest.param(("1.25", 5), opened(order(*VERTICAL, age=5)), id="one order"),
        pytest.param(
            ("1.25", 9),
            opened(
                order(*VERTICAL, fills=((1, "1.30"),), age=5),
                order(*VERTICAL, fills=((1, "1.20"),), age=9),
                units=2,
            ),
            id="two orders: the average, and the first",
        ),
        pytest.param(
            ("1.2333", 0),
            opened(order(*VERTICAL, units=3, fills=((2, "1.25"), (1, "1.20"))), units=3),
            id="two fills",
        ),
        pytest.param(
            ("0.80", 0),
            opened(order("+1 745P", fills=((1, "-1.30"),)), order("-1 750P", fills=((1, "2.10"),))),
            id="leg by leg",
        ),
        pytest.param(
            ("-58.00", 3),
            opened(
                order("+1 shares", units=100, fills=((100, "-60.00"),), age=3),
                order("-1 760C", fills=((1, "2.00"),), age=1),
                names=("+100 shares", "-1 760C"),
            ),
            id="shares first, the call later",
        ),
        pytest.param(None, opened(), id="no order"),
        pytest.param(None, opened(order(*VERTICAL), units=2), id="a part is older"),
        pytest.param(None, opened(order("-1 750P")), id="a leg is older"),
        pytest.param(
            None,
            opened(order(*VERTICAL), order("-1 745P", "+1 750P", fills=((1, "-1.00"),)), units=1),
            id="a part was closed",
        ),
        pytest.param(None, opened(order(*VERTICAL, "-1 760C")), id="it was part of another"),
        pytest.param(None, opened(order(*VERTICAL, fills=())), id="nothing filled"),
        pytest.param(
            ("1.25", 0),
            opened(
                order(*VERTICAL), order("+1 745P", "-1 755P", fills=((1, "3.00"),)), shared=P745
            ),
            id="a leg of two groups: its own order tells",
        ),
        pytest.param(
            None, opened(order("+1 745P"), order("-1 750P"), shared=P745), id="whose is the leg?"
        ),
        pytest.param(
            ("0.60", 0),
            opened(order("+2 745P", "-2 750P", fills=((1, "1.20"),)), units=2, shared=P745),
            id="not in lowest terms",
        ),
    ],
)
def test_opening_price(expected: tuple[str, int] | None, found: tuple[str, int] | None) -> None:
    """Each row is one history of an account's orders."""
    assert expected == found


def test_an_order_without_its_prices() -> None:
    """A broker that tells less fills than were made tells no price."""
    told = order(*VERTICAL, units=2, fills=((2, "1.25"),))
    silent = replace(told, fills=())

    assert opening_of(Group(legs(*VERTICAL), 2), [silent], ()) is None
    assert Opening(Decimal("1.25"), NOW) == opening_of(Group(legs(*VERTICAL), 2), [told], ())
