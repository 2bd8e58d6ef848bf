"""
Which wheel a position belongs to, and the next call on shares that a wheel holds.

    a short put, a covered call, shares, a short call
        join the open campaign of their bot, account and underlying, if there is one
    a covered call, shares, and a short put whose assignment is accepted
        else start a campaign, named after their id
    everything else
        belongs to none; an assignment starts a campaign the next morning

A campaign is open while any of its positions holds a leg, or shares are left in it.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from botd.domain import lots, schedule, strategy
from botd.domain.campaign import Campaign, ShareMove, campaign_of
from botd.domain.contract import Leg, OptionContract, Right, option_legs
from botd.domain.position import How, Lot, Policy, Position
from botd.domain.session import Sessions
from botd.errors import StateError
from botd.ledger import Tx, campaigns, positions
from botd.ledger.positions import PositionQuery
from botd.settings.positions_file import PositionEntry, computed_id

_STARTS = frozenset({"covered call", "shares"})
_STARTS_IF_ACCEPTED = "short put"
_JOINS = _STARTS | {_STARTS_IF_ACCEPTED, "short call"}
_ALL = 1_000_000


def placed(tx: Tx, position: Position, policy: Policy) -> Position:
    """
    Give a new *position* with the campaign that it belongs to.

    Args:
        tx: an open transaction.
        position: not in the ledger yet.
        policy: what happens to it in the money: its own, else its bot's.
    """
    if position.strategy not in _JOINS:
        return position
    found = open_campaign(tx, position)
    if found is not None:
        return replace(position, campaign=found)
    starts = position.strategy in _STARTS or (
        position.strategy == _STARTS_IF_ACCEPTED and policy is Policy.ACCEPT
    )
    return replace(position, campaign=position.id) if starts else position


def open_campaign(tx: Tx, position: Position) -> str | None:
    """Find the newest open campaign of a position's bot, account and underlying."""
    known = positions.campaigns_of(tx, position)
    return next((name for name, holds in known if holds or read(tx, name).is_open), None)


def read(tx: Tx, name: str) -> Campaign:
    """Add up a campaign as the ledger knows it."""
    found = positions.find(tx, PositionQuery(campaign=name), size=_ALL).items
    moves = [
        ShareMove(entry.symbol, entry.quantity, entry.net_price, entry.at)
        for entry in campaigns.entries(tx, name)
        if entry.kind == "shares"
        and entry.symbol is not None
        and entry.quantity is not None
        and entry.net_price is not None
    ]
    return campaign_of(found, moves)


def begin(tx: Tx, position: Position, *, by: str, at: datetime) -> Position:
    """Start a campaign with a position that has none."""
    return positions.change(
        tx,
        position.id,
        "campaign",
        lambda found: replace(found, campaign=found.id),
        at=at,
        by=by,
    )


def refuse_uncovered(tx: Tx, name: str, call: Position) -> None:
    """
    Refuse a *call* that is not covered by what a campaign's shares leave free.

    Raises:
        StateError: with the shares there are, and those under calls that are open.
    """
    shares, taken = read(tx, name).shares, -sum(map(_calls_sold, _held(tx, name)))
    wanted = -_calls_sold(call)
    if shares - taken < wanted:
        raise StateError(
            f"the campaign {name!r} holds {shares} shares of {call.underlying}, {taken} of them "
            f"under calls: {wanted} are needed under {call.legs[0].symbol}"
        )


def _held(tx: Tx, name: str) -> list[Position]:
    found = positions.find(tx, PositionQuery(campaign=name), size=_ALL).items
    return [one for one in found if one.lots]


def _calls_sold(position: Position) -> int:
    """Count the shares that a position's open short calls may take, below zero."""
    return sum(
        lot.units * quantity * contract.multiplier
        for lot in position.lots
        for contract, quantity in option_legs(lot.legs)
        if contract.right is Right.CALL and quantity < 0
    )


def next_call(
    before: Position, call: OptionContract, net_price: Decimal, at: datetime, sessions: Sessions
) -> Position:
    """
    Make the position of the next *call* on the shares under *before*, its call's size.

    The shares stay with the position, or the campaign, that holds them: nothing counts
    twice. *net_price* is the credit, per share.

    Raises:
        StateError: *before* holds no short call, and none of it has expired.
        ValueError: *call* does not follow it.
    """
    units, quantity = _last_calls(before)
    _refuse_unfit(before, call, net_price, at, sessions)
    legs = (Leg(call, quantity),)
    entry = PositionEntry("", before.bot, at, units, net_price, legs, before.policy)
    return lots.open_position(
        Position(
            id=computed_id(entry),
            number=0,  # the ledger gives the next one
            bot=before.bot,
            broker=before.broker,
            account=before.account,
            underlying=before.underlying,
            strategy=strategy.name(legs),
            legs=legs,
            units=units,
            opened_at=at,
            open_net_price=net_price,
            expiration=call.expiration,
            closes_at=schedule.closes_at(legs, sessions),
            policy=before.policy,
            campaign=before.campaign or before.id,
        )
    )


def has_expired(before: Position) -> bool:
    """Whether its calls are booked as expired already: there is nothing left to mark."""
    return not _short_calls(before.lots) and bool(_expired_units(before))


def _last_calls(before: Position) -> tuple[int, int]:
    """Give the units of the calls that the next one follows, and the quantity of each."""
    held = _short_calls(before.lots)
    if held:
        return sum(units for units, _ in held), held[0][1]
    units = _expired_units(before)
    if not units:
        raise StateError(f"position {before.number} ({before.id}) holds no short call")
    return units, _short_calls([Lot(1, before.legs)])[0][1]


def _short_calls(held: Iterable[Lot]) -> list[tuple[int, int]]:
    """Give units and quantity of each short call in lots."""
    return [
        (lot.units, quantity)
        for lot in held
        for contract, quantity in option_legs(lot.legs)
        if contract.right is Right.CALL and quantity < 0
    ]


def _expired_units(position: Position) -> int:
    """Count the units whose short call is gone: their shares are left, or it expired."""
    if not _short_calls([Lot(1, position.legs)]):
        return 0
    bare = sum(lot.units for lot in position.lots if not option_legs(lot.legs))
    return bare + sum(one.units for one in position.outcomes if one.how is How.EXPIRED)


def _refuse_unfit(
    before: Position, call: OptionContract, net_price: Decimal, at: datetime, sessions: Sessions
) -> None:
    if call.right is not Right.CALL or call.underlying != before.underlying:
        raise ValueError(f"{call.symbol} is no call on {before.underlying}")
    if net_price <= 0:
        raise ValueError(f"{net_price} is no credit; a sold call brings one, as --net-price 2.35")
    if schedule.stops_trading_at(call, sessions) <= at:
        raise ValueError(f"{call.symbol} has stopped trading already")
