"""
The exchange's own file: one account, shared by the daemon, the CLI and a restart.

Every call is one immediate transaction. The state is kept in memory and read again
only when another process has changed the file (SQLite's `data_version`). With
`synchronous=OFF` a killed process loses nothing; a power cut may, and it is paper.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from botd.brokers.paper import codec
from botd.brokers.paper.book import Book, Changes, Used
from botd.errors import BrokerUnavailable, ConfigError

OPENING_CASH = Decimal(100_000)  # dollars, of a new account
_APPLICATION_ID = 0x626F7450  # "botP"
_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE account (id INTEGER PRIMARY KEY CHECK (id = 1), cash TEXT NOT NULL,
    advanced_to TEXT NOT NULL, last_number INTEGER NOT NULL) STRICT;
CREATE TABLE holding (symbol TEXT PRIMARY KEY, quantity INTEGER NOT NULL) STRICT;
CREATE TABLE paper_order (number INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE used (symbol TEXT NOT NULL, is_bid INTEGER NOT NULL, row_at TEXT NOT NULL,
    size INTEGER NOT NULL, PRIMARY KEY (symbol, is_bid)) STRICT;
CREATE TABLE fault (number INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE halt (underlying TEXT PRIMARY KEY, until TEXT NOT NULL) STRICT;
CREATE TABLE record (number INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE booked (name TEXT PRIMARY KEY) STRICT;
"""
_HOLDING = ("INSERT OR REPLACE INTO holding VALUES (?, ?)", "DELETE FROM holding WHERE symbol = ?")
_ORDER = (
    "INSERT OR REPLACE INTO paper_order VALUES (?, ?)",
    "DELETE FROM paper_order WHERE number = ?",
)
_FAULT = ("INSERT OR REPLACE INTO fault VALUES (?, ?)", "DELETE FROM fault WHERE number = ?")
_HALT = ("INSERT OR REPLACE INTO halt VALUES (?, ?)", "DELETE FROM halt WHERE underlying = ?")
_USED = "INSERT OR REPLACE INTO used VALUES (?, ?, ?, ?)"
_RECORD = "INSERT INTO record (body) VALUES (?)"
_BOOKED = "INSERT INTO booked VALUES (?)"


class Store:
    """Where the book lives: a file, or (path None) memory."""

    def __init__(
        self,
        path: Path | None = None,
        *,
        cash: Decimal = OPENING_CASH,
        busy_seconds: float = 5.0,
    ) -> None:
        """
        Open the file, and make it where there is none.

        Args:
            path: the file; None: in memory, gone with the process.
            cash: dollars of a new account.
            busy_seconds: how long to wait while another process writes.

        Raises:
            ConfigError: the file is not a paper exchange's, or damaged.
        """
        self._book: Book | None = None
        self._version = -1
        self._connection = _open(path, cash, busy_seconds)

    @contextmanager
    def transaction(self) -> Iterator[Book]:
        """
        Give the book for one call; what changed is kept when the block ends well.

        Raises:
            BrokerUnavailable: the file cannot be read or written; nothing happened.
        """
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            book = self._fresh()
        except sqlite3.Error as fault:
            self._forget()
            raise BrokerUnavailable(f"paper exchange: {fault}") from fault
        try:
            yield book
            self._keep(book)
        except sqlite3.Error as fault:
            self._forget()
            raise BrokerUnavailable(f"paper exchange: {fault}") from fault
        except BaseException:
            self._forget()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _fresh(self) -> Book:
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        if self._book is None or version != self._version:
            self._book = _read(self._connection)
            self._version = version
        return self._book

    def _keep(self, book: Book) -> None:
        if book.changes:
            _write(self._connection, book, book.changes)
        self._connection.execute("COMMIT")
        book.changes = Changes()

    def _forget(self) -> None:
        """Take nothing of this call for true: the next one reads the file again."""
        self._book = None
        if self._connection.in_transaction:
            self._connection.rollback()


def _open(path: Path | None, cash: Decimal, busy_seconds: float) -> sqlite3.Connection:
    name = ":memory:" if path is None else str(path)
    if path is not None and not path.exists():
        _touch(path)
    connection = sqlite3.connect(
        name,
        timeout=busy_seconds,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        _prepare(connection, cash)
    except sqlite3.OperationalError as fault:
        connection.close()
        raise BrokerUnavailable(f"paper exchange {name}: {fault}") from fault
    except (sqlite3.DatabaseError, ConfigError) as fault:
        connection.close()
        raise ConfigError(f"{name}: not a paper exchange's file: {fault}") from fault
    return connection


def _touch(path: Path) -> None:
    """Make the file before SQLite does, so that nobody else may read it."""
    try:
        path.touch(mode=0o600)
    except OSError as fault:
        raise ConfigError(
            f"{path}: the paper exchange cannot keep its file here: {fault}"
        ) from fault


def _prepare(connection: sqlite3.Connection, cash: Decimal) -> None:
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN IMMEDIATE")
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not tables and not owner:
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
        _write_account(connection, Book(cash))
    elif (owner, version) != (_APPLICATION_ID, _SCHEMA_VERSION):
        raise ConfigError(f"application id {owner:#x}, version {version}")
    connection.execute("COMMIT")


def _read(connection: sqlite3.Connection) -> Book:
    (cash, advanced_to, last_number) = connection.execute(
        "SELECT cash, advanced_to, last_number FROM account",
    ).fetchone()
    book = Book(Decimal(cash))
    book.holdings = dict(connection.execute("SELECT symbol, quantity FROM holding ORDER BY symbol"))
    for number, body in connection.execute("SELECT number, body FROM paper_order ORDER BY number"):
        book.put(codec.order_of(number, body))
    for symbol, is_bid, row_at, size in connection.execute("SELECT * FROM used"):
        book.used[symbol, bool(is_bid)] = Used(codec.instant_of(row_at), size)
    for number, body in connection.execute("SELECT number, body FROM fault ORDER BY number"):
        book.faults[number] = codec.fault_of(number, body)
    for underlying, until in connection.execute("SELECT underlying, until FROM halt"):
        book.halts[underlying] = codec.instant_of(until)
    for (body,) in connection.execute("SELECT body FROM record ORDER BY number"):
        book.records.append(codec.record_of(body))
    book.booked = {name for (name,) in connection.execute("SELECT name FROM booked")}
    book.advanced_to = codec.instant_of(advanced_to)
    book.last_number = last_number
    book.changes = Changes()
    return book


def _write(connection: sqlite3.Connection, book: Book, changes: Changes) -> None:
    _write_account(connection, book)
    for symbol in changes.holdings:
        _put(connection, _HOLDING, symbol, book.holdings.get(symbol))
    for number in changes.orders:
        order = book.orders.get(number)
        _put(connection, _ORDER, number, None if order is None else codec.order_text(order))
    for number in changes.faults:
        planned = book.faults.get(number)
        _put(connection, _FAULT, number, None if planned is None else codec.fault_text(planned))
    for name in changes.halts:
        until = book.halts.get(name)
        _put(connection, _HALT, name, None if until is None else codec.instant_text(until))
    for side in changes.used:
        used = book.used[side]
        connection.execute(_USED, (*side, codec.instant_text(used.row_at), used.size))
    for record in changes.records:
        connection.execute(_RECORD, (codec.record_text(record),))
    for name in changes.booked:
        connection.execute(_BOOKED, (name,))


def _put(
    connection: sqlite3.Connection,
    table: tuple[str, str],
    key: int | str,
    value: int | str | None,
) -> None:
    """Write the row of a key; without a value the row goes."""
    insert, delete = table
    if value is None:
        connection.execute(delete, (key,))
    else:
        connection.execute(insert, (key, value))


def _write_account(connection: sqlite3.Connection, book: Book) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO account VALUES (1, ?, ?, ?)",
        (str(book.cash), codec.instant_text(book.advanced_to), book.last_number),
    )
