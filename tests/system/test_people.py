"""People meet the daemon at work: commands, signals, files."""

import signal

import pytest

from tests.system.clock import eventually, pause
from tests.system.conftest import MakeStage
from tests.system.stage import RESTS, Stage, at, instant

pytestmark = pytest.mark.system

TWO_ATTEMPTS = '[expiration]\nattempts = ["2m", "1m"]\n'


def alerts(stage: Stage, key: str) -> list[str]:
    return [
        row["body"] for row in stage.rows("SELECT body FROM alerts WHERE key GLOB ?", f"{key}*")
    ]


def test_taking_over_stops_the_order(stage_at: MakeStage) -> None:
    """`botd take` ends the order that works, says so, and no other follows."""
    stage = stage_at("17:57:50", rate=5)
    stage.write_bot(TWO_ATTEMPTS)
    stage.hold(RESTS, opened="17:57:00")
    stage.run()
    order = stage.wait_working("rests")

    done = stage.botd("take", "rests", "--reason", "I roll it myself")

    assert 0 == done.returncode, done.stderr
    assert "cancel" in done.stdout + done.stderr
    assert [] == stage.live_at_exchange()
    assert ["canceled"] == [row["status"] for row in stage.orders("rests")]
    assert ("manual", "person") == (
        stage.position("rests")["managed_by"],
        stage.position("rests")["manual_reason"],
    )

    stage.clock_until("17:59:20")

    assert [order["client_order_id"]] == [row["client_order_id"] for row in stage.orders("rests")]


def test_taken_while_the_daemon_is_dead(stage_at: MakeStage) -> None:
    """A take-over needs no daemon: the one that comes later sends nothing."""
    stage = stage_at("17:57:50")
    stage.hold(RESTS, opened="17:57:00")
    stage.run().kill()

    done = stage.botd("take", "rests")

    assert 0 == done.returncode, done.stderr

    stage.run()
    stage.clock_until("17:59:20")

    assert [] == stage.orders("rests")
    assert [] == stage.at_exchange()


def test_a_second_daemon_is_refused(stage_at: MakeStage) -> None:
    """It ends with exit status 4, and names the process that holds the ledger."""
    stage = stage_at("15:00:00")
    daemon = stage.run()

    done = stage.botd("run")

    assert 4 == done.returncode
    assert str(daemon.pid) in done.stderr
    assert daemon.is_alive()


def test_a_halt_survives_a_restart(stage_at: MakeStage) -> None:
    """After `botd halt` nothing is sent, by this process or the next, until `botd resume`."""
    stage = stage_at("17:57:00", rate=5)
    stage.write_bot(TWO_ATTEMPTS)
    stage.hold(RESTS, opened="17:55:00")
    daemon = stage.run()

    done = stage.botd("halt", "--reason", "the quotes look wrong")

    assert 0 == done.returncode, done.stderr

    daemon.kill()
    stage.run()
    stage.wait_ended("rests", "T-2")

    assert [] == stage.at_exchange()

    done = stage.botd("resume")
    stage.wait_working("rests")

    assert 0 == done.returncode, done.stderr
    assert {at("17:59:00")} == {instant(row["attempt_due_at"]) for row in stage.working("rests")}


def test_a_broken_configuration_keeps_the_old_one(stage_at: MakeStage) -> None:
    """SIGHUP with a fault changes nothing and tells a person; without, it counts at once."""
    stage = stage_at("17:56:00")
    stage.hold(RESTS)
    daemon = stage.run()
    stage.write_bot('[expiration]\nattemps = ["2m"]\n')
    daemon.signal(signal.SIGHUP)
    daemon.wait_said("READY=1", 2)

    [told] = eventually(lambda: alerts(stage, "reload/"), 5, "the refused reload is told")

    assert "attemps" in told

    stage.write_bot(TWO_ATTEMPTS)
    daemon.signal(signal.SIGHUP)
    daemon.wait_said("READY=1", 3)

    assert "close" == stage.wait_decided("rests", "T-2")["decision"]
    assert 1 == len(alerts(stage, "reload/"))


def test_imported_while_it_runs(stage_at: MakeStage) -> None:
    """A position that comes inside the window is taken up within half a second."""
    stage = stage_at("17:55:30", rate=1)
    stage.run()
    pause(1)
    importing = stage.begin("positions", "import", str(stage.write_book((RESTS,))))
    eventually(lambda: stage.rows("SELECT id FROM positions"), 20, "the position is there")
    seen_at = stage.clock.now()
    begun = stage.wait_attempt("rests", "T-5", 10)

    assert (instant(begun["started_at"]) - seen_at).total_seconds() < 0.5

    _, errors = importing.communicate(timeout=20)

    assert 0 == importing.returncode, errors
