import sqlite3

import pytest
from sqlalchemy.exc import ResourceClosedError

from botd.ledger.faults import explain, is_breaking


def an_error(name: str) -> sqlite3.Error:
    error = sqlite3.OperationalError("the database's own words")
    error.sqlite_errorname = name  # as the driver sets it
    return error


@pytest.mark.parametrize(
    ("error", "expected", "breaks"),
    [
        pytest.param(an_error("SQLITE_FULL"), "Free space", False, id="disk full"),
        pytest.param(an_error("SQLITE_READONLY_DIRECTORY"), "be written", False, id="read-only"),
        pytest.param(an_error("SQLITE_BUSY_SNAPSHOT"), "another process", False, id="locked"),
        pytest.param(an_error("SQLITE_IOERR_FSYNC"), "the disk failed", True, id="failed sync"),
        pytest.param(an_error("SQLITE_CORRUPT_VTAB"), "it is damaged", True, id="damaged"),
        pytest.param(an_error("SQLITE_NOTADB"), "no SQLite file", True, id="not a database"),
        pytest.param(an_error("SQLITE_MISUSE"), "unexpected", False, id="something else"),
        pytest.param(sqlite3.ProgrammingError("odd"), "odd", False, id="Python's own"),
        pytest.param(sqlite3.ProgrammingError(), "no words", False, id="without words"),
        pytest.param(ResourceClosedError("closed"), "closed", False, id="SQLAlchemy's own"),
        pytest.param(PermissionError(13, "Not you"), "Not you", False, id="system"),
        pytest.param(OSError("odd"), "odd", False, id="system, without a number"),
        pytest.param(
            UnicodeDecodeError("utf-8", b"\xe9", 0, 1, "odd"),
            "it is damaged",
            True,
            id="odd text",
        ),
        pytest.param(None, "gave the transaction up", False, id="nothing is known"),
    ],
)
def test_error_is_told_to_a_person(
    error: Exception | None,
    expected: str,
    *,
    breaks: bool,
) -> None:
    """Each message names the place, and what to do; some end the writing for good."""
    told = str(explain("/var/botd.sqlite3", error))

    assert told.startswith("ledger /var/botd.sqlite3: ")
    assert expected in told
    assert breaks is is_breaking(error)
