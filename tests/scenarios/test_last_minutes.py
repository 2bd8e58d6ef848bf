"""Legging, the bell, and what the close makes of everything that was left."""

from botd.domain.bot import Expiration, Legging, Pricing, PricingMode
from tests.engine.given import Days, bot, outcomes, position
from tests.engine.market import Sides, instant, legs, market

PUT = {"750P": "2.40/2.60"}
LIMIT = bot(pricing=Pricing(mode=PricingMode.LIMIT))
ALWAYS = instant("12-31 00:00")
BOTH = legs("-1 745P", "+1 750P")
SHORT = legs("+1 750P")
# From T-10 on the long's quote is crossed: somebody bids, and nobody trades.
CROSSED: dict[str, Sides | str] = {
    "750P": "2.40/2.60",
    "745P": {"17:20": "0.10/0.20", "17:50": "0.10/0.05"},
}


def test_long_without_a_bid_is_left_out_from_the_second_attempt(open_day: Days) -> None:
    """At T-10 the whole package is tried; at T-5 the worthless long stays."""
    quotes = {"750P": "2.40/2.60", "745P": "/0.05"}
    day = open_day(market("748", quotes), position("p", "+1 745P", "-1 750P"))

    day.play("17:54:59")

    assert {BOTH} == {one.intent.legs for one in day.sent("p")}

    day.play("17:57")

    assert SHORT == day.sent("p")[-1].intent.legs
    assert ("T-5", "close", "filled") == day.told_of("p")[1]
    assert legs("+1 745P") == day.position("p").lots[0].legs


def test_worthless_long_left_behind_ends_with_the_day(open_day: Days) -> None:
    """It expires beside nothing: the unit's price is what the short cost."""
    quotes = {"750P": "2.40/2.60", "745P": "/0.05"}
    day = open_day(market("748", quotes), position("p", "+1 745P", "-1 750P")).play("18:21")

    assert [(1, "expired", "-2.60")] == outcomes(day.position("p"))


def test_late_start_counts_as_the_attempt_it_is(open_day: Days) -> None:
    """The first attempt that this process makes is T-5, the day's second: the long is left out."""
    quotes = {"750P": "2.40/2.60", "745P": "/0.05"}
    day = open_day(market("748", quotes), position("p", "+1 745P", "-1 750P"), begins="17:56").play(
        "17:58"
    )

    assert [("T-10", "skip"), ("T-5", "close")] == [
        (one.lead, one.decision) for one in day.attempts("p")
    ]
    assert {SHORT} == {one.intent.legs for one in day.sent("p")}


def test_package_that_does_not_fill_becomes_its_shorts_at_the_last_attempt(open_day: Days) -> None:
    """Nobody buys the long, though somebody bids: twenty seconds are left for the short alone."""
    day = open_day(market("748", CROSSED), position("p", "+1 745P", "-1 750P"))

    day.play("18:00:04")

    last = day.sent("p")[-1]
    assert SHORT == last.intent.legs
    assert "17:59:4" == f"{last.created_at:%H:%M:%S}"[:7]
    assert "legged: the short legs alone" in (day.attempts("p")[-1].note or "")
    assert ("T-1", "close", "filled") == day.told_of("p")[-1]


def test_bot_that_never_legs_keeps_the_package(open_day: Days) -> None:
    """Its order is left to the bell, whole."""
    day = open_day(
        market("748", CROSSED),
        position("p", "+1 745P", "-1 750P"),
        rules=bot(Expiration(legging=Legging.NEVER)),
    ).play("18:00:30")

    assert {BOTH} == {one.intent.legs for one in day.sent("p")}
    assert "expired" == day.statuses("p")[-1]


def test_long_in_the_money_is_never_legged(open_day: Days) -> None:
    """It hedges the short: both or none."""
    quotes: dict[str, Sides | str] = {
        "750P": "4.90/5.10",
        "747.5P": {"17:20": "2.40/2.60", "17:50": "2.60/2.40"},
    }
    day = open_day(
        market("745", quotes, official="745"), position("p", "+1 747.5P", "-1 750P")
    ).play("18:00:30")

    assert {legs("-1 747.5P", "+1 750P")} == {one.intent.legs for one in day.sent("p")}


def test_partly_filled_package_is_legged_for_the_rest(open_day: Days) -> None:
    """One unit fills whole; of the other the short goes alone."""
    quotes = {"750P": "2.40/2.60", "745P": "0.10/0.20"}
    day = open_day(
        market("748", quotes),
        position("p", "+1 745P", "-1 750P", units=2, opened_at="12-24 17:58"),
        rules=LIMIT,
    )
    day.befall("partial", "17:59", units=1)

    day.play("18:00:04")

    assert SHORT == day.sent("p")[-1].intent.legs
    assert 1 == day.sent("p")[-1].intent.units
    assert ("T-1", "close", "partial") == day.told_of("p")[-1]


def test_unfilled_to_the_bell_is_resolved_after_it(open_day: Days) -> None:
    """The last order works until T; in the money at the close it is unresolved, and named."""
    day = open_day(market("748", PUT, size=0), position("p", "-1 750P"), rules=LIMIT)

    day.play("17:59:59")

    assert "working" == day.statuses("p")[-1]
    assert "still open at the bell" in day.words("still_open")
    assert "+100 GOOG, 75,000 dollars" in day.words("still_open")

    day.play("18:21")

    assert "expired" == day.statuses("p")[-1]
    assert [("T-10", "close", "unfilled"), ("T-5", "close", "unfilled")] == day.told_of("p")[:2]
    assert "unresolved" == day.position("p").status.value
    assert "is not closed after T-5" in day.words("attempt/")


def test_fill_at_the_bell_is_still_recorded(open_day: Days) -> None:
    """The last row of the day fills it: closed, not unresolved."""
    quotes: dict[str, Sides | str] = {"750P": {"17:20": "2.40/3.60", "18:00": "2.40/2.60"}}
    rules = bot(pricing=Pricing(mode=PricingMode.LIMIT, final_price=50))
    day = open_day(market("748", quotes), position("p", "-1 750P"), rules=rules).play("18:01")

    assert [(1, "closed", "-2.60")] == outcomes(day.position("p"))
    assert ("T-1", "close", "filled") == day.told_of("p")[-1]


def test_out_of_the_money_at_the_last_attempt_and_in_at_the_close(open_day: Days) -> None:
    """Never booked as worthless."""
    day = open_day(
        market({"14:30": "755", "17:59:30": "755"}, PUT, official="749"), position("p", "-1 750P")
    ).play("18:21")

    assert "unresolved" == day.position("p").status.value
    assert "out of the money at the last attempt" in (day.position("p").fact or "")


def test_no_official_close_waits_twenty_minutes_for_the_last_trade(open_day: Days) -> None:
    """Then the last trade at or before T stands in, and the summary knows it."""
    day = open_day(market("755", PUT, official="755"), position("p", "-1 750P"))
    day.broker.hides_close_until = ALWAYS

    day.play("18:19:59")

    assert "open" == day.position("p").status.value

    day.play("18:20:01")

    assert "expired" == day.position("p").status.value
    assert "expired" in day.words("summary")


def test_unofficial_close_near_the_strike_is_unresolved(open_day: Days) -> None:
    """A physical contract is not judged by a last trade within half a percent."""
    day = open_day(market("751", {}), position("p", "-1 750P"))
    day.broker.hides_close_until = ALWAYS

    day.play("18:21")

    assert "unresolved" == day.position("p").status.value
    assert "too near its strike" in (day.position("p").fact or "")


def test_no_price_at_all_is_unresolved(open_day: Days) -> None:
    """Nothing is known of the close."""
    day = open_day(market({}, {}), position("p", "-1 750P"))
    day.broker.hides_close_until = ALWAYS

    day.play("18:21")

    assert "no closing price" in (day.position("p").fact or "")


def test_shorts_that_crossed_after_hours_are_named_before_the_cutoff(open_day: Days) -> None:
    """Out of the money at the close, in the money at the exercise cut-off."""
    shown = market(
        "752",
        {"750P": "0.05/0.10", "755C": "0.05/0.10"},
        official="752",
        after={"18:30": "747.90/748.10", "19:29": "747.90/748.10"},
    )
    day = open_day(shown, position("p", "-1 750P"), position("c", "-1 755C")).play("19:31")

    assert "short 750P: close 752, now 748" in day.words("exercise_cutoff")
    assert "755C" not in day.words("exercise_cutoff")


def test_what_was_bought_back_is_not_named_after_hours(open_day: Days) -> None:
    """A closed short can not be assigned."""
    shown = market(
        {"14:30": "748", "17:58": "752"},
        PUT,
        official="752",
        after={"18:30": "747.90/748.10", "19:29": "747.90/748.10"},
    )
    day = open_day(shown, position("p", "-1 750P")).play("19:31")

    assert "closed" == day.position("p").status.value
    assert () == day.alerts("exercise_cutoff")


def test_nothing_crossed_after_hours(open_day: Days) -> None:
    """No message where nothing moved, or nothing is known."""
    day = open_day(
        market("752", {"750P": "0.05/0.10"}, official="752", after={"18:30": "751.90/"}),
        position("p", "-1 750P"),
    ).play("19:31")

    assert () == day.alerts("exercise_cutoff")


def test_close_that_cannot_be_read_names_nobody_after_hours(open_day: Days) -> None:
    """Without the close nothing can have crossed it."""
    day = open_day(
        market("752", {"750P": "0.05/0.10"}, official="752", after={"18:30": "747/748"}),
        position("p", "-1 750P"),
    ).play("18:21")
    day.befall("unavailable", "19:29", seconds=120)

    day.play("19:31")

    assert () == day.alerts("exercise_cutoff")


def test_resolved_by_a_person_after_the_close(open_day: Days) -> None:
    """What is unresolved is a person's to tell; the morning does not contradict."""
    day = open_day(market("748", PUT, size=0), position("p", "-1 750P"), rules=LIMIT)
    day.play("18:21")

    day.play_through()

    assert "assigned" == day.position("p").status.value


def test_pinned_shorts_are_named_five_minutes_before(open_day: Days) -> None:
    """Within a quarter of a percent of the strike."""
    day = open_day(
        market("751", {"750P": "0.50/0.70"}, official="751"),
        position("p", "-1 750P"),
        position("q", "-1 740P"),
    ).play("17:56")

    assert "(short 750P at the strike)" in day.words("near_strike")
    assert "740P" not in day.words("near_strike")
