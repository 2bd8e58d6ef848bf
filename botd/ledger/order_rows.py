"""Orders as rows: what is known of each, and how it is found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, bindparam, column, func, insert, select, table
from sqlalchemy.exc import IntegrityError

from botd.domain.orders import LIVE_ORDER_STATUSES, OrderIntent, OrderStatus
from botd.errors import NotFoundError, Refusal
from botd.ledger import schema
from botd.ledger.coding import read_legs, read_refusal, reading
from botd.ledger.columns import Tx, instant_text, read_instant
from botd.ledger.statements import update_columns

FINAL_STATUSES = frozenset(
    {
        OrderStatus.FILLED,
        OrderStatus.PARTIALLY_FILLED,
        OrderStatus.CANCELED,
        OrderStatus.EXPIRED,
        OrderStatus.REFUSED,
        OrderStatus.WITHDRAWN,
        OrderStatus.ABSENT,
    },
)
# May still fill: what has to be asked about until it is final.
UNSETTLED_STATUSES = LIVE_ORDER_STATUSES | {OrderStatus.SUPERSEDED}


@dataclass(frozen=True, slots=True)
class Order:
    """One order: its intent, and how it stands."""

    intent: OrderIntent
    account_key: tuple[str, str]  # (broker, account)
    status: OrderStatus
    broker_order_id: str | None
    filled_units: int
    average_net_price: Decimal | None  # per share toward the account, of what is filled
    created_at: datetime
    submitted_at: datetime | None  # when its bytes were about to leave
    finished_at: datetime | None
    reported_at: datetime | None  # as of when the broker last told something new
    refusal: Refusal | None

    @property
    def client_order_id(self) -> str:
        """The id under which the broker knows it too."""
        return self.intent.client_order_id

    @property
    def is_final(self) -> bool:
        """Whether it fills no more, as far as is known."""
        return self.status in FINAL_STATUSES

    @property
    def remaining_units(self) -> int:
        """Units that may still fill, where it is not final."""
        return max(self.intent.units - self.filled_units, 0)


# Without types: text goes in and out as it stands in the file.
_rows = table("orders", *(column(each.name) for each in schema.orders.columns))
_LIVE = sorted(status.value for status in LIVE_ORDER_STATUSES)
_UNSETTLED = sorted(status.value for status in UNSETTLED_STATUSES)
_BY_ID = select(_rows).where(_rows.c.client_order_id == bindparam("key"))


def get(tx: Tx, client_order_id: str) -> Order:
    """
    Read one order.

    Raises:
        NotFoundError: there is none.
    """
    row = find_row(tx, client_order_id)
    if row is None:
        raise NotFoundError(f"no order {client_order_id!r}")
    return read_order(row)


def find_row(tx: Tx, client_order_id: str) -> Mapping[str, Any] | None:
    """Read an order's columns, as stored; for this package."""
    row = tx.execute(_BY_ID, {"key": client_order_id}).mappings().first()
    return None if row is None else dict(row)


def live(tx: Tx, account_key: tuple[str, str] | None = None) -> tuple[Order, ...]:
    """Read the live orders, of one account or of all, oldest first."""
    return _select(tx, _rows.c.status.in_(_LIVE), *_of(account_key))


def has_live(tx: Tx, position_id: str) -> bool:
    """Whether an order of the position may still fill."""
    found = select(_rows.c.step).where(_rows.c.position_id == position_id)
    return tx.execute(found.where(_rows.c.status.in_(_LIVE))).first() is not None


def unsettled(tx: Tx, account_key: tuple[str, str] | None = None) -> tuple[Order, ...]:
    """Read the live and the superseded orders: all that a broker must be asked about."""
    return _select(tx, _rows.c.status.in_(_UNSETTLED), *_of(account_key))


def of_position(tx: Tx, position_id: str) -> tuple[Order, ...]:
    """Read the orders of a position, oldest first."""
    return _select(tx, _rows.c.position_id == position_id)


def since(tx: Tx, account_key: tuple[str, str], at: datetime) -> tuple[Order, ...]:
    """Read the orders of an account written down at *at* or later, oldest first."""
    return _select(tx, _rows.c.created_at >= instant_text(at), *_of(account_key))


def committed_hash(tx: Tx, client_order_id: str) -> str:
    """
    Tell the hash of an order's body as it was committed.

    Raises:
        NotFoundError: there is no such order.
    """
    found = tx.execute(_HASH, {"key": client_order_id}).scalar()
    if found is None:
        raise NotFoundError(f"no order {client_order_id!r}")
    return str(found)


_HASH = select(_rows.c.body_hash).where(_rows.c.client_order_id == bindparam("key"))


def next_step(tx: Tx, position_id: str, minute: datetime) -> int:
    """
    Tell the first free step of a position in a UTC minute, from 1.

    Counts all its orders of that minute, whatever became of them.
    """
    start = minute.replace(second=0, microsecond=0)
    end = start + timedelta(minutes=1)
    highest = tx.execute(
        _HIGHEST_STEP,
        {"key": position_id, "start": instant_text(start), "end": instant_text(end)},
    ).scalar_one()
    return int(highest) + 1


_HIGHEST_STEP = select(func.coalesce(func.max(_rows.c.step), 0)).where(
    _rows.c.position_id == bindparam("key"),
    _rows.c.attempt_due_at >= bindparam("start"),
    _rows.c.attempt_due_at < bindparam("end"),
)


def write(tx: Tx, client_order_id: str, values: Mapping[str, Any]) -> None:
    """Write columns of an order, as stored; for this package."""
    statement = update_columns("orders", tuple(values), "client_order_id = :key")
    tx.execute(statement, {**values, "key": client_order_id})


def revive(tx: Tx, client_order_id: str, values: Mapping[str, Any]) -> bool:
    """
    Write columns that make a row live which was not; False: another order lives.

    In a savepoint, since a conflict would end a transaction of PostgreSQL.
    """
    try:
        with tx.begin_nested():
            write(tx, client_order_id, values)
    except IntegrityError:
        return False
    return True


def insert_row(tx: Tx, row: Mapping[str, Any]) -> None:
    """Write a whole order row, as stored; for this package."""
    tx.execute(insert(_rows), dict(row))


def _of(account_key: tuple[str, str] | None) -> list[ColumnElement[bool]]:
    if account_key is None:
        return []
    broker, account = account_key
    return [_rows.c.broker == broker, _rows.c.account == account]


def _select(tx: Tx, *conditions: ColumnElement[bool]) -> tuple[Order, ...]:
    found = select(_rows).where(*conditions)
    ordered = found.order_by(_rows.c.created_at, _rows.c.attempt_due_at, _rows.c.step)
    return tuple(read_order(dict(row)) for row in tx.execute(ordered).mappings())


def read_order(row: Mapping[str, Any]) -> Order:
    """
    Read an order from its columns; for this package.

    Raises:
        LedgerError: the row is damaged.
    """
    with reading("order", row["client_order_id"]):
        return _read_order(row)


def _read_order(row: Mapping[str, Any]) -> Order:
    booked, value = row["booked_units"], row["filled_value"]
    return Order(
        intent=_read_intent(row),
        account_key=(row["broker"], row["account"]),
        status=OrderStatus(row["status"]),
        broker_order_id=row["broker_order_id"],
        filled_units=row["filled_units"],
        average_net_price=Decimal(value) / booked if booked and value is not None else None,
        created_at=read_instant(row["created_at"]),
        submitted_at=_instant(row["submitted_at"]),
        finished_at=_instant(row["finished_at"]),
        reported_at=_instant(row["reported_at"]),
        refusal=read_refusal(row["refusal"]),
    )


def _read_intent(row: Mapping[str, Any]) -> OrderIntent:
    return OrderIntent(
        client_order_id=row["client_order_id"],
        position_id=row["position_id"],
        account=row["account"],
        attempt_due_at=read_instant(row["attempt_due_at"]),
        step=row["step"],
        legs=read_legs(row["legs"]),
        units=row["units"],
        net_price=None if row["net_price"] is None else Decimal(row["net_price"]),
        cap=None if row["cap"] is None else Decimal(row["cap"]),
        give_up_at=read_instant(row["give_up_at"]),
        is_extra=bool(row["is_extra"]),
    )


def _instant(stored: str | None) -> datetime | None:
    return None if stored is None else read_instant(stored)
