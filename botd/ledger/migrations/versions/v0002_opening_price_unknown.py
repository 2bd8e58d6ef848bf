"""
An opening price may be unknown.

SQLite cannot take `NOT NULL` away. The table's definition is rewritten instead, which
touches no row: https://www.sqlite.org/lang_altertable.html, section 7, allows it for
constraints that do not change what is on the disk.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

_BEFORE, _AFTER = "open_net_price TEXT NOT NULL", "open_net_price TEXT"
_REWRITE = (
    f"UPDATE sqlite_schema SET sql = replace(sql, '{_BEFORE}', '{_AFTER}') "  # noqa: S608 - constants
    "WHERE type = 'table' AND name = 'positions'"
)


def upgrade() -> None:
    """Let `positions.open_net_price` be null."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.alter_column("positions", "open_net_price", nullable=True)
        return
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    try:
        connection.exec_driver_sql(_REWRITE)
        # Another version makes every connection read the definition again.
        connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    finally:
        connection.exec_driver_sql("PRAGMA writable_schema = OFF")
