"""A replay whose lines are shown while it plays, instead of being logged."""

from collections.abc import Callable

import structlog

from botd.clock import VirtualClock
from botd.service import intake
from botd.service.replay import Played, Script, play
from botd.service.timeline import Line, Timeline


def play_shown(script: Script, ledger_url: str, *, speed: float | None, write: Line) -> Played:
    """
    Play a day to its end, giving each line of its timeline to *write*.

    Raises:
        LedgerError: the ledger cannot be made.
    """
    try:
        return play(script, ledger_url, speed=speed, watch=_watching(script, write))
    finally:
        structlog.reset_defaults()


def _watching(script: Script, write: Line) -> Callable[[VirtualClock], None]:
    book = {
        entry.id: intake.position_of(entry, script.bots[entry.bot], script.sessions)
        for entry in script.positions.entries
    }

    def watch(clock: VirtualClock) -> None:
        timeline = Timeline(book, clock, write)
        structlog.configure(
            processors=[lambda logger, name, event: timeline(logger, name, dict(event))]
        )

    return watch
