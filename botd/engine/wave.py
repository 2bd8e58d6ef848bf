"""
All attempts that fall due at one instant, of one account.

    claim      one transaction for every position concerned, at the due instant
    clear      orders of earlier attempts have ended, or their positions wait
    gather     orders, holdings, account, quotes: once for all; what a kept order may have
               closed waits until the broker tells of its fill
    reconcile  gone, smaller, broken: booked or handed over, no order
    decide     pure, each position anew
    record     all decisions in one transaction
    close      most dangerous first, side by side
    finish     outcome and one canonical log line an attempt, one grouped message
"""

from dataclasses import replace
from datetime import datetime, timedelta

from botd.domain.decision import Decision, HandOver, Reason, Skip
from botd.domain.orders import OrderReport
from botd.domain.position import Management, Position
from botd.domain.reconcile import resting_exits
from botd.engine import cases, exits, findings, observing, recovery, resolve, stops, strays
from botd.engine.allot import Shares, allot, danger, kept
from botd.engine.attempt import Attempt, Ending
from botd.engine.cases import Decided
from botd.engine.closing import Begun, close_lots
from botd.engine.desk import LOOK_AGAIN, Desk, log
from botd.engine.reads import AccountFacts, is_clock_wrong, read_account_until
from botd.engine.tell import Teller, Told, tell_attempts
from botd.engine.together import side_by_side
from botd.errors import LedgerError
from botd.ledger import attempts, halts, orders
from botd.ledger.columns import Tx
from botd.ledger.halts import HaltKind
from botd.ledger.orders import Order

_SOON = timedelta(seconds=3)  # a cancel's usual time; what takes longer waits by itself
_AT_ONCE = timedelta(seconds=1)  # then an attempt tells what it waits for
_FILLS_LAG = timedelta(seconds=12)  # the longest between a holding and the order that changed it
_LOOK_SELDOM = timedelta(seconds=2)  # at a whole account: that takes several requests


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
    live = await _unsettled(desk)
    busy = {
        one.position_id
        for one in left
        if (own := live.get(one.position_id)) and kept(own, one) is None
    }
    free = tuple(attempt for attempt in left if attempt.position_id not in busy)
    waiting = tuple(attempt for attempt in left if attempt.position_id in busy)
    await side_by_side(
        *((_carry_free(desk, free),) if free else ()),
        *((_carry_waiting(desk, waiting),) if waiting else ()),
    )


async def _unsettled(desk: Desk) -> dict[str, list[Order]]:
    """Read the orders that may still fill, by position."""
    found: dict[str, list[Order]] = {}
    for order in await desk.ledger.read(lambda tx: orders.unsettled(tx, desk.key)):
        found.setdefault(order.intent.position_id, []).append(order)
    return found


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
    live = await _unsettled(desk)
    cleared = await side_by_side(
        *(_clear(desk, live.get(one.position_id, []), one, soon) for one in waiting)
    )
    ready = tuple(one for one, is_clear in zip(waiting, cleared, strict=True) if is_clear)
    late = tuple(one for one, is_clear in zip(waiting, cleared, strict=True) if not is_clear)
    await side_by_side(
        *((_carry_free(desk, ready),) if ready else ()),
        *(_carry_when_clear(desk, attempt) for attempt in late),
    )


async def _halted_by_person(desk: Desk) -> str:
    in_force = await desk.ledger.read(lambda tx: halts.current(tx, desk.key))
    return next((halt.reason for halt in in_force if halt.kind is HaltKind.PERSON), "")


async def _clear(
    desk: Desk, own: list[Order], attempt: Attempt, until: datetime | None = None
) -> bool:
    until = min(until or attempt.give_up_at, attempt.give_up_at)
    for order in own:
        ended = await resolve.end(desk, order, until, attempt.window)
        if not ended.is_final:
            return False
    return True


async def _clear_one(desk: Desk, attempt: Attempt) -> bool:
    live = await _unsettled(desk)
    return await _clear(desk, live.get(attempt.position_id, []), attempt)


async def _tell_why(desk: Desk, waiting: tuple[Attempt, ...], reason: Reason) -> None:
    """Write down what attempts wait for; what is decided later takes its place."""
    word = cases.word_of(Skip(reason))

    def work(tx: Tx) -> None:
        for one in waiting:
            attempts.decide(tx, one.position_id, one.due_at, word, reason.value)

    await desk.ledger.write(work)


async def _carry_when_clear(desk: Desk, attempt: Attempt) -> None:
    if await _clear_one(desk, attempt):
        await _carry_free(desk, (attempt,))
    else:
        await _finish_without(desk, (attempt,), Reason.LIVE_ORDER, Ending.UNKNOWN)


async def _carry_free(desk: Desk, claimed: tuple[Attempt, ...]) -> None:
    stopped = await stops.try_again(desk)
    if stopped is not None:
        await _finish_without(desk, claimed, stopped.reason, Ending.NONE, stopped.note)
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
    waiting = await _perhaps_filled(desk, claimed, facts)
    ready = tuple(one for one in claimed if one not in waiting)
    await side_by_side(
        *((_decide_and_close(desk, ready, facts),) if ready else ()),
        *((_decide_when_told(desk, waiting, facts),) if waiting else ()),
    )


async def _perhaps_filled(
    desk: Desk, claimed: tuple[Attempt, ...], facts: AccountFacts
) -> tuple[Attempt, ...]:
    live = await _unsettled(desk)
    names = findings.perhaps_filled(
        desk, claimed, facts, (order for own in live.values() for order in own)
    )
    return tuple(one for one in claimed if one.position_id in names)


async def _decide_when_told(desk: Desk, waiting: tuple[Attempt, ...], facts: AccountFacts) -> None:
    """Let the broker tell of the fills that the account shows, for some seconds; then decide."""
    until = min(desk.now() + _FILLS_LAG, *(attempt.give_up_at for attempt in waiting))
    while desk.now() < until and await _perhaps_filled(desk, waiting, facts):
        await desk.clock.sleep_until(min(desk.now() + _LOOK_SELDOM, until))
        facts = await read_account_until(desk, until) or facts
    await _decide_and_close(desk, waiting, facts)


async def _decide_and_close(desk: Desk, claimed: tuple[Attempt, ...], facts: AccountFacts) -> None:
    nobodys, gathered = strays.found_today(desk, facts), facts
    decided = await _decide(desk, claimed, facts)
    holding = tuple(report for one in decided for report in _exits(desk, one, facts))
    if holding:
        await _record(desk, decided, None)
        until = min(attempt.give_up_at for attempt in claimed)
        recounted = await exits.cancel(desk, holding, until)
        if recounted is not None:
            facts = recounted
            decided = await _decide(desk, claimed, facts)
    decided = [_unless_held(desk, one, facts) for one in decided]
    await _record(desk, decided)
    closing = sorted((one for one in decided if one.closes), key=danger)
    left = [one for one in decided if not one.closes]
    await tell_attempts(desk, tuple(_told(one, Ending.NONE, ()) for one in left))
    live = await _unsettled(desk)
    working = {
        one.position.id: order
        for one in decided
        if (order := kept(live.get(one.position.id, []), one.attempt)) is not None
    }
    shares, teller = allot(desk, closing, working.keys()), Teller(desk)
    await side_by_side(
        *(_close(desk, one, shares, working.get(one.position.id), teller) for one in closing),
        *(_drop(desk, one, working[one.position.id]) for one in left if one.position.id in working),
        strays.write(desk, gathered, nobodys),  # no order waits for what the board shows
    )


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


def _unless_held(desk: Desk, one: Decided, facts: AccountFacts) -> Decided:
    """Send nothing beside somebody else's order that would close the same legs, too."""
    if not one.closes or not exits.are_in_the_way(desk, one.position, facts):
        return one
    note = "an order that is not ours would close it, too: cancel that at the broker"
    return replace(one, decision=Skip(Reason.LIVE_ORDER, note), closes=(), note=note)


async def _record(desk: Desk, decided: list[Decided], ending: Ending | None = Ending.NONE) -> None:
    """
    Write every decision in one transaction; what needs no order ends in it, as *ending*.

    The first order must not wait for a commit for each position that is left alone. None:
    nothing ends yet, since it is decided once more.
    """

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
            if ending is not None and not one.closes:
                _end(tx, one.attempt, ending, (), desk.now())
            if isinstance(one.decision, HandOver) and one.position.managed_by is Management.BOT:
                changed.append(cases.hand_over(tx, one, desk.now()))
        return changed

    for position in await desk.ledger.write(work):
        desk.keep(position)


async def _drop(desk: Desk, one: Decided, order: Order) -> None:
    """End a kept order of a position that is not to be closed any more."""
    if not await _halted_by_person(desk):
        await resolve.end(desk, order, one.attempt.give_up_at)


async def _close(
    desk: Desk, one: Decided, shares: Shares, working: Order | None, teller: Teller
) -> None:
    ending, notes = await _close_lots(desk, one, shares, working)
    await teller.tell(await _finish(desk, one, ending, notes))


async def _close_lots(
    desk: Desk, one: Decided, shares: Shares, working: Order | None
) -> tuple[Ending, tuple[str, ...]]:
    """Close what an attempt decided; a ledger that fails for a while only delays it."""
    attempt, is_again = one.attempt, False
    share, is_followed = shares.of[one.position.id], one.position.id in shares.following
    while True:
        try:
            if is_again and not await _clear_one(desk, attempt):
                return Ending.UNKNOWN, ()
            begun = None if is_again or working is None else Begun(working, is_followed)
            ending, notes = await close_lots(desk, attempt, one.closes, one.pricing, share, begun)
        except LedgerError as error:
            if desk.now() + LOOK_AGAIN >= attempt.give_up_at:
                raise
            desk.ledger_fault, is_again = str(error), True
            await desk.clock.sleep_until(desk.now() + LOOK_AGAIN)
        else:
            return (_of_both(desk, one, ending) if is_again else ending), notes


def _of_both(desk: Desk, one: Decided, ending: Ending) -> Ending:
    """Say how an attempt ended that was begun twice: what filled before counts, too."""
    if ending not in {Ending.NONE, Ending.UNFILLED, Ending.PARTIAL}:
        return ending
    found = desk.book.get(attempt_name := one.attempt.position_id)
    left = 0 if found is None else found.units_open
    if left == one.position.units_open:
        return ending
    log.info("attempt_begun_twice", position=attempt_name, units_left=left)
    return Ending.PARTIAL if left else Ending.FILLED


async def _finish(desk: Desk, one: Decided, ending: Ending, notes: tuple[str, ...]) -> Told:
    await desk.ledger.write(lambda tx: _end(tx, one.attempt, ending, notes, desk.now()))
    return _told(one, ending, notes)


def _end(tx: Tx, attempt: Attempt, ending: Ending, notes: tuple[str, ...], at: datetime) -> None:
    attempts.finish(tx, attempt.position_id, attempt.due_at, ending.value, at, "; ".join(notes))


def _told(one: Decided, ending: Ending, notes: tuple[str, ...]) -> Told:
    """Write an attempt's one log line, and give what people may be told of it."""
    attempt = one.attempt
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
        pricing = desk.pricing_of(position)
        skipped.append(Decided(attempt, position, decision, (), (), pricing, note))
    await _record(desk, skipped, ending)
    await tell_attempts(desk, tuple(_told(one, ending, ()) for one in skipped))
