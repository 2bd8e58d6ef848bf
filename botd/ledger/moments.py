"""Things that are done exactly once, whatever restarts in between."""

from datetime import datetime

from sqlalchemy import text

from botd.ledger.columns import Tx, instant_text

_CLAIM = text(
    'INSERT INTO moments ("key", "at") VALUES (:key, :at) ON CONFLICT DO NOTHING RETURNING "key"',
)
_TAKEN = text('SELECT 1 FROM moments WHERE "key" = :key')


def claim(tx: Tx, key: str, at: datetime) -> bool:
    """Claim *key* for good; False: it was claimed before."""
    return tx.execute(_CLAIM, {"key": key, "at": instant_text(at)}).first() is not None


def is_claimed(tx: Tx, key: str) -> bool:
    """Whether *key* was claimed."""
    return tx.execute(_TAKEN, {"key": key}).first() is not None
