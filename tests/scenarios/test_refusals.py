"""What a broker's no to a close leads to, and what is no such no."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from botd.brokers.paper.card import PAPER_CARD
from botd.domain.bot import Expiration, OnRefusal, Pricing, PricingMode
from botd.errors import RefusalReason
from tests.engine.given import Day, Days, bot, outcomes, position
from tests.engine.market import market

PUT = {"750P": "2.40/2.60"}
FINAL = [
    RefusalReason.POSITION_GONE,
    RefusalReason.POSITION_SMALLER,
    RefusalReason.INTENT_MISMATCH,
    RefusalReason.ASSIGNMENT_LOCK,
    RefusalReason.NOT_TRADABLE,
    RefusalReason.CONTRACT_EXPIRED,
    RefusalReason.FUNDS,
    RefusalReason.MALFORMED,
    RefusalReason.OTHER,
]


def short_put(open_day: Days, **options: Any) -> Day:  # noqa: ANN401 - a day's own fields
    return open_day(market("748", PUT), position("p", "-1 750P"), **options)


def standing(day: Day) -> tuple[str, str, str, str]:
    """Give status, management, its reason, and what is known of an assignment."""
    found = day.position("p")
    return (
        found.status.value,
        found.managed_by.value,
        getattr(found.manual_reason, "value", ""),
        getattr(found.assignment, "value", ""),
    )


@pytest.mark.parametrize("reason", FINAL, ids=[reason.value for reason in FINAL])
def test_refused_close_is_presumed_assigned(open_day: Days, reason: RefusalReason) -> None:
    """Nothing more is sent, the words are kept, and every surface says what is probably true."""
    day = short_put(open_day)
    day.befall("refuse", "17:50", "-1 750P", reason=reason, message="no, and these are my words")

    day.play("18:00")

    assert ("assigned", "manual", "refused", "presumed") == standing(day)
    assert 1 == len(day.sent("p"))
    assert [("T-10", "close", "refused")] == day.told_of("p")
    words = day.position("p").broker_error
    assert words is not None
    assert "no, and these are my words" == words.message
    assert "STILL HELD, 10 minutes left: botd close 1" in (day.position("p").fact or "")
    assert "no, and these are my words" in day.words("attempt/")
    assert "STILL HELD" in day.words("attempt/")


def test_assigned_outcome_is_confirmed_in_the_morning(open_day: Days) -> None:
    """The broker's record turns a presumed assignment into a confirmed one."""
    day = short_put(open_day)
    day.befall("refuse", "17:50", reason=RefusalReason.ASSIGNMENT_LOCK)

    day.play_through()

    assert ("assigned", "confirmed") == (standing(day)[0], standing(day)[3])
    assert day.position("p").confirmed


def test_late_rejection_is_a_refusal_too(open_day: Days) -> None:
    """The broker takes the order, and rejects it two seconds later."""
    day = short_put(open_day)
    day.befall("reject", "17:50", seconds=2, reason=RefusalReason.FUNDS)

    day.play("18:00")

    assert ("assigned", "manual", "refused", "presumed") == standing(day)
    assert ["refused"] == day.statuses("p")


@pytest.mark.parametrize(
    ("do", "fact"),
    [
        pytest.param("gone", "NO LONGER HELD", id="gone without a trace"),
        pytest.param("outside_close", "AN ORDER THAT IS NOT OURS", id="closed at another desk"),
    ],
)
def test_refused_though_gone_says_so(open_day: Days, do: str, fact: str) -> None:
    """It went while our order worked: the reconcile after the refusal tells."""
    day = short_put(open_day)
    day.befall(do, "17:50:12", "-1 750P")

    day.play("17:52")

    assert ["filled"] != day.statuses("p")[-1:]
    assert ("assigned", "manual", "refused", "presumed") == standing(day)
    assert fact in (day.position("p").fact or "")


def test_refused_because_our_own_late_fill_closed_it(open_day: Days) -> None:
    """Held for absent, the first order arrives after all: closed, not assigned, and paged."""
    card = replace(PAPER_CARD, dedupes_client_ids=False, absent_after=timedelta(seconds=1))
    day = short_put(open_day, card=card, rules=bot(pricing=Pricing(mode=PricingMode.LIMIT)))
    day.befall("lose_answer", "17:50", seconds=2.5)

    day.play("17:59")

    assert "closed" == day.position("p").status.value
    assert {} == day.held()
    assert "though that order had ended" in day.words("correction/")


def test_classified_refusal_leaves_a_held_position_to_the_next_attempt(open_day: Days) -> None:
    """With `on_refusal = "classify"` the bot tries again five minutes later."""
    day = short_put(open_day, rules=bot(Expiration(on_refusal=OnRefusal.CLASSIFY)))
    day.befall("refuse", "17:50", message="try later")

    day.play("17:56")

    assert [("T-10", "close", "unfilled"), ("T-5", "close", "filled")] == day.told_of("p")
    words = day.position("p").broker_error
    assert words is not None
    assert "try later" == words.message


def test_classified_refusal_of_what_is_gone_stays_refused(open_day: Days) -> None:
    """Classifying keeps only what is still held."""
    day = short_put(open_day, rules=bot(Expiration(on_refusal=OnRefusal.CLASSIFY)))
    day.befall("gone", "17:50:12", "-1 750P")

    day.play("17:52")

    assert ("assigned", "manual", "refused", "presumed") == standing(day)


def test_refusal_with_an_account_that_cannot_be_read(open_day: Days) -> None:
    """Nothing is known but the refusal itself; the words are kept."""
    day = short_put(open_day)
    day.befall("reject", "17:50", seconds=2, message="no")
    day.befall("unavailable", "17:50:02", times=1)
    day.at("17:50:01.500000", lambda: None)

    day.play("17:52")

    assert ("assigned", "manual", "refused", "presumed") == standing(day)


def test_three_refusals_alike_stop_the_account(open_day: Days) -> None:
    """Three positions refused alike and still held: the fourth stays open, one page tells."""
    book = [position(name, "-1 750P", opened_at=f"12-1{i} 15:00") for i, name in enumerate("abcd")]
    day = open_day(market("748", PUT), *book)
    day.befall("refuse", "17:50", times=4, reason=RefusalReason.FUNDS)

    day.play("17:54:50")

    statuses = sorted(day.position(name).status.value for name in "abcd")
    assert 3 <= statuses.count("assigned")
    assert 1 == len(day.alerts("stop/"))
    assert "refusals alike" in day.words("stop/")


@pytest.mark.parametrize(
    "reason", [RefusalReason.ACCOUNT_BLOCKED, RefusalReason.MARKET_CLOSED], ids=lambda r: r.value
)
def test_refusal_of_the_account_stops_it_and_assigns_nothing(
    open_day: Days, reason: RefusalReason
) -> None:
    """Positions stay open; the next attempt reads the account first, and goes on."""
    day = short_put(open_day)
    day.befall("refuse", "17:50", reason=reason)

    day.play("17:54:59")

    assert ("open", "bot", "", "") == standing(day)
    assert ["stop"] == [halt.kind.value for halt in day.halts()]
    assert 1 == len(day.alerts("stop/"))

    day.play("17:57")

    assert () == day.halts()
    assert ("T-5", "close", "filled") == day.told_of("p")[1]


def test_account_that_may_not_trade_stays_stopped(open_day: Days) -> None:
    """The read succeeds, and says no: the attempt is skipped, and told."""
    day = short_put(open_day)
    day.befall("refuse", "17:50", reason=RefusalReason.ACCOUNT_BLOCKED)
    day.play("17:54")
    day.broker.can_trade = False

    day.play("17:56")

    assert ("T-5", "skip", "none") == day.told_of("p")[1]
    assert "account stopped" in day.words("attempt/")


def test_unreadable_account_stays_stopped(open_day: Days) -> None:
    """No read, no order."""
    day = short_put(open_day)
    day.befall("refuse", "17:50", reason=RefusalReason.ACCOUNT_BLOCKED)
    day.befall("unavailable", "17:54:59", seconds=60)

    day.play("17:57")

    assert ("T-5", "skip", "none") == day.told_of("p")[1]


# What is no refusal of the close (DESIGN 1.3).


@pytest.mark.parametrize(
    ("do", "seconds"),
    [
        pytest.param("unavailable", 0, id="connection refused"),
        pytest.param("server_error", 0, id="HTTP 503"),
        pytest.param("lose_request", 0, id="lost on its way"),
        pytest.param("lose_answer", 0, id="taken, and the answer lost"),
        pytest.param("lose_answer", 3, id="taken late, and the answer lost"),
        pytest.param("answer_late", 5, id="answered five seconds later"),
        pytest.param("answer_late", 20, id="answered after patience ended"),
    ],
)
def test_trouble_on_the_line_is_no_refusal(open_day: Days, do: str, seconds: int) -> None:
    """The position is closed once, by the first attempt."""
    day = short_put(open_day)
    day.befall(do, "17:50:00.000001", "-1 750P", seconds=seconds)

    day.play("17:59")

    assert [("T-10", "close", "filled")] == day.told_of("p")
    assert "closed" == day.position("p").status.value
    assert 1 == day.position("p").outcomes[0].units
    assert {} == day.held()


@pytest.mark.parametrize(
    "reason", [RefusalReason.PRICE_TICK, RefusalReason.PRICE_BAND], ids=lambda r: r.value
)
def test_complaint_of_the_price_is_answered_with_another_price(
    open_day: Days, reason: RefusalReason
) -> None:
    """One corrected step: the same price again would earn the same complaint."""
    day = short_put(open_day)
    day.befall("refuse", "17:50", reason=reason)

    day.play("17:59")

    assert ["-2.50", "-2.55", "-2.60"] == day.prices("p")
    assert [("T-10", "close", "filled")] == day.told_of("p")
    assert "of which the broker complained" in (day.attempts("p")[0].note or "")


def test_second_complaint_of_the_price_waits_for_the_next_attempt(open_day: Days) -> None:
    """It never presumes an assignment."""
    day = short_put(open_day)
    day.befall("refuse", "17:50", reason=RefusalReason.PRICE_TICK, times=2)

    day.play("17:57")

    assert [("T-10", "close", "unfilled"), ("T-5", "close", "filled")] == day.told_of("p")


def test_wash_trade_with_a_resting_exit_is_cured_by_cancelling_it(open_day: Days) -> None:
    """A take-profit that came after the look is cancelled, and the close goes on."""
    day = short_put(open_day)
    day.befall("resting_exit", "17:50:12", "-1 750P", net_price="-0.05")
    day.befall("refuse", "17:50:15", reason=RefusalReason.WASH_TRADE)

    day.play("17:59")

    assert [("T-10", "close", "filled")] == day.told_of("p")


def test_quantity_held_by_an_exit_that_may_not_be_cancelled(open_day: Days) -> None:
    """The bot's rules leave exits alone: unfilled, told, never assigned."""
    day = short_put(open_day, rules=bot(Expiration(cancel_resting_exits=False)))
    day.befall("resting_exit", "17:45", "-1 750P", net_price="-0.05")

    day.play("18:00:04")

    assert [(lead, "close", "unfilled") for lead in ("T-10", "T-5", "T-1")] == day.told_of("p")
    assert ("open", "bot", "", "") == standing(day)
    assert "is not closed after T-5" in day.words("attempt/")


def test_a_close_was_given_up_while_its_cancelled_order_still_held_the_quantity(
    open_day: Days,
) -> None:
    """In the last minute the broker frees what a cancelled order held some seconds late."""
    day = short_put(open_day)
    day.befall("unavailable", "17:49", seconds=600)
    day.befall("refuse", "17:59:05", reason=RefusalReason.HELD_BY_OTHER_ORDER, times=3)

    day.play("18:00:04")

    assert ("T-1", "close", "filled") == day.told_of("p")[-1]


def test_resting_take_profit_is_cancelled_first(open_day: Days) -> None:
    """It holds the quantity; cancelled and confirmed, the whole is closed."""
    day = short_put(open_day)
    day.befall("resting_exit", "17:45", "-1 750P", net_price="-0.05")

    day.play("17:59")

    states = [report.state.value for report in day.run(day.broker.orders(day.clock.now()))]
    assert [("T-10", "close", "filled")] == day.told_of("p")
    assert "working" not in states
    assert [(1, "closed", "-2.60")] == outcomes(day.position("p"))


def test_resting_exit_that_fills_while_it_is_cancelled(open_day: Days) -> None:
    """Closed by somebody else's order: nothing of ours is sent."""
    day = short_put(open_day)
    day.befall("resting_exit", "17:45", "-1 750P", net_price="-0.05")
    day.befall("fill_across_cancel", "17:46")

    day.play("17:52")

    assert () == day.sent("p")
    assert ("closed", "other") == (
        day.position("p").status.value,
        getattr(day.position("p").closed_by, "value", ""),
    )


def test_duplicate_id_is_looked_up_and_adopted(open_day: Days) -> None:
    """The order is there already: it is followed, not sent again."""
    day = short_put(open_day)
    day.befall("lose_answer", "17:50", times=1)
    day.befall("refuse", "17:50:05", reason=RefusalReason.DUPLICATE_CLIENT_ID)

    day.play("17:59")

    assert "closed" == day.position("p").status.value
    assert {} == day.held()
