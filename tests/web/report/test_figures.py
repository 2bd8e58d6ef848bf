"""Money, prices and instants as people read them."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from botd.web.report import figures


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("0", "0.00", id="zero"),
        pytest.param("3.1", "3.10", id="two places at least"),
        pytest.param("-0.725", "0.725", id="no sign, no rounding"),
        pytest.param("1234567.5", "1,234,567.50", id="thousands"),
        pytest.param("0.12345", "≈0.1234", id="five places are rounded and say so"),
        pytest.param("1E+3", "1,000.00", id="a power of ten"),
    ],
)
def test_exact(value: str, expected: str) -> None:
    """A number is whole, or says that it is rounded."""
    assert expected == figures.exact(Decimal(value))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("1245", "+$1,245.00", id="a gain"),
        pytest.param("-3.5", "\N{MINUS SIGN}$3.50", id="a loss"),
        pytest.param("-0.00", "$0.00", id="nothing has no sign"),
    ],
)
def test_dollars(value: str, expected: str) -> None:
    """Dollars carry their sign."""
    assert expected == figures.dollars(Decimal(value))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("745.000", "745", id="whole"),
        pytest.param("747.500", "747.5", id="half"),
        pytest.param("4000", "4000", id="thousands stay digits"),
    ],
)
def test_strike(value: str, expected: str) -> None:
    """Strikes lose needless zeros."""
    assert expected == figures.strike(Decimal(value))


@pytest.mark.parametrize(
    ("net_price", "order", "trade"),
    [
        pytest.param("-0.72", "pay 0.72", "paid 0.72", id="a debit"),
        pytest.param("3.1", "get 3.10", "got 3.10", id="a credit"),
        pytest.param("0", "0.00", "0.00", id="nothing"),
    ],
)
def test_prices_say_their_direction(net_price: str, order: str, trade: str) -> None:
    """A price toward the account is told in words, not by a sign."""
    assert order == figures.limit(Decimal(net_price))
    assert trade == figures.done_at(Decimal(net_price))


def test_a_market_order_has_no_limit() -> None:
    """Without a limit it goes at market."""
    assert "at market" == figures.limit(None)


@pytest.mark.parametrize(
    ("month", "hour"),
    [pytest.param(1, "13", id="winter"), pytest.param(7, "14", id="summer")],
)
def test_times_are_new_yorks(month: int, hour: str) -> None:
    """Instants are shown as New York's clocks do, summer and winter."""
    instant = datetime(2015, month, 24, 18, 0, 7, tzinfo=UTC)

    assert f"{hour}:00:07" == figures.clock_time(instant)
    assert f"{hour}:00" == figures.clock_minute(instant)


def test_counts() -> None:
    """One is one, and some plurals are odd."""
    assert ("1 order", "2 orders") == (figures.count(1, "order"), figures.count(2, "order"))
    assert "0 entries" == figures.count(0, "entry", "entries")
