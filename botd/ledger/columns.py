"""
How values stand in the ledger: instants and money as text, never as floats.

SQLite hands back naive datetimes and keeps `Numeric` as a float, so no column of the
ledger uses either type.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeAlias

from sqlalchemy import Connection, Dialect, Text
from sqlalchemy.types import TypeDecorator

Tx: TypeAlias = Connection  # one open transaction; a work never commits it itself


def instant_text(instant: datetime) -> str:
    """
    Write an aware instant as UTC text of fixed width, so that text sorts as time does.

    Raises:
        ValueError: it is naive, and so no instant.
    """
    if instant.tzinfo is not UTC:
        if instant.utcoffset() is None:
            raise ValueError(f"a naive datetime is no instant: {instant!r}")
        instant = instant.astimezone(UTC)
    return instant.isoformat(timespec="microseconds")[:26] + "Z"


def read_instant(text: str) -> datetime:
    """Read what `instant_text` wrote."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def money_text(money: Decimal) -> str:
    """
    Write an exact decimal; its digits come back as they are.

    Raises:
        TypeError: it is no `Decimal` (a float has lost its cents already).
        ValueError: it is no number.
    """
    if not isinstance(money, Decimal):
        raise TypeError(f"money is a Decimal, not {money!r}")
    if not money.is_finite():
        raise ValueError(f"money is a number, not {money!r}")
    return str(money)


class UtcInstant(TypeDecorator[datetime]):
    """An aware UTC instant, as text: `2015-12-24T17:50:00.000000Z`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the signature is SQLAlchemy's
        """Write an instant; naive ones are refused."""
        return None if value is None else instant_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the signature is SQLAlchemy's
        """Read an instant."""
        return None if value is None else read_instant(value)


class Money(TypeDecorator[Decimal]):
    """Dollars (or a quantity with decimals), exact, as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the signature is SQLAlchemy's
        """Write an amount; floats are refused."""
        return None if value is None else money_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 - the signature is SQLAlchemy's
        """Read an amount."""
        return None if value is None else Decimal(value)
