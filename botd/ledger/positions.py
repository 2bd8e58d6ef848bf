"""
The book: positions, each the fold of its events.

Nothing here decides: `change` loads a position inside the transaction, applies a pure
function of the domain, and writes what differs, with one event.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, column, func, insert, select, table

from botd.domain.position import LIVE_STATUSES, Management, Position, Status
from botd.errors import NotFoundError, StateError
from botd.ledger import events as _log
from botd.ledger import schema
from botd.ledger.coding import Stored, read_position, stored
from botd.ledger.columns import Tx, instant_text
from botd.ledger.statements import update_columns

Event = _log.Event
verify = _log.verify

# Without types: text goes in and out as it stands in the file.
_rows = table("positions", *(column(each.name) for each in schema.positions.columns))
_LIVE = sorted(status.value for status in LIVE_STATUSES)
_NEVER_CHANGE = ("id", "number", "broker", "account", "legs", "units", "opened_at")

_ALL = select(_rows)
_BY_ID = _ALL.where(_rows.c.id == bindparam("key"))
_INSERT = insert(_rows)
_NEXT_NUMBER = select(func.coalesce(func.max(_rows.c.number), 0) + 1)


@dataclass(frozen=True, slots=True)
class PositionQuery:
    """Which positions are looked for; what is None does not matter."""

    bot: str | None = None
    symbol: str | None = None  # the underlying
    status: Status | None = None
    managed_by: Management | None = None
    broker: str | None = None
    account: str | None = None
    campaign: str | None = None
    is_live: bool | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the positions found."""

    total: int  # found in all
    page: int  # from 1
    size: int  # the most on one page
    items: tuple[Position, ...]


def add(tx: Tx, position: Position, at: datetime, *, by: str = "import") -> bool:
    """
    Take a position into the book; False: its id is there already, nothing changes.

    A number of 0 is replaced by the next free one.

    Raises:
        StateError: another position has its number.
    """
    if tx.execute(_BY_ID, {"key": position.id}).first() is not None:
        return False
    row = stored(position)
    row["number"] = position.number or tx.execute(_NEXT_NUMBER).scalar_one()
    if position.number and _one(tx, _rows.c.number == position.number) is not None:
        raise StateError(f"position {position.id!r}: number {position.number} is taken")
    event = _log.first(position.id, at=at, by=by, changes=row)
    tx.execute(_INSERT, {**row, "events": 1, "head": event["hash"]})
    _log.write(tx, event)
    return True


def change(
    tx: Tx,
    position_id: str,
    kind: str,
    apply: Callable[[Position], Position],
    *,
    at: datetime,
    by: str,
    data: Mapping[str, Any] | None = None,
) -> Position:
    """
    Apply a pure function to a position, and write what it changed as one event.

    Where nothing changes and there is no *data*, nothing is written.

    Raises:
        NotFoundError: there is no such position.
        StateError: as *apply* raises it; nothing is written.
    """
    row = _row(tx, position_id)
    changed = apply(read_position(row))
    changes = {name: value for name, value in stored(changed).items() if row[name] != value}
    if not changes and data is None:
        return changed
    _refuse_other_identity(position_id, changes)
    event = _log.following(row, kind=kind, at=at, by=by, changes=changes, data=data)
    _log.write(tx, event)
    changes |= {"events": event["number"], "head": event["hash"]}
    statement = update_columns("positions", tuple(changes), "id = :key AND events = :seen")
    written = tx.execute(statement, {**changes, "key": position_id, "seen": row["events"]})
    if written.rowcount != 1:
        raise StateError(f"position {position_id!r}: was changed by another process; try again")
    return changed


def _refuse_other_identity(position_id: str, changes: Stored) -> None:
    for name in _NEVER_CHANGE:
        if name in changes:
            raise ValueError(f"position {position_id!r}: {name} never changes: {changes[name]!r}")


def events(tx: Tx, position_id: str) -> tuple[Event, ...]:
    """Read what happened to a position, oldest first; nothing for an unknown one."""
    return _log.of_position(tx, position_id)


def get(tx: Tx, position_id: str) -> Position:
    """
    Read one position.

    Raises:
        NotFoundError: there is none.
    """
    return read_position(_row(tx, position_id))


def by_number(tx: Tx, number: int) -> Position:
    """
    Read a position by its short number.

    Raises:
        NotFoundError: there is none.
    """
    found = _one(tx, _rows.c.number == number)
    if found is None:
        raise NotFoundError(f"no position number {number}")
    return found


def named(tx: Tx, name: str) -> tuple[Position, ...]:
    """
    Read what a person calls *name*: an id, a short number, or an underlying.

    An underlying stands for its positions that are not ended.

    Raises:
        NotFoundError: nothing is called that.
    """
    for condition in (
        _rows.c.id == name,
        _rows.c.number == (int(name) if name.isascii() and name.isdigit() else 0),
        (_rows.c.underlying.in_({name, name.upper()})) & (_rows.c.units_open > 0),
    ):
        found = _select(tx, condition)
        if found:
            return found
    raise NotFoundError(f"no position {name!r}: no id, number, or underlying with open positions")


def live(tx: Tx, account_key: tuple[str, str] | None = None) -> tuple[Position, ...]:
    """Read the open and closing positions, of one account or of all, by number."""
    return _select(tx, _rows.c.status.in_(_LIVE), _rows.c.units_open > 0, *_of(account_key))


def unconfirmed(tx: Tx, account_key: tuple[str, str] | None = None) -> tuple[Position, ...]:
    """Read the ended positions that the broker's records have not confirmed."""
    return _select(tx, _rows.c.status.not_in(_LIVE), _rows.c.confirmed == 0, *_of(account_key))


def completed(
    tx: Tx,
    since: datetime | None = None,
    until: datetime | None = None,
    bot: str | None = None,
) -> tuple[Position, ...]:
    """Read the positions ended from *since* (inclusive) to *until* (exclusive), oldest first."""
    conditions: list[ColumnElement[bool]] = [_rows.c.status.not_in(_LIVE)]
    if since is not None:
        conditions.append(_rows.c.closed_at >= instant_text(since))
    if until is not None:
        conditions.append(_rows.c.closed_at < instant_text(until))
    if bot is not None:
        conditions.append(_rows.c.bot == bot)
    return _select(tx, *conditions, order=(_rows.c.closed_at, _rows.c.number))


def find(tx: Tx, query: PositionQuery, page: int = 1, size: int = 20) -> Page:
    """Read one page of the positions that match, newest first."""
    conditions = _conditions(query)
    total = tx.execute(select(func.count()).select_from(_rows).where(*conditions)).scalar_one()
    rows = tx.execute(
        _ALL.where(*conditions)
        .order_by(_rows.c.number.desc())
        .limit(size)
        .offset((page - 1) * size),
    ).mappings()
    return Page(total, page, size, tuple(read_position(dict(row)) for row in rows))


def campaigns_of(tx: Tx, position: Position) -> tuple[tuple[str, bool], ...]:
    """
    Name the campaigns of a position's bot, account and underlying, the newest first.

    Each with whether anything of its positions is still open.
    """
    newest = func.max(_rows.c.number)
    found = (
        select(_rows.c.campaign, func.max(_rows.c.units_open))
        .where(
            _rows.c.bot == position.bot,
            _rows.c.underlying == position.underlying,
            _rows.c.campaign.is_not(None),
            *_of(position.account_key),
        )
        .group_by(_rows.c.campaign)
        .order_by(newest.desc())
    )
    return tuple((name, units > 0) for name, units in tx.execute(found))


def counts(tx: Tx) -> dict[Status, int]:
    """Count the positions of each status."""
    rows = tx.execute(select(_rows.c.status, func.count()).group_by(_rows.c.status))
    return {Status(status): count for status, count in rows}


def _row(tx: Tx, position_id: str) -> Stored:
    row = tx.execute(_BY_ID, {"key": position_id}).mappings().first()
    if row is None:
        raise NotFoundError(f"no position {position_id!r}")
    return dict(row)


def _conditions(query: PositionQuery) -> list[ColumnElement[bool]]:
    wanted = {
        "bot": query.bot,
        "underlying": query.symbol,
        "status": None if query.status is None else query.status.value,
        "managed_by": None if query.managed_by is None else query.managed_by.value,
        "broker": query.broker,
        "account": query.account,
        "campaign": query.campaign,
    }
    conditions = [_rows.c[name] == value for name, value in wanted.items() if value is not None]
    if query.is_live is not None:
        is_live = _rows.c.status.in_(_LIVE) & (_rows.c.units_open > 0)
        conditions.append(is_live if query.is_live else ~is_live)
    return conditions


def _of(account_key: tuple[str, str] | None) -> list[ColumnElement[bool]]:
    if account_key is None:
        return []
    broker, account = account_key
    return [_rows.c.broker == broker, _rows.c.account == account]


def _one(tx: Tx, condition: ColumnElement[bool]) -> Position | None:
    found = _select(tx, condition)
    return found[0] if found else None


def _select(
    tx: Tx,
    *conditions: ColumnElement[bool],
    order: tuple[ColumnElement[Any], ...] = (_rows.c.number,),
) -> tuple[Position, ...]:
    rows = tx.execute(_ALL.where(*conditions).order_by(*order)).mappings()
    return tuple(read_position(dict(row)) for row in rows)
