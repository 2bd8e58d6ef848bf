"""
The one way to start: compare the ledger's view with the broker's.

A first start and a start after a crash are the same code. Orders of ours that the
ledger lost are adopted by their ids; orders of unknown fate are looked for; attempts
that were begun and not ended are taken up again, if their time has not passed.
"""

import asyncio
from datetime import datetime, timedelta

from botd.domain import order_id
from botd.domain.decision import Reason, Skip
from botd.domain.label import label
from botd.domain.orders import LIVE_ORDER_STATUSES, OrderIntent, OrderReport, OrderStatus
from botd.domain.position import Position
from botd.engine import cases, notices, resolve, stops
from botd.engine.attempt import Attempt, Ending, make
from botd.engine.desk import Desk, log
from botd.engine.plans import schedule_of
from botd.engine.reads import AccountFacts, read_account_until
from botd.engine.record import Recorded, book, take_in
from botd.ledger import attempts, orders
from botd.ledger.columns import Tx
from botd.ledger.halts import HaltKind, scope_of

_DAY = timedelta(days=1)
_RESUME_MARGIN = timedelta(seconds=5)
_DIED = "the process that began it died before it had decided"


async def recover(desk: Desk, until: datetime) -> tuple[bool, tuple[Attempt, ...]]:
    """
    Reconcile orders with the broker; give whether it could be read, and what to go on with.

    Raises:
        LedgerError: the ledger cannot be written; nothing may start.
    """
    desk.watch.begin_day(desk.now() - _DAY)
    await _withdraw_unsent(desk)
    facts = await read_account_until(desk, until)
    if facts is not None:
        await reconcile(desk, facts, until)
    return facts is not None, await _unfinished(desk)


async def reconcile(desk: Desk, facts: AccountFacts, until: datetime) -> None:
    """
    Bring ledger and guard up to what the broker says of the orders of the day.

    Whoever first reads the account does it, before any intent is written: at the start,
    or at the first attempt after a start that could not reach the broker.
    """
    await _adopt_strays(desk, facts)
    await _settle(desk, until)
    desk.needs_recovery = False


async def _withdraw_unsent(desk: Desk) -> None:
    """An intent that never became `sending` never left: that step is committed first."""

    def work(tx: Tx) -> None:
        for order in orders.live(tx, desk.key):
            name = order.intent.client_order_id
            if order.status is OrderStatus.INTENT:
                orders.set_status(tx, name, OrderStatus.WITHDRAWN, desk.now())
            elif order.status is OrderStatus.SENDING:
                orders.set_status(tx, name, OrderStatus.UNKNOWN, desk.now())

    await desk.ledger.write(work)


async def _settle(desk: Desk, until: datetime) -> None:
    """Let guard and ledger know how every live order stands now."""
    live = await desk.ledger.read(lambda tx: orders.live(tx, desk.key))
    for order in live:
        desk.guard.adopt(order.intent, order.filled_units)
    soon = min(until, desk.patience())
    found = await asyncio.gather(*(resolve.find(desk, order, soon, None) for order in live))
    for order in found:
        if order.status in LIVE_ORDER_STATUSES:
            log.info("order_found_alive", client_order_id=order.client_order_id)


async def _adopt_strays(desk: Desk, facts: AccountFacts) -> None:
    """Adopt live orders of ours that the ledger does not know (a restored ledger)."""
    by_fingerprint = {
        order_id.fingerprint(position.account, position.id, position.expiration): position
        for position in desk.book.values()
        if position.expiration is not None
    }
    for report in facts.orders:
        name = report.client_order_id or ""
        parsed = order_id.parse(name)
        if parsed is None or name in facts.own_orders:
            continue
        position = by_fingerprint.get(parsed.fingerprint)
        if position is not None:
            await _adopt(desk, report, position, parsed)
        elif not report.is_final:
            await stops.stop_account(
                desk,
                HaltKind.GUARD,
                f"order {name} is ours by its name, but belongs to no position here: "
                "does another botd trade this account?",
            )


async def _adopt(
    desk: Desk, report: OrderReport, position: Position, parsed: order_id.ParsedOrderId
) -> None:
    minute = datetime.strptime(f"{report.submitted_at:%Y}{parsed.minute}+0000", "%Y%m%d%H%M%z")
    intent = OrderIntent(
        client_order_id=report.client_order_id or "",
        position_id=position.id,
        account=position.account,
        attempt_due_at=minute,
        step=parsed.step,
        legs=report.legs,
        units=report.units,
        net_price=report.net_price,
        cap=None,
        give_up_at=position.closes_at or report.submitted_at,
    )

    def work(tx: Tx) -> Recorded:
        return book(tx, orders.adopt(tx, intent, report, desk.now()), desk.now(), desk.sessions)

    await take_in(desk, await desk.ledger.write(work))
    if not report.is_final:  # its fills so far are in the holdings that were just read
        desk.guard.adopt(intent, report.filled_units)
    log.warning("order_adopted", client_order_id=intent.client_order_id, position=position.id)


async def _unfinished(desk: Desk) -> tuple[Attempt, ...]:
    rows = await desk.ledger.read(lambda tx: attempts.unfinished(tx, desk.key))
    resumed: list[Attempt] = []
    late: list[str] = []
    for row in rows:
        attempt = _attempt_of(desk, row)
        if attempt is not None and desk.now() < attempt.give_up_at - _RESUME_MARGIN:
            resumed.append(attempt)
        else:
            await _finish_late(desk, row)
            late += _open_line(desk, row)
    if late:
        title = f"{len(late)} attempts were cut short, their time is over"
        key = f"cut/{scope_of(desk.key)}/{desk.now():%Y%m%dT%H%M%S}"
        await stops.page(desk, key, title, "\n".join(late))
    return tuple(resumed)


def _open_line(desk: Desk, row: attempts.Attempt) -> list[str]:
    """Name what an attempt that was cut short has left open, if anything."""
    position = desk.book.get(row.position_id)
    if position is None or not position.is_live:
        return []
    name = f"{position.number}  {label(position)} ({position.account})"
    command = notices.command_of(position, desk.now(), can_close=desk.broker.card.closes)
    return [f"{name}  {row.lead}: {command}"]


async def _finish_late(desk: Desk, row: attempts.Attempt) -> None:
    """End an attempt whose process died in it; one that decided nothing tells so."""
    key = (row.position_id, row.due_at)

    def work(tx: Tx) -> None:
        if row.decision is None:
            word = cases.word_of(Skip(Reason.MISSED))
            attempts.decide(tx, *key, word, Reason.MISSED.value, note=_DIED)
        attempts.finish(tx, *key, Ending.UNKNOWN.value, desk.now())

    await desk.ledger.write(work)


def _attempt_of(desk: Desk, row: attempts.Attempt) -> Attempt | None:
    """Rebuild an attempt from its claim; None when its position is no longer ours to close."""
    position = desk.book.get(row.position_id)
    if position is None or not position.is_live or position.closes_at is None:
        return None
    plan = schedule_of(desk, position)
    if plan is None or row.due_at not in {time.due_at for time in plan.attempts}:
        return None
    closes = desk.claimed_closes(position.closes_at)
    return make(plan, row.due_at, closes, desk.now() - row.due_at)
