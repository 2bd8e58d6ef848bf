"""What a command line must not do with what it refuses."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.service.house import Answer, House

_LOCK = "botd.lock"  # is never removed, as its module says


def files_of(folder: Path) -> dict[str, bytes]:
    """Read everything that stands in a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != _LOCK
    }


@contextmanager
def untouched(house: House) -> Iterator[None]:
    """Nothing that stood there is changed, and nothing is new."""
    before = files_of(house.folder)
    yield
    after = files_of(house.folder)
    assert before.keys() == after.keys()
    assert before == after


def refused(house: House, code: int, words: list[str], *arguments: str) -> Answer:
    """Run a command line that must come to nothing."""
    with untouched(house):
        answer = house.run(*arguments)

    assert (code, "") == (answer.code, answer.out), answer.err
    assert "Traceback" not in answer.err
    assert all(line.startswith("botd: ") for line in answer.err.splitlines())
    for each in words:
        assert each in answer.err
    return answer


def shows(house: House) -> bool:
    """Whether the book can still be looked at."""
    answer = house.run("positions", "list")
    return answer.code == 0 and "GOOG 740P -1" in answer.out
