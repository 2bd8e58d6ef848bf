"""What only a real process can meet: readers that leave, and streams that take nothing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.house import PUT_740, House, entry, house_in

pytestmark = pytest.mark.system

BOTD = (sys.executable, "-m", "botd")


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[House]:
    for made in house_in(tmp_path, capsys):
        made.take_in(entry("held", PUT_740))
        yield made


def shell(house: House, line: str, *, with_pipes: bool = False) -> subprocess.CompletedProcess[str]:
    """Run a line of a shell, in which `botd` is the command."""
    options = "set -o pipefail; " if with_pipes else ""
    return subprocess.run(
        ["bash", "-c", f'{options}botd() {{ {" ".join(BOTD)} "$@"; }}; {line}'],  # noqa: S607
        cwd=house.folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("positions", "list"), id="a table"),
        pytest.param(("positions", "list", "--json"), id="a document"),
        pytest.param((), id="the board"),
        pytest.param(("history", "--csv"), id="a spreadsheet"),
        pytest.param(("replay",), id="a day as it is played"),
        pytest.param(("--help",), id="help"),
    ],
)
def test_reader_that_leaves(house: House, arguments: tuple[str, ...]) -> None:
    """Nobody reads: it ends as a signal would end it, without a word."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*BOTD, *arguments],
        cwd=house.folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)

    notes = [line for line in done.stderr.splitlines() if "gets the defaults" not in line]
    assert (141, []) == (done.returncode, notes)


def test_first_line_of_a_table(house: House) -> None:
    """`| head -1` has its line, and no complaint beside it."""
    done = shell(house, "botd positions list | head -1")

    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.startswith("no  position")
    assert 1 == done.stdout.count("\n")


@pytest.mark.parametrize("arguments", ["positions list", "calendar --json", "history --csv"])
def test_output_onto_a_full_disk(house: House, arguments: str) -> None:
    """It did not arrive, and that is said."""
    done = shell(house, f"botd {arguments} > /dev/full")

    assert (1, "botd: standard output: No space left on device\n") == (
        done.returncode,
        done.stderr,
    )


def test_taken_although_the_answer_does_not_arrive(house: House) -> None:
    """What is committed stays so, whatever becomes of the words about it."""
    done = shell(house, "botd take held > /dev/full")

    assert 1 == done.returncode
    assert "manual" == house.position("held").managed_by.value


@pytest.mark.parametrize(
    ("line", "code"),
    [
        pytest.param("botd take held >&-", 0, id="no standard output"),
        pytest.param("botd take held >&- 2>&-", 0, id="neither"),
        pytest.param("botd take held 2>/dev/full", 0, id="warnings onto a full disk"),
        pytest.param("botd take nobody 2>/dev/full", 3, id="a refusal onto a full disk"),
        pytest.param("botd take nobody 2>&-", 3, id="a refusal to nobody"),
    ],
)
def test_streams_that_are_closed(house: House, line: str, code: int) -> None:
    """The work is done, and the exit code says so: a script needs nothing else."""
    done = shell(house, line)

    assert (code, "") == (done.returncode, done.stderr)
    assert ("manual" if not code else "bot") == house.position("held").managed_by.value


def test_input_that_is_closed(house: House) -> None:
    """A bot that hands in nothing is told so."""
    done = shell(house, "botd positions import - <&-")

    assert 2 == done.returncode
    assert "standard input" in done.stderr
    assert "Traceback" not in done.stderr
