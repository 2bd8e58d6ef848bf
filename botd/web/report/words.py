"""The words of the ledger as a trader says them."""

from botd.domain.contract import Leg, OptionContract, Right, Shares
from botd.domain.label import called
from botd.domain.orders import OrderStatus
from botd.domain.position import Position
from botd.web.report.data import ReportAttempt, ReportOrder
from botd.web.report.figures import MINUS, TIMES, done_at, strike

_JOIN = "\N{NO-BREAK SPACE}"  # a leg stays on one line
ORDER_FATES: dict[OrderStatus, str] = {
    OrderStatus.INTENT: "written down, not sent",
    OrderStatus.SENDING: "being sent",
    OrderStatus.UNKNOWN: "fate unknown",
    OrderStatus.WORKING: "still working",
    OrderStatus.CANCEL_PENDING: "cancel asked for",
    OrderStatus.SUPERSEDED: "replaced",
    OrderStatus.FILLED: "filled",
    OrderStatus.PARTIALLY_FILLED: "part filled",
    OrderStatus.CANCELED: "cancelled",
    OrderStatus.EXPIRED: "lapsed unfilled",
    OrderStatus.REFUSED: "refused",
    OrderStatus.WITHDRAWN: "withdrawn, never sent",
    OrderStatus.ABSENT: "never arrived",
}
_DECISIONS = {
    "close": "close",
    "leave": "leave alone",
    "hand_over": "hand over to a person",
    "accept": "accept assignment",
    "settle": "let it settle",
    "skip": "skipped",
}
_OUTCOMES = {
    "filled": "filled",
    "partial": "filled in part",
    "unfilled": "not filled",
    "refused": "refused",
    "unknown": "fate unknown",
}


def decision_of(attempt: ReportAttempt) -> str:
    """Say what an attempt decided, with its outcome where an order was meant to go."""
    decision = _DECISIONS.get(attempt.decision, attempt.decision)
    outcome = _OUTCOMES.get(attempt.outcome)
    return decision if outcome is None else f"{decision}: {outcome}"


def fate_of(order: ReportOrder) -> str:
    """Say what became of an order, with the price where something was traded."""
    fate = ORDER_FATES[order.status]
    if not order.filled_units:
        return fate
    price = "" if order.average_net_price is None else f", {done_at(order.average_net_price)}"
    if order.filled_units == order.units:
        return f"{fate}{price}"
    return f"{fate}: {order.filled_units} of {order.units}{price}"


def legs_of(legs: tuple[Leg, ...]) -> str:
    """Write legs as traders do: `+1 735 P, +1 740 C`; days only where they differ."""
    days = {leg.instrument.expiration for leg in legs if isinstance(leg.instrument, OptionContract)}
    return ", ".join(_leg(leg, names_day=len(days) > 1) for leg in legs)


def _leg(leg: Leg, *, names_day: bool) -> str:
    quantity = f"{'+' if leg.quantity > 0 else MINUS}{abs(leg.quantity)}"
    contract = leg.instrument
    if isinstance(contract, Shares):
        return f"{quantity}{_JOIN}{leg.symbol}"
    if not isinstance(contract, OptionContract) or contract.spec.ends_alone:
        return _JOIN.join((quantity, *called(contract).split()))
    letter = "C" if contract.right is Right.CALL else "P"
    parts = [quantity, strike(contract.strike), letter]
    parts += [str(contract.expiration.day), f"{contract.expiration:%b}"] if names_day else []
    return _JOIN.join(parts)


def name_of(position: Position) -> str:
    """Name a position on one line: underlying, strategy and, if several, units."""
    times = f" {TIMES}{position.units}" if position.units != 1 else ""
    return f"{position.underlying.replace(':', ' ')} {position.strategy}{times}"
