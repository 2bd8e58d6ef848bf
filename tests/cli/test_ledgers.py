import sqlite3

from botd.ledger.schema import SCHEMA_VERSION
from botd.service.inspection import lock_path
from botd.service.lock import hold
from tests.cli.book import NOW, Book
from tests.cli.conftest import Shell


def test_a_whole_ledger(shell: Shell, day: Book) -> None:
    """What was looked at is counted."""
    said = shell("ledger", "check")

    assert (0, f"whole: 9 positions, 15 events, 3 orders in {shell.ledger_path}\n") == (
        said.code,
        said.out,
    )
    assert {
        "ok": True,
        "ledger": str(shell.ledger_path),
        "positions": 9,
        "events": 15,
        "orders": 3,
        "faults": [],
    } == shell("ledger", "check", "--json").document


def test_a_ledger_that_somebody_edited(shell: Shell, day: Book) -> None:
    """Exit 1, and each difference between a position and its events is named."""
    day.ledger.close()
    with sqlite3.connect(shell.ledger_path) as raw:
        raw.execute("UPDATE positions SET units = 7 WHERE id = 'goog-1'")
    raw.close()

    said, found = shell("ledger", "check"), shell("ledger", "check", "--json")

    assert (1, "") == (said.code, said.out)
    assert "units is 7, its events make it 1" in said.err
    assert (1, False) == (found.code, found.document["ok"])


def test_a_backup(shell: Shell, day: Book) -> None:
    """A copy is made beside a ledger at work, and is a ledger itself."""
    said = shell("ledger", "backup", "copy.sqlite3")

    copy = shell.cwd / "copy.sqlite3"
    assert (0, f"copied {shell.ledger_path} to {copy}\n") == (said.code, said.out)
    assert (
        9 == shell("--ledger", f"sqlite:///{copy}", "positions", "list", "--json").document["total"]
    )
    assert 1 == shell("ledger", "backup", "copy.sqlite3").code
    other = shell("ledger", "backup", "other.sqlite3", "--json").document
    assert str(shell.cwd / "other.sqlite3") == other["backup"]


def test_migrate_makes_a_ledger_where_none_is(shell: Shell) -> None:
    """The folder is made, too; a second call changes nothing."""
    for path in shell.ledger_path.parent.iterdir():
        path.unlink()
    shell.ledger_path.parent.rmdir()

    path, now = shell.ledger_path, SCHEMA_VERSION

    assert f"made {path}, schema {now}\n" == shell("ledger", "migrate").out
    assert f"{path} has schema {now} already\n" == shell("ledger", "migrate").out
    assert {
        "ledger": str(shell.ledger_path),
        "from_version": now,
        "to_version": now,
        "copy": None,
    } == shell("ledger", "migrate", "--json").document


def test_migrate_keeps_a_copy(shell: Shell, day: Book) -> None:
    """An older ledger is brought forward, and the file as it was is named."""
    day.ledger.close()
    with sqlite3.connect(shell.ledger_path) as raw:
        raw.execute("PRAGMA user_version = 0")
    raw.close()

    said = shell("ledger", "migrate")

    copy = f"{shell.ledger_path}.schema-0"
    words = f"{shell.ledger_path}: schema 0 to {SCHEMA_VERSION}; as it was: {copy}\n"
    assert (0, words) == (said.code, said.out)
    assert 0 == shell("ledger", "check").code


def test_migrate_leaves_a_daemon_alone(shell: Shell, book: Book) -> None:
    """Exit 4 while somebody holds the ledger."""
    with hold(lock_path(shell.ledger_path), now=NOW, purpose="run"):
        said = shell("ledger", "migrate")

    assert 4 == said.code
    assert "the ledger is held by process" in said.err


def test_path(shell: Shell) -> None:
    """Where the ledger is, whether or not it exists."""
    assert f"{shell.ledger_path}\n" == shell("ledger", "path").out
    assert {"ledger": str(shell.ledger_path), "exists": False} == shell(
        "ledger", "path", "--json"
    ).document
