"""
Stops: a person's halt of everything, or the stop of one account.

In force until a person ends it, over restarts. Whether one is in force is looked at
inside the transactions that write and send orders (`intents`).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import Row, bindparam, insert, select, update

from botd.errors import NotFoundError
from botd.ledger.columns import Tx
from botd.ledger.schema import halts as _rows

EVERYTHING = "all"


class HaltKind(Enum):
    """Whose stop it is."""

    PERSON = "person"
    STOP = "stop"  # the daemon's own, after refusals: lifted by a read that succeeds
    GUARD = "guard"  # the daemon's own, after a bug: only a person lifts it


@dataclass(frozen=True, slots=True)
class Halt:
    """No new order leaves within *scope* until it is ended."""

    id: int
    scope: str  # "all", or "broker/account"
    kind: HaltKind
    reason: str
    by: str
    at: datetime
    keep_working: bool  # leave working orders alone
    ended_at: datetime | None
    ended_by: str | None


def scope_of(account_key: tuple[str, str] | None) -> str:
    """Name the scope of one account, or of all."""
    return EVERYTHING if account_key is None else "/".join(account_key)


_INSERT = insert(_rows).returning(_rows.c.id)
_END = (
    update(_rows)
    .where(_rows.c.id == bindparam("key"), _rows.c.ended_at.is_(None))
    .values(ended_at=bindparam("end_at"), ended_by=bindparam("who"))
)


def begin(
    tx: Tx,
    *,
    scope: str,
    kind: HaltKind,
    reason: str,
    by: str,
    at: datetime,
    keep_working: bool = False,
) -> Halt:
    """
    Begin a stop; from its commit on no intent of its scope is written or sent.

    One of the same scope and kind that is in force stands, and is given back.
    """
    for halt in current(tx):
        if (halt.scope, halt.kind) == (scope, kind):
            return halt
    halt_id = tx.execute(
        _INSERT,
        {
            "scope": scope,
            "kind": kind.value,
            "reason": reason,
            "by": by,
            "at": at,
            "keep_working": int(keep_working),
        },
    ).scalar_one()
    return get(tx, halt_id)


def end(tx: Tx, halt_id: int, *, by: str, at: datetime) -> bool:
    """End a stop; False: it is ended, or there is none."""
    return tx.execute(_END, {"key": halt_id, "who": by, "end_at": at}).rowcount == 1


def current(tx: Tx, account_key: tuple[str, str] | None = None) -> tuple[Halt, ...]:
    """Read the stops in force: those that hold an account, or all there are."""
    if account_key is None:
        return tuple(_halt(row) for row in tx.execute(_CURRENT))
    key = {"scope": scope_of(account_key)}
    return tuple(_halt(row) for row in tx.execute(_CURRENT_OF, key))


_CURRENT = select(_rows).where(_rows.c.ended_at.is_(None)).order_by(_rows.c.id)
_CURRENT_OF = _CURRENT.where(
    (_rows.c.scope == EVERYTHING) | (_rows.c.scope == bindparam("scope")),
)


def get(tx: Tx, halt_id: int) -> Halt:
    """
    Read one stop, in force or ended.

    Raises:
        NotFoundError: there is none.
    """
    row = tx.execute(select(_rows).where(_rows.c.id == halt_id)).first()
    if row is None:
        raise NotFoundError(f"no halt {halt_id}")
    return _halt(row)


def _halt(row: Row[tuple[object, ...]]) -> Halt:
    return Halt(
        id=row.id,
        scope=row.scope,
        kind=HaltKind(row.kind),
        reason=row.reason,
        by=row.by,
        at=row.at,
        keep_working=bool(row.keep_working),
        ended_at=row.ended_at,
        ended_by=row.ended_by,
    )
