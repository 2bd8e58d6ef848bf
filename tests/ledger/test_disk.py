"""A disk that fails under a real process: its system calls are made to fail."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from botd.ledger import Tx, open_ledger
from botd.ledger.opening import make_file
from botd.ledger.upkeep import check

_PROGRAM = """
import sys
from botd.errors import LedgerError
from botd.ledger import moments, open_ledger
from tests.ledger.given import DUE
ledger = open_ledger(sys.argv[1], threaded=False)
for number in range(6):
    try:
        ledger.write_now(lambda tx: moments.claim(tx, f"k{number}", DUE))
        print(f"k{number}")
    except LedgerError as error:
        print(error, file=sys.stderr)
"""


def injects() -> bool:
    """Whether this host lets a process be traced."""
    strace = shutil.which("strace")
    if strace is None:
        return False
    done = subprocess.run([strace, "-o", "/dev/null", "true"], capture_output=True, check=False)
    return done.returncode == 0


pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(not injects(), reason="system calls cannot be made to fail here"),
]


def keys(tx: Tx) -> list[str]:
    return [row[0] for row in tx.exec_driver_sql('SELECT "key" FROM moments ORDER BY "key"')]


@pytest.mark.parametrize(
    ("calls", "error", "first", "words", "goes_on"),
    [
        pytest.param("fdatasync,fsync", "EIO", 6, "the disk failed", False, id="a sync fails once"),
        pytest.param("pwrite64", "EIO", 20, "the disk failed", False, id="a write fails once"),
        pytest.param("pwrite64", "ENOSPC", 20, "the disk is full", True, id="full for a moment"),
    ],
)
def test_failing_disk_never_loses_what_was_answered(
    url: str,
    path: Path,
    calls: str,
    error: str,
    first: int,
    words: str,
    *,
    goes_on: bool,
) -> None:
    """After a failure of the disk this process writes no more; a full one is tried again."""
    make_file(path)
    done = subprocess.run(
        [
            str(shutil.which("strace")),
            "-f",
            "-o",
            "/dev/null",
            "-e",
            f"trace={calls}",
            "-e",
            f"inject={calls}:error={error}:when={first}",
            sys.executable,
            "-c",
            _PROGRAM,
            url,
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    answered = done.stdout.split()
    ledger = open_ledger(url, threaded=False)
    found = ledger.read_now(keys)
    ledger.close()

    assert words in done.stderr
    assert answered == found
    assert goes_on is ("k5" in answered)
    assert "k0" in answered
    assert () == check(url).faults
