"""
All attempts that fall due at one instant, of one account.

    claim      one transaction for every position concerned, at the due instant
    clear      orders of earlier attempts have ended, or their positions wait
    gather     orders, holdings, account, quotes: once for all
    reconcile  gone, smaller, broken: booked or handed over, no order
    decide     pure, each position anew
    record     all decisions in one transaction
    close      most dangerous first, side by side
    finish     outcome and one canonical log line an attempt, one grouped message
"""

from datetime import datetime, timedelta
from decimal import Decimal

from botd.domain import budget, ladder
from botd.domain.decision import Decision, HandOver, Reason, Skip
from botd.domain.orders import OrderReport
from botd.domain.position import Management, Position
from botd.domain.reconcile import resting_exits
from botd.domain.schedule import Due, DueAttempt
from botd.engine import cases, exits, findings, observing, recovery, resolve, stops
from botd.engine.attempt import Attempt, Ending
from botd.engine.cases import Decided
from botd.engine.closing import close_lots
from botd.engine.desk import LOOK_AGAIN, Desk, log
from botd.engine.pace import READS_PER_MINUTE
from botd.engine.reads import AccountFacts, is_clock_wrong, read_account_until
from botd.engine.tell import Teller, Told, tell_attempts
from botd.engine.together import side_by_side
from botd.ledger import attempts, halts, orders
from botd.ledger.columns import Tx
from botd.ledger.halts import HaltKind
from botd.ledger.orders import Order

_SOON = timedelta(seconds=3)  # a cancel's usual time; what takes longer waits by itself
_AT_ONCE = timedelta(seconds=1)  # then an attempt tells what it waits for


async def claim(desk: Desk, due: Due, now: datetime) -> tuple[DueAttempt, ...]:
    """
    Claim what is due and record what was missed; give what is ours to carry out.

    Raises:
        LedgerError: nothing was claimed, and nothing may be sent.
    """

    def work(tx: Tx) -> frozenset[str]:
        if due.missed:
            rows = tuple(_row(found, now) for found in due.missed)
            attempts.missed(tx, rows, desk.owner, Reason.MISSED.value)
        return attempts.claim(tx, tuple(_row(found, now) for found in due.run), desk.owner)

    won = await desk.ledger.write(work)
    for found in due.missed:
        log.warning("attempt_missed", position=found.position_id, lead=found.lead)
    return tuple(found for found in due.run if found.position_id in won)


def claim_one(tx: Tx, desk: Desk, attempt: Attempt) -> None:
    """Claim a person's extra attempt."""
    row = attempts.Claim(attempt.position_id, attempt.due_at, attempt.lead, desk.now(), 0)
    attempts.claim(tx, (row,), desk.owner)


def _row(found: DueAttempt, now: datetime) -> attempts.Claim:
    return attempts.Claim(
        found.position_id, found.due_at, found.lead, now, found.late.total_seconds()
    )


async def carry(desk: Desk, claimed: tuple[Attempt, ...]) -> None:
    """Carry claimed attempts to their end."""
    by_hand = tuple(attempt for attempt in claimed if attempt.position_id in desk.by_hand)
    left = tuple(attempt for attempt in claimed if attempt not in by_hand)
    if by_hand:
        await _tell_why(desk, by_hand, Reason.MANUAL)
    await side_by_side(
        *((_carry(desk, left),) if left else ()),
        *(_carry_after_hand(desk, attempt) for attempt in by_hand),
    )


async def _carry_after_hand(desk: Desk, attempt: Attempt) -> None:
    """Wait for the end of a person's own close; then try what it has left."""
    while attempt.position_id in desk.by_hand and desk.now() < attempt.give_up_at:
        await desk.clock.sleep_until(min(desk.now() + LOOK_AGAIN, attempt.give_up_at))
    position = desk.book.get(attempt.position_id)
    if desk.now() >= attempt.give_up_at or position is None or not position.units_open:
        await _finish_without(desk, (attempt,), Reason.MANUAL, Ending.NONE, "a person closes it")
    else:
        await _carry(desk, (attempt,))


async def _carry(desk: Desk, left: tuple[Attempt, ...]) -> None:
    busy = {order.intent.position_id for order in await _unsettled(desk)}
    free = tuple(attempt for attempt in left if attempt.position_id not in busy)
    waiting = tuple(attempt for attempt in left if attempt.position_id in busy)
    await side_by_side(
        *((_carry_free(desk, free),) if free else ()),
        *((_carry_waiting(desk, waiting),) if waiting else ()),
    )


async def _unsettled(desk: Desk) -> tuple[Order, ...]:
    return await desk.ledger.read(lambda tx: orders.unsettled(tx, desk.key))


async def _carry_waiting(desk: Desk, waiting: tuple[Attempt, ...]) -> None:
    """
    End what earlier attempts left alive, then go on; nothing new while it lives.

    Those that end soon go on together, the others each when its order has ended. While
    a person's halt is in force nothing would follow, and a kept order is left to work.
    """
    if stopped := await _halted_by_person(desk):
        await _finish_without(desk, waiting, Reason.HALTED, Ending.NONE, stopped)
        return
    await _tell_why(desk, waiting, Reason.LIVE_ORDER)
    soon = desk.now() + _SOON
    cleared = await side_by_side(*(_clear(desk, one, min(soon, one.give_up_at)) for one in waiting))
    ready = tuple(one for one, is_clear in zip(waiting, cleared, strict=True) if is_clear)
    late = tuple(one for one, is_clear in zip(waiting, cleared, strict=True) if not is_clear)
    await side_by_side(
        *((_carry_free(desk, ready),) if ready else ()),
        *(_carry_when_clear(desk, attempt) for attempt in late),
    )


async def _halted_by_person(desk: Desk) -> str:
    in_force = await desk.ledger.read(lambda tx: halts.current(tx, desk.key))
    return next((halt.reason for halt in in_force if halt.kind is HaltKind.PERSON), "")


async def _clear(desk: Desk, attempt: Attempt, until: datetime) -> bool:
    for order in await _unsettled(desk):
        if order.intent.position_id == attempt.position_id:
            ended = await resolve.end(desk, order, until)
            if not ended.is_final:
                return False
    return True


async def _tell_why(desk: Desk, waiting: tuple[Attempt, ...], reason: Reason) -> None:
    """Write down what attempts wait for; what is decided later takes its place."""
    word = cases.word_of(Skip(reason))

    def work(tx: Tx) -> None:
        for one in waiting:
            attempts.decide(tx, one.position_id, one.due_at, word, reason.value)

    await desk.ledger.write(work)


async def _carry_when_clear(desk: Desk, attempt: Attempt) -> None:
    if await _clear(desk, attempt, attempt.give_up_at):
        await _carry_free(desk, (attempt,))
    else:
        await _finish_without(desk, (attempt,), Reason.LIVE_ORDER, Ending.UNKNOWN)


async def _carry_free(desk: Desk, claimed: tuple[Attempt, ...]) -> None:
    stopped = await stops.try_again(desk)
    if stopped is not None:
        await _finish_without(desk, claimed, Reason.ACCOUNT_STOPPED, Ending.NONE, stopped)
        return
    until = min(attempt.give_up_at for attempt in claimed)
    facts = await read_account_until(desk, min(until, desk.now() + _AT_ONCE))
    if facts is None:
        await _tell_why(desk, claimed, Reason.BROKER_UNREACHABLE)
        facts = await read_account_until(desk, until)
    if facts is None:
        await _finish_without(desk, claimed, Reason.BROKER_UNREACHABLE, Ending.NONE)
        return
    if is_clock_wrong(desk):
        note = f"it differs from the broker's by {desk.clock_skew}"
        await _finish_without(desk, claimed, Reason.CLOCK, Ending.NONE, note)
        return
    if desk.needs_recovery:
        await recovery.reconcile(desk, facts, until)
    await _decide_and_close(desk, claimed, facts)


async def _decide_and_close(desk: Desk, claimed: tuple[Attempt, ...], facts: AccountFacts) -> None:
    decided = await _decide(desk, claimed, facts)
    holding = tuple(report for one in decided for report in _exits(desk, one, facts))
    if holding:
        await _record(desk, decided)
        until = min(attempt.give_up_at for attempt in claimed)
        recounted = await exits.cancel(desk, holding, until)
        if recounted is not None:
            decided = await _decide(desk, claimed, recounted)
    await _record(desk, decided)
    closing = [one for one in decided if one.closes]
    closing.sort(key=_danger)
    steps = _steps(desk, closing)
    told = [await _finish(desk, one, Ending.NONE, ()) for one in decided if not one.closes]
    await tell_attempts(desk, tuple(told))
    teller = Teller(desk)
    await side_by_side(*(_close(desk, one, steps, teller) for one in closing))


async def _decide(desk: Desk, claimed: tuple[Attempt, ...], facts: AccountFacts) -> list[Decided]:
    found = await findings.apply(desk, claimed, facts)
    view = await desk.feed.view()
    decided = (
        cases.decide_one(desk, attempt, found[attempt.position_id], facts, view)
        for attempt in claimed
    )
    return [await observing.priced(desk, one) for one in decided]


def _exits(desk: Desk, one: Decided, facts: AccountFacts) -> tuple[OrderReport, ...]:
    """Give the resting exits that hold the quantity of what is to be closed."""
    if not one.closes or not desk.bot_of(one.position).expiration.cancel_resting_exits:
        return ()
    return resting_exits(one.position, facts.orders, facts.own_orders)


async def _record(desk: Desk, decided: list[Decided]) -> None:
    """Write every decision, and hand over what is handed over, in one transaction."""

    def work(tx: Tx) -> list[Position]:
        changed = []
        for one in decided:
            attempts.decide(
                tx,
                one.attempt.position_id,
                one.attempt.due_at,
                cases.word_of(one.decision),
                one.decision.reason.value,
                one.moneyness,
                one.note,
            )
            if isinstance(one.decision, HandOver) and one.position.managed_by is Management.BOT:
                changed.append(cases.hand_over(tx, one, desk.now()))
        return changed

    for position in await desk.ledger.write(work):
        desk.keep(position)


async def _close(desk: Desk, one: Decided, steps: int | None, teller: Teller) -> None:
    ending, notes = await close_lots(desk, one.attempt, one.closes, one.pricing, steps)
    await teller.tell(await _finish(desk, one, ending, notes))


async def _finish(desk: Desk, one: Decided, ending: Ending, notes: tuple[str, ...]) -> Told:
    attempt = one.attempt
    await desk.ledger.write(
        lambda tx: attempts.finish(
            tx, attempt.position_id, attempt.due_at, ending.value, desk.now(), "; ".join(notes)
        )
    )
    log.info(
        "attempt",
        position=attempt.position_id,
        lead=attempt.lead,
        due_at=attempt.due_at,
        late_seconds=attempt.late.total_seconds(),
        decision=cases.word_of(one.decision),
        reason=one.decision.reason.value,
        outcome=ending.value,
        notes=notes,
    )
    return Told(attempt, one.position, one.decision, ending, notes, one.finding)


async def _finish_without(
    desk: Desk,
    claimed: tuple[Attempt, ...],
    reason: Reason,
    ending: Ending,
    note: str = "",
) -> None:
    """End attempts that came to no decision, for a reason from the closed list."""
    decision: Decision = Skip(reason, note)
    skipped = []
    for attempt in claimed:
        position = await findings.position_of(desk, attempt.position_id)
        pricing = desk.bot_of(position).pricing
        skipped.append(Decided(attempt, position, decision, (), (), pricing, note))
    await _record(desk, skipped)
    await tell_attempts(desk, tuple([await _finish(desk, one, ending, ()) for one in skipped]))


def _danger(one: Decided) -> tuple[int, Decimal]:
    case, close = one.closes[0]
    return budget.danger(case.lot.legs, close.units, one.moneyness)


def _steps(desk: Desk, closing: list[Decided]) -> int | None:
    """Tell how many price steps each position may take; None: no limit is known."""
    rate = desk.broker.card.requests_per_minute
    if rate is None or not closing:
        return None
    available = min(one.attempt.give_up_at for one in closing) - desk.now()
    most = max(ladder.steps_of(one.pricing) for one in closing)
    return budget.steps_allowed(most, rate, available, len(closing), READS_PER_MINUTE)
