from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from botd.ledger.opening import make_memory
from botd.ledger.schema import REVISION, SCHEMA_VERSION, metadata


def test_every_table_is_strict() -> None:
    """A word in a column of numbers is refused by the file itself."""
    raw = make_memory()
    found = {name: bool(strict) for _, name, _, _, _, strict in raw.execute("PRAGMA table_list")}
    raw.close()

    assert {"sqlite_schema", "sqlite_temp_schema", "alembic_version"} == {
        name for name, is_strict in found.items() if not is_strict
    }


def test_no_column_can_hold_a_float() -> None:
    """Money and instants are text; only whole numbers are numbers."""
    raw = make_memory()
    kinds = {
        row[2]
        for table in metadata.tables
        if table != "alembic_version"
        for row in raw.execute(f"PRAGMA table_info({table})")
    }
    raw.close()

    assert {"TEXT", "INTEGER"} == kinds


def test_revision_is_the_version() -> None:
    """SQLite's number and Alembic's name stand for the same schema."""
    raw = make_memory()
    found = raw.execute("SELECT version_num FROM alembic_version").fetchall()
    raw.close()

    assert [(REVISION,)] == found
    assert SCHEMA_VERSION == int(REVISION)


def test_schema_is_valid_for_postgresql_too() -> None:
    """The rule of one live order does not rest on SQLite; SQLite's own words stay out."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it so
    tables = [str(CreateTable(each).compile(dialect=dialect)) for each in metadata.sorted_tables]
    (index,) = (each for each in metadata.tables["orders"].indexes if each.unique)
    made = str(CreateIndex(index).compile(dialect=dialect))

    assert made.startswith("CREATE UNIQUE INDEX one_live_order ON orders (position_id) WHERE ")
    assert "STRICT" not in "".join(tables)
