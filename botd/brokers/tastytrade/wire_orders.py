"""
Orders of tastytrade: our intents as its bodies, its orders as our reports.

    theirs                                    ours
    price, price-effect Credit                net_price > 0
    price, price-effect Debit                 net_price < 0
    price 0                                   0, whichever effect it came with
    Received, Routed, In Flight, Contingent   pending
    Live, Replace Requested                   working: what is being replaced may still fill
    Cancel Requested, Remove Pending          cancel pending
    Filled                                    filled, once its legs' fills have come
    Cancelled                                 canceled; with `replacing-order-id`: replaced
    Removed, Partially Removed, Dead          canceled
    Expired                                   expired
    Rejected                                  rejected; of a replacement: canceled

Quantities there are totals, and a price is that of the smallest ratio of the legs. How many
of those make one unit of ours travels in `source`, which is echoed.

An order is marked `Filled` when its first leg is done, and its fills follow in moments:
until they have come, but for no longer than `_LATE`, it is told as working, so that nobody
books a price that is about to be known. After that what is missing counts at the limit.

A replacement waits as `Contingent` until the original is cancelled, and comes to nothing
where the original fills: its rejection says nothing about the position.

Sources: order-submission.md, order-flow.md, order-management.md, streaming-account-data.md.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import gcd

from botd.brokers.tastytrade.symbols import instrument_of, kind_of, symbol_of
from botd.brokers.tastytrade.wire_fills import LegFill, filled_of, leg_fills, unit_fills
from botd.brokers.tastytrade.words import rejection_of
from botd.brokers.transport.fields import Fields, Unreadable, parse_json, shown
from botd.domain.contract import Leg
from botd.domain.order_id import PREFIX
from botd.domain.orders import FINAL_REPORT_STATES, OrderIntent, OrderReport, ReportState

_LATE = timedelta(seconds=5)
_SOURCE = re.compile(r"botd/x([1-9][0-9]{0,3})")
_STATES = {
    "received": ReportState.PENDING,
    "routed": ReportState.PENDING,
    "in flight": ReportState.PENDING,
    "contingent": ReportState.PENDING,
    "live": ReportState.WORKING,
    "replace requested": ReportState.WORKING,
    "cancel requested": ReportState.CANCEL_PENDING,
    "remove pending": ReportState.CANCEL_PENDING,
    "filled": ReportState.FILLED,
    "cancelled": ReportState.CANCELED,
    "canceled": ReportState.CANCELED,
    "removed": ReportState.CANCELED,
    "partially removed": ReportState.CANCELED,
    "dead": ReportState.CANCELED,
    "expired": ReportState.EXPIRED,
    "rejected": ReportState.REJECTED,
}
_ZERO = Decimal(0)

Body = dict[str, object]


def order_body(intent: OrderIntent) -> Body:
    """
    Write a closing order.

    Strict position effects are part of every body: without them the broker turns a close
    of what is gone into an opening order.
    """
    legs = [
        {
            "instrument-type": kind_of(leg.instrument),
            "symbol": symbol_of(leg.instrument),
            "action": "Buy to Close" if leg.quantity > 0 else "Sell to Close",
            "quantity": abs(leg.quantity) * intent.units,
        }
        for leg in intent.legs
    ]
    return {**_terms(intent), "legs": legs}


def replacement_body(intent: OrderIntent) -> Body:
    """
    Write what replaces an order: the same without its legs, which it inherits.

    Sent with PUT, whose body may hold all fields of an order. PATCH is documented for price,
    type and time in force alone: the new client order id would stay behind.
    """
    return _terms(intent)


def is_market_package(intent: OrderIntent) -> bool:
    """Tell whether it is a market order of several legs, which tastytrade does not have."""
    return intent.net_price is None and len(intent.legs) > 1


def _terms(intent: OrderIntent) -> Body:
    ratio = ratio_of(intent.legs)
    terms: Body = {
        "time-in-force": "Day",
        "order-type": "Market" if intent.net_price is None else "Limit",
        "external-identifier": intent.client_order_id,
        "source": f"botd/x{ratio}",
        "automated-source": True,
        "advanced-instructions": {"strict-position-effect-validation": True},
    }
    if intent.net_price is not None:
        price = intent.net_price / ratio
        terms["price"] = format(abs(price).normalize(), "f")
        terms["price-effect"] = _effect(price, intent.legs)
    return terms


def _effect(price: Decimal, legs: tuple[Leg, ...]) -> str:
    """Name the side of a price; for nothing, the one on which its legs may have one."""
    is_credit = price > 0 or (price == 0 and all(leg.quantity < 0 for leg in legs))
    return "Credit" if is_credit else "Debit"


def ratio_of(legs: tuple[Leg, ...]) -> int:
    """Count the smallest ratios of the legs in one unit."""
    return gcd(*(leg.quantity for leg in legs))


@dataclass(frozen=True, slots=True)
class Reading:
    """What an order is read with: the answer's instant, and names that only we know."""

    as_of: datetime  # by our clock
    told_at: datetime  # by the broker's
    names: Mapping[str, str]  # broker order id -> client order id, where its own is another
    ratios: Mapping[str, int]  # client order id -> smallest ratios in a unit, where not one


def placed_order(body: bytes, reading: Reading) -> OrderReport:
    """
    Read the answer to a new order or a replacement, which differ in one level.

    Raises:
        Unreadable: it is none, or has an error beside the order.
    """
    return _report(_placed(body), reading)


def check_placed(
    body: bytes, report: OrderReport, intent: OrderIntent, replaces: str | None
) -> None:
    """
    Hold that the answer to *intent* is of it, and of no other order.

    With which of our ids a replacement is answered, no document says: then it has to name
    the order that it replaces.

    Args:
        body: the answer.
        report: what was read in it.
        intent: what was sent.
        replaces: the broker's id of the order that was to go; None: it is a new one.

    Raises:
        Unreadable: it is of another order.
    """
    name, told = report.client_order_id, _placed(body).maybe_text("replaces-order-id")
    is_named = name == intent.client_order_id
    if replaces is not None and told == replaces:
        is_named = name is None or name.startswith(PREFIX)
    if not is_named or told not in {None, replaces}:
        raise Unreadable(f"order {report.broker_order_id} of the name {shown(name)}")
    if report.broker_order_id == replaces:
        raise Unreadable(f"order {replaces} was replaced by itself")
    legs = sorted((leg.symbol, leg.quantity) for leg in intent.legs)
    read = sorted((leg.symbol, leg.quantity) for leg in report.legs)
    if read != legs or report.units != intent.units:
        raise Unreadable(f"order {report.broker_order_id} has {shown(read)}, {report.units} times")


def _placed(body: bytes) -> Fields:
    """Open the answer to a new order or a replacement."""
    whole = Fields.of(parse_json(body))
    if whole.has("error"):
        raise Unreadable(f"an order beside the error {shown(whole.values['error'])}")
    data = whole.inner("data")
    return data.maybe_inner("order") or data


def order_list(items: tuple[Fields, ...], reading: Reading) -> tuple[OrderReport, ...]:
    """
    Read listed orders, ours and others'.

    An order of somebody else that is neither of options nor of shares is left out.

    Raises:
        Unreadable: an order of ours cannot be read.
    """
    repeated = _repeated(items)
    found = (_listed(order, reading, repeated) for order in items)
    return tuple(report for report in found if report is not None)


def _listed(order: Fields, reading: Reading, repeated: frozenset[str]) -> OrderReport | None:
    name = order.maybe_text("external-identifier") or ""
    try:
        report = _report(order, reading, repeated)
    except Unreadable:
        if name.startswith(PREFIX):
            raise
        return None
    return report


def _repeated(items: tuple[Fields, ...]) -> frozenset[str]:
    """Name the replacements that only inherited the client order id of the order before."""
    names = {each.maybe_text("id"): each.maybe_text("external-identifier") for each in items}
    return frozenset(
        each.text("id")
        for each in items
        if each.has("replaces-order-id")
        and each.maybe_text("external-identifier") is not None
        and names.get(each.maybe_text("replaces-order-id"))
        == each.maybe_text("external-identifier")
    )


def _report(order: Fields, reading: Reading, repeated: frozenset[str] = frozenset()) -> OrderReport:
    order_id = order.name("id")
    legs = tuple(_leg(each) for each in order.items("legs"))
    if not legs:
        raise Unreadable(f"order {order_id} has no legs")
    size = gcd(*(leg.quantity for leg in legs))
    ratio = _told_ratio(order, size, reading)
    units = size // ratio
    fills = unit_fills(tuple((leg.quantity // units, leg.fills) for leg in legs), units)
    state = _state(order)
    filled = filled_of(fills)
    if state in FINAL_REPORT_STATES:
        told = units if state is ReportState.FILLED else min(leg.done(units) for leg in legs)
        if filled < told and _is_fresh(order, reading.told_at):
            state = ReportState.WORKING
        else:
            filled = max(filled, told)
    is_rejected = state is ReportState.REJECTED
    return OrderReport(
        broker_order_id=order_id,
        client_order_id=_name(order, order_id, reading, repeated),
        state=state,
        legs=tuple(Leg(leg.of.instrument, leg.quantity // units) for leg in legs),
        units=units,
        filled_units=filled,
        net_price=_net_price(order, ratio),
        submitted_at=_submitted_at(order) or reading.as_of,
        as_of=reading.as_of,
        fills=fills,
        refusal=rejection_of(order.maybe_text("reject-reason")) if is_rejected else None,
    )


@dataclass(frozen=True, slots=True)
class _ReadLeg:
    of: Leg
    quantity: int  # signed total
    remaining: int
    fills: tuple[LegFill, ...]

    def done(self, units: int) -> int:
        """Count whole units that this leg has filled."""
        each = abs(self.quantity) // units
        return (abs(self.quantity) - self.remaining) // each


def _leg(leg: Fields) -> _ReadLeg:
    action = leg.text("action")
    sign = {"Buy": 1, "Sell": -1}.get(action.split(" ")[0])
    if sign is None:
        raise Unreadable(f"{leg.path}.action: {shown(action)} is neither buying nor selling")
    quantity = leg.whole("quantity")
    remaining = leg.maybe_whole("remaining-quantity")
    remaining = quantity if remaining is None else remaining
    if quantity <= 0 or not 0 <= remaining <= quantity:
        raise Unreadable(f"{leg.path}: quantity {quantity}, remaining {remaining}")
    instrument = instrument_of(leg.text("instrument-type"), leg.symbol("symbol"))
    signed = sign * quantity
    return _ReadLeg(Leg(instrument, signed), signed, remaining, leg_fills(leg))


def _told_ratio(order: Fields, size: int, reading: Reading) -> int:
    """Tell how many of the smallest ratio make one unit: 1 of every order that is not ours."""
    told = _SOURCE.fullmatch(order.maybe_text("source") or "")
    name = order.maybe_text("external-identifier") or ""
    ratio = int(told[1]) if told else reading.ratios.get(name, 1)
    return ratio if size % ratio == 0 else 1


def _state(order: Fields) -> ReportState:
    status = order.text("status")
    state = _STATES.get(status.lower())
    if state is None:
        raise Unreadable(f"order status {shown(status)} is not known")
    if state is ReportState.CANCELED and order.has("replacing-order-id"):
        return ReportState.REPLACED
    if state is ReportState.REJECTED and order.has("replaces-order-id"):
        return ReportState.CANCELED
    return state


def _is_fresh(order: Fields, told_at: datetime) -> bool:
    """Tell whether an order ended so lately that fills may still be on their way."""
    ended_at = order.maybe_instant("terminal-at")
    return ended_at is not None and told_at - ended_at < _LATE


def _name(order: Fields, order_id: str, reading: Reading, repeated: frozenset[str]) -> str | None:
    known = reading.names.get(order_id)
    if known is not None:
        return known
    return None if order_id in repeated else order.maybe_text("external-identifier")


def _net_price(order: Fields, ratio: int) -> Decimal | None:
    price = order.maybe_decimal("price")
    if price is None:
        return None
    effect = order.maybe_text("price-effect")
    if price == 0:
        return _ZERO
    if effect not in {"Credit", "Debit"}:
        raise Unreadable(f"price {price} with the effect {shown(effect)}")
    return ratio * (abs(price) if effect == "Credit" else -abs(price))


def _submitted_at(order: Fields) -> datetime | None:
    return order.maybe_instant("received-at") or order.maybe_epoch_ms("updated-at")
