"""Amounts on the command line: exact decimals, never floats."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])
_ALL = Decimal(100)
_MOST = Decimal(1_000_000)


def decimal(text: str, example: str = "0.45") -> Decimal:
    """
    Read a plain decimal; *example* tells how it is written.

    Raises:
        BadParameter: it is none, or beyond any price.
    """
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise click.BadParameter(f"{text!r} is no number; write it as {example}") from None
    if not found.is_finite() or abs(found) > _MOST:
        raise click.BadParameter(f"{text!r} is no price; write it as {example}")
    return found


def price_option(text: str, example: str = "0.45") -> Callable[[_Command], _Command]:
    """Add `--net-price`, explained by *text*; *example* tells how it is written."""

    def read(_: click.Context, __: click.Parameter, value: str | None) -> Decimal | None:
        return None if value is None else decimal(value, example)

    return click.option("--net-price", metavar="P", default=None, callback=read, help=text)


def percent(text: str) -> Decimal:
    """
    Read a part of what is left: `50%` or `50`.

    Raises:
        BadParameter: it is none, or a bare number up to 1, which has two readings.
    """
    number = text.strip().removesuffix("%").strip()
    found = decimal(number)
    if not 0 < found <= _ALL:
        raise click.BadParameter(f"{text!r}: allowed is more than 0% and up to 100%")
    if found <= 1 and "%" not in text:
        as_part = f"{(found * 100).normalize():f}%"
        raise click.BadParameter(
            f"{text!r} has two readings: write {as_part!r} (that part of what is left) "
            f"or '{number}%' (of a hundred)"
        )
    return found
