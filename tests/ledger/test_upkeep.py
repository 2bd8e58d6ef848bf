import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from botd.errors import LedgerError, NotFoundError
from botd.ledger import open_ledger, positions
from botd.ledger.opening import make_file, make_memory
from botd.ledger.schema import APPLICATION_ID, SCHEMA_VERSION
from botd.ledger.upkeep import Migration, backup, check, migrate, path_of
from tests.ledger.given import a_position, a_report, an_intent, hear, hold, send, take

_SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"


def schema_of(raw: sqlite3.Connection) -> set[tuple[str, ...]]:
    """Read what there is, without the white space of its definition."""
    found = {(*row[:3], "".join(row[3].split())) for row in raw.execute(_SCHEMA)}
    raw.close()
    return found


def make(url: str) -> None:
    """Make a ledger with a little history."""
    ledger = open_ledger(url, create=True, threaded=False)
    hold(ledger, a_position("a"), a_position("b"))
    send(ledger, an_intent("a"))
    hear(ledger, a_report(an_intent("a"), filled_units=1))
    take(ledger, "b")
    ledger.close()


def run(path: Path, *statements: str) -> None:
    raw = sqlite3.connect(path)
    for statement in statements:
        raw.execute(statement)
    raw.commit()
    raw.close()


@pytest.fixture
def older(path: Path) -> Path:
    """The file of a ledger before its first schema."""
    path.parent.mkdir()
    run(
        path,
        f"PRAGMA application_id = {APPLICATION_ID}",
        "CREATE TABLE kept (word TEXT)",
        "INSERT INTO kept VALUES ('as it was')",
    )
    return path


def test_migrated_ledger_is_like_a_new_one(older: Path, url: str) -> None:
    """Both ways to a schema lead to the same one, triggers and indexes included."""
    run(older, "DROP TABLE kept")
    migrate(url)

    assert schema_of(make_memory()) == schema_of(sqlite3.connect(older))
    assert () == check(url).faults

    make(url)


def test_bound_accounts_are_kept(path: Path, url: str) -> None:
    """A ledger of the schema before knows each broker's account; it is known after, too."""
    make(url)
    run(
        path,
        "DROP TABLE accounts",
        "CREATE TABLE accounts (broker TEXT NOT NULL, account TEXT NOT NULL, "
        "environment TEXT NOT NULL, mode TEXT NOT NULL, bound_at TEXT NOT NULL, "
        "changed_at TEXT NOT NULL, PRIMARY KEY (broker)) STRICT",
        "INSERT INTO accounts VALUES ('alpaca', 'PA1', 'live', 'armed', "
        "'2026-11-20T15:00:00', '2026-11-20T15:00:00')",
        "UPDATE alembic_version SET version_num = '0002'",
        "PRAGMA user_version = 2",
    )

    migrate(url)

    raw = sqlite3.connect(path)
    kept = raw.execute("SELECT broker, account, environment FROM accounts").fetchall()
    raw.close()
    assert [("alpaca", "PA1", "live")] == kept


def test_migration_keeps_a_copy(older: Path, url: str) -> None:
    """Of the file as it was, the owner's alone; a second migration keeps another."""
    copy = older.with_name("botd.sqlite3.schema-0")
    taken = older.with_name("botd.sqlite3.schema-0-2")
    taken.touch()
    shutil.copy(older, copy)

    done = migrate(url)
    raw = sqlite3.connect(older.with_name("botd.sqlite3.schema-0-3"))
    words = raw.execute("SELECT word FROM kept").fetchall()
    raw.close()

    assert Migration(older, 0, SCHEMA_VERSION, older.with_name("botd.sqlite3.schema-0-3")) == done
    assert [("as it was",)] == words
    assert 0o600 == stat.S_IMODE(older.with_name("botd.sqlite3.schema-0-3").stat().st_mode)


def test_migration_that_fails_leaves_the_file(older: Path, url: str) -> None:
    """All or nothing: a table in the way of the new ones stops it."""
    run(older, "CREATE TABLE moments (key TEXT)")

    with pytest.raises(LedgerError, match="moments"):
        migrate(url)

    raw = sqlite3.connect(older)
    tables = {row[0] for row in raw.execute("SELECT name FROM sqlite_master")}
    raw.close()

    assert {"kept", "moments"} == tables
    with pytest.raises(LedgerError, match="botd ledger migrate"):
        open_ledger(url)


def test_migrating_a_current_ledger_changes_nothing(url: str, path: Path) -> None:
    """It is safe to repeat, and keeps no copy of what it does not touch."""
    make(url)
    before = path.read_bytes()

    assert Migration(path, SCHEMA_VERSION, SCHEMA_VERSION, None) == migrate(url)
    assert before == path.read_bytes()
    assert [path] == list(path.parent.iterdir())


def test_migrating_nothing_makes_a_ledger(url: str, path: Path) -> None:
    """It is one of the commands that make one."""
    assert Migration(path, None, SCHEMA_VERSION, None) == migrate(url)

    open_ledger(url, threaded=False).close()


def test_newer_ledger_is_not_migrated(url: str, path: Path) -> None:
    """There is no way back but the copy."""
    make(url)
    run(path, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")

    with pytest.raises(LedgerError, match="newer botd"):
        migrate(url)


def test_damaged_ledger_is_not_migrated(older: Path, url: str) -> None:
    """A migration would spread the damage."""
    run(older, *("INSERT INTO kept VALUES (hex(zeroblob(3000)))" for _ in range(9)))
    with older.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(4096))

    with pytest.raises(LedgerError, match="damaged"):
        migrate(url)

    assert [older] == list(older.parent.iterdir())


def test_new_ledger_needs_no_alembic(url: str) -> None:
    """It takes longer to import than everything else together."""
    program = (
        "import sys; from botd.ledger import open_ledger, upkeep; "
        f"open_ledger({url!r}, create=True).close(); upkeep.check({url!r}); "
        "heavy = ('alembic', 'mako', 'sqlalchemy.orm'); "
        "print([name for name in sys.modules if name.startswith(heavy)])"
    )
    child = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "[]\n" == child.stdout


def test_backup_is_a_ledger(url: str, path: Path, tmp_path: Path) -> None:
    """Whole, while another connection has it open, and the owner's alone."""
    make(url)
    held = open_ledger(url, threaded=False)
    held.read_now(positions.live)
    file = backup(url, tmp_path / "backup.sqlite3")
    held.close()

    assert () == check(f"sqlite:///{file}").faults
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)
    assert {path.parent, file} == set(tmp_path.iterdir())


def test_backup_never_overwrites(url: str, tmp_path: Path) -> None:
    """Not even an older backup."""
    make(url)
    file = tmp_path / "backup.sqlite3"
    file.write_text("precious")

    with pytest.raises(LedgerError, match="is there already"):
        backup(url, file)

    assert "precious" == file.read_text()


def test_backup_that_cannot_be_written_leaves_nothing(url: str, tmp_path: Path) -> None:
    """The message names the file and what the system said."""
    make(url)

    with pytest.raises(LedgerError, match=r"none/backup\.sqlite3.*No such file"):
        backup(url, tmp_path / "none" / "backup.sqlite3")


def test_backup_of_a_damaged_ledger_is_refused(url: str, path: Path, tmp_path: Path) -> None:
    """A copy that cannot be trusted is worse than none."""
    make(url)
    with path.open("r+b") as file:
        file.seek(path.stat().st_size - 4096)
        file.write(os.urandom(4096))

    with pytest.raises(LedgerError, match="damaged"):
        backup(url, tmp_path / "backup.sqlite3")

    assert [path.parent] == list(tmp_path.iterdir())


def test_missing_ledger_is_neither_checked_nor_backed_up(url: str, tmp_path: Path) -> None:
    """And none is made."""
    with pytest.raises(NotFoundError):
        check(url)
    with pytest.raises(NotFoundError):
        backup(url, tmp_path / "backup.sqlite3")

    assert [] == list(tmp_path.iterdir())


def test_memory_has_no_file() -> None:
    """There is nothing to keep."""
    with pytest.raises(LedgerError, match="in memory"):
        path_of("sqlite://")


def test_whole_ledger_has_no_faults(url: str, path: Path) -> None:
    """It says what it has looked at."""
    make(url)
    found = check(url)

    assert (path, 2, 3, 1, ()) == (
        found.path,
        found.positions,
        found.events,
        found.orders,
        found.faults,
    )


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        pytest.param(
            ("UPDATE positions SET status = 'closed' WHERE id = 'a'",),
            "position 'a': status is 'closed', its events make it 'open'",
            id="a position edited",
        ),
        pytest.param(
            ("DROP TRIGGER events_never_change",),
            "schema: events_never_change is missing",
            id="a trigger dropped",
        ),
        pytest.param(
            ("CREATE TABLE notes (word)",),
            "schema: notes is not the ledger's",
            id="a table more",
        ),
        pytest.param(
            ("DROP INDEX one_live_order", "CREATE INDEX one_live_order ON orders(position_id)"),
            "schema: one_live_order is not as this version makes it",
            id="a rule weakened",
        ),
        pytest.param(
            ("INSERT INTO overrides VALUES (1, 'none', '', '', '', NULL, NULL, NULL)",),
            "overrides: row 1 points to nothing in positions",
            id="a reference to nothing",
        ),
        pytest.param(
            ("UPDATE orders SET booked_units = 2",),
            "order 'bd1-a-12241750-01': 2 units booked, its fills make 1",
            id="a sum edited",
        ),
        pytest.param(
            ("UPDATE orders SET booked_units = 3",),
            "order 'bd1-a-12241750-01': 3 units filled of 2 ordered",
            id="more filled than ordered",
        ),
    ],
)
def test_fault_is_told_in_plain_words(
    url: str,
    path: Path,
    statements: tuple[str, ...],
    expected: str,
) -> None:
    """Each kind of disagreement has its line."""
    make(url)
    run(path, *statements)

    assert expected in check(url).faults


def test_damage_is_told_as_a_fault(url: str, path: Path) -> None:
    """Where pages are broken nothing else is claimed."""
    make(url)
    with path.open("r+b") as file:
        file.seek(path.stat().st_size - 4096)
        file.write(os.urandom(4096))
    found = check(url)

    assert 1 == len(found.faults)
    assert "damaged" in found.faults[0]


def test_what_is_no_ledger_is_not_checked(path: Path, url: str) -> None:
    """The same refusals as at every opening."""
    path.parent.mkdir()
    run(path, "CREATE TABLE photos (name)")

    with pytest.raises(LedgerError, match="something else"):
        check(url)


def test_check_waits_for_a_lock_and_tells(url: str, path: Path) -> None:
    """A process that holds the file for itself is named as the reason."""
    make_file(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")

    with pytest.raises(LedgerError, match="another process has held it"):
        check(url, patience=timedelta(milliseconds=50))

    holder.close()


def test_first_schema_becomes_the_second(path: Path, url: str) -> None:
    """A ledger of the first schema keeps its book, and may then hold an unknown opening price."""
    make(url)
    run(
        path,
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = replace(sql, 'open_net_price TEXT', "
        "'open_net_price TEXT NOT NULL') WHERE name = 'positions'",
        "UPDATE alembic_version SET version_num = '0001'",
        "PRAGMA user_version = 1",
    )

    assert 1 == migrate(url).from_version
    assert schema_of(make_memory()) == schema_of(sqlite3.connect(path))
    assert () == check(url).faults

    ledger = open_ledger(url, threaded=False)
    hold(ledger, a_position("c", open_net_price=None))
    kept, unknown = ledger.read_now(lambda tx: (positions.get(tx, "a"), positions.get(tx, "c")))
    ledger.close()

    assert a_position().open_net_price == kept.open_net_price
    assert unknown.open_net_price is None
