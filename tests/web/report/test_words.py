"""The ledger's words as a trader says them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from botd.domain.contract import Leg, Shares
from botd.domain.instruments import parse_instrument
from botd.domain.orders import OrderStatus
from botd.web.report import words
from tests.web.report import demo

ORDER = demo.order(demo.T10, 1, "-0.72", OrderStatus.CANCELED, after=1, units=3)
SPACE = "\N{NO-BREAK SPACE}"


def test_every_order_status_has_words() -> None:
    """No status reaches a reader as the ledger spells it, and no two read alike."""
    assert len(OrderStatus) == len(set(words.ORDER_FATES.values()))


@pytest.mark.parametrize(
    ("status", "filled", "average", "expected"),
    [
        pytest.param(OrderStatus.CANCELED, 0, None, "cancelled", id="nothing was done"),
        pytest.param(OrderStatus.FILLED, 3, "-0.71", "filled, paid 0.71", id="wholly"),
        pytest.param(
            OrderStatus.PARTIALLY_FILLED, 2, "-0.71", "part filled: 2 of 3, paid 0.71", id="partly"
        ),
        pytest.param(OrderStatus.WORKING, 1, None, "still working: 1 of 3", id="price not known"),
    ],
)
def test_fates(status: OrderStatus, filled: int, average: str | None, expected: str) -> None:
    """What became of an order, with the price that was traded."""
    price = None if average is None else Decimal(average)

    assert expected == words.fate_of(
        replace(ORDER, status=status, filled_units=filled, average_net_price=price)
    )


@pytest.mark.parametrize(
    ("decision", "outcome", "expected"),
    [
        pytest.param("close", "filled", "close: filled", id="with an order"),
        pytest.param("leave", "none", "leave alone", id="without one"),
        pytest.param("ponder", "mu", "ponder", id="words not known stay as they are"),
    ],
)
def test_decisions(decision: str, outcome: str, expected: str) -> None:
    """What was decided, and what came of it where an order was meant to go."""
    tried = replace(demo.attempt("T-10", "close", "filled"), decision=decision, outcome=outcome)

    assert expected == words.decision_of(tried)


def test_legs_of_one_day() -> None:
    """Bought and sold, strike and right; a leg stays on one line."""
    legs = (demo.option("747.5P", -2), demo.option("745C", 1), Leg(Shares("GOOG"), 100))

    told = words.legs_of(legs).replace(SPACE, " ")

    assert "\N{MINUS SIGN}2 747.5 P, +1 745 C, +100 GOOG" == told


def test_legs_of_several_days() -> None:
    """Days are named only where they differ."""
    legs = (demo.option("750P", -1), demo.option("750P", 1, expiration=date(2016, 1, 8)))

    told = words.legs_of(legs).replace(SPACE, " ")

    assert "\N{MINUS SIGN}1 750 P 24 Dec, +1 750 P 8 Jan" == told


def test_names() -> None:
    """Units are named where there are several."""
    assert "GOOG short put" == words.name_of(demo.refused().position)
    assert "GOOG vertical \N{MULTIPLICATION SIGN}10" == words.name_of(demo.partly_left().position)


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        pytest.param("future:ES 12-15", "+2 ES 12-15", id="a future by its month"),
        pytest.param("event:100:YES", "+2 event 100 YES", id="an event by its side"),
        pytest.param("crypto:BTC-25DEC15-450-C", "+2 BTC 25DEC15 450C", id="a coin by its day"),
    ],
)
def test_legs_of_other_kinds(symbol: str, expected: str) -> None:
    """In their own market's words, on one line."""
    legs = (Leg(parse_instrument(symbol), 2),)

    assert expected.replace(" ", SPACE) == words.legs_of(legs)
