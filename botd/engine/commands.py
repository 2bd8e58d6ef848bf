"""
What people ask for through the ledger: cancel, close, release, halt.

A take-over or a halt is already in force when its command is seen here: the row that
the person committed blocks every new order by itself. What is left to do is to end
the order that still works, and to tell its true fate.
"""

import asyncio
from collections.abc import Collection, Coroutine
from datetime import datetime, timedelta
from typing import Any

from botd.domain import override, schedule
from botd.domain.position import Position
from botd.domain.reconcile import FindingKind
from botd.engine import claims, manual, resolve, wave
from botd.engine.desk import Desk, log
from botd.engine.findings import reconcile_book
from botd.engine.plans import schedule_of
from botd.engine.reads import read_account
from botd.errors import BrokerError, NotFoundError, StateError
from botd.ledger import attempts, commands, orders, overrides, positions
from botd.ledger.columns import Tx
from botd.ledger.commands import Command, CommandState
from botd.ledger.halts import scope_of
from botd.ledger.orders import Order

_CANCEL_PATIENCE = timedelta(seconds=30)
_FRESH = timedelta(minutes=5)  # older, and what sends orders must be asked for again
_SENDING = frozenset({"close", "release"})

Result = dict[str, Any]


async def due(desk: Desk, own: Collection[int] | None = None) -> list[Coroutine[Any, Any, None]]:
    """
    Take up the commands for this account that nobody has begun.

    With *own*, ids, only these and everybody's cancels: whoever stands in for a daemon
    leaves when its own are done, and must not leave somebody else's order alone.
    """

    def is_wanted(command: Command) -> bool:
        return own is None or command.id in own or command.kind not in _SENDING

    def pending(tx: Tx) -> list[Command]:
        found = (command for command in commands.pending(tx) if is_wanted(command))
        return [command for command in found if _is_ours(tx, desk, command)]

    def begin(tx: Tx) -> list[Command]:
        return [command for command in pending(tx) if commands.begin(tx, command.id, desk.now())]

    if not await desk.ledger.read(pending):
        return []
    return [_carry_out(desk, command) for command in await desk.ledger.write(begin)]


async def left_behind(desk: Desk) -> list[Coroutine[Any, Any, None]]:
    """
    Take up the commands for this account that a process began and did not end.

    Whoever calls this holds the ledger's lock: the process that began them is gone.
    """

    def running(tx: Tx) -> list[Command]:
        return [
            command
            for command in commands.unfinished(tx)
            if command.state is CommandState.RUNNING and _is_ours(tx, desk, command)
        ]

    return [
        _drop(desk, command) if command.kind in _SENDING else _carry_out(desk, command)
        for command in await desk.ledger.read(running)
    ]


async def _drop(desk: Desk, command: Command) -> None:
    """End a command that sends orders: how far it came, its orders and position tell."""
    words = "the process that worked on it ended before it did"
    result = {"done": False, "unreachable": True, "message": words}
    await desk.ledger.write(lambda tx: commands.finish(tx, command.id, result, desk.now()))
    log.warning("command_dropped", command=command.id, kind=command.kind, by=command.by)


def _is_ours(tx: Tx, desk: Desk, command: Command) -> bool:
    """Whether a command is about this account: by its position, or by name."""
    if command.position_id is None:
        return bool(command.args.get("account") == scope_of(desk.key))
    try:
        return positions.get(tx, command.position_id).account_key == desk.key
    except NotFoundError:
        return False


async def _carry_out(desk: Desk, command: Command) -> None:
    log.info("command_begun", command=command.id, kind=command.kind, by=command.by)
    result = await _answer(desk, command)
    await desk.ledger.write(lambda tx: commands.finish(tx, command.id, result, desk.now()))
    what = {"command": command.id, "kind": command.kind, "position": command.position_id}
    log.info("command_done", **what, **result)


async def _answer(desk: Desk, command: Command) -> Result:
    if command.kind == "halt":
        return await _halt(desk, command)
    age = desk.now() - command.created_at
    if command.kind in _SENDING and age > _FRESH:
        minutes = int(age.total_seconds()) // 60
        words = f"nobody took it up for {minutes} minutes: nothing was done, ask again"
        return {"done": False, "message": words}
    position = await _position(desk, command.position_id or "")
    match command.kind:
        case "cancel":
            return await _cancel(desk, position)
        case "release":
            return await _release(desk, position, command)
        case "close":
            return await manual.close(desk, position, command)
        case _:
            return {"done": False, "message": f"no command {command.kind!r}"}


async def _position(desk: Desk, name: str) -> Position:
    return desk.keep(await desk.ledger.read(lambda tx: positions.get(tx, name)))


async def _cancel(desk: Desk, position: Position) -> Result:
    live = await desk.ledger.read(lambda tx: orders.unsettled(tx, desk.key))
    own = (order for order in live if order.intent.position_id == position.id)
    return {"done": True, "orders": await asyncio.gather(*(_end(desk, order) for order in own))}


async def _halt(desk: Desk, command: Command) -> Result:
    if command.args.get("keep_working"):
        return {"done": True, "orders": []}
    live = await desk.ledger.read(lambda tx: orders.unsettled(tx, desk.key))
    return {"done": True, "orders": await asyncio.gather(*(_end(desk, order) for order in live))}


async def _end(desk: Desk, order: Order) -> Result:
    ended = await resolve.end(desk, order, desk.now() + _CANCEL_PATIENCE)
    return {
        "client_order_id": ended.intent.client_order_id,
        "position_id": ended.intent.position_id,
        "status": ended.status.value,
        "units": ended.intent.units,
        "filled_units": ended.filled_units,
        "lives": not ended.is_final,
    }


async def end_revived(desk: Desk, client_order_id: str) -> None:
    """End an order that works though it was taken to have ended."""
    order = await desk.ledger.read(lambda tx: orders.get(tx, client_order_id))
    ended = await resolve.end(desk, order, desk.now() + _CANCEL_PATIENCE)
    log.warning("revived_order_ended", client_order_id=client_order_id, status=ended.status.value)


async def _release(desk: Desk, position: Position, command: Command) -> Result:
    """Give a position back to its bot, if the broker says that it is still held."""
    try:
        facts = await read_account(desk)
    except BrokerError as error:
        return {"done": False, "unreachable": True, "message": f"the broker: {error}"}
    finding = reconcile_book(desk, facts).get(position.id)
    if finding is None or finding.kind is not FindingKind.HELD:
        fact = finding.fact if finding else "nothing of it is held"
        return {"done": False, "message": f"not given back: {fact}; resolve it instead"}
    return await _give_back(desk, position, command)


async def _give_back(desk: Desk, position: Position, command: Command) -> Result:
    at = desk.now()

    def work(tx: Tx) -> Position:
        changed = positions.change(
            tx,
            position.id,
            "released",
            lambda found: override.release(found, at),
            at=at,
            by=command.by,
        )
        overrides.end(tx, position.id, at=at, by=command.by, ending="released")
        return changed

    try:
        released = desk.keep(await desk.ledger.write(work))
    except StateError as error:
        return {"done": False, "message": str(error)}
    desk.is_stale = True  # its attempts are scheduled again
    if command.args.get("now"):
        return await _try_now(desk, released, at)
    return {"done": True}


async def _try_now(desk: Desk, position: Position, at: datetime) -> Result:
    if lead := await _is_due(desk, position, at):
        return {"done": True, "message": f"given back; {lead} runs now"}
    attempt = manual.extra_attempt(desk, position, at)
    if attempt is None:
        return {"done": True, "message": "given back; no attempt now: its time is over"}
    await desk.ledger.write(lambda tx: claims.claim_one(tx, desk, attempt))
    await wave.carry(desk, (attempt,))
    return {"done": True, "message": "given back, and tried once"}


async def _is_due(desk: Desk, position: Position, at: datetime) -> str:
    """Name the attempt that the schedule runs late by itself, if any."""
    plan = schedule_of(desk, position)
    if plan is None or not desk.runs_attempts:
        return ""
    taken = await desk.ledger.read(lambda tx: attempts.taken(tx, at - timedelta(days=1)))
    return next((found.lead for found in schedule.due((plan,), taken, at).run), "")
