from datetime import time, timedelta

from botd.domain.bot import Anchor, Bot, Expiration
from botd.domain.position import Policy
from botd.service.rules import NextAttempt, Rules, next_attempt
from botd.settings.model import PaperQuotes, PaperSettings
from tests.cli.book import CLOSE, NOW, OPENED_AT, position, spread

WHEEL = Bot("wheel", "paper", "paper", Expiration(itm_policy=Policy.ACCEPT))
BROKER = PaperSettings("paper", PaperQuotes(), cutoff=time(15, 30))


def test_without_a_configuration_the_defaults_count() -> None:
    """A position always has rules."""
    rules = Rules.of(None)

    assert Policy.CLOSE is rules.policy_of(spread())
    assert None is rules.cutoff_at("paper", CLOSE)
    assert ["T-10", "T-5", "T-1"] == [one.lead for one in rules.attempts_of(spread())]


def test_a_positions_own_policy_comes_first() -> None:
    """Then its bot's, then the default."""
    rules = Rules({"wheel": WHEEL})

    assert Policy.ACCEPT is rules.policy_of(position("a", "-1 KO151224C00042000", bot="wheel"))
    assert Policy.CLOSE is rules.policy_of(position("a", "-1 KO151224C00042000", bot="other"))


def test_a_cut_off_shifts_with_the_close() -> None:
    """15:30 on a full day is half an hour before the close of every day."""
    rules = Rules({}, {"paper": BROKER})

    assert CLOSE - timedelta(minutes=30) == rules.cutoff_at("paper", CLOSE)


def test_anchors_of_a_bot_count() -> None:
    """Attempts count back from the cut-off where a bot's file says so."""
    bot = Bot("condors", "paper", "paper", Expiration(anchor=Anchor.CUTOFF))
    rules = Rules({"condors": bot}, {"paper": BROKER})

    assert ["C-10", "C-5", "C-1"] == [one.lead for one in rules.attempts_of(spread())]


def test_shares_have_no_attempts() -> None:
    """Nothing of them stops trading."""
    shares = position("shares", "+100 KO")

    assert () == Rules().attempts_of(shares)
    assert () == Rules().schedules([shares])


def test_the_next_attempt_over_all_positions() -> None:
    """It is the earliest that nobody has taken, with how many positions it concerns."""
    held = [spread("a"), spread("b"), position("c", "-1 AAPL160115P00105000")]
    plans = Rules().schedules(held)
    first = CLOSE - timedelta(minutes=10)

    assert NextAttempt("T-10", first, 2) == next_attempt(plans, frozenset(), OPENED_AT)
    assert NextAttempt("T-10", first, 1) == next_attempt(
        plans, frozenset({("a", first)}), OPENED_AT
    )
    assert NextAttempt("T-5", CLOSE - timedelta(minutes=5), 2) == next_attempt(
        plans, frozenset(), NOW
    )
    assert None is next_attempt((), frozenset(), NOW)
