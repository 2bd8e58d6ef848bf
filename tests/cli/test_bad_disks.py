"""
Disks that take nothing more, through the real command line.

What could not be written is refused as in `test_bad_input`, and has not happened.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.mistakes import refused, shows, untouched
from tests.service.house import PUT_740, PUT_752, House, entry, house_in


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of two megabytes, where that is allowed."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid():
        pytest.skip("only root can mount a disk")
    words = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", str(place)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)  # noqa: S607 - as above


@pytest.fixture
def house_on_disk(disk: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[House]:
    for made in house_in(disk, capsys):
        made.take_in(entry("held", PUT_740))
        made.write("more.toml", entry("more", PUT_752))
        yield made


def fill(disk: Path) -> None:
    """Leave no byte free."""
    with suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
        while filler.write(b"x" * 512):
            pass


def make_read_only(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)  # noqa: S607 - as above


OTHER = ("--ledger", "sqlite:///other.sqlite3")
ON_A_FULL_DISK = "the disk is full. Free space; nothing of this was recorded"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(("take", "held"), ON_A_FULL_DISK, id="take"),
        pytest.param(("policy", "held", "accept"), ON_A_FULL_DISK, id="policy"),
        pytest.param(("close", "held"), ON_A_FULL_DISK, id="close"),
        pytest.param(("halt",), ON_A_FULL_DISK, id="halt"),
        pytest.param(("positions", "import", "more.toml"), ON_A_FULL_DISK, id="import"),
        pytest.param(
            (*OTHER, "positions", "import", "more.toml"),
            f"other.sqlite3: {ON_A_FULL_DISK}",
            id="import into a new ledger",
        ),
        pytest.param(("ledger", "backup", "b.sqlite3"), "b.sqlite3: the disk is full", id="backup"),
        pytest.param(
            ("ledger", "migrate"), "botd.lock' can't be written: No space left", id="migrate"
        ),
        pytest.param(("run",), "botd.lock' can't be written: No space left", id="the daemon"),
        pytest.param(
            ("replay", "--json", "--report", "day.html"), "day.html: No space left", id="a report"
        ),
    ],
)
def test_full_disk(
    house_on_disk: House, disk: Path, arguments: tuple[str, ...], words: str
) -> None:
    """What was not recorded has not happened, nothing new is left, and reading goes on."""
    fill(disk)

    refused(house_on_disk, 1, [words], *arguments)

    assert shows(house_on_disk)


READ_ONLY = "Correct owner or mode, or the read-only mount"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(("take", "held"), READ_ONLY, id="take"),
        pytest.param(("halt",), READ_ONLY, id="halt"),
        pytest.param(("close", "held"), READ_ONLY, id="close"),
        pytest.param(("positions", "import", "more.toml"), READ_ONLY, id="import"),
        pytest.param(("positions", "list"), READ_ONLY, id="a look"),
        pytest.param(
            (*OTHER, "positions", "import", "more.toml"),
            "other.sqlite3: Read-only file system",
            id="import into a new ledger",
        ),
        pytest.param(("run",), "botd.lock' can't be opened: Read-only file system", id="daemon"),
    ],
)
def test_read_only_disk(
    house_on_disk: House, disk: Path, arguments: tuple[str, ...], words: str
) -> None:
    """The file and what to correct are told; the state does not forbid it, the disk does."""
    make_read_only(disk)

    refused(house_on_disk, 1, [words], *arguments)


def test_report_on_a_read_only_disk(house_on_disk: House, disk: Path) -> None:
    """It is told before the day is played."""
    make_read_only(disk)

    with untouched(house_on_disk):
        answer = house_on_disk.run("replay", "--json", "--report", "day.html")

    assert (2, "") == (answer.code, answer.out)
    assert "--report" in answer.err
    assert "day.html cannot be written" in answer.err
