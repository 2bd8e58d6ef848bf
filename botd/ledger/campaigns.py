"""Entries of campaigns (wheels): premiums, shares and dividends, each counted once."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select, text, update

from botd.domain.booked import booked_of
from botd.domain.campaign import ShareMove, deliver
from botd.domain.position import DELIVERED, Assignment, How, Position, Status
from botd.ledger import positions
from botd.ledger.columns import Tx, instant_text, money_text
from botd.ledger.positions import PositionQuery
from botd.ledger.schema import campaigns as _rows

_SHARES = "shares"
_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that belongs to a campaign."""

    campaign: str
    key: str  # what it stands for, as a record id or a position's event: one key, one entry
    kind: str  # "premium", "shares", "dividend", "fee" ...
    at: datetime
    position_id: str | None = None
    symbol: str | None = None
    quantity: int | None = None  # signed
    net_price: Decimal | None = None  # per share toward the account
    amount: Decimal | None = None  # dollars toward the account
    note: str = ""


_NEXT = select(func.coalesce(func.max(_rows.c.number), 0) + 1)
_ADD = text(
    'INSERT INTO campaigns (campaign, "key", number, kind, "at", position_id, symbol, quantity, '
    "net_price, amount, note) VALUES (:campaign, :key, :number, :kind, :at, :position_id, "
    ":symbol, :quantity, :net_price, :amount, :note) "
    'ON CONFLICT (campaign, "key") DO NOTHING RETURNING number',
)


def add(tx: Tx, entry: Entry) -> bool:
    """Write an entry; False: its key is in the campaign already."""
    number = tx.execute(_NEXT.where(_rows.c.campaign == entry.campaign)).scalar_one()
    row = {
        "campaign": entry.campaign,
        "key": entry.key,
        "number": number,
        "kind": entry.kind,
        "at": instant_text(entry.at),
        "position_id": entry.position_id,
        "symbol": entry.symbol,
        "quantity": entry.quantity,
        "net_price": None if entry.net_price is None else money_text(entry.net_price),
        "amount": None if entry.amount is None else money_text(entry.amount),
        "note": entry.note,
    }
    return tx.execute(_ADD, row).first() is not None


def entries(tx: Tx, campaign: str | None = None) -> tuple[Entry, ...]:
    """Read the entries of one campaign, or of all, in the order of their writing."""
    found = select(_rows).order_by(_rows.c.campaign, _rows.c.number)
    if campaign is not None:
        found = found.where(_rows.c.campaign == campaign)
    return tuple(
        Entry(
            campaign=row.campaign,
            key=row.key,
            kind=row.kind,
            at=row.at,
            position_id=row.position_id,
            symbol=row.symbol,
            quantity=row.quantity,
            net_price=row.net_price,
            amount=row.amount,
            note=row.note,
        )
        for row in tx.execute(found)
    )


def book_shares(
    tx: Tx, position: Position, move: ShareMove, *, at: datetime, by: str, is_confirmed: bool
) -> tuple[Position, ...]:
    """
    Book the shares that an option of *position* moved into its campaign, once by record id.

    Shares that leave are taken out of the campaign's position that holds them, the oldest
    first; what it does not hold is an entry of its own. Gives the positions changed.
    *is_confirmed*: by the broker's own record.
    """
    how = How.EXERCISED if position.status is Status.EXERCISED else How.ASSIGNED
    changed: list[Position] = []
    rest: ShareMove | None = move
    for holder in _holders(tx, position):
        if rest is None:
            break
        after, rest = deliver(holder, rest, how)
        if after == holder:
            continue
        changed.append(_given(tx, _confirmed(after) if is_confirmed else after, at=at, by=by))
    if rest is not None:
        add(tx, _entry(position, rest, rest.record_id or f"{position.id}/{rest.at.isoformat()}"))
    return tuple(changed)


def undo_shares(tx: Tx, position: Position, move: ShareMove, at: datetime) -> None:
    """
    Take shares out of the entry that *move* names, which the broker's record contradicts.

    What is not in it, because a position of the campaign gave its shares, comes back into
    the campaign at the same price: nothing is lost or won by it.
    """
    name, key = position.campaign or position.id, move.record_id
    found = next((one for one in entries(tx, name) if one.key == key), None)
    booked = 0 if found is None else found.quantity or 0
    left = booked + move.quantity
    is_beyond = booked * left <= 0  # nothing of the entry stays
    if booked:
        kept = 0 if is_beyond else left
        entry = update(_rows).where(_rows.c.campaign == name, _rows.c.key == key)
        tx.execute(entry.values(quantity=kept, note="the broker's record says otherwise"))
    if is_beyond and left:
        beyond = replace(move, quantity=left)
        add(tx, _entry(position, beyond, f"{key}/undone/{at.isoformat()}"))


def _holders(tx: Tx, position: Position) -> list[Position]:
    """Read the positions of a campaign that still hold something, the oldest first."""
    if position.campaign is None:
        return []
    found = positions.find(tx, PositionQuery(campaign=position.campaign), size=_ALL).items
    return sorted((one for one in found if one.lots), key=lambda one: (one.opened_at, one.id))


def _given(tx: Tx, holder: Position, *, at: datetime, by: str) -> Position:
    return positions.change(tx, holder.id, "shares_delivered", lambda _: holder, at=at, by=by)


def _confirmed(holder: Position) -> Position:
    """Mark a holder whose shares are gone by the broker's own record."""
    if holder.lots or holder.status not in DELIVERED:
        return holder
    assignment = Assignment.CONFIRMED if holder.status is Status.ASSIGNED else None
    return replace(holder, assignment=assignment, confirmed=not booked_of(holder))


def _entry(position: Position, move: ShareMove, key: str) -> Entry:
    return Entry(
        campaign=position.campaign or position.id,
        key=key,
        kind=_SHARES,
        at=move.at,
        position_id=position.id,
        symbol=move.underlying,
        quantity=move.quantity,
        net_price=move.price,
    )
