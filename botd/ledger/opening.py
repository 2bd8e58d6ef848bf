"""Making a ledger file, and refusing what is none."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from botd.errors import LedgerError, NotFoundError
from botd.ledger.faults import explain
from botd.ledger.location import is_missing, refuse_network, refuse_unfit
from botd.ledger.schema import APPLICATION_ID, REVISION, SCHEMA_VERSION, guards, metadata
from botd.ledger.sqlite import PATIENCE, connect

_MAKERS = "`botd run`, `botd positions import` and `botd ledger migrate` make one"
_RULES = "SELECT name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql <> ''"
LARGEST_CHECKED = 64 * 1024 * 1024  # bytes checked page by page at each opening


def make_memory() -> sqlite3.Connection:
    """Make a ledger in memory."""
    raw = connect(None)
    make_schema(raw)
    return raw


def connect_checked(
    path: Path, *, create: bool, patience: timedelta = PATIENCE
) -> sqlite3.Connection:
    """Connect to the ledger at *path*, made where *create* allows it, and checked."""
    if is_missing(path):
        if not create:
            raise NotFoundError(f"no ledger at {path}; {_MAKERS}")
        make_file(path)
    refuse_unfit(path)
    _close_to_others(path)
    raw = connect(path, patience)
    try:
        refuse_foreign(raw, path)
        refuse_other_version(raw, path)
        if path.stat().st_size <= LARGEST_CHECKED:
            refuse_damaged(raw, path)
        refuse_unguarded(raw, path)
    except BaseException:
        raw.close()
        raise
    return raw


def _close_to_others(path: Path) -> None:
    """Take the group's and others' access away, which a copied file may have."""
    found = path.stat()
    if found.st_mode & 0o077 and found.st_uid == os.geteuid():
        path.chmod(0o600)


def refuse_foreign(raw: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that is no SQLite database, or another program's."""
    try:
        found = pragma(raw, "application_id")
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise explain(str(path), error) from error
    if found != APPLICATION_ID:
        raise LedgerError(
            f"ledger {path}: an SQLite file of something else (application id {found:#x}, "
            f"a ledger has {APPLICATION_ID:#x}). Name another file",
        )


def refuse_other_version(raw: sqlite3.Connection, path: Path) -> None:
    """Refuse a schema that this version does not read."""
    found = pragma(raw, "user_version")
    if found > SCHEMA_VERSION:
        raise LedgerError(
            f"ledger {path}: has schema {found}, made by a newer botd; this one reads "
            f"{SCHEMA_VERSION}. Install the newer botd, or restore the copy made before",
        )
    if found < SCHEMA_VERSION:
        raise LedgerError(
            f"ledger {path}: has schema {found}, this botd reads {SCHEMA_VERSION}. "
            "Run `botd ledger migrate`, which keeps a copy",
        )


def refuse_damaged(raw: sqlite3.Connection, path: Path, check: str = "quick_check") -> None:
    """Refuse a file whose pages do not hold together."""
    try:
        found = [row[0] for row in raw.execute(f"PRAGMA {check}(3)")]
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise explain(str(path), error) from error
    if found != ["ok"]:
        raise LedgerError(
            f"ledger {path}: is damaged ({'; '.join(found)}). Keep the file, restore a backup",
        )


def refuse_unguarded(raw: sqlite3.Connection, path: Path) -> None:
    """
    Refuse a file whose own rules are not as they were made.

    A damaged byte in one of them leaves every page whole, and two live orders possible.
    """
    try:
        found = {name: squeezed(sql) for name, sql in raw.execute(_RULES)}
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise explain(str(path), error) from error
    wrong = [name for name, sql in guards().items() if found.get(name) != squeezed(sql)]
    if wrong:
        raise LedgerError(
            f"ledger {path}: is damaged ({', '.join(wrong)} not as this version makes it). "
            "Keep the file, restore a backup",
        )


def squeezed(sql: str) -> str:
    """Take away what differs between a rule made at once and one made by migrations."""
    return "".join(sql.split())


def pragma(raw: sqlite3.Connection, name: str) -> int:
    """Read one of the numbers in a file's header."""
    row: tuple[int] = raw.execute(f"PRAGMA {name}").fetchone()
    return row[0]


def make_file(path: Path) -> None:
    """
    Make a ledger at *path*, whole or not at all.

    It is made under another name and gets its own once it is on the disk, so that
    a crash leaves no half ledger behind.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_network(path.parent)
        with _only_maker(path):
            if is_missing(path):  # else another maker was first
                _make_apart(path)
    except (OSError, sqlite3.Error) as error:
        raise explain(str(path), error) from error


@contextmanager
def _only_maker(path: Path) -> Iterator[None]:
    """Keep a second maker out; the lock goes with the process."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LedgerError(
                f"ledger {path}: another process makes it just now. Try again",
            ) from None
        yield
        os.fsync(folder)
    finally:
        os.close(folder)


def _make_apart(path: Path) -> None:
    apart = path.with_name(f".{path.name}.new")
    for rest in (apart, apart.with_name(f"{apart.name}-journal")):
        rest.unlink(missing_ok=True)
    os.close(os.open(apart, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        _fill(apart)
        apart.rename(path)
    finally:
        apart.unlink(missing_ok=True)  # of a full disk


def _fill(apart: Path) -> None:
    raw = connect(apart)
    try:
        raw.execute("PRAGMA synchronous = EXTRA")
        make_schema(raw)
    finally:
        raw.close()


def make_schema(raw: sqlite3.Connection) -> None:
    """Make the tables of this version, in one transaction, and write the version."""
    engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        metadata.create_all(connection, checkfirst=False)
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (REVISION,))
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.commit()
