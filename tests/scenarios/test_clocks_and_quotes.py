"""What the engine can't be sure of: the time, the close, the quotes."""

from datetime import timedelta

import pytest

from botd.domain.bot import Anchor, Expiration, Pricing, PricingMode
from botd.engine import closes
from tests.engine.given import Days, bot, position
from tests.engine.market import Sides, instant, market

PUT = {"750P": "2.40/2.60"}
LIMIT = bot(pricing=Pricing(mode=PricingMode.LIMIT))


@pytest.mark.parametrize(
    ("seconds", "decision", "words"),
    [
        pytest.param(1, "close", "", id="a second is nothing"),
        pytest.param(2, "close", "the clock differs", id="two are told"),
        pytest.param(6, "close", "NOT ready: the clock differs", id="six page"),
        pytest.param(30, "close", "NOT ready", id="thirty still send"),
        pytest.param(31, "skip", "no orders", id="thirty-one send nothing"),
        pytest.param(-31, "skip", "no orders", id="thirty-one behind neither"),
    ],
)
def test_clock_off_the_brokers(open_day: Days, seconds: int, decision: str, words: str) -> None:
    """One second warns, five page, thirty stop new orders."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.broker.skew = timedelta(seconds=seconds)

    day.play("17:51")

    assert decision == day.attempts("p")[0].decision
    assert words in day.words("ready")
    assert ("the clock is wrong" in day.words("attempt/")) == (decision == "skip")


def test_broker_that_closes_an_hour_earlier_is_attempted_before(open_day: Days) -> None:
    """Attempts run before both closes, the dispute is paged, nothing is booked before the later."""
    day = open_day(market("755", PUT, official="755"), position("p", "-1 750P"), begins="16:30")
    day.broker.claimed_close = instant("17:00")
    day.start()
    day.run(closes.compare(day.desk))

    day.play("17:30")

    assert ["T-10", "T-5", "T-1"] == [one.lead for one in day.attempts("p")]
    assert "open" == day.position("p").status.value
    assert "disputed" in day.words("calendar/")

    day.play("18:21")

    assert 6 == len(day.attempts("p"))
    assert "expired" == day.position("p").status.value


def test_disputed_last_attempt_legs_before_the_earlier_bell(open_day: Days) -> None:
    """It may turn out that nothing can follow."""
    quotes: dict[str, Sides | str] = {
        "750P": "2.40/2.60",
        "745P": {"16:30": "0.10/0.20", "16:50": "0.10/0.05"},
    }
    day = open_day(market("748", quotes), position("p", "+1 745P", "-1 750P"), begins="16:48")
    day.broker.claimed_close = instant("17:00")
    day.start()
    day.run(closes.compare(day.desk))

    day.play("17:00:30")

    assert 1 == len(day.sent("p")[-1].intent.legs)
    assert instant("17:00") > day.sent("p")[-1].created_at


def test_broker_that_closes_later_is_attempted_before_that_too(open_day: Days) -> None:
    """Our calendar says 18:00, the broker 18:30: both are attempted, judged after the later."""
    day = open_day(market("748", {"750P": "/"}, spot_until="18:00"), position("p", "-1 750P"))
    day.broker.claimed_close = instant("18:30")
    day.start()
    day.run(closes.compare(day.desk))

    day.play("18:29")

    assert 4 <= len(day.attempts("p"))
    assert "open" == day.position("p").status.value

    day.play("18:51")

    assert "open" != day.position("p").status.value


def test_dispute_that_ends_is_forgotten(open_day: Days) -> None:
    """The broker corrects its calendar: one T again."""
    day = open_day(market("755", PUT, official="755"), position("p", "-1 750P"))
    day.broker.claimed_close = instant("17:30")
    day.start()
    day.run(closes.compare(day.desk))
    day.broker.claimed_close = None
    day.run(closes.compare(day.desk))

    day.play("18:01")

    assert 3 == len(day.attempts("p"))
    assert {} == day.desk.other_closes


def test_broker_that_knows_no_session_is_told(open_day: Days) -> None:
    """A day that the broker calls closed is a dispute, too."""
    day = open_day(market("755", PUT), position("p", "-1 750P"))
    day.broker.is_closed = True
    day.run(closes.compare(day.desk))

    assert "no session at all" in day.words("calendar/")


def test_calendar_that_cannot_be_compared_changes_nothing(open_day: Days) -> None:
    """No calendar, no answer, or no session today."""
    day = open_day(market("755", PUT), position("p", "-1 750P"))
    day.broker.has_calendar = False
    day.run(closes.compare(day.desk))
    day.broker.has_calendar = True
    day.befall("unavailable", "17:40")
    day.run(closes.compare(day.desk))
    day.clock_to("12-25 15:00")
    day.run(closes.compare(day.desk))

    assert () == day.alerts("calendar/")


def test_cutoff_of_the_broker_moves_the_attempts(open_day: Days) -> None:
    """With the anchor `both` attempts run before the broker acts, and before the close."""
    rules = bot(Expiration(anchor=Anchor.BOTH))
    day = open_day(
        market("748", PUT, size=0), position("p", "-1 750P"), rules=rules, begins="16:30"
    )
    day.desk.cutoff_before_close = timedelta(minutes=45)

    day.play("18:00:04")

    assert ["C-10", "C-5", "C-1", "T-10", "T-5", "T-1"] == [one.lead for one in day.attempts("p")]
    assert "the broker may act on expiring contracts from 17:15 UTC" in day.words("ready")


# Quotes


def test_stale_quotes_are_priced_from_intrinsic_within_the_cap(open_day: Days) -> None:
    """The contract was last quoted an hour ago; the spot is fresh."""
    day = open_day(
        market("748", {"750P": {"16:30": "9.00/9.50"}}, quote_until="16:40"),
        position("p", "-1 750P"),
    ).play("17:55:05")

    note = day.attempts("p")[0].note or ""
    assert "no usable quote, priced from intrinsic value" in note
    cap = day.sent("p")[-1].intent.cap
    assert cap is not None
    assert all(
        one.intent.net_price is not None and one.intent.net_price >= cap for one in day.sent("p")
    )


def test_unknown_spot_is_attempted_and_marked(open_day: Days) -> None:
    """No trade for hours: unknown is not out of the money."""
    day = open_day(
        market("755", {"750P": "0.05/0.10"}, official="755", spot_until="14:40"),
        position("p", "-1 750P"),
    ).play("17:51")

    (attempt,) = day.attempts("p")
    assert ("close", "UNKNOWN") == (attempt.decision, attempt.moneyness[0].state.value)
    assert "moneyness unknown" in day.words("attempt/")


def test_quotes_that_stop_coming_grow_old(open_day: Days) -> None:
    """A view that cannot be renewed is not taken for fresh: the spot becomes unknown."""
    day = open_day(market("755", PUT, official="755"), position("p", "-1 750P")).play("17:45")
    day.broker.hides_market = True

    day.play("17:56")

    assert "UNKNOWN" == day.attempts("p")[1].moneyness[0].state.value


def test_no_quotes_at_ready_is_not_ready(open_day: Days) -> None:
    """A blind account is told a quarter of an hour before."""
    day = open_day(market({}, {}), position("p", "-1 750P")).play("17:46")

    assert "no usable quotes of GOOG" in day.words("ready")
    assert 0 == day.desk.heartbeats


def test_halted_underlying_is_named(open_day: Days) -> None:
    """It is attempted all the same, and the note says why nothing trades."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.befall("trading_halt", "17:45", "-1 750P", seconds=3600)

    day.play("17:51")

    assert "GOOG is halted" in (day.attempts("p")[0].note or "")


def test_capped_order_rests_at_the_cap(open_day: Days) -> None:
    """The market asks more than the spread can lose: the order waits at its width."""
    quotes = {"750P": "8.00/9.00", "745P": "0.10/0.20"}
    day = open_day(market("748", quotes), position("p", "+1 745P", "-1 750P"), rules=LIMIT).play(
        "17:51"
    )

    assert ["-5.00"] == day.prices("p")
    assert ["working"] == day.statuses("p")
    assert "capped at -5" in (day.attempts("p")[0].note or "") or day.attempts("p")[0].note == ""
