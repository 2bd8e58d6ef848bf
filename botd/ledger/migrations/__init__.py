"""Steps from one schema to the next, run by Alembic; imported only when one is needed."""
