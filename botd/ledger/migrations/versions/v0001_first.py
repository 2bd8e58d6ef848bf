"""The first schema."""

from pathlib import Path

from alembic import op

from botd.ledger.schema import APPLICATION_ID

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table, index and trigger of the first ledger."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    for statement in script.split(";\n\n"):
        op.get_bind().exec_driver_sql(statement.rstrip().removesuffix(";"))
    op.get_bind().exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
