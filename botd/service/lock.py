"""
One daemon per ledger: a lock on a file of its own beside the ledger (`botd.lock`).

The lock is the kernel's and goes with the process, however that ends; what the file
says (who holds it, since when) counts only while it is held. It is never on the
ledger's own file: SQLite loses its locks when a process closes such a file twice. The
file is never removed: two processes could then each hold a lock on a file of its own.

The lock is of the open file (fcntl(2), "open file description locks"), like flock(2),
which can't be asked who holds it without taking it.
"""

import fcntl
import json
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from botd.errors import LedgerError, StateError

# struct flock: l_type, l_whence, l_start, l_len, l_pid (0 here, as the kernel asks).
_FLOCK = "@hhqqi4x"
_WHOLE_FILE = (os.SEEK_SET, 0, 0, 0)
_LONGEST = 4096  # bytes of a holder's description


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a ledger."""

    pid: int | None  # None: it has just begun and not yet said so
    since: datetime | None
    purpose: str  # "run" for the daemon, else the command that stands in for it

    def __str__(self) -> str:
        if self.pid is None or self.since is None:
            return "another process that is just starting"
        return f"process {self.pid} (botd {self.purpose}) since {self.since:%Y-%m-%d %H:%M:%S} UTC"


@contextmanager
def hold(path: Path, *, now: datetime, purpose: str) -> Iterator[None]:
    """
    Hold the lock for the length of a `with` block.

    Raises:
        StateError: somebody holds it; the message says who, and since when.
        LedgerError: the file can't be opened or written.
    """
    descriptor = _open(path, os.O_RDWR | os.O_CREAT)
    try:
        if not _is_taken(descriptor):
            raise StateError(f"the ledger is held by {_read(descriptor)} ({path})")
        _describe(descriptor, path, now, purpose)
        yield
    finally:
        os.close(descriptor)


def holder_of(path: Path) -> Holder | None:
    """
    Tell who holds the lock, without taking it, not even for a moment.

    None: nobody does.

    Raises:
        LedgerError: the file can't be read.
    """
    if not path.exists():
        return None
    descriptor = _open(path, os.O_RDONLY)
    try:
        question = struct.pack(_FLOCK, fcntl.F_RDLCK, *_WHOLE_FILE)
        answer = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, question)
        kind: int = struct.unpack(_FLOCK, answer)[0]
        return None if kind == fcntl.F_UNLCK else _read(descriptor)
    finally:
        os.close(descriptor)


def _is_taken(descriptor: int) -> bool:
    wish = struct.pack(_FLOCK, fcntl.F_WRLCK, *_WHOLE_FILE)
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, wish)
    except (BlockingIOError, PermissionError):  # EAGAIN, or EACCES on some file systems
        return False
    return True


def _open(path: Path, flags: int) -> int:
    try:
        descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as fault:
        raise _unusable(path, "opened", fault) from fault
    owner = path.parent.stat()
    # A file made by root must not shut out the service's own user.
    if os.geteuid() == 0 and flags & os.O_CREAT:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    return descriptor


def _describe(descriptor: int, path: Path, now: datetime, purpose: str) -> None:
    """Write down who holds it."""
    holder = {"pid": os.getpid(), "since": now.isoformat(), "purpose": purpose}
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder).encode(), 0)
    except OSError as fault:
        raise _unusable(path, "written", fault) from fault


def _unusable(path: Path, how: str, fault: OSError) -> LedgerError:
    return LedgerError(
        f"the lock {str(path)!r} can't be {how}: {fault.strerror}. "
        "Correct owner, mode, path or disk; nothing was done"
    )


def _read(descriptor: int) -> Holder:
    try:
        said = json.loads(os.pread(descriptor, _LONGEST, 0))
        since = datetime.fromisoformat(said["since"]).astimezone(UTC)
        return Holder(int(said["pid"]), since, str(said["purpose"]))
    except (ValueError, KeyError, TypeError):
        return Holder(None, None, "")
