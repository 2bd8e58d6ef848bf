"""
What a broker trades, and what of the suite that makes possible.

Cards are written in a product's own contracts and prices, so that options, futures and
event contracts are asked the same things. What a card needs stands in
`tests.contract.needs`; where a product has not got it, the card is lacked, with a reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import Enum

from botd.brokers.port import RecordKind

Pairs = tuple[tuple[str, int], ...]  # legs as sent: symbol and signed quantity


class Need(Enum):
    """What a card may ask for."""

    CLOSES = "orders are taken at all"
    LIMIT = "orders have a limit, rest at it, and are cancelled"
    PACKAGE = "several legs make one order"
    PART = "a part of what is held may be closed"
    ORDERS = "the broker keeps a list of orders, ours and other people's"
    MARKET = "some price is told"
    QUOTE = "contracts have a bid and an ask"
    HOURS = "there are hours in which nothing is traded"
    DELIVERY = "a contract that ends moves shares"


EVERYTHING = frozenset(Need)


@dataclass(frozen=True, slots=True)
class Side:
    """A contract as the suite holds it, with what the stand quotes for it."""

    symbol: str
    held: int  # 1 long, -1 short
    bid: str | None = None
    ask: str | None = None
    size: int = 0

    @property
    def close(self) -> Pairs:
        """Give the leg that closes one of it."""
        return ((self.symbol, -self.held),)


@dataclass(frozen=True, slots=True)
class Ending:
    """How the night after the stand's day is recorded for a contract held."""

    kind: RecordKind
    price: Decimal | None
    told: timedelta  # after midnight of the stand's day: it is recorded by then


@dataclass(frozen=True, slots=True)
class Product:
    """The contracts of a stand; prices are net prices of orders, toward the account."""

    first: Side
    second: Side
    later: Side  # of another day than the stand's
    one_sided: Side
    underlying: str
    spot: Decimal | None  # its last trade; None: it is not told
    official_close: Decimal
    official_close_by: timedelta  # after midnight of the stand's day
    ending: Ending  # of `first`
    unknown: tuple[str, ...]  # symbols of contracts that there are not
    many: tuple[str, ...]  # contracts of later days, more than a page of them
    many_ending: tuple[str, ...]  # contracts that end as `first`, more than a page of them
    has: frozenset[Need] = EVERYTHING
    resting: str | None = None  # a limit at which the close of `first` rests
    dearer: str | None = None  # another one, nearer the market
    filling: str | None = None  # the limit at which it fills; None: a market order
    beyond: str | None = None  # a limit on the far side of the market
    second_resting: str | None = None  # as `resting`, for the close of `second`
    filled_at: Decimal | None = None  # what a unit of `first` fills at; None: it is not told
    beside: Mapping[str, int] = field(default_factory=dict)  # what else may be held
    foreign: Mapping[str, int] = field(default_factory=dict)  # of `hold_foreign`, by its name
    n_foreign: int = 0  # how many holdings `hold_foreign` makes
    multiplier: int = 100
    other_way: Mapping[str, int] = field(default_factory=dict)  # held against `first`

    @property
    def symbol(self) -> str:
        """The symbol of `first`."""
        return self.first.symbol

    @property
    def close(self) -> Pairs:
        """Give the leg that closes one of `first`."""
        return self.first.close

    @property
    def package(self) -> Pairs:
        """Give the legs that close one of `second` and one of `first` together."""
        return (*self.second.close, *self.first.close)

    @property
    def package_back(self) -> Pairs:
        """Give the legs that close the same package where it is held the other way."""
        return tuple((symbol, -quantity) for symbol, quantity in self.package)

    @property
    def quoted(self) -> frozenset[str]:
        """Tell of which contracts there are quotes."""
        sides = (self.first, self.second, self.later, self.one_sided)
        return frozenset(each.symbol for each in sides if Need.QUOTE in self.has)

    def holds(self, quantity: int = 1) -> dict[str, int]:
        """Tell what is held when *quantity* of `first` are."""
        return {self.first.symbol: self.first.held * quantity}

    def holds_both(self, quantity: int = 1) -> dict[str, int]:
        """Tell what is held when *quantity* of `first`, and one of `second`, are."""
        return self.holds(quantity) | {self.second.symbol: self.second.held}

    def told(self, units: int = 1) -> list[Decimal]:
        """Give what the fills of *units* are worth in all; nothing where no price is told."""
        return [] if self.filled_at is None else [self.filled_at * units]
