"""
Closing the lots of one position in one attempt: one after the other, since only one order lives.

Each lot gets its share of the time that is left. At the last attempt a package that has
not filled may become its in-the-money shorts alone, for the last seconds before the bell.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from botd.domain.bot import Pricing
from botd.domain.decide import Case, legged
from botd.domain.decision import Close
from botd.engine.attempt import Attempt, Ending
from botd.engine.desk import Desk
from botd.engine.pace import Allotment
from botd.engine.walk import Walk, to_close
from botd.ledger.orders import Order

_LEGGING_RESERVE = timedelta(seconds=20)  # for the short legs alone
_FATAL = (Ending.REFUSED, Ending.UNKNOWN)  # nothing more is sent for this position
_OPEN = frozenset({Ending.UNFILLED, Ending.PARTIAL, Ending.NONE})


@dataclass(frozen=True, slots=True)
class Begun:
    """An order that an earlier attempt left working."""

    order: Order
    is_followed: bool  # it is left as it is: the request budget serves others


async def close_lots(
    desk: Desk,
    attempt: Attempt,
    closes: tuple[tuple[Case, Close], ...],
    pricing: Pricing,
    share: Allotment,
    begun: Begun | None = None,
) -> tuple[Ending, tuple[str, ...]]:
    """Walk the ladder of each lot; give how all of it ended, and what is worth a note."""
    endings, notes = list[Ending](), list[str]()
    for number, (case, close) in enumerate(closes):
        until = _share(desk, attempt, len(closes) - number)
        lot = _Lot(desk, attempt, case, close, pricing, notes)
        ending = await lot.run(until, share, begun)
        endings.append(ending)
        if ending in _FATAL:
            break
    return together(endings), tuple(dict.fromkeys(notes))  # said once, however often tried


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

    async def run(self, until: datetime, share: Allotment, begun: Begun | None) -> Ending:
        """Close the package, or at the last attempt its shorts alone."""
        shorts = legged(self._case) if self._attempt.is_last else None
        ends_at = until if shorts is None else self._package_ends(until)
        walk = self._walk(self._close, share)
        ending = await self._package(walk, ends_at, begun)
        left = self._close.units - sum(walk.fills.values())
        if shorts is None or ending not in _OPEN or left < 1:
            return ending
        self._notes.append("legged: the short legs alone")
        alone = await self._walk(replace(shorts, units=left), replace(share, max_steps=1)).run(
            until
        )
        return alone if ending is not Ending.PARTIAL else together([Ending.PARTIAL, alone])

    async def _package(self, walk: Walk, until: datetime, begun: Begun | None) -> Ending:
        """Walk the package's ladder, on from the order that works already."""
        if (
            begun is None
            or begun.order.intent.legs != to_close(self._close.legs)
            or begun.order.remaining_units > self._close.units  # less is held than it closes
        ):
            return await walk.run(until)
        await walk.go_on_from(begun.order)
        if begun.is_followed:
            self._notes.append("the order of an earlier attempt works on: requests are short")
            kept = await walk.keep(until)
            if kept is not None:
                return kept
        return await walk.run(until)

    def _package_ends(self, until: datetime) -> datetime:
        """Leave the shorts alone some of the time before the first bell that may ring."""
        now = self._desk.now()
        bell_at = min(until, self._attempt.bell_at)
        return bell_at - min(_LEGGING_RESERVE, max(bell_at - now, timedelta(0)) / 2)

    def _walk(self, close: Close, share: Allotment) -> Walk:
        return Walk(self._desk, self._attempt, self._case, close, self._pricing, share, self._notes)


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
