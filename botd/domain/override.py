"""
Who looks after a position, and how that changes.

    take        a person takes it: no new order of ours from here on
    hand_over   the protocol gives it to a person
    mark_refused  the broker said no: presumed assigned, given to a person
    release     a person gives it back, once a reconcile has found it held
    resolve     a person tells how it ended

`Position.epoch` counts every change of hands, so that an order prepared before one is
known as old after it.
"""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from botd.domain import by_hand
from botd.domain.booked import with_worthless
from botd.domain.contract import ending_legs, option_legs
from botd.domain.lots import end_legs, end_unknown, merge_outcomes, named_after_outcomes
from botd.domain.position import (
    DELIVERIES,
    LIVE_STATUSES,
    Assignment,
    BrokerWords,
    ClosedBy,
    How,
    Lot,
    Management,
    ManualReason,
    Outcome,
    Position,
    Status,
)
from botd.errors import StateError

# What else a reason to hand over says of the position.
_STATUS_OF_REASON = {
    ManualReason.GONE: Status.ASSIGNED,
    ManualReason.REFUSED: Status.ASSIGNED,
    ManualReason.UNRESOLVED: Status.UNRESOLVED,
}
_STOPPED = frozenset({Status.UNRESOLVED, Status.AWAITING_SETTLEMENT})


def take(position: Position, at: datetime, by: str = "a person") -> Position:
    """
    Give *position* to the person *by*: no new order of ours is possible from here on.

    Raises:
        StateError: it has ended, or a person has it already.
    """
    _still_held(position)
    if position.managed_by is Management.MANUAL:
        raise StateError(f"{_name(position)} is under manual override already: {_hands(position)}")
    fact = f"taken over by {by} at {_instant(at)}"
    return _to_person(position, ManualReason.PERSON, fact)


def release(position: Position, at: datetime | None = None) -> Position:
    """
    Give *position* back to its bot; the caller has found it held, by a reconcile.

    The assignment is cleared. The broker's words stay readable: they are history, and
    tell with their instant that they are old. With *at*, the instant of the release, a
    position whose T has passed is refused: no attempt would look at it any more.

    Raises:
        StateError: it has ended, its contracts have stopped trading, or its bot has it.
    """
    _still_held(position)
    if position.managed_by is Management.BOT:
        raise StateError(f"{_name(position)} is managed by its bot {position.bot!r} already")
    if position.status in _STOPPED or _has_stopped(position, at):
        raise StateError(
            f"{_name(position)} cannot be released: its contracts have stopped trading; "
            f"tell how it ended with: botd override resolve {position.number}",
        )
    return replace(
        position,
        status=Status.OPEN,
        managed_by=Management.BOT,
        manual_reason=None,
        assignment=None,
        fact=None,
        epoch=position.epoch + 1,
    )


def hand_over(position: Position, manual_reason: ManualReason, fact: str) -> Position:
    """
    Give *position* to a person, with what is probably true in plain words.

    `GONE` and `REFUSED` also presume an assignment; `UNRESOLVED` is a status too. A
    confirmed assignment of some units stays known.

    Raises:
        StateError: it has ended.
    """
    _still_held(position)
    status = _STATUS_OF_REASON.get(manual_reason, position.status)
    assignment = Assignment.PRESUMED if status is Status.ASSIGNED else None
    if position.assignment is Assignment.CONFIRMED:
        assignment = Assignment.CONFIRMED
    changed = replace(position, status=status, assignment=assignment)
    return _to_person(changed, manual_reason, fact)


def mark_refused(position: Position, words: BrokerWords, fact: str) -> Position:
    """
    Presume *position* assigned after a refusal, and keep the broker's words verbatim.

    Raises:
        StateError: it has ended.
    """
    refused = hand_over(position, ManualReason.REFUSED, fact)
    return replace(refused, broker_error=words)


def book_gone(position: Position, how: How, closed_by: ClosedBy, at: datetime) -> Position:
    """
    End all that is left at an unknown price, where it is known how but not for how much.

    Raises:
        StateError: it has ended.
    """
    _still_held(position)
    return end_unknown(replace(position, closed_by=closed_by), position.units_open, how, at)


def resolve(
    position: Position,
    how: How,
    net_price: Decimal | None,
    at: datetime,
) -> Position:
    """
    Book how everything ended that is still open or unknown, on a person's word.

    *net_price* is per share toward the account, of the legs still held. None: not known,
    and neither is the P/L. Three ends are known without it: what expired was worth
    nothing; a covered call's own shares left at the strike; and in a campaign a single
    option ended at 0, the shares being booked there at the strike (`by_hand.moves_of`
    tells them to the caller). The broker's records may still say otherwise.

    What expired leaves shares behind: they stay, and the position stays open.

    Raises:
        StateError: nothing is left to be resolved, or its bot still manages it.
        ValueError: an expired position with a price other than 0.
    """
    _resolvable(position)
    if how is How.EXPIRED:
        if net_price:
            raise ValueError(f"what expired was worth nothing, not {net_price!r}")
        return _expired(position, at)
    ended = tuple(
        Outcome(lot.units, how, _price_of(position, lot, how, net_price), at)
        for lot in position.lots
    )
    closed_by = ClosedBy.PERSON if how is How.CLOSED else position.closed_by
    known = _known(position, how, net_price)
    changed = replace(position, lots=(), closed_by=closed_by)
    if how in DELIVERIES:
        changed = by_hand.noted(changed, untold(position), net_price)
    return _resolved(changed, (*known, *ended), at)


def untold(position: Position) -> tuple[by_hand.Part, ...]:
    """Give the units whose end is still to be told, each with the legs that it held."""
    held = tuple((lot.units, lot.legs) for lot in position.lots)
    gone = (each.units for each in position.outcomes if each.net_price is None)
    return (*held, *((units, position.legs) for units in gone))


def describe_end(position: Position) -> str:
    """Tell how a position ended: "closed at 0.45 on 2015-12-24T17:50:00Z"."""
    when = f" on {_instant(position.closed_at)}" if position.closed_at else ""
    parts = [
        f"{each.how.value} at {'an unknown price' if each.net_price is None else each.net_price}"
        for each in position.outcomes
    ]
    return ", ".join(parts or [position.status.value]) + when


def _to_person(position: Position, reason: ManualReason, fact: str) -> Position:
    changes_hands = position.managed_by is Management.BOT
    return replace(
        position,
        managed_by=Management.MANUAL,
        manual_reason=reason,
        fact=fact,
        epoch=position.epoch + changes_hands,
    )


def _still_held(position: Position) -> None:
    if not position.lots:
        raise StateError(f"{_name(position)} is already resolved as {describe_end(position)}")


def _has_stopped(position: Position, at: datetime | None) -> bool:
    return at is not None and position.closes_at is not None and position.closes_at <= at


def _resolvable(position: Position) -> None:
    if all(outcome.net_price is not None for outcome in position.outcomes):
        _still_held(position)
    if position.status in LIVE_STATUSES and position.managed_by is Management.BOT:
        raise StateError(
            f"{_name(position)} is managed by its bot {position.bot!r}: "
            f"take it first with: botd take {position.number}",
        )


def _expired(position: Position, at: datetime) -> Position:
    options = {contract.symbol for lot in position.lots for contract, _ in option_legs(lot.legs)}
    if position.lots and not options:
        is_future = any(ending_legs(lot.legs) for lot in position.lots)
        what = "a future; none expires" if is_future else "shares only; they do not expire"
        raise StateError(f"{_name(position)} holds {what}")
    outcomes = _known(position, How.EXPIRED, Decimal(0))
    changed = replace(position, outcomes=outcomes)
    for units, legs in untold(position):
        ended = {contract.symbol: units * quantity for contract, quantity in option_legs(legs)}
        changed = with_worthless(changed, ended)
    if options:
        changed = end_legs(changed, options, {}, How.EXPIRED, at)
    if changed.lots:
        return replace(changed, fact=None)
    return _resolved(changed, changed.outcomes, at)


def _resolved(position: Position, outcomes: tuple[Outcome, ...], at: datetime) -> Position:
    ended = replace(position, outcomes=merge_outcomes(outcomes), closed_at=at, fact=None)
    return named_after_outcomes(ended)


def _known(position: Position, how: How, net_price: Decimal | None) -> tuple[Outcome, ...]:
    """Give the outcomes, those of unknown price told anew: their units were whole."""
    whole = Lot(position.units, position.legs)
    price = _price_of(position, whole, how, net_price)
    return tuple(
        replace(outcome, how=how, net_price=price) if outcome.net_price is None else outcome
        for outcome in position.outcomes
    )


def _price_of(
    position: Position,
    lot: Lot,
    how: How,
    net_price: Decimal | None,
) -> Decimal | None:
    if net_price is None and how in DELIVERIES:
        net_price = by_hand.price_of(position, lot.legs)
    return None if net_price is None else lot.accrued + net_price


def _hands(position: Position) -> str:
    reason = position.manual_reason.value if position.manual_reason else "no reason told"
    return f"{reason}; {position.fact}" if position.fact else reason


def _name(position: Position) -> str:
    return f"position {position.number} ({position.id})"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
