"""The port to a brokerage account: what crosses it, and what may go wrong."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Protocol

from botd.domain.contract import ExerciseStyle, TickRule
from botd.domain.orders import Holding, OrderIntent, OrderReport
from botd.domain.quote import MarketView


class Environment(Enum):
    """Whose money it is."""

    PAPER = "paper"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class CapabilityCard:
    """
    What a broker can do, and where that is known from.

    Defaults are pessimistic: the engine is safe for the weakest.
    """

    kind: str
    proven: str  # "own server", "vendor's paper, 2026-11-02", ...
    dedupes_client_ids: bool = False  # refuses a second order with the same id
    looks_up_client_ids: bool = False
    enforces_close_only: bool = False
    absent_after: timedelta = timedelta(seconds=120)  # H: worst late acceptance
    requests_per_minute: int | None = None  # None: unbounded
    max_legs: int = 4
    cutoff: time | None = None  # New York time on a full day; half-days shift it with the close
    cutoff_source: str = ""
    has_official_close: bool = False
    has_settlement_records: bool = False
    replaces: bool = False  # changes the price of a working order
    pushes: bool = False  # tells of its own that an order changed; polling stays the truth
    has_calendar: bool = False
    gives_tick_rules: bool = False
    closes: bool = True  # takes orders at all; without, what must be closed goes to a person
    market_orders_only: bool = False  # no limit price is taken
    closes_whole: bool = False  # a close takes all that is held of a symbol, and no part of it
    expiration_day: str = ""  # what the broker itself does on it, for people
    sources: tuple[str, ...] = ()  # where all this is known from
    lacks: tuple[str, ...] = ()  # what the contract suite asks and this dialect cannot have


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account as the broker describes it."""

    account: str
    environment: Environment
    can_trade: bool
    cash: Decimal | None  # dollars; None where the broker does not say
    as_of: datetime  # the broker's own clock
    options_level: int | None = None  # 3 trades spreads; None where the broker does not say
    blocked: tuple[str, ...] = ()  # why it cannot trade, in the broker's words


@dataclass(frozen=True, slots=True)
class SessionHours:
    """A trading day as the broker's calendar has it; closed: both None."""

    day: date
    opens_at: datetime | None
    closes_at: datetime | None


class RecordKind(Enum):
    """What a settlement record tells."""

    ASSIGNMENT = "assignment"
    EXERCISE = "exercise"
    EXPIRATION = "expiration"
    CASH_SETTLEMENT = "cash_settlement"


@dataclass(frozen=True, slots=True)
class SettlementRecord:
    """One line of a broker's own record of how a contract ended."""

    record_id: str
    kind: RecordKind
    symbol: str
    quantity: int  # signed as it was held: -1 is a short contract that ended
    price: Decimal | None  # strike for assignment and exercise, value for a cash settlement
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """What a broker says of one option contract; None: it does not say."""

    symbol: str  # compact
    multiplier: int | None = None  # dollars per point of price
    exercise_style: ExerciseStyle | None = None
    tick_rule: TickRule | None = None
    is_tradable: bool | None = None


class Broker(Protocol):
    """
    A brokerage account, in botd's words.

    An adapter translates and nothing more: it does not retry, decide, log trades or
    read the clock. It speaks in compact OCC symbols, `Decimal` dollars per share and
    aware UTC instants, and raises only `BrokerError`: `BrokerUnavailable` from any
    call when nothing arrived, `OutcomeUnknown` from any call whose answer cannot be
    read, `OrderRefused` from `submit`, `replace` and `cancel` only.
    """

    @property
    def card(self) -> CapabilityCard:
        """Tell what this broker can do."""
        ...

    async def account(self) -> AccountState:
        """Read the account that the credentials open. Also the authenticated probe."""
        ...

    async def session(self, day: date) -> SessionHours | None:
        """Read the broker's calendar for a New York date; None: it has none."""
        ...

    async def holdings(self) -> tuple[Holding, ...]:
        """Read all positions of the account, options and shares."""
        ...

    async def market(
        self,
        symbols: frozenset[str],
        underlyings: frozenset[str],
    ) -> MarketView:
        """Read quotes of options, and quotes and last trades of underlyings, in batches."""
        ...

    async def terms(self, symbols: frozenset[str]) -> dict[str, ContractTerms]:
        """Read what is known of option contracts; what the broker does not know is missing."""
        ...

    async def submit(self, intent: OrderIntent) -> OrderReport:
        """
        Send one closing order, DAY, under its client order id.

        Raises:
            OrderRefused: the broker definitely does not take it.
            OutcomeUnknown: it may have been taken.
            BrokerUnavailable: it has not been sent.
        """
        ...

    async def replace(self, broker_order_id: str, intent: OrderIntent) -> OrderReport:
        """
        Ask that a working order become *intent*: the same legs and units at another price.

        A request: the old order may fill first, and is asked about until it is final.
        The report is the new order's. Raises as `submit`; `OrderRefused` also where the
        card says that this broker does not replace.
        """
        ...

    async def cancel(self, broker_order_id: str) -> None:
        """Ask for a cancel. A request: the truth comes from `look_up` and `orders`."""
        ...

    async def look_up(self, client_order_id: str) -> OrderReport | None:
        """Read one order; None only when the broker says that there is none."""
        ...

    async def orders(self, since: datetime) -> tuple[OrderReport, ...]:
        """Read every order since *since*, live or final, ours or not, to the last page."""
        ...

    async def settlements(self, since: datetime) -> tuple[SettlementRecord, ...]:
        """Read assignments, exercises, expirations and cash settlements since *since*."""
        ...

    async def official_close(self, underlying: str, day: date) -> Decimal | None:
        """Read the official closing price of a day; None: not known (yet)."""
        ...

    async def pushed(self) -> None:
        """
        Return when the broker says of its own that something about an order changed.

        Never returns where the card has no push, or while its stream is away. A wake-up
        and no more: the truth comes from `orders`.
        """
        ...

    async def aclose(self) -> None:
        """Let go of connections and files."""
        ...
