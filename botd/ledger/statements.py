"""
Statements made once and kept: making one costs more than running it.

Only names of columns go into the text, never values.
"""

from functools import lru_cache

from sqlalchemy import TextClause, text


@lru_cache(maxsize=512)
def update_columns(table: str, columns: tuple[str, ...], where: str) -> TextClause:
    """Make the update that sets *columns* from parameters of the same names."""
    setting = ", ".join(f'"{name}" = :{name}' for name in columns)
    return text(f"UPDATE {table} SET {setting} WHERE {where}")  # noqa: S608 - no value in it
