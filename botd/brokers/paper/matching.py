"""
How orders meet quotes.

    a purchase fills   where the ask known at the instant is within its limit
    a sale fills       where the bid is
    a package fills    all its legs in ratio, at the natural net price of the instant
    never              on a crossed quote, a side of another session, or a bid of nothing

The price is the natural: the limit, or better. The size shown on a side is consumed
until that side is quoted again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from botd.brokers.paper.book import Side
from botd.domain.contract import Leg, multiplier_of
from botd.domain.quote import Quote
from botd.domain.session import Session


@dataclass(frozen=True, slots=True)
class Taken:
    """What one unit takes from one side of a quote row."""

    side: Side
    row_at: datetime
    size: int


@dataclass(frozen=True, slots=True)
class Natural:
    """What a package trades at now, and for how many units."""

    net_price: Decimal  # per share toward the account
    units: int
    taken: tuple[Taken, ...]  # per unit


@dataclass(frozen=True, slots=True)
class _Shown:
    price: Decimal
    size: int
    at: datetime


def natural(
    legs: tuple[Leg, ...],
    quote_of: Callable[[str], Quote | None],
    used_of: Callable[[Side, datetime], int],
    session: Session,
) -> Natural | None:
    """Give what *legs*, as sent, trade at; None where any of them does not trade."""
    unit_multiplier = multiplier_of(legs)
    net_price = Decimal(0)
    units: int | None = None
    taken: list[Taken] = []
    for leg in legs:
        is_buy = leg.quantity > 0
        shown = _shown(quote_of(leg.symbol), session, is_buy=is_buy)
        if shown is None:
            return None
        side = (leg.symbol, not is_buy)
        size = abs(leg.quantity)
        possible = (shown.size - used_of(side, shown.at)) // size
        units = possible if units is None else min(units, possible)
        net_price -= leg.quantity * shown.price * leg.instrument.dollars_per_point / unit_multiplier
        taken.append(Taken(side, shown.at, size))
    return Natural(net_price, max(units or 0, 0), tuple(taken))


def _shown(quote: Quote | None, session: Session, *, is_buy: bool) -> _Shown | None:
    if quote is None or _is_crossed(quote):
        return None
    price = quote.ask if is_buy else quote.bid
    at = (quote.ask_at if is_buy else quote.bid_at) or quote.quoted_at
    if not price or not session.opens_at <= at <= session.closes_at:
        return None
    return _Shown(price, quote.ask_size if is_buy else quote.bid_size, at)


def _is_crossed(quote: Quote) -> bool:
    return quote.bid is not None and quote.ask is not None and quote.bid > quote.ask
