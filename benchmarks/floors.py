"""The bare minimum of each measurement: what no program on this machine undercuts."""

import asyncio
import json
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

_TABLE = "CREATE TABLE row (id INTEGER PRIMARY KEY, body TEXT NOT NULL, state TEXT NOT NULL)"


def connect(file: Path) -> sqlite3.Connection:
    """Open an SQLite file whose commits are as durable as the ledger's."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute(_TABLE)
    return connection


def timer_and_commit(file: Path, instants: Sequence[float]) -> list[float]:
    """
    Wake at each of *instants* (Unix time) by a bare asyncio timer, commit one row.

    Gives the seconds from each instant to the end of its commit.
    """

    async def run(connection: sqlite3.Connection) -> list[float]:
        late = []
        for instant in instants:
            await asyncio.sleep(max(instant - time.time(), 0))
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO row (body, state) VALUES ('', 'claimed')")
            connection.execute("COMMIT")
            late.append(time.time() - instant)
        return late

    with closing(connect(file)) as connection:
        return asyncio.run(run(connection))


def two_commits_and_sends(ledger: Path, exchange: Path, count: int) -> float:
    """
    Write *count* intents in one durable commit, mark them in another, hand each over.

    Handing over is a transaction of its own on another file, as the paper exchange's.
    Gives the seconds for all of it.
    """
    body = json.dumps({"legs": [["GOOG151224P00755000", 1]], "units": 1, "net_price": "-6.60"})
    with closing(connect(ledger)) as book, closing(connect(exchange)) as broker:
        broker.execute("PRAGMA synchronous = OFF")
        begun = time.perf_counter()
        for statement in (
            "INSERT INTO row (id, body, state) VALUES (:id, :body, 'intent')",
            "UPDATE row SET state = 'sending' WHERE id = :id",
        ):
            book.execute("BEGIN IMMEDIATE")
            for number in range(count):
                book.execute(statement, {"id": number, "body": body})
            book.execute("COMMIT")
        for number in range(count):
            broker.execute("BEGIN IMMEDIATE")
            broker.execute(
                "INSERT INTO row (id, body, state) VALUES (?, ?, 'working')", (number, body)
            )
            broker.execute("COMMIT")
        return time.perf_counter() - begun


IDLE = """\
import asyncio, sqlite3, sys
async def run(connection):
    while True:
        connection.execute("PRAGMA data_version").fetchone()
        await asyncio.sleep(0.25)
asyncio.run(run(sqlite3.connect(sys.argv[1])))
"""
