"""
Another price, after a broker complained of one.

Its tick may be coarser than known, or its band narrower. Nobody tells which, so the
price of the smallest ratio moves onto the coarsest grid there is, and never stays what it was:

    first     the next step of that grid toward the market, inside the cap
    else      the next one in our favour
    nowhere   no price: a sale for nothing, or a purchase that pays nothing

Source of the grid: the coarsest class of Cboe Rule 5.4, 0.05 below 3.00, 0.10 from there.
"""

from decimal import Decimal
from math import gcd

from botd.domain.contract import Leg, TickRule, option_legs
from botd.domain.ticks import round_in_favour, round_toward_market, tick_at

_COARSEST = TickRule.NICKEL_DIME


def corrected(
    net_price: Decimal, *, refused: Decimal, cap: Decimal | None, legs_held: tuple[Leg, ...]
) -> Decimal | None:
    """
    Tell what to ask instead of *net_price* once *refused* was complained of; None: nothing.

    Prices are per share toward the account. *cap* is the worst one allowed; *legs_held*
    are as held: what only sells gets something, what only buys pays something.
    """
    quantities = [quantity for _, quantity in option_legs(legs_held)]
    ratio = gcd(*quantities)
    each = net_price / ratio
    down = round_toward_market(each, rule=_COARSEST, n_legs=1)
    up = round_in_favour(each, rule=_COARSEST, n_legs=1)
    lower = down - tick_at(down, _COARSEST, 1)
    higher = up + tick_at(up, _COARSEST, 1)
    signs = {quantity > 0 for quantity in quantities}
    return next(
        (
            price
            for price in (down * ratio, lower * ratio, up * ratio, higher * ratio)
            if price != refused
            and (cap is None or price >= cap)
            and not (signs == {True} and price <= 0)
            and not (signs == {False} and price >= 0)
        ),
        None,
    )
