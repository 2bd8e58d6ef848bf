"""
Alpaca's orders: a request out of an intent, a report out of an answer.

    of one leg     symbol and side; `limit_price` above zero whichever side
    of 2 to 4      order class mleg, ratios in lowest terms; `limit_price` and
                   `filled_avg_price` of the parent: debit > 0, credit < 0
    botd           toward the account: credit > 0, debit < 0; legs need no lowest terms

An intent whose legs have a common divisor is sent as that many more units at that part of
the price; a report's `ratio` turns it back, in whole units of the intent. What a package
filled at is read from its legs: no document says which sign the parent's average of a
credit has.

    status               report            status                report
    new                  working           done_for_day          expired: DAY is over
    partially_filled     working           calculated            expired: DAY is over
    pending_replace      working           canceled              canceled
    stopped              working           expired               expired
    suspended            working           rejected              rejected
    accepted_for_bidding working           replaced              replaced
    accepted             pending           filled                filled
    pending_new          pending           pending_cancel        cancel pending
    pending_review       pending           any other             unreadable
    held                 pending

`done_for_day` and `calculated` of an order that is wholly filled are `filled`.
"""

from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from math import gcd

from botd.brokers.alpaca.words import late_refusal
from botd.brokers.transport.fields import Fields, Unreadable, shown
from botd.domain import occ
from botd.domain.contract import Leg
from botd.domain.order_id import PREFIX
from botd.domain.orders import Fill, OrderIntent, OrderReport, ReportState
from botd.errors import Refusal

_PENNY = Decimal("0.01")
_PACKAGE = "mleg"
_LIMITS = frozenset({"limit", "stop_limit"})
_STATES = {
    "new": ReportState.WORKING,
    "partially_filled": ReportState.WORKING,
    "pending_replace": ReportState.WORKING,
    "stopped": ReportState.WORKING,
    "suspended": ReportState.WORKING,
    "accepted_for_bidding": ReportState.WORKING,
    "accepted": ReportState.PENDING,
    "pending_new": ReportState.PENDING,
    "pending_review": ReportState.PENDING,
    "held": ReportState.PENDING,
    "pending_cancel": ReportState.CANCEL_PENDING,
    "filled": ReportState.FILLED,
    "done_for_day": ReportState.EXPIRED,
    "calculated": ReportState.EXPIRED,
    "canceled": ReportState.CANCELED,
    "expired": ReportState.EXPIRED,
    "rejected": ReportState.REJECTED,
    "replaced": ReportState.REPLACED,
}
_OVER_FOR_THE_DAY = frozenset({"done_for_day", "calculated"})


def ratio_of(intent: OrderIntent) -> int:
    """Tell the common divisor of an intent's legs: how many broker units one of its units is."""
    return gcd(*(leg.quantity for leg in intent.legs))


def order_body(intent: OrderIntent) -> dict[str, object]:
    """Write a new order: DAY, to close, under its client order id."""
    ratio = ratio_of(intent)
    body: dict[str, object] = {
        "client_order_id": intent.client_order_id,
        "time_in_force": "day",
        "type": "market" if intent.net_price is None else "limit",
        "qty": str(intent.units * ratio),
    }
    limit = _limit(intent, ratio)
    if limit is not None:
        body["limit_price"] = limit
    if len(intent.legs) == 1:
        return {**body, "symbol": intent.legs[0].symbol, **_closing(intent.legs[0])}
    legs = [
        {
            "symbol": leg.symbol,
            "ratio_qty": str(abs(leg.quantity) // ratio),
            **_closing(leg),
        }
        for leg in intent.legs
    ]
    return {**body, "order_class": _PACKAGE, "legs": legs}


def replacement_body(intent: OrderIntent) -> dict[str, object]:
    """Write a change of price; the quantity stays what it is, so that none is named."""
    limit = _limit(intent, ratio_of(intent))
    price = {} if limit is None else {"limit_price": limit}
    return {"client_order_id": intent.client_order_id, **price}


def report_of(order: Fields, *, as_of: datetime, ratio: int = 1) -> OrderReport:
    """
    Read one order.

    Args:
        order: as the broker gives it, nested.
        as_of: when it was read.
        ratio: the divisor by which our order was brought to lowest terms.

    Raises:
        Unreadable: it is not what the documents describe, or not of whole contracts or shares.
    """
    legs = _legs(order)
    units = order.whole("qty")
    done = order.maybe_whole("filled_qty") or 0
    if units < 1 or not 0 <= done <= units:
        raise Unreadable(f"{order.path}: {done} of {units} filled")
    status = order.text("status")
    state = _state(order, status, is_whole=done == units)
    if state is ReportState.FILLED and done != units:
        raise Unreadable(f"{order.path}: filled, but {done} of {units}")
    return OrderReport(
        broker_order_id=order.name("id"),
        client_order_id=order.maybe_text("client_order_id"),
        state=state,
        legs=tuple(Leg(leg.instrument, leg.quantity * ratio) for leg in legs),
        units=units // ratio,
        filled_units=done // ratio,
        net_price=_net_limit(order, legs, ratio),
        submitted_at=_submitted(order),
        as_of=as_of,
        fills=_fills(order, legs, done, ratio),
        refusal=_refusal(order) if state is ReportState.REJECTED else None,
    )


def flat(rows: tuple[Fields, ...]) -> Iterator[Fields]:
    """Give every order of a nested list that stands for itself: the legs of a mleg do not."""
    for row in rows:
        yield row
        if row.values.get("order_class") == _PACKAGE:
            continue
        with suppress(Unreadable):  # legs of somebody else: ours have none, or are a mleg
            yield from row.maybe_items("legs")


def is_foreign(order: Fields, sent: Collection[str]) -> bool:
    """
    Tell whether an order, readable or not, is somebody else's beyond doubt.

    One whose client order id cannot be read may be ours. *sent* are ids of ours that look
    like anybody's.
    """
    name = order.values.get("client_order_id")
    if name is None:
        return True
    return isinstance(name, str) and not name.startswith(PREFIX) and name not in sent


def submitted_at(order: Fields) -> datetime | None:
    """Read by which instant the broker lists an order; None: it tells none."""
    return order.maybe_instant("submitted_at")


def _limit(intent: OrderIntent, ratio: int) -> str | None:
    if intent.net_price is None:
        return None
    net = intent.net_price
    if ratio > 1:  # a part may lie between two cents; rounding up never pays more
        net = (net / ratio).quantize(_PENNY, ROUND_CEILING)
    is_sale = len(intent.legs) == 1 and intent.legs[0].quantity < 0
    limit = net if is_sale else -net
    return f"{limit + 0:f}"  # + 0: no negative zero


def _closing(leg: Leg) -> dict[str, str]:
    side = "buy" if leg.quantity > 0 else "sell"
    return {"side": side, "position_intent": f"{side}_to_close"}


def _state(order: Fields, status: str, *, is_whole: bool) -> ReportState:
    if status not in _STATES:
        raise Unreadable(f"{order.path}: status {shown(status)} is not known")
    if status in _OVER_FOR_THE_DAY and is_whole:
        return ReportState.FILLED
    return _STATES[status]


def _legs(order: Fields) -> tuple[Leg, ...]:
    if order.values.get("order_class") != _PACKAGE:
        return (_leg(order, 1),)
    units = max(order.whole("qty"), 1)
    legs = tuple(_leg(leg, _ratio_qty(leg, units)) for leg in order.items("legs"))
    if not legs:
        raise Unreadable(f"{order.path}: a mleg order without legs")
    return legs


def _ratio_qty(leg: Fields, units: int) -> int:
    """Read how often a leg is in a unit; where it is not said, by the quantities."""
    found = leg.maybe_whole("ratio_qty")
    ratio, rest = (found, 0) if found is not None else divmod(leg.whole("qty"), units)
    if ratio < 1 or rest:
        raise Unreadable(f"{leg.path}: no whole number of it in each of {units} units")
    return ratio


def _leg(order: Fields, ratio: int) -> Leg:
    side = order.text("side")
    if side not in {"buy", "sell", "sell_short"}:
        raise Unreadable(f"{order.path}: side {shown(side)} is not known")
    try:
        instrument = occ.parse_instrument(order.symbol("symbol"))
    except ValueError as error:
        raise Unreadable(f"{order.path}: {error}") from error
    return Leg(instrument, ratio if side == "buy" else -ratio)


def _net_limit(order: Fields, legs: tuple[Leg, ...], ratio: int) -> Decimal | None:
    if order.maybe_text("type") not in _LIMITS:
        return None
    limit = order.decimal("limit_price") * ratio
    is_sale = order.values.get("order_class") != _PACKAGE and legs[0].quantity < 0
    return limit if is_sale else -limit + 0


def _fills(order: Fields, legs: tuple[Leg, ...], done: int, ratio: int) -> tuple[Fill, ...]:
    """Give the total as one nameless fill; none where nothing is filled, or no whole unit."""
    if not done // ratio:
        return ()
    at = order.maybe_instant("filled_at") or order.maybe_instant("updated_at")
    net = _average(order, legs) * ratio
    return (Fill("", done // ratio, net, at or _submitted(order)),)


def _average(order: Fields, legs: tuple[Leg, ...]) -> Decimal:
    """Read the average net price of what is filled, toward the account."""
    if order.values.get("order_class") != _PACKAGE:
        paid = order.decimal("filled_avg_price")
        return -paid if legs[0].quantity > 0 else paid
    prices = [leg.maybe_decimal("filled_avg_price") for leg in order.items("legs")]
    if None in prices:
        return -order.decimal("filled_avg_price") + 0
    return -sum(
        (leg.quantity * paid for leg, paid in zip(legs, prices, strict=True) if paid is not None),
        Decimal(0),
    )


def _submitted(order: Fields) -> datetime:
    return submitted_at(order) or order.instant("created_at")


def _refusal(order: Fields) -> Refusal:
    return late_refusal(order.maybe_text("reject_reason") or order.maybe_text("reason"))
