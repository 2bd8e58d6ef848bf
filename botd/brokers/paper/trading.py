"""How orders trade, and how they end by themselves."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from botd.brokers.paper.book import (
    PaperOrder,
    Ticket,
    broker_id,
    symbols_of,
    with_fill,
    with_state,
)
from botd.brokers.paper.faults import FaultKind
from botd.brokers.paper.lifetime import ends_at
from botd.brokers.paper.lying_in_wait import fault_for
from botd.brokers.paper.rules import refusal_of, uncovered
from botd.brokers.paper.venue import Venue
from botd.domain.contract import multiplier_of
from botd.domain.orders import OrderReport, ReportState
from botd.errors import RefusalReason

_GOOD_TILL_CANCELED = timedelta(days=90)  # as brokers end such orders


def day_order(venue: Venue, ticket: Ticket, now: datetime) -> PaperOrder:
    """Make an order that works until the close of its session."""
    shown = venue.shown(now)
    closes = (shown.session.closes_at,) if shown else ()
    return _order(venue, ticket, now, closes)


def plant(venue: Venue, ticket: Ticket, now: datetime) -> PaperOrder:
    """
    Let somebody else's order rest until its legs' T, unchecked, matched like ours.

    Its number is added to the ticket's client order id.
    """
    order = _foreign(venue, ticket, now)
    venue.book.put(order)
    match(venue, order, now)
    return venue.book.orders[order.number]


def trade_outside(venue: Venue, ticket: Ticket, net_price: Decimal, now: datetime) -> None:
    """Fill somebody else's order whole and at once, at *net_price*."""
    execute(venue, _foreign(venue, ticket, now), ticket.units, net_price, now)


def _foreign(venue: Venue, ticket: Ticket, now: datetime) -> PaperOrder:
    order = _order(venue, ticket, now, ())
    if ticket.client_order_id is None:
        return order
    numbered = f"{ticket.client_order_id}-{order.number}"
    return replace(order, report=replace(order.report, client_order_id=numbered))


def _order(
    venue: Venue,
    ticket: Ticket,
    now: datetime,
    closes: tuple[datetime, ...],
) -> PaperOrder:
    number = venue.book.number()
    legs_end = [ends_at(leg.instrument, venue.sessions) for leg in ticket.legs]
    ends = (*closes, *(at for at in legs_end if at is not None))
    report = OrderReport(
        broker_order_id=broker_id(number),
        client_order_id=ticket.client_order_id,
        state=ReportState.WORKING,
        legs=ticket.legs,
        units=ticket.units,
        filled_units=0,
        net_price=ticket.net_price,
        submitted_at=now,
        as_of=now,
    )
    return PaperOrder(number, report, min(ends, default=now + _GOOD_TILL_CANCELED))


def match(venue: Venue, order: PaperOrder, now: datetime) -> None:
    """Fill as much of a live order as the quotes of *now* allow."""
    if not order.is_live or order.rejects_at is not None or not _is_fillable_at(venue, now):
        return
    shown = venue.natural(order.report.legs, now)
    limit = order.report.net_price
    if shown is None or shown.units < 1 or (limit is not None and shown.net_price < limit):
        return
    order = _held_back(venue, order, now)
    units = min(shown.units, _may_fill(order))
    if units > 0:
        for taken in shown.taken:
            venue.book.use(taken.side, taken.row_at, taken.size * units)
        execute(venue, order, units, shown.net_price, now)


def _is_fillable_at(venue: Venue, now: datetime) -> bool:
    """Whether the session is on; its last row counts, for it is stamped at the close."""
    shown = venue.shown(now)
    return shown is not None and shown.session.opens_at <= now <= shown.session.closes_at


def _held_back(venue: Venue, order: PaperOrder, now: datetime) -> PaperOrder:
    """Give the order with the limit of a partial fill, where that befalls it now."""
    symbols = symbols_of(order.report.legs)
    partial = fault_for(venue, FaultKind.PARTIAL, symbols, now)
    return order if partial is None else replace(order, fill_limit=partial.fault.units or 1)


def _may_fill(order: PaperOrder) -> int:
    if order.fill_limit is None:
        return order.remaining_units
    return min(order.remaining_units, order.fill_limit - order.report.filled_units)


def execute(
    venue: Venue,
    order: PaperOrder,
    units: int,
    net_price: Decimal,
    now: datetime,
) -> None:
    """Book an execution: the order, what is held, and the cash."""
    legs = order.report.legs
    venue.book.put(with_fill(order, units, net_price, now))
    for leg in legs:
        venue.book.hold(leg.symbol, leg.quantity * units)
    venue.book.pay(net_price * multiplier_of(legs) * units)


def run_timers(venue: Venue, now: datetime) -> None:
    """Let everything happen to live orders whose instant has come."""
    for order in venue.book.timed():
        if order.starts_at is not None and order.starts_at <= now:
            _arrive(venue, order, now)
    _end_orders(venue, venue.book.timed(), now, _rejects, ReportState.REJECTED)
    _end_orders(venue, venue.book.timed(), now, _cancels, ReportState.CANCELED)


def expire_orders(venue: Venue, now: datetime) -> None:
    """End the day of orders that were not filled."""
    _end_orders(venue, tuple(venue.book.live.values()), now, _expires, ReportState.EXPIRED)


def _rejects(order: PaperOrder) -> datetime | None:
    return order.rejects_at


def _cancels(order: PaperOrder) -> datetime | None:
    return order.cancels_at


def _expires(order: PaperOrder) -> datetime | None:
    return order.expires_at


def _end_orders(
    venue: Venue,
    orders: tuple[PaperOrder, ...],
    now: datetime,
    end_of: Callable[[PaperOrder], datetime | None],
    state: ReportState,
) -> None:
    for order in orders:
        at = end_of(order)
        if order.starts_at is None and at is not None and at <= now:
            refusal = order.rejection if state is ReportState.REJECTED else None
            venue.book.put(with_state(order, state, now, refusal))


def _arrive(venue: Venue, order: PaperOrder, now: datetime) -> None:
    """Take an order that was long on its way, by the rules of the moment."""
    report = order.report
    ticket = Ticket(report.legs, report.units, report.net_price, report.client_order_id)
    arrived = replace(order, starts_at=None)
    refusal = refusal_of(venue, ticket, now)
    if refusal is None:
        venue.book.put(arrived)
        match(venue, arrived, now)
    elif refusal.reason is RefusalReason.DUPLICATE_CLIENT_ID:
        venue.book.drop(order)
    else:
        venue.book.put(with_state(arrived, ReportState.REJECTED, now, refusal))


def cancel_uncovered(venue: Venue, now: datetime) -> None:
    """End live orders that would close more than is still held, as the card promises."""
    if venue.card.enforces_close_only:
        for number in uncovered(venue.book):
            order = venue.book.orders[number]
            venue.book.put(with_state(order, ReportState.CANCELED, now))
