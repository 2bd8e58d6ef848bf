"""Two orders that could both fill: one of them ends, or is never sent."""

from dataclasses import replace
from datetime import timedelta

from botd.brokers.paper.card import PAPER_CARD
from botd.domain.bot import Expiration, Pricing, PricingMode
from tests.engine.given import Days, bot, position
from tests.engine.market import market

PUT = {"750P": "2.40/2.60"}
LIMIT = Pricing(mode=PricingMode.LIMIT)
FALLING = {"750P": {"17:20": "2.40/2.60", "17:52": "2.30/2.50"}}
WEAK = replace(
    PAPER_CARD,
    dedupes_client_ids=False,
    enforces_close_only=False,
    absent_after=timedelta(seconds=20),
)


def test_an_order_given_up_came_to_life_beside_the_next(open_day: Days) -> None:
    """An order found absent that works after all is ended, before both can fill."""
    day = open_day(
        market("748", FALLING),
        position("p", "-1 750P"),
        card=WEAK,
        rules=bot(pricing=Pricing(mode=PricingMode.LIMIT, final_price=50)),
    )
    day.befall("lose_answer", "17:50", "-1 750P", seconds=40)

    day.play("18:00:30")

    assert 0 <= -day.held().get("GOOG151224P00750000", 0)


def test_a_take_profit_and_our_order_both_filled(open_day: Days) -> None:
    """A broker that does not watch over closes gets no second one beside a resting exit."""
    rules = bot(Expiration(cancel_resting_exits=False), LIMIT)
    day = open_day(market("748", FALLING), position("p", "-1 750P"), card=WEAK, rules=rules)
    day.befall("resting_exit", "17:45", "-1 750P", net_price="-2.55")

    day.play("18:00:30")

    assert 0 <= -day.held().get("GOOG151224P00750000", 0)


def test_a_take_profit_and_a_close_by_hand_both_filled(open_day: Days) -> None:
    """Also a person is told to cancel the resting order first."""
    day = open_day(market("748", PUT), position("p", "-1 750P"), card=WEAK)
    day.befall("resting_exit", "17:42", "-1 750P", net_price="-0.05")
    day.play("17:43")

    asked = day.close("p")
    day.run(day.engine.refresh())
    day.play("17:46")

    assert () == day.sent("p")
    assert "cancel that at the broker" in day.command(asked)["message"]
