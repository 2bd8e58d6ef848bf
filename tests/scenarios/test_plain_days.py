"""Days on which nothing goes wrong."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from botd.brokers.paper.pack import Pack
from botd.domain.bot import Amount, Expiration, Pricing, PricingMode, Scope
from botd.domain.position import Lot, Policy, Position
from tests.engine.given import Days, bot, outcomes, position
from tests.engine.market import legs, market, symbol

PUT = {"750P": "2.40/2.60"}
SPREAD = {"750P": "2.40/2.60", "745P": "0.10/0.20"}


def test_short_put_in_the_money_is_bought_back(open_day: Days) -> None:
    """The ladder walks from mid to the ask, and fills at the ask."""
    day = open_day(market("748", PUT), position("p", "-1 750P")).play_through()

    assert [("T-10", "close", "filled")] == day.told_of("p")
    assert "closed" == day.position("p").status.value
    assert [(1, "closed", "-2.60")] == outcomes(day.position("p"))
    assert ["-2.50", "-2.55", "-2.60"] == day.prices("p")
    assert day.position("p").confirmed


def test_short_put_out_of_the_money_is_left(open_day: Days) -> None:
    """Nothing is sent, the premium is kept, and the morning confirms it."""
    day = open_day(market("755", {"750P": "0.05/0.10"}, official="755"), position("p", "-1 750P"))

    day.play("18:21")

    assert () == day.orders("p")
    assert [(lead, "leave", "none") for lead in ("T-10", "T-5", "T-1")] == day.told_of("p")
    assert ("expired", False) == (day.position("p").status.value, day.position("p").confirmed)

    day.play_through()

    assert ("expired", True) == (day.position("p").status.value, day.position("p").confirmed)
    assert [(1, "expired", "0")] == outcomes(day.position("p"))


def test_spread_goes_as_one_order(open_day: Days) -> None:
    """Its long leg out of the money is sold along with the short."""
    day = open_day(market("748", SPREAD), position("p", "+1 745P", "-1 750P")).play_through()

    (order,) = {one.intent.legs for one in day.sent("p")}
    assert legs("-1 745P", "+1 750P") == order
    assert [(1, "closed", "-2.50")] == outcomes(day.position("p"))


def test_short_at_the_strike_expires_with_a_warning(open_day: Days) -> None:
    """Exactly at the strike is not in the money; holders may still exercise."""
    day = open_day(market("750", PUT, official="750"), position("p", "-1 750P")).play("18:21")

    assert () == day.orders("p")
    assert "expired" == day.position("p").status.value
    assert "exactly at the strike" in (day.position("p").fact or "")


def test_pin_band_closes_what_is_near(open_day: Days) -> None:
    """Within the band neither outcome may be counted on."""
    rules = Expiration(pin_band=Amount(Decimal("0.50")))
    pinned = market("750.50", {"750P": "0.40/0.60"}, official="750.50")
    day = open_day(pinned, position("p", "-1 750P"), rules=bot(rules)).play("17:52")

    assert [("T-10", "close", "filled")] == day.told_of("p")


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        pytest.param(PricingMode.LIMIT, ["-2.60"], id="limit asks the final price at once"),
        pytest.param(PricingMode.MARKET, ["None"], id="market asks no price"),
        pytest.param(PricingMode.FAST, ["-2.50", "-2.55", "-2.60"], id="fast walks quickly"),
    ],
)
def test_pricing_mode_is_the_bots(open_day: Days, mode: PricingMode, expected: list[str]) -> None:
    """Each mode has its own prices."""
    rules = bot(pricing=Pricing(mode=mode))
    day = open_day(market("748", PUT), position("p", "-1 750P"), rules=rules).play("17:51")

    assert expected == day.prices("p")
    assert "closed" == day.position("p").status.value


def test_policy_hand_over_sends_nothing(open_day: Days) -> None:
    """The position is a person's from the first attempt on, and the person is told."""
    day = open_day(market("748", PUT), position("p", "-1 750P", policy=Policy.HAND_OVER)).play(
        "18:21"
    )

    assert () == day.orders("p")
    assert [("T-10", "hand_over", "none")] == day.told_of("p")
    assert "policy" == getattr(day.position("p").manual_reason, "value", "")
    assert "handed over" in day.words("attempt/")


def test_adjusted_contract_is_handed_over(open_day: Days) -> None:
    """The spot does not judge a contract that delivers something else."""
    day = open_day(market("755"), position("p", "-1 GOOG1 750P")).play("17:51")

    assert [("T-10", "hand_over", "none")] == day.told_of("p")
    assert "unsupported" == getattr(day.position("p").manual_reason, "value", "")


def test_accepted_assignment_is_confirmed_in_the_morning(open_day: Days) -> None:
    """A cash-secured put takes its shares on purpose, and the campaign begins."""
    day = open_day(market("748", PUT), position("p", "-1 750P", policy=Policy.ACCEPT)).play("18:21")

    assert () == day.orders("p")
    assert ["accept"] * 3 == [one.decision for one in day.attempts("p")]
    assert ("open", "bot") == (day.position("p").status.value, day.position("p").managed_by.value)
    assert "still_open" not in {alert.key.split("/")[0] for alert in day.alerts()}

    day.play_through()

    assert "assigned" == day.position("p").status.value
    assert "confirmed" == getattr(day.position("p").assignment, "value", "")
    assert "p" == day.position("p").campaign
    assert 100 == day.held()["GOOG"]


def test_accepted_assignment_without_the_cash_pages(open_day: Days) -> None:
    """Seventy-five thousand dollars are needed, and a thousand are there."""
    day = open_day(
        market("748", PUT), position("p", "-1 750P", policy=Policy.ACCEPT), cash="1000"
    ).play("17:51")

    assert "accept" == day.attempts("p")[0].decision
    assert "assignment accepted, but" in day.words("attempt/")


def test_two_accepted_puts_count_on_different_cash(open_day: Days) -> None:
    """The older one has the cash; the younger one pages."""
    day = open_day(
        market("748", PUT),
        position("older", "-1 750P", policy=Policy.ACCEPT, opened_at="12-10 15:00"),
        position("younger", "-1 750P", policy=Policy.ACCEPT),
        cash="80000",
    ).play("17:51")

    (line,) = day.words("attempt/").splitlines()[1:]
    assert line.startswith("2  ")


def test_covered_call_is_called_away(open_day: Days) -> None:
    """Its own shares cover it; the next morning they are gone at the strike."""
    day = open_day(
        market("752", {"750C": "2.40/2.60"}, official="752"),
        position("p", "+100 shares", "-1 750C", net_price="-740", policy=Policy.ACCEPT),
    ).play_through()

    assert () == day.orders("p")
    assert "assigned" == day.position("p").status.value
    assert [(1, "assigned", "750")] == outcomes(day.position("p"))
    assert {} == day.held()


def test_covered_call_expires_and_its_shares_stay(open_day: Days) -> None:
    """The position is open with its shares, and waits for the next call."""
    day = open_day(
        market("745", {"750C": "0.05/0.10"}, official="745"),
        position("p", "+100 shares", "-1 750C", net_price="-740"),
    ).play_through()

    found = day.position("p")
    assert ("open", legs("+100 shares")) == (found.status.value, found.lots[0].legs)
    assert found.closes_at is None
    assert {"GOOG": 100} == day.held()


def test_covered_call_in_the_money_is_bought_back_alone(open_day: Days) -> None:
    """Shares are never sold."""
    day = open_day(
        market("752", {"750C": "2.40/2.60"}, official="752"),
        position("p", "+100 shares", "-1 750C", net_price="-740"),
    ).play("17:52")

    assert [legs("+1 750C")] == list({one.intent.legs for one in day.sent("p")})
    assert {"GOOG": 100} == day.held()


def test_calendar_spread_lives_on_after_its_short_expires(open_day: Days) -> None:
    """Out of the money the short ends worthless; the later long has a T of its own."""
    day = open_day(
        market("755", {"750P": "0.05/0.10", "750P 160115": "9.00/9.50"}, official="755"),
        position("p", "-1 750P", "+1 750P 160115", net_price="-8"),
    ).play_through()

    found = day.position("p")
    assert ("open", legs("+1 750P 160115")) == (found.status.value, found.lots[0].legs)
    assert "2016-01-15" == f"{found.closes_at:%Y-%m-%d}"


def test_calendar_spread_in_the_money_buys_back_its_short_alone(open_day: Days) -> None:
    """The long lives on: it is no hedge that is given up."""
    day = open_day(
        market("748", {**PUT, "750P 160115": "9.00/9.50"}),
        position("p", "-1 750P", "+1 750P 160115", net_price="-8"),
    ).play("17:52")

    assert [legs("+1 750P")] == list({one.intent.legs for one in day.sent("p")})
    assert legs("+1 750P 160115") == day.position("p").lots[0].legs


def test_expiring_long_takes_the_later_short_along(open_day: Days) -> None:
    """Closing the long alone would leave the later short uncovered."""
    day = open_day(
        market("748", {**PUT, "750P 160115": "9.00/9.50"}),
        position("p", "+1 750P", "-1 750P 160115", net_price="7"),
    ).play("17:52")

    assert [legs("-1 750P", "+1 750P 160115")] == list({one.intent.legs for one in day.sent("p")})


def test_scope_position_closes_the_whole_calendar(open_day: Days) -> None:
    """A bot may ask for all legs."""
    day = open_day(
        market("748", {**PUT, "750P 160115": "9.00/9.50"}),
        position("p", "-1 750P", "+1 750P 160115", net_price="-8"),
        rules=bot(Expiration(scope=Scope.POSITION)),
    ).play("17:52")

    assert "closed" == day.position("p").status.value


def index(spot: str, quotes: dict[str, str], official: str | None) -> Pack:
    return market(spot, quotes, underlying="SPX", official=official)


def test_cash_settled_policy_lets_it_settle(open_day: Days) -> None:
    """At intrinsic value, estimated until the broker's record."""
    day = open_day(
        index("2070", {"SPXW 2065C": "4.80/5.20"}, "2071"),
        position("p", "+1 SPXW 2065C", net_price="-3", policy=Policy.SETTLE),
    ).play("18:21")

    assert ["settle"] * 3 == [one.decision for one in day.attempts("p")]
    assert ("settled", False) == (day.position("p").status.value, day.position("p").confirmed)

    day.play_through()

    assert [(1, "settled", "6")] == outcomes(day.position("p"))
    assert day.position("p").confirmed


def test_am_settled_awaits_its_value(open_day: Days) -> None:
    """It stops trading the session before; nothing is booked at T."""
    day = open_day(
        index("2060", {"SPX 2065C 151228": "0.05/0.10"}, "2060"),
        position("p", "-1 SPX 2065C 151228"),
    ).play("18:21")

    assert "2015-12-24" == f"{day.position('p').closes_at:%Y-%m-%d}"
    assert "awaiting_settlement" == day.position("p").status.value
    assert () == day.position("p").outcomes


def test_position_opened_inside_the_window_has_the_attempts_left(open_day: Days) -> None:
    """An attempt due before the position was opened does not apply to it."""
    day = open_day(market("748", PUT), position("p", "-1 750P", opened_at="12-24 17:52")).play(
        "17:56"
    )

    assert [("T-5", "close", "filled")] == day.told_of("p")


def two_lots() -> Position:
    """Two units: one is whole, of the other the long leg has gone before."""
    whole = position("p", "+1 745P", "-1 750P", units=2)
    return replace(whole, lots=(Lot(1, whole.legs), Lot(1, legs("-1 750P"), Decimal("0.15"))))


def test_several_lots_are_closed_one_after_the_other(open_day: Days) -> None:
    """Each lot has an order of its own legs."""
    day = open_day(market("748", SPREAD), two_lots())
    day.broker.book({symbol("745P"): -1})

    day.play("17:56")

    sent = {one.intent.legs for one in day.sent("p")}
    assert {legs("-1 745P", "+1 750P"), legs("+1 750P")} == sent
    assert [("T-10", "close", "filled")] == day.told_of("p")
    assert [(1, "closed", "-2.50"), (1, "closed", "-2.45")] == outcomes(day.position("p"))


def test_a_lot_that_does_not_fill_leaves_time_for_the_next(open_day: Days) -> None:
    """Nobody sells the 745 put's other side: the lot without it is closed all the same."""
    day = open_day(market("748", {"750P": "2.40/2.60", "745P": "/"}), two_lots())
    day.broker.book({symbol("745P"): -1})

    day.play("17:56")

    assert ("T-10", "close", "partial") == day.told_of("p")[0]
    assert 1 == day.position("p").units_open


def test_nothing_expires_today(open_day: Days) -> None:
    """A position of a later day has no attempt and no message."""
    day = open_day(market("748"), position("p", "-1 750P 160115")).play("18:21")

    assert [] == day.told_of("p")
    assert () == day.alerts()


def test_messages_of_a_whole_day(open_day: Days) -> None:
    """Each comes once, at its instant, and names what a trader must know."""
    quotes = {"750P": "2.40/2.60", "740P": "0.05/0.10"}
    day = open_day(
        market("748", quotes, quote_until="17:49"),
        position("near", "-1 750P"),
        position("far", "-1 700P"),
        begins="15:00",
    )
    day.broker.book({symbol("740P"): -2})

    day.play_through()

    kinds = [alert.key.split("/")[0] for alert in sorted(day.alerts(), key=lambda one: one.id)]
    assert ["hour_before", "ready"] == kinds[:2]
    assert "summary" in kinds
    assert "NOBODY MANAGES THIS" in day.words("ready")
    assert day.desk.heartbeats == 2
    assert timedelta(0) < day.alerts("summary")[0].created_at - day.alerts("ready")[0].created_at
