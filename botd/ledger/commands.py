"""
What the command line asks of the daemon, as rows.

pending -> running -> done. Whoever begins a command alone runs it; one that was
running when its daemon died is found by `unfinished`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from botd.errors import NotFoundError
from botd.ledger.coding import from_json, to_json
from botd.ledger.columns import Tx
from botd.ledger.schema import commands as _rows


class CommandState(Enum):
    """How far a command is."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a person asked for."""

    id: int
    kind: str  # "take", "release", "close", "halt", "cancel" ...
    position_id: str | None
    args: dict[str, Any]
    by: str
    created_at: datetime
    state: CommandState
    started_at: datetime | None
    finished_at: datetime | None
    result: dict[str, Any] | None


_INSERT = insert(_rows).returning(_rows.c.id)
_BEGIN = (
    update(_rows)
    .where(_rows.c.id == bindparam("key"), _rows.c.state == CommandState.PENDING.value)
    .values(state=CommandState.RUNNING.value, started_at=bindparam("at"))
)
_FINISH = (
    update(_rows)
    .where(_rows.c.id == bindparam("key"), _rows.c.state != CommandState.DONE.value)
    .values(
        state=CommandState.DONE.value,
        finished_at=bindparam("at"),
        result=bindparam("outcome"),
    )
)


def add(
    tx: Tx,
    *,
    kind: str,
    by: str,
    at: datetime,
    position_id: str | None = None,
    args: Mapping[str, Any] | None = None,
) -> Command:
    """Ask for something; the daemon sees it within half a second."""
    row = {
        "kind": kind,
        "position_id": position_id,
        "args": to_json(dict(args or {})),
        "by": by,
        "created_at": at,
        "state": CommandState.PENDING.value,
    }
    return get(tx, tx.execute(_INSERT, row).scalar_one())


def begin(tx: Tx, command_id: int, at: datetime) -> bool:
    """Take a pending command; False: somebody else has it, or it is done."""
    return tx.execute(_BEGIN, {"key": command_id, "at": at}).rowcount == 1


def finish(tx: Tx, command_id: int, result: Mapping[str, Any], at: datetime) -> bool:
    """Record what came of a command; False: that is recorded already."""
    row = {"key": command_id, "at": at, "outcome": to_json(dict(result))}
    return tx.execute(_FINISH, row).rowcount == 1


def pending(tx: Tx) -> tuple[Command, ...]:
    """Read the commands that nobody has taken yet, oldest first."""
    return _select(tx, CommandState.PENDING)


def unfinished(tx: Tx) -> tuple[Command, ...]:
    """Read the commands that are not done, oldest first."""
    return _select(tx, CommandState.PENDING, CommandState.RUNNING)


def get(tx: Tx, command_id: int) -> Command:
    """
    Read one command.

    Raises:
        NotFoundError: there is none.
    """
    row = tx.execute(select(_rows).where(_rows.c.id == command_id)).first()
    if row is None:
        raise NotFoundError(f"no command {command_id}")
    return _command(row)


def _select(tx: Tx, *states: CommandState) -> tuple[Command, ...]:
    found = select(_rows).where(_rows.c.state.in_([state.value for state in states]))
    return tuple(_command(row) for row in tx.execute(found.order_by(_rows.c.id)))


def _command(row: Row[tuple[object, ...]]) -> Command:
    return Command(
        id=row.id,
        kind=row.kind,
        position_id=row.position_id,
        args=from_json(row.args),
        by=row.by,
        created_at=row.created_at,
        state=CommandState(row.state),
        started_at=row.started_at,
        finished_at=row.finished_at,
        result=None if row.result is None else from_json(row.result),
    )
