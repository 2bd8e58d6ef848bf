"""
What one option is worth to whoever must close it now, and how far that may be missed.

    what is known                       worth of the option
    spot, option in its last hour       intrinsic value
    spot, option that lives on          the larger of intrinsic value and its market
    event contract                      as without a spot: it pays all or nothing
    no spot, bid and ask                mid
    no spot, a bid alone                the bid
    no spot, an ask alone               nothing, where the whole ask may be missed
    neither                             unknown
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from botd.domain.bot import Pricing
from botd.domain.contract import OptionContract, Right, Settlement
from botd.domain.quote import Quote, usable_sides
from botd.domain.session import Session

_LAST_HOUR = timedelta(hours=1)  # before T time value has shrunk into what may be overpaid
_OVERPAY = Decimal("0.0025")  # of the strike
_SPREADS = 2
_NEXT_TO_NOTHING = Decimal("0.10")  # dollars: what a worthless short may cost to be rid of


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known at the moment of pricing."""

    spot: Decimal | None  # dollars per share, of the one underlying
    quotes: Mapping[str, Quote]  # by option symbol
    pricing: Pricing
    session: Session
    now: datetime

    def sides(self, option: OptionContract) -> tuple[Decimal | None, Decimal | None]:
        """Give the option's bid and ask, each where it may be counted on."""
        return usable_sides(self.quotes.get(option.symbol), self.now, self.session)


def worth(option: OptionContract, sight: Sight, *, is_long: bool) -> Decimal | None:
    """
    Tell what *option* is worth in dollars per share, never negative; None: unknown.

    Without a spot an ask alone proves only that the option is worth no more: whoever
    is short may take that for zero and pay what may be overpaid; whoever is long may
    give it away for nothing only where no more than that can be lost.
    """
    if sight.spot is None or option.spec.payout is not None:
        return _by_market(option, sight, is_long=is_long)
    intrinsic = option.intrinsic(sight.spot)
    if is_in_its_last_hour(option, sight):
        return intrinsic
    return max(intrinsic, _by_market(option, sight, is_long=False) or Decimal(0))


def allowance(option: OptionContract, sight: Sight) -> Decimal:
    """
    Tell by how many dollars per share the worth may be missed to get out.

    `max_overpay`; left out, the larger of 0.25 % of the strike and twice the spread of
    a valid quote. Where nobody bids the ask may be anything, and its distance from zero
    is a spread only as far as it is next to nothing.
    """
    if sight.pricing.max_overpay is not None:
        return sight.pricing.max_overpay.of(option.strike)
    bid, ask = sight.sides(option)
    if bid is None or ask is None:
        return _OVERPAY * option.strike
    twice = _SPREADS * (ask - bid)
    return max(_OVERPAY * option.strike, twice if bid else min(twice, _NEXT_TO_NOTHING))


def limit(option: OptionContract, sight: Sight, *, is_long: bool) -> Decimal | None:
    """Tell the worst price, dollars per share, at which *option* alone may be closed."""
    value = worth(option, sight, is_long=is_long)
    if value is None:
        return None
    missed = allowance(option, sight)
    return max(value - missed, Decimal(0)) if is_long else value + missed


def most_paid(option: OptionContract, sight: Sight) -> Decimal | None:
    """
    Tell how much a short leg without a usable quote is worth to be rid of; None: unknown.

    What it would be worth if the spot moved against it by as much as may be missed: an
    option farther out of the money than that costs next to nothing, however much could
    be overpaid for one at the strike.
    """
    worst = limit(option, sight, is_long=False)
    if worst is None or sight.spot is None or not is_in_its_last_hour(option, sight):
        return worst
    beyond = sight.spot - option.strike
    gain = beyond if option.right is Right.CALL else -beyond
    return min(worst, max(gain + allowance(option, sight), _NEXT_TO_NOTHING))


def _by_market(option: OptionContract, sight: Sight, *, is_long: bool) -> Decimal | None:
    bid, ask = sight.sides(option)
    if bid:
        return bid if ask is None else (bid + ask) / 2
    if ask is not None and (not is_long or ask <= allowance(option, sight)):
        return Decimal(0)
    return None


def is_in_its_last_hour(option: OptionContract, sight: Sight) -> bool:
    """
    Tell whether intrinsic value is all that is left.

    AM-settled options keep a night's time value when their trading stops, and what an
    event contract pays hangs on the event alone.
    """
    return (
        option.spec.settlement is Settlement.PM
        and option.spec.payout is None
        and option.expiration <= sight.session.day
        and sight.session.closes_at - sight.now <= _LAST_HOUR
    )
