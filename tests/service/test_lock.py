import os
import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from botd.errors import LedgerError, StateError
from botd.service.lock import Holder, hold, holder_of

NOW = datetime(2015, 12, 24, 17, 50, tzinfo=UTC)
HOLDING = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from botd.service.lock import hold
with hold(Path(sys.argv[1]), now=datetime(2015, 12, 24, 17, 50, tzinfo=UTC), purpose="run"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "botd.lock"


def test_the_holder_is_told(path: Path) -> None:
    """Who asks learns pid, instant and purpose; afterwards nobody holds it."""
    with hold(path, now=NOW, purpose="close"):
        assert Holder(os.getpid(), NOW, "close") == holder_of(path)

    assert holder_of(path) is None


def test_a_second_holder_is_refused(path: Path) -> None:
    """The refusal names the process that holds it, and since when."""
    words = rf"held by process {os.getpid()} \(botd run\) since 2015-12-24 17:50:00 UTC"

    with (
        hold(path, now=NOW, purpose="run"),
        pytest.raises(StateError, match=words),
        hold(path, now=NOW, purpose="close"),
    ):
        pass  # pragma: no cover - never held twice


def test_asking_does_not_let_go(path: Path) -> None:
    """A holder stays a holder, however often others ask or try."""
    with hold(path, now=NOW, purpose="run"):
        for _ in range(3):
            holder_of(path)
            with pytest.raises(StateError), hold(path, now=NOW, purpose="close"):
                pass  # pragma: no cover - never held twice

        assert holder_of(path) is not None


def test_nobody_ever_held_it(path: Path) -> None:
    """No file, no holder; asking makes none."""
    assert holder_of(path) is None
    assert not path.exists()


def test_a_killed_holder_holds_nothing(path: Path) -> None:
    """After SIGKILL the lock is free at once, though the file still names the dead."""
    with subprocess.Popen(
        (sys.executable, "-c", HOLDING, str(path)), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert b"held\n" == process.stdout.readline()
        assert Holder(process.pid, NOW, "run") == holder_of(path)
        process.send_signal(signal.SIGKILL)
        process.wait()

    assert holder_of(path) is None
    with hold(path, now=NOW, purpose="run"):
        assert Holder(os.getpid(), NOW, "run") == holder_of(path)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="it has not written yet"),
        pytest.param('{"pid": 1', id="half written"),
        pytest.param('{"pid": 1, "since": "x", "purpose": ""}', id="no instant"),
        pytest.param("[]", id="another shape"),
    ],
)
def test_a_holder_that_has_not_said_who_it_is(path: Path, text: str) -> None:
    """A lock is a lock, whatever its file says."""
    with hold(path, now=NOW, purpose="run"):
        path.write_text(text)

        holder = holder_of(path)

    assert Holder(None, None, "") == holder
    assert "another process that is just starting" == str(holder)


def test_only_the_owner_may_read_it(path: Path) -> None:
    """The file is nobody else's business."""
    with hold(path, now=NOW, purpose="run"):
        assert 0o600 == stat.S_IMODE(path.stat().st_mode)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_lock_made_by_root_belongs_to_the_service(path: Path) -> None:
    """`botd close` by root, with the daemon dead, doesn't shut the daemon's own user out."""
    os.chown(path.parent, 65534, 65534)

    with hold(path, now=NOW, purpose="close"):
        assert (65534, 65534) == (path.stat().st_uid, path.stat().st_gid)


@pytest.mark.parametrize("target", ["missing", "folder"])
def test_a_lock_that_cannot_be_opened(tmp_path: Path, target: str) -> None:
    """The message names the file and the reason."""
    (tmp_path / "folder").mkdir()
    path = tmp_path / target / "x" if target == "missing" else tmp_path / target

    with pytest.raises(LedgerError, match="can't be opened"), hold(path, now=NOW, purpose="run"):
        pass  # pragma: no cover - never held


def test_a_link_is_not_followed(tmp_path: Path, path: Path) -> None:
    """A link in the lock's place could make root write to another file."""
    path.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(LedgerError), hold(path, now=NOW, purpose="run"):
        pass  # pragma: no cover - never held

    assert not (tmp_path / "elsewhere").exists()
