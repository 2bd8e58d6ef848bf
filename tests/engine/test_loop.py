"""Looking what is due, starting it, keeping the tasks."""

import pytest

from botd.errors import StateError
from botd.ledger import Tx, commands, open_ledger
from tests.engine.given import TRADER, Day, Days, position
from tests.engine.market import instant, market

PUT = {"750P": "2.40/2.60"}


@pytest.fixture
def day(open_day: Days) -> Day:
    """Open a day with two positions of the same T."""
    return open_day(market("748", PUT, size=0), position("p", "-1 750P"), position("q", "-1 750P"))


def test_next_attempt_is_named(day: Day) -> None:
    """Lead, instant, and how many positions it concerns."""
    day.play("17:41")

    assert ("T-10", instant("17:50"), 2) == day.engine.next_attempt()
    assert instant("17:45") == day.engine.next_at()

    day.play("17:59:30")

    assert day.engine.next_attempt() is None


def test_nothing_held_has_nothing_due(open_day: Days) -> None:
    """An empty account sleeps."""
    day = open_day(market("748"))
    day.start()

    assert day.engine.next_at() is None
    assert not day.engine.is_busy


def test_settled_waits_for_everything(day: Day) -> None:
    """The walks of T-10 end five seconds before T-5."""
    day.play("17:50:01")
    day.run(day.engine.settled())

    assert instant("17:54:55") <= day.clock.now()
    assert not day.engine.is_busy


def test_stop_lets_go_of_the_broker(day: Day) -> None:
    """What is sent and not answered is the next start's."""
    day.play("17:50:01")
    day.run(day.engine.park())
    day.run(day.desk.watch.stop())

    assert ["working"] == day.statuses("p")


def test_what_had_not_begun_is_parked(day: Day) -> None:
    """A process that is stopped as an attempt falls due drops it in silence."""
    day.start()
    day.clock_to("17:50")

    async def stop_at_once() -> bool:
        await day.engine.wake()
        is_busy = day.engine.is_busy
        await day.engine.park()
        return is_busy

    assert day.run(stop_at_once())
    assert not day.engine.is_busy
    assert () == day.orders("p")


def test_prepared_engine_takes_up_no_attempt(day: Day) -> None:
    """It stands in for a daemon that does not run: commands alone are carried out."""
    day.play("17:50:01")
    day.kill()

    assert day.run(day.engine.prepare(instant("17:59")))

    asked = day.close("p")
    day.run(day.engine.carry_out())
    day.run(day.engine.settled())

    assert day.command(asked)["outcome"] == "unfilled"
    assert day.attempts("p")[0].outcome is None


def test_ledger_that_fails_at_the_claim_sends_nothing(day: Day) -> None:
    """The fault is shown, and the next wake tries again."""
    day.play("17:49:59")
    day.clock_to("17:50")
    day.ledger.close()
    day.run(day.engine.wake())

    assert "is closed" in (day.engine.fault or "")
    assert not day.engine.is_busy


def test_ledger_that_fails_in_a_walk_is_shown(day: Day) -> None:
    """Other work goes on; the process lives."""
    day.play("17:50:01")
    day.ledger.close()
    day.run(day.engine.settled())

    assert "is closed" in (day.engine.fault or "")


def test_anything_else_ends_the_process(day: Day) -> None:
    """A bug in one task reaches the daemon's outer loop at the next wake."""
    day.play("17:41")

    def broken() -> None:
        raise StateError("a bug")

    day.broker.between_reads = broken
    day.broker.reads_begin = instant("17:00")
    day.close("p")
    day.at("17:41:01", lambda: None)  # the daemon sees what people wrote

    with pytest.raises(StateError):
        day.play("17:43")


def test_commands_left_by_a_dead_process_are_ended(day: Day) -> None:
    """What sends orders must be asked for again; what cancels is carried out."""
    day.play("17:50:01")
    close = day.close("p")
    day.take("q")
    day.ledger.write_now(
        lambda tx: [commands.begin(tx, one.id, day.clock.now()) for one in commands.pending(tx)]
    )
    day.kill()

    day.play("17:50:30")

    assert "the process that worked on it ended" in day.command(close)["message"]
    assert "canceled" == day.statuses("q")[0]


def test_command_that_lay_too_long_is_not_carried_out(day: Day) -> None:
    """A close that nobody took up for minutes must be asked for again."""
    asked = day.close("p")
    day.clock_to("17:46")

    day.play("17:47")

    assert "nobody took it up for 6 minutes" in day.command(asked)["message"]


def test_commands_of_other_accounts_are_not_ours(day: Day) -> None:
    """Neither by a name that nobody here has, nor of another account."""
    at = day.clock.now()

    def work(tx: Tx) -> list[int]:
        kinds = [
            commands.add(tx, kind="close", by=TRADER, at=at, position_id="nobody"),
            commands.add(tx, kind="halt", by=TRADER, at=at, args={"account": "x/y"}),
        ]
        return [one.id for one in kinds]

    day.ledger.write_now(work)

    day.play("17:42")

    assert 2 == len(day.ledger.read_now(commands.pending))


def test_what_comes_between_two_looks_is_started_at_once(day: Day) -> None:
    """However often it was asked for the next instant meanwhile, which lies later."""
    day.play("17:52")
    day.enter(position("late", "-1 750P"))
    day.run(day.engine.refresh())

    assert instant("17:55") == day.engine.next_at()

    day.run(day.engine.wake())

    assert ["T-10"] == [attempt.lead for attempt in day.attempts("late")]


def test_a_claim_that_failed_is_tried_at_each_look(day: Day) -> None:
    """Also when nothing has changed but that the ledger can be written again."""
    day.play("17:49:59")
    day.clock_to("17:50")
    whole, day.desk.ledger = day.desk.ledger, open_ledger("sqlite://", threaded=False)
    day.desk.ledger.close()
    day.run(day.engine.wake())
    day.run(day.engine.wake())

    assert () == day.attempts("p")

    day.desk.ledger = whole
    day.run(day.engine.wake())

    assert ["T-10"] == [attempt.lead for attempt in day.attempts("p")]
