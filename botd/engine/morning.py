"""
The next morning: what the broker's own records say of how everything ended.

Every trading day, so that an early assignment is seen too. Missing records conclude
nothing; a record confirms what was booked, or corrects it, and moves shares into the
campaign at the strike.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from botd.brokers.port import SettlementRecord
from botd.domain import after_close, override
from botd.domain.booked import booked_of
from botd.domain.confirm import confirm
from botd.domain.contract import Leg
from botd.domain.decision import HandOver
from botd.domain.label import label
from botd.domain.position import DELIVERED, ClosedBy, How, Management, Position, Status
from botd.domain.settlement import FactKind, SettlementFact
from botd.engine import findings
from botd.engine.change import change_judged
from botd.engine.desk import Desk, log
from botd.engine.notices import Notice
from botd.engine.reads import AccountFacts, read_account
from botd.errors import BrokerError
from botd.ledger import campaigns, orders, positions
from botd.ledger.columns import Tx

_RECORDS_SINCE = timedelta(days=7)  # over a long weekend, and a broker that is late


async def reconcile_all(desk: Desk, day: date) -> Notice | None:
    """Compare every managed position, and every unconfirmed end, with the broker's word."""
    try:
        facts = await read_account(desk)
        since = desk.now() - _RECORDS_SINCE
        records = await desk.clock.within(desk.broker.settlements(since), desk.patience())
    except (BrokerError, TimeoutError) as error:
        return Notice("morning", "page", "the broker cannot be read", (f"{error}: botd status",))
    lines, left = await _confirm_all(desk, records)
    lines += await _held(desk, facts)
    await _confirm_closed(desk, facts, frozenset(fact.symbol for fact in left))
    desk.is_stale = True
    log.info("morning", account=desk.key, day=day, differences=len(lines), records=len(records))
    if not lines:
        return None
    return Notice("morning", "page", f"{len(lines)} differ from the broker", tuple(lines))


async def _confirm_all(
    desk: Desk, records: Iterable[SettlementRecord]
) -> tuple[list[str], tuple[SettlementFact, ...]]:
    """
    Lay the records beside the positions, the oldest first; each record counts once.

    Give what differs, in lines, and the records that no position had a use for.
    """
    left = tuple(
        SettlementFact(
            record.record_id,
            FactKind(record.kind.value),
            record.symbol,
            record.quantity,
            record.price,
            record.recorded_at,
        )
        for record in records
    )
    lines = []
    for position in sorted(desk.book.values(), key=lambda one: (one.opened_at, one.id)):
        found = confirm(position, left)
        if found.is_changed:
            await _keep(desk, position.id, left)
        left = found.left
        if found.difference is not None:
            lines.append(
                f"{position.number}  {label(position)} ({position.account})  "
                f"{found.difference}: botd positions show {position.number}"
            )
    return [*lines, *_contradicted(desk, left)], left


def _contradicted(desk: Desk, left: tuple[SettlementFact, ...]) -> list[str]:
    """
    Name positions that a person told of otherwise than the broker's records do.

    Nothing is corrected: both are somebody's word, and only a look decides.
    """
    return [
        f"{position.number}  {label(position)} ({position.account})  "
        f"{override.describe_end(position)}, but the broker's records say "
        f"{fact.quantity:+d} {fact.symbol} {fact.how.value}: botd positions show {position.number}"
        for position in desk.book.values()
        if not position.lots
        for fact in left
        if _is_about(fact, position)
    ]


def _is_about(fact: SettlementFact, position: Position) -> bool:
    return any(
        leg.symbol == fact.symbol and leg.quantity * fact.quantity > 0 for leg in position.legs
    )


async def _keep(desk: Desk, name: str, facts: tuple[SettlementFact, ...]) -> None:
    """
    Write one confirmation, and its shares into the campaign, in one transaction.

    It is made anew from the position as it stands there: a person may have taken it, or
    a fill been booked, since the account was read.
    """
    at = desk.now()

    def work(tx: Tx) -> list[Position]:
        found = confirm(positions.get(tx, name), facts)
        after = found.position
        if after.is_live:
            after = after_close.rescheduled(after, desk.sessions)
        data = {"difference": found.difference}
        changed = [
            positions.change(tx, name, "confirmed", lambda _: after, at=at, by="broker", data=data)
        ]
        for move in found.undone:
            campaigns.undo_shares(tx, after, move, at)
        for move in found.moves:
            changed += campaigns.book_shares(tx, after, move, at=at, by="broker", is_confirmed=True)
        return changed

    for one in await desk.ledger.write(work):
        desk.keep(one)


async def _held(desk: Desk, facts: AccountFacts) -> list[str]:
    """Book what no longer is as the ledger has it, of what bots still manage."""
    lines = []
    found_of = await findings.look_twice(desk, facts)
    book = dict(desk.book)  # as it was compared: booking one takes time, in which others end
    for name, finding in found_of.items():
        position = book[name]
        if not position.is_live or position.managed_by is not Management.BOT:
            continue
        if after_close.awaits_delivery(position):
            continue  # no record yet: nothing is concluded
        found = await findings.apply_one(desk, position, finding)
        if isinstance(found.decision, HandOver):
            await _hand_over(desk, position, found.decision)
        if found.decision is not None or found.note:
            lines.append(
                f"{position.number}  {label(position)} ({position.account})  "
                f"{finding.fact}: botd positions show {position.number}"
            )
    return lines


async def _hand_over(desk: Desk, position: Position, decision: HandOver) -> None:
    reason, fact = decision.manual_reason, decision.note
    await change_judged(
        desk,
        position,
        "handed_over",
        lambda found: override.hand_over(found, reason, fact),
        by="botd",
    )


async def _confirm_closed(desk: Desk, facts: AccountFacts, disputed: frozenset[str]) -> None:
    """
    Confirm what ended at known prices, once account and ledger hold the same.

    A person's word alone is no record: what they told as closed is confirmed by the
    fills of orders of ours, and not where a record of the broker speaks of a leg.
    """
    expected: dict[str, int] = {}
    for position in desk.book.values():
        for lot in position.lots:
            for leg in lot.legs:
                expected[leg.symbol] = expected.get(leg.symbol, 0) + lot.units * leg.quantity
    closed = [
        one
        for one in desk.book.values()
        if (one.status is Status.CLOSED or _needs_no_record(one))
        and all(outcome.net_price is not None for outcome in one.outcomes)
        and all(_is_square(leg, expected, facts.held) for leg in one.legs)
        and not any(leg.symbol in disputed for leg in one.legs)
    ]
    at = desk.now()

    def work(tx: Tx) -> list[Position]:
        return [
            positions.change(
                tx, one.id, "confirmed", lambda p: replace(p, confirmed=True), at=at, by="broker"
            )
            for one in closed
            if one.closed_by is not ClosedBy.PERSON or _is_filled(tx, one)
        ]

    for one in await desk.ledger.write(work):
        desk.keep(one)


def _is_filled(tx: Tx, position: Position) -> bool:
    """Whether fills of our own orders account for all that was told as closed."""
    closed = sum(one.units for one in position.outcomes if one.how is How.CLOSED)
    return closed <= sum(order.filled_units for order in orders.of_position(tx, position.id))


def _needs_no_record(position: Position) -> bool:
    """Whether it was delivered on a person's word, and no option of it waits for a record."""
    return position.status in DELIVERED and not position.lots and not booked_of(position)


def _is_square(leg: Leg, expected: dict[str, int], held: dict[str, int]) -> bool:
    return expected.get(leg.symbol, 0) == held.get(leg.symbol, 0)
