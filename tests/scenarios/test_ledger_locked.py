"""Days on which the ledger cannot be written for some seconds, as while somebody copies it."""

from tests.engine.given import Day, Days, outcomes, position
from tests.engine.market import instant, market
from tests.property.mortal import MortalLedger

PUT = {"750P": "2.40/2.60"}


def locked(open_day: Days, since: str, until: str, *names: str) -> Day:
    """Open a day whose ledger cannot be written between two instants."""
    day = open_day(market("748", PUT))
    day.kill(MortalLedger(lambda: instant(since) <= day.clock.now() < instant(until)))
    book = tuple(position(name, "-1 750P", opened_at="12-24 17:57") for name in names or ("p",))
    day.enter(*book)
    day.hold(*book)
    return day


def test_the_last_attempt_was_claimed_and_never_made(open_day: Days) -> None:
    """An attempt whose decision could not be written down is made as soon as it can be."""
    day = locked(open_day, "17:59:00.500", "17:59:04")
    day.broker.slow = {"holdings": ("17:59", 1)}

    day.play("18:00:30")

    assert [("T-1", "close", "filled")] == day.told_of("p")


def test_the_last_ladder_stopped_at_its_first_price(open_day: Days) -> None:
    """A price that could not be written down is sent as soon as it can be."""
    day = locked(open_day, "17:59:05", "17:59:25")

    day.play("18:00:30")

    assert [(1, "closed", "-2.60")] == outcomes(day.position("p"))


def test_nobody_was_told_how_the_day_ended(open_day: Days) -> None:
    """What is to be told once is told once the ledger can be written."""
    day = locked(open_day, "18:20", "18:20:20")

    day.play("18:21")

    assert 1 == len(day.alerts("summary"))
