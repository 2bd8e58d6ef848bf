"""Entries of campaigns (wheels): premiums, shares and dividends, each counted once."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select, text

from botd.ledger.columns import Tx, instant_text, money_text
from botd.ledger.schema import campaigns as _rows


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
