from decimal import Decimal

import pytest

from botd.domain.contract import OptionContract, option_legs
from botd.domain.decision import Moneyness
from botd.domain.delivery import Need, need_of, shares_of, shortfall
from tests.domain.given import legs


@pytest.mark.parametrize(
    ("held", "states", "units", "expected"),
    [
        pytest.param(("-1 750C",), "ITM", 3, Need(300, Decimal(0)), id="short call: shares"),
        pytest.param(("-2 750P",), "ITM", 1, Need(0, Decimal(150000)), id="short put: cash"),
        pytest.param(("+1 750C",), "ITM", 1, Need(0, Decimal(75000)), id="long call: cash"),
        pytest.param(("+1 750P",), "ITM", 1, Need(100, Decimal(0)), id="long put: shares"),
        pytest.param(("-1 750P",), "OTM", 1, Need(0, Decimal(0)), id="out of the money: nothing"),
        pytest.param(("-1 750P",), "ATM", 1, Need(0, Decimal(75000)), id="at the strike it may"),
        pytest.param(("-1 750P",), "UNKNOWN", 1, Need(0, Decimal(75000)), id="unknown, it may"),
        pytest.param(
            ("-1 750P", "+1 755P"),
            "ITM ITM",
            1,
            Need(100, Decimal(0)),
            id="a sure exercise brings cash",
        ),
        pytest.param(
            ("-1 750C", "+1 745C"),
            "ITM ITM",
            1,
            Need(0, Decimal(74500)),
            id="a sure exercise brings shares, and costs cash",
        ),
        pytest.param(
            ("-1 750C", "+1 745C"),
            "UNKNOWN UNKNOWN",
            1,
            Need(100, Decimal(74500)),
            id="an unsure exercise brings nothing",
        ),
        pytest.param(
            ("-1 750P", "+1 745P"), "ITM OTM", 1, Need(0, Decimal(75000)), id="vertical, one leg in"
        ),
    ],
)
def test_need(held: tuple[str, ...], states: str, units: int, expected: Need) -> None:
    """Each leg that may be exercised asks for its shares or its cash."""
    pairs = zip(option_legs(legs(*held)), states.split(), strict=True)
    known = {option: Moneyness(state) for (option, _), state in pairs}

    def state_of(option: OptionContract) -> Moneyness:
        return known[option]

    assert expected == need_of(legs(*held), units, state_of)


@pytest.mark.parametrize(
    ("need", "shares", "cash", "expected"),
    [
        pytest.param(Need(100, Decimal(0)), 100, None, "", id="enough shares"),
        pytest.param(Need(100, Decimal(0)), 99, None, "needs 100 shares, 99 held", id="one short"),
        pytest.param(
            Need(100, Decimal(0)), -50, None, "needs 100 shares, 0 held", id="short shares"
        ),
        pytest.param(Need(0, Decimal(75000)), 0, Decimal(75000), "", id="enough cash"),
        pytest.param(
            Need(0, Decimal(75000)),
            0,
            Decimal("74999.99"),
            "needs 75000.00 dollars, 74999.99 at hand",
            id="a cent short",
        ),
        pytest.param(
            Need(0, Decimal(75000)), 0, None, "needs 75000.00 dollars, cash unknown", id="unknown"
        ),
        pytest.param(
            Need(0, Decimal(0)), 0, Decimal(-5), "", id="an overdrawn account that needs none"
        ),
        pytest.param(
            Need(100, Decimal(75000)),
            0,
            Decimal(1),
            "needs 100 shares, 0 held, needs 75000.00 dollars, 1.00 at hand",
            id="both",
        ),
    ],
)
def test_shortfall(need: Need, shares: int, cash: Decimal | None, expected: str) -> None:
    """What is missing is told in shares and dollars."""
    assert expected == shortfall(need, shares=shares, cash=cash)


def test_shares_of_a_position() -> None:
    """Shares count per unit, options not at all."""
    assert 300 == shares_of(legs("+100 shares", "-1 750C"), 3)
    assert -100 == shares_of(legs("-100 shares"), 1)
