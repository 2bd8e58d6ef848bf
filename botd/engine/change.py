"""Changing a position as it was judged, and leaving alone what changed meanwhile."""

from collections.abc import Callable, Mapping
from typing import Any

from botd.domain.position import Position
from botd.engine.desk import Desk
from botd.ledger import positions
from botd.ledger.columns import Tx


def is_as_judged(found: Position, judged: Position) -> bool:
    """Whether a position holds what it held when it was judged, in the same hands."""
    return (found.lots, found.managed_by) == (judged.lots, judged.managed_by)


async def change_judged(
    desk: Desk,
    judged: Position,
    kind: str,
    apply: Callable[[Position], Position],
    *,
    by: str,
    data: Mapping[str, Any] | None = None,
) -> Position:
    """
    Apply a change to a position, if it still is as it was *judged*; give it as it is now.

    Between reading an account and writing what it means, a person may have taken or
    resolved the position, or a fill may have been booked: then nothing is written, and
    the next look judges anew.
    """
    at = desk.now()

    def work(tx: Tx) -> Position:
        found = positions.get(tx, judged.id)
        if not is_as_judged(found, judged):
            return found
        return positions.change(tx, judged.id, kind, apply, at=at, by=by, data=data)

    return desk.keep(await desk.ledger.write(work))
