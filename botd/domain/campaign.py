"""
The wheel: puts, the shares they bring, calls on these shares, until the shares are gone.

    entry                              premium            shares
    option position opened             credit or debit    -
    closed, expired or settled         its closing price  -
    put assigned                       0                  bought at the strike
    call assigned                      0                  sold at the strike
    long call or put exercised         0                  bought or sold at the strike
    covered call opened as a package   -                  bought at what the package cost
    its shares gone, however           -                  sold at what the unit brought
    shares bought or sold by hand      -                  at their price

A package's premium is part of its shares' price, so that it counts once. Shares that an
assignment or exercise moves are entries of their own (`ShareMove`); everything else is
read off the positions. Shares that a position holds itself never make a move: `deliver`
takes them out of the position instead.

An expired put ends its position, and the campaign if nothing else is left. An expired call
leaves the shares, and the campaign open for the next call.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum

from botd.domain.contract import Delivery, OptionContract, Right, Shares, option_legs
from botd.domain.lots import end_legs
from botd.domain.pnl import opening_dollars
from botd.domain.position import How, Outcome, Position

_CENTICENT = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class ShareMove:
    """Shares that came into an account or left it, at a price."""

    underlying: str
    quantity: int  # > 0 bought, < 0 sold
    price: Decimal  # dollars per share
    at: datetime
    record_id: str = ""  # the broker's record of it; books it once


class EntryKind(Enum):
    """What a line of a campaign's account tells."""

    OPENED = "opened"
    CLOSED = "closed"
    EXPIRED = "expired"
    SETTLED = "settled"
    ASSIGNED = "assigned"
    EXERCISED = "exercised"
    LEGS_ENDED = "legs ended"  # of units that still hold other legs
    SHARES = "shares"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a campaign's account."""

    kind: EntryKind
    at: datetime
    position_id: str | None
    premium: Decimal | None  # dollars toward the account; None: not known
    shares: int = 0  # signed
    share_price: Decimal | None = None  # None with shares: not known


@dataclass(frozen=True, slots=True)
class Campaign:
    """What a wheel has brought so far. Dollars, before fees."""

    premiums: Decimal
    shares: int  # held now
    share_cost: Decimal  # of the shares held now, at strikes or prices paid
    share_gain: Decimal  # of shares that are gone
    is_open: bool
    is_complete: bool  # every price is known

    @property
    def net_pnl(self) -> Decimal:
        """Premiums and gain of shares together, over what is known."""
        return self.premiums + self.share_gain

    @property
    def adjusted_basis(self) -> Decimal | None:
        """Dollars that a share held now must bring to end even; None: none is held."""
        if self.shares <= 0:
            return None
        return ((self.share_cost - self.net_pnl) / self.shares).quantize(_CENTICENT)


def campaign_of(positions: Iterable[Position], moves: Iterable[ShareMove]) -> Campaign:
    """Add up a campaign from its *positions* and the share *moves* booked into it."""
    everything = tuple(positions)
    entries = [entry for position in everything for entry in entries_of(position)]
    entries += [entry_of(move) for move in moves]
    campaign = add_up(entries)
    is_open = campaign.is_open or any(position.lots for position in everything)
    return replace(campaign, is_open=is_open)


def entries_of(position: Position) -> tuple[Entry, ...]:
    """Give the lines that *position* makes in its campaign, in their order."""
    return (
        _opening(position),
        *(_ending(position, outcome) for outcome in position.outcomes),
        *_remembered(position),
    )


def entry_of(move: ShareMove) -> Entry:
    """Give the line that a share move makes."""
    return Entry(EntryKind.SHARES, move.at, None, Decimal(0), move.quantity, move.price)


def add_up(entries: Iterable[Entry]) -> Campaign:
    """Fold *entries* in the order of time; shares leave in the order in which they came."""
    premiums, gain, is_complete = Decimal(0), Decimal(0), True
    parcels: list[_Parcel] = []
    for entry in sorted(entries, key=lambda entry: entry.at):
        price = entry.share_price
        is_complete &= entry.premium is not None and (price is not None or not entry.shares)
        premiums += entry.premium or Decimal(0)
        parcels, gained = _moved(parcels, entry.shares, price)
        gain += gained
    return Campaign(
        premiums=premiums,
        shares=sum(parcel.shares for parcel in parcels),
        share_cost=sum((each.shares * (each.price or Decimal(0)) for each in parcels), Decimal(0)),
        share_gain=gain,
        is_open=bool(parcels),
        is_complete=is_complete,
    )


def share_move(
    contract: OptionContract,
    quantity: int,
    at: datetime,
) -> ShareMove | None:
    """
    Tell the shares that the exercise or assignment of *quantity* contracts moves.

    *quantity* is signed as held: a short put assigned buys, a short call assigned sells,
    a long call exercised buys, a long put exercised sells, all at the strike. None: the
    contract delivers cash.
    """
    if contract.spec.delivery is Delivery.CASH:
        return None
    return ShareMove(contract.underlying, shares_moved(contract, quantity), contract.strike, at)


def shares_moved(contract: OptionContract, quantity: int) -> int:
    """Count the shares that the delivery of *quantity* contracts moves, signed as in a move."""
    way = 1 if contract.right is Right.CALL else -1
    return way * quantity * contract.multiplier


def deliver(
    holder: Position,
    move: ShareMove,
    how: How = How.ASSIGNED,
) -> tuple[Position, ShareMove | None]:
    """
    Take shares that leave the account out of a position that holds them without options.

    Gives the position, and what is left of *move* for the next holder or the campaign.
    """
    bare = [lot for lot in holder.lots if not option_legs(lot.legs)]
    leg = next((lot.legs[0] for lot in bare if lot.legs[0].symbol == move.underlying), None)
    if leg is None or move.quantity >= 0:
        return holder, move
    units = min(-move.quantity // leg.quantity, sum(lot.units for lot in bare))
    if not units:
        return holder, move
    rest = move.quantity + units * leg.quantity
    price = {move.underlying: move.price}
    covered = tuple(lot for lot in holder.lots if lot not in bare)
    changed = end_legs(
        replace(holder, lots=(*bare, *covered)),
        [move.underlying],
        price,
        how,
        move.at,
        units=units,
    )
    return changed, replace(move, quantity=rest) if rest else None


@dataclass(frozen=True, slots=True)
class _Parcel:
    """Shares that came together, at one price; None: not known."""

    shares: int  # signed: shares sold before they were bought are below zero
    price: Decimal | None


def _moved(
    parcels: list[_Parcel],
    shares: int,
    price: Decimal | None,
) -> tuple[list[_Parcel], Decimal]:
    """Let *shares* in or out: the parcels then, and what the ones that left have gained."""
    gain, left = Decimal(0), list(parcels)
    while shares and left and left[0].shares * shares < 0:
        first = left.pop(0)
        gone = min(abs(shares), abs(first.shares)) * (1 if first.shares > 0 else -1)
        shares += gone
        if price is not None and first.price is not None:
            gain += gone * (price - first.price)
        if first.shares != gone:
            left.insert(0, replace(first, shares=first.shares - gone))
    return ([*left, _Parcel(shares, price)] if shares else left), gain


def _opening(position: Position) -> Entry:
    shares = _shares_per_unit(position)
    at, id_ = position.opened_at, position.id
    if not shares:
        return Entry(EntryKind.OPENED, at, id_, opening_dollars(position))
    paid = position.open_net_price
    price = None if paid is None else _share_price(position, -paid)
    return Entry(EntryKind.OPENED, at, id_, Decimal(0), shares * position.units, price)


def _ending(position: Position, outcome: Outcome) -> Entry:
    shares, net_price = _shares_per_unit(position), outcome.net_price
    kind = EntryKind(outcome.how.value)
    if shares:
        price = None if net_price is None else _share_price(position, net_price)
        gone = -shares * outcome.units
        return Entry(kind, outcome.at, position.id, Decimal(0), gone, price)
    if net_price is None:
        return Entry(kind, outcome.at, position.id, None)
    premium = net_price * position.multiplier * outcome.units
    return Entry(kind, outcome.at, position.id, premium)


def _remembered(position: Position) -> list[Entry]:
    """Count what legs brought whose units still hold others."""
    return [
        Entry(
            EntryKind.LEGS_ENDED,
            position.opened_at,
            position.id,
            lot.accrued * position.multiplier * lot.units,
        )
        for lot in position.lots
        if lot.accrued
    ]


def _shares_per_unit(position: Position) -> int:
    return sum(leg.quantity for leg in position.legs if isinstance(leg.instrument, Shares))


def _share_price(position: Position, net_price: Decimal) -> Decimal:
    return net_price * position.multiplier / _shares_per_unit(position)
