"""
What a reconcile means for each position of a wave, booked before anything is decided.

    held                       decided and closed as it is
    gone, smaller              explained: booked as closed; not: presumed assigned
    only shorts of a spread    bought back, up to what is held
    broken, netted, mismatch   no order, to a person
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from botd.domain import lots
from botd.domain.after_close import rescheduled
from botd.domain.contract import Leg, option_legs
from botd.domain.decision import Decision, HandOver, Reason, Skip
from botd.domain.evidence import average_net_price, closing_quantity
from botd.domain.orders import OrderReport
from botd.domain.position import ClosedBy, How, Lot, ManualReason, Position
from botd.domain.reconcile import Finding, FindingKind, reconcile
from botd.engine.attempt import Attempt
from botd.engine.change import change_judged
from botd.engine.desk import Desk, log
from botd.engine.reads import AccountFacts, read_account
from botd.errors import BrokerError
from botd.ledger import positions
from botd.ledger.orders import Order

_TO_PERSON = {
    FindingKind.GONE: (Reason.GONE, ManualReason.GONE),
    FindingKind.BROKEN_SPREAD: (Reason.BROKEN_SPREAD, ManualReason.BROKEN_SPREAD),
    FindingKind.OPPOSITE: (Reason.MISMATCH, ManualReason.MISMATCH),
    FindingKind.MISMATCH: (Reason.MISMATCH, ManualReason.MISMATCH),
    FindingKind.NETTED: (Reason.NETTED, ManualReason.NETTED),
}
_LESS = frozenset(
    {
        FindingKind.GONE,
        FindingKind.SMALLER,
        FindingKind.SHORTS_ONLY,
        FindingKind.BROKEN_SPREAD,
        FindingKind.MISMATCH,
    }
)
_BY_OTHER = frozenset({FindingKind.GONE_BY_OTHER_ORDER, FindingKind.SMALLER_BY_OTHER_ORDER})


@dataclass(frozen=True, slots=True)
class Found:
    """One position after its reconcile: what may be closed of it, or what was decided."""

    position: Position
    units: int  # no more than these
    decision: Decision | None = None  # nothing is left to decide
    buy_back: Lot | None = None  # only these shorts, whatever the spot says
    note: str = ""


def reconcile_book(desk: Desk, facts: AccountFacts) -> dict[str, Finding]:
    """Compare everything the ledger holds of this account with the broker's word."""
    held = tuple(position for position in desk.book.values() if position.units_open)
    return reconcile(held, facts.holdings, facts.orders, facts.own_orders)


def perhaps_filled(
    desk: Desk, claimed: Iterable[Attempt], facts: AccountFacts, live: Iterable[Order]
) -> frozenset[str]:
    """
    Name the positions that an order of ours, of which the broker tells no fill, may have closed.

    Lists of orders were seen to come ten seconds after the holdings (Alpaca-API #276).
    """
    symbols = {leg.symbol for order in live for leg in order.intent.legs}
    compared = reconcile_book(desk, facts)
    return frozenset(
        name
        for name in (attempt.position_id for attempt in claimed)
        if name in compared
        and compared[name].kind in _LESS
        and symbols & {leg.symbol for leg in desk.book[name].legs}
    )


async def look_twice(desk: Desk, facts: AccountFacts) -> dict[str, Finding]:
    """
    Reconcile, and once more from a second reading where anything is not as expected.

    Orders are read before holdings, so that a fill between the two is in these alone:
    what looked gone without a reason is explained by the second reading.
    """
    findings = reconcile_book(desk, facts)
    if all(finding.kind is FindingKind.HELD for finding in findings.values()):
        return findings
    try:
        return reconcile_book(desk, await read_account(desk))
    except BrokerError:
        return findings


async def apply(desk: Desk, claimed: tuple[Attempt, ...], facts: AccountFacts) -> dict[str, Found]:
    """Book what the reconcile explains, and give what is left to decide."""
    findings = await look_twice(desk, facts)
    book = dict(desk.book)  # as it was compared: booking one takes time, in which others change
    found: dict[str, Found] = {}
    for attempt in claimed:
        name = attempt.position_id
        position = book[name] if name in book else await position_of(desk, name)
        finding = findings.get(position.id)
        if finding is None:
            found[position.id] = Found(position, 0, Skip(Reason.GONE, position.status.value))
        else:
            found[position.id] = await apply_one(desk, position, finding)
    return found


async def apply_one(desk: Desk, position: Position, finding: Finding) -> Found:
    """Book one finding."""
    if finding.kind in _TO_PERSON:
        reason, manual_reason = _TO_PERSON[finding.kind]
        return Found(position, 0, HandOver(reason, manual_reason, finding.fact))
    if finding.kind in _BY_OTHER or finding.kind is FindingKind.SMALLER:
        position = await _book(desk, position, finding)
        if not position.units_open:
            return Found(position, 0, Skip(Reason.CLOSED_ELSEWHERE, finding.fact))
    note = "" if finding.kind is FindingKind.HELD else finding.fact
    if finding.kind is FindingKind.SHORTS_ONLY:
        position = await _book_lost_leg(desk, position, finding)
    return Found(position, finding.units_held, buy_back=finding.to_close, note=note)


async def position_of(desk: Desk, name: str) -> Position:
    """Give a position as it stands, also one that is no longer live."""
    found = desk.book.get(name)
    if found is not None:
        return found
    return await desk.ledger.read(lambda tx: positions.get(tx, name))


async def _book(desk: Desk, position: Position, finding: Finding) -> Position:
    """Book units that somebody else's order closed, or that are gone unexplained."""
    at, units = desk.now(), finding.missing_units

    def end(found: Position) -> Position:
        if finding.closed_by is None:
            return lots.end_unknown(found, units, How.ASSIGNED, at)
        return close_elsewhere(found, finding, units, at)

    return await _change(desk, position, finding, end)


def close_elsewhere(position: Position, finding: Finding, units: int, at: datetime) -> Position:
    """Book *units* as closed by an order that is not ours, at its price where that is known."""
    closed_by = finding.closed_by or ClosedBy.OTHER
    legs = position.lots[0].legs
    if finding.net_price is None or len(position.lots) > 1:
        ended = lots.end_unknown(position, units, How.CLOSED, at)
        return ended if ended.lots else _named(ended, closed_by)
    options = {contract.symbol for contract, _ in option_legs(legs)}
    held = tuple(leg for leg in legs if leg.symbol in options) or legs  # once only shares are left
    return lots.apply_fill(position, held, units, finding.net_price, at, closed_by)


async def _book_lost_leg(desk: Desk, position: Position, finding: Finding) -> Position:
    """Book the leg that somebody else's order took, so that its price is not lost."""
    order = finding.other_order
    if order is None or finding.to_close is None:
        return position
    lot, kept = position.lots[0], {leg.symbol for leg in finding.to_close.legs}
    lost = tuple(leg for leg in lot.legs if leg.symbol not in kept)
    price = _price_of(order, lost, lot.units)
    if len(position.lots) > 1 or price is None:
        return position
    at = desk.now()

    def end(found: Position) -> Position:
        return lots.apply_fill(found, lost, lot.units, price, at, ClosedBy.BROKER)

    return await _change(desk, position, finding, end)


def _price_of(order: OrderReport, lost: tuple[Leg, ...], units: int) -> Decimal | None:
    """Tell what the one lost leg of each unit brought; None: the order does not tell all of it."""
    price = average_net_price(order)
    if price is None or len(order.legs) != 1 or len(lost) != 1:
        return None
    size = closing_quantity(order, lost[0])
    wanted = abs(lost[0].quantity)
    if size * order.filled_units < wanted * units:
        return None
    return price * wanted / size


async def _change(
    desk: Desk, position: Position, finding: Finding, apply: Callable[[Position], Position]
) -> Position:
    log.warning("reconciled", position=position.id, finding=finding.kind.value, fact=finding.fact)
    data = {"finding": finding.kind.value, "fact": finding.fact}

    def change(found: Position) -> Position:
        return rescheduled(apply(found), desk.sessions)

    after = await change_judged(desk, position, "reconciled", change, by="broker", data=data)
    desk.is_stale |= after.closes_at != position.closes_at
    return after


def _named(position: Position, closed_by: ClosedBy) -> Position:
    return replace(position, closed_by=closed_by)
