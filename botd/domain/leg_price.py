"""
The mid and the natural price of one leg, from its quote or from what else is known.

    usable            held long (sold at the bid)          held short (bought at the ask)
    bid and ask       mid, bid                             mid, ask
    less than that    from worth down by what may be       from worth up by what may be
                      missed, no lower than a usable bid   missed, no higher than a usable ask;
                      or half of the worth                 far out of the money next to nothing

An option's worth, and by how much it may be missed, stand in `worth`.
"""

from dataclasses import dataclass
from decimal import Decimal

from botd.domain.contract import OptionContract
from botd.domain.worth import Sight, limit, most_paid, worth


@dataclass(frozen=True, slots=True)
class LegPrice:
    """Dollars per share of one option, never negative; *note* marks an estimate."""

    mid: Decimal
    natural: Decimal
    note: str = ""


def leg_price(option: OptionContract, sight: Sight, *, is_long: bool) -> LegPrice | None:
    """Price one leg to be closed; None: neither its quote nor a spot says anything."""
    bid, ask = sight.sides(option)
    if bid is not None and ask is not None:
        quote = sight.quotes[option.symbol]
        note = f"{option.symbol}: indicative quote" if quote.is_indicative else ""
        return LegPrice((bid + ask) / 2, bid if is_long else ask, note)
    value = worth(option, sight, is_long=is_long)
    worst = limit(option, sight, is_long=True) if is_long else most_paid(option, sight)
    if value is None or worst is None:
        return None
    note = f"{option.symbol}: no usable quote, {_basis(bid, ask, sight)}"
    if is_long:
        natural = max(worst, value / 2, bid or Decimal(0))
        return LegPrice(max(value, natural), natural, note)
    natural = worst if ask is None else min(worst, ask)
    return LegPrice(min(max(value, bid or Decimal(0)), natural), natural, note)


def _basis(bid: Decimal | None, ask: Decimal | None, sight: Sight) -> str:
    known = [
        "intrinsic value" if sight.spot is not None else "",
        f"bid {bid}" if bid is not None else "",
        f"ask {ask}" if ask is not None else "",
    ]
    return "priced from " + " and ".join(word for word in known if word)
