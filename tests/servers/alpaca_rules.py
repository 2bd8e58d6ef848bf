"""
What Alpaca asks of an order before it looks at the account.

    every option order   market or limit, day, whole contracts, no notional, no extended hours
    a single one         symbol, side, a price above zero; the intent fits the side
    mleg                 2 to 4 legs, each with an intent; unique, of one underlying,
                         in lowest terms; a debit is positive, a credit negative
    price                two decimals; the tick is the exchange's rule

Source: reference/brokers.md section 1.4. Where the source has no words for a no,
the words here say what is wrong; status and code are those of the table in section 1.6.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from math import gcd
from typing import Any

from tests.servers import alpaca_words as say
from tests.servers.alpaca_words import Refused

_OCC = re.compile(r"([A-Z][A-Z.]{0,5}\d?)(\d{2})(\d{2})(\d{2})([CP])(\d{8})")
_CENT = Decimal("0.01")
_LONGEST_ID = 128
_LEGS = range(2, 5)
_INTENTS = {
    "buy_to_open": ("buy", False),
    "buy_to_close": ("buy", True),
    "sell_to_open": ("sell", False),
    "sell_to_close": ("sell", True),
}
_INDEX = {"SPXW": "SPX", "NDXP": "NDX", "RUTW": "RUT", "VIXW": "VIX"}


@dataclass(frozen=True, slots=True)
class Contract:
    """An option as its symbol tells it."""

    symbol: str
    root: str
    expiration: date
    right: str  # "call" or "put"
    strike: Decimal

    @classmethod
    def of(cls, symbol: str) -> "Contract | None":
        """Read an unpadded OCC symbol; None: it is no option."""
        found = _OCC.fullmatch(symbol)
        if found is None:
            return None
        root, year, month, day, right, strike = found.groups()
        try:
            expiration = date(2000 + int(year), int(month), int(day))
        except ValueError:
            return None
        letter = "call" if right == "C" else "put"
        return cls(symbol, root, expiration, letter, Decimal(strike) / 1000)

    @property
    def underlying(self) -> str:
        """The ticker below: the root without a weekly's or an adjustment's mark."""
        return _INDEX.get(self.root, self.root.rstrip("0123456789"))


@dataclass(frozen=True, slots=True)
class AskedLeg:
    """One leg of an order that is asked for."""

    symbol: str
    ratio: int  # > 0 buys, < 0 sells; per unit
    intent: str | None  # None: Alpaca infers it

    @property
    def side(self) -> str:
        """Buy or sell."""
        return "buy" if self.ratio > 0 else "sell"


@dataclass(frozen=True, slots=True)
class Asked:
    """An order as it is asked for, in order."""

    legs: tuple[AskedLeg, ...]
    units: int
    limit: Decimal | None  # as sent; None: market
    client_order_id: str | None
    is_mleg: bool
    time_in_force: str = "day"

    @property
    def net_limit(self) -> Decimal | None:
        """The limit toward the account: credit > 0, debit < 0."""
        if self.limit is None:
            return None
        if self.is_mleg:
            return -self.limit
        return self.limit if self.legs[0].ratio < 0 else -self.limit


def read(body: Mapping[str, Any]) -> Asked:
    """
    Read an order request.

    Raises:
        Refused: it breaks a rule; the first one counts.
    """
    is_mleg = body.get("order_class") == "mleg"
    legs = _legs(body) if is_mleg else (_single(body),)
    options = [Contract.of(leg.symbol) for leg in legs]
    _check_kind(body, is_option=is_mleg or options[0] is not None)
    limit = limit_of(body)
    if limit is not None and not is_mleg and limit <= 0:
        raise Refused(say.invalid("limit price must be > 0"))
    units = whole(body.get("qty"), "qty")
    return Asked(
        legs=legs,
        units=units,
        limit=limit,
        client_order_id=client_id(body),
        is_mleg=is_mleg,
        time_in_force=str(body["time_in_force"]),
    )


def limit_of(body: Mapping[str, Any]) -> Decimal | None:
    """Read the price of an order: wanted of a limit order, unwanted of a market order."""
    has_price = body.get("limit_price") not in (None, "")
    if body.get("type") == "market":
        if has_price:
            raise Refused(say.invalid("market orders require no stop or limit price"))
        return None
    if not has_price:
        raise Refused(say.invalid("limit orders require a limit price"))
    return number(body["limit_price"], "limit_price")


def client_id(body: Mapping[str, Any]) -> str | None:
    """Read the client's own id, if there is one."""
    found = body.get("client_order_id")
    if found in (None, ""):
        return None
    if not isinstance(found, str) or len(found) > _LONGEST_ID:
        raise Refused(say.invalid("client_order_id must be no more than 128 characters"))
    return found


def check_decimals(limit: Decimal) -> None:
    """Refuse an option's price with more than two decimals; the tick is the exchange's rule."""
    if limit != limit.quantize(_CENT):
        raise Refused(say.TWO_DECIMALS)


def number(found: object, name: str) -> Decimal:
    """Read a number that comes as text or as a number."""
    if isinstance(found, bool) or not isinstance(found, str | int | Decimal):
        raise Refused(say.invalid(f"invalid {name}"))
    try:
        read = Decimal(found)
    except InvalidOperation:
        raise Refused(say.invalid(f"invalid {name}")) from None
    if not read.is_finite():
        raise Refused(say.invalid(f"invalid {name}"))
    return read


def whole(found: object, name: str) -> int:
    """Read a whole number above zero."""
    if found in (None, ""):
        raise Refused(say.invalid(f"{name} is required"))
    read = number(found, name)
    if read != read.to_integral_value():
        raise Refused(say.unprocessable(f"{name} must be integer for options orders"))
    if read <= 0:
        raise Refused(say.invalid(f"{name} must be > 0"))
    return int(read)


def _check_kind(body: Mapping[str, Any], *, is_option: bool) -> None:
    kind, lasts = body.get("type"), body.get("time_in_force")
    if kind not in ("market", "limit"):
        words = "invalid order type for options trading" if is_option else "invalid order type"
        raise Refused(say.unprocessable(words))
    if lasts is None:
        raise Refused(say.invalid("time_in_force is required"))
    if lasts != "day" and is_option:
        raise Refused(
            say.unprocessable(f"order_time_in_force provided not supported for options: {lasts}"),
        )
    if body.get("notional") not in (None, ""):
        raise Refused(say.unprocessable("notional is not supported for options orders"))
    if body.get("extended_hours") and is_option:
        raise Refused(say.unprocessable("extended hours is not supported for options orders"))


def _single(body: Mapping[str, Any]) -> AskedLeg:
    if body.get("order_class") not in (None, "", "simple"):
        raise Refused(say.unprocessable(f"order_class {body['order_class']} is not supported"))
    if body.get("legs"):
        raise Refused(say.invalid("legs are only allowed for mleg orders"))
    if not body.get("symbol"):
        raise Refused(say.invalid("symbol is required"))
    if not body.get("side"):
        raise Refused(say.invalid("side is required"))
    return _leg(body, 1)


def _legs(body: Mapping[str, Any]) -> tuple[AskedLeg, ...]:
    asked = body.get("legs")
    if not isinstance(asked, list) or len(asked) not in _LEGS:
        raise Refused(say.invalid("mleg orders require 2 to 4 legs"))
    for name in ("symbol", "side", "position_intent"):
        if body.get(name):
            raise Refused(say.invalid(f"{name} is not allowed for mleg orders"))
    for number_of, leg in enumerate(asked):
        if not leg.get("position_intent"):
            raise Refused(say.unprocessable(f"leg.{number_of} position intent is required"))
    legs = tuple(_leg(leg, whole(leg.get("ratio_qty"), "ratio_qty")) for leg in asked)
    _check_package(legs)
    return legs


def _check_package(legs: tuple[AskedLeg, ...]) -> None:
    contracts = [Contract.of(leg.symbol) for leg in legs]
    for leg, contract in zip(legs, contracts, strict=True):
        if contract is None:
            raise Refused(say.contract_is(leg.symbol, "not found"))
    if len({leg.symbol for leg in legs}) < len(legs):
        raise Refused(say.unprocessable("mleg orders require unique leg symbols"))
    if len({contract.underlying for contract in contracts if contract}) > 1:
        raise Refused(say.UNDERLYINGS_DIFFER)
    if gcd(*(leg.ratio for leg in legs)) > 1:
        raise Refused(
            say.unprocessable("leg ratio quantities should be relatively prime (GCD of 1)"),
        )


def _leg(asked: Mapping[str, Any], ratio: int) -> AskedLeg:
    side, intent = asked.get("side") or None, asked.get("position_intent") or None
    if intent is not None and intent not in _INTENTS:
        raise Refused(say.invalid("invalid position_intent specified"))
    if side is None and intent is not None:
        side = _INTENTS[intent][0]
    if side not in ("buy", "sell"):
        raise Refused(say.invalid("invalid side"))
    if intent is not None and _INTENTS[intent][0] != side:
        raise Refused(say.invalid("invalid position_intent specified"))
    return AskedLeg(str(asked["symbol"]), ratio if side == "buy" else -ratio, intent)


def closes(intent: str) -> bool:
    """Whether an intent closes."""
    return _INTENTS[intent][1]
