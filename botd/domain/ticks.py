"""
The prices at which an exchange takes an order.

    class            below 3.00   from 3.00   several legs
    penny                  0.01        0.01           0.01
    penny program          0.01        0.05           0.01
    nickel and dime        0.05        0.10           0.01
    SPX                    0.05        0.10           0.05

Sources: options penny program; Cboe Rule 5.4 for SPX; complex orders of all other
classes trade in pennies. 3.00 itself lies on both grids.
"""

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from botd.domain.contract import TickRule

_PENNY = Decimal("0.01")
_NICKEL = Decimal("0.05")
_DIME = Decimal("0.10")
_STEP_UP = Decimal(3)  # dollars, from which a single option's tick is the larger one
_GRIDS = {
    TickRule.PENNY: (_PENNY, _PENNY, _PENNY),
    TickRule.PENNY_PROGRAM: (_PENNY, _NICKEL, _PENNY),
    TickRule.NICKEL_DIME: (_NICKEL, _DIME, _PENNY),
    TickRule.SPX: (_NICKEL, _DIME, _NICKEL),
}


def tick_at(price: Decimal, rule: TickRule, n_legs: int) -> Decimal:
    """Tell the price step in dollars at *price* (its sign does not matter)."""
    low, high, package = _GRIDS[rule]
    if n_legs > 1:
        return package
    return low if abs(price) < _STEP_UP else high


def round_in_favour(net_price: Decimal, *, rule: TickRule, n_legs: int) -> Decimal:
    """
    Move a net price onto the tick, toward the account: ask more, pay less.

    Net prices are toward the account (credit > 0, debit < 0), so this is always up.
    A small debit may become zero.
    """
    tick = tick_at(net_price, rule, n_legs)
    return ((net_price / tick).to_integral_value(ROUND_CEILING) * tick).quantize(_PENNY)


def round_toward_market(net_price: Decimal, *, rule: TickRule, n_legs: int) -> Decimal:
    """Move a net price onto the tick, away from the account: ask less, pay more."""
    tick = tick_at(net_price, rule, n_legs)
    return ((net_price / tick).to_integral_value(ROUND_FLOOR) * tick).quantize(_PENNY)


def observed(rule: TickRule, prices: Iterable[Decimal]) -> TickRule:
    """
    Give the rule by which quotes of one option really move: *rule*, or a finer one.

    Brokers don't always say which classes trade in pennies, but a quote between the
    steps of *rule* proves that a finer one holds. Rounding by the coarse one would
    leave a closing order short of the market.
    """
    seen = tuple(prices)
    for candidate in (rule, TickRule.PENNY_PROGRAM):
        if all(price % tick_at(price, candidate, 1) == 0 for price in seen):
            return candidate
    return TickRule.PENNY
