"""
The units of a position, split where they no longer hold the same legs.

    what happens               what becomes of the units concerned
    a fill of all their legs   they end `closed`
    a fill of some legs        they move to a lot of their own, which remembers the price
    legs expire or settle      the same, at the legs' value
    the last leg goes          they end; their price is what was remembered and the last part
    only shares are left       the lot stays and the position stays `open`: shares are never sold
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from botd.domain.contract import Leg, ending_legs
from botd.domain.position import (
    Assignment,
    ClosedBy,
    How,
    Lot,
    Outcome,
    Position,
    Status,
)
from botd.errors import StateError

# Units that ended in several ways name the position after the gravest.
GRAVITY = {How.EXPIRED: 0, How.CLOSED: 1, How.SETTLED: 2, How.EXERCISED: 3, How.ASSIGNED: 4}

STATUS_OF = {
    How.EXPIRED: Status.EXPIRED,
    How.CLOSED: Status.CLOSED,
    How.SETTLED: Status.SETTLED,
    How.EXERCISED: Status.EXERCISED,
    How.ASSIGNED: Status.ASSIGNED,
}


def open_position(position: Position) -> Position:
    """
    Put all units of a new position into one lot.

    Raises:
        ValueError: it has lots or outcomes already, or nothing to hold.
    """
    if position.lots or position.outcomes:
        raise ValueError(f"position {position.id!r} has been opened before")
    if position.units < 1 or not position.legs:
        raise ValueError(f"position {position.id!r} holds nothing: {position.units!r} units")
    return replace(position, lots=(Lot(position.units, position.legs),))


def apply_fill(
    position: Position,
    legs_closed: tuple[Leg, ...],
    units: int,
    net_price: Decimal,
    at: datetime,
    closed_by: ClosedBy,
) -> Position:
    """
    Book an execution that closed *legs_closed* of *units* units.

    *legs_closed* are as held (not as sent), per unit; *net_price* is theirs alone, per
    share toward the account. Lots that hold exactly these legs are served first, then
    those that hold more.

    Raises:
        StateError: fewer units hold these legs; nothing is booked.
    """
    wanted = {(leg.symbol, leg.quantity) for leg in legs_closed}
    holding = [i for i, lot in enumerate(position.lots) if wanted and wanted <= _named(lot.legs)]
    order = sorted(holding, key=lambda i: len(position.lots[i].legs))
    kept, taken = _split(position, order, units)
    symbols = frozenset(leg.symbol for leg in legs_closed)
    ended = [_without(lot, symbols, net_price) for lot in taken]
    return _rebuilt(position, kept, ended, _Ending(How.CLOSED, at, closed_by))


def end_legs(
    position: Position,
    symbols: Collection[str],
    value: Mapping[str, Decimal],
    how: How,
    at: datetime,
    units: int | None = None,
) -> Position:
    """
    Take legs away that ended without an order.

    *value* is in dollars per share of each leg, never signed: the leg's own quantity
    gives the sign. A leg that is missing is worth nothing, save one that settles.
    *units* says how many units lose these legs; None: all that hold any of them.

    An assigned or exercised leg ends at 0: the shares are booked at the strike, and so
    nothing counts twice.

    Raises:
        ValueError: the value of a leg that settles is missing.
        StateError: fewer units hold these legs; nothing is booked.
    """
    if how is How.SETTLED and (lacking := sorted(set(symbols) - set(value))):
        raise ValueError(f"settlement value of {', '.join(lacking)} is missing")
    order = [i for i, lot in enumerate(position.lots) if _held_symbols(lot) & set(symbols)]
    available = sum(position.lots[i].units for i in order)
    kept, taken = _split(position, order, available if units is None else units)
    ended = [
        _without(lot, symbols, _worth(lot, symbols, value, position.multiplier)) for lot in taken
    ]
    return _rebuilt(position, kept, ended, _Ending(how, at, None))


def end_unknown(position: Position, units: int, how: How, at: datetime) -> Position:
    """
    End whole units at a price that nobody knows; it stays `None`, never 0.

    Raises:
        StateError: fewer units are left; nothing is booked.
    """
    order = range(len(position.lots))
    kept, _ = _split(position, order, units)
    outcome = Outcome(units=units, how=how, net_price=None, at=at)
    changed = replace(position, outcomes=merge_outcomes((*position.outcomes, outcome)))
    return _settled(changed, kept, _Ending(how, at, None))


def remaining_legs(position: Position) -> tuple[Leg, ...]:
    """Give the legs that any unit still holds, each once, in the order of the lots."""
    legs = {(leg.symbol, leg.quantity): leg for lot in position.lots for leg in lot.legs}
    return tuple(legs.values())


def quantities(position: Position) -> dict[str, int]:
    """Tell the signed quantity of each instrument that the ledger expects to be held."""
    total: dict[str, int] = {}
    for lot in position.lots:
        for leg in lot.legs:
            total[leg.symbol] = total.get(leg.symbol, 0) + lot.units * leg.quantity
    return total


def merge_outcomes(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """Join entries that differ in their units alone; those with fees stay apart."""
    merged: dict[tuple[object, ...], Outcome] = {}
    for number, outcome in enumerate(outcomes):
        apart = None if outcome.fees is None else number
        key = (outcome.how, outcome.net_price, outcome.at, apart)
        if known := merged.get(key):
            merged[key] = replace(known, units=known.units + outcome.units)
        else:
            merged[key] = outcome
    return tuple(merged.values())


def merge_lots(lots: Iterable[Lot]) -> tuple[Lot, ...]:
    """Join lots that hold the same legs at the same remembered price; drop empty ones."""
    merged: dict[tuple[object, ...], Lot] = {}
    for lot in lots:
        if not lot.units:
            continue
        key = (tuple((leg.symbol, leg.quantity) for leg in lot.legs), lot.accrued)
        known = merged.get(key)
        merged[key] = lot if known is None else replace(known, units=known.units + lot.units)
    return tuple(merged.values())


def named_after_outcomes(position: Position) -> Position:
    """
    Name a position that has ended after its gravest outcome.

    A confirmed assignment stays one, however the other legs of its unit ended.
    """
    how = max((outcome.how for outcome in position.outcomes), key=GRAVITY.__getitem__)
    if position.assignment is Assignment.CONFIRMED:
        how = How.ASSIGNED
    presumed = position.assignment or Assignment.PRESUMED
    assignment = presumed if how is How.ASSIGNED else None
    return replace(position, status=STATUS_OF[how], assignment=assignment)


class _Ending:
    """How units end, when, and by whose order."""

    def __init__(self, how: How, at: datetime, closed_by: ClosedBy | None) -> None:
        self.how = how
        self.at = at
        self.closed_by = closed_by


def _named(legs: tuple[Leg, ...]) -> set[tuple[str, int]]:
    return {(leg.symbol, leg.quantity) for leg in legs}


def _held_symbols(lot: Lot) -> set[str]:
    return {leg.symbol for leg in lot.legs}


def _split(position: Position, order: Sequence[int], units: int) -> tuple[list[Lot], list[Lot]]:
    """Take *units* units out of the lots named by *order*: what stays, what is taken."""
    available = sum(position.lots[i].units for i in order)
    if not 1 <= units <= available:
        raise StateError(
            f"position {position.id!r}: {units} units end, {available} hold these legs"
        )
    kept = list(position.lots)
    taken = []
    for i in order:
        count = min(units, kept[i].units)
        units -= count
        taken.append(replace(kept[i], units=count))
        kept[i] = replace(kept[i], units=kept[i].units - count)
    return kept, [lot for lot in taken if lot.units]


def _without(lot: Lot, symbols: Collection[str], net_price: Decimal) -> Lot:
    legs = tuple(leg for leg in lot.legs if leg.symbol not in symbols)
    return replace(lot, legs=legs, accrued=lot.accrued + net_price)


def _worth(
    lot: Lot,
    symbols: Collection[str],
    value: Mapping[str, Decimal],
    multiplier: Decimal,
) -> Decimal:
    going = (leg for leg in lot.legs if leg.symbol in symbols)
    return sum((worth_of(leg, value.get(leg.symbol), multiplier) for leg in going), Decimal(0))


def worth_of(leg: Leg, price: Decimal | None, multiplier: Decimal) -> Decimal:
    """
    Tell what *leg* brings at *price*, per share of a unit with *multiplier*.

    A hundred shares at 60 beside an option of multiplier 100 are worth 60.
    """
    dollars = leg.quantity * (price or Decimal(0)) * leg.instrument.dollars_per_point
    return dollars / multiplier


def _rebuilt(
    position: Position,
    kept: Iterable[Lot],
    changed: Iterable[Lot],
    ending: _Ending,
) -> Position:
    changed = tuple(changed)
    ended = tuple(
        Outcome(units=lot.units, how=ending.how, net_price=lot.accrued, at=ending.at)
        for lot in changed
        if not lot.legs
    )
    outcomes = merge_outcomes((*position.outcomes, *ended))
    lots = (*kept, *(lot for lot in changed if lot.legs))
    return _settled(replace(position, outcomes=outcomes), lots, ending)


def _settled(position: Position, lots: Iterable[Lot], ending: _Ending) -> Position:
    position = replace(position, lots=merge_lots(lots))
    if not position.lots:
        return _ended(position, ending)
    if not any(ending_legs(lot.legs) for lot in position.lots):
        # Shares wait for the next call; nothing of them is refused or assigned.
        return replace(position, status=Status.OPEN, assignment=None)
    return position


def _ended(position: Position, ending: _Ending) -> Position:
    ended = named_after_outcomes(position)
    return replace(
        ended,
        closed_by=ending.closed_by or position.closed_by,
        closed_at=ending.at,
    )
