"""What happens in one transaction when a broker reports: order, fills and position together."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from botd.domain import lots
from botd.domain.after_close import rescheduled
from botd.domain.contract import Leg
from botd.domain.orders import Fill, OrderIntent, OrderReport
from botd.domain.position import ClosedBy, How, Position
from botd.domain.session import Sessions
from botd.engine.desk import Desk, log
from botd.engine.stops import page, stop_account
from botd.ledger import orders, positions
from botd.ledger.columns import Tx
from botd.ledger.halts import HaltKind
from botd.ledger.orders import AppliedReport


@dataclass(frozen=True, slots=True)
class Recorded:
    """An order after a report, and its position when fills changed it."""

    applied: AppliedReport
    position: Position | None
    excess_units: int = 0  # filled beyond what the ledger still held

    @property
    def is_too_much(self) -> bool:
        """Whether more was closed than was ordered, or than was there."""
        return self.applied.is_overfilled or self.excess_units > 0


def as_held(legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
    """Turn an order's legs into the held legs that it closes."""
    return tuple(Leg(leg.instrument, -leg.quantity) for leg in legs)


def closer(intent: OrderIntent) -> ClosedBy:
    """Say whose order it is."""
    return ClosedBy.PERSON if intent.is_extra else ClosedBy.BOT


def fill_position(
    intent: OrderIntent, fill: Fill, sessions: Sessions
) -> Callable[[Position], Position]:
    """Give the change that one fill makes to its position, its next T included."""

    def apply(position: Position) -> Position:
        held = as_held(intent.legs)
        after = lots.apply_fill(
            position, held, fill.units, fill.net_price, fill.filled_at, closer(intent)
        )
        return rescheduled(after, sessions)

    return apply


def record_report(tx: Tx, report: OrderReport, at: datetime, sessions: Sessions) -> Recorded | None:
    """Write a report into order and position; None when no order of ours has its id."""
    applied = orders.apply_report(tx, report, at)
    return None if applied is None else book(tx, applied, at, sessions)


def book(tx: Tx, applied: AppliedReport, at: datetime, sessions: Sessions) -> Recorded:
    """Give a position what a report told of its order; what it cannot take is in excess."""
    intent = applied.order.intent
    position: Position | None = None
    excess = 0
    for fill in applied.new_fills:
        units = min(fill.units, _units_holding(tx, intent))
        excess += fill.units - units
        if units:
            change = fill_position(intent, replace(fill, units=units), sessions)
            position = _change(tx, intent, change, at, fill)
    if applied.unpriced_units:
        units = min(applied.unpriced_units, _units_holding(tx, intent))
        excess += applied.unpriced_units - units
        if units:
            position = _change(tx, intent, _end_unpriced(intent, units, at), at, None)
    return Recorded(applied, position, excess)


def _units_holding(tx: Tx, intent: OrderIntent) -> int:
    """Count the units that still hold what an order closes."""
    wanted = {(leg.symbol, leg.quantity) for leg in as_held(intent.legs)}
    return sum(
        lot.units
        for lot in positions.get(tx, intent.position_id).lots
        if wanted <= {(leg.symbol, leg.quantity) for leg in lot.legs}
    )


def _end_unpriced(intent: OrderIntent, units: int, at: datetime) -> Callable[[Position], Position]:
    """End units that were closed at a price that nobody told: it stays unknown."""

    def apply(position: Position) -> Position:
        return lots.end_unknown(replace(position, closed_by=closer(intent)), units, How.CLOSED, at)

    return apply


def _change(
    tx: Tx,
    intent: OrderIntent,
    apply: Callable[[Position], Position],
    at: datetime,
    fill: Fill | None,
) -> Position:
    data: dict[str, object] = {"client_order_id": intent.client_order_id}
    if fill is not None:
        data |= {
            "execution_id": fill.execution_id,
            "units": fill.units,
            "net_price": str(fill.net_price),
        }
    return positions.change(tx, intent.position_id, "filled", apply, at=at, by="broker", data=data)


async def record_reports(desk: Desk, reports: tuple[OrderReport, ...]) -> None:
    """Record what an order poll brought, and keep guard and book in step."""
    at = desk.now()
    desk.observe(reports)

    def work(tx: Tx) -> list[Recorded]:
        found = (record_report(tx, report, at, desk.sessions) for report in reports)
        return [recorded for recorded in found if recorded is not None]

    for recorded in await desk.ledger.write(work):
        await take_in(desk, recorded)


async def take_in(desk: Desk, recorded: Recorded) -> None:
    """Keep the book in step with what was recorded, and tell what a person must look at."""
    if recorded.position is not None:
        before = desk.book.get(recorded.position.id)
        desk.keep(recorded.position)
        desk.is_stale |= before is None or before.closes_at != recorded.position.closes_at
    order = recorded.applied.order
    for fill in recorded.applied.new_fills:
        log.info(
            "order_filled",
            position=order.intent.position_id,
            client_order_id=order.client_order_id,
            units=fill.units,
            net_price=str(fill.net_price),
        )
    if recorded.is_too_much:
        words = f"order {order.client_order_id} filled {order.filled_units} units, more than it may"
        await stop_account(desk, HaltKind.GUARD, f"{words}: compare botd with the broker's page")
    elif recorded.applied.is_correction or recorded.applied.unpriced_units:
        await _tell_odd(desk, recorded)
    if recorded.applied.is_correction and not order.is_final:
        # Nobody counts with it any more, and what took its place may fill, too.
        desk.guard.adopt(order.intent, order.filled_units)
        desk.revived.add(order.client_order_id)


async def _tell_odd(desk: Desk, recorded: Recorded) -> None:
    """Page what the broker told late, or without a price."""
    order = recorded.applied.order
    what = "at a price that it does not tell"
    if recorded.applied.is_correction:
        what = "though that order had ended"
    name = order.intent.position_id
    await page(
        desk,
        f"correction/{order.client_order_id}/{order.status.value}/{order.filled_units}",
        f"an order of {name} is corrected",
        f"order {order.client_order_id} is {order.status.value}, filled {order.filled_units} of "
        f"{order.intent.units} units, the broker says, {what}: botd positions show {name}",
    )
