"""Days on which one call of the broker gives no answer, and the others do."""

from datetime import timedelta

from botd.domain.bot import Pricing, PricingMode
from tests.engine.given import Days, bot, position
from tests.engine.market import instant, legs, market

PUT = {"750P": "2.40/2.60"}
LIMIT = bot(pricing=Pricing(mode=PricingMode.LIMIT))
NAMES = tuple(f"p{number:02d}" for number in range(20))


def test_nineteen_positions_got_no_order_while_quotes_hung(open_day: Days) -> None:
    """Quotes that do not come delay all prices once, not each price after the other."""
    day = open_day(market("748", PUT, size=0), *(position(name, "-1 750P") for name in NAMES))
    day.broker.slow = {"market": ("17:59:00", 60)}

    day.play("17:59:20")

    assert list(NAMES) == [
        name
        for name in NAMES
        if any(order.intent.attempt_due_at == instant("17:59") for order in day.sent(name))
    ]


def test_a_resting_exit_that_would_not_end_held_up_every_other_position(open_day: Days) -> None:
    """A cancel that gives no answer delays the attempt by seconds, not past its time."""
    day = open_day(
        market("748", {**PUT, "752P": "4.40/4.60"}, size=0),
        position("exit", "-1 750P"),
        position("other", "-1 752P"),
        rules=LIMIT,
    )
    day.broker.plant_order(legs("+1 750P"), 1, None)
    day.broker.slow = {"cancel": ("17:40", 60)}

    day.play("17:50:25")

    assert 1 == len(day.sent("other"))


def test_one_order_that_would_not_be_cancelled_held_up_the_last_attempt(open_day: Days) -> None:
    """Orders that end soon go on soon; the one whose cancel hangs waits by itself."""
    day = open_day(
        market("748", {**PUT, "752P": "4.40/4.60"}, size=0),
        position("hangs", "-1 750P"),
        position("other", "-1 752P"),
        rules=LIMIT,
    )
    day.play("17:58:30")
    hangs = day.sent("hangs")[-1].broker_order_id
    day.kill()
    day.clock_to("17:59")
    day.broker.slow = {f"cancel {hangs}": ("17:59", 60)}

    day.play("17:59:06")

    assert instant("17:59") == day.sent("other")[-1].intent.attempt_due_at


def test_the_summary_waited_for_official_closes_that_did_not_come(open_day: Days) -> None:
    """Every outcome is told at T + 20 min, however many closes hang."""
    day = open_day(
        market("755", {"750P": "0.05/0.10"}, official="755"),
        *(position(name, "-1 750P") for name in NAMES),
    )
    day.broker.slow = {"official_close": ("17:40", 60)}

    day.play("18:21:30")

    (summary,) = day.alerts("summary")
    assert timedelta(minutes=1) > summary.created_at - instant("18:20")
