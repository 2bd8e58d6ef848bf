"""Other closing orders that hold the quantity."""

import pytest

from botd.engine import exits
from tests.engine.given import Day, Days, position
from tests.engine.market import instant, legs, market

PUT = {"750P": "2.40/2.60"}
UNTIL = instant("17:54")


@pytest.fixture
def day(open_day: Days) -> Day:
    """Open a day on which somebody's take-profit rests."""
    found = open_day(market("748", PUT, size=0), position("p", "-1 750P"))
    found.start()
    found.broker.plant_order(legs("+1 750P"), 1, None)
    return found


def states(day: Day) -> list[str]:
    return [one.state.value for one in day.run(day.broker.orders(instant("17:00")))]


def test_cancelled_and_recounted(day: Day) -> None:
    """The account is given as it then stands."""
    resting = day.run(day.broker.orders(instant("17:00")))

    facts = day.run(exits.cancel(day.desk, resting, UNTIL))

    assert facts is not None
    assert ["canceled"] == states(day)


def test_exit_that_will_not_end_is_given_up_in_time(day: Day) -> None:
    """Others wait for this attempt."""
    resting = day.run(day.broker.orders(instant("17:00")))
    day.befall("lose_cancel", "17:40", times=50)

    assert day.run(exits.cancel(day.desk, resting, UNTIL)) is None
    assert instant("17:41") > day.clock.now()


def test_account_that_cannot_be_read_ends_nothing(day: Day) -> None:
    """Neither of the two ways."""
    resting = day.run(day.broker.orders(instant("17:00")))
    day.befall("unavailable", "17:40", seconds=60)

    assert day.run(exits.cancel(day.desk, resting, UNTIL)) is None

    day.run(exits.cancel_on_legs(day.desk, day.intent("p", "+1 750P"), UNTIL, only_ours=False))
    day.clock_to("17:42")

    assert ["working"] == states(day)


@pytest.mark.parametrize(
    ("leg", "only_ours", "expected"),
    [
        pytest.param("+1 750P", False, "canceled", id="it holds our leg"),
        pytest.param("+1 745P", False, "working", id="it holds another"),
        pytest.param("+1 750P", True, "working", id="exits are left alone"),
    ],
)
def test_cancel_on_legs(day: Day, leg: str, *, only_ours: bool, expected: str) -> None:
    """What holds the legs of an order is cancelled, as far as the bot's rules allow."""
    day.run(exits.cancel_on_legs(day.desk, day.intent("p", leg), UNTIL, only_ours=only_ours))

    assert [expected] == states(day)
