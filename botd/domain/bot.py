"""A bot's rules for expiration day, as a person configured them."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import Enum

from botd.domain.position import Policy


class Mode(Enum):
    """Whether orders may leave for an account."""

    OBSERVE = "observe"  # read only: everything is decided, priced and recorded, nothing sent
    ARMED = "armed"


class Anchor(Enum):
    """What attempts are counted back from."""

    CLOSE = "close"
    CUTOFF = "cutoff"
    BOTH = "both"


class Scope(Enum):
    """What is closed when legs expire on different days."""

    AUTO = "auto"  # the expiring legs, unless that would uncover a later short
    POSITION = "position"
    EXPIRING = "expiring"


class Legging(Enum):
    """Whether a package that does not fill may be closed in part."""

    LAST_RESORT = "last_resort"
    NEVER = "never"


class OnRefusal(Enum):
    """What a refusal of a still held position leads to."""

    ASSIGNED = "assigned"
    CLASSIFY = "classify"


class PricingMode(Enum):
    """How a ladder walks from mid to its final price."""

    NORMAL = "normal"  # 4 prices x 10 s
    FAST = "fast"  # 3 x 5 s
    PATIENT = "patient"  # 5 x 20 s
    MARKET = "market"
    LIMIT = "limit"  # the final price at once


@dataclass(frozen=True, slots=True)
class Amount:
    """Dollars, or a percentage of something."""

    value: Decimal
    is_percent: bool = False

    def of(self, whole: Decimal) -> Decimal:
        """Tell the dollars, of *whole* where this is a percentage."""
        return whole * self.value / 100 if self.is_percent else self.value


@dataclass(frozen=True, slots=True)
class Expiration:
    """The `[expiration]` table of a bot's file."""

    attempts: tuple[timedelta, ...] = (
        timedelta(minutes=10),
        timedelta(minutes=5),
        timedelta(minutes=1),
    )
    anchor: Anchor = Anchor.CLOSE
    itm_policy: Policy = Policy.CLOSE
    scope: Scope = Scope.AUTO
    legging: Legging = Legging.LAST_RESORT
    pin_band: Amount = Amount(Decimal(0))
    max_quote_age: timedelta = timedelta(seconds=60)  # of the spot
    on_refusal: OnRefusal = OnRefusal.ASSIGNED
    cancel_resting_exits: bool = True


@dataclass(frozen=True, slots=True)
class Pricing:
    """The `[pricing]` table of a bot's file."""

    mode: PricingMode = PricingMode.NORMAL
    final_price: int = 100  # percent of the spread, 50-150
    max_overpay: Amount | None = None  # None: the larger of 0.25 % and twice a valid spread


@dataclass(frozen=True, slots=True)
class Bot:
    """One bot: whose positions, at which broker, by which rules."""

    name: str
    broker: str
    account: str
    expiration: Expiration = field(default_factory=Expiration)
    pricing: Pricing = field(default_factory=Pricing)
