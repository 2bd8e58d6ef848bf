"""
JSON and its parts as strictly as documents describe them, read apart from any adapter.

    not readable    no JSON, NaN, a key twice with different values, nested out of reason
    an id           letters, digits and dashes, at most 64; a whole number above zero
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from botd.domain.orders import OrderIntent

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_LARGEST = Decimal(10) ** 15
UNREADABLE = object()


@dataclass(frozen=True, slots=True)
class Position:
    """What an item of a list of positions says; *quantity* is signed."""

    symbol: str
    quantity: Decimal


class Dialect(Protocol):
    """What a broker's documents say, as far as a case is judged by it."""

    @property
    def number(self) -> str:
        """Give the key of the broker's id of an order."""
        ...

    @property
    def name(self) -> str:
        """Give the key of our id."""
        ...

    def accepted(self, tree: object, intent: OrderIntent, replaces: str) -> str | None:
        """
        Give the broker's id of an order that an answer accepts; None: it does not.

        *replaces* is the broker's id of the order that was to go; empty: it is a new one.
        """
        ...

    def refuses(self, status: int, body: bytes, tree: object) -> bool:
        """Tell whether an answer is a no in the broker's words."""
        ...

    def sends_away(self, status: int, tree: object) -> bool:
        """Tell whether an answer says that nothing was taken, beside a 401 and a 429."""
        ...

    def items(self, tree: object) -> list[Any] | None:
        """Give the items of a list of orders or positions; None: it is no such list."""
        ...

    def position(self, item: dict[str, Any]) -> Position | None:
        """Read a position; None: it cannot be read."""
        ...

    def has_no_order(self, status: int, tree: object) -> bool:
        """Tell whether an answer to a look-up says that there is no such order."""
        ...


def strict(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Parse a body; `UNREADABLE` where anybody might read it differently."""
    try:
        return json.loads(body, object_pairs_hook=_once, parse_constant=_never, parse_float=_finite)
    except (ValueError, RecursionError):
        return UNREADABLE


def an_id(found: object) -> str | None:
    """Read an id; None: it is none."""
    if isinstance(found, bool) or not isinstance(found, str | int):
        return None
    if isinstance(found, int) and found < 1:
        return None
    text = str(found)
    return text if _ID.fullmatch(text) else None


def a_number(found: object) -> Decimal | None:
    """Read a number, also out of a string; None: it is none of ordinary size."""
    if isinstance(found, bool) or not isinstance(found, str | int | Decimal):
        return None
    if isinstance(found, str) and not _NUMBER.fullmatch(found):
        return None
    try:
        number = Decimal(found)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) <= _LARGEST else None


def is_text(found: object) -> bool:
    """Tell whether something is words."""
    return isinstance(found, str) and bool(found.strip())


def depth(tree: object) -> int:
    """Count how deeply something is nested, up to a hundred."""
    level, count = [tree], 0
    while level and count < 100:
        level = [inner for each in level for inner in _inside(each)]
        count += 1
    return count


def _inside(tree: object) -> Iterator[object]:
    if isinstance(tree, dict):
        yield from tree.values()
    elif isinstance(tree, list):
        yield from tree


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs) and any(found[key] != value for key, value in pairs):
        raise ValueError("a key twice")
    return found


def _never(found: str) -> float:
    raise ValueError(found)


def _finite(found: str) -> Decimal:
    number = Decimal(found)
    if not number.is_finite():
        raise ValueError(found)
    return number
