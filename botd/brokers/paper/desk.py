"""How orders come in, and how they leave."""

from dataclasses import dataclass, replace
from datetime import datetime

from botd.brokers.paper.book import PaperOrder, Ticket, symbols_of, with_state
from botd.brokers.paper.faults import FaultKind
from botd.brokers.paper.lying_in_wait import fault_for
from botd.brokers.paper.rules import refusal_of
from botd.brokers.paper.trading import day_order, execute, match, run_timers
from botd.brokers.paper.venue import Venue
from botd.brokers.paper.words import not_cancelable, order_not_found
from botd.domain.orders import OrderIntent, OrderReport, ReportState
from botd.errors import (
    BrokerError,
    BrokerUnavailable,
    OrderRefused,
    OutcomeUnknown,
)

_NO_ANSWER = "the connection was lost before the answer came"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a caller gets, and when."""

    report: OrderReport | None = None
    error: BrokerError | None = None
    answered_at: datetime | None = None  # None: at once


def outage(venue: Venue, symbols: frozenset[str], now: datetime) -> BrokerError | None:
    """Say what keeps a call from being answered; None where nothing does."""
    if fault_for(venue, FaultKind.UNAVAILABLE, symbols, now):
        return BrokerUnavailable("connection refused")
    if fault_for(venue, FaultKind.SERVER_ERROR, symbols, now):
        return OutcomeUnknown("HTTP 503: service unavailable")
    return None


def submit(venue: Venue, intent: OrderIntent, now: datetime) -> Answer:
    """Take an order or refuse it, and fill what can be filled at once."""
    symbols = symbols_of(intent.legs)
    if error := outage(venue, symbols, now):
        return Answer(error=error)
    if fault_for(venue, FaultKind.LOSE_REQUEST, symbols, now):
        return Answer(error=OutcomeUnknown(_NO_ANSWER))
    if (refuse := fault_for(venue, FaultKind.REFUSE, symbols, now)) and refuse.fault.refusal:
        return Answer(error=OrderRefused(refuse.fault.refusal))
    ticket = Ticket(intent.legs, intent.units, intent.net_price, intent.client_order_id)
    if refusal := refusal_of(venue, ticket, now):
        return Answer(error=OrderRefused(refusal))
    return _take(venue, ticket, symbols, now)


def _take(venue: Venue, ticket: Ticket, symbols: frozenset[str], now: datetime) -> Answer:
    order = day_order(venue, ticket, now)
    reject = fault_for(venue, FaultKind.REJECT, symbols, now)
    lost = fault_for(venue, FaultKind.LOSE_ANSWER, symbols, now)
    late = fault_for(venue, FaultKind.ANSWER_LATE, symbols, now)
    if reject:
        order = replace(
            with_state(order, ReportState.PENDING, now),
            rejects_at=now + reject.fault.duration,
            rejection=reject.fault.refusal,
        )
    if lost and lost.fault.duration:
        venue.book.put(replace(order, starts_at=now + lost.fault.duration))
        return Answer(error=OutcomeUnknown(_NO_ANSWER))
    venue.book.put(order)
    match(venue, order, now)
    run_timers(venue, now)
    if lost:
        return Answer(error=OutcomeUnknown(_NO_ANSWER))
    report = venue.book.orders[order.number].report
    return Answer(report, answered_at=now + late.fault.duration if late else None)


def cancel(venue: Venue, broker_order_id: str, now: datetime) -> BrokerError | None:
    """Take a cancel, or say why not."""
    order = venue.book.of_broker(broker_order_id)
    symbols = symbols_of(order.report.legs) if order else frozenset()
    if error := outage(venue, symbols, now):
        return error
    if fault_for(venue, FaultKind.LOSE_CANCEL, symbols, now):
        return OutcomeUnknown(_NO_ANSWER)
    if order is None:
        return OrderRefused(order_not_found(broker_order_id))
    if order.report.is_final:
        return OrderRefused(not_cancelable(order.report.state.value))
    _cancel(venue, order, now)
    return None


def _cancel(venue: Venue, order: PaperOrder, now: datetime) -> None:
    symbols = symbols_of(order.report.legs)
    if across := fault_for(venue, FaultKind.FILL_ACROSS_CANCEL, symbols, now):
        order = _fill_across(venue, order, across.fault.units, now)
    if order.report.is_final:
        return
    if slow := fault_for(venue, FaultKind.SLOW_CANCEL, symbols, now):
        waiting = with_state(order, ReportState.CANCEL_PENDING, now)
        venue.book.put(replace(waiting, cancels_at=now + slow.fault.duration))
    else:
        venue.book.put(with_state(order, ReportState.CANCELED, now))


def _fill_across(venue: Venue, order: PaperOrder, units: int | None, now: datetime) -> PaperOrder:
    """Fill what is left, or *units*: at the natural where it is better, else at the limit."""
    shown = venue.natural(order.report.legs, now)
    prices = [] if shown is None else [shown.net_price]
    if order.report.net_price is not None:
        prices.append(order.report.net_price)
    if prices:
        left = order.remaining_units
        execute(venue, order, min(units or left, left), max(prices), now)
    return venue.book.orders[order.number]
