"""How many recorded days are played in a second: the packaged one, with its whole book."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figure import Figure
from botd.brokers.paper.pack_files import SAMPLE, load_pack
from botd.calendar.load import load_sessions
from botd.clock import SystemClock
from botd.service import replay
from botd.service.logging import LogStyle, logging_to

_TIMES = 5


def measure(directory: Path) -> list[Figure]:
    """Play the day again and again, in one process."""
    sessions = load_sessions(directory, (), datetime.now(UTC)).sessions
    script = replay.prepare(None, None, {}, sessions)
    style = LogStyle(is_json=True)
    with Path(os.devnull).open("w") as nowhere, logging_to(nowhere, style, SystemClock()):
        replay.play(script).ledger.close()  # once for the caches
        begun = time.perf_counter()
        for _ in range(_TIMES):
            replay.play(script).ledger.close()
        played = _TIMES / (time.perf_counter() - begun)
    begun = time.perf_counter()
    for _ in range(_TIMES):
        load_pack(SAMPLE)
    read = _TIMES / (time.perf_counter() - begun)
    return [
        Figure(
            "replayed days",
            played,
            "/s",
            read,
            "only reading the day's files",
            aim=1,
            more_is_better=True,
        )
    ]
