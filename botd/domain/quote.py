"""What a market shows at an instant."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


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
