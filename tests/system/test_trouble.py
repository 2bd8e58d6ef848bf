"""Files, disks, pipes and clocks that fail."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.system.clock import SteppedClock, eventually, pause
from tests.system.conftest import MakeStage
from tests.system.stage import IDLES, RESTS, at

pytestmark = pytest.mark.system


def fill_up(place: Path) -> Path:
    """Leave not a byte free."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file:
        size = 65_536
        while size:
            try:
                file.write(b"\0" * size)
            except OSError:  # what is left is smaller
                size //= 2
    return ballast


def test_nobody_reads_standard_error(stage_at: MakeStage) -> None:
    """A pipe whose reader has gone does not keep an attempt from being made."""
    stage = stage_at("17:54:40")
    stage.hold(RESTS, opened="17:52:00")
    reader, writer = os.pipe()
    daemon = stage.start(stderr=writer)
    os.close(writer)
    os.close(reader)
    daemon.wait_ready()
    stage.wait_working("rests")

    assert daemon.is_alive()


def test_a_full_disk_sends_nothing(stage_at: MakeStage, small_disk: Path) -> None:
    """Without a record no order leaves; once there is room the attempt is made after all."""
    stage = stage_at("17:53:30", state=small_disk / "state")
    stage.hold(RESTS, opened="17:52:00")
    daemon = stage.run()
    ballast = fill_up(small_disk)
    stage.clock_until("17:55:30")

    assert daemon.is_alive()
    assert [] == stage.at_exchange()
    assert {} == stage.attempts("rests")
    assert b"disk is full" in stage.log.read_bytes()

    ballast.unlink()
    stage.wait_working("rests")

    assert 1 == len(stage.live_at_exchange())


def test_a_ledger_that_cannot_be_written(stage_at: MakeStage, small_disk: Path) -> None:
    """A daemon whose state directory is read-only does not start, and says which one."""
    state = small_disk / "state"
    stage = stage_at("17:54:30", state=state)
    stage.hold(IDLES)
    remount = ["mount", "-o", "remount,ro", str(small_disk)]
    subprocess.run(remount, check=True)

    done = stage.botd("run")

    assert done.returncode in {1, 4}
    assert str(state) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_damaged_ledger_is_refused(stage_at: MakeStage) -> None:
    """It ends with exit status 1 and names the file, which stays as it is."""
    stage = stage_at("17:54:30")
    stage.hold(IDLES)
    whole = stage.ledger.read_bytes()
    damaged = whole[:4096] + b"\xff" * 4096 + whole[8192:]
    stage.ledger.write_bytes(damaged)

    done = stage.botd("run")

    assert 1 == done.returncode
    assert str(stage.ledger) in done.stderr
    assert "Traceback" not in done.stderr
    assert damaged == stage.ledger.read_bytes()


def test_a_clock_that_jumps(make_stage: MakeStage, library: str, tmp_path: Path) -> None:
    """A step forward starts what has become due; one back starts nothing a second time."""
    clock = SteppedClock(library, tmp_path / "offset")
    clock.set(at("17:40:00"))
    stage = make_stage(clock)
    stage.hold(RESTS)
    stage.run()

    clock.set(at("17:50:02"))
    begun = stage.wait_attempt("rests", "T-10", 5)
    stage.wait_working("rests")

    # One look a second, and what this machine takes for it.
    assert 2_000 <= begun["late_milliseconds"] < 7_000

    clock.set(at("17:49:30"))
    pause(3)

    assert ["T-10"] == list(stage.attempts("rests"))
    assert 1 == len(stage.live_at_exchange())

    clock.set(at("17:59:02"))
    eventually(lambda: len(stage.attempts("rests")) == 3, 5, "T-5 and T-1")

    assert "missed" == stage.attempts("rests")["T-5"]["reason"]
    eventually(
        lambda: stage.attempts("rests")["T-1"]["decision"] == "close", 20, "T-10's order has ended"
    )
    assert len(stage.live_at_exchange()) <= 1
