"""One attempt, as its schedule makes it."""

from datetime import timedelta

import pytest

from botd.domain.bot import Anchor, Expiration
from botd.engine.attempt import Attempt, make
from botd.engine.plans import schedule_of
from tests.engine.given import Day, Days, bot, position
from tests.engine.market import instant, market

T = instant("18:00")


def made(day: Day, due_at: str) -> Attempt:
    """Make the attempt of an instant."""
    found = day.position("p")
    plan = schedule_of(day.desk, found)
    assert plan is not None
    assert found.closes_at is not None
    closes = day.desk.claimed_closes(found.closes_at)
    return make(plan, instant(due_at), closes, timedelta(0))


@pytest.mark.parametrize(
    ("due_at", "number", "is_last", "give_up_at"),
    [
        pytest.param("17:50", 0, False, "17:54:55", id="until five seconds before the next"),
        pytest.param("17:55", 1, False, "17:58:55", id="the second"),
        pytest.param("17:59", 2, True, "18:00", id="the last is left to the bell"),
    ],
)
def test_make(open_day: Days, due_at: str, number: int, give_up_at: str, *, is_last: bool) -> None:
    """Number, end and window follow from the schedule."""
    day = open_day(market("748"), position("p", "-1 750P"))
    found = made(day, due_at)

    assert (number, is_last) == (found.number, found.is_last)
    assert (instant(give_up_at), T) == (found.give_up_at, found.bell_at)
    assert (instant("17:50"), T) == (found.window.opens_at, found.window.closes_at)


def test_disputed_close_has_two_bells(open_day: Days) -> None:
    """Before the earlier one the last attempt is a last one, and may be sent until the later."""
    day = open_day(market("748"), position("p", "-1 750P"))
    day.desk.other_closes[T] = instant("18:30")
    found = made(day, "17:59")

    assert (T, instant("18:30")) == (found.bell_at, found.closes_at)
    assert found.is_last
    assert instant("18:19:55") == found.give_up_at


def test_instant_without_an_attempt_has_none(open_day: Days) -> None:
    """Asking for it is a bug."""
    day = open_day(market("748"), position("p", "-1 750P"))

    with pytest.raises(ValueError, match="not in"):
        made(day, "17:51")


def test_shares_have_no_schedule(open_day: Days) -> None:
    """They never stop trading."""
    day = open_day(market("748"), position("p", "+100 shares"))

    assert schedule_of(day.desk, day.position("p")) is None


def test_cutoff_moves_the_schedule(open_day: Days) -> None:
    """A bot may count back from the broker's own cut-off."""
    rules = bot(Expiration(anchor=Anchor.CUTOFF))
    day = open_day(market("748"), position("p", "-1 750P"), rules=rules)
    day.desk.cutoff_before_close = timedelta(minutes=45)
    plan = schedule_of(day.desk, day.position("p"))

    assert plan is not None
    assert ["C-10", "C-5", "C-1"] == [one.lead for one in plan.attempts]
