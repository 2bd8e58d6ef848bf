"""A person's own attempt, where whole days do not show it."""

import pytest

from botd.engine import manual
from botd.engine.manual import extra_attempt
from tests.engine.given import Days, position
from tests.engine.market import instant, legs, market

PUT = {"750P": "2.40/2.60"}


@pytest.mark.parametrize(
    ("at", "number", "give_up_at", "is_last"),
    [
        pytest.param("17:40", 0, "17:42", False, id="two minutes, long before"),
        pytest.param("17:49", 0, "17:49:55", False, id="until the first attempt"),
        pytest.param("17:53:30", 1, "17:54:55", False, id="until the next"),
        pytest.param("17:59:20", 3, "18:00", True, id="after the last, to the bell"),
    ],
)
def test_extra_attempt(
    open_day: Days, at: str, number: int, give_up_at: str, *, is_last: bool
) -> None:
    """It ends before the next scheduled one begins."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    found = extra_attempt(day.desk, day.position("p"), instant(at))

    assert found is not None
    assert (number, is_last, instant(give_up_at)) == (found.number, found.is_last, found.give_up_at)
    assert not found.is_extra


@pytest.mark.parametrize(
    ("held", "at"),
    [
        pytest.param("-1 750P", "14:29:59", id="before the opening"),
        pytest.param("-1 750P", "17:59:58", id="two seconds before the bell"),
        pytest.param("-1 750P", "12-25 15:00", id="on a holiday"),
        pytest.param("+100 shares", "17:40", id="shares alone"),
    ],
)
def test_no_extra_attempt(open_day: Days, held: str, at: str) -> None:
    """Its contracts do not trade."""
    day = open_day(market("748", PUT), position("p", held))

    assert extra_attempt(day.desk, day.position("p"), instant(at)) is None


def test_shares_are_never_what_is_closed(open_day: Days) -> None:
    """A covered call's option alone."""
    day = open_day(market("748", PUT), position("p", "+100 shares", "-1 750C"))

    assert legs("-1 750C") == manual.closable_legs_of(day.position("p").lots[0])
