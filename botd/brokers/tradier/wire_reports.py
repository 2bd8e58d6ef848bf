"""
Tradier's orders as botd's reports.

    status                              report
    pending, held                       pending
    open, partially_filled,             working
      calculated, accepted_for_bidding
    filled                              filled
    canceled                            canceled, perhaps after a part
    expired                             expired
    rejected, error                     rejected, its words through the table of `words`

    class                what is reported
    option, equity       one leg; its sign is the side's
    multileg, combo      a package: the legs' quantities are those of all units together
    oco, oto, otoco      not a package: each of its orders by itself

What filled is the legs' word, and so is the price: the sign of a package's own
`avg_fill_price` is not documented. An order of somebody else that cannot be read is left
out; one with an id of ours is `Unreadable`.

Sources: docs.tradier.com, "Orders" (with its definitions), "Account Streaming Responses".
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from math import gcd

from botd.brokers.tradier.wire import elements, said, symbol_of
from botd.brokers.tradier.wire_orders import Tag
from botd.brokers.tradier.words import PERHAPS_HELD, classify
from botd.brokers.transport.fields import Fields, Unreadable, shown
from botd.domain import occ, order_id
from botd.domain.contract import Leg, multiplier_of
from botd.domain.orders import Fill, OrderReport, ReportState
from botd.errors import Refusal, RefusalReason

_STATES = {
    "pending": ReportState.PENDING,
    "held": ReportState.PENDING,
    "open": ReportState.WORKING,
    "partially_filled": ReportState.WORKING,
    "calculated": ReportState.WORKING,
    "accepted_for_bidding": ReportState.WORKING,
    "filled": ReportState.FILLED,
    "canceled": ReportState.CANCELED,
    "expired": ReportState.EXPIRED,
    "rejected": ReportState.REJECTED,
    "error": ReportState.REJECTED,
}
_PACKAGES = frozenset({"multileg", "combo"})
_GROUPS = frozenset({"oco", "oto", "otoco"})
_SINGLES = frozenset({"option", "equity"})
_BUYS = frozenset({"buy", "buy_to_open", "buy_to_close", "buy_to_cover"})
_SELLS = frozenset({"sell", "sell_to_open", "sell_to_close", "sell_short"})
_UNTOLD = "no reason is told"


def reports_of(found: Iterable[Fields]) -> tuple[OrderReport, ...]:
    """
    Read a list of orders.

    Raises:
        Unreadable: one with an id of ours cannot be read.
    """
    reports: list[OrderReport] = []
    for each in found:
        try:
            reports.extend(_reports(each))
        except (Unreadable, ValueError) as error:
            if is_ours(each):
                raise Unreadable(f"an order of ours: {error}") from error
    return tuple(_told_of_holders(reports))


def is_ours(order: Fields) -> bool:
    """Tell whether an order carries an id of ours, or one that nobody can read."""
    tag = order.values.get("tag")
    if tag is None or (isinstance(tag, int | Decimal) and not isinstance(tag, bool)):
        return False  # JSON that was XML writes a tag of digits as a number
    return not isinstance(tag, str) or tag.startswith(order_id.PREFIX)


def holds_same_leg(reports: Iterable[OrderReport], legs: tuple[Leg, ...], mine: str | None) -> bool:
    """Tell whether an order other than *mine* may fill on the same side of one of *legs*."""
    sides = {(leg.symbol, leg.quantity > 0) for leg in legs}
    return any(
        not report.is_final
        and report.client_order_id != mine
        and any((leg.symbol, leg.quantity > 0) in sides for leg in report.legs)
        for report in reports
    )


def held_elsewhere(refusal: Refusal) -> Refusal:
    """Say of a refusal that another order holds the quantity."""
    return replace(refusal, reason=RefusalReason.HELD_BY_OTHER_ORDER)


def _told_of_holders(reports: list[OrderReport]) -> Iterable[OrderReport]:
    """
    Tell a position that is gone from one that another open order is to close.

    The broker has one code for both, "... please check open orders".
    """
    for report in reports:
        refusal = report.refusal
        if (
            refusal is not None
            and refusal.reason in PERHAPS_HELD
            and holds_same_leg(reports, report.legs, report.client_order_id)
        ):
            yield replace(report, refusal=held_elsewhere(refusal))
        else:
            yield report


@dataclass(frozen=True, slots=True)
class _Filled:
    """One leg of an order: what it is, and what filled of it."""

    leg: Leg  # quantity: signed, of all units together
    quantity: int | None  # filled, never signed; None: not told
    price: Decimal | None  # dollars per share; None: not told


def _reports(order: Fields) -> tuple[OrderReport, ...]:
    kind = order.text("class")
    if kind in _SINGLES:
        return (_report(order, (_filled(order),)),)
    if kind not in _PACKAGES | _GROUPS or (kind in _GROUPS and is_ours(order)):
        raise Unreadable(f"{order.path}.class: {shown(kind)} is none that is known")
    inner = elements(order, "leg")
    if kind in _PACKAGES:
        return (_report(order, tuple(_filled(each) for each in inner)),)
    return tuple(report for each in inner for report in _reports(each))


def _report(order: Fields, filled: tuple[_Filled, ...]) -> OrderReport:
    tag = _tag(order)
    total = gcd(*(each.leg.quantity for each in filled))
    factor = 1 if tag is None or total % tag.factor else tag.factor
    units = total // factor
    if not units:
        raise Unreadable(f"{order.path}: an order for nothing")
    legs = tuple(Leg(each.leg.instrument, each.leg.quantity // units) for each in filled)
    state = _state(order)
    created_at = order.instant("create_date")
    as_of = order.maybe_instant("transaction_date") or created_at
    done = _done(order, filled, legs, factor, units if state is ReportState.FILLED else None)
    if not 0 <= done <= units or (state is ReportState.FILLED and done != units):
        raise Unreadable(f"{order.path}: {state.value}, but {done} of {units}")
    net = _net_fill(order, filled, legs, factor) if done else None
    return OrderReport(
        broker_order_id=order.name("id"),
        client_order_id=None if tag is None else tag.client_order_id,
        state=state,
        legs=legs,
        units=units,
        filled_units=done,
        net_price=_limit(order, legs, factor),
        submitted_at=created_at,
        as_of=as_of,
        fills=() if net is None else (Fill("", done, net, as_of),),
        refusal=_refusal(order) if state is ReportState.REJECTED else None,
    )


def _tag(order: Fields) -> Tag | None:
    text = order.maybe_text("tag")
    return None if text in {None, "null"} else Tag.read(str(text))


def _done(
    order: Fields,
    filled: tuple[_Filled, ...],
    legs: tuple[Leg, ...],
    factor: int,
    untold: int | None,
) -> int:
    """Tell the whole units that filled on every leg; *untold*: where the legs do not tell."""
    told = [
        each.quantity // abs(leg.quantity)
        for each, leg in zip(filled, legs, strict=True)
        if each.quantity is not None
    ]
    if len(told) == len(legs):
        return min(told)
    if untold is not None:
        return untold
    return (order.maybe_whole("exec_quantity") or 0) // factor


def _state(order: Fields) -> ReportState:
    status = order.text("status").lower()
    if status not in _STATES:
        if is_ours(order):
            raise Unreadable(f"{order.path}.status: {shown(status)} is none that is known")
        return ReportState.WORKING  # somebody else's, and it may fill
    return _STATES[status]


def _filled(order: Fields) -> _Filled:
    side = order.text("side")
    if side not in _BUYS | _SELLS:
        raise Unreadable(f"{order.path}.side: {shown(side)} is none that is known")
    sign = 1 if side in _BUYS else -1
    is_option = order.has("option_symbol") or order.maybe_text("class") == "option"
    symbol = order.symbol("option_symbol" if is_option else "symbol")
    quantity, done = order.whole("quantity"), order.maybe_whole("exec_quantity")
    if quantity < 1 or not 0 <= (done or 0) <= quantity:
        raise Unreadable(f"{order.path}: {done} of {quantity} filled")
    leg = Leg(occ.parse_instrument(symbol_of(symbol)), sign * quantity)
    return _Filled(leg, done, order.maybe_decimal("avg_fill_price") or None)


def _net_fill(
    order: Fields, filled: tuple[_Filled, ...], legs: tuple[Leg, ...], factor: int
) -> Decimal | None:
    """Tell the average net price of one unit, toward the account; None: not told."""
    prices = [each.price for each in filled]
    told = [
        -leg.quantity * leg.instrument.dollars_per_point * price
        for leg, price in zip(legs, prices, strict=True)
        if price is not None
    ]
    if len(told) == len(legs):
        return sum(told, Decimal(0)) / multiplier_of(legs)
    return _signed(order, abs(order.maybe_decimal("avg_fill_price") or Decimal(0))) * factor or None


def _limit(order: Fields, legs: tuple[Leg, ...], factor: int) -> Decimal | None:
    """Give the limit of one unit, toward the account; None: a market (or stop) order."""
    kind = order.text("type")
    if kind == "even":
        return Decimal(0)
    if kind in {"debit", "credit"}:
        return _signed(order, order.decimal("price")) * factor
    if kind not in {"limit", "stop_limit"}:
        return None
    price = order.decimal("price")
    return -price * legs[0].quantity


def _signed(order: Fields, amount: Decimal) -> Decimal:
    """Give a package's amount its sign; 0 where its type tells none."""
    kind = order.text("type")
    return amount if kind == "credit" else -amount if kind == "debit" else Decimal(0)


def _refusal(order: Fields) -> Refusal:
    reason = order.maybe_text("reason_description")
    words = tuple(each for each in (reason, *said(order)) if each)
    return classify(words or (_UNTOLD,), None).refusal
