"""A position that a bot manages, and the words for how it stands."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

from botd.domain.contract import Leg, OptionContract, multiplier_of, option_legs


class Status(Enum):
    """Where a position stands."""

    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"
    EXPIRED = "expired"
    AWAITING_SETTLEMENT = "awaiting_settlement"
    SETTLED = "settled"
    ASSIGNED = "assigned"
    EXERCISED = "exercised"
    UNRESOLVED = "unresolved"


class Management(Enum):
    """Who looks after a position."""

    BOT = "bot"
    MANUAL = "manual"


class ManualReason(Enum):
    """Why a person looks after a position."""

    PERSON = "person"
    POLICY = "policy"
    REFUSED = "refused"
    GONE = "gone"
    BROKEN_SPREAD = "broken_spread"
    MISMATCH = "mismatch"
    NETTED = "netted"
    UNRESOLVED = "unresolved"
    UNSUPPORTED = "unsupported"


class Assignment(Enum):
    """What is known of an assignment."""

    PRESUMED = "presumed"
    CONFIRMED = "confirmed"


class Policy(Enum):
    """What happens to a position that is in the money."""

    CLOSE = "close"
    HAND_OVER = "hand_over"
    SETTLE = "settle"
    ACCEPT = "accept"


class How(Enum):
    """How units of a position ended."""

    CLOSED = "closed"
    EXPIRED = "expired"
    SETTLED = "settled"
    ASSIGNED = "assigned"
    EXERCISED = "exercised"


class ClosedBy(Enum):
    """Whose order ended a position."""

    BOT = "bot"
    PERSON = "person"
    BROKER = "broker"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class BrokerWords:
    """A broker's answer, verbatim."""

    message: str
    code: str | None
    http_status: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """How some units of a position ended."""

    units: int
    how: How
    net_price: Decimal | None  # per share toward the account; None while not known, never 0
    at: datetime
    fees: Decimal | None = None  # dollars


@dataclass(frozen=True, slots=True)
class Lot:
    """
    Units of a position that still hold the same legs.

    A position starts as one lot. A partial fill, a bought-back short or an expired
    leg splits it. *accrued* is what the legs already gone brought, per share toward
    the account, so that the last leg's end knows the unit's whole closing price.
    """

    units: int
    legs: tuple[Leg, ...]
    accrued: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Position:
    """
    One position as the ledger knows it.

    *legs* and *units* are as opened and never change; *lots* is what is left.
    """

    id: str
    number: int  # the short number on the board
    bot: str
    broker: str  # the name of the broker's table in botd.toml
    account: str
    underlying: str
    strategy: str
    legs: tuple[Leg, ...]
    units: int
    opened_at: datetime
    # Per share toward the account: credit > 0, debit < 0; None while not known, never 0.
    open_net_price: Decimal | None
    expiration: date | None  # of the first legs to expire; None without options
    closes_at: datetime | None  # T: when the first of the remaining legs stops trading
    status: Status = Status.OPEN
    managed_by: Management = Management.BOT
    manual_reason: ManualReason | None = None
    assignment: Assignment | None = None
    confirmed: bool = False  # the broker's own records agree with how it ended
    broker_error: BrokerWords | None = None
    fact: str | None = None  # what is probably true, in plain words, for every surface
    policy: Policy | None = None  # its own; None: its bot's
    lots: tuple[Lot, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    closed_by: ClosedBy | None = None
    closed_at: datetime | None = None
    campaign: str | None = None  # the wheel it belongs to
    epoch: int = 0  # counts take-overs and releases
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def account_key(self) -> tuple[str, str]:
        """The account that holds it: (broker, account)."""
        return (self.broker, self.account)

    @property
    def multiplier(self) -> Decimal:
        """Dollars per point of net price and unit."""
        return multiplier_of(self.legs)

    @property
    def units_open(self) -> int:
        """Units that still hold any leg."""
        return sum(lot.units for lot in self.lots)

    @property
    def is_live(self) -> bool:
        """Whether any unit still holds a leg and no outcome ended it."""
        return self.status in LIVE_STATUSES and self.units_open > 0

    def options(self) -> tuple[OptionContract, ...]:
        """Give the option contracts of its legs as opened."""
        return tuple(contract for contract, _ in option_legs(self.legs))


LIVE_STATUSES = frozenset({Status.OPEN, Status.CLOSING})
# Shares changed hands at the strike: they are booked in the campaign, not in the position.
DELIVERED = frozenset({Status.ASSIGNED, Status.EXERCISED})
DELIVERIES = frozenset({How.ASSIGNED, How.EXERCISED})
# Ended for the bot, whatever the broker's records will say the next morning.
ENDED_STATUSES = frozenset({Status.CLOSED, Status.EXPIRED, Status.SETTLED})
