"""Whether people hear in time what they may still act on."""

from datetime import timedelta

from botd.domain.bot import Pricing, PricingMode
from botd.domain.position import Policy
from tests.engine.given import Day, Days, bot, position
from tests.engine.market import instant, market

QUOTES = {"750P": "2.40/2.60", "752P": "4.40/4.60"}
LIMIT = bot(pricing=Pricing(mode=PricingMode.LIMIT))
SOON = timedelta(seconds=5)


def of_two(open_day: Days, policy: Policy | None = None) -> Day:
    """Open a day with one position that is told of, and one whose order works on."""
    return open_day(
        market("748", QUOTES, size=0),
        position("told", "-1 750P", policy=policy, opened_at="12-24 17:56"),
        position("works", "-1 752P"),
        rules=LIMIT,
    )


def test_a_refusal_in_the_last_minute_was_told_after_the_bell(open_day: Days) -> None:
    """It is told at once, though the orders of other positions work on."""
    day = of_two(open_day)
    day.befall("refuse", "17:59", "-1 750P")

    day.play("18:01")

    (alert,) = day.alerts("attempt/paper/paper/20151224T175900")[:1]
    assert SOON > alert.created_at - instant("17:59")


def test_what_was_handed_over_was_told_when_the_attempt_had_ended(open_day: Days) -> None:
    """A person hears of it while there is time to act."""
    day = of_two(open_day, Policy.HAND_OVER)

    day.play("18:01")

    (alert,) = day.alerts("attempt/paper/paper/20151224T175900")[:1]
    assert SOON > alert.created_at - instant("17:59")


def test_a_host_that_slept_through_the_window_told_nobody(open_day: Days) -> None:
    """Attempts that nobody made before T are told at once."""
    day = open_day(market("748", QUOTES), position("p", "-1 750P"))
    day.start()
    day.clock_to("18:00:01")

    day.play("18:00:10")

    assert "missed" in day.words("missed/")


def test_a_crash_in_the_last_minute_told_nobody(open_day: Days) -> None:
    """An attempt that was cut short, and is too late to be taken up, is told at the start."""
    day = open_day(market("748", QUOTES, size=0), position("p", "-1 750P"), rules=LIMIT)
    day.play("17:59:30")
    day.kill()
    day.clock_to("17:59:57")

    day.play("17:59:58")

    assert "T-1: botd close 1" in day.words("cut/")
