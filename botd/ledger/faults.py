"""What an error of the database or the disk means for a person, and what to do."""

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from botd.errors import LedgerError

# By the primary name of SQLite's result code (https://www.sqlite.org/rescode.html).
_MEANINGS = {
    "SQLITE_FULL": "the disk is full. Free space; nothing of this was recorded",
    "SQLITE_READONLY": "it cannot be written. Correct owner, mode or the read-only mount",
    "SQLITE_PERM": "it cannot be opened by this user. Correct owner or mode",
    "SQLITE_CANTOPEN": "it cannot be opened. Correct owner, mode or path",
    "SQLITE_BUSY": "another process has held it for too long. End that process, or try again",
    "SQLITE_LOCKED": "another connection has held it for too long. Try again",
    "SQLITE_IOERR": "the disk failed. Check the disk, then `botd ledger check`, then restart",
    "SQLITE_CORRUPT": "it is damaged. Keep the file, and restore a backup (`botd ledger check`)",
    "SQLITE_NOTADB": "it is no SQLite file, or its start is damaged. Restore a backup",
    "SQLITE_CONSTRAINT": "a rule of the ledger forbids it",
}
_UNREADABLE = "Could not decode to UTF-8"  # as Python says it, without a result code
_BREAKING = frozenset({"SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTADB"})


def explain(place: str, error: BaseException | None) -> LedgerError:
    """Make the `LedgerError` that tells what *error* means at *place*."""
    if error is None:
        return LedgerError(f"ledger {place}: the database gave the transaction up")
    if isinstance(error, OSError):
        return LedgerError(f"ledger {place}: {_strerror(error)}. Correct owner, mode, path or disk")
    meaning = _MEANINGS.get(_primary_name(error), "an unexpected database error")
    return LedgerError(f"ledger {place}: {meaning} ({_words(error)})")


def _strerror(error: OSError) -> str:
    return error.strerror or str(error)


def is_breaking(error: BaseException | None) -> bool:
    """
    Whether nothing may be written any more through this connection.

    After a failed write or sync the disk's state is not known, and another sync may
    report success for data that is lost (https://danluu.com/fsyncgate/): the process
    starts anew instead.
    """
    return _primary_name(error) in _BREAKING


def _original(error: BaseException | None) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else error


def _primary_name(error: BaseException | None) -> str:
    original = _original(error)
    if isinstance(original, UnicodeDecodeError) or _UNREADABLE in str(original):
        return "SQLITE_CORRUPT"  # text, or a message quoting it, that was never written so
    name = getattr(original, "sqlite_errorname", None)  # lacking where Python itself raised
    if not isinstance(name, str):
        return ""
    return "_".join(name.split("_")[:2])


def _words(error: BaseException | None) -> str:
    original = _original(error)
    name = getattr(original, "sqlite_errorname", type(original).__name__)
    return f"{name}: {str(original).splitlines()[0] if str(original) else 'no words'}"


DATABASE_ERRORS = (SQLAlchemyError, sqlite3.Error, UnicodeDecodeError)
