"""
What people ask for, as rows: each function is one transaction's worth of writing.

The row itself is what stops new orders; the command beside it asks whoever holds the
account's engine to end what still works, and to tell its true fate.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from botd.calendar.new_york import to_wall
from botd.domain import after_close, by_hand, lots, override, plausible, schedule
from botd.domain.after_close import Expire
from botd.domain.contract import (
    Delivery,
    Future,
    Instrument,
    OptionContract,
    ending_legs,
)
from botd.domain.position import DELIVERIES, How, Management, Policy, Position, Status
from botd.domain.session import Sessions
from botd.errors import StateError
from botd.ledger import Tx, campaigns, commands, halts, marks, orders, overrides, positions
from botd.ledger.commands import Command
from botd.ledger.halts import Halt, HaltKind
from botd.ledger.orders import Order

AccountKey = tuple[str, str]

_AT_THE_CLOSE = timedelta(minutes=15)  # a spot no farther from it says how it ended
_CONTRADICTS = "contradicts"  # the key in an event's data


@dataclass(frozen=True, slots=True)
class Taken:
    """A position in a person's hands, and what of ours lived when it came there."""

    position: Position
    orders: tuple[str, ...]  # client order ids; one that had not left is withdrawn already
    command: Command | None  # asks for the end of the others; None: none may still fill


def take(tx: Tx, position_id: str, *, by: str, reason: str, at: datetime) -> Taken:
    """
    Give a position to a person: from this commit on no new order of ours leaves for it.

    That ends a person's own close, too. Where a person has it already and an order of
    ours may still fill, its cancel is asked for again.

    Raises:
        StateError: it has ended, or a person has it already, and nothing of ours lives.
    """
    found = positions.get(tx, position_id)
    living = _living(tx, found)
    is_again = bool(living) and (not found.lots or found.managed_by is Management.MANUAL)
    taken = positions.change(
        tx,
        position_id,
        "taken",
        lambda before: before if is_again else override.take(before, at, by),
        at=at,
        by=by,
        data={"reason": reason},
    )
    overrides.begin(tx, position_id, at=at, by=by, reason=reason)
    withdrawn = orders.withdraw(tx, position_id, at)
    names = tuple(order.client_order_id for order in living)
    command = None
    if set(names) - set(withdrawn):
        command = commands.add(tx, kind="cancel", by=by, at=at, position_id=position_id)
    return Taken(taken, names, command)


def _living(tx: Tx, position: Position) -> list[Order]:
    """Read the orders of a position that may still fill."""
    found = orders.unsettled(tx, position.account_key)
    return [order for order in found if order.intent.position_id == position.id]


def _refuse_living(tx: Tx, position: Position) -> None:
    if _living(tx, position):
        raise StateError(
            f"position {position.number} ({position.id}): an order of ours may still fill; "
            f"end it first with: botd take {position.number}"
        )


def release(tx: Tx, position_id: str, *, by: str, at: datetime, try_now: bool) -> Command:
    """Ask for a position to be given back, after a reconcile, and perhaps tried at once."""
    override.release(positions.get(tx, position_id), at)  # refuses what cannot be given back
    args = {"now": try_now}
    return commands.add(tx, kind="release", by=by, at=at, position_id=position_id, args=args)


def close(tx: Tx, position_id: str, *, by: str, at: datetime, args: Mapping[str, Any]) -> Command:
    """
    Ask for a close now; *args*: `units` (None: all), `pricing` (None: its bot's).

    Raises:
        StateError: nothing of it is open, or a halt is in force.
    """
    found = positions.get(tx, position_id)
    _refuse_ended(found)
    for halt in halts.current(tx, found.account_key):
        if halt.kind is not HaltKind.STOP:  # that one is lifted by a read that succeeds
            raise StateError(f"halted by {halt.by}: {halt.reason}; go on with: botd resume")
    return commands.add(tx, kind="close", by=by, at=at, position_id=position_id, args=args)


def resolve(
    tx: Tx,
    position_id: str,
    *,
    how: How,
    net_price: Decimal | None,
    by: str,
    at: datetime,
    note: str,
) -> Position:
    """
    Book how a position ended, on a person's word, and its shares into its campaign.

    The broker's record of the same delivery books no share a second time.

    Raises:
        StateError: nothing is left to be resolved, its bot still manages it, or an order
            of it may still fill.
        ValueError: the price contradicts how it ended, or its sign what is held.
    """
    before = positions.get(tx, position_id)
    _refuse_living(tx, before)
    plausible.refuse_wrong_way(before, how, net_price)
    against = _against_expiry(tx, before, at) if how is How.EXPIRED else {}
    resolved = positions.change(
        tx,
        position_id,
        "resolved",
        lambda found: override.resolve(found, how, net_price, at),
        at=at,
        by=by,
        data={"note": note, **against},
    )
    if how in DELIVERIES:
        for move in by_hand.moves_of(before, override.untold(before), net_price, at):
            campaigns.book_shares(tx, resolved, move, at=at, by=by, is_confirmed=False)
    overrides.end(tx, position_id, at=at, by=by, ending="resolved")
    return resolved


def set_policy(tx: Tx, position_id: str, policy: Policy, *, by: str, at: datetime) -> Position:
    """
    Say what happens to a position that is in the money, whatever its bot says.

    Raises:
        StateError: it has ended, or its options deliver shares and cannot be settled.
    """
    found = positions.get(tx, position_id)
    _refuse_ended(found)
    ending = [one for one, _ in ending_legs(lots.remaining_legs(found))]
    if policy is Policy.SETTLE and (delivers := next(filter(None, map(_delivers, ending)), "")):
        raise StateError(
            f"{found.underlying} {delivers}: settle is for cash-settled contracts; "
            "allowed here: close, hand_over, accept"
        )
    return positions.change(
        tx, position_id, "policy", lambda found: replace(found, policy=policy), at=at, by=by
    )


def expire(tx: Tx, position_id: str, *, by: str, at: datetime, sessions: Sessions) -> Position:
    """
    Book the options of a position that have stopped trading as expired, on a person's word.

    Shares stay, and later legs: the position then stays open with these.

    Raises:
        StateError: nothing of it has stopped trading, it has ended, or an order of it may
            still fill.
    """
    before = positions.get(tx, position_id)
    _refuse_living(tx, before)

    def booked(found: Position) -> Position:
        is_unknown = any(outcome.net_price is None for outcome in found.outcomes)
        if is_unknown or not found.lots:
            return override.resolve(found, How.EXPIRED, None, at)
        legs = schedule.expiring_legs(lots.remaining_legs(found), at, sessions)
        if not legs:
            raise StateError(_still_trades(found))
        if any(isinstance(leg.instrument, Future) for leg in legs):
            raise StateError(_never_expires(found))
        opened = replace(found, status=Status.OPEN, assignment=None, fact=None)
        return after_close.book(opened, Expire(legs), at, sessions)

    data = {"by": "hand", **_against_expiry(tx, before, at)}
    return positions.change(tx, position_id, "expired", booked, at=at, by=by, data=data)


def contradiction(tx: Tx, position_id: str) -> str | None:
    """Read what spoke against the expiry that a person told last; None: nothing."""
    told = [
        event.data or {}
        for event in positions.events(tx, position_id)
        if event.kind in {"resolved", "expired"}
    ]
    return told[-1].get(_CONTRADICTS) if told else None


def _against_expiry(tx: Tx, position: Position, at: datetime) -> dict[str, str]:
    """Say what is known against an expiry that a person tells at *at*, for its event."""
    ends_at = at if position.closes_at is None else min(at, position.closes_at)
    words = plausible.against_expiry(position, _spot_at(tx, position, ends_at))
    return {} if words is None else {_CONTRADICTS: words}


def _spot_at(tx: Tx, position: Position, at: datetime) -> Decimal | None:
    """Read the spot of a position as it was seen near *at*; None: it was not."""
    for mark in marks.get(tx, position.account_key):
        if mark.symbol == position.underlying and abs(mark.as_of - at) <= _AT_THE_CLOSE:
            if mark.last is not None or mark.bid is None or mark.ask is None:
                return mark.last
            return (mark.bid + mark.ask) / 2
    return None


def _delivers(one: Instrument) -> str:
    """Say what changes hands when it ends; empty: money alone."""
    if isinstance(one, Future):
        return "" if one.is_cash_settled else "futures are delivered"
    is_physical = isinstance(one, OptionContract) and one.spec.delivery is Delivery.SHARES
    return "options deliver shares" if is_physical else ""


def _never_expires(found: Position) -> str:
    return (
        f"position {found.number} ({found.id}) holds a future, which is worth something: "
        f"botd override resolve {found.number} --as closed --net-price P"
    )


def _still_trades(position: Position) -> str:
    name = f"position {position.number} ({position.id})"
    if position.closes_at is None:
        return f"{name} holds shares only; they do not expire"
    until = f"{to_wall(position.closes_at):%Y-%m-%d %H:%M} New York"
    return f"{name} trades until {until}: it has not expired"


def _refuse_ended(position: Position) -> None:
    if not position.units_open:
        raise StateError(f"position {position.number} is {override.describe_end(position)}")


def halt(
    tx: Tx,
    accounts: Iterable[AccountKey],
    *,
    reason: str,
    by: str,
    at: datetime,
    keep_working: bool,
) -> tuple[Halt, tuple[Command, ...]]:
    """
    Stop every new order anywhere, and ask each of *accounts* to end what works there.

    What has not left is withdrawn at once.
    """
    for order in orders.unsettled(tx):
        orders.withdraw(tx, order.intent.position_id, at)
    stop = halts.begin(
        tx,
        scope=halts.EVERYTHING,
        kind=HaltKind.PERSON,
        reason=reason,
        by=by,
        at=at,
        keep_working=keep_working,
    )
    asked = tuple(
        commands.add(
            tx,
            kind="halt",
            by=by,
            at=at,
            args={"account": halts.scope_of(key), "keep_working": keep_working},
        )
        for key in accounts
    )
    return stop, asked


def resume(tx: Tx, *, by: str, at: datetime) -> tuple[Halt, ...]:
    """End every stop in force, of people and of the daemon; give them."""
    in_force = halts.current(tx)
    for stop in in_force:
        halts.end(tx, stop.id, by=by, at=at)
    return in_force
