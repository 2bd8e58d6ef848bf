"""
SQLite as the ledger uses it: one file, a rollback journal, every commit on the disk.

    journal_mode=DELETE   the only mode in which synchronous=EXTRA means what it says
    synchronous=EXTRA     also syncs the folder once the journal is gone
    BEGIN IMMEDIATE       a writer waits at the start, never in the middle
    mmap_size=0           a failed read is an error code, not a signal
    trusted_schema=OFF    what a foreign file defines is not run
    cell_size_check=ON    damage is noticed where it is read

Source: https://www.sqlite.org/pragma.html.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

PATIENCE = timedelta(seconds=5)  # how long another process's lock is waited for
_PRAGMAS = (
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "mmap_size = 0",
    "temp_store = MEMORY",
)
# Only once the file is known to be a ledger: they touch it.
_WRITER_PRAGMAS = ("journal_mode = DELETE", "synchronous = EXTRA", "secure_delete = OFF")


def connect(path: Path | None, patience: timedelta = PATIENCE) -> sqlite3.Connection:
    """Connect to an existing file (None: a new ledger in memory), with safe settings."""
    name = ":memory:" if path is None else f"file:{quote(str(path))}?mode=rw"
    connection = sqlite3.connect(
        name,
        uri=path is not None,
        isolation_level=None,  # transactions begin where `writing` and `reading` say
        check_same_thread=False,  # made by one thread, used by another, one at a time
        cached_statements=256,
    )
    with closed_on_error(connection):
        be_patient(connection, patience)
        _apply(connection, _PRAGMAS)
    return connection


@contextmanager
def closed_on_error(raw: sqlite3.Connection) -> Iterator[None]:
    """Close *raw* where the block fails; else whoever asked for it closes it."""
    try:
        yield
    except BaseException:
        raw.close()
        raise


def be_patient(raw: sqlite3.Connection, patience: timedelta) -> None:
    """Set how long another process's lock is waited for."""
    raw.execute(f"PRAGMA busy_timeout = {patience // timedelta(milliseconds=1)}").fetchall()


def writing(raw: sqlite3.Connection) -> Connection:
    """Wrap *raw* for transactions that write."""
    _apply(raw, _WRITER_PRAGMAS)
    return _wrapped(raw, "BEGIN IMMEDIATE")


def reading(raw: sqlite3.Connection) -> Connection:
    """Wrap *raw* for transactions that only read; writing is refused."""
    _apply(raw, ("query_only = ON",))
    return _wrapped(raw, "BEGIN")


def _apply(raw: sqlite3.Connection, pragmas: tuple[str, ...]) -> None:
    for pragma in pragmas:
        raw.execute(f"PRAGMA {pragma}").fetchall()


def _wrapped(raw: sqlite3.Connection, begin: str) -> Connection:
    engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)

    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "begin", _begin)
    return engine.connect()


def dispose(connection: Connection) -> None:
    """Close a connection and its file."""
    engine: Engine = connection.engine
    connection.close()
    engine.dispose()
