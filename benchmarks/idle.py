"""What the daemon takes while it waits: memory and processor, with a thousand positions."""

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from benchmarks import floors, stand
from benchmarks.figure import Figure

COUNT = 1_000
_SETTLE_SECONDS = 5
_SECONDS = 60
_HOURS = timedelta(hours=3)  # to the close: nothing is due
_TICKS = os.sysconf("SC_CLK_TCK")
_FLOOR_IS = "asyncio loop that asks SQLite four times a second"


def measure(directory: Path) -> list[Figure]:
    """Measure over a minute without anything due."""
    place = stand.make(directory / "idle", closes_in=_HOURS)
    place.write_bots(["shorts"])
    place.import_book(["shorts"] * COUNT, stand.OUT_OF_THE_MONEY)
    with stand.running(place.command("run")) as (process, ready):
        memory, share = _watch(process.pid)
    bare = subprocess.Popen([sys.executable, "-c", floors.IDLE, str(place.ledger)])
    try:
        bare_memory, bare_share = _watch(bare.pid)
    finally:
        bare.kill()
        bare.wait()
    return [
        Figure("idle memory (RSS)", memory, "MB", bare_memory, _FLOOR_IS, aim=75),
        Figure("idle processor", share, "%", bare_share, _FLOOR_IS, aim=0.5),
        Figure(f"start to READY with {COUNT:,} positions", ready, "s"),
    ]


def _watch(pid: int) -> tuple[float, float]:
    """Give resident megabytes at the end, and percent of one core."""
    time.sleep(_SETTLE_SECONDS)
    before = _ticks(pid)
    time.sleep(_SECONDS)
    return _resident(pid), (_ticks(pid) - before) / _TICKS / _SECONDS * 100


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError(f"process {pid} has no memory")
