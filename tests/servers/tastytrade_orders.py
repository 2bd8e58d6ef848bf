"""
Orders as tastytrade's JSON has them, and the desk that takes them.

    the answer to an order     `Routed`, nothing filled yet, whatever happens right after
    the answer to a cancel     `Cancel Requested`
    a replacement              a new order, `Contingent` until the old one is cancelled
    a filled order             `Filled` at once; where `fills_lag` is set, the fills of all
                               legs but the first follow so much later
    no strict position effect  a close of what is not held becomes an opening order

Quantities are totals. Ids are numbers. Source: reference/brokers.md section 3.3;
order-submission.md, order-flow.md, order-management.md, streaming-account-data.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from math import gcd
from typing import Any

from tests.servers import tastytrade_words as say
from tests.servers.exchange import Exchange
from tests.servers.exchange_rules import series
from tests.servers.orders import ExchangeOrder, OrderState, Ticket
from tests.servers.tastytrade_words import Json, Refused

_STATUSES = {
    OrderState.WORKING: "Live",
    OrderState.CANCEL_PENDING: "Cancel Requested",
    OrderState.REPLACE_PENDING: "Replace Requested",
    OrderState.FILLED: "Filled",
    OrderState.CANCELED: "Cancelled",
    OrderState.REPLACED: "Cancelled",
    OrderState.EXPIRED: "Expired",
    OrderState.REJECTED: "Rejected",
}
_ACTIONS = {"Buy to Close": 1, "Buy to Open": 1, "Sell to Close": -1, "Sell to Open": -1}
_TYPES = ("Equity", "Equity Option")


def padded(symbol: str) -> str:
    """Write a compact symbol in 21 characters; a ticker stays as it is."""
    found = series(symbol)
    return symbol if found is None else f"{found.root:<6}{symbol[len(found.root) :]}"


def compact(symbol: str) -> str:
    """Write a symbol without its padding."""
    return symbol.replace(" ", "")


def stamp(at: datetime) -> str:
    """Write an instant with milliseconds."""
    return at.isoformat(timespec="milliseconds")


def kind(symbol: str) -> str:
    """Name a symbol's type."""
    if "/" in symbol:
        return "Cryptocurrency"
    return "Equity" if series(symbol) is None else "Equity Option"


@dataclass(frozen=True, slots=True)
class _Asked:
    """An order's body, as far as it is read."""

    legs: tuple[tuple[str, int], ...]
    units: int
    net_limit: Decimal | None
    is_strict: bool


class OrderDesk:
    """The orders of one account."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.fills_lag = timedelta(0)

    def submit(self, body: Mapping[str, Any]) -> Json:
        """Take an order."""
        asked = _read(body)
        closes = all(leg["action"].endswith("to Close") for leg in body["legs"])
        is_held = all(self._exchange.held.get(symbol, 0) * size < 0 for symbol, size in asked.legs)
        warnings: list[Json] = []
        if closes and not is_held and not asked.is_strict:
            closes = False
            code, words = say.NO_POSITION.checks[0]
            warnings = [{"code": code, "message": words}]
        ticket = Ticket(
            client_order_id=body.get("external-identifier"),
            legs=asked.legs,
            units=asked.units,
            net_limit=asked.net_limit,
            closes=closes,
            extra=_echoed(body),
        )
        order = self._exchange.place(ticket)
        return {"order": self._as_taken(order, "Routed"), "warnings": warnings, "errors": []}

    def replace(self, order_id: str, body: Mapping[str, Any], *, is_whole: bool) -> Json:
        """Replace an order; *is_whole*: all of its fields but the legs, else some of them."""
        order = self._exchange.order(order_id)
        limit = _net_limit(body, [ratio for _, ratio in order.legs])
        if limit is None:
            raise Refused(say.BAD_BODY)
        name = body.get("external-identifier") if is_whole else order.client_order_id
        new = self._exchange.replace(order_id, limit, name, _echoed(body) if is_whole else {})
        return self._as_taken(new, "Contingent")

    def cancel(self, order_id: str) -> Json:
        """Ask that an order be cancelled."""
        return self._as_taken(self._exchange.cancel(order_id), "Cancel Requested")

    def one(self, order_id: str) -> Json:
        """Write an order."""
        return self.order(self._exchange.order(order_id))

    def order(self, order: ExchangeOrder) -> Json:
        """Write an order as it stands now."""
        told = self._base(order)
        told["status"] = self._status(order)
        told["legs"] = [self._leg(order, number) for number in range(len(order.legs))]
        if order.ended_at is not None:
            told["terminal-at"] = stamp(order.ended_at)
        if order.rejection is not None:
            told["reject-reason"] = say.reject_reason(order.rejection)
        return told

    def _as_taken(self, order: ExchangeOrder, status: str) -> Json:
        """Write an order as it stands before anything has come of what was asked."""
        legs = [
            {**self._leg(order, number), "remaining-quantity": abs(size) * order.units, "fills": []}
            for number, (_, size) in enumerate(order.legs)
        ]
        return {**self._base(order), "status": status, "legs": legs}

    def _base(self, order: ExchangeOrder) -> Json:
        limit = order.net_limit
        told: Json = {
            "id": order.number,
            "account-number": self._exchange.account,
            "time-in-force": "Day",
            "order-type": "Market" if limit is None else "Limit",
            "size": order.units,
            "cancellable": not order.is_final,
            "editable": order.state is OrderState.WORKING,
            "edited": order.replaced_by is not None,
            "received-at": stamp(order.submitted_at),
            "updated-at": int(order.updated_at.timestamp() * 1000),
            "ext-client-order-id": f"J{order.number}",
            **order.extra,
        }
        if limit is not None:
            told["price"] = str(abs(limit))
            told["price-effect"] = "Credit" if limit > 0 else "Debit"
        if order.client_order_id is not None:
            told["external-identifier"] = order.client_order_id
        if order.replaces is not None:
            told["replaces-order-id"] = int(order.replaces)
        if order.replaced_by is not None:
            told["replacing-order-id"] = int(order.replaced_by)
        return told

    def _status(self, order: ExchangeOrder) -> str:
        if order.state is not OrderState.PENDING:
            return _STATUSES[order.state]
        if order.replaces is not None:
            return "Contingent"
        is_open = self._exchange.calendar.is_open(self._exchange.now())
        return "In Flight" if is_open else "Received"

    def _leg(self, order: ExchangeOrder, number: int) -> Json:
        symbol, size = order.legs[number]
        seen_until = self._exchange.now() - (self.fills_lag if number else timedelta(0))
        shown = [each for each in order.executions if each.at <= seen_until]
        done = sum(each.units for each in shown) * abs(size)
        effect = "Close" if order.closes else "Open"
        return {
            "instrument-type": kind(symbol),
            "symbol": padded(symbol),
            "action": f"{'Buy' if size > 0 else 'Sell'} to {effect}",
            "quantity": abs(size) * order.units,
            "remaining-quantity": abs(size) * order.units - done,
            "fills": [
                {
                    "ext-group-fill-id": each.execution_id,
                    "ext-exec-id": f"{each.execution_id}-{number}",
                    "fill-id": f"{number}_TW::SIM::{each.execution_id}",
                    "quantity": each.units * abs(size),
                    "fill-price": str(each.leg_prices[symbol]),
                    "filled-at": stamp(each.at),
                    "destination-venue": "MARKET_SIMULATOR",
                }
                for each in shown
            ],
        }


def _echoed(body: Mapping[str, Any]) -> Json:
    return {key: body[key] for key in ("source", "automated-source") if key in body}


def _read(body: Mapping[str, Any]) -> _Asked:
    try:
        legs = [(leg["symbol"], _ACTIONS[leg["action"]] * leg["quantity"]) for leg in body["legs"]]
        known = all(leg["instrument-type"] in _TYPES for leg in body["legs"])
    except (KeyError, TypeError) as error:
        raise Refused(say.BAD_BODY) from error
    is_padded = all(symbol == padded(compact(symbol)) for symbol, _ in legs)
    if not legs or not known or not is_padded or body.get("time-in-force") != "Day":
        raise Refused(say.BAD_BODY)
    units = gcd(*(size for _, size in legs)) or 1
    instructions = body.get("advanced-instructions") or {}
    return _Asked(
        tuple((compact(symbol), size // units) for symbol, size in legs),
        units,
        _net_limit(body, [size for _, size in legs]),
        instructions.get("strict-position-effect-validation") is True,
    )


def _net_limit(body: Mapping[str, Any], sizes: list[int]) -> Decimal | None:
    """Read the limit, toward the account; None: a market order."""
    if body.get("order-type", "Limit") == "Market":
        if "price" in body or "price-effect" in body:
            raise Refused(say.BAD_BODY)
        if len(sizes) > 1:
            raise Refused(say.ONE_LEG)
        return None
    try:
        price = Decimal(body["price"])
        is_credit = {"Credit": True, "Debit": False}[body["price-effect"]]
    except (KeyError, TypeError, InvalidOperation) as error:
        raise Refused(say.BAD_BODY) from error
    if price < 0:
        raise Refused(say.BAD_BODY)
    if is_credit and all(size > 0 for size in sizes):
        raise Refused(say.FOR_CREDIT)
    if not is_credit and all(size < 0 for size in sizes):
        raise Refused(say.FOR_DEBIT)
    return price if is_credit else -price
