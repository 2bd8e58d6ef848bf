"""How long commands take from nothing, each as a process of its own."""

import statistics
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from benchmarks import stand
from benchmarks.figure import Figure

_TIMES = 9
_HOURS = timedelta(hours=3)  # to the close: nothing is due
_POSITIONS = 20
_FLOOR_IS = "python -c pass"


def measure_version(directory: Path) -> list[Figure]:  # noqa: ARG001 - it needs no place
    """Measure the least that a command can be."""
    return [_figure("botd --version", [*stand.BOTD, "--version"], aim=0.1)]


def measure_status(directory: Path) -> list[Figure]:
    """Measure what a person asks for most, on a small book."""
    place = _small(directory / "status")
    return [_figure("botd status", place.command("status"), aim=0.35)]


def measure_ready(directory: Path) -> list[Figure]:
    """Measure from nothing to READY, with the calendar kept."""
    place = _small(directory / "ready")
    taken = []
    for _ in range(_TIMES):
        with stand.running(place.command("run")) as (_process, seconds):
            taken.append(seconds)
    name, value = "start to READY", statistics.median(taken)
    return [Figure(name, value, "s", _floor(), _FLOOR_IS, aim=0.7)]


def _small(directory: Path) -> stand.Stand:
    place = stand.make(directory, closes_in=_HOURS)
    place.write_bots(["shorts"])
    place.import_book(["shorts"] * _POSITIONS, stand.OUT_OF_THE_MONEY)
    return place


def _figure(name: str, command: list[str], aim: float) -> Figure:
    return Figure(name, _median(command), "s", _floor(), _FLOOR_IS, aim)


def _floor() -> float:
    return _median([sys.executable, "-c", "pass"])


def _median(command: list[str]) -> float:
    taken = []
    for _ in range(_TIMES):
        begun = time.perf_counter()
        subprocess.run(command, cwd=stand.HOUSE, check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)
