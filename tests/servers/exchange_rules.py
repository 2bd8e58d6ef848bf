"""What differs between brokers and between contracts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

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
