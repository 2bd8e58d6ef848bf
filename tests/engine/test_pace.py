"""Orders of an account in a minute, and who sends them."""

from datetime import timedelta
from decimal import Decimal

from botd.engine.pace import Pace
from tests.engine.market import instant

NOW = instant("17:50")
SHORT = (0, Decimal(-75_000), "short")
LONG = (2, Decimal(-75_000), "long")


def test_place_is_free_again_after_a_minute() -> None:
    """The window slides; ten requests a minute leave room for two orders."""
    pace = Pace()

    assert pace.take(10, NOW)
    assert pace.take(10, NOW)
    assert not pace.take(10, NOW + timedelta(seconds=59))
    assert pace.take(10, NOW + timedelta(seconds=60))


def test_broker_without_a_limit_has_no_pace() -> None:
    """Every order has its place."""
    pace = Pace()

    assert all(pace.take(None, NOW) for _ in range(100))


def test_more_dangerous_goes_first_though_it_asked_later() -> None:
    """A long in the money waits while a short in the money does."""
    pace, then = Pace(), NOW + timedelta(seconds=59.5)
    pace.take(1, NOW)

    assert not pace.take(1, then, (False, LONG))
    assert not pace.take(1, then, (False, SHORT))
    assert not pace.take(1, then + timedelta(seconds=1), (False, LONG))
    assert pace.take(1, then + timedelta(seconds=1), (False, SHORT))


def test_position_without_an_order_goes_before_a_new_price() -> None:
    """Whose order works can wait for its next price."""
    pace, then = Pace(), NOW + timedelta(seconds=59.5)
    pace.take(1, NOW)
    pace.take(1, then, (False, LONG))

    assert not pace.take(1, then + timedelta(seconds=1), (True, SHORT))
    assert pace.take(1, then + timedelta(seconds=1), (False, LONG))


def test_who_asks_no_more_holds_nobody_up() -> None:
    """A walk that has ended leaves the line by itself."""
    pace, then = Pace(), NOW + timedelta(seconds=58)
    pace.take(1, NOW)
    pace.take(1, then, (False, SHORT))

    assert pace.take(1, then + timedelta(seconds=2), (False, LONG))
