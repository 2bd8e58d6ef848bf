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

from decimal import Decimal
from math import gcd

from tests.servers.exchange_account import Account
from tests.servers.exchange_rules import multiplier, series, ticks_of
from tests.servers.orders import LegPair, Reason, Rejected, Ticket


def check(exchange: Account, ticket: Ticket) -> None:
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


def check_price(exchange: Account, legs: tuple[LegPair, ...], limit: Decimal) -> None:
    """Raise `Rejected` where a limit is off the tick, or absurd."""
    tick = max(ticks_of(symbol, exchange.ticks).at(limit, len(legs)) for symbol, _ in legs)
    if limit % tick:
        raise Rejected(Reason.PRICE_TICK, {"limit": limit, "tick": tick})
    shown = exchange.natural(legs)
    if exchange.price_band is None or shown is None:
        return
    if abs(limit - shown.net_price) > exchange.price_band:
        raise Rejected(Reason.PRICE_BAND, {"limit": limit, "natural": shown.net_price})


def _check_contracts(exchange: Account, ticket: Ticket) -> None:
    for symbol, _ in ticket.legs:
        found = series(symbol)
        if found is not None:
            last = exchange.calendar.on_or_before(found.expiration)
            if last.closes_at <= exchange.now():
                raise Rejected(Reason.CONTRACT_EXPIRED, {"symbol": symbol})
        if symbol in exchange.untradable:
            raise Rejected(Reason.NOT_TRADABLE, {"symbol": symbol})


def _check_id(exchange: Account, ticket: Ticket) -> None:
    if not exchange.rules.takes_ids_once or ticket.client_order_id is None:
        return
    for order in exchange.orders.values():
        if order.client_order_id == ticket.client_order_id:
            raise Rejected(
                Reason.DUPLICATE_CLIENT_ID,
                {"client_order_id": ticket.client_order_id, "existing_order_id": order.id},
            )


def _check_shape(exchange: Account, ticket: Ticket) -> None:
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


def _check_wash(exchange: Account, ticket: Ticket) -> None:
    for symbol, ratio in ticket.legs:
        for order in exchange.live():
            if any(other == symbol and size * ratio < 0 for other, size in order.legs):
                raise Rejected(Reason.WASH_TRADE, {"symbol": symbol, "existing_order_id": order.id})


def _check_closes(exchange: Account, ticket: Ticket) -> None:
    if not ticket.closes:
        if not exchange.rules.lets_open:
            raise Rejected(Reason.OPENS, {"symbol": ticket.legs[0][0]})
        return
    for symbol, ratio in ticket.legs:
        if symbol in exchange.locked:
            raise Rejected(Reason.ASSIGNMENT_LOCK, {"symbol": symbol})
        _check_leg(exchange, symbol, ratio, abs(ratio) * ticket.units)


def _check_leg(exchange: Account, symbol: str, ratio: int, requested: int) -> None:
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


def _check_cash(exchange: Account, ticket: Ticket) -> None:
    if ticket.net_limit is None:
        return
    required = -ticket.net_limit * ticket.units * multiplier(ticket.legs[0][0])
    if required > exchange.cash:
        raise Rejected(Reason.FUNDS, {"required": required, "available": exchange.cash})
