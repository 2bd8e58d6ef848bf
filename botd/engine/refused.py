"""
What a broker's "no" leads to.

    duplicate id           the order is there: look it up, follow it
    price                  one corrected step
    held by another order  our own or a resting exit is cancelled, then on
    account or session     the account stops; positions stay open
    anything else          assigned (presumed), manual, the broker's words; one reconcile
                           then says what is probably true
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from enum import Enum
from functools import partial

from botd.domain import override
from botd.domain.bot import OnRefusal
from botd.domain.orders import OrderIntent, OrderStatus
from botd.domain.position import BrokerWords, Management, ManualReason, Position
from botd.domain.reconcile import Finding, FindingKind
from botd.domain.refusal import RefusalKind, kind_of, probable_truth
from botd.engine import exits, resolve, stops
from botd.engine.attempt import Attempt
from botd.engine.desk import Desk, log
from botd.engine.findings import position_of, reconcile_book
from botd.engine.reads import read_account
from botd.engine.send import refuse
from botd.errors import BrokerError, Refusal
from botd.ledger import orders, positions
from botd.ledger.columns import Tx
from botd.ledger.halts import HaltKind

_PAUSE = timedelta(seconds=5)
_STILL_LOOKED_FOR = timedelta(minutes=20)
_ALIKE = 3


class Verdict(Enum):
    """What the walk does next."""

    STOP = "stop"  # management is with a person, or the account is stopped
    HELD = "held"  # still held and still managed: the next attempt tries again
    CLOSED = "closed"  # our own fills explain the refusal
    RETRY = "retry"  # go on with the next price


async def on_refusal(
    desk: Desk,
    attempt: Attempt,
    intent: OrderIntent,
    refusal: Refusal,
    *,
    cured: frozenset[RefusalKind],
) -> Verdict:
    """
    Record a refusal and say how the walk goes on.

    *cured* are the kinds of complaint that this walk has tried to cure before: a second
    one of price or quantity waits for the next attempt, it is no refusal of the close.
    """
    kind = kind_of(refusal)
    if kind is RefusalKind.DUPLICATE:
        return await _adopt(desk, intent)
    if kind is RefusalKind.FINAL:
        return await _assigned(desk, attempt, intent, refusal)
    await refuse(desk, intent, refusal)
    if kind is RefusalKind.ACCOUNT:
        await stops.stop_account(desk, HaltKind.STOP, refusal.message)
        return Verdict.STOP
    if kind in cured:
        return Verdict.HELD
    if kind is RefusalKind.BLOCKED_BY_ORDER:
        rules = desk.bot_of(await position_of(desk, intent.position_id)).expiration
        only_ours = not rules.cancel_resting_exits
        await exits.cancel_on_legs(desk, intent, attempt.give_up_at, only_ours=only_ours)
    return Verdict.RETRY


async def _adopt(desk: Desk, intent: OrderIntent) -> Verdict:
    name = intent.client_order_id
    order = await desk.ledger.read(lambda tx: orders.get(tx, name))
    if order.status is OrderStatus.SENDING:
        order = await resolve.mark(desk, order, OrderStatus.UNKNOWN)
    await resolve.find(desk, order, desk.patience(), None)
    return Verdict.RETRY


async def _assigned(desk: Desk, attempt: Attempt, intent: OrderIntent, refusal: Refusal) -> Verdict:
    at, name = desk.now(), intent.client_order_id
    words = BrokerWords(refusal.message, refusal.code, refusal.http_status, at)

    def work(tx: Tx) -> tuple[Position, Position]:
        if not orders.get(tx, name).is_final:  # a report may have told of the refusal
            orders.set_status(tx, name, OrderStatus.REFUSED, at, refusal)
        before = positions.get(tx, intent.position_id)
        if not before.lots:  # it has ended meanwhile: there is nothing left to refuse
            return before, before
        return before, positions.change(
            tx,
            intent.position_id,
            "refused",
            lambda position: override.mark_refused(position, words, refusal.message),
            at=at,
            by="broker",
            data={"client_order_id": intent.client_order_id, "reason": refusal.reason.value},
        )

    before, position = await desk.ledger.write(work)
    desk.keep(position)
    desk.guard.retract(intent)
    log.warning("close_refused", position=position.id, words=refusal.message, code=refusal.code)
    is_bots = before.managed_by is Management.BOT
    return await _look_once(desk, attempt, position, refusal, is_bots=is_bots)


async def _look_once(
    desk: Desk, attempt: Attempt, position: Position, refusal: Refusal, *, is_bots: bool
) -> Verdict:
    """
    Reconcile once after a refusal and say what is probably true.

    Only what was its bot's when it was refused (*is_bots*) may stay with it.
    """
    try:
        account = await read_account(desk)
    except BrokerError:
        await _note_alike(desk, refusal, is_held=False)
        await _tell_truth(desk, attempt, position, None, refusal)
        desk.unseen.append(partial(look_again, desk, attempt, position.id, refusal))
        return Verdict.STOP
    finding = reconcile_book(desk, account).get(position.id)
    if finding is None:  # our own fills, reported meanwhile, ended it
        return Verdict.CLOSED
    is_held = finding.kind is FindingKind.HELD
    await _note_alike(desk, refusal, is_held=is_held)
    may_keep = desk.bot_of(position).expiration.on_refusal is OnRefusal.CLASSIFY
    if is_held and is_bots and may_keep:
        await _keep_managed(desk, position, refusal)
        return Verdict.HELD
    await _tell_truth(desk, attempt, position, finding, refusal)
    return Verdict.STOP


async def look_again(desk: Desk, attempt: Attempt, name: str, refusal: Refusal) -> None:
    """
    Find out what is held of a refused position when the account could not be read at once.

    The attempt's message does not wait for it; board and lists show it from then on.
    """
    until = attempt.closes_at + _STILL_LOOKED_FOR
    while desk.now() < until:
        await desk.clock.sleep_until(desk.now() + _PAUSE)
        try:
            account = await read_account(desk)
        except BrokerError:
            continue
        position = desk.book.get(name)
        finding = reconcile_book(desk, account).get(name)
        if position is not None and position.manual_reason is ManualReason.REFUSED and finding:
            await _tell_truth(desk, attempt, position, finding, refusal)
        return


async def _tell_truth(
    desk: Desk, attempt: Attempt, position: Position, finding: Finding | None, refusal: Refusal
) -> None:
    minutes = max(0, int((attempt.closes_at - desk.now()).total_seconds() // 60))
    fact = probable_truth(position, finding, refusal, minutes)
    await _change(desk, position, "probable_truth", lambda found: replace(found, fact=fact))


async def _keep_managed(desk: Desk, position: Position, refusal: Refusal) -> None:
    """Keep a still held position under management, as `on_refusal = "classify"` asks."""

    def give_back(found: Position) -> Position:
        if not found.lots or found.manual_reason is not ManualReason.REFUSED:
            return found  # it ended meanwhile, or a person has it now
        # Also after T: what the close makes of it is then its bot's matter.
        fact = f"refused, still held: {refusal.message}"
        return replace(override.release(found), broker_error=found.broker_error, fact=fact)

    await _change(desk, position, "kept", give_back)


async def _change(
    desk: Desk, position: Position, kind: str, apply: Callable[[Position], Position]
) -> None:
    at = desk.now()
    changed = await desk.ledger.write(
        lambda tx: positions.change(tx, position.id, kind, apply, at=at, by="botd")
    )
    desk.keep(changed)


async def _note_alike(desk: Desk, refusal: Refusal, *, is_held: bool) -> None:
    """Stop the account after three refusals alike while the positions are unchanged."""
    shape = (refusal.reason, refusal.code) if is_held else None
    if shape is None or desk.alike_shape != shape:
        desk.alike_shape, desk.alike_count = shape, 0
    desk.alike_count += 1
    if shape is not None and desk.alike_count == _ALIKE:
        reason = f"{_ALIKE} refusals alike while the positions are still held: {refusal.message}"
        await stops.stop_account(desk, HaltKind.STOP, reason)
