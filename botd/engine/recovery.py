"""
The one way to start: compare the ledger's view with the broker's.

A first start and a start after a crash are the same code. Orders of ours that the
ledger lost are adopted by their ids; orders of unknown fate are looked for; attempts
that were begun and not ended are taken up again, if their time has not passed.
"""

from datetime import datetime, timedelta

from botd.domain import order_id, schedule
from botd.domain.orders import LIVE_ORDER_STATUSES, OrderIntent, OrderReport, OrderStatus
from botd.domain.position import Position
from botd.engine import resolve, stops
from botd.engine.attempt import Attempt, Ending
from botd.engine.desk import Desk, log
from botd.engine.reads import AccountFacts, read_account_until
from botd.engine.record import Recorded, book, take_in
from botd.engine.send import Window
from botd.ledger import attempts, orders
from botd.ledger.columns import Tx
from botd.ledger.halts import HaltKind

_DAY = timedelta(days=1)
_RESUME_MARGIN = timedelta(seconds=5)


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
        await _adopt_strays(desk, facts)
        await _settle(desk, until)
    return facts is not None, await _unfinished(desk)


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
    for order in await desk.ledger.read(lambda tx: orders.live(tx, desk.key)):
        desk.guard.adopt(order.intent, order.filled_units)
        found = await resolve.find(desk, order, min(until, desk.patience()), None)
        if found.status in LIVE_ORDER_STATUSES:
            log.info("order_found_alive", client_order_id=order.intent.client_order_id)


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
    for row in rows:
        attempt = _attempt_of(desk, row)
        if attempt is not None and desk.now() < attempt.give_up_at - _RESUME_MARGIN:
            resumed.append(attempt)
        else:
            await _finish_late(desk, row)
    return tuple(resumed)


async def _finish_late(desk: Desk, row: attempts.Attempt) -> None:
    await desk.ledger.write(
        lambda tx: attempts.finish(
            tx, row.position_id, row.due_at, Ending.UNKNOWN.value, desk.now()
        )
    )


def _attempt_of(desk: Desk, row: attempts.Attempt) -> Attempt | None:
    """Rebuild an attempt from its claim; None when its position is no longer ours to close."""
    position = desk.book.get(row.position_id)
    if position is None or not position.is_live or position.closes_at is None:
        return None
    rules = desk.bot_of(position).expiration
    times = schedule.attempt_times(
        desk.claimed_closes(position.closes_at), rules, desk.cutoff_at(position.closes_at)
    )
    later = [time.due_at for time in times if time.due_at > row.due_at]
    own = next((time for time in times if time.due_at == row.due_at), None)
    if own is None:
        return None
    return Attempt(
        position_id=row.position_id,
        lead=row.lead,
        due_at=row.due_at,
        closes_at=position.closes_at,
        window=Window(times[0].due_at, position.closes_at),
        give_up_at=later[0] - _RESUME_MARGIN if later else position.closes_at,
        number=times.index(own),
        is_last=own.is_last,
        late=desk.now() - row.due_at,
    )
