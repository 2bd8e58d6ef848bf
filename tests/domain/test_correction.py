"""Another price, after a broker complained of one."""

from decimal import Decimal

import pytest

from botd.domain.correction import corrected
from tests.domain.given import legs


@pytest.mark.parametrize(
    ("price", "refused", "cap", "held", "expected"),
    [
        pytest.param(
            "-0.83", "-0.83", "-5.00", "-1 750P", "-0.85", id="a buyer pays the next 0.05"
        ),
        pytest.param(
            "-0.85", "-0.85", "-5.00", "-1 750P", "-0.90", id="on the grid: one step more"
        ),
        pytest.param("-0.85", "-0.83", "-5.00", "-1 750P", "-0.85", id="a later price on the grid"),
        pytest.param("-3.25", "-3.25", "-5.00", "-1 750P", "-3.30", id="dimes from three dollars"),
        pytest.param("-0.83", "-0.83", "-0.84", "-1 750P", "-0.80", id="the cap turns it round"),
        pytest.param("-0.85", "-0.85", "-0.85", "-1 750P", "-0.80", id="at the cap, one step less"),
        pytest.param("0.83", "0.83", "0.00", "+1 750P", "0.80", id="a seller asks the lower 0.05"),
        pytest.param("0.05", "0.05", "0.00", "+1 750P", "0.10", id="never gives away for nothing"),
        pytest.param("-0.05", "-0.05", "-0.05", "-1 750P", None, id="nothing between cap and zero"),
        pytest.param(
            "0.02", "0.02", None, "+1 745P -1 750P", "0.00", id="a spread may go for zero"
        ),
        pytest.param("-0.83", "-0.83", None, "-1 750P", "-0.85", id="without a cap"),
        pytest.param("-2.49", "-2.49", None, "-3 750P", "-2.55", id="three of 0.83 are of 0.85"),
        pytest.param(
            "-0.18", "-0.18", None, "+3 745P -3 750P", "-0.30", id="a third of it is a price"
        ),
    ],
)
def test_corrected_price_is_another_one(
    price: str, refused: str, cap: str | None, held: str, expected: str | None
) -> None:
    """Each row is one way from a refused price to another, or to none."""
    words = held.split()
    found = corrected(
        Decimal(price),
        refused=Decimal(refused),
        cap=None if cap is None else Decimal(cap),
        legs_held=legs(*(" ".join(words[i : i + 2]) for i in range(0, len(words), 2))),
    )

    assert (None if expected is None else Decimal(expected)) == found
