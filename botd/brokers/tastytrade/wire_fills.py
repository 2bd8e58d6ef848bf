"""
Executions of legs, put together to units of the order.

An order's fills come leg by leg. A unit is filled when every leg has filled what one unit
takes. Which contracts make a unit changes while older fills still arrive, so that units are
told as one total: what was booked of it before is taken off by the ledger. Where one
contract of one leg is a unit, the broker's own fills and ids are the order's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from botd.brokers.transport.fields import Fields
from botd.domain.orders import Fill


@dataclass(frozen=True, slots=True)
class LegFill:
    """One execution of one leg."""

    fill_id: str
    quantity: int  # contracts, above zero
    price: Decimal  # dollars per share, never signed
    filled_at: datetime


def leg_fills(leg: Fields) -> tuple[LegFill, ...]:
    """Read a leg's executions, each once, the oldest first."""
    found: dict[str, LegFill] = {}
    for each in leg.maybe_items("fills"):
        fill_id = each.maybe_text("fill-id") or each.text("ext-exec-id")
        found[fill_id] = LegFill(
            fill_id,
            each.whole("quantity"),
            abs(each.decimal("fill-price")),
            each.instant("filled-at"),
        )
    return tuple(sorted(found.values(), key=lambda fill: (fill.filled_at, fill.fill_id)))


def unit_fills(legs: tuple[tuple[int, tuple[LegFill, ...]], ...], units: int) -> tuple[Fill, ...]:
    """
    Give the fills of whole units, at most *units*.

    Args:
        legs: of each leg what one unit takes, > 0 bought, < 0 sold, and its executions.
        units: of the order.
    """
    if len(legs) == 1 and abs(legs[0][0]) == 1:
        [(sign, fills)] = legs
        return tuple(
            Fill(fill.fill_id, fill.quantity, -sign * fill.price, fill.filled_at) for fill in fills
        )
    contracts = [_by_unit(abs(quantity), fills) for quantity, fills in legs]
    signs = [1 if quantity > 0 else -1 for quantity, _ in legs]
    complete = list(zip(range(units), *contracts, strict=False))
    if not complete:
        return ()
    value = sum(
        (
            -sign * paid
            for _, *parts in complete
            for sign, (paid, _) in zip(signs, parts, strict=True)
        ),
        Decimal(0),
    )
    last_at = max(at for _, *parts in complete for _, at in parts)
    return (Fill("", len(complete), value / len(complete), last_at),)


def filled_of(fills: tuple[Fill, ...]) -> int:
    """Count the units."""
    return sum(fill.units for fill in fills)


def _by_unit(each: int, fills: tuple[LegFill, ...]) -> Iterator[tuple[Decimal, datetime]]:
    """Give dollars per share and last instant of one leg, unit by unit, while complete."""
    paid, count = Decimal(0), 0
    for fill in fills:
        for _ in range(fill.quantity):
            paid, count = paid + fill.price, count + 1
            if count == each:
                yield (paid, fill.filled_at)
                paid, count = Decimal(0), 0
