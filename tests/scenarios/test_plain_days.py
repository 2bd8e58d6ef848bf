"""Days on which nothing goes wrong."""

from tests.engine.given import Days, outcomes, position
from tests.engine.market import market

PUT = {"750P": "2.40/2.60"}


def test_short_put_in_the_money_is_bought_back(open_day: Days) -> None:
    """The ladder walks from mid to the ask, and fills at the ask."""
    day = open_day(market("748", PUT), position("p", "-1 750P")).play_through()

    assert [("T-10", "close", "filled")] == day.told_of("p")
    assert "closed" == day.position("p").status.value
    assert [(1, "closed", "-2.60")] == outcomes(day.position("p"))
    assert ["-2.50", "-2.55", "-2.60"] == day.prices("p")
    assert day.position("p").confirmed
