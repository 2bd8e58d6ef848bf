"""
One login may open several accounts: `accounts` is keyed by broker and account.

SQLite cannot change a primary key, so the table is made anew around its few rows.
"""

from alembic import op

revision = "0003"
down_revision = "0002"

_TABLE = """
CREATE TABLE accounts (
  broker TEXT NOT NULL,
  account TEXT NOT NULL,
  environment TEXT NOT NULL,
  mode TEXT NOT NULL,
  bound_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  PRIMARY KEY (broker, account)
) STRICT
"""


def upgrade() -> None:
    """Let a broker have more than one account."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.drop_constraint("accounts_pkey", "accounts")
        op.create_primary_key("accounts_pkey", "accounts", ["broker", "account"])
        return
    for statement in (
        "CREATE TEMP TABLE accounts_before AS SELECT * FROM main.accounts",
        "DROP TABLE main.accounts",
        _TABLE.strip(),
        "INSERT INTO accounts SELECT * FROM temp.accounts_before",
        "DROP TABLE temp.accounts_before",
    ):
        connection.exec_driver_sql(statement)
