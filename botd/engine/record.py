"""What happens in one transaction when a broker reports: order, fills and position together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from botd.domain import lots
from botd.domain.after_close import rescheduled
from botd.domain.contract import Leg
from botd.domain.orders import Fill, OrderIntent, OrderReport
from botd.domain.position import ClosedBy, Position
from botd.domain.session import Sessions
from botd.engine.desk import Desk, log
from botd.ledger import orders, positions
from botd.ledger.columns import Tx


@dataclass(frozen=True, slots=True)
class Recorded:
    """An order after a report, and its position when fills changed it."""

    order: orders.Order
    position: Position | None
    news: tuple[Fill, ...]


def as_held(legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
    """Turn an order's legs into the held legs that it closes."""
    return tuple(Leg(leg.instrument, -leg.quantity) for leg in legs)


def fill_position(
    intent: OrderIntent, fill: Fill, sessions: Sessions
) -> Callable[[Position], Position]:
    """Give the change that one fill makes to its position, its next T included."""

    def apply(position: Position) -> Position:
        by = ClosedBy.PERSON if intent.is_extra else ClosedBy.BOT
        after = lots.apply_fill(
            position,
            as_held(intent.legs),
            fill.units,
            fill.net_price,
            fill.filled_at,
            by,
        )
        return rescheduled(after, sessions)

    return apply


def record_report(tx: Tx, report: OrderReport, at: datetime, sessions: Sessions) -> Recorded | None:
    """Write a report into order and position; None when no order of ours has its id."""
    applied = orders.apply_report(tx, report, at)
    if applied is None:
        return None
    position: Position | None = None
    intent = applied.order.intent
    for fill in applied.new_fills:
        position = positions.change(
            tx,
            intent.position_id,
            "filled",
            fill_position(intent, fill, sessions),
            at=at,
            by="broker",
            data={
                "client_order_id": intent.client_order_id,
                "execution_id": fill.execution_id,
                "units": fill.units,
                "net_price": str(fill.net_price),
            },
        )
    return Recorded(applied.order, position, applied.new_fills)


async def record_reports(desk: Desk, reports: tuple[OrderReport, ...]) -> None:
    """Record what an order poll brought, and keep guard and book in step."""
    at = desk.now()
    desk.observe(reports)

    def work(tx: Tx) -> list[Recorded]:
        found = (record_report(tx, report, at, desk.sessions) for report in reports)
        return [recorded for recorded in found if recorded is not None]

    for recorded in await desk.ledger.write(work):
        if recorded.position is not None:
            before = desk.book.get(recorded.position.id)
            desk.keep(recorded.position)
            desk.is_stale |= before is None or before.closes_at != recorded.position.closes_at
        for fill in recorded.news:
            log.info(
                "order_filled",
                position=recorded.order.intent.position_id,
                client_order_id=recorded.order.intent.client_order_id,
                units=fill.units,
                net_price=str(fill.net_price),
            )
