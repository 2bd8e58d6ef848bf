"""Futures by the names that CrossTrade takes, and by ours."""

import pytest

from botd.brokers.crosstrade import instruments
from botd.domain import futures


@pytest.mark.parametrize(
    ("expected", "name"),
    [
        pytest.param("future:ES 12-25", "ES 12-25", id="the dated form"),
        pytest.param("future:ES 12-25", "ESZ25", id="the exchange's code"),
        pytest.param("future:M2K 03-26", "M2KH26", id="a root with a digit"),
        pytest.param("future:6E 09-26", "6EU26", id="a currency"),
        pytest.param("future:ES 12-25", " ES 12-25 ", id="spaces around it"),
        pytest.param("ES", "ES", id="a root alone stays"),
        pytest.param("ES1!", "ES1!", id="a chart's name stays"),
        pytest.param("ESZ5", "ESZ5", id="one digit of a year stays"),
        pytest.param("ESA25", "ESA25", id="no month's letter"),
        pytest.param("ES 13-25", "ES 13-25", id="no month"),
        pytest.param("6J 03-26", "6J 03-26", id="a root without rules"),
        pytest.param("AAPL", "AAPL", id="shares"),
        pytest.param("EURUSD", "EURUSD", id="a currency pair"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_our_symbol(expected: str, name: str) -> None:
    """Each row is a name of theirs; what is not one delivery month of ours stays as it is."""
    assert expected == instruments.our_symbol(name)


@pytest.mark.parametrize("name", ["ES 12-25", "6E 03-26", "M2K 09-30"])
def test_their_name(name: str) -> None:
    """The dated form comes back from what was read of it."""
    assert name == instruments.their_name(futures.parse(name))
