"""
Who took a position, when, why, and how it was given back.

The history only: what a take does to the position is `positions.change` with the
domain's `override`, in the same transaction.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, bindparam, insert, select, update

from botd.ledger.columns import Tx
from botd.ledger.schema import overrides as _rows


@dataclass(frozen=True, slots=True)
class Override:
    """One spell of a person's management."""

    id: int
    position_id: str
    at: datetime
    by: str
    reason: str
    released_at: datetime | None
    released_by: str | None
    ending: str | None  # "released" or "resolved"


_INSERT = insert(_rows)
_END = (
    update(_rows)
    .where(_rows.c.position_id == bindparam("key"), _rows.c.released_at.is_(None))
    .values(released_at=bindparam("end_at"), released_by=bindparam("who"), ending=bindparam("how"))
)


def begin(tx: Tx, position_id: str, *, at: datetime, by: str, reason: str = "") -> None:
    """Record that a person took a position."""
    tx.execute(_INSERT, {"position_id": position_id, "at": at, "by": by, "reason": reason})


def end(tx: Tx, position_id: str, *, at: datetime, by: str, ending: str) -> bool:
    """Record that a person gave a position back, or resolved it; False: nobody had it."""
    row = {"key": position_id, "end_at": at, "who": by, "how": ending}
    return tx.execute(_END, row).rowcount > 0


def current(tx: Tx) -> tuple[Override, ...]:
    """Read the overrides that last, oldest first."""
    return _select(tx, _rows.c.released_at.is_(None))


def of_position(tx: Tx, position_id: str) -> tuple[Override, ...]:
    """Read all overrides of a position, oldest first."""
    return _select(tx, _rows.c.position_id == position_id)


def _select(tx: Tx, condition: ColumnElement[bool]) -> tuple[Override, ...]:
    found = select(_rows).where(condition).order_by(_rows.c.id)
    return tuple(_override(row) for row in tx.execute(found))


def _override(row: Row[tuple[object, ...]]) -> Override:
    return Override(
        id=row.id,
        position_id=row.position_id,
        at=row.at,
        by=row.by,
        reason=row.reason,
        released_at=row.released_at,
        released_by=row.released_by,
        ending=row.ending,
    )
