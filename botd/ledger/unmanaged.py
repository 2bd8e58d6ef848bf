"""What each account holds that stops trading today and that nobody manages, for the board."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, text

from botd.domain.orders import Holding
from botd.ledger.columns import Tx, instant_text
from botd.ledger.schema import unmanaged as _rows


@dataclass(frozen=True, slots=True)
class Unmanaged:
    """Contracts of one symbol beyond what the ledger knows, as the account showed them."""

    account_key: tuple[str, str]  # (broker, account)
    symbol: str
    quantity: int  # negative: short
    as_of: datetime


_ADD = text(
    "INSERT INTO unmanaged (broker, account, symbol, quantity, as_of) "
    "VALUES (:broker, :account, :symbol, :quantity, :as_of)"
)


def replace(
    tx: Tx, account_key: tuple[str, str], holdings: Iterable[Holding], at: datetime
) -> None:
    """Write what the account showed at *at* in the place of all that it showed before."""
    broker, account = account_key
    tx.execute(delete(_rows).where(_rows.c.broker == broker, _rows.c.account == account))
    rows = [
        {
            "broker": broker,
            "account": account,
            "symbol": holding.symbol,
            "quantity": holding.quantity,
            "as_of": instant_text(at),
        }
        for holding in holdings
    ]
    if rows:
        tx.execute(_ADD, rows)


def get(tx: Tx) -> tuple[Unmanaged, ...]:
    """Read what the accounts showed last, by account and symbol."""
    found = select(_rows).order_by(_rows.c.broker, _rows.c.account, _rows.c.symbol)
    return tuple(
        Unmanaged((row.broker, row.account), row.symbol, row.quantity, row.as_of)
        for row in tx.execute(found)
    )
