"""
What people ask for, as rows: each function is one transaction's worth of writing.

The row itself is what stops new orders; the command beside it asks whoever holds the
account's engine to end what still works, and to tell its true fate.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from botd.domain import override
from botd.domain.position import How, Policy, Position
from botd.errors import StateError
from botd.ledger import Tx, commands, halts, overrides, positions
from botd.ledger.commands import Command
from botd.ledger.halts import Halt, HaltKind

AccountKey = tuple[str, str]


def take(tx: Tx, position_id: str, *, by: str, reason: str, at: datetime) -> Command:
    """
    Give a position to a person: from this commit on no new order of ours leaves for it.

    Raises:
        StateError: it has ended, or a person has it already.
    """
    positions.change(
        tx,
        position_id,
        "taken",
        lambda found: override.take(found, at, by),
        at=at,
        by=by,
        data={"reason": reason},
    )
    overrides.begin(tx, position_id, at=at, by=by, reason=reason)
    return commands.add(tx, kind="cancel", by=by, at=at, position_id=position_id)


def release(tx: Tx, position_id: str, *, by: str, at: datetime, try_now: bool) -> Command:
    """Ask for a position to be given back, after a reconcile, and perhaps tried at once."""
    override.release(positions.get(tx, position_id), at)  # refuses what cannot be given back
    args = {"now": try_now}
    return commands.add(tx, kind="release", by=by, at=at, position_id=position_id, args=args)


def close(tx: Tx, position_id: str, *, by: str, at: datetime, args: Mapping[str, Any]) -> Command:
    """
    Ask for a close now; *args*: `units` (None: all), `pricing` (None: its bot's).

    Raises:
        StateError: nothing of it is open.
    """
    found = positions.get(tx, position_id)
    if not found.units_open:
        raise StateError(f"position {found.number} is {override.describe_end(found)}")
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
    Book how a position ended, on a person's word.

    Raises:
        StateError: nothing is left to be resolved, or its bot still manages it.
        ValueError: the price contradicts how it ended.
    """
    resolved = positions.change(
        tx,
        position_id,
        "resolved",
        lambda found: override.resolve(found, how, net_price, at),
        at=at,
        by=by,
        data={"note": note},
    )
    overrides.end(tx, position_id, at=at, by=by, ending="resolved")
    return resolved


def set_policy(tx: Tx, position_id: str, policy: Policy, *, by: str, at: datetime) -> Position:
    """
    Say what happens to a position that is in the money, whatever its bot says.

    Raises:
        StateError: it has ended.
    """
    before = positions.get(tx, position_id)
    if not before.units_open:
        raise StateError(f"position {before.number} is {override.describe_end(before)}")
    return positions.change(
        tx, position_id, "policy", lambda found: replace(found, policy=policy), at=at, by=by
    )


def halt(
    tx: Tx,
    accounts: Iterable[AccountKey],
    *,
    reason: str,
    by: str,
    at: datetime,
    keep_working: bool,
) -> tuple[Halt, tuple[Command, ...]]:
    """Stop every new order anywhere, and ask each account for the fate of working ones."""
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
