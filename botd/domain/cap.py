"""
The worst net price at which a position may be closed.

A price beyond the cap is worse than not closing at all: more than the position can lose
at expiration, or less than it is sure to bring.

    legs to close                            cap, toward the account
    spread with a width, short               its worst value at expiration
    spread with a width, long                half of its intrinsic value in the last hour,
                                             else its worst value at expiration
    one leg, held long                       its worth less `max_overpay`, at least 0
    one leg, held short                      its worth and `max_overpay`, as a debit
    several legs without a width             the sum over the legs, or the worst value
      (strangles, ratios)                    at expiration where that is tighter

What a leg is worth stands in `worth`. Legs of different expirations have a width only
where it is certain (a calendar of American options); else they count leg by leg.
Shares are not closed, so a covered call's cap is that of its call alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from botd.domain.bot import Pricing
from botd.domain.contract import Leg, OptionContract, option_legs
from botd.domain.payoff import ends_first, has_width, worst_at_expiration
from botd.domain.quote import Quote
from botd.domain.session import Session
from botd.domain.worth import Sight, is_in_its_last_hour, limit


@dataclass(frozen=True, slots=True)
class Cap:
    """
    The worst net price allowed, per unit and share toward the account.

    None: nothing is known that could justify a limit price; *note* says what is missing.
    """

    net_price: Decimal | None
    note: str = ""


def cap_for(
    legs_held: tuple[Leg, ...],
    *,
    spot: Decimal | None,
    quotes: Mapping[str, Quote],
    pricing: Pricing,
    session: Session,
    now: datetime,
    beside: tuple[Leg, ...] = (),
) -> Cap:
    """
    Tell the cap for closing *legs_held* (as held, signed, per unit) as one order.

    *spot* is that of the one underlying of all legs, None while unknown; *quotes* come by
    option symbol, and their validity is judged here. *beside* are the legs of the unit
    that this order leaves: longs that end together with the closed legs still bound what
    the unit can lose.
    """
    legs = tuple(leg for leg in legs_held if isinstance(leg.instrument, OptionContract))
    if not legs:
        return Cap(None, "only options have a worst case")
    own = _cap(legs, Sight(spot, quotes, pricing, session, now))
    hedged = (*legs, *_hedges(legs, beside))
    worst = worst_at_expiration(hedged)
    if own.net_price is None or worst is None or not has_width(hedged):
        return own
    return Cap(max(own.net_price, worst), own.note)


def _cap(legs: tuple[Leg, ...], sight: Sight) -> Cap:
    worst = worst_at_expiration(legs)
    if worst is not None and has_width(legs):
        return Cap(max(worst, _floor(legs, sight)) if worst >= 0 else worst)
    total = Decimal(0)
    for option, quantity in option_legs(legs):
        price = limit(option, sight, is_long=quantity > 0)
        if price is None:
            return Cap(None, f"{option.symbol}: neither a spot nor a usable quote")
        total += quantity * price
    return Cap(total if worst is None else max(total, worst))


def _floor(legs: tuple[Leg, ...], sight: Sight) -> Decimal:
    """
    Tell the least that a spread is sold for which can only bring money.

    It may end worthless, so its worst case bounds nothing: recorded last minutes bid
    less than zero for a vertical worth its whole width. Left alone it brings what it is
    worth at the close; below half of that, leaving it alone is the better deal.
    """
    options = option_legs(legs)
    if sight.spot is None or not all(is_in_its_last_hour(one, sight) for one, _ in options):
        return Decimal(0)
    spot = sight.spot
    return sum((quantity * one.intrinsic(spot) for one, quantity in options), Decimal(0)) / 2


def _hedges(legs: tuple[Leg, ...], beside: tuple[Leg, ...]) -> tuple[Leg, ...]:
    """
    Give the longs among *beside* that end when *legs* do.

    What they may still bring is never below zero, so a close that costs more than the
    whole unit's worst case is worse than none. Longs that live on are worth more than
    that, and bound nothing here.
    """
    together = ends_first((*legs, *beside))
    return tuple(leg for leg in beside if leg.quantity > 0 and leg.instrument in together)
