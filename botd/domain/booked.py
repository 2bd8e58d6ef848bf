"""
What a position's tags remember of legs that were booked before the broker's records came.

    booked:SYMBOL    quantity of all units, signed as held, and value: "-2@0"
    by_hand:SYMBOL   how much of that a person told as assigned or exercised: "-1"

A record takes off these what it speaks of; what is left waits for its own.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from botd.domain.position import Position

_BOOKED = "booked:"
_BY_HAND = "by_hand:"


def booked_of(position: Position) -> dict[str, tuple[int, Decimal]]:
    """
    Tell what was booked without the broker's record.

    By symbol: the quantity of all units, signed as held, and the value in dollars per
    share, never signed.
    """
    found = {}
    for key, text in position.tags.items():
        if key.startswith(_BOOKED):
            quantity, _, value = text.partition("@")
            found[key.removeprefix(_BOOKED)] = (int(quantity), Decimal(value))
    return found


def told_by_hand(position: Position, symbol: str) -> int:
    """Tell how many contracts a person told as delivered, signed as held."""
    return int(position.tags.get(_BY_HAND + symbol, 0))


def with_booked(position: Position, symbol: str, quantity: int, value: Decimal) -> Position:
    """Remember what of a leg is booked and without a record; a quantity of 0 forgets it."""
    return _tagged(position, _BOOKED + symbol, f"{quantity}@{value}" if quantity else None)


def with_by_hand(position: Position, symbol: str, quantity: int) -> Position:
    """Remember what a person told as delivered; a quantity of 0 forgets it."""
    return _tagged(position, _BY_HAND + symbol, str(quantity) if quantity else None)


def with_worthless(position: Position, ended: Mapping[str, int]) -> Position:
    """Remember legs that a person told as ended at 0, by symbol and signed quantity."""
    known = booked_of(position)
    for symbol, quantity in ended.items():
        before, _ = known.get(symbol, (0, Decimal(0)))
        position = with_booked(position, symbol, before + quantity, Decimal(0))
    return position


def _tagged(position: Position, key: str, text: str | None) -> Position:
    others = {name: said for name, said in position.tags.items() if name != key}
    return replace(position, tags=others if text is None else {**others, key: text})
