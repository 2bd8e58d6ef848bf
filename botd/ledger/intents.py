"""
Intents: written down before anything leaves, and only where nothing forbids it.

One guarded statement looks at management, halts and live orders, and writes; the text
is the same on SQLite and PostgreSQL. That at most one order of a position lives is
held by the partial unique index `one_live_order`.
"""

from datetime import datetime
from enum import Enum

from sqlalchemy import text

from botd.domain.orders import LIVE_ORDER_STATUSES, OrderIntent, OrderStatus
from botd.domain.position import Management, Status
from botd.errors import NotFoundError, Refusal, StateError
from botd.ledger.coding import legs_text, refusal_text
from botd.ledger.columns import Tx, instant_text, money_text
from botd.ledger.order_rows import FINAL_STATUSES, Order, get, has_live, revive, write


class Block(Enum):
    """Why no order may leave for a position."""

    MANUAL = "manual"  # a person looks after it
    HALTED = "halted"  # a person's halt
    STOPPED = "stopped"  # the account is stopped
    LIVE_ORDER = "live_order"  # another order of the position may still fill
    ENDED = "ended"  # nothing is left of it, or less than the intent would close


# The guards, the same text on SQLite and PostgreSQL. What a protocol attempt needs:
# under bot management, open. What a person's close needs: something left to close, and
# nobody who took the position after it was begun.
_MAY_CLOSE = (
    "p.units_open >= :units AND ((p.managed_by = 'bot' AND p.status IN ('open', 'closing')) "
    "OR (:is_extra = 1 AND p.status NOT IN ('closed', 'expired', 'settled', 'exercised') "
    "AND NOT EXISTS (SELECT 1 FROM overrides o WHERE o.position_id = p.id "
    "AND o.at > :attempt_due_at)))"
)
_NO_HALT = (
    "NOT EXISTS (SELECT 1 FROM halts h WHERE h.ended_at IS NULL "
    "AND h.scope IN ('all', p.broker || '/' || p.account))"
)
_COLUMNS = (
    "client_order_id, position_id, attempt_due_at, step, legs, units, net_price, cap, "
    "give_up_at, is_extra, body_hash, created_at"
)
_ADD = text(
    f"INSERT INTO orders ({_COLUMNS}, broker, account, status, filled_units, booked_units, "  # noqa: S608 - no value in it
    f"filled_value) SELECT :{_COLUMNS.replace(', ', ', :')}, p.broker, p.account, 'intent', "
    "0, 0, '0' FROM positions p WHERE p.id = :position_id AND p.account = :account "
    f"AND {_MAY_CLOSE} AND {_NO_HALT} ON CONFLICT DO NOTHING RETURNING client_order_id",
)
_OF_ROW = (
    _MAY_CLOSE.replace(":units", "orders.units")
    .replace(":is_extra", "orders.is_extra")
    .replace(":attempt_due_at", "orders.attempt_due_at")
)
_SEND = text(
    "UPDATE orders SET status = 'sending', submitted_at = :at WHERE client_order_id = :key "  # noqa: S608 - no value in it
    "AND status = 'intent' AND EXISTS (SELECT 1 FROM positions p WHERE p.id = orders.position_id "
    f"AND {_OF_ROW} AND {_NO_HALT}) RETURNING client_order_id",
)
_LOOK = text(
    "SELECT p.broker, p.account, p.status, p.managed_by, p.units_open FROM positions p "
    "WHERE p.id = :position_id",
)
_TAKEN_SINCE = text(
    "SELECT 1 FROM overrides WHERE position_id = :position_id AND at > :attempt_due_at",
)
_HALTS = text(
    "SELECT kind FROM halts WHERE ended_at IS NULL AND scope IN ('all', :scope) ORDER BY id",
)


def add_intent(tx: Tx, intent: OrderIntent, at: datetime) -> Block | None:
    """
    Write an intent where nothing forbids it; None: it is written.

    One guarded statement looks at management, halts and live orders, and writes. A
    conflict is an answer, and leaves the rest of the transaction alone.

    Raises:
        NotFoundError: there is no such position at that account.
        StateError: its id was used before, by an order that is final.
    """
    row = intent_row(intent, at)
    if tx.execute(_ADD, row).first() is not None:
        return None
    block = _block_of(tx, intent)
    if block is not None:
        return block
    if has_live(tx, intent.position_id):
        return Block.LIVE_ORDER
    raise StateError(
        f"order {intent.client_order_id!r}: the id was used before; ids are not reused"
    )


def intent_row(intent: OrderIntent, at: datetime) -> dict[str, str | int | None]:
    """Write an intent's columns; for this package."""
    return {
        "client_order_id": intent.client_order_id,
        "account": intent.account,
        "position_id": intent.position_id,
        "attempt_due_at": instant_text(intent.attempt_due_at),
        "step": intent.step,
        "legs": legs_text(intent.legs),
        "units": intent.units,
        "net_price": None if intent.net_price is None else money_text(intent.net_price),
        "cap": None if intent.cap is None else money_text(intent.cap),
        "give_up_at": instant_text(intent.give_up_at),
        "is_extra": int(intent.is_extra),
        "body_hash": intent.body_hash(),
        "created_at": instant_text(at),
    }


def _block_of(tx: Tx, intent: OrderIntent) -> Block | None:
    """Tell what keeps an intent from being sent; None: nothing but a live order."""
    row = tx.execute(_LOOK, {"position_id": intent.position_id}).mappings().first()
    if row is None or row["account"] != intent.account:
        raise NotFoundError(f"no position {intent.position_id!r} at account {intent.account!r}")
    halts = tx.execute(_HALTS, {"scope": f"{row['broker']}/{row['account']}"}).scalars().all()
    if halts:
        return Block.STOPPED if "person" not in halts else Block.HALTED
    if _is_a_persons(tx, row["managed_by"], intent):
        return Block.MANUAL
    is_closable = Status(row["status"]) in _closable(is_extra=intent.is_extra)
    return None if is_closable and row["units_open"] >= intent.units else Block.ENDED


def _is_a_persons(tx: Tx, managed_by: str, intent: OrderIntent) -> bool:
    """Whether a person has the position, or took it after their own close was begun."""
    if not intent.is_extra:
        return managed_by == Management.MANUAL.value
    begun_at = instant_text(intent.attempt_due_at)
    key = {"position_id": intent.position_id, "attempt_due_at": begun_at}
    return tx.execute(_TAKEN_SINCE, key).first() is not None


def _closable(*, is_extra: bool) -> frozenset[Status]:
    return _EXTRA if is_extra else _OPEN


_OPEN = frozenset({Status.OPEN, Status.CLOSING})
_EXTRA = frozenset(Status) - {Status.CLOSED, Status.EXPIRED, Status.SETTLED, Status.EXERCISED}


def start_sending(tx: Tx, client_order_id: str, at: datetime) -> Block | None:
    """
    Mark an intent as leaving; None: its bytes may leave once this is committed.

    Management and halts are looked at again; what is blocked becomes `withdrawn`. An
    order that is no intent any more is never sent by this: `Block.LIVE_ORDER` where it
    may still fill, `Block.ENDED` where it is final and nothing else blocks it.

    Raises:
        NotFoundError: there is no such order.
    """
    if tx.execute(_SEND, {"key": client_order_id, "at": instant_text(at)}).first() is not None:
        return None
    order = get(tx, client_order_id)
    block = _block_of(tx, order.intent) or Block.ENDED
    if order.status is OrderStatus.INTENT:
        set_status(tx, client_order_id, OrderStatus.WITHDRAWN, at)
        return block
    return block if order.is_final else Block.LIVE_ORDER


def still_blocked(tx: Tx, client_order_id: str) -> Block | None:
    """
    Tell what forbids sending an order's same body again; None: nothing.

    Changes nothing: an order of unknown fate stays what it is.

    Raises:
        NotFoundError: there is no such order.
    """
    return _block_of(tx, get(tx, client_order_id).intent)


def set_status(
    tx: Tx,
    client_order_id: str,
    status: OrderStatus,
    at: datetime,
    refusal: Refusal | None = None,
) -> Order:
    """
    Set what no report tells: unknown, absent, withdrawn, cancel pending, refused ...

    Raises:
        NotFoundError: there is no such order.
        StateError: it is final already (only a broker's report corrects that), or
            another order of the position lives.
    """
    order = get(tx, client_order_id)
    if order.status is status and refusal is None:
        return order
    if order.is_final:
        raise StateError(
            f"order {client_order_id!r}: is {order.status.value}, which is final; "
            f"it does not become {status.value}",
        )
    values = {"status": status.value}
    if status in FINAL_STATUSES:
        values["finished_at"] = instant_text(at)
    if refusal is not None:
        values["refusal"] = refusal_text(refusal) or ""
    if order.status is OrderStatus.SUPERSEDED and status in LIVE_ORDER_STATUSES:
        if not revive(tx, client_order_id, values):
            raise StateError(f"order {client_order_id!r}: another order of the position lives")
    else:
        write(tx, client_order_id, values)
    return get(tx, client_order_id)


def replace(tx: Tx, client_order_id: str, intent: OrderIntent, at: datetime) -> Block | None:
    """
    Make a working order `superseded` and write the next step in its place.

    Blocked: nothing changes, and the old order works on.

    Raises:
        NotFoundError: there is no such order.
        StateError: it is final already.
    """
    before = get(tx, client_order_id)
    set_status(tx, client_order_id, OrderStatus.SUPERSEDED, at)
    block = add_intent(tx, intent, at)
    if block is not None:
        write(tx, client_order_id, {"status": before.status.value})
    return block


def withdraw(tx: Tx, position_id: str, at: datetime) -> tuple[str, ...]:
    """Withdraw the intent of a position that is not leaving yet; give its id."""
    rows = tx.execute(_WITHDRAW, {"position_id": position_id, "at": instant_text(at)})
    return tuple(rows.scalars())


_WITHDRAW = text(
    "UPDATE orders SET status = 'withdrawn', finished_at = :at WHERE position_id = :position_id "
    "AND status = 'intent' RETURNING client_order_id",
)
