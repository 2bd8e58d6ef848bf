"""The newest quotes and spots of each account, for the board. Nothing is decided by them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select, text

from botd.ledger.columns import Tx, instant_text, money_text
from botd.ledger.schema import marks as _rows


@dataclass(frozen=True, slots=True)
class Mark:
    """What one instrument of an account showed last, dollars per share."""

    account_key: tuple[str, str]  # (broker, account)
    symbol: str
    bid: Decimal | None
    ask: Decimal | None
    last: Decimal | None
    as_of: datetime


_PUT = text(
    "INSERT INTO marks (broker, account, symbol, bid, ask, last, as_of) "
    "VALUES (:broker, :account, :symbol, :bid, :ask, :last, :as_of) "
    "ON CONFLICT (broker, account, symbol) DO UPDATE SET bid = excluded.bid, "
    "ask = excluded.ask, last = excluded.last, as_of = excluded.as_of "
    "WHERE excluded.as_of >= marks.as_of",
)


def put(tx: Tx, marks: Iterable[Mark]) -> None:
    """Keep the newest mark of each instrument; older ones change nothing."""
    rows = [_row(mark) for mark in marks]
    if rows:
        tx.execute(_PUT, rows)


def get(tx: Tx, account_key: tuple[str, str] | None = None) -> tuple[Mark, ...]:
    """Read the marks of one account, or of all."""
    found = select(_rows).order_by(_rows.c.broker, _rows.c.account, _rows.c.symbol)
    if account_key is not None:
        broker, account = account_key
        found = found.where(_rows.c.broker == broker, _rows.c.account == account)
    return tuple(
        Mark((row.broker, row.account), row.symbol, row.bid, row.ask, row.last, row.as_of)
        for row in tx.execute(found)
    )


def _row(mark: Mark) -> dict[str, str | None]:
    broker, account = mark.account_key
    return {
        "broker": broker,
        "account": account,
        "symbol": mark.symbol,
        "bid": None if mark.bid is None else money_text(mark.bid),
        "ask": None if mark.ask is None else money_text(mark.ask),
        "last": None if mark.last is None else money_text(mark.last),
        "as_of": instant_text(mark.as_of),
    }
