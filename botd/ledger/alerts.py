"""What people are told: written first, once per key, then delivered until it arrives."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import Row, bindparam, func, select, text, update

from botd.errors import NotFoundError
from botd.ledger.columns import Tx, instant_text
from botd.ledger.schema import alerts as _rows


class Level(Enum):
    """How loud a message is."""

    INFO = "info"
    WARN = "warn"
    PAGE = "page"  # a person must act


@dataclass(frozen=True, slots=True)
class Alert:
    """One message to people."""

    id: int
    key: str  # what it is about: one key, one message
    level: Level
    title: str
    body: str
    created_at: datetime
    delivered_at: datetime | None
    tries: int
    next_try_at: datetime
    last_error: str | None


_ADD = text(
    'INSERT INTO alerts ("key", level, title, body, created_at, tries, next_try_at) '
    "VALUES (:key, :level, :title, :body, :at, 0, :at) ON CONFLICT DO NOTHING RETURNING id",
)
_DELIVERED = (
    update(_rows)
    .where(_rows.c.id == bindparam("alert_id"))
    .values(delivered_at=bindparam("at"), tries=_rows.c.tries + 1, last_error=None)
)
_FAILED = (
    update(_rows)
    .where(_rows.c.id == bindparam("alert_id"))
    .values(
        next_try_at=bindparam("again_at"),
        tries=_rows.c.tries + 1,
        last_error=bindparam("error"),
    )
)


def add(tx: Tx, *, key: str, level: Level, title: str, body: str, at: datetime) -> bool:
    """Write a message, due at once; False: its key has one already."""
    row = {"key": key, "level": level.value, "title": title, "body": body, "at": instant_text(at)}
    return tx.execute(_ADD, row).first() is not None


def due(tx: Tx, now: datetime, limit: int = 100) -> tuple[Alert, ...]:
    """Read the messages to be tried now, pages first, then oldest first."""
    found = (
        select(_rows)
        .where(_rows.c.delivered_at.is_(None), _rows.c.next_try_at <= now)
        .order_by(_rows.c.level != Level.PAGE.value, _rows.c.id)
        .limit(limit)
    )
    return tuple(_alert(row) for row in tx.execute(found))


def next_try_at(tx: Tx) -> datetime | None:
    """Tell when the next undelivered message is to be tried; None: all are delivered."""
    earliest: datetime | None = tx.execute(
        select(func.min(_rows.c.next_try_at, type_=_rows.c.next_try_at.type)).where(
            _rows.c.delivered_at.is_(None),
        ),
    ).scalar_one()
    return earliest


def delivered(tx: Tx, alert_id: int, at: datetime) -> None:
    """Record that a message has arrived."""
    tx.execute(_DELIVERED, {"alert_id": alert_id, "at": at})


def failed(tx: Tx, alert_id: int, error: str, next_try_at: datetime) -> None:
    """Record that a message did not arrive, and when to try again."""
    tx.execute(_FAILED, {"alert_id": alert_id, "error": error, "again_at": next_try_at})


def undelivered_count(tx: Tx) -> int:
    """Count the messages that have not arrived."""
    count = select(func.count()).select_from(_rows).where(_rows.c.delivered_at.is_(None))
    return int(tx.execute(count).scalar_one())


def get(tx: Tx, key: str) -> Alert:
    """
    Read the message of a key.

    Raises:
        NotFoundError: there is none.
    """
    row = tx.execute(select(_rows).where(_rows.c.key == key)).first()
    if row is None:
        raise NotFoundError(f"no alert {key!r}")
    return _alert(row)


def _alert(row: Row[tuple[object, ...]]) -> Alert:
    return Alert(
        id=row.id,
        key=row.key,
        level=Level(row.level),
        title=row.title,
        body=row.body,
        created_at=row.created_at,
        delivered_at=row.delivered_at,
        tries=row.tries,
        next_try_at=row.next_try_at,
        last_error=row.last_error,
    )
