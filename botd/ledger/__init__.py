"""The only home of the record: positions, attempts, orders and what people did."""

from botd.ledger.columns import Tx
from botd.ledger.store import Ledger, open_ledger

__all__ = ["Ledger", "Tx", "open_ledger"]
