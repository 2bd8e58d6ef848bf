"""
What a group of legs was opened for, as far as an account's orders tell.

    orders that touch its legs                     the opening price is
    made exactly what it holds, together           what they brought
    made less, more, or something else             not known
    one of them closed any of it                   not known: which part was it?
    legs that other groups hold, too               that of orders with exactly its legs

A price that is not known stays None, and so does its P/L: a guess would be booked as if
it were the truth.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import gcd

from botd.domain.contract import Leg, multiplier_of
from botd.domain.grouping import Group
from botd.domain.orders import OrderReport

_CENTICENT = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Opening:
    """When a group was opened first, and at which price on average."""

    net_price: Decimal  # per share and unit, toward the account: credit > 0, debit < 0
    opened_at: datetime


def opening_of(
    found: Group, orders: Iterable[OrderReport], shared: Collection[str]
) -> Opening | None:
    """
    Tell what *found* was opened for; None: the orders do not tell.

    Args:
        found: the group.
        orders: all that the broker reports; those without a fill do not matter.
        shared: symbols that other groups, or positions, hold as well.
    """
    held = {leg.symbol: leg.quantity * found.units for leg in found.legs}
    touching = [
        order
        for order in orders
        if order.filled_units and any(leg.symbol in held for leg in order.legs)
    ]
    if any(_closes(order, held) for order in touching):
        return None
    if not held.keys().isdisjoint(shared):
        shape = _shape(found.legs)
        touching = [order for order in touching if _shape(order.legs) == shape]
    made: Counter[str] = Counter()
    for order in touching:
        for leg in order.legs:
            made[leg.symbol] += leg.quantity * order.filled_units
    if made != held or not all(_is_priced(order) for order in touching):
        return None
    dollars = sum((_dollars(order) for order in touching), Decimal(0))
    price = dollars / (multiplier_of(found.legs) * found.units)
    first = min(fill.filled_at for order in touching for fill in order.fills)
    rounded = price.quantize(_CENTICENT)
    return Opening(price if price == rounded else rounded, first)


def _closes(order: OrderReport, held: dict[str, int]) -> bool:
    return any(leg.quantity * held.get(leg.symbol, 0) < 0 for leg in order.legs)


def _is_priced(order: OrderReport) -> bool:
    """Whether the price of every unit that was filled is known."""
    return order.filled_units == sum(fill.units for fill in order.fills)


def _dollars(order: OrderReport) -> Decimal:
    per_point = multiplier_of(order.legs)
    return sum((fill.net_price * fill.units * per_point for fill in order.fills), Decimal(0))


def _shape(legs: tuple[Leg, ...]) -> frozenset[tuple[str, int]]:
    """Give legs in lowest terms, in no order."""
    divisor = gcd(*(leg.quantity for leg in legs))
    return frozenset((leg.symbol, leg.quantity // divisor) for leg in legs)
