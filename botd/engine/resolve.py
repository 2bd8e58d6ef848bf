"""
Orders whose fate is not known, and orders that must end.

Unknown stays unknown and stays reserved: an error is no evidence, and "not found"
is evidence only three times over the broker's horizon, with positions unchanged.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from botd.domain.lots import quantities
from botd.domain.orders import OrderReport, OrderStatus
from botd.engine.desk import LOOK_AGAIN, Desk, log
from botd.engine.send import Window, refuse, send_again
from botd.errors import BrokerError, OrderRefused, RefusalReason
from botd.ledger import orders
from botd.ledger.columns import Tx
from botd.ledger.orders import Order

_CLEAN_MISSES = 3
_RESENDS = 3
# What a broker may say of the second of two that are the same, because the first has arrived.
_NO_EVIDENCE = frozenset(
    {
        RefusalReason.DUPLICATE_CLIENT_ID,
        RefusalReason.HELD_BY_OTHER_ORDER,
        RefusalReason.WASH_TRADE,
        RefusalReason.POSITION_GONE,
        RefusalReason.POSITION_SMALLER,
        RefusalReason.INTENT_MISMATCH,
    }
)


@dataclass(slots=True)
class _Search:
    """What looking for one order has brought so far."""

    misses: int = 0
    first_miss_at: datetime | None = None
    resends: int = 0
    resent_at: datetime | None = None  # its bytes may arrive late, too


async def find(desk: Desk, order: Order, until: datetime, window: Window | None) -> Order:
    """
    Look for an order of unknown fate until *until*, and give it as it then stands.

    With a *window*, a broker that refuses duplicate ids may be sent the same order
    again inside it.
    """
    search = _Search()
    while order.status in {OrderStatus.UNKNOWN, OrderStatus.SENDING} and desk.now() < until:
        order = await _look(desk, order, search, window, until)
        if order.status in {OrderStatus.UNKNOWN, OrderStatus.SENDING}:
            await desk.clock.sleep_until(min(desk.now() + LOOK_AGAIN, until))
    return order


async def _look(
    desk: Desk, order: Order, search: _Search, window: Window | None, until: datetime
) -> Order:
    try:
        report = await look_up(desk, order, until)
    except (BrokerError, TimeoutError):
        return await read(desk, order)  # the poll of all orders may have seen it
    desk.breaker.record_clear()
    if report is not None:
        desk.guard.adopt(order.intent, order.filled_units)
        await desk.watch.take(report)
        return await read(desk, order)
    known = await read(desk, order)
    if known.status not in {OrderStatus.UNKNOWN, OrderStatus.SENDING}:
        return known  # the poll of all orders has seen it
    search.misses += 1
    search.first_miss_at = search.first_miss_at or desk.now()
    if window is not None and desk.broker.card.dedupes_client_ids and search.resends < _RESENDS:
        search.resends += 1
        search.resent_at = desk.now()
        return await _resend(desk, order, window)
    if await _is_absent(desk, order, search):
        return await mark(desk, order, OrderStatus.ABSENT)
    return order


async def _resend(desk: Desk, order: Order, window: Window) -> Order:
    sent = await send_again(desk, order.intent, window)
    log.info("order_sent_again", client_order_id=order.intent.client_order_id, fate=sent.fate.value)
    if sent.refusal is not None and sent.refusal.reason not in _NO_EVIDENCE:
        # The broker dedupes: this answer is about the only order with that id.
        await refuse(desk, order.intent, sent.refusal)
    return await read(desk, order)


async def _is_absent(desk: Desk, order: Order, search: _Search) -> bool:
    sent_at = search.resent_at or order.submitted_at or order.created_at
    horizon = sent_at + desk.broker.card.absent_after
    if search.misses < _CLEAN_MISSES or desk.now() < horizon or search.first_miss_at is None:
        return False
    try:
        holdings = await desk.clock.within(desk.broker.holdings(), desk.patience())
    except (BrokerError, TimeoutError):
        return False
    held = {holding.symbol: holding.quantity for holding in holdings}
    expected = _expected(desk)
    return all(
        abs(held.get(leg.symbol, 0))
        >= abs(expected.get(leg.symbol, leg.quantity * order.intent.units))
        for leg in order.intent.legs
    )


def _expected(desk: Desk) -> Counter[str]:
    """Tell what all positions hold together: a fill of one may show in the share of another."""
    found: Counter[str] = Counter()
    for position in desk.book.values():
        found.update(quantities(position))
    return found


async def look_up(desk: Desk, order: Order, until: datetime | None = None) -> OrderReport | None:
    """
    Ask for one order, at most until *until*; None only when the broker says there is none.

    Raises:
        BrokerError: the question was not answered.
        TimeoutError: no answer in time.
    """
    name = order.intent.client_order_id
    until = min(until or desk.patience(), desk.patience())
    if desk.broker.card.looks_up_client_ids:
        return await desk.clock.within(desk.broker.look_up(name), until)
    listed = await desk.clock.within(desk.broker.orders(order.created_at), until)
    return next((report for report in listed if report.client_order_id == name), None)


async def read(desk: Desk, order: Order) -> Order:
    """Give an order as the ledger knows it now."""
    name = order.intent.client_order_id
    return await desk.ledger.read(lambda tx: orders.get(tx, name))


async def end(desk: Desk, order: Order, until: datetime, window: Window | None = None) -> Order:
    """
    Cancel an order that may fill and wait for its final state, at most until *until*.

    One of unknown fate is found before, with *window* as `find` does it.

    A cancel's own answer proves nothing, so it may be repeated freely; what was
    filled meanwhile is recorded like any other fill.
    """
    while not order.is_final and desk.now() < until:
        if order.status in {OrderStatus.UNKNOWN, OrderStatus.SENDING}:
            order = await find(desk, order, until, window)
            continue
        if order.status is OrderStatus.INTENT:
            return await mark(desk, order, OrderStatus.WITHDRAWN)
        await _ask_cancel(desk, order, until)
        order = await _settle(desk, order, until)
        if not order.is_final:
            await desk.clock.sleep_until(min(desk.now() + LOOK_AGAIN, until))
    return order


async def _ask_cancel(desk: Desk, order: Order, until: datetime) -> None:
    if order.broker_order_id is None:
        return
    if order.status is OrderStatus.WORKING:
        await mark(desk, order, OrderStatus.CANCEL_PENDING)
    until = min(until, desk.patience())
    try:
        await desk.clock.within(desk.broker.cancel(order.broker_order_id), until)
    except OrderRefused as error:
        # Too late to cancel, most often because it has just been filled.
        log.info("cancel_refused", client_order_id=order.intent.client_order_id, words=str(error))
    except (BrokerError, TimeoutError):
        log.warning("cancel_unanswered", client_order_id=order.intent.client_order_id)


async def _settle(desk: Desk, order: Order, until: datetime) -> Order:
    """Read how a cancelled order stands, from the poll of all orders where requests are few."""
    if desk.broker.card.requests_per_minute is not None:
        name, told_by = (
            order.intent.client_order_id,
            min(desk.now() + desk.watch.every + LOOK_AGAIN / 2, until),
        )
        while desk.now() < told_by and await desk.watch.wait(name, told_by):
            order = await read(desk, order)
            if order.is_final:
                return order
    try:
        report = await look_up(desk, order, until)
    except (BrokerError, TimeoutError):
        return await read(desk, order)
    if report is not None:
        await desk.watch.take(report)
    return await read(desk, order)


async def mark(desk: Desk, order: Order, status: OrderStatus) -> Order:
    """Set what no report tells, unless a report has ended the order meanwhile."""
    name = order.intent.client_order_id

    def work(tx: Tx) -> Order:
        found = orders.get(tx, name)
        return found if found.is_final else orders.set_status(tx, name, status, desk.now())

    marked = await desk.ledger.write(work)
    if marked.is_final:
        desk.guard.forget(name)
    return marked
