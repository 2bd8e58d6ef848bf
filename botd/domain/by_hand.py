"""
The shares of an option that a person tells as assigned or exercised.

    one option, in a campaign      bought or sold at the strike, into the campaign
    own shares that it sells       leave with their unit; only the rest moves
    several options                nobody said which one: the broker's record will tell
    another price than 0 is told   the shares are counted in it: nothing moves
    no campaign                    the P/L is not known before the broker's record
    pays cash, or is adjusted      no shares at the strike

The broker's record of the same delivery then moves nothing a second time (`confirm`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from botd.domain.booked import told_by_hand, with_by_hand, with_worthless
from botd.domain.campaign import ShareMove, shares_moved
from botd.domain.contract import Delivery, Leg, OptionContract, Right, Shares, option_legs
from botd.domain.lots import worth_of
from botd.domain.position import Position

Part = tuple[int, tuple[Leg, ...]]  # units, and the legs that each still held


@dataclass(frozen=True, slots=True)
class Delivered:
    """One option of a unit that was delivered on a person's word."""

    contract: OptionContract
    quantity: int  # signed as held, per unit
    own: Leg | None  # the unit's own shares, where the delivery sells them

    @property
    def shares(self) -> int:
        """Count the shares that move beside the unit's own, signed, per unit."""
        moved = shares_moved(self.contract, self.quantity)
        return moved + (0 if self.own is None else self.own.quantity)


def delivered(
    position: Position, legs: tuple[Leg, ...], net_price: Decimal | None
) -> Delivered | None:
    """Tell what a unit with *legs* delivered at *net_price*, as told; None: nobody knows."""
    options = option_legs(legs)
    if len(options) != 1:
        return None
    contract, quantity = options[0]
    if contract.spec.delivery is Delivery.CASH or contract.spec.is_adjusted:
        return None
    is_sale = (contract.right is Right.CALL) is (quantity < 0)
    own = next((leg for leg in legs if isinstance(leg.instrument, Shares)), None)
    if own is not None and not is_sale:
        return None  # what becomes of shares beside it is not said
    found = Delivered(contract, quantity, own)
    if not found.shares:
        return found
    return found if position.campaign and not net_price else None


def price_of(position: Position, legs: tuple[Leg, ...]) -> Decimal | None:
    """Tell what *legs* brought, per share of a unit, if their one option was delivered."""
    found = delivered(position, legs, None)
    if found is None:
        return None
    if found.own is None:
        return Decimal(0)
    return worth_of(found.own, found.contract.strike, position.multiplier)


def noted(position: Position, parts: Iterable[Part], net_price: Decimal | None) -> Position:
    """Remember the deliveries of *parts*, for the records that will speak of them."""
    for units, legs in parts:
        found = delivered(position, legs, net_price)
        if found is not None:
            symbol, quantity = found.contract.symbol, units * found.quantity
            position = with_worthless(position, {symbol: quantity})
            position = with_by_hand(position, symbol, told_by_hand(position, symbol) + quantity)
    return position


def moves_of(
    position: Position, parts: Iterable[Part], net_price: Decimal | None, at: datetime
) -> tuple[ShareMove, ...]:
    """Give the shares that *parts* moved beside their own, together by option."""
    moves: dict[str, ShareMove] = {}
    for units, legs in parts:
        found = delivered(position, legs, net_price)
        if found is None or not found.shares:
            continue
        symbol, name = found.contract.symbol, found.contract.underlying
        nothing = ShareMove(name, 0, found.contract.strike, at, record_of(position, symbol))
        known = moves.get(symbol, nothing)
        moves[symbol] = replace(known, quantity=known.quantity + units * found.shares)
    return tuple(moves.values())


def undone(position: Position, contract: OptionContract, quantity: int, at: datetime) -> ShareMove:
    """Give the move that takes back what *quantity* contracts were told to have moved."""
    shares, name = shares_moved(contract, -quantity), record_of(position, contract.symbol)
    return ShareMove(contract.underlying, shares, contract.strike, at, name)


def record_of(position: Position, symbol: str) -> str:
    """Name a person's word about an option, as a record's id does a broker's."""
    return f"by hand/{position.id}/{symbol}"
