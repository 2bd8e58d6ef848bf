"""
The only place from which an order leaves.

    intent committed -> guard -> `sending` committed -> bytes -> answer recorded
    no commit, no send; no readable answer, no conclusion
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from botd.domain.orders import OrderIntent, OrderReport, OrderStatus
from botd.engine.desk import ANSWER_PATIENCE, LOOK_AGAIN, Desk, log
from botd.engine.guard import Check, Permit, Stop
from botd.engine.stops import stop_account
from botd.errors import BrokerError, BrokerUnavailable, OrderRefused, OutcomeUnknown, Refusal
from botd.ledger import halts, orders
from botd.ledger.columns import Tx
from botd.ledger.halts import HaltKind
from botd.ledger.orders import Block

_FILLS_SHOW = timedelta(seconds=12)  # brokers list a fill up to ten seconds after it is held


class Fate(Enum):
    """What became of one try to send."""

    TAKEN = "taken"  # the broker has it; its report is recorded
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NOT_SENT = "not_sent"  # proved: the same may be tried again
    BLOCKED = "blocked"  # management, halt, or another live order
    GUARDED = "guarded"  # the egress guard stopped it


@dataclass(frozen=True, slots=True)
class Sent:
    """The answer to one try."""

    fate: Fate
    report: OrderReport | None = None
    refusal: Refusal | None = None
    block: Block | None = None
    note: str = ""
    is_auth: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """When an order of one kind may leave: [opens_at, closes_at - 2 s]."""

    opens_at: datetime
    closes_at: datetime


async def send(desk: Desk, intent: OrderIntent, window: Window) -> Sent:
    """
    Commit *intent*, pass the guard, and send it once.

    Raises:
        LedgerError: it could not be written down; nothing was sent.
    """
    block = await desk.ledger.write(lambda tx: orders.add_intent(tx, intent, desk.now()))
    if block is not None:
        return Sent(Fate.BLOCKED, block=block)
    if desk.breaker.is_open and not await _read_succeeds(desk):
        await _withdraw(desk, intent)
        return Sent(Fate.NOT_SENT, note="three ambiguous answers in a row")
    if not desk.broker.card.enforces_close_only and not await _count_again(desk):
        # Nobody but us would notice that a person has closed it since the attempt began.
        await _withdraw(desk, intent)
        return Sent(Fate.NOT_SENT, note="what is held could not be read")
    return await _start(desk, intent, window, is_resend=False)


async def send_again(desk: Desk, intent: OrderIntent, window: Window) -> Sent:
    """Send the same id and body once more, to a broker that refuses duplicate ids."""
    return await _start(desk, intent, window, is_resend=True)


async def _start(desk: Desk, intent: OrderIntent, window: Window, *, is_resend: bool) -> Sent:
    block, permit = await _permit(desk, intent, window, is_resend=is_resend)
    if block is not None:
        return Sent(Fate.BLOCKED, block=block)
    stop = desk.guard.stop(intent, permit, desk.now())
    if stop is not None and stop.check in {Check.COUNT, Check.GONE}:
        block, stop = await _ask_again(desk, intent, window, is_resend=is_resend)
        if block is not None:
            if not is_resend:
                await _mark(desk, intent, OrderStatus.WITHDRAWN)
            return Sent(Fate.BLOCKED, block=block)
    if stop is not None:
        if not is_resend:  # one that is leaves the first as unknown as it was
            await _mark(desk, intent, OrderStatus.WITHDRAWN)
        log.error("order_guarded", client_order_id=intent.client_order_id, reason=stop.reason)
        if stop.check not in {Check.MOMENT, Check.GONE}:
            await stop_account(desk, HaltKind.GUARD, f"egress guard: {stop.reason}")
        return Sent(Fate.GUARDED, note=stop.reason)
    return await _submit(desk, intent, is_resend=is_resend)


async def _ask_again(
    desk: Desk, intent: OrderIntent, window: Window, *, is_resend: bool
) -> tuple[Block | None, Stop | None]:
    """
    Ask the guard after a fresh look at the account, which decides.

    A fill may stand in the holdings and not among the orders yet. Then it counts twice, and
    is waited for as long as brokers take to list one.
    """
    until = desk.now() + _FILLS_SHOW
    while True:
        await _recount(desk)
        # That took a while, in which a person may have taken the position, or halted.
        block, permit = await _permit(desk, intent, window, is_resend=True)
        if block is not None:
            return block, None
        found = desk.guard.stop(intent, replace(permit, is_resend=is_resend), desk.now())
        if found is None or found.check is not Check.COUNT or desk.now() >= until:
            return None, found
        await desk.clock.sleep_until(min(desk.now() + LOOK_AGAIN, until))


async def _permit(
    desk: Desk, intent: OrderIntent, window: Window, *, is_resend: bool
) -> tuple[Block | None, Permit]:
    """Look at management and halts, in the step that makes an intent `sending`, or after it."""
    name = intent.client_order_id

    def work(tx: Tx) -> tuple[Block | None, str, bool]:
        if is_resend:
            block = orders.still_blocked(tx, name)
        else:
            block = orders.start_sending(tx, name, desk.now())
        return block, orders.committed_hash(tx, name), bool(halts.current(tx, desk.key))

    block, committed_hash, is_halted = await desk.ledger.write(work)
    return block, Permit(
        committed_hash, window.opens_at, window.closes_at, is_halted, desk.mode, is_resend
    )


async def _submit(desk: Desk, intent: OrderIntent, *, is_resend: bool) -> Sent:
    until = desk.now() + ANSWER_PATIENCE
    try:
        report = await desk.clock.within(desk.broker.submit(intent), until)
    except OrderRefused as error:
        desk.breaker.record_clear()
        return Sent(Fate.REFUSED, refusal=error.refusal)
    except BrokerUnavailable as error:
        if not is_resend:
            await _withdraw(desk, intent)
        return Sent(Fate.NOT_SENT, note=str(error), is_auth=error.is_auth)
    except (OutcomeUnknown, TimeoutError) as error:
        desk.breaker.record_ambiguous()
        await _mark_unknown(desk, intent)
        return Sent(Fate.UNKNOWN, note=str(error) or "no answer in time")
    desk.breaker.record_clear()
    log.info(
        "order_sent",
        position=intent.position_id,
        client_order_id=intent.client_order_id,
        step=intent.step,
        net_price=intent.net_price,
        units=intent.units,
    )
    await desk.watch.take(report)
    return Sent(Fate.TAKEN, report=report, note=report.note)


async def refuse(desk: Desk, intent: OrderIntent, refusal: Refusal) -> None:
    """Record that the broker did not take an order, where that is no refusal of the close."""
    name = intent.client_order_id

    def work(tx: Tx) -> None:
        if not orders.get(tx, name).is_final:
            orders.set_status(tx, name, OrderStatus.REFUSED, desk.now(), refusal)

    await desk.ledger.write(work)
    desk.guard.retract(intent)


async def _withdraw(desk: Desk, intent: OrderIntent) -> None:
    await _mark(desk, intent, OrderStatus.WITHDRAWN)
    desk.guard.never_left(intent)


async def _recount(desk: Desk) -> None:
    """Let the guard count once more: what the orders say, then what is held."""
    with suppress(BrokerError):
        await desk.watch.read()
    await _count_again(desk)


async def _count_again(desk: Desk) -> bool:
    """Let the guard count what is held at this moment; False: that could not be read."""
    try:
        holdings = await desk.clock.within(desk.broker.holdings(), desk.patience())
    except (BrokerError, TimeoutError):
        return False
    desk.guard.observe_holdings(holdings)
    return True


async def _mark_unknown(desk: Desk, intent: OrderIntent) -> None:
    """Mark it unknown unless the order poll has seen it meanwhile."""

    def work(tx: Tx) -> None:
        order = orders.get(tx, intent.client_order_id)
        if order.status is OrderStatus.SENDING:
            orders.set_status(tx, intent.client_order_id, OrderStatus.UNKNOWN, desk.now())

    await desk.ledger.write(work)


async def _mark(desk: Desk, intent: OrderIntent, status: OrderStatus) -> None:
    """Set a status, unless the order is final already."""

    def work(tx: Tx) -> None:
        if not orders.get(tx, intent.client_order_id).is_final:
            orders.set_status(tx, intent.client_order_id, status, desk.now())

    await desk.ledger.write(work)


async def _read_succeeds(desk: Desk) -> bool:
    try:
        await desk.clock.within(desk.broker.account(), desk.patience())
    except (BrokerError, TimeoutError):
        return False
    desk.breaker.record_clear()
    return True
