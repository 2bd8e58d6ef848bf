"""
What the exchange takes, in the order in which it looks.

    account              ACCOUNT_BLOCKED
    contract             CONTRACT_EXPIRED, NOT_TRADABLE
    hours                MARKET_CLOSED
    client order id      DUPLICATE_CLIENT_ID    for ever, where ids are taken once
    shape                MALFORMED
    price                PRICE_TICK, PRICE_BAND
    our own orders       WASH_TRADE             the other side of the same contract works
    to close only        OPENS, ASSIGNMENT_LOCK, POSITION_GONE, POSITION_SMALLER,
                         HELD_BY_OTHER_ORDER
    cash                 FUNDS
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from math import gcd
from typing import TYPE_CHECKING

from tests.servers.orders import LegPair, Reason, Rejected, Ticket

if TYPE_CHECKING:
    from tests.servers.exchange import Exchange

_OPTION = re.compile(r"(.+?)(\d{6})([CP])(\d{8})")
_THREE_DOLLARS = Decimal(3)
_INDEX = {"SPXW": "SPX", "SPX": "SPX", "XSP": "XSP", "NDXP": "NDX", "RUTW": "RUT", "VIXW": "VIX"}


@dataclass(frozen=True, slots=True)
class Ticks:
    """The price steps of a class: below 3.00, from there, of a package."""

    low: Decimal
    high: Decimal
    package: Decimal

    def at(self, price: Decimal, n_legs: int) -> Decimal:
        """Give the step at a price, whatever its sign."""
        if n_legs > 1:
            return self.package
        return self.low if abs(price) < _THREE_DOLLARS else self.high


NICKEL_DIME = Ticks(Decimal("0.05"), Decimal("0.10"), Decimal("0.01"))
PENNY = Ticks(Decimal("0.01"), Decimal("0.01"), Decimal("0.01"))
PENNY_PROGRAM = Ticks(Decimal("0.01"), Decimal("0.05"), Decimal("0.01"))
SPX = Ticks(Decimal("0.05"), Decimal("0.10"), Decimal("0.05"))
_USUAL = {"SPY": PENNY, "QQQ": PENNY, "IWM": PENNY, "SPX": SPX, "SPXW": SPX}


@dataclass(frozen=True, slots=True)
class Rules:
    """What differs between brokers."""

    takes_ids_once: bool = True  # else a client order id is a label
    replaces_in_place: bool = False  # a replaced order keeps its id
    lets_open: bool = False  # an order that does not say that it closes is taken
    wants_lowest_terms: bool = False  # ratios with a common divisor are malformed
    takes_when_closed: bool = False  # day orders rest until the opening
    max_legs: int = 4


@dataclass(frozen=True, slots=True)
class Series:
    """One option contract as its symbol tells it; FLEX roots begin with a digit."""

    symbol: str
    root: str
    underlying: str
    expiration: date
    right: str  # "C" or "P"
    strike: Decimal

    @property
    def is_cash_settled(self) -> bool:
        """Whether cash moves in place of shares."""
        return self.root in _INDEX

    def intrinsic(self, spot: Decimal) -> Decimal:
        """Tell what it is worth at expiration, dollars per share."""
        return max(spot - self.strike if self.right == "C" else self.strike - spot, Decimal(0))


@lru_cache(maxsize=4096)
def series(symbol: str) -> Series | None:
    """Read a compact OCC symbol; None: shares, a crypto pair or something else."""
    found = _OPTION.fullmatch(symbol)
    if found is None:
        return None
    root, day, right, strike = found.groups()
    expiration = date(2000 + int(day[:2]), int(day[2:4]), int(day[4:]))
    return Series(symbol, root, _INDEX.get(root, root), expiration, right, Decimal(strike) / 1000)


def ticks_of(symbol: str, known: Mapping[str, Ticks]) -> Ticks:
    """Give the price steps of an instrument; shares trade in pennies."""
    found = series(symbol)
    if found is None:
        return PENNY
    return known.get(found.root) or _USUAL.get(found.root, NICKEL_DIME)


def multiplier(symbol: str) -> int:
    """Tell the dollars per point of price."""
    return 1 if series(symbol) is None else 100


def check(exchange: "Exchange", ticket: Ticket) -> None:
    """Raise `Rejected` where the exchange does not take a ticket."""
    if exchange.blocked:
        raise Rejected(Reason.ACCOUNT_BLOCKED, {"words": exchange.blocked})
    _check_contracts(exchange, ticket)
    if not exchange.calendar.is_open(exchange.now()) and not exchange.rules.takes_when_closed:
        raise Rejected(Reason.MARKET_CLOSED)
    _check_id(exchange, ticket)
    _check_shape(exchange, ticket)
    if ticket.net_limit is not None:
        check_price(exchange, ticket.legs, ticket.net_limit)
    _check_wash(exchange, ticket)
    _check_closes(exchange, ticket)
    _check_cash(exchange, ticket)


def check_price(exchange: "Exchange", legs: tuple[LegPair, ...], limit: Decimal) -> None:
    """Raise `Rejected` where a limit is off the tick, or absurd."""
    tick = max(ticks_of(symbol, exchange.ticks).at(limit, len(legs)) for symbol, _ in legs)
    if limit % tick:
        raise Rejected(Reason.PRICE_TICK, {"limit": limit, "tick": tick})
    shown = exchange.natural(legs)
    if exchange.price_band is None or shown is None:
        return
    if abs(limit - shown.net_price) > exchange.price_band:
        raise Rejected(Reason.PRICE_BAND, {"limit": limit, "natural": shown.net_price})


def _check_contracts(exchange: "Exchange", ticket: Ticket) -> None:
    for symbol, _ in ticket.legs:
        found = series(symbol)
        if found is not None:
            last = exchange.calendar.on_or_before(found.expiration)
            if last.closes_at <= exchange.now():
                raise Rejected(Reason.CONTRACT_EXPIRED, {"symbol": symbol})
        if symbol in exchange.untradable:
            raise Rejected(Reason.NOT_TRADABLE, {"symbol": symbol})


def _check_id(exchange: "Exchange", ticket: Ticket) -> None:
    if not exchange.rules.takes_ids_once or ticket.client_order_id is None:
        return
    for order in exchange.orders.values():
        if order.client_order_id == ticket.client_order_id:
            raise Rejected(
                Reason.DUPLICATE_CLIENT_ID,
                {"client_order_id": ticket.client_order_id, "existing_order_id": order.id},
            )


def _check_shape(exchange: "Exchange", ticket: Ticket) -> None:
    symbols = {symbol for symbol, _ in ticket.legs}
    ratios = [ratio for _, ratio in ticket.legs]
    if not 0 < len(symbols) == len(ratios) <= exchange.rules.max_legs or 0 in ratios:
        raise Rejected(Reason.MALFORMED, {"words": "legs must be 1 to 4 and unique"})
    if ticket.units <= 0:
        raise Rejected(Reason.MALFORMED, {"words": "qty must be > 0"})
    if exchange.rules.wants_lowest_terms and len(ratios) > 1 and gcd(*ratios) > 1:
        raise Rejected(Reason.MALFORMED, {"words": "leg ratios must be in lowest terms"})
    if ticket.net_limit is not None and len(ratios) == 1 and ticket.net_limit * ratios[0] >= 0:
        raise Rejected(Reason.MALFORMED, {"words": "limit price must be > 0"})


def _check_wash(exchange: "Exchange", ticket: Ticket) -> None:
    for symbol, ratio in ticket.legs:
        for order in exchange.live():
            if any(other == symbol and size * ratio < 0 for other, size in order.legs):
                raise Rejected(Reason.WASH_TRADE, {"symbol": symbol, "existing_order_id": order.id})


def _check_closes(exchange: "Exchange", ticket: Ticket) -> None:
    if not ticket.closes:
        if not exchange.rules.lets_open:
            raise Rejected(Reason.OPENS, {"symbol": ticket.legs[0][0]})
        return
    for symbol, ratio in ticket.legs:
        if symbol in exchange.locked:
            raise Rejected(Reason.ASSIGNMENT_LOCK, {"symbol": symbol})
        _check_leg(exchange, symbol, ratio, abs(ratio) * ticket.units)


def _check_leg(exchange: "Exchange", symbol: str, ratio: int, requested: int) -> None:
    existing = exchange.held.get(symbol, 0)
    holders = exchange.holders(symbol, is_buy=ratio > 0)
    reserved = sum(holders.values())
    detail = {
        "symbol": symbol,
        "is_buy": ratio > 0,
        "requested": requested,
        "existing_qty": existing,
        "held_for_orders": reserved,
        "available": max(abs(existing) - reserved, 0),
        "related_orders": list(holders),
    }
    if existing * ratio >= 0:
        raise Rejected(Reason.POSITION_GONE, detail)
    if abs(existing) < requested:
        raise Rejected(Reason.POSITION_SMALLER, detail)
    if abs(existing) - reserved < requested:
        raise Rejected(Reason.HELD_BY_OTHER_ORDER, detail)


def _check_cash(exchange: "Exchange", ticket: Ticket) -> None:
    if ticket.net_limit is None:
        return
    required = -ticket.net_limit * ticket.units * multiplier(ticket.legs[0][0])
    if required > exchange.cash:
        raise Rejected(Reason.FUNDS, {"required": required, "available": exchange.cash})
