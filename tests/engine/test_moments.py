"""The instants at which people are told something, each once."""

import pytest

from botd.engine import moments
from tests.engine.given import Days, position
from tests.engine.market import instant, market

PUT = {"750P": "2.40/2.60"}


def test_moment_is_told_once_over_restarts(open_day: Days) -> None:
    """A second process finds it claimed."""
    day = open_day(market("748", PUT), position("p", "-1 750P")).play("17:46")
    day.kill()

    day.play("17:47")

    assert 1 == len(day.alerts("ready"))


def test_moment_that_comes_too_late_is_passed_over(open_day: Days) -> None:
    """Started at T-4: "ready" would be no news."""
    day = open_day(market("748", PUT), position("p", "-1 750P"), begins="17:56").play("17:57")

    assert () == day.alerts("ready")
    assert () == day.alerts("near_strike")


def test_evening_before_names_tomorrows_positions(open_day: Days) -> None:
    """At 18:00 New York, with what an assignment would need."""
    day = open_day(market("748", PUT), position("p", "-1 750P"), begins="12-23 20:59").play(
        "12-23 23:01"
    )

    assert "if assigned: 75,000 dollars" in day.words("evening_before")


def test_evening_before_without_anything_open_says_nothing(open_day: Days) -> None:
    """Closed in the afternoon, and not confirmed yet."""
    day = open_day(market("748", PUT), position("p", "-1 750P"), begins="12-23 20:59")
    day.take("p")
    day.resolve("p")

    day.play("12-23 23:01")

    assert () == day.alerts("evening_before")


def test_next_moment(open_day: Days) -> None:
    """The earliest that is to come."""
    day = open_day(market("748", PUT), position("p", "-1 750P"), begins="17:44")
    day.start()
    planned = moments.plan(day.desk)

    assert instant("17:45") == moments.next_at(day.desk, planned, day.clock.now())
    assert moments.next_at(day.desk, (), day.clock.now()) is None


@pytest.mark.parametrize("begins", ["12-26 12:00", "12-28 14:34"])
def test_morning_has_its_reconcile_on_every_trading_day(open_day: Days, begins: str) -> None:
    """Also when the weekend has been slept through."""
    day = open_day(market("748"), position("p", "-1 750P 160115"), begins=begins)
    day.start()

    found = [one.moment.at for one in moments.plan(day.desk) if one.closes_at is None]

    assert instant("12-28 14:35") == found[0]


def test_shares_alone_have_no_day(open_day: Days) -> None:
    """Nothing of them stops trading."""
    day = open_day(market("748"), position("p", "+100 shares"))
    day.start()

    assert {None} == {one.closes_at for one in moments.plan(day.desk)}
