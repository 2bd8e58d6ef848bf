"""The JSON shapes of INTERFACE: the keys that people script against."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from botd.domain.contract import Leg, Shares
from botd.domain.decision import LegMoneyness
from botd.domain.pnl import close_net_price, fees, realized_pnl
from botd.domain.position import BrokerWords, Outcome, Position, Status
from botd.domain.refusal import without_moment
from botd.ledger.attempts import Attempt
from botd.ledger.events import Event
from botd.ledger.orders import Order
from botd.ledger.positions import Page

Shape = dict[str, Any]


def instant(at: datetime | None) -> str | None:
    """Write an instant in UTC: `2015-12-24T17:50:00Z`, fractions only where there are any."""
    if at is None:
        return None
    text = at.astimezone(UTC).isoformat().replace("+00:00", "")
    return f"{text}Z"


def money(amount: Decimal | None) -> str | None:
    """Write dollars as a plain decimal, exactly, to the cent at least; never `-0.00`."""
    if amount is None:
        return None
    dollars, _, cents = f"{amount.copy_abs():f}".partition(".")
    minus = "-" if amount < 0 else ""
    return f"{minus}{dollars}.{cents.rstrip('0').ljust(2, '0')}"


def position(found: Position, *, has_live_order: bool = False) -> Shape:
    """Give a position as JSON has it; one with a live order is `closing`."""
    pnl, is_complete = realized_pnl(found)
    status = found.status
    if status is Status.OPEN and has_live_order:
        status = Status.CLOSING
    return {
        "id": found.id,
        "number": found.number,
        "bot": found.bot,
        "broker": found.broker,
        "account": found.account,
        "underlying": found.underlying,
        "strategy": found.strategy,
        "legs": _legs(found.legs),
        "units": found.units,
        "units_open": found.units_open,
        "opened_at": instant(found.opened_at),
        "open_net_price": money(found.open_net_price),
        "expiration": found.expiration.isoformat() if found.expiration else None,
        "closes_at": instant(found.closes_at),
        "status": status.value,
        "managed_by": found.managed_by.value,
        "manual_reason": found.manual_reason.value if found.manual_reason else None,
        "assignment": found.assignment.value if found.assignment else None,
        "confirmed": found.confirmed,
        "broker_error": _words(found.broker_error),
        "fact": None if found.fact is None else without_moment(found.fact),
        "policy": found.policy.value if found.policy else None,
        "outcomes": [_outcome(outcome) for outcome in found.outcomes],
        "closed_by": found.closed_by.value if found.closed_by else None,
        "close_net_price": money(close_net_price(found)),
        "realized_pnl": money(pnl),
        "pnl_complete": is_complete,
        "fees": money(fees(found)),
        "closed_at": instant(found.closed_at),
        "campaign": found.campaign,
    }


def attempt(found: Attempt, orders: Iterable[Order]) -> Shape:
    """Give an attempt with its orders as JSON has it."""
    return {
        "lead": found.lead,
        "due_at": instant(found.due_at),
        "started_at": instant(found.started_at),
        "late_seconds": found.late_seconds,
        "decision": found.decision,
        "reason": found.reason,
        "note": found.note or None,
        "moneyness": [leg_moneyness(leg) for leg in found.moneyness],
        "orders": [order(one) for one in orders if one.intent.attempt_due_at == found.due_at],
        "outcome": found.outcome,
    }


def order(found: Order) -> Shape:
    """Give an order as JSON has it."""
    return {
        "client_order_id": found.client_order_id,
        "step": found.intent.step,
        "net_price": money(found.intent.net_price),
        "cap": money(found.intent.cap),
        "units": found.intent.units,
        "filled_units": found.filled_units,
        "filled_net_price": money(found.average_net_price),
        "legs": _legs(found.intent.legs),
        "status": found.status.value,
        "submitted_at": instant(found.submitted_at),
        "refusal": found.refusal.message if found.refusal else None,
    }


def event(found: Event) -> Shape:
    """Give one event of a position as JSON has it."""
    return {
        "number": found.number,
        "kind": found.kind,
        "at": instant(found.at),
        "by": found.by,
        "changes": found.changes,
        "data": found.data,
    }


def page(found: Page, items: list[Shape]) -> Shape:
    """Give a page of a list as JSON has it."""
    return {"total": found.total, "page": found.page, "size": found.size, "items": items}


def _legs(legs: tuple[Leg, ...]) -> list[Shape]:
    return [_leg(leg) for leg in legs]


def _leg(leg: Leg) -> Shape:
    """Give a leg as JSON has it; when it ends stands in it where it was told with it."""
    shape: Shape = {"symbol": leg.symbol, "quantity": leg.quantity}
    ends_at = None if isinstance(leg.instrument, Shares) else leg.instrument.ends_at
    return shape if ends_at is None else {**shape, "ends_at": instant(ends_at)}


def _words(words: BrokerWords | None) -> Shape | None:
    if words is None:
        return None
    return {
        "http_status": words.http_status,
        "code": words.code,
        "message": words.message,
        "at": instant(words.at),
    }


def _outcome(outcome: Outcome) -> Shape:
    return {
        "units": outcome.units,
        "how": outcome.how.value,
        "net_price": money(outcome.net_price),
        "fees": money(outcome.fees),
        "at": instant(outcome.at),
    }


def leg_moneyness(leg: LegMoneyness) -> Shape:
    """Give how a leg stands to its strike as JSON has it."""
    return {
        "symbol": leg.symbol,
        "state": leg.state.value,
        "strike": money(leg.strike),
        "spot": money(leg.spot),
        "spot_at": instant(leg.spot_at),
        "note": leg.note or None,
    }
