"""
Where the ledger is.

    left out          var/botd.sqlite3 in the configuration folder
    left out, in /etc/botd      /var/lib/botd/botd.sqlite3: service and shell can't differ
    sqlite:///PATH    PATH from the configuration folder (from here, for --ledger)
    sqlite:////PATH   an absolute path
"""

from pathlib import Path

SYSTEM_DIR = Path("/etc/botd")
_SYSTEM_LEDGER = Path("/var/lib/botd/botd.sqlite3")
_LEDGER = Path("var/botd.sqlite3")
_SQLITE = "sqlite:///"
_ALLOWED = "allowed: sqlite:///PATH"


def default_ledger_path(directory: Path) -> Path:
    """Give the ledger's file of a configuration folder that names none."""
    is_system = directory.resolve() == SYSTEM_DIR.resolve()
    return _SYSTEM_LEDGER if is_system else directory.absolute() / _LEDGER


def ledger_path(url: str, base: Path) -> Path:
    """
    Give the file that *url* names, absolute; a relative one starts at *base*.

    Raises:
        ValueError: it is no URL of a SQLite file.
    """
    if url.startswith("postgres"):
        # Not repeated: it may hold a password.
        raise ValueError(f"PostgreSQL is not there yet: this version keeps SQLite only; {_ALLOWED}")
    path = url.removeprefix(_SQLITE)
    if not url.startswith(_SQLITE) or not path.strip("/") or ":memory:" in path or "?" in path:
        raise ValueError(f"{url!r} names no SQLite file; {_ALLOWED}")
    return base.absolute() / path


def ledger_url(path: Path) -> str:
    """Write the URL of a ledger's absolute *path*."""
    return f"{_SQLITE}{path}"
