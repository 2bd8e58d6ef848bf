"""A process that ends in the middle, and the one that takes over."""

from datetime import timedelta

import pytest

from botd.domain.bot import Pricing, PricingMode
from botd.domain.order_id import client_order_id
from botd.domain.orders import OrderIntent
from botd.ledger import Ledger, open_ledger
from tests.engine.given import KEY, Day, Days, bot, outcomes, position
from tests.engine.market import DAY, instant, legs, market

PUT = {"750P": "2.40/2.60"}
LIMIT = bot(pricing=Pricing(mode=PricingMode.LIMIT))


@pytest.mark.parametrize(
    "at", ["17:49:59", "17:50:05", "17:50:15", "17:50:25", "17:54:57", "17:59:30"]
)
def test_killed_at_any_instant_it_goes_on(open_day: Days, at: str) -> None:
    """A new process over the same ledger and exchange closes the rest, once."""
    day = open_day(market("748", PUT, size=0), position("p", "-1 750P", units=2))
    day.befall("fill_across_cancel", "17:54:56", units=1)
    day.play(at)
    day.kill()

    day.play("18:21")

    done = sum(part.units for part in day.position("p").outcomes)
    assert 2 - done == -day.held().get(legs("+1 750P")[0].symbol, 0)
    assert all(one.outcome is not None for one in day.attempts("p"))


def test_restart_in_the_middle_takes_the_attempt_up_again(open_day: Days) -> None:
    """Its order is ended first, then the ladder begins anew, under the same attempt."""
    day = open_day(market("748", PUT, size=0), position("p", "-1 750P"))
    day.play("17:50:15")
    day.kill()

    day.play("17:51")

    assert ["T-10"] == [one.lead for one in day.attempts("p")]
    assert ["canceled", "canceled"] == day.statuses("p")[:2]
    assert 2 < len(day.sent("p"))
    steps = [one.intent.step for one in day.sent("p")]
    assert sorted(set(steps)) == steps


def test_restart_finds_the_fill_that_nobody_recorded(open_day: Days) -> None:
    """Filled while no process was there: found at the start, nothing sent again."""
    day = open_day(
        market("748", {"750P": {"17:20": "2.40/9.60", "17:52": "2.40/2.60"}}, size=5),
        position("p", "-1 750P"),
    )
    day.befall("lose_answer", "17:50", seconds=1)
    day.play("17:50:00.500000")
    day.kill()
    day.clock_to("17:54")

    day.play("18:00:04")

    assert {} == day.held()
    assert 1 == day.position("p").outcomes[0].units


def test_intent_that_never_left_is_withdrawn_at_the_start(open_day: Days) -> None:
    """Its step to `sending` was not committed, so no byte left."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.leave_intent(day.intent("p", "+1 750P"))

    day.play("17:41")

    assert ["withdrawn"] == day.statuses("p")


def test_order_that_was_leaving_is_looked_for(open_day: Days) -> None:
    """Killed between `sending` and the answer: unknown, then proved absent."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.leave_unknown(day.intent("p", "+1 750P"))

    day.play("17:41")

    assert ["absent"] == day.statuses("p")


def test_late_start_inside_the_window(open_day: Days) -> None:
    """Started at T-7: the attempt of T-10 runs at once, marked late."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.clock_to("17:53")

    day.play("17:54:30")

    (attempt,) = day.attempts("p")
    assert ("T-10", 180.0, "filled") == (attempt.lead, attempt.late_seconds, attempt.outcome)
    assert "ran 180 s late" in day.words("attempt/")


def test_start_in_the_last_minute_misses_the_older_attempts(open_day: Days) -> None:
    """The newest runs, the older ones are recorded as missed."""
    day = open_day(market("748", PUT), position("p", "-1 750P"), begins="17:59:20")

    day.play("18:00:04")

    assert [("T-10", "skip"), ("T-5", "skip"), ("T-1", "close")] == [
        (one.lead, one.decision) for one in day.attempts("p")
    ]
    assert "closed" == day.position("p").status.value


def test_start_after_the_bell_sends_nothing(open_day: Days) -> None:
    """All attempts are missed; in the money it is unresolved, and a person hears of it."""
    day = open_day(market("748", PUT), position("p", "-1 750P"), begins="18:00:30")

    day.play("18:21")

    assert () == day.orders("p")
    assert [("skip", "none")] * 3 == [(d, o) for _, d, o in day.told_of("p")]
    assert "unresolved" == day.position("p").status.value
    assert "need a person" in day.words("summary")


def restored(day: Day) -> Ledger:
    """Give a ledger as it was before the day: the positions, and nothing else."""
    older = open_ledger("sqlite://", create=True, threaded=False)
    mine, day.ledger = day.ledger, older
    day.enter(*day.book)
    day.ledger = mine
    return older


def test_stray_order_of_a_restored_ledger_is_adopted(open_day: Days) -> None:
    """Restored from an older copy: the working order is known by its name, and ended first."""
    day = open_day(market("748", PUT, size=0), position("p", "-1 750P"), rules=LIMIT)
    day.play("17:50:20")
    name = day.sent("p")[0].client_order_id
    day.kill(restored(day))

    day.play("17:51")

    assert (name, "canceled") == (day.sent("p")[0].client_order_id, day.sent("p")[0].status.value)
    assert name != day.sent("p")[-1].client_order_id


def test_filled_stray_reaches_its_position(open_day: Days) -> None:
    """What it closed is booked at its price, not presumed assigned."""
    day = open_day(market("748", PUT), position("p", "-1 750P", units=1), rules=LIMIT)
    day.play("17:50:30")
    day.kill(restored(day))

    day.play("17:57")

    assert [(1, "closed", "-2.60")] == outcomes(day.position("p"))
    assert 1 == len(day.sent("p"))


def test_stray_of_another_daemon_stops_the_account(open_day: Days) -> None:
    """A living order of ours by its name, of a position that nobody here knows."""
    day = open_day(market("748", PUT, size=0), position("p", "-1 750P"))
    name = client_order_id(KEY[1], "somebody-elses", DAY, instant("17:40"), 1)
    stray = OrderIntent(
        name,
        "somebody-elses",
        KEY[1],
        instant("17:40"),
        1,
        legs("+1 750P"),
        1,
        day.intent("p", "+1 750P").net_price,
        None,
        instant("18:00"),
    )
    day.run(day.broker.submit(stray))

    day.play("17:51")

    assert ["guard"] == [halt.kind.value for halt in day.halts()]
    assert "does another botd trade this account?" in day.words("stop/")
    assert () == day.orders("p")


def test_start_without_a_broker_reconciles_at_the_first_read(open_day: Days) -> None:
    """Strays are adopted before any intent is written, however late the broker comes back."""
    day = open_day(market("748", PUT, size=0), position("p", "-1 750P"), rules=LIMIT)
    day.play("17:50:20")
    name = day.sent("p")[0].client_order_id
    day.kill(restored(day))
    day.befall("unavailable", "17:50:20", seconds=90)

    assert not day.start()

    day.play("17:53")

    assert name in [one.client_order_id for one in day.sent("p")]
    assert () == day.halts()


def test_start_with_refused_credentials_stops_the_account(open_day: Days) -> None:
    """A key that opens nothing is paged once, and tried again at each attempt."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.broker.is_locked_until = instant("17:56")

    day.play("17:55:30")

    assert "credentials refused" in day.words("stop/")
    assert ("T-5", "skip", "none") == day.told_of("p")[1]

    day.play("18:00:04")

    assert "closed" == day.position("p").status.value


def test_engine_that_stops_leaves_orders_alone(open_day: Days) -> None:
    """A clean stop parks: the working order works on."""
    day = open_day(market("748", PUT, size=0), position("p", "-1 750P"), rules=LIMIT)
    day.play("17:50:20")

    assert day.engine.is_busy

    day.run(day.engine.park())

    assert ["working"] == day.statuses("p")
    assert timedelta(0) < instant("17:51") - day.clock.now()
