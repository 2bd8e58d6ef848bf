"""What Alembic runs: the steps, in the transaction that `upgrade` was given."""

from alembic import context

from botd.ledger.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
