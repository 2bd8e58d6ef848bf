"""Mornings on which the broker's records contradict what a person has told."""

from tests.engine.given import Days, position
from tests.engine.market import market

PUT = {"750P": "2.40/2.60"}


def test_resolved_as_closed_but_the_broker_assigned_it(open_day: Days) -> None:
    """It was confirmed as closed at a good price; now it is told, and stays unconfirmed."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.at("17:45", lambda: day.take("p"))
    day.at("17:46", lambda: day.resolve("p", "-0.45"))

    day.play_through()

    assert not day.position("p").confirmed
    assert "closed at -0.45" in day.words("morning/")
    assert "-1 GOOG151224P00750000 assigned" in day.words("morning/")


def test_resolved_as_closed_by_hand_elsewhere_waits_for_evidence(open_day: Days) -> None:
    """Nothing at the broker says otherwise, and nothing says so: a person's word, no record."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.at("17:45", lambda: day.take("p"))
    day.at("17:46", lambda: day.resolve("p", "-2.45"))
    day.befall("gone", "17:46:30")

    day.play_through()

    assert ("closed", False) == (day.position("p").status.value, day.position("p").confirmed)


def test_closed_by_a_person_through_botd_is_confirmed(open_day: Days) -> None:
    """Fills of our own orders are the record."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.at("17:45", lambda: day.take("p"))
    day.at("17:46", lambda: day.close("p"))

    day.play_through()

    assert ("closed", True) == (day.position("p").status.value, day.position("p").confirmed)
