"""Amounts as people write them on the command line."""

from decimal import Decimal

import click
import pytest

from botd.cli.money import decimal, percent


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("50%", "50", id="marked"),
        pytest.param("50", "50", id="bare"),
        pytest.param(" 12.5 % ", "12.5", id="with spaces"),
        pytest.param("100", "100", id="all"),
        pytest.param("0.5%", "0.5", id="half a percent, marked"),
        pytest.param("1%", "1", id="one percent, marked"),
        pytest.param("1.01", "1.01", id="just above one, bare"),
    ],
)
def test_a_percentage_is_read(text: str, expected: str) -> None:
    """A part of what is left, of a hundred."""
    assert Decimal(expected) == percent(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("0.5", "'0.5' has two readings: write '50%'", id="a half, or half a percent"),
        pytest.param("1", "'1' has two readings: write '100%'", id="all, or one percent"),
        pytest.param("0", "more than 0%", id="nothing"),
        pytest.param("-5%", "more than 0%", id="less than nothing"),
        pytest.param("101", "up to 100%", id="more than all"),
        pytest.param("half", "'half' is no number", id="a word"),
        pytest.param("%", "'' is no number", id="nothing but the sign"),
    ],
)
def test_what_is_no_percentage_is_refused(text: str, expected: str) -> None:
    """The message says how to write it."""
    with pytest.raises(click.BadParameter) as caught:
        percent(text)

    assert expected in caught.value.message


@pytest.mark.parametrize("text", ["nan", "inf", "1e9", "0,45", ""])
def test_what_is_no_price_is_refused(text: str) -> None:
    """Only plain decimals within reason are prices."""
    with pytest.raises(click.BadParameter, match=r"write it as 0\.45"):
        decimal(text)
