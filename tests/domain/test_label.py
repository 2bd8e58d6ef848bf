"""How a position is called where a person is in a hurry."""

import pytest

from botd.domain.label import label
from tests.cli.book import position


@pytest.mark.parametrize(
    ("held", "units", "expected"),
    [
        pytest.param(("-1 AAPL260116C00150000",), 1, "AAPL 150C -1", id="one option"),
        pytest.param(("-1 AAPL1260116C00150000",), 1, "AAPL1 150C -1", id="an adjusted one"),
        pytest.param(
            ("+1 AAPL1260116P00145000", "-1 AAPL1260116P00150000"),
            2,
            "AAPL1 145/150P x2",
            id="an adjusted spread",
        ),
        pytest.param(
            ("+1 AAPL1260116P00145000", "+1 AAPL1260116C00150000"),
            2,
            "AAPL1 strangle x2",
            id="adjusted, named by its strategy",
        ),
        pytest.param(("+100 KO", "-1 KO260116C00042000"), 3, "KO 42C covered", id="covered"),
        pytest.param(("+99 KO", "-1 KO260116C00042000"), 3, "KO 42C -3", id="a share too few"),
        pytest.param(("+100 KO", "-2 KO260116C00042000"), 1, "KO 42C -2", id="a call too many"),
        pytest.param(
            ("+100 AAPL", "-1 AAPL1260116C00150000"),
            1,
            "AAPL1 150C -1",
            id="shares that an adjusted call does not deliver",
        ),
        pytest.param(("+100 KO", "+1 KO260116P00042000"), 1, "KO 42P +1", id="shares and a put"),
        pytest.param(("+100 KO",), 2, "KO shares x2", id="shares alone"),
    ],
)
def test_label(held: tuple[str, ...], units: int, expected: str) -> None:
    """A few characters name root, strikes and size."""
    assert expected == label(position("one", *held, units=units))
