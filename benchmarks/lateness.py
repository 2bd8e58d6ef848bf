"""How late attempts begin: from their instant to their claim on the disk."""

import json
import sys
import time
from datetime import timedelta
from pathlib import Path

from benchmarks import floors, stand
from benchmarks.figure import Figure

COUNT = 1_000
_APART = timedelta(milliseconds=97)  # no multiple of the daemon's own looks
_START = timedelta(seconds=30)  # from now to the first attempt
_LEFT = timedelta(seconds=10)  # from the last attempt to the close
_FLOOR_COUNT = 300
_FLOOR_IS = "bare asyncio timer + one durable SQLite commit"


def measure(directory: Path) -> list[Figure]:
    """Let the daemon make a thousand attempts, each of a position of its own."""
    closes_in = _START + _APART * COUNT + _LEFT
    place = stand.make(directory / "late", closes_in=closes_in)
    bots = [f"b{number:04}" for number in range(COUNT)]
    place.write_bots(bots)
    place.import_book(bots, stand.OUT_OF_THE_MONEY)
    leads = {
        bot: (_LEFT + _APART * (COUNT - number)).total_seconds() for number, bot in enumerate(bots)
    }
    (directory / "leads.json").write_text(json.dumps(leads))
    out = directory / "late.txt"
    child = (sys.executable, "-m", "benchmarks.timed_daemon")
    with stand.running([*child, str(place.config), str(directory / "leads.json"), str(out)]):
        place.sleep_until(place.closes_at)
    late = [float(line) for line in out.read_text().split()]
    if len(late) < COUNT:
        raise RuntimeError(f"{len(late)} of {COUNT} attempts were made")
    begun = time.time() + 0.5
    instants = [begun + number * _APART.total_seconds() for number in range(_FLOOR_COUNT)]
    bare = floors.timer_and_commit(directory / "floor.sqlite3", instants)
    return [
        _figure("lateness p50", late, bare, 0.50),
        _figure("lateness p99", late, bare, 0.99, aim=10),
        _figure("lateness max", late, bare, 1.0),
    ]


def _figure(
    name: str, late: list[float], bare: list[float], share: float, aim: float | None = None
) -> Figure:
    return Figure(name, _at(late, share) * 1e3, "ms", _at(bare, share) * 1e3, _FLOOR_IS, aim)


def _at(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]
