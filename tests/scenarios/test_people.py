"""What people do while the engine works: take, give back, close, halt."""

from datetime import timedelta

import pytest

from botd.domain.bot import Mode, Pricing, PricingMode
from botd.domain.position import Policy
from tests.engine.given import Day, Days, bot, outcomes, position
from tests.engine.market import market

PUT = {"750P": "2.40/2.60"}
LONG = timedelta(seconds=31)
LIMIT = bot(pricing=Pricing(mode=PricingMode.LIMIT))


def resting(open_day: Days, *names: str) -> Day:
    """Open a day on which orders work and nothing fills."""
    book = [position(name, "-1 750P") for name in names or ("p",)]
    return open_day(market("748", PUT, size=0), *book, rules=LIMIT)


def test_take_while_an_order_works_cancels_it(open_day: Days) -> None:
    """From its commit on nothing new is sent; the command tells the order's fate."""
    day = resting(open_day)
    day.at("17:50:30", lambda: day.take("p"))

    day.play("18:00:04")

    assert ["canceled"] == day.statuses("p")
    assert "person" == getattr(day.position("p").manual_reason, "value", "")
    assert ["T-10"] == [one.lead for one in day.attempts("p")]


def test_take_finds_that_it_was_filled_across(open_day: Days) -> None:
    """The true fate is told: filled, and nothing is left to take."""
    day = resting(open_day)
    day.befall("fill_across_cancel", "17:50")
    day.at("17:50:30", lambda: day.take("p"))

    day.play("17:52")

    assert "closed" == day.position("p").status.value
    assert ["filled"] == day.statuses("p")


def test_release_inside_the_window_runs_the_newest_attempt_late(open_day: Days) -> None:
    """Given back at T-4: the attempt of T-5 runs at once, marked late; that pages nobody."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.at("17:45", lambda: day.take("p"))
    day.at("17:56", lambda: day.release("p"))

    day.play("17:58")

    leads = {one.lead: one for one in day.attempts("p")}
    assert "skip" == leads["T-10"].decision
    assert ("close", "filled") == (leads["T-5"].decision, leads["T-5"].outcome)
    assert 60 <= leads["T-5"].late_seconds
    assert not day.alerts("attempt/")


def test_release_with_now_tries_at_once(open_day: Days) -> None:
    """Before the first attempt is due, an extra one goes by the bot's own rules."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.at("17:42", lambda: day.take("p"))
    day.at("17:44", lambda: day.release("p", now=True))

    day.play("17:49")

    assert [("now", "close", "filled")] == day.told_of("p")


def test_release_with_now_after_the_last_attempt_works_to_the_bell(open_day: Days) -> None:
    """Nothing follows it, so its order is left to the bell."""
    day = resting(open_day)
    day.at("17:45", lambda: day.take("p"))
    day.at("17:59:20", lambda: day.release("p", now=True))

    day.play("18:00:30")

    assert ["T-10", "T-5", "T-1"] == [one.lead for one in day.attempts("p")]
    assert ["expired"] == day.statuses("p")


def test_release_with_now_between_attempts_ends_before_the_next(open_day: Days) -> None:
    """The extra attempt and the scheduled one never work side by side."""
    day = resting(open_day)
    day.at("17:53", lambda: day.take("p"))
    day.at("17:54", lambda: day.release("p", now=True))

    day.play("17:56")

    told = {lead: outcome for lead, _, outcome in day.told_of("p")}
    assert "unfilled" == told["now"]
    assert () == day.halts()


def test_release_of_what_is_gone_is_refused(open_day: Days) -> None:
    """Only what the broker still holds is given back."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.at("17:42", lambda: day.take("p"))
    day.befall("gone", "17:43", "-1 750P")
    day.at("17:44", lambda: day.release("p"))

    day.play("17:59")

    assert "manual" == day.position("p").managed_by.value


def test_release_while_the_broker_is_away_is_refused(open_day: Days) -> None:
    """Without a reconcile nobody knows whether it is held."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.at("17:42", lambda: day.take("p"))
    day.befall("unavailable", "17:43", seconds=120)
    day.at("17:44", lambda: day.release("p"))

    day.play("17:46")

    assert "manual" == day.position("p").managed_by.value


def test_refused_position_can_be_given_back(open_day: Days) -> None:
    """Still held after a refusal: the person gives it back, and the next attempt closes it."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.befall("refuse", "17:50")
    day.at("17:52", lambda: day.release("p"))

    day.play("17:57")

    assert "closed" == day.position("p").status.value
    assert ("T-5", "close", "filled") == day.told_of("p")[-1]


def test_halt_cancels_what_works_and_resume_goes_on(open_day: Days) -> None:
    """Halted between two attempts: nothing new, each fate told; after resume the next runs."""
    day = resting(open_day, "a", "b")
    day.at("17:50:30", day.halt)
    day.at("17:57", day.resume)

    day.play("18:00:30")

    for name in ("a", "b"):
        told = day.told_of(name)
        assert ("T-5", "skip", "none") == told[1]
        assert 2 == sum(lead in {"T-1", "T-5"} for lead, *_ in told[1:])
        assert "canceled" == day.statuses(name)[0]


def test_halt_that_keeps_working_leaves_the_order(open_day: Days) -> None:
    """It may still fill; nothing cancels it, and no other is sent."""
    day = open_day(market("748", PUT, size=0), position("p", "-1 750P"))
    day.at("17:50:05", lambda: day.halt(keep_working=True))

    day.play("17:59:50")

    assert ["working"] == day.statuses("p")
    assert ["-2.50"] == day.prices("p")
    assert ("T-5", "skip", "none") == day.told_of("p")[1]

    day.play("18:00:30")

    assert ["expired"] == day.statuses("p")


def test_halted_day_pages_an_hour_and_a_quarter_before(open_day: Days) -> None:
    """Nothing will be closed, and people hear it twice."""
    day = open_day(market("748", PUT), position("p", "-1 750P"), begins="16:30")
    day.at("16:40", day.halt)

    day.play("18:21")

    assert 1 == len(day.alerts("halt_60"))
    assert 1 == len(day.alerts("halt_15"))
    assert "NOT ready: halted" in day.words("ready")
    assert 1 == day.desk.heartbeats
    assert "unresolved" == day.position("p").status.value


def test_halt_of_what_people_manage_anyway_says_nothing(open_day: Days) -> None:
    """Where no bot would close anything there is nothing to page."""
    day = open_day(market("748", PUT), position("p", "-1 750P"), begins="16:30")
    day.at("16:40", lambda: day.take("p"))
    day.at("16:45", day.halt)

    day.play("17:46")

    assert () == day.alerts("halt_")


def test_observe_mode_prices_and_sends_nothing(open_day: Days) -> None:
    """Everything is decided, priced and recorded."""
    day = open_day(market("748", PUT), position("p", "-1 750P"), mode=Mode.OBSERVE)

    day.play("18:00:04")

    assert () == day.orders("p")
    assert [(lead, "skip", "none") for lead in ("T-10", "T-5", "T-1")] == day.told_of("p")
    assert "would close 1 from -2.50 to -2.60" in (day.attempts("p")[0].note or "")
    assert "observing" in day.words("ready")


@pytest.mark.parametrize(
    ("quotes", "mode", "words"),
    [
        pytest.param({}, PricingMode.NORMAL, "would close 1 from", id="from intrinsic value"),
        pytest.param(PUT, PricingMode.MARKET, "at the market", id="a market order"),
    ],
)
def test_observe_mode_says_how_it_would_close(
    open_day: Days, quotes: dict[str, str], mode: PricingMode, words: str
) -> None:
    """Also where no quote or no price is there."""
    rules = bot(pricing=Pricing(mode=mode))
    day = open_day(
        market("748", quotes), position("p", "-1 750P"), mode=Mode.OBSERVE, rules=rules
    ).play("17:51")

    assert words in (day.attempts("p")[0].note or "")


def test_observe_mode_tells_what_has_no_price(open_day: Days) -> None:
    """Neither a spot nor a quote: nothing could be justified."""
    day = open_day(
        market("748", {}, spot_until="14:40"), position("p", "-1 750P"), mode=Mode.OBSERVE
    ).play("17:51")

    assert "no price can be justified" in (day.attempts("p")[0].note or "")


# botd close


def test_close_by_hand_tells_the_fill(open_day: Days) -> None:
    """An hour before the bell, wholly."""
    day = open_day(market("748", PUT), position("p", "-1 750P"), begins="17:30").play("17:31")
    asked = day.close("p")
    day.at("17:31:01", lambda: None)

    day.play("17:33")

    result = day.command(asked)
    assert (True, "filled", "-2.60") == (result["done"], result["outcome"], result["net_price"])
    assert "person" == getattr(day.position("p").closed_by, "value", "")


def test_close_by_hand_of_a_part_closes_that_part(open_day: Days) -> None:
    """Two of five, also when they fill one by one."""
    day = open_day(
        market("748", PUT), position("p", "-1 750P", units=5), begins="17:30", rules=LIMIT
    )
    day.befall("partial", "17:30", units=1)
    day.play("17:31")
    asked = day.close("p", units=2)
    day.at("17:31:01", lambda: None)

    day.play("17:34")

    assert 3 <= day.position("p").units_open
    assert 2 == day.command(asked)["wanted_units"]


def test_close_by_hand_goes_before_the_protocol(open_day: Days) -> None:
    """Its order is cancelled, and no attempt sends another while the person's works."""
    day = resting(open_day)
    day.at("17:50:30", lambda: day.close("p", pricing="limit"))

    day.play("17:56")

    first, second = day.orders("p")[:2]
    assert ("canceled", False) == (first.status.value, first.intent.is_extra)
    assert second.intent.is_extra
    assert () == day.halts()


def test_attempt_waits_while_a_person_closes(open_day: Days) -> None:
    """Two orders of one position never compete."""
    day = resting(open_day)
    day.at("17:49", lambda: day.close("p"))

    day.play("17:50:59")

    assert [("T-10", "skip", None)] == day.told_of("p")
    assert ["working"] == day.statuses("p")


def test_second_close_by_hand_is_refused(open_day: Days) -> None:
    """One at a time."""
    day = resting(open_day).play("17:41")
    first = day.close("p")
    second = day.close("p")
    day.at("17:41:01", lambda: None)

    day.play("17:45")

    results = sorted(day.command(one)["message"] for one in (first, second))
    assert any("another close of it is at work" in words for words in results)


def test_close_by_hand_after_a_refusal(open_day: Days) -> None:
    """The way out that every surface names."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.befall("refuse", "17:50")
    day.at("17:52", lambda: day.close("p"))

    day.play("17:54")

    assert [(1, "closed", "-2.60")] == outcomes(day.position("p"))


def test_close_by_hand_that_is_refused_tells_the_words(open_day: Days) -> None:
    """The broker's words are the answer."""
    day = open_day(market("748", PUT), position("p", "-1 750P")).play("17:41")
    day.befall("refuse", "17:41", message="not today")
    asked = day.close("p")
    day.at("17:41:01", lambda: None)

    day.play("17:44")

    assert (False, "not today") == (day.command(asked)["done"], day.command(asked)["message"])


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        pytest.param("gone", "no longer held", id="the account holds nothing"),
        pytest.param("away", "the broker", id="the broker is away"),
        pytest.param("skew", "clock", id="the clock is wrong"),
        pytest.param("after", "do not trade", id="after the bell"),
    ],
)
def test_close_by_hand_that_cannot_be(open_day: Days, prepare: str, words: str) -> None:
    """Nothing is sent, and the reason is told."""
    day = open_day(market("748", PUT), position("p", "-1 750P", policy=Policy.ACCEPT))
    day.play("18:00:01" if prepare == "after" else "17:41")
    if prepare == "gone":
        day.befall("gone", "17:40", "-1 750P")
    elif prepare == "away":
        day.befall("unavailable", "17:40", seconds=120)
    elif prepare == "skew":
        day.broker.skew = -LONG
    asked = day.close("p")
    now = f"{day.clock.now():%H:%M:%S}"
    day.at(now, lambda: None)

    day.play("18:00:04" if prepare == "after" else "17:43")

    assert day.command(asked)["done"] is False
    assert words in day.command(asked)["message"]


def test_unknown_command_is_answered(open_day: Days) -> None:
    """A newer command line may ask for what this daemon does not know."""
    day = open_day(market("748", PUT), position("p", "-1 750P")).play("17:41")
    asked = day.command_of("dance", "p")
    day.at("17:41:01", lambda: None)

    day.play("17:42")

    assert "no command 'dance'" == day.command(asked)["message"]
