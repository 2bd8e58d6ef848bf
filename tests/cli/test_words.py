from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from botd.cli import words


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(-5, "0:00", id="over"),
        pytest.param(169, "2:49", id="minutes"),
        pytest.param(3599, "59:59", id="a second below an hour"),
        pytest.param(3600, "1:00:00", id="an hour"),
        pytest.param(172_799, "47:59:59", id="a second below two days"),
        pytest.param(172_800, "2 days", id="two days"),
    ],
)
def test_countdown(seconds: int, expected: str) -> None:
    """What is left is told as a watch would, and in days when it is far."""
    assert expected == words.countdown(timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(-1, "0 s", id="from the future"),
        pytest.param(59, "59 s", id="seconds"),
        pytest.param(60, "1 min", id="a minute"),
        pytest.param(3600, "1 h", id="an hour"),
        pytest.param(172_800, "2 days", id="two days"),
    ],
)
def test_age(seconds: int, expected: str) -> None:
    """How old something is needs one unit only."""
    assert expected == words.age(timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        pytest.param(None, "?", id="not known is not 0"),
        pytest.param(Decimal(1250), "+1,250.00", id="a gain"),
        pytest.param(Decimal("-0.5"), "-0.50", id="a loss"),
    ],
)
def test_dollars(amount: Decimal | None, expected: str) -> None:
    """P/L always has its sign."""
    assert expected == words.dollars(amount)


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        pytest.param(None, "?", id="not known"),
        pytest.param(Decimal(5), "5.00", id="whole dollars"),
        pytest.param(Decimal("-0.725"), "-0.725", id="half a cent"),
    ],
)
def test_price(price: Decimal | None, expected: str) -> None:
    """Prices have cents at least."""
    assert expected == words.price(price)


def test_instants() -> None:
    """Instants are shown as New York's clocks do, in summer and winter."""
    summer, winter = (
        datetime(2016, 7, 1, 20, 0, tzinfo=UTC),
        datetime(2016, 1, 4, 21, 0, 5, tzinfo=UTC),
    )

    assert "FRI 2016-07-01 16:00 New York" == words.day_and_time(summer)
    assert "MON 2016-01-04 16:00:05 New York" == words.day_and_time(winter)
    assert "" == words.day_and_minute(None)
    assert "taken at 16:00:05 by ann" == words.in_new_york("taken at 2016-01-04T21:00:05Z by ann")


def test_counted() -> None:
    """One is no plural."""
    assert ["0 orders", "1 order", "2 orders"] == [
        words.counted(each, "order") for each in range(3)
    ]
