"""
Which legs a package is closed without, so that the dangerous ones still get out.

    from the second attempt   a long leg that is out of the money and that nobody bids for
                              stays: it ends worthless by itself
    at the last attempt       a package that does not fill may become its in-the-money
                              shorts alone: never a long first, and never where a long leg
                              is or may be in the money, since it is what hedges the short
"""

from collections.abc import Callable, Mapping

from botd.domain.contract import Leg
from botd.domain.decision import Moneyness
from botd.domain.quote import Quote
from botd.domain.session import Session

StateOf = Callable[[Leg], Moneyness | None]  # None: a leg that goes on living


def without_worthless(
    legs: tuple[Leg, ...], state_of: StateOf, quotes: Mapping[str, Quote], session: Session
) -> tuple[Leg, ...]:
    """Leave out long legs that are out of the money and without a bid of this session."""
    return tuple(
        leg
        for leg in legs
        if leg.quantity < 0
        or state_of(leg) is not Moneyness.OTM
        or has_bid(quotes.get(leg.symbol), session)
    )


def shorts_alone(
    legs: tuple[Leg, ...], state_of: StateOf, is_threat: Callable[[Moneyness], bool]
) -> tuple[Leg, ...]:
    """
    Give the short legs of a package that threaten, where they may be closed alone.

    Empty where a long leg that ends now threatens as well, or where nothing would be
    left out.
    """
    states = [(leg, state) for leg in legs if (state := state_of(leg)) is not None]
    threats = tuple(leg for leg, state in states if is_threat(state))
    if len(threats) == len(legs) or any(leg.quantity > 0 for leg in threats):
        return ()
    return threats


def has_bid(quote: Quote | None, session: Session) -> bool:
    """Tell whether somebody bids, however long ago in this session."""
    if quote is None or quote.bid is None or quote.bid <= 0:
        return False
    bid_at = quote.bid_at or quote.quoted_at
    return session.opens_at <= bid_at <= session.closes_at
