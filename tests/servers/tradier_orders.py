"""
Tradier's order forms, read for the exchange.

    class=option      symbol, option_symbol, side, quantity, type, price, duration, tag
    class=multileg    symbol, type, price, duration, tag; option_symbol[n], side[n], quantity[n]

Whatever a form lacks is a 400 with plain text. There are no ratios: the largest number of
whole packages is what is traded.

Sources: documentation.tradier.com, "Place an Option Order", "Place a Multileg Order",
"Modify an Order".
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from math import gcd

from tests.servers.exchange import Exchange
from tests.servers.exchange_rules import series
from tests.servers.orders import ExchangeOrder, LegPair, Reason, Ticket
from tests.servers.tradier_words import BadRequest

Form = tuple[tuple[str, str], ...]

MALFORMED = frozenset({Reason.MALFORMED, Reason.NO_SUCH_ORDER, Reason.NOT_CANCELABLE})
_TAG = re.compile(r"[A-Za-z0-9-]{1,255}")
_SIDES = {
    "buy_to_close": (1, True),
    "sell_to_close": (-1, True),
    "buy_to_open": (1, False),
    "sell_to_open": (-1, False),
}
_MOST_LEGS = 4


def place(exchange: Exchange, form: Form) -> ExchangeOrder:
    """Take an order."""
    fields = dict(form)
    legs, units, closes = _legs(fields)
    roots = {found.underlying.replace(".", "/") for leg, _ in legs if (found := series(leg))}
    if {_wanted(fields, "symbol")} != roots:
        raise BadRequest("Invalid parameter, symbol: does not match the option symbol.")
    if _wanted(fields, "duration") not in {"day", "gtc", "pre", "post"}:
        raise BadRequest("Invalid parameter, duration: must be one of day, gtc, pre, post.")
    tag = fields.get("tag")
    if tag is not None and not _TAG.fullmatch(tag):
        raise BadRequest("Invalid parameter, tag: contains invalid characters.")
    limit = _limit(fields, legs)
    return exchange.place(Ticket(tag, legs, units, limit, closes))


def change(exchange: Exchange, number: str, form: Form) -> ExchangeOrder:
    """Change the price of an order; its id and its tag stay."""
    fields = dict(form)
    order = exchange.order(number)
    limit = _limit(fields, order.legs)
    if limit is None:
        raise BadRequest("Invalid parameter, type: a market order is not changed here.")
    return exchange.replace(number, limit)


def legs_of(form: Form) -> tuple[LegPair, ...]:
    """Give the legs of a form that has been read before."""
    return _legs(dict(form))[0]


def _legs(fields: Mapping[str, str]) -> tuple[tuple[LegPair, ...], int, bool]:
    """Read legs per package, how many packages, and whether all legs close."""
    kind = _wanted(fields, "class")
    if kind == "option":
        names = [""]
    elif kind == "multileg":
        names = [f"[{n}]" for n in range(_MOST_LEGS + 1) if f"option_symbol[{n}]" in fields]
        if not 2 <= len(names) <= _MOST_LEGS:
            raise BadRequest("Invalid parameter, class: multileg takes 2 to 4 legs.")
    else:
        raise BadRequest(f"Invalid parameter, class: {kind} is not traded here.")
    sizes = [_quantity(_wanted(fields, f"quantity{name}")) for name in names]
    units = gcd(*sizes)
    legs, closing = [], []
    for name, size in zip(names, sizes, strict=True):
        side = _wanted(fields, f"side{name}")
        if side not in _SIDES:
            raise BadRequest(f"Invalid parameter, side{name}: {side}.")
        sign, closes = _SIDES[side]
        legs.append((_wanted(fields, f"option_symbol{name}"), sign * size // units))
        closing.append(closes)
    return tuple(legs), units, all(closing)


def _limit(fields: Mapping[str, str], legs: tuple[LegPair, ...]) -> Decimal | None:
    """Read the price, toward the account."""
    kind = _wanted(fields, "type")
    if kind == "market":
        return None
    if len(legs) > 1 and kind == "even":
        return Decimal(0)
    allowed = {"debit", "credit"} if len(legs) > 1 else {"limit"}
    if kind not in allowed:
        raise BadRequest(f"Invalid parameter, type: {kind}.")
    try:
        price = Decimal(_wanted(fields, "price"))
    except InvalidOperation:
        raise BadRequest("Invalid parameter, price: must be a number.") from None
    if price <= 0:
        raise BadRequest("Invalid parameter, price: must be greater than zero.")
    pays = kind == "debit" or (len(legs) == 1 and legs[0][1] > 0)
    return -price if pays else price


def _quantity(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise BadRequest("Invalid parameter, quantity: must be a positive whole number.")
    return int(text)


def _wanted(fields: Mapping[str, str], name: str) -> str:
    if not fields.get(name):
        raise BadRequest(f"Invalid parameter, {name}: is required.")
    return fields[name]
