"""What a market shows at an instant."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from botd.domain.session import Session

VALID_FOR = timedelta(minutes=5)  # a side older than this is nobody's price any more
AHEAD = timedelta(seconds=30)  # how far a feed's clock may run ahead before its stamp is wrong


@dataclass(frozen=True, slots=True)
class Quote:
    """
    Bid and ask of one instrument, dollars per share, as last known.

    A missing side is `None`. Sizes are contracts (or shares). Each side may have its
    own age: `bid_at` and `ask_at` are when that side was last quoted.
    """

    symbol: str
    bid: Decimal | None
    ask: Decimal | None
    quoted_at: datetime  # the newer side's instant
    bid_size: int = 0
    ask_size: int = 0
    bid_at: datetime | None = None  # None: as `quoted_at`
    ask_at: datetime | None = None
    is_indicative: bool = False  # delayed or modified: never executable


@dataclass(frozen=True, slots=True)
class LastTrade:
    """The newest trade of an underlying in a session."""

    symbol: str
    price: Decimal
    traded_at: datetime


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an underlying stands, and how that is known."""

    price: Decimal
    as_of: datetime
    source: str  # "trade", "quote", "implied", "old" (up to 15 minutes, far from every strike)


@dataclass(frozen=True, slots=True)
class MarketView:
    """
    Everything a decision may look at, gathered for one account at one instant.

    Keys are symbols: options in *quotes*, underlyings in *underlying_quotes* and
    *last_trades*. What a source lacks is missing.
    """

    as_of: datetime
    quotes: dict[str, Quote]
    underlying_quotes: dict[str, Quote]
    last_trades: dict[str, LastTrade]
    halted: frozenset[str] = frozenset()  # underlyings whose trading is halted


def is_recent(at: datetime, *, now: datetime, session: Session, max_age: timedelta) -> bool:
    """
    Tell whether something of *at* still counts at *now*.

    It must be of the session, its closing instant included: prints before the opening
    and after the close never count.
    """
    return session.opens_at <= at <= session.closes_at and -AHEAD <= now - at <= max_age


def usable_sides(
    quote: Quote | None, now: datetime, session: Session
) -> tuple[Decimal | None, Decimal | None]:
    """
    Give bid and ask, each only where it may be counted on by itself.

    A side counts when it is of this session and at most `VALID_FOR` old. Where both
    count and cross, the newer side is the true one; of the same instant, neither is.
    """
    if quote is None:
        return (None, None)
    bid_at, ask_at = quote.bid_at or quote.quoted_at, quote.ask_at or quote.quoted_at
    bid = quote.bid if is_recent(bid_at, now=now, session=session, max_age=VALID_FOR) else None
    ask = quote.ask if is_recent(ask_at, now=now, session=session, max_age=VALID_FOR) else None
    bid = None if bid is None or bid < 0 else bid
    ask = None if ask is None or ask <= 0 else ask
    if bid is None or ask is None or bid <= ask:
        return (bid, ask)
    return (bid if bid_at > ask_at else None, ask if ask_at > bid_at else None)


def is_valid(quote: Quote | None, now: datetime, session: Session) -> bool:
    """
    Tell whether a quote may price an order: both sides of this session, and in order.

    A bid of zero is a side: the quote says that nobody bids.
    """
    return None not in usable_sides(quote, now, session)
