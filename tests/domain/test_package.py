from decimal import Decimal

import pytest

from botd.domain.bot import Pricing
from botd.domain.contract import TickRule
from botd.domain.package import Grid, PackagePrice, grid_of, price_package
from botd.domain.worth import Sight
from tests.domain.given import NOW, SESSION, by_symbol, legs, quote

QUOTES = by_symbol(
    quote("750P", "0.45", "0.90"), quote("747.5P", "0.05", "0.20"), quote("740P", None, "0.05")
)
SIGHT = Sight(Decimal("749.62"), QUOTES, Pricing(), SESSION, NOW)


def test_package_adds_its_legs() -> None:
    """Longs are sold at their bids, shorts bought at their asks, in proportion."""
    expected = PackagePrice(Decimal("-1.225"), Decimal("-1.75"), ())

    assert expected == price_package(
        legs("-2 750P", "+1 747.5P", "+100 shares"), SIGHT, gives_away=False
    )


def test_package_marks_estimated_legs() -> None:
    """A leg without a usable quote is named."""
    priced = price_package(legs("-1 750P", "+1 740P"), SIGHT, gives_away=False)

    assert priced is not None
    assert 1 == len(priced.notes)


@pytest.mark.parametrize(
    ("held", "gives_away", "expected"),
    [
        pytest.param(("-1 750P", "+1 735P"), False, None, id="an unknown long"),
        pytest.param(("-1 735P", "+1 750P"), True, None, id="an unknown short"),
        pytest.param(
            ("-1 750P", "+1 735P"),
            True,
            PackagePrice(
                Decimal("-0.675"),
                Decimal("-0.90"),
                ("GOOG151224P00735000: nothing known, given away",),
            ),
            id="an unknown long is given away",
        ),
    ],
)
def test_package_with_an_unknown_leg(
    held: tuple[str, ...], expected: PackagePrice | None, *, gives_away: bool
) -> None:
    """One leg of which nothing is known leaves no price, unless it may be given away."""
    blind = Sight(None, QUOTES, Pricing(), SESSION, NOW)

    assert expected == price_package(legs(*held), blind, gives_away=gives_away)


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        pytest.param(("-1 750P",), Grid(TickRule.PENNY_PROGRAM, 1, 1, -1), id="a short"),
        pytest.param(("+3 750P",), Grid(TickRule.PENNY_PROGRAM, 1, 3, 1), id="three longs"),
        pytest.param(
            ("-2 750P", "+4 745P"), Grid(TickRule.PENNY_PROGRAM, 2, 2, 0), id="a ratio of two"
        ),
        pytest.param(
            ("+100 shares", "-1 750C"), Grid(TickRule.PENNY_PROGRAM, 1, 1, -1), id="shares aside"
        ),
        pytest.param(("+1 SPXW 4445C", "+1 SPXW 4445P"), Grid(TickRule.SPX, 2, 1, 1), id="SPXW"),
    ],
)
def test_grid(held: tuple[str, ...], expected: Grid) -> None:
    """The grid follows from class, number of legs and their smallest ratio."""
    assert expected == grid_of(legs(*held), SIGHT, None)


@pytest.mark.parametrize(
    ("direction", "net_price", "expected"),
    [
        pytest.param(1, "0.01", False, id="a sale for a penny"),
        pytest.param(1, "0", True, id="a sale for nothing"),
        pytest.param(1, "-0.01", True, id="a sale that pays"),
        pytest.param(-1, "-0.01", False, id="a purchase for a penny"),
        pytest.param(-1, "0", True, id="a purchase for nothing"),
        pytest.param(0, "0", False, id="a spread for nothing"),
    ],
)
def test_something_for_nothing(direction: int, net_price: str, *, expected: bool) -> None:
    """Only legs of both signs may change hands for nothing."""
    grid = Grid(TickRule.PENNY, 1, 1, direction)

    assert expected is grid.is_for_nothing(Decimal(net_price))
