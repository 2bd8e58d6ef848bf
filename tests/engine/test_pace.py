"""Orders of an account in a minute."""

from datetime import timedelta

import pytest

from botd.engine.pace import Pace, orders_per_minute
from tests.engine.market import instant


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        pytest.param(200, 35, id="two hundred leave room for thirty-five"),
        pytest.param(100, 10, id="a hundred are eaten by polls: a tenth"),
        pytest.param(10, 1, id="ten leave one"),
        pytest.param(1, 1, id="never less than one"),
    ],
)
def test_orders_per_minute(rate: int, expected: int) -> None:
    """70 % of the rate less polls and reads, two requests an order."""
    assert expected == orders_per_minute(rate)


def test_place_is_free_again_after_a_minute() -> None:
    """The window slides."""
    pace, now = Pace(), instant("17:50")

    assert pace.take(10, now)
    assert not pace.take(10, now + timedelta(seconds=59))
    assert pace.take(10, now + timedelta(seconds=60))


def test_broker_without_a_limit_has_no_pace() -> None:
    """Every order has its place."""
    pace = Pace()

    assert all(pace.take(None, instant("17:50")) for _ in range(100))
