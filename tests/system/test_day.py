"""The last ten minutes of a half-day, lived through by the daemon's own process."""

import pytest

from tests.system.clock import eventually
from tests.system.conftest import MakeStage
from tests.system.stage import FILLS, IDLES, RESTS, Row, Stage, at, instant, seconds_after

pytestmark = pytest.mark.system

DUE = {"T-10": at("17:50:00"), "T-5": at("17:55:00"), "T-1": at("17:59:00")}


def orders_of(stage: Stage, lead: str) -> list[Row]:
    rows = stage.orders("rests")
    return [
        row for row in rows if instant(row["attempt_due_at"]) == DUE[lead] and row["submitted_at"]
    ]


def live_through(stage: Stage, lead: str) -> None:
    stage.wait_attempt("rests", lead)
    eventually(lambda: orders_of(stage, lead), 10, f"an order at {lead}")


def test_the_last_ten_minutes(stage_at: MakeStage) -> None:
    """Each attempt begins within a second of its instant, its first order leaves within five."""
    stage = stage_at("17:49:20")
    stage.hold(RESTS, FILLS, IDLES)
    daemon = stage.run()

    for lead in DUE:
        live_through(stage, lead)

    begun = stage.attempts("rests")
    late = {lead: seconds_after(due, begun[lead]["started_at"]) for lead, due in DUE.items()}
    sent = {
        lead: seconds_after(due, orders_of(stage, lead)[0]["submitted_at"])
        for lead, due in DUE.items()
    }

    assert [] == [lead for lead, seconds in late.items() if not 0 <= seconds < 1], late
    assert [] == [lead for lead, seconds in sent.items() if not 0 <= seconds < 5], sent
    assert {"T-10": "filled"} == {
        lead: row["outcome"] for lead, row in stage.attempts("fills").items()
    }
    assert [] == stage.orders("idles")
    assert {"leave"} == {row["decision"] for row in stage.attempts("idles").values()}
    assert daemon.is_alive()
