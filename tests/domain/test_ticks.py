from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botd.domain.contract import TickRule
from botd.domain.ticks import observed, round_in_favour, round_toward_market, tick_at

PRICES = st.decimals(min_value=-50, max_value=50, places=4)


@pytest.mark.parametrize(
    ("rule", "price", "n_legs", "expected"),
    [
        pytest.param(TickRule.PENNY, "2.99", 1, "0.01", id="penny below 3"),
        pytest.param(TickRule.PENNY, "3", 1, "0.01", id="penny from 3"),
        pytest.param(TickRule.PENNY_PROGRAM, "2.99", 1, "0.01", id="penny program below 3"),
        pytest.param(TickRule.PENNY_PROGRAM, "3", 1, "0.05", id="penny program from 3"),
        pytest.param(TickRule.NICKEL_DIME, "2.99", 1, "0.05", id="nickel below 3"),
        pytest.param(TickRule.NICKEL_DIME, "3", 1, "0.10", id="dime from 3"),
        pytest.param(TickRule.NICKEL_DIME, "-3", 1, "0.10", id="a debit has the same grid"),
        pytest.param(TickRule.NICKEL_DIME, "4", 2, "0.01", id="a package trades in pennies"),
        pytest.param(TickRule.SPX, "2.99", 1, "0.05", id="SPX below 3"),
        pytest.param(TickRule.SPX, "3", 1, "0.10", id="SPX from 3"),
        pytest.param(TickRule.SPX, "30", 2, "0.05", id="an SPX spread in nickels"),
    ],
)
def test_tick(rule: TickRule, price: str, n_legs: int, expected: str) -> None:
    """Each class has its own step, below and from three dollars, alone and in a package."""
    assert Decimal(expected) == tick_at(Decimal(price), rule, n_legs)


@pytest.mark.parametrize(
    ("price", "n_legs", "in_favour", "toward_market"),
    [
        pytest.param("4.23", 2, "4.25", "4.20", id="a sale asks more"),
        pytest.param("-4.23", 2, "-4.20", "-4.25", id="a purchase pays less"),
        pytest.param("4.25", 2, "4.25", "4.25", id="on the tick it stays"),
        pytest.param("0", 2, "0", "0", id="zero is on the tick"),
        pytest.param("-0.02", 2, "0", "-0.05", id="a small debit becomes nothing"),
        pytest.param("2.98", 1, "3.00", "2.95", id="up to 3 from below"),
        pytest.param("3.01", 1, "3.10", "3.00", id="down to 3 from above"),
        pytest.param("-2.98", 1, "-2.95", "-3.00", id="a debit just below 3"),
        pytest.param("-3.01", 1, "-3.00", "-3.10", id="a debit just above 3"),
    ],
)
def test_rounding(price: str, n_legs: int, in_favour: str, toward_market: str) -> None:
    """In our favour is up, toward the market is down, for credits and debits alike."""
    rule = TickRule.SPX

    assert Decimal(in_favour) == round_in_favour(Decimal(price), rule=rule, n_legs=n_legs)
    assert Decimal(toward_market) == round_toward_market(Decimal(price), rule=rule, n_legs=n_legs)


@given(price=PRICES, rule=st.sampled_from(TickRule), n_legs=st.integers(1, 4))
def test_rounded_price_is_a_price(price: Decimal, rule: TickRule, n_legs: int) -> None:
    """Rounding lands on the grid, on its side, less than a tick away, and stays there."""
    up = round_in_favour(price, rule=rule, n_legs=n_legs)
    down = round_toward_market(price, rule=rule, n_legs=n_legs)

    assert down <= price <= up
    assert up - down <= tick_at(price, rule, n_legs)
    assert 0 == up % tick_at(up, rule, n_legs) == down % tick_at(down, rule, n_legs)
    assert up == round_in_favour(up, rule=rule, n_legs=n_legs)


@pytest.mark.parametrize(
    ("rule", "prices", "expected"),
    [
        pytest.param(TickRule.NICKEL_DIME, (), TickRule.NICKEL_DIME, id="nothing seen"),
        pytest.param(
            TickRule.NICKEL_DIME, ("0.45", "3.10"), TickRule.NICKEL_DIME, id="on its own grid"
        ),
        pytest.param(
            TickRule.NICKEL_DIME, ("0.45", "1.03"), TickRule.PENNY_PROGRAM, id="a penny below 3"
        ),
        pytest.param(
            TickRule.NICKEL_DIME, ("3.15", "3.40"), TickRule.PENNY_PROGRAM, id="a nickel above 3"
        ),
        pytest.param(TickRule.NICKEL_DIME, ("3.13",), TickRule.PENNY, id="a penny above 3"),
        pytest.param(TickRule.PENNY, ("3.13",), TickRule.PENNY, id="never coarser"),
    ],
)
def test_observed_tick(rule: TickRule, prices: tuple[str, ...], expected: TickRule) -> None:
    """A price between the steps proves that a finer grid holds."""
    assert expected is observed(rule, map(Decimal, prices))
