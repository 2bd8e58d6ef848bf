"""What can be held: option contracts and shares."""

from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from enum import Enum


class Right(Enum):
    """What the holder may do at the strike."""

    CALL = "call"
    PUT = "put"


class ExerciseStyle(Enum):
    """When the holder may exercise."""

    AMERICAN = "american"
    EUROPEAN = "european"


class Delivery(Enum):
    """What changes hands when a contract ends in the money."""

    SHARES = "shares"
    CASH = "cash"


class Settlement(Enum):
    """Which price settles the contract: the opening of its day, or the close."""

    AM = "AM"
    PM = "PM"


class LastSession(Enum):
    """The last trading day as seen from the expiration date."""

    ON_OR_BEFORE = "on_or_before"  # the session of the expiration date, else the one before it
    BEFORE = "before"  # AM-settled: the session before the expiration date
    FIXED_UTC = "fixed_utc"  # trades around the clock, ends at `RootSpec.ends_at_utc`


class TickRule(Enum):
    """
    The price step of a class.

    Sources: options penny program; Cboe Rule 5.4 for SPX.
    """

    PENNY = "penny"  # 0.01 at every price (SPY, QQQ, IWM)
    PENNY_PROGRAM = "penny_program"  # 0.01 below 3.00, 0.05 from there
    NICKEL_DIME = "nickel_dime"  # 0.05 below 3.00, 0.10 from there
    SPX = "spx"  # 0.05 below 3.00, 0.10 from there; a spread's net price 0.05


@dataclass(frozen=True, slots=True)
class RootSpec:
    """
    The rules of one option root, as data.

    Roots, not underlyings, tell products apart: `SPX` (AM) and `SPXW` (PM) stand on
    the same index and may share an expiration date.
    """

    root: str
    underlying: str
    product_class: str  # "equity", "etf", "index_pm", "index_am", "volatility_am", "crypto"
    exercise_style: ExerciseStyle = ExerciseStyle.AMERICAN
    delivery: Delivery = Delivery.SHARES
    settlement: Settlement = Settlement.PM
    last_session: LastSession = LastSession.ON_OR_BEFORE
    multiplier: int = 100
    tick_rule: TickRule = TickRule.NICKEL_DIME
    ends_at_utc: time | None = None  # only with `LastSession.FIXED_UTC`
    is_adjusted: bool = False  # deliverable other than the root's: never judged by the spot


@dataclass(frozen=True, slots=True)
class OptionContract:
    """One option series."""

    spec: RootSpec
    expiration: date  # New York date
    right: Right
    strike: Decimal  # dollars per share
    # The compact OCC symbol, as files, JSON and tables show it; written once, asked often.
    symbol: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "symbol", f"{self.root}{self._tail()}")

    @property
    def root(self) -> str:
        """The option root, as in the OCC symbol."""
        return self.spec.root

    @property
    def underlying(self) -> str:
        """What the strike is compared with."""
        return self.spec.underlying

    @property
    def multiplier(self) -> int:
        """Dollars per point of price."""
        return self.spec.multiplier

    @property
    def occ_symbol(self) -> str:
        """The 21-character OCC symbol: root padded with spaces to six."""
        return f"{self.root:<6}{self._tail()}"

    def _tail(self) -> str:
        letter = "C" if self.right is Right.CALL else "P"
        return f"{self.expiration:%y%m%d}{letter}{int(self.strike * 1000):08d}"

    def intrinsic(self, spot: Decimal) -> Decimal:
        """Tell the value at expiration, dollars per share, never negative."""
        gain = spot - self.strike if self.right is Right.CALL else self.strike - spot
        return max(gain, Decimal(0))


@dataclass(frozen=True, slots=True)
class Shares:
    """Stock or fund shares, by ticker."""

    underlying: str

    @property
    def symbol(self) -> str:
        """The ticker."""
        return self.underlying

    @property
    def multiplier(self) -> int:
        """One dollar per point of price."""
        return 1


Instrument = OptionContract | Shares


@dataclass(frozen=True, slots=True)
class Leg:
    """One instrument of a position or an order; *quantity* signed, per unit."""

    instrument: Instrument
    quantity: int  # > 0 held long (in a position) or bought (in an order)

    @property
    def symbol(self) -> str:
        """The instrument's symbol: compact OCC, or ticker."""
        return self.instrument.symbol


def option_legs(legs: tuple[Leg, ...]) -> tuple[tuple[OptionContract, int], ...]:
    """Give the legs that are options, each with its signed quantity per unit."""
    return tuple(
        (leg.instrument, leg.quantity) for leg in legs if isinstance(leg.instrument, OptionContract)
    )


def multiplier_of(legs: tuple[Leg, ...]) -> int:
    """
    Tell the dollars per point of a unit's net price.

    An option's multiplier counts, also beside shares: a covered call's net price is
    that of 100 shares and the call, divided by 100.
    """
    options = option_legs(legs)
    return options[0][0].multiplier if options else 1
