"""
Closing the lots of one position in one attempt: one after the other, since only one order lives.

Each lot gets its share of the time that is left. At the last attempt a package that has
not filled may become its in-the-money shorts alone, for the last seconds before the bell.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from botd.domain.bot import Pricing
from botd.domain.decide import Case, legged
from botd.domain.decision import Close
from botd.engine.attempt import Attempt, Ending
from botd.engine.desk import Desk
from botd.engine.walk import Walk

_LEGGING_RESERVE = timedelta(seconds=20)  # for the short legs alone
_FATAL = (Ending.REFUSED, Ending.UNKNOWN)  # nothing more is sent for this position
_OPEN = frozenset({Ending.UNFILLED, Ending.PARTIAL, Ending.NONE})


async def close_lots(
    desk: Desk,
    attempt: Attempt,
    closes: tuple[tuple[Case, Close], ...],
    pricing: Pricing,
    max_steps: int | None,
) -> tuple[Ending, tuple[str, ...]]:
    """Walk the ladder of each lot; give how all of it ended, and what is worth a note."""
    endings, notes = list[Ending](), list[str]()
    for number, (case, close) in enumerate(closes):
        until = _share(desk, attempt, len(closes) - number)
        ending = await _Lot(desk, attempt, case, close, pricing, notes).run(until, max_steps)
        endings.append(ending)
        if ending in _FATAL:
            break
    return together(endings), tuple(notes)


def _share(desk: Desk, attempt: Attempt, lots_left: int) -> datetime:
    """Give the instant until which the next lot may work."""
    now = desk.now()
    return now + max(attempt.give_up_at - now, timedelta(0)) / lots_left


class _Lot:
    """One lot's package, and what may become of it."""

    def __init__(
        self,
        desk: Desk,
        attempt: Attempt,
        case: Case,
        close: Close,
        pricing: Pricing,
        notes: list[str],
    ) -> None:
        self._desk, self._attempt = desk, attempt
        self._case, self._close, self._pricing = case, close, pricing
        self._notes = notes

    async def run(self, until: datetime, max_steps: int | None) -> Ending:
        """Close the package, or at the last attempt its shorts alone."""
        shorts = legged(self._case) if self._attempt.is_last else None
        ends_at = until if shorts is None else self._package_ends(until)
        walk = self._walk(self._close, max_steps)
        ending = await walk.run(ends_at)
        left = self._close.units - sum(walk.fills.values())
        if shorts is None or ending not in _OPEN or left < 1:
            return ending
        self._notes.append("legged: the short legs alone")
        alone = await self._walk(replace(shorts, units=left), 1).run(until)
        return alone if ending is not Ending.PARTIAL else together([Ending.PARTIAL, alone])

    def _package_ends(self, until: datetime) -> datetime:
        """Leave the shorts alone some of the time before the first bell that may ring."""
        now = self._desk.now()
        bell_at = min(until, self._attempt.bell_at)
        return bell_at - min(_LEGGING_RESERVE, max(bell_at - now, timedelta(0)) / 2)

    def _walk(self, close: Close, max_steps: int | None) -> Walk:
        return Walk(
            self._desk, self._attempt, self._case, close, self._pricing, max_steps, self._notes
        )


def together(endings: list[Ending]) -> Ending:
    """Say how several parts ended as one."""
    for fatal in _FATAL:
        if fatal in endings:
            return fatal
    if all(ending is Ending.FILLED for ending in endings):
        return Ending.FILLED
    if {Ending.FILLED, Ending.PARTIAL} & set(endings):
        return Ending.PARTIAL
    return Ending.UNFILLED if Ending.UNFILLED in endings else Ending.NONE
