"""Orders whose fate is not known, that fill in parts, or that will not end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from botd.brokers.paper.card import PAPER_CARD
from botd.domain.bot import Pricing, PricingMode
from tests.engine.given import Days, bot, outcomes, position
from tests.engine.market import legs, market

PUT = {"750P": "2.40/2.60"}
WEAK = replace(
    PAPER_CARD,
    dedupes_client_ids=False,
    looks_up_client_ids=False,
    enforces_close_only=False,
    absent_after=timedelta(seconds=120),
)
LIMIT = bot(pricing=Pricing(mode=PricingMode.LIMIT))


def test_lost_answer_is_found_and_not_sent_again(open_day: Days) -> None:
    """The order is taken and filled, its answer is lost: looking it up finds the fill."""
    day = open_day(market("748", PUT), position("p", "-1 750P"), rules=LIMIT)
    day.befall("lose_answer", "17:50")

    day.play("17:52")

    assert ["filled"] == day.statuses("p")
    assert [(1, "closed", "-2.60")] == outcomes(day.position("p"))


def test_lost_request_is_sent_again_under_its_id(open_day: Days) -> None:
    """A broker that refuses duplicate ids may be sent the same order at once."""
    day = open_day(market("748", PUT), position("p", "-1 750P"), rules=LIMIT)
    day.befall("lose_request", "17:50")

    day.play("17:50:05")

    assert ["filled"] == day.statuses("p")


def test_request_lost_again_and_again_is_resent_three_times(open_day: Days) -> None:
    """Then it is looked for until it is proved absent, and another order follows."""
    day = open_day(market("748", PUT), position("p", "-1 750P"), rules=LIMIT)
    day.befall("lose_request", "17:50", times=4)

    day.play("17:52")

    assert ["absent", "filled"] == day.statuses("p")
    assert 1 == day.position("p").outcomes[0].units


def test_resend_that_is_refused_is_a_refusal(open_day: Days) -> None:
    """The broker dedupes: its answer is about the only order with that id."""
    day = open_day(market("748", PUT), position("p", "-1 750P"), rules=LIMIT)
    day.befall("lose_request", "17:50")
    day.befall("refuse", "17:50", message="no")

    day.play("17:52")

    assert "assigned" == day.position("p").status.value
    assert ["refused"] == day.statuses("p")


def test_weak_broker_is_sent_nothing_before_the_horizon(open_day: Days) -> None:
    """Three clean misses over two minutes prove it absent; only then comes the next order."""
    day = open_day(market("748", PUT), position("p", "-1 750P"), rules=LIMIT, card=WEAK)
    day.befall("lose_request", "17:50")

    day.play("17:51:58")

    assert ["unknown"] == day.statuses("p")

    day.play("17:59")

    assert ["absent", "filled"] == day.statuses("p")
    gap = day.orders("p")[1].created_at - day.orders("p")[0].created_at
    assert timedelta(seconds=120) <= gap


def test_unknown_order_blocks_the_next_attempt_until_it_is_found(open_day: Days) -> None:
    """The broker is silent for the whole first attempt; the second ends the order first."""
    day = open_day(market("748", {"750P": "2.40/9.60"}), position("p", "-1 750P"), card=WEAK)
    day.befall("lose_answer", "17:50")
    day.befall("unavailable", "17:50:00.000001", seconds=310)

    day.play("17:57")

    first, *_ = day.orders("p")
    assert ("canceled", "T-10") == (first.status.value, day.attempts("p")[0].lead)
    assert "unknown" == day.attempts("p")[0].outcome
    assert "the fate of an order is not known" in day.words("attempt/")
    assert 1 < len(day.sent("p"))


def test_order_of_unknown_fate_at_the_bell_is_resolved_after_it(open_day: Days) -> None:
    """Nothing is judged by the price before the order is known; at T + 20 it is unresolved."""
    day = open_day(
        market("755", PUT, official="755"), position("p", "-1 750P"), rules=LIMIT, card=WEAK
    )
    day.play("17:59")
    order = day.intent("p", "+1 750P", net_price="-2.60")
    day.leave_unknown(order)
    day.befall("unavailable", "17:59:30", seconds=1250)

    day.play("18:19:59")

    assert "open" == day.position("p").status.value

    day.play("18:21")

    assert "unresolved" == day.position("p").status.value
    assert "need a person" in day.words("summary")


def test_three_ambiguous_answers_open_the_breaker_until_a_read(open_day: Days) -> None:
    """Three positions lose their answers; the fourth waits for a read that succeeds."""
    book = [position(name, "-1 750P") for name in "abcd"]
    day = open_day(market("748", PUT), *book, rules=LIMIT)
    day.befall("lose_answer", "17:50", times=3)

    day.play("17:55")

    assert ["closed"] * 4 == [day.position(name).status.value for name in "abcd"]
    assert not day.desk.breaker.is_open


def test_unreachable_broker_is_tried_less_and_less_often(open_day: Days) -> None:
    """Reads work and orders do not, for five minutes: no budget is spent, nothing is stopped."""
    day = open_day(market("748", PUT), position("p", "-1 750P"), rules=LIMIT)
    day.befall("unavailable", "17:50", "-1 750P", times=45)

    day.play("17:59")

    assert () == day.halts()
    assert "closed" == day.position("p").status.value
    assert 60 > len(day.orders("p"))
    assert {"withdrawn", "filled"} == set(day.statuses("p"))


def test_broker_unreachable_for_a_whole_attempt_and_then_back(open_day: Days) -> None:
    """The first attempt is skipped and told, the second closes."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.befall("unavailable", "17:49:59", seconds=296)

    day.play("17:57")

    assert [("T-10", "skip", "none"), ("T-5", "close", "filled")] == day.told_of("p")
    assert "broker unreachable" in day.words("attempt/")


def test_partial_fills_over_steps_and_attempts(open_day: Days) -> None:
    """Each order asks for what is left; five units end at five units."""
    day = open_day(market("748", PUT, size=1), position("p", "-1 750P", units=5), rules=LIMIT)
    day.befall("partial", "17:50", units=2)

    day.play("18:00:04")

    found = day.position("p")
    assert ("closed", 5) == (found.status.value, sum(part.units for part in found.outcomes))
    assert {} == day.held()
    assert "partial" != day.attempts("p")[-1].outcome


def test_partly_filled_attempt_goes_on_with_the_rest(open_day: Days) -> None:
    """Two of five fill, the rest is the next attempt's."""
    day = open_day(market("748", PUT), position("p", "-1 750P", units=5), rules=LIMIT)
    day.befall("partial", "17:50", units=2)

    day.play("17:57")

    assert [("T-10", "close", "partial"), ("T-5", "close", "filled")] == day.told_of("p")
    assert [5, 3] == [one.intent.units for one in day.sent("p")]


def test_fill_across_the_cancel_is_counted(open_day: Days) -> None:
    """The order fills in the moment in which its cancel arrives: no second close."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.befall("fill_across_cancel", "17:50")

    day.play("17:52")

    assert ["filled"] == day.statuses("p")
    assert {} == day.held()


def test_part_filled_across_the_cancel_leaves_the_rest(open_day: Days) -> None:
    """One of three fills across the cancel; two are asked for next."""
    day = open_day(market("748", PUT), position("p", "-1 750P", units=3))
    day.befall("fill_across_cancel", "17:50", units=1)

    day.play("17:52")

    assert [3, 2] == [one.intent.units for one in day.sent("p")][:2]
    assert {} == day.held()


@pytest.mark.parametrize("do", ["lose_cancel", "slow_cancel"])
def test_cancel_that_is_lost_or_slow_is_waited_for(open_day: Days, do: str) -> None:
    """No second order leaves before the first has ended."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.befall(do, "17:50", seconds=4)

    day.play("17:52")

    first, second, *_ = day.sent("p")
    assert first.finished_at is not None
    assert second.submitted_at is not None
    assert first.finished_at <= second.submitted_at
    assert "closed" == day.position("p").status.value


def test_order_cancelled_by_somebody_else_is_sent_again_later(open_day: Days) -> None:
    """Not within five seconds at the same price: that would look like a bug."""
    day = open_day(market("748", PUT, size=0), position("p", "-1 750P"), rules=LIMIT)

    def cancel() -> None:
        day.run_later(day.broker.cancel(day.orders("p")[-1].broker_order_id or ""))

    day.at("17:50:02", cancel)

    day.play("17:54")

    assert () == day.halts()
    assert ["canceled", "working"] == day.statuses("p")


def test_order_cancelled_again_and_again_ends_the_attempt(open_day: Days) -> None:
    """Three times is enough: the next attempt tries again, and a person is told."""
    day = open_day(market("748", PUT, size=0), position("p", "-1 750P"), rules=LIMIT)
    for at in ("17:50:02", "17:50:10", "17:50:20"):
        day.at(
            at, lambda: day.run_later(day.broker.cancel(day.orders("p")[-1].broker_order_id or ""))
        )

    day.play("17:54")

    assert ["canceled"] * 3 == day.statuses("p")
    assert [("T-10", "close", "unfilled")] == day.told_of("p")


def test_spread_keeps_its_sign_whatever_fills(open_day: Days) -> None:
    """No leg ever changes its sign."""
    quotes = {"750P": "2.40/2.60", "745P": "0.10/0.20"}
    day = open_day(
        market("748", quotes, size=1), position("p", "+1 745P", "-1 750P", units=3), rules=LIMIT
    )
    day.befall("fill_across_cancel", "17:50", units=1)

    day.play("18:00:04")

    assert {} == day.held()
    assert legs("+1 745P", "-1 750P") == day.position("p").legs
