import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from botd.errors import LedgerError
from botd.ledger.location import (
    file_of,
    file_system_of,
    is_missing,
    refuse_network,
    refuse_unfit,
)
from tests.ledger.given import NOBODY, give_to_nobody


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param(
            "sqlite:////var/lib/botd/botd.sqlite3", "/var/lib/botd/botd.sqlite3", id="absolute"
        ),
        pytest.param("sqlite:///var/botd.sqlite3", f"{Path.cwd()}/var/botd.sqlite3", id="relative"),
        pytest.param("sqlite+pysqlite:////a/b", "/a/b", id="with a driver"),
    ],
)
def test_url_names_a_file(url: str, expected: str) -> None:
    """Three slashes are relative to the working folder, four absolute."""
    assert Path(expected) == file_of(url)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_url_without_file_is_memory(url: str) -> None:
    """These URLs name no file."""
    assert None is file_of(url)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        pytest.param("botd.sqlite3", "not a URL", id="a bare path"),
        pytest.param("postgresql://ann:secret@db/botd", "postgresql", id="another database"),
        pytest.param("sqlite:////a?mode=ro", "no parameters", id="parameters"),
    ],
)
def test_other_urls_are_refused(url: str, found: str) -> None:
    """The message says what is wrong, and never a password."""
    with pytest.raises(LedgerError, match=found) as caught:
        file_of(url)

    assert "secret" not in str(caught.value)


def a_file(folder: Path) -> Path:
    path = folder / "botd.sqlite3"
    path.write_bytes(b"something")
    return path


def test_regular_file_is_fit(tmp_path: Path) -> None:
    """What SQLite may look at is let through."""
    refuse_unfit(a_file(tmp_path))


def test_symbolic_link_is_refused(tmp_path: Path) -> None:
    """The message names the file that the link means."""
    link = tmp_path / "link.sqlite3"
    link.symlink_to(a_file(tmp_path))

    with pytest.raises(LedgerError, match=r"symbolic link.*botd\.sqlite3"):
        refuse_unfit(link)


def test_dangling_link_is_refused(tmp_path: Path) -> None:
    """A link to nothing is something, and no ledger is made behind it."""
    link = tmp_path / "link.sqlite3"
    link.symlink_to(tmp_path / "nothing")

    assert not is_missing(link)
    with pytest.raises(LedgerError, match="symbolic link"):
        refuse_unfit(link)


def test_hard_link_is_refused(tmp_path: Path) -> None:
    """Two names would have two journals."""
    path = a_file(tmp_path)
    os.link(path, tmp_path / "other")

    with pytest.raises(LedgerError, match="2 names"):
        refuse_unfit(path)


def test_folder_is_refused(tmp_path: Path) -> None:
    """A folder is no file."""
    with pytest.raises(LedgerError, match="a directory"):
        refuse_unfit(tmp_path)


def test_socket_is_refused(tmp_path: Path) -> None:
    """Neither is anything else that only looks like one."""
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))

        with pytest.raises(LedgerError, match="not a regular file"):
            refuse_unfit(path)


def test_empty_file_is_refused(tmp_path: Path) -> None:
    """An empty file may be what is left of a ledger: nothing is written into it."""
    path = tmp_path / "botd.sqlite3"
    path.touch()

    with pytest.raises(LedgerError, match="an empty file"):
        refuse_unfit(path)


@pytest.mark.parametrize("is_file", [True, False], ids=["the file", "its folder"])
def test_read_only_place_is_refused(tmp_path: Path, *, is_file: bool) -> None:
    """What this user cannot write is refused before anything is tried."""
    path = a_file(tmp_path)
    place = path if is_file else tmp_path

    with (
        as_ordinary_user(tmp_path, place, 0o444 if is_file else 0o555),
        pytest.raises(LedgerError, match="by this user"),
    ):
        refuse_unfit(path)


@contextmanager
def as_ordinary_user(folder: Path, place: Path, mode: int) -> Iterator[None]:
    """Be a user whom modes bind, and for whom *place* has *mode*."""
    was = os.geteuid()
    if was == 0:
        give_to_nobody(folder)
    place.chmod(mode)
    os.seteuid(NOBODY if was == 0 else was)
    try:
        yield
    finally:
        os.seteuid(was)
        place.chmod(0o700)


_MOUNTS = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 22 0:44 / /srv/share\\040one rw,relatime shared:5 master:1 - nfs4 host:/share rw
31 30 0:45 / /srv/share\\040one/local rw - xfs /dev/vdb rw
32 22 0:46 / /mnt rw - ext4 /dev/vdc rw
33 22 0:47 / /mnt rw - cifs //host/share rw
short line
34 22 0:48 / /odd rw a b c d
"""


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        pytest.param("/home/ann", "ext4", id="the root"),
        pytest.param("/srv/share one", "nfs4", id="a mount point with a space"),
        pytest.param("/srv/share one/deep", "nfs4", id="below it"),
        pytest.param("/srv/share one/local/x", "xfs", id="a disk mounted below a share"),
        pytest.param("/srv/share onetwo", "ext4", id="a name that only starts alike"),
        pytest.param("/mnt", "cifs", id="the later of two mounts hides the earlier"),
        pytest.param("/odd", "ext4", id="lines that cannot be read are passed over"),
    ],
)
def test_file_system_is_that_of_the_nearest_mount(folder: str, expected: str) -> None:
    """Rows of proc_pid_mountinfo(5)."""
    assert expected == file_system_of(Path(folder), _MOUNTS)


def test_unknown_file_system_is_not_guessed() -> None:
    """Without a list of mounts nothing is claimed."""
    assert None is file_system_of(Path("/"), "")


def test_network_folder_is_refused(tmp_path: Path) -> None:
    """Locks do not hold there."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text("22 1 254:0 / / rw,relatime - nfs4 host:/ rw\n")

    with pytest.raises(LedgerError, match="nfs4"):
        refuse_network(tmp_path, mounts)


def test_host_without_mount_list_is_let_through(tmp_path: Path) -> None:
    """Not every system has /proc."""
    refuse_network(tmp_path, tmp_path / "missing")


def test_something_below_a_file_is_missing(tmp_path: Path) -> None:
    """A path through a file leads nowhere."""
    assert is_missing(a_file(tmp_path) / "botd.sqlite3")


def test_unreadable_path_is_refused() -> None:
    """What cannot even be looked at is no missing ledger."""
    with pytest.raises(LedgerError, match="cannot be entered"):
        is_missing(Path("/") / ("x" * 5_000))
