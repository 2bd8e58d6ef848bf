"""The answers that the protocol can give for one position at one attempt."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

from botd.domain.contract import Leg
from botd.domain.position import ManualReason


class Moneyness(Enum):
    """The holder's view. `ATM` is a band; unknown is not out of the money."""

    ITM = "ITM"
    ATM = "ATM"
    OTM = "OTM"
    UNKNOWN = "UNKNOWN"


class Reason(Enum):
    """Why a decision was taken; a closed list, shown to people."""

    OUT_OF_THE_MONEY = "out of the money"
    NOTHING_EXPIRES = "nothing stops trading"
    IN_THE_MONEY = "in the money"
    PINNED = "within the pin band"
    UNKNOWN = "moneyness unknown"
    POLICY = "by policy"
    ADJUSTED = "adjusted contract"
    LAST_TRADING_DAY = "last trading day"
    NO_CLOSE_CALL = "the broker has no call that closes a position"
    BROKEN_SPREAD = "spread has lost a leg"
    CLOSED_ELSEWHERE = "closed by somebody else's order"
    GONE = "no longer held"
    MISMATCH = "broker and ledger disagree"
    NETTED = "nets against another position"
    MANUAL = "under manual override"
    HALTED = "halted by a person"
    OBSERVING = "observe mode"
    LIVE_ORDER = "an order of unknown fate lives"
    BROKER_UNREACHABLE = "broker unreachable"
    ACCOUNT_STOPPED = "account stopped"
    MISSED = "missed"
    TOO_LATE = "too little time"
    CLOCK = "the clock is wrong"
    NO_LIMIT_PRICE = "no price can be justified"
    GUARD = "stopped by the egress guard"


@dataclass(frozen=True, slots=True)
class LegMoneyness:
    """On which side of its strike the underlying stands, and how that is known."""

    symbol: str
    state: Moneyness
    strike: Decimal
    spot: Decimal | None
    spot_at: datetime | None
    note: str = ""  # "spot 12 min old, 9 % away", "GOOG is halted" ...


@dataclass(frozen=True, slots=True)
class Close:
    """Close *legs* of a lot as one order."""

    reason: Reason
    legs: tuple[Leg, ...]  # as held, signed, per unit; the order does the opposite
    units: int
    is_flagged: bool = False  # decided on old, implied or missing data
    note: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """Send nothing: it expires out of the money."""

    reason: Reason
    note: str = ""


@dataclass(frozen=True, slots=True)
class HandOver:
    """Send nothing and give it to a person."""

    reason: Reason
    manual_reason: ManualReason
    note: str = ""


@dataclass(frozen=True, slots=True)
class Accept:
    """Take the exercise or assignment on purpose."""

    reason: Reason
    note: str = ""
    is_covered: bool = True  # False: the shares or the cash are missing, and it pages


@dataclass(frozen=True, slots=True)
class Settle:
    """Let a cash-settled contract settle."""

    reason: Reason
    note: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """Nothing is decided now, for a reason from a closed list."""

    reason: Reason
    note: str = ""


Decision = Close | Leave | HandOver | Accept | Settle | Skip
