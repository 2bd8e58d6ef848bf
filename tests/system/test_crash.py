"""The process ends, stops or goes on at the worst moment."""

import signal

import pytest

from tests.system.clock import eventually, pause
from tests.system.conftest import MakeStage
from tests.system.stage import FILLS, RESTS, Stage, at

pytestmark = pytest.mark.system


def sides(stage: Stage) -> tuple[set[str], set[str]]:
    """Give the ids of the orders that live, as the ledger and as the exchange have them."""
    live = stage.rows(
        "SELECT client_order_id FROM orders WHERE status IN "
        "('intent', 'sending', 'unknown', 'working', 'cancel_pending')"
    )
    return (
        {row["client_order_id"] for row in live},
        {order["client_order_id"] for order in stage.live_at_exchange()},
    )


def test_a_killed_daemon_goes_on(stage_at: MakeStage) -> None:
    """Killed while an order works: found again, sent no second time, no attempt missed."""
    stage = stage_at("17:57:50", rate=5)
    stage.write_bot('[expiration]\nattempts = ["2m", "1m"]\n')
    stage.hold(RESTS, opened="17:57:00")
    daemon = stage.run()
    order = stage.wait_working("rests")
    daemon.kill()

    in_ledger, at_exchange = sides(stage)

    assert {order["client_order_id"]} == in_ledger == at_exchange

    daemon = stage.run()
    pause(1)

    in_ledger, at_exchange = sides(stage)

    assert in_ledger == at_exchange
    assert 1 == len(at_exchange)

    stage.wait_attempt("rests", "T-1")
    eventually(lambda: len(stage.orders("rests")) > 1 and stage.working("rests"), 10, "an order")

    assert "close" == stage.attempts("rests")["T-1"]["decision"]
    assert 1 == len(stage.live_at_exchange())
    assert daemon.is_alive()


@pytest.mark.parametrize("seconds", [0.0, 0.005, 0.01, 0.02, 0.05])
def test_killed_at_any_moment(stage_at: MakeStage, seconds: float) -> None:
    """Wherever the kill falls between claim and answer, nothing is sent twice or lost."""
    stage = stage_at("17:54:40")
    stage.hold(RESTS, FILLS, opened="17:52:00")
    daemon = stage.run()
    stage.clock_until("17:55:00")
    stage.wait_attempt("rests", "T-5")
    pause(seconds)
    daemon.kill()
    stage.run()

    stage.wait_ended("fills", "T-5")

    filled = [order for order in stage.at_exchange() if order["fills"]]
    in_ledger, at_exchange = sides(stage)

    assert ["closed"] == [stage.position("fills")["status"]]
    assert 1 == len(filled)
    assert at_exchange <= in_ledger
    assert len(in_ledger) <= 1


def test_sigterm_parks(stage_at: MakeStage) -> None:
    """It ends within seconds with exit status 0; its order works on, and is found again."""
    stage = stage_at("17:54:50")
    stage.hold(RESTS, opened="17:52:00")
    daemon = stage.run()
    order = stage.wait_working("rests")
    daemon.signal(signal.SIGTERM)

    assert 0 == daemon.ended(seconds=5)
    assert [order["client_order_id"]] == [row["client_order_id"] for row in stage.working("rests")]
    assert {order["client_order_id"]} == sides(stage)[1]

    stage.run()
    pause(1)

    in_ledger, at_exchange = sides(stage)

    assert in_ledger == at_exchange
    assert 1 == len(at_exchange)


def test_stopped_across_an_attempt(stage_at: MakeStage) -> None:
    """After a standstill the newest attempt that is due runs late, the older one was missed."""
    stage = stage_at("17:52:30", rate=25)
    stage.hold(RESTS)
    daemon = stage.run()
    daemon.signal(signal.SIGSTOP)
    stage.clock_until("17:59:10")
    daemon.signal(signal.SIGCONT)
    stage.wait_working("rests")

    begun = stage.attempts("rests")

    assert ("skip", "missed") == (begun["T-5"]["decision"], begun["T-5"]["reason"])
    assert "close" == begun["T-1"]["decision"]
    assert 5_000 <= begun["T-1"]["late_milliseconds"] < 58_000
    assert {at("17:59:00").isoformat()} == {
        order["attempt_due_at"].replace(".000000Z", "+00:00") for order in stage.orders("rests")
    }
