"""
SmartPricing: the prices of one attempt, from mid to the final price.

    mode       prices x seconds
    normal          4 x 10
    fast            3 x 5
    patient         5 x 20
    limit           the final price at once
    market          no price

The final price lies `final_price` percent of the spread away from us: 50 is the mid, 100
the natural price, 150 half a spread beyond. Too little time drops middle prices first,
then shortens the step; a step lasts at least 5 s and the last price at least 10 s, and
where that does not fit the final price stands alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from botd.domain.bot import Pricing, PricingMode
from botd.domain.cap import Cap, cap_for
from botd.domain.contract import Leg
from botd.domain.package import AT_MID, Grid, PackagePrice, grid_of, price_package
from botd.domain.quote import Quote, is_valid
from botd.domain.session import Session
from botd.domain.worth import Sight

__all__ = ["Cap", "LadderPlan", "PriceStep", "cap_for", "is_valid", "plan_ladder", "price"]

_MODES = {
    PricingMode.NORMAL: (4, timedelta(seconds=10)),
    PricingMode.FAST: (3, timedelta(seconds=5)),
    PricingMode.PATIENT: (5, timedelta(seconds=20)),
    PricingMode.MARKET: (1, timedelta(0)),
    PricingMode.LIMIT: (1, timedelta(0)),
}
_SHORTEST_STEP = timedelta(seconds=5)
_SHORTEST_LAST = timedelta(seconds=10)
_FINAL_ALONE = (Fraction(1),)


@dataclass(frozen=True, slots=True)
class LadderPlan:
    """
    The prices of one attempt, in order.

    *fractions* say how far each lies on the way from mid (0) to the final price (1);
    exact, so that a price that falls on the tick is not rounded off it. The last price
    keeps working after *step_seconds*, until its attempt ends.
    """

    fractions: tuple[Fraction, ...]
    step_seconds: timedelta


@dataclass(frozen=True, slots=True)
class PriceStep:
    """
    The price of one step: per unit and share toward the account, on the tick.

    Without *net_price* the order is a market order where *is_market* says so; else no
    price can be justified and none may be sent. *is_rest*: held by the cap short of
    the market, so that it can only rest there.
    """

    net_price: Decimal | None
    is_market: bool = False
    is_capped: bool = False
    is_rest: bool = False
    notes: tuple[str, ...] = ()


def steps_of(pricing: Pricing) -> int:
    """Tell how many prices the mode tries, time and requests permitting."""
    count, _ = _MODES[pricing.mode]
    return min(count, 1) if pricing.final_price == AT_MID else count


def plan_ladder(pricing: Pricing, available: timedelta, max_steps: int | None) -> LadderPlan:
    """
    Lay out one attempt's prices within *available* time and *max_steps* orders.

    The final price is always among them. A final price at the mid makes one step: all
    of its prices would be alike.
    """
    _, step = _MODES[pricing.mode]
    most = steps_of(pricing) if max_steps is None else min(steps_of(pricing), max_steps)
    for count in range(most, 1, -1):
        if available >= step * (count - 1) + _SHORTEST_LAST:
            return _evenly(count, step)
    if most > 1 and available >= _SHORTEST_STEP + _SHORTEST_LAST:
        return _evenly(2, available - _SHORTEST_LAST)
    return LadderPlan(_FINAL_ALONE, step)


def price(
    legs_held: tuple[Leg, ...],
    plan: LadderPlan,
    index: int,
    *,
    quotes: Mapping[str, Quote],
    spot: Decimal | None,
    cap: Cap,
    pricing: Pricing,
    now: datetime,
    session: Session,
    previous: Decimal | None,
) -> PriceStep:
    """
    Price step *index* of closing *legs_held* from the quotes of this moment.

    The price lies between mid and final price, moves only toward the natural from
    *previous* (the price of this attempt's last step), is rounded onto the tick in our
    favour, and never passes the final price or the *cap*. The present final price
    counts more than *previous*, and the cap more than both.

    Legs are given as held, signed, per unit; shares among them are not closed. Quotes and
    *spot* (None while unknown) are those of this moment, and *cap* is what `cap_for` says
    of the same legs by them.
    """
    if pricing.mode is PricingMode.MARKET:
        return PriceStep(None, is_market=True)
    sight = Sight(spot, quotes, pricing, session, now)
    gives_away = cap.net_price is not None and cap.net_price < 0
    package = price_package(legs_held, sight, gives_away=gives_away)
    if package is None or cap.net_price is None:
        why = cap.note or "a leg has neither a spot nor a usable quote"
        return PriceStep(None, notes=(f"no price can be justified: {why}",))
    final = package.at(pricing.final_price)
    fraction = plan.fractions[index]
    target = package.mid + (final - package.mid) * fraction.numerator / fraction.denominator
    if previous is not None:
        target = min(target, previous)
    grid = grid_of(legs_held, sight, previous)
    return _on_grid(max(target, final), cap.net_price, package, grid)


def _evenly(count: int, step: timedelta) -> LadderPlan:
    return LadderPlan(tuple(Fraction(i, count - 1) for i in range(count)), step)


def _on_grid(target: Decimal, cap: Decimal, package: PackagePrice, grid: Grid) -> PriceStep:
    """Round *target*, hold it inside the cap, and see that it is a price at all."""
    notes = package.notes
    net_price = grid.up(target)
    is_capped = net_price < cap
    if is_capped:
        net_price = grid.up(cap)
        notes = (*notes, f"capped at {cap}")
    if grid.is_for_nothing(net_price):
        net_price = grid.smallest()
        notes = (*notes, "the smallest price there is")
        if net_price < cap:
            return PriceStep(None, notes=(*package.notes, f"no tick within the cap {cap}"))
    is_rest = is_capped and net_price > package.natural
    return PriceStep(net_price, is_capped=is_capped, is_rest=is_rest, notes=notes)
