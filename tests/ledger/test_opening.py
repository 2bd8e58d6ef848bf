import contextlib
import fcntl
import os
import sqlite3
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from botd.errors import BotdError, LedgerError, NotFoundError
from botd.ledger import open_ledger, positions
from botd.ledger.opening import LARGEST_CHECKED
from botd.ledger.schema import APPLICATION_ID, SCHEMA_VERSION
from botd.ledger.upkeep import check
from tests.ledger.given import a_position, hold


def make(url: str, count: int = 0) -> None:
    ledger = open_ledger(url, create=True, threaded=False)
    if count:
        hold(ledger, *(a_position(f"goog-{number}") for number in range(count)))
    ledger.close()


def test_new_ledger_is_the_owners_alone(url: str, path: Path) -> None:
    """Its folders are made with it, and nobody else may read either."""
    make(url)

    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert 0o700 == stat.S_IMODE(path.parent.stat().st_mode)
    assert [path] == list(path.parent.iterdir())


def test_new_ledger_says_what_it_is(url: str, path: Path) -> None:
    """The header names the application and the schema."""
    make(url)
    raw = sqlite3.connect(path)
    found = [
        raw.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    ]
    raw.close()

    assert [APPLICATION_ID, SCHEMA_VERSION] == found


def test_missing_ledger_is_made_only_when_asked(url: str, path: Path) -> None:
    """Opening names the commands that make one, and makes nothing; a replay makes its own."""
    with pytest.raises(NotFoundError, match="botd run") as raised:
        open_ledger(url)

    assert "replay" not in str(raised.value)
    assert not path.parent.exists()


def test_ledger_is_opened_again(url: str) -> None:
    """`create` leaves one that is there as it is."""
    make(url, count=3)
    ledger = open_ledger(url, create=True, threaded=False)

    assert 3 == len(ledger.read_now(positions.live))

    ledger.close()


def test_rest_of_an_interrupted_making_is_cleared(url: str, path: Path) -> None:
    """A maker that was killed leaves a file under another name, and nothing in the way."""
    path.parent.mkdir()
    apart = path.with_name(f".{path.name}.new")
    apart.write_bytes(b"half")
    apart.with_name(f"{apart.name}-journal").write_bytes(b"half")

    make(url)

    assert [path] == list(path.parent.iterdir())


def test_two_makers_do_not_meet(url: str, path: Path) -> None:
    """While one process makes the ledger, another is told to try again."""
    path.parent.mkdir()
    folder = os.open(path.parent, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)

    with pytest.raises(LedgerError, match="makes it just now"):
        open_ledger(url, create=True)

    os.close(folder)


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file stands where the folder should."""
    (tmp_path / "file").write_bytes(b"x")

    with pytest.raises(LedgerError, match="Correct owner, mode, path or disk"):
        open_ledger(f"sqlite:///{tmp_path}/file/botd.sqlite3", create=True)


def test_loose_mode_is_tightened(url: str, path: Path) -> None:
    """A copy made with another umask becomes the owner's alone."""
    make(url)
    path.chmod(0o644)
    open_ledger(url, threaded=False).close()

    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_other_programs_database_is_refused(url: str, path: Path) -> None:
    """The file is left exactly as it was."""
    path.parent.mkdir()
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("CREATE TABLE photos (name)")
    raw.close()
    before = path.read_bytes()

    with pytest.raises(LedgerError, match="something else"):
        open_ledger(url, create=True)

    assert before == path.read_bytes()


def test_text_file_is_refused(url: str, path: Path) -> None:
    """It is not even a database."""
    path.parent.mkdir()
    path.write_text("Dear diary, " * 1_000)

    with pytest.raises(LedgerError, match="SQLITE_NOTADB"):
        open_ledger(url, create=True)


@pytest.mark.parametrize(
    ("version", "words"),
    [
        pytest.param(SCHEMA_VERSION + 1, "newer botd", id="newer"),
        pytest.param(SCHEMA_VERSION - 1, "botd ledger migrate", id="older"),
    ],
)
def test_other_schema_is_refused(url: str, path: Path, version: int, words: str) -> None:
    """The message says which of the two has to change."""
    make(url)
    raw = sqlite3.connect(path)
    raw.execute(f"PRAGMA user_version = {version}")
    raw.close()

    with pytest.raises(LedgerError, match=words):
        open_ledger(url)


def test_cut_off_file_is_refused(url: str, path: Path) -> None:
    """Half a ledger is none."""
    make(url, count=20)
    os.truncate(path, path.stat().st_size // 2)

    with pytest.raises(LedgerError, match="damaged"):
        open_ledger(url)


def test_page_of_noise_is_refused(url: str, path: Path) -> None:
    """A page that the disk lost is noticed at once."""
    make(url, count=20)
    with path.open("r+b") as file:
        file.seek(path.stat().st_size - 4096)
        file.write(os.urandom(4096))

    with pytest.raises(LedgerError, match="damaged"):
        open_ledger(url)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "botd.sqlite3"
    make(f"sqlite:///{path}", count=20)
    return path


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
def test_flipped_byte_is_told_as_a_ledger_error(
    whole: Path,
    tmp_path: Path,
    place: float,
    mask: int,
) -> None:
    """Wherever a byte is damaged, the ledger works or says what is wrong: no other error comes."""
    path = tmp_path / "botd.sqlite3"
    content = bytearray(whole.read_bytes())
    content[int(place * len(content))] ^= mask
    path.write_bytes(content)

    with contextlib.suppress(BotdError):
        check(f"sqlite:///{path}")
    with (
        contextlib.suppress(BotdError),
        contextlib.closing(
            open_ledger(f"sqlite:///{path}", threaded=False),
        ) as ledger,
    ):
        ledger.read_now(positions.live)


def test_large_ledger_opens_without_reading_every_page(url: str, path: Path) -> None:
    """The check at opening is bounded; `botd ledger check` reads it all."""
    make(url, count=20)
    with path.open("r+b") as file:
        file.seek(path.stat().st_size - 4096)
        file.write(os.urandom(4096))
    os.truncate(path, LARGEST_CHECKED + 4096)

    open_ledger(url, threaded=False).close()


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        pytest.param(b"'sending'", b"'sendinh'", "one_live_order", id="one live order"),
        pytest.param(
            b"events are append-only", b"events are append-onlx", "events_never", id="log"
        ),
    ],
)
def test_damaged_rule_is_refused(
    url: str, path: Path, before: bytes, after: bytes, name: str
) -> None:
    """Its pages are whole, and nothing but its text shows that it no longer holds."""
    make(url)
    content = path.read_bytes()
    assert before in content
    path.write_bytes(content.replace(before, after))

    with pytest.raises(LedgerError, match=rf"is damaged \({name}.* not as this version makes it"):
        open_ledger(url, threaded=False)


def test_rule_that_is_no_text_any_more_is_refused(url: str, path: Path) -> None:
    """Its bytes cannot even be read as words."""
    make(url)
    path.write_bytes(path.read_bytes().replace(b"'sending'", b"'\xff\xff\xff\xff\xff\xff\xff'"))

    with pytest.raises(LedgerError, match="it is damaged"):
        open_ledger(url, threaded=False)
