"""A whole expiration day as data: what is held, shown, done, broken, and when."""

from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from botd.brokers.paper.faults import FaultKind
from botd.brokers.port import CapabilityCard
from botd.domain import occ
from botd.domain.bot import (
    Amount,
    Bot,
    Expiration,
    Legging,
    Mode,
    OnRefusal,
    Pricing,
    PricingMode,
)
from botd.domain.contract import Instrument, Leg, Shares
from botd.domain.position import Policy
from botd.errors import RefusalReason
from tests.domain.trading_days import weekdays

DAY = date(2026, 11, 19)  # a Thursday; the next session is the day after
LATER = date(2026, 12, 18)
SESSIONS = weekdays(date(2026, 11, 16), date(2026, 12, 31))
CLOSES_AT = datetime(2026, 11, 19, 21, 0, tzinfo=UTC)
OPENS_AT = datetime(2026, 11, 19, 14, 30, tzinfo=UTC)
MORNING_AT = datetime(2026, 11, 20, 14, 35, tzinfo=UTC)
BROKER, ACCOUNT = "paper", "A1"
STRIKES = (740, 745, 750, 755, 760)
UNDERLYING_OF = {"GOOG": "GOOG", "SPY": "SPY", "SPXW": "SPX"}


def at(offset: float) -> datetime:
    """Tell the instant *offset* seconds after T (negative: before)."""
    return CLOSES_AT + timedelta(milliseconds=round(offset * 1000))


@dataclass(frozen=True, slots=True)
class Held:
    """One leg: right and strike ("P750"), "later" expiration or today's, or "shares"."""

    what: str
    quantity: int
    is_later: bool = False

    def instrument(self, root: str) -> Instrument:
        if self.what == "shares":
            return Shares(UNDERLYING_OF[root])
        day = LATER if self.is_later else DAY
        return occ.parse(f"{root}{day:%y%m%d}{self.what[0]}{int(self.what[1:]) * 1000:08d}")


@dataclass(frozen=True, slots=True)
class Book:
    """One position of the book."""

    legs: tuple[Held, ...]
    units: int = 1
    bot: str = "plain"
    policy: Policy | None = None

    def legs_of(self, root: str) -> tuple[Leg, ...]:
        return tuple(Leg(held.instrument(root), held.quantity) for held in self.legs)


@dataclass(frozen=True, slots=True)
class Quirk:
    """What is odd about the quotes of one contract (or all: None) for a while."""

    kind: str  # crossed, no_bid, no_ask, nothing, wide, thin, stale, odd
    what: str | None
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault of the paper exchange; *position* None: any order, any call."""

    kind: FaultKind
    at: float
    position: int | None = None
    leg: int | None = None  # of the position; None: all
    units: int | None = None
    lasts: float = 0.0
    times: int = 1
    net_price: str | None = None
    reason: RefusalReason = RefusalReason.OTHER


@dataclass(frozen=True, slots=True)
class Act:
    """What a person does."""

    do: str  # take, release, release_now, close, resolve, policy, halt, halt_keep, resume
    at: float
    position: int = 0
    policy: Policy = Policy.CLOSE
    units: int | None = None
    steps: int = 0  # of the loop, after the instant


@dataclass(frozen=True, slots=True)
class Crash:
    """The process dies *steps* steps of the loop after *at*, and is back *down* later."""

    at: float
    steps: int
    down: float


@dataclass(frozen=True, slots=True)
class DiskFull:
    """The ledger cannot be written for a while."""

    since: float
    until: float


@dataclass(frozen=True, slots=True)
class BrokerCard:
    """What the exchange promises, and does."""

    dedupes: bool = True
    looks_up: bool = True
    close_only: bool = True
    horizon: float = 5.0  # H, seconds
    has_close: bool = True
    rate: int | None = None

    def card(self) -> CapabilityCard:
        return CapabilityCard(
            kind="paper",
            proven="own exchange, in process",
            dedupes_client_ids=self.dedupes,
            looks_up_client_ids=self.looks_up,
            enforces_close_only=self.close_only,
            absent_after=timedelta(seconds=self.horizon),
            requests_per_minute=self.rate,
            has_official_close=self.has_close,
            has_settlement_records=True,
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of the bot `plain`; the bot `other` has its own (`other_bot`)."""

    pricing: PricingMode = PricingMode.NORMAL
    final_price: int = 100
    legging: Legging = Legging.LAST_RESORT
    on_refusal: OnRefusal = OnRefusal.ASSIGNED
    pin_band: str = "0"
    cancel_resting_exits: bool = True
    policy: Policy = Policy.CLOSE

    def bot(self, name: str) -> Bot:
        return Bot(
            name,
            BROKER,
            ACCOUNT,
            Expiration(
                itm_policy=self.policy,
                legging=self.legging,
                pin_band=Amount(Decimal(self.pin_band)),
                on_refusal=self.on_refusal,
                cancel_resting_exits=self.cancel_resting_exits,
            ),
            Pricing(self.pricing, self.final_price),
        )


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything that makes one day; the same value is the same day, to the last order."""

    root: str = "GOOG"
    book: tuple[Book, ...] = ()
    spot: tuple[tuple[float, str], ...] = ((-3600.0, "747.50"),)  # steps: (offset, price)
    print_every: float = 20.0  # seconds between prints of the underlying
    prints_stop: float | None = None
    width: str = "0.20"  # of a normal quote
    quirks: tuple[Quirk, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    acts: tuple[Act, ...] = ()
    crashes: tuple[Crash, ...] = ()
    disk_full: tuple[DiskFull, ...] = ()
    card: BrokerCard = field(default_factory=BrokerCard)
    rules: Rules = field(default_factory=Rules)
    mode: Mode = Mode.ARMED
    starts: float = -660.0  # when the daemon is started
    latencies: tuple[float, ...] = (0.0,)  # of calls there, and of answers back, in turn

    def __str__(self) -> str:
        """Tell the day so that it can be pasted into a test."""
        plain = Scenario()
        told = (
            f"    {each.name}={getattr(self, each.name)!r},"
            for each in fields(self)
            if getattr(self, each.name) != getattr(plain, each.name)
        )
        return "\n".join(("Scenario(", *told, ")"))

    def legs_of(self, trouble: Trouble) -> tuple[Leg, ...]:
        """Give the legs that a trouble is about; none: everything."""
        if trouble.position is None or not self.book:
            return ()
        legs = self.book[trouble.position % len(self.book)].legs_of(self.root)
        return legs if trouble.leg is None else (legs[trouble.leg % len(legs)],)


def position_id(index: int) -> str:
    """Name the position of the book at *index*."""
    return f"p{index}"
