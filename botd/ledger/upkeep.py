"""What people do to a ledger file: migrate it, check it, back it up."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from botd.errors import LedgerError, NotFoundError
from botd.ledger import audit
from botd.ledger.faults import DATABASE_ERRORS, explain
from botd.ledger.location import file_of, is_missing, refuse_unfit
from botd.ledger.opening import (
    connect_checked,
    make_file,
    pragma,
    refuse_damaged,
    refuse_foreign,
    refuse_other_version,
)
from botd.ledger.schema import SCHEMA_VERSION
from botd.ledger.sqlite import PATIENCE, connect, reading, writing


@dataclass(frozen=True, slots=True)
class Migration:
    """What `migrate` did."""

    path: Path
    from_version: int | None  # None: there was no ledger
    to_version: int
    copy: Path | None  # the file as it was before; None: nothing was changed


@dataclass(frozen=True, slots=True)
class Checked:
    """What `check` found."""

    path: Path
    positions: int
    events: int
    orders: int
    faults: tuple[str, ...]  # in plain words; empty: the ledger is whole


def path_of(url: str) -> Path:
    """
    Tell the file of a ledger URL.

    Raises:
        LedgerError: it is no URL of a file.
    """
    path = file_of(url)
    if path is None:
        raise LedgerError(f"ledger URL {url!r}: is in memory, and has no file")
    return path


def migrate(url: str) -> Migration:
    """
    Bring a ledger to the schema of this version, after keeping a copy of the file.

    All or nothing; a missing ledger is made.

    Raises:
        LedgerError: it is not a ledger, damaged, or made by a newer version.
    """
    path = path_of(url)
    if is_missing(path):
        make_file(path)
        return Migration(path, None, SCHEMA_VERSION, None)
    with _opened(path) as raw:
        before = pragma(raw, "user_version")
        if before >= SCHEMA_VERSION:
            refuse_other_version(raw, path)
            return Migration(path, before, before, None)
        refuse_damaged(raw, path)
        copy = _free_name(path, before)
        _copy(raw, copy)
        _upgrade(raw)
        refuse_damaged(raw, path)
        return Migration(path, before, SCHEMA_VERSION, copy)


def _upgrade(raw: sqlite3.Connection) -> None:
    from botd.ledger.migrations import upgrade  # noqa: PLC0415 - alembic costs 0.4 s

    with writing(raw) as connection, connection.begin():
        upgrade.to_newest(connection)
        connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _free_name(path: Path, version: int) -> Path:
    name = f"{path.name}.schema-{version}"
    number = 1
    while os.path.lexists(path.with_name(name)):
        number += 1
        name = f"{path.name}.schema-{version}-{number}"
    return path.with_name(name)


def backup(url: str, file: Path) -> Path:
    """
    Write a copy of the ledger to *file*, whole and verified, while others use it.

    Raises:
        NotFoundError: there is no ledger.
        LedgerError: *file* exists, cannot be written, or does not verify.
    """
    path = path_of(url)
    file = file.absolute()
    if os.path.lexists(file):
        raise LedgerError(f"backup {file}: is there already. Name a new file")
    raw = connect_checked(path, create=False)
    try:
        _copy(raw, file)
    finally:
        raw.close()
    return file


def _copy(raw: sqlite3.Connection, file: Path) -> None:
    """Copy a ledger to *file* under another name, verify it, then give it its own."""
    apart = file.with_name(f".{file.name}.new")
    try:
        apart.unlink(missing_ok=True)
        os.close(os.open(apart, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        raw.execute("VACUUM INTO ?", (str(apart),))
        _verify_copy(apart)
        _sync(apart)
        apart.rename(file)
        _sync(file.parent)
    except (OSError, sqlite3.Error) as error:
        raise explain(f"copy {file}", error) from error
    finally:
        apart.unlink(missing_ok=True)


def _verify_copy(apart: Path) -> None:
    copy = connect(apart)
    try:
        refuse_foreign(copy, apart)
        refuse_damaged(copy, apart, "integrity_check")
    finally:
        copy.close()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check(url: str, *, patience: timedelta = PATIENCE) -> Checked:
    """
    Check a ledger wholly: pages, schema, references, and that every row has its history.

    Raises:
        NotFoundError: there is none.
        LedgerError: it cannot be opened as a ledger at all.
    """
    path = path_of(url)
    if is_missing(path):
        raise NotFoundError(f"no ledger at {path}")
    with _opened(path, patience) as raw:
        refuse_other_version(raw, path)
        try:
            refuse_damaged(raw, path, "integrity_check")
        except LedgerError as fault:
            return Checked(path, 0, 0, 0, (str(fault),))
        return _audited(path, raw)


def _audited(path: Path, raw: sqlite3.Connection) -> Checked:
    with reading(raw) as tx, tx.begin():
        positions, events, orders = (
            audit.count(tx, name) for name in ("positions", "events", "orders")
        )
        return Checked(path, positions, events, orders, audit.faults(tx))


@contextmanager
def _opened(path: Path, patience: timedelta = PATIENCE) -> Iterator[sqlite3.Connection]:
    refuse_unfit(path)
    raw = connect(path, patience)
    try:
        refuse_foreign(raw, path)
        yield raw
    except DATABASE_ERRORS as error:
        raise explain(str(path), error) from error
    finally:
        raw.close()
