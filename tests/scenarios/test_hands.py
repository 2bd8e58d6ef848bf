"""What is in a person's hands stays there, and what is not is not given up."""

from botd.domain.bot import Expiration, OnRefusal, Pricing, PricingMode
from tests.engine.given import Days, bot, position
from tests.engine.market import market

PUT = {"750P": "2.40/2.60"}
LIMIT = Pricing(mode=PricingMode.LIMIT)
CLASSIFY = bot(Expiration(on_refusal=OnRefusal.CLASSIFY), LIMIT)


def test_a_refused_close_by_hand_gave_the_position_back_to_its_bot(open_day: Days) -> None:
    """Only a person gives back, also where the bot keeps what is refused and still held."""
    day = open_day(market("748", PUT), position("p", "-1 750P"), rules=CLASSIFY)
    day.befall("refuse", "17:44")
    day.at("17:42", lambda: day.take("p"))
    day.at("17:45", lambda: day.close("p"))

    day.play("17:52")

    assert "manual" == day.position("p").managed_by.value
    assert ["refused"] == day.statuses("p")


def test_a_take_while_the_refusal_came_was_undone(open_day: Days) -> None:
    """Who takes a position while its order is refused has it."""
    day = open_day(market("748", PUT), position("p", "-1 750P"), rules=CLASSIFY)
    day.broker.slow = {"submit": ("17:50", 3)}
    day.befall("refuse", "17:50")
    day.at("17:50:01", lambda: day.take("p"))

    day.play("17:56")

    assert "manual" == day.position("p").managed_by.value
    assert 1 == len(day.orders("p"))


def test_an_order_left_after_the_position_was_taken(open_day: Days) -> None:
    """A look at the holdings before the order leaves is followed by a look at whose it is."""
    day = open_day(market("748", PUT), position("p", "-1 750P"), rules=bot(pricing=LIMIT))
    day.broker.slow = {"market": ("17:50", 2), "holdings": ("17:50:01", 6)}
    day.at("17:50:01", lambda: day.desk.guard.observe_holdings(()))
    day.at("17:50:06", lambda: day.take("p"))

    day.play("17:52")

    assert () == day.sent("p")


def test_closing_one_unit_by_hand_cost_the_others_their_last_attempt(open_day: Days) -> None:
    """The attempt that falls due meanwhile is made when the person's own has ended."""
    day = open_day(market("748", PUT), position("p", "-1 750P", units=3, opened_at="12-24 17:57"))
    day.broker.slow = {"submit": ("17:58:50", 3)}
    day.at("17:58:55", lambda: day.close("p", units=1))

    day.play("18:00:30")

    assert {} == day.held()
    assert [("T-1", "close", "filled")] == [one for one in day.told_of("p") if one[0] == "T-1"]


def test_a_refusal_that_came_after_the_bell_ended_the_daemon(open_day: Days) -> None:
    """What its bot keeps though it is refused is kept also when T has passed meanwhile."""
    day = open_day(market("748", PUT, size=0), position("p", "-1 750P"), rules=CLASSIFY)
    day.at("17:45", lambda: day.take("p"))
    day.at("17:59:54", lambda: day.release("p", now=True))
    day.broker.slow = {"submit": ("17:59", 7)}
    day.befall("refuse", "17:59:30")

    day.play("18:21")

    assert "unresolved" == day.position("p").status.value
