"""Whether a ledger agrees with itself: its schema, its references, its history, its sums."""

from collections.abc import Iterator
from functools import lru_cache

from sqlalchemy import func, select, text

from botd.ledger import events
from botd.ledger.columns import Tx
from botd.ledger.opening import make_memory, squeezed
from botd.ledger.schema import metadata

_SCHEMA = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
# Fills are the history of an order's sums.
_SUMS = text(
    "SELECT o.client_order_id, o.booked_units, o.units, "
    "COALESCE((SELECT SUM(f.booked_units) FROM fills f WHERE f.client_order_id = "
    "o.client_order_id AND f.broker = o.broker AND f.account = o.account), 0) AS found "
    "FROM orders o",
)


def faults(tx: Tx) -> tuple[str, ...]:
    """Tell each fault in plain words; nothing where the ledger agrees with itself."""
    return (*_schema_faults(tx), *_reference_faults(tx), *events.verify(tx), *_sum_faults(tx))


def faults_at_work(tx: Tx) -> tuple[str, ...]:
    """Tell the faults of what is worked with: the schema, and positions not yet confirmed."""
    return (*_schema_faults(tx), *events.verify(tx, is_unconfirmed=True))


def count(tx: Tx, table: str) -> int:
    """Count the rows of a table."""
    return int(tx.execute(select(func.count()).select_from(metadata.tables[table])).scalar_one())


def _schema_faults(tx: Tx) -> Iterator[str]:
    expected = _expected_schema()
    found = {name: squeezed(sql) for name, sql in tx.exec_driver_sql(_SCHEMA)}
    for name in sorted(expected.keys() | found.keys()):
        if name not in found:
            yield f"schema: {name} is missing"
        elif name not in expected:
            yield f"schema: {name} is not the ledger's"
        elif expected[name] != found[name]:
            yield f"schema: {name} is not as this version makes it"


@lru_cache(maxsize=1)
def _expected_schema() -> dict[str, str]:
    raw = make_memory()
    try:
        return {name: squeezed(sql) for name, sql in raw.execute(_SCHEMA)}
    finally:
        raw.close()


def _reference_faults(tx: Tx) -> Iterator[str]:
    for table, row, parent, _ in tx.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"{table}: row {row} points to nothing in {parent}"


def _sum_faults(tx: Tx) -> Iterator[str]:
    for client_order_id, booked, units, found in tx.execute(_SUMS):
        if booked != found:
            yield f"order {client_order_id!r}: {booked} units booked, its fills make {found}"
        if booked > units:
            yield f"order {client_order_id!r}: {booked} units filled of {units} ordered"
