"""
What can be held: option contracts, futures and shares.

    option               right and strike; worth its intrinsic value when it ends
    event contract       an option that pays one sum in the money, and nothing else: YES is
                         the call, NO the put, the strike half of the sum
    crypto option        an option that trades around the clock and ends at 08:00 UTC
    future               neither right nor strike: it is closed because its time ends
    shares               do not end
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum

# English in every locale, as symbols of crypto options have them.
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()  # noqa: SIM905 - a table


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
    GIVEN = "given"  # each contract has an instant of its own: the end of an event


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
    contract_size: Decimal = Decimal(1)  # of the underlying, in parts of `multiplier`
    payout: Decimal | None = None  # dollars that an event contract in the money pays
    is_adjusted: bool = False  # deliverable other than the root's: never judged by the spot

    @property
    def ends_alone(self) -> bool:
        """Whether it ends at an instant of its own, and not with a session of the exchange."""
        return self.last_session in {LastSession.FIXED_UTC, LastSession.GIVEN}


@dataclass(frozen=True, slots=True)
class OptionContract:
    """One option series."""

    spec: RootSpec
    expiration: date  # New York date
    right: Right
    strike: Decimal  # dollars per share
    ends_at: datetime | None = field(default=None, compare=False)  # with `LastSession.GIVEN`
    # The compact OCC symbol, as files, JSON and tables show it; written once, asked often.
    symbol: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "symbol", self._symbol())

    def _symbol(self) -> str:
        if self.spec.payout is not None:
            return f"event:{self.root}:{'YES' if self.right is Right.CALL else 'NO'}"
        if self.spec.last_session is LastSession.FIXED_UTC:
            month = MONTHS[self.expiration.month - 1]
            day = f"{self.expiration.day}{month}{self.expiration:%y}"
            letter = "C" if self.right is Right.CALL else "P"
            return f"crypto:{self.root}-{day}-{self.strike.normalize():f}-{letter}"
        return f"{self.root}{self._tail()}"

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
        """Shares, or parts of the underlying, that a contract is about."""
        return self.spec.multiplier

    @property
    def dollars_per_point(self) -> Decimal:
        """Dollars per point of price."""
        return self.spec.multiplier * self.spec.contract_size

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
        if self.spec.payout is not None:
            return self.spec.payout if gain > 0 else Decimal(0)
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
    def dollars_per_point(self) -> Decimal:
        """One dollar per point of price."""
        return Decimal(1)


@dataclass(frozen=True, slots=True)
class Future:
    """A futures contract by root and delivery month: `ES 12-25`."""

    root: str
    month: date  # its first day
    dollars_per_point: Decimal
    ends_on_third_friday: bool = False  # with the opening of that day's session
    ends_at: datetime | None = field(default=None, compare=False)  # where no rule is known

    @property
    def is_cash_settled(self) -> bool:
        """Whether money alone changes hands: those of share indices, which end that Friday."""
        return self.ends_on_third_friday

    @property
    def underlying(self) -> str:
        """The root: nothing else prices it."""
        return self.root

    @property
    def symbol(self) -> str:
        """As files name it."""
        return f"future:{self.root} {self.month:%m-%y}"


Instrument = OptionContract | Future | Shares


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


def ending_legs(legs: tuple[Leg, ...]) -> tuple[tuple[OptionContract | Future, int], ...]:
    """Give the legs that stop trading some day, each with its signed quantity per unit."""
    return tuple(
        (leg.instrument, leg.quantity) for leg in legs if not isinstance(leg.instrument, Shares)
    )


def multiplier_of(legs: tuple[Leg, ...]) -> Decimal:
    """
    Tell the dollars per point of a unit's net price.

    An option's multiplier counts, also beside shares: a covered call's net price is
    that of 100 shares and the call, divided by 100.
    """
    ending = ending_legs(legs)
    return ending[0][0].dollars_per_point if ending else Decimal(1)
