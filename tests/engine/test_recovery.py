"""The one way to start, where whole days do not show it."""

from dataclasses import replace

from botd.domain.order_id import client_order_id
from botd.engine import recovery
from botd.engine.attempt import Ending
from botd.ledger import Tx, attempts
from botd.ledger.attempts import Claim
from tests.engine.given import KEY, Day, Days, outcomes, position
from tests.engine.market import DAY, instant, market

PUT = {"750P": "2.40/2.60"}


def claimed(day: Day, name: str, due_at: str) -> None:
    """Leave an attempt that a dead process had begun."""
    row = Claim(name, instant(due_at), "T-10", day.clock.now())

    def work(tx: Tx) -> None:
        attempts.claim(tx, (row,), "dead")

    day.ledger.write_now(work)


def test_attempt_whose_time_has_passed_is_ended(open_day: Days) -> None:
    """Its fate is unknown, and it says why."""
    day = open_day(market("748", PUT), position("p", "-1 750P"), begins="17:54:56")
    claimed(day, "p", "17:50")

    _, resumed = day.run(recovery.recover(day.desk, instant("17:55")))

    assert () == resumed
    assert Ending.UNKNOWN.value == day.attempts("p")[0].outcome
    assert "died" in (day.attempts("p")[0].note or "")


def test_attempt_of_no_schedule_is_ended(open_day: Days) -> None:
    """A bot's leads were changed meanwhile."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    claimed(day, "p", "17:35")
    day.start()

    assert Ending.UNKNOWN.value == day.attempts("p")[0].outcome


def test_attempt_of_what_has_ended_is_ended(open_day: Days) -> None:
    """There is nothing left to go on with."""
    day = open_day(market("748", PUT), position("p", "-1 750P"), position("s", "+100 shares"))
    claimed(day, "p", "17:50")
    claimed(day, "s", "17:50")
    day.take("p")
    day.resolve("p")
    day.start()

    assert {Ending.UNKNOWN.value} == {day.attempts(name)[0].outcome for name in ("p", "s")}


def test_final_stray_of_nobody_is_left_alone(open_day: Days) -> None:
    """It can do no harm any more."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    name = client_order_id(KEY[1], "somebody-elses", DAY, instant("17:40"), 1)
    day.run(
        day.broker.submit(
            replace(day.intent("p", "+1 750P", net_price="-2.60"), client_order_id=name)
        )
    )

    assert day.start()
    assert () == day.halts()


def test_adopted_order_that_lives_is_reserved(open_day: Days) -> None:
    """Its part that has filled is booked, the rest is counted by the guard."""
    day = open_day(market("748", PUT, size=0), position("p", "-1 750P", units=2))
    name = client_order_id(KEY[1], "p", DAY, instant("17:40"), 1)
    stray = replace(day.intent("p", "+1 750P", units=2), client_order_id=name)
    day.befall("partial", "17:40", units=1)
    day.run(day.broker.submit(stray))

    assert day.start()
    assert ["working"] == day.statuses("p")
    assert [] == outcomes(day.position("p"))
