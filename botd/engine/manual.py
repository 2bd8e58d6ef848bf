"""A person's own attempt: `botd close`, and the extra try of `botd release --now`."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from botd.domain import schedule
from botd.domain.bot import Pricing, PricingMode
from botd.domain.contract import Leg, Shares
from botd.domain.decision import Close, Reason
from botd.domain.position import Lot, Position
from botd.domain.reconcile import Finding, FindingKind
from botd.domain.session import Session
from botd.engine import cases, exits, recovery, resolve, stops
from botd.engine.attempt import LADDER_ENDS_BEFORE, Attempt, Ending
from botd.engine.desk import Desk
from botd.engine.findings import reconcile_book
from botd.engine.plans import schedule_of
from botd.engine.reads import AccountFacts, is_clock_wrong, read_account
from botd.engine.send import Window
from botd.engine.walk import Walk
from botd.errors import BrokerError
from botd.ledger import orders
from botd.ledger.commands import Command

_PATIENCE = timedelta(minutes=2)  # how long the final price of a person's close works
_BELL = timedelta(seconds=2)
_HELD = frozenset({FindingKind.HELD, FindingKind.SMALLER})

Result = dict[str, Any]


async def close(desk: Desk, position: Position, command: Command) -> Result:
    """Close a position now, wholly or in part, and tell what was filled."""
    at = desk.now()
    session = _session_at(desk, position, at)
    why_not = await _why_not(desk, position, at)
    if session is None or why_not is not None:
        return {"done": False, "message": f"nothing was sent: {why_not}"}
    if position.id in desk.by_hand:
        return {"done": False, "message": "nothing was sent: another close of it is at work"}
    desk.by_hand.add(position.id)  # no protocol order is sent for it meanwhile
    try:
        return await _close(desk, position, session, command)
    finally:
        desk.by_hand.discard(position.id)


async def _close(desk: Desk, position: Position, session: Session, command: Command) -> Result:
    at = desk.now()
    if not await _clear(desk, position):
        return {"done": False, "unreachable": True, "message": "an order of unknown fate lives"}
    try:
        facts = await read_account(desk)
    except BrokerError as error:
        return {"done": False, "unreachable": True, "message": f"the broker: {error}"}
    if is_clock_wrong(desk):
        words = f"nothing was sent: the clock differs from the broker's by {desk.clock_skew}"
        return {"done": False, "message": words}
    if desk.needs_recovery:
        await recovery.reconcile(desk, facts, desk.patience())
    finding = _finding(desk, position, facts)
    if finding is None or finding.kind not in _HELD:
        return {"done": False, "message": finding.fact if finding else "it is not held"}
    if words := _in_the_way(desk, finding, desk.book[position.id], command, facts):
        return {"done": False, "message": f"nothing was sent: {words}"}
    attempt = _attempt(position, at, session.opens_at, session.closes_at)
    return await _walk(desk, finding, attempt, command, facts)


def _wanted(position: Position, finding: Finding, command: Command) -> int:
    """Count the units to close: as many as were asked for, at most what is held."""
    held = min(position.units_open, finding.units_held)
    return min(int(command.args.get("units") or held), held)


def _in_the_way(
    desk: Desk, finding: Finding, position: Position, command: Command, facts: AccountFacts
) -> str:
    """Say what keeps a close from being that of what was asked for, and nothing else."""
    if exits.are_in_the_way(desk, position, facts):
        return "another order would close it, too; cancel that at the broker"
    if not desk.broker.card.closes_whole:
        return ""
    wanted = _wanted(position, finding, command)
    for lot in position.lots:
        for leg in closable_legs_of(lot):
            held, asked = abs(facts.held.get(leg.symbol, 0)), wanted * abs(leg.quantity)
            if held > asked:
                return (
                    f"this broker closes all {held} {leg.symbol} that the account holds, or none, "
                    f"not {asked} of them; leave --quantity and --percent out, or close the part "
                    "at the broker"
                )
    return ""


async def _why_not(desk: Desk, position: Position, at: datetime) -> str | None:
    """Say what keeps a person's close from beginning; None: nothing."""
    if not desk.broker.card.closes:
        return f"{Reason.NO_CLOSE_CALL.value}: close it there"
    if _session_at(desk, position, at) is None:
        return "its contracts do not trade now"
    if not position.units_open:
        return f"nothing of it is open: {position.status.value}"
    if position.closes_at is not None and position.closes_at - _BELL <= at:
        return "its contracts have stopped trading"
    stopped = await stops.try_again(desk)
    return None if stopped is None else stopped.note


def _session_at(desk: Desk, position: Position, at: datetime) -> Session | None:
    """
    Give the session that is open at *at*, until shortly before its bell.

    What trades around the clock has one until its own end.
    """
    session = desk.sessions.containing_day(at)
    if schedule.ends_alone(position.legs) and position.closes_at is not None:
        session = schedule.around_the_clock(position.closes_at, at)
    if session is None or not session.opens_at <= at < session.closes_at - _BELL:
        return None
    return session


def extra_attempt(desk: Desk, position: Position, at: datetime) -> Attempt | None:
    """Make an attempt at once, by the bot's own rules; None: its contracts do not trade."""
    session, plan = _session_at(desk, position, at), schedule_of(desk, position)
    if session is None or plan is None or at >= plan.closes_at - _BELL:
        return None
    attempt = _attempt(position, at, session.opens_at, session.closes_at)
    past = [time.due_at for time in plan.attempts if time.due_at <= at]
    following = [time.due_at for time in plan.attempts if time.due_at > at]
    give_up_at = following[0] - LADDER_ENDS_BEFORE if following else attempt.closes_at
    return replace(
        attempt,
        give_up_at=min(attempt.give_up_at, give_up_at) if following else give_up_at,
        number=len(past),
        is_last=not following,
        is_extra=False,
    )


def _attempt(position: Position, at: datetime, opens_at: datetime, closes_at: datetime) -> Attempt:
    ends_at = min(closes_at, position.closes_at or closes_at)
    return Attempt(
        position_id=position.id,
        lead="now",
        due_at=at,
        closes_at=ends_at,
        window=Window(opens_at, ends_at),
        give_up_at=min(at + _PATIENCE, ends_at - _BELL),
        bell_at=ends_at,
        number=0,
        is_last=False,
        is_extra=True,
    )


async def _clear(desk: Desk, position: Position) -> bool:
    """End a protocol order that works on it: a person's close goes before."""
    for order in await desk.ledger.read(lambda tx: orders.unsettled(tx, desk.key)):
        if order.intent.position_id == position.id:
            ended = await resolve.end(desk, order, desk.patience())
            if not ended.is_final:
                return False
    return True


def _finding(desk: Desk, position: Position, facts: AccountFacts) -> Finding | None:
    return reconcile_book(desk, facts).get(position.id)


async def _walk(
    desk: Desk, finding: Finding, attempt: Attempt, command: Command, facts: AccountFacts
) -> Result:
    position = desk.book[attempt.position_id]
    pricing = _pricing(desk, position, command.args)
    wanted = _wanted(position, finding, command)
    left, ending, notes = wanted, Ending.NONE, list[str]()
    view = await desk.feed.view()
    for lot in position.lots:
        legs = closable_legs_of(lot)
        if not legs or not left:
            continue
        units = min(left, lot.units)
        case = cases.case_of(desk, attempt, position, lot, facts, view)
        walk = Walk(desk, attempt, case, Close(Reason.IN_THE_MONEY, legs, units), pricing)
        ending = await walk.run(attempt.give_up_at)
        notes += walk.notes
        left -= units
        if ending in {Ending.REFUSED, Ending.UNKNOWN}:
            break  # nothing more is sent for it
    return await _told(desk, attempt, wanted, ending, notes)


async def _told(
    desk: Desk, attempt: Attempt, wanted: int, ending: Ending, notes: list[str]
) -> Result:
    placed = await desk.ledger.read(lambda tx: orders.of_position(tx, attempt.position_id))
    own = [order for order in placed if order.intent.attempt_due_at == attempt.due_at]
    filled = sum(order.filled_units for order in own)
    prices = [(order.average_net_price, order.filled_units) for order in own if order.filled_units]
    value = sum(((price or Decimal(0)) * units for price, units in prices), Decimal(0))
    is_known = bool(prices) and all(price is not None for price, _ in prices)
    refusals = [order.refusal.message for order in own if order.refusal is not None]
    return {
        "done": filled >= wanted,
        "outcome": ending.value,
        "wanted_units": wanted,
        "filled_units": filled,
        "net_price": str(value / filled) if is_known else None,
        "orders": [order.intent.client_order_id for order in own],
        "message": refusals[-1] if refusals else "; ".join(notes) or ending.value,
        "unreachable": ending is Ending.UNKNOWN,
    }


def closable_legs_of(lot: Lot) -> tuple[Leg, ...]:
    """Give what can be closed of a lot: what ends by itself, never its shares."""
    return tuple(leg for leg in lot.legs if not isinstance(leg.instrument, Shares))


def _pricing(desk: Desk, position: Position, args: Mapping[str, Any]) -> Pricing:
    own = desk.pricing_of(position)
    mode = args.get("pricing")
    if mode is None or desk.broker.card.market_orders_only:
        return own
    return replace(own, mode=PricingMode(mode))
