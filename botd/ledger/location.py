"""
Which file a ledger URL means, and whether that place is fit for one.

The file is never opened here: closing a second descriptor of a SQLite file drops
the POSIX locks of the whole process (https://www.sqlite.org/howtocorrupt.html, 2.2).
"""

import os
import stat
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from botd.errors import LedgerError

# SQLite's locks do not hold there (https://www.sqlite.org/faq.html, question 5).
_NETWORK_FILE_SYSTEMS = frozenset(
    {
        "9p",
        "afs",
        "ceph",
        "cifs",
        "coda",
        "fuse.glusterfs",
        "fuse.s3fs",
        "fuse.sshfs",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
    },
)
_KNOWS_EFFECTIVE = os.access in os.supports_effective_ids
_MOUNTS = Path("/proc/self/mountinfo")


def file_of(url: str) -> Path | None:
    """
    Tell the file of a `sqlite:///path` URL; None: a ledger in memory.

    Raises:
        LedgerError: it is no URL, or names a database that is not wired yet.
    """
    try:
        parts = make_url(url)
    except ArgumentError:
        raise LedgerError(
            f"ledger URL {url!r}: not a URL; write sqlite:///relative/path or sqlite:////absolute",
        ) from None
    if parts.get_backend_name() != "sqlite":
        raise LedgerError(
            f"ledger URL {parts.render_as_string()!r}: {parts.get_backend_name()!r} is not "
            "supported by this version; write sqlite:///path",
        )
    if parts.query:
        raise LedgerError(f"ledger URL {url!r}: takes no parameters after '?'")
    if parts.database in {None, "", ":memory:"}:
        return None
    return Path(str(parts.database)).absolute()


def is_missing(path: Path) -> bool:
    """
    Whether nothing is at *path*.

    Raises:
        LedgerError: its folder cannot be entered, so that nobody knows.
    """
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError as error:
        raise LedgerError(
            f"ledger {path}: its folder cannot be entered by this user "
            f"(uid {os.geteuid()}: {error.strerror}). Correct owner or mode",
        ) from error
    return False


def refuse_unfit(path: Path) -> None:
    """
    Refuse an existing *path* that cannot be a ledger, before SQLite looks at it.

    Raises:
        LedgerError: with the path, what was found, and what to do.
    """
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        raise LedgerError(
            f"ledger {path}: a symbolic link; its journal would lie elsewhere. "
            f"Name the file itself: {path.resolve()}",
        )
    if stat.S_ISDIR(found.st_mode):
        raise LedgerError(f"ledger {path}: a directory; name the file in it, as botd.sqlite3")
    if not stat.S_ISREG(found.st_mode):
        raise LedgerError(f"ledger {path}: not a regular file; name another")
    if found.st_nlink > 1:
        raise LedgerError(
            f"ledger {path}: has {found.st_nlink} names (hard links), and a journal belongs to "
            "one name only. Remove the other names, or copy with `botd ledger backup`",
        )
    if found.st_size == 0:
        raise LedgerError(
            f"ledger {path}: an empty file, not a ledger. Remove it, or restore a backup; "
            "`botd run` makes a new one where none is",
        )
    _refuse_read_only(path)
    refuse_network(path.parent)


def _refuse_read_only(path: Path) -> None:
    for place, what in ((path, "the file"), (path.parent, "its folder, where the journal goes,")):
        if not os.access(place, os.R_OK | os.W_OK, effective_ids=_KNOWS_EFFECTIVE):
            raise LedgerError(
                f"ledger {path}: {what} cannot be read and written by this user "
                f"(uid {os.geteuid()}). Correct owner or mode, or the read-only mount",
            )


def refuse_network(folder: Path, mounts: Path = _MOUNTS) -> None:
    """
    Refuse a folder on a network file system.

    Raises:
        LedgerError: with the file system found, and what to do.
    """
    kind = file_system_of(folder.resolve(), _text_of(mounts))
    if kind in _NETWORK_FILE_SYSTEMS:
        raise LedgerError(
            f"ledger folder {folder}: lies on a network file system ({kind}), where locks do not "
            "hold. Name a folder on a local disk",
        )


def _text_of(mounts: Path) -> str:
    try:
        return mounts.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:  # not Linux, or no /proc: nothing is known, nothing is claimed
        return ""


def file_system_of(folder: Path, mounts: str) -> str | None:
    """
    Tell the type of the file system that holds *folder*; None: unknown.

    *mounts* is the text of `/proc/self/mountinfo` (proc_pid_mountinfo(5)): the fifth
    field is the mount point, the type follows a lone hyphen. Later mounts hide
    earlier ones at the same place.
    """
    best: tuple[int, str] | None = None
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 10 or "-" not in fields[6:]:  # noqa: PLR2004 - the least the format has
            continue
        point = _unescaped(fields[4])
        if folder == point or point in folder.parents:
            depth = len(point.parts)
            if best is None or depth >= best[0]:
                best = (depth, fields[fields.index("-", 6) + 1])
    return best[1] if best else None


def _unescaped(field: str) -> Path:
    for code in ("040", "011", "012", "134"):
        field = field.replace(f"\\{code}", chr(int(code, 8)))
    return Path(field)
