"""What comes to the exchange and rests there: tickets, orders, executions, refusals."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

NEVER = datetime.max.replace(tzinfo=UTC)
LegPair = tuple[str, int]  # compact OCC symbol or ticker; > 0 buys, < 0 sells, per unit


class Reason(Enum):
    """Why the exchange says no; each dialect has its own words for it."""

    POSITION_GONE = "position_gone"  # nothing held in that direction: symbol, existing_qty
    POSITION_SMALLER = "position_smaller"  # symbol, requested, existing_qty, available
    HELD_BY_OTHER_ORDER = "held_by_other_order"  # also held_for_orders, related_orders
    INTENT_MISMATCH = "intent_mismatch"
    ASSIGNMENT_LOCK = "assignment_lock"  # symbol
    NOT_TRADABLE = "not_tradable"  # symbol
    CONTRACT_EXPIRED = "contract_expired"  # symbol
    FUNDS = "funds"  # required, available
    MALFORMED = "malformed"  # words
    OTHER = "other"  # words
    ACCOUNT_BLOCKED = "account_blocked"
    MARKET_CLOSED = "market_closed"
    WASH_TRADE = "wash_trade"  # symbol, existing_order_id
    DUPLICATE_CLIENT_ID = "duplicate_client_id"  # client_order_id, existing_order_id
    PRICE_TICK = "price_tick"  # limit (toward the account), tick
    PRICE_BAND = "price_band"  # limit, natural
    OPENS = "opens"  # an order that does not say that it closes
    NO_SUCH_ORDER = "no_such_order"  # order_id
    NOT_CANCELABLE = "not_cancelable"  # order_id, state (an `OrderState`)
    NOT_REPLACEABLE = "not_replaceable"  # order_id, state (an `OrderState`)


class Rejected(Exception):  # noqa: N818 - an answer of the exchange
    """The exchange does not take it; *detail* holds what a dialect may tell of it."""

    def __init__(self, reason: Reason, detail: dict[str, Any] | None = None) -> None:
        self.reason = reason
        self.detail = detail or {}
        super().__init__(f"{reason.value}: {self.detail}")


class OrderState(Enum):
    """
    The life of an order; a part that filled is told by `filled_units`, not by a state.

    pending -> working -> filled | canceled | expired | rejected | replaced
    working -> cancel_pending | replace_pending -> a final state
    """

    PENDING = "pending"
    WORKING = "working"
    CANCEL_PENDING = "cancel_pending"
    REPLACE_PENDING = "replace_pending"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    REPLACED = "replaced"


FINAL = frozenset(
    {
        OrderState.FILLED,
        OrderState.CANCELED,
        OrderState.EXPIRED,
        OrderState.REJECTED,
        OrderState.REPLACED,
    },
)


@dataclass(frozen=True, slots=True)
class Ticket:
    """What is asked of the exchange, whoever asks and in whatever dialect."""

    client_order_id: str | None
    legs: tuple[LegPair, ...]
    units: int
    net_limit: Decimal | None  # per share toward the account: credit > 0, debit < 0; None: market
    closes: bool = True  # every leg says that it closes
    is_foreign: bool = False  # not by the client under test: checked less
    extra: dict[str, Any] = field(default_factory=dict)  # what a dialect echoes


@dataclass(frozen=True, slots=True)
class Execution:
    """Units that filled together, and at what price each leg did."""

    execution_id: str
    units: int
    net_price: Decimal  # per share toward the account
    leg_prices: dict[str, Decimal]  # dollars per share, never below zero
    at: datetime


@dataclass(slots=True)
class ExchangeOrder:
    """One order, as the exchange knows it now."""

    number: int
    ticket: Ticket
    submitted_at: datetime
    visible_at: datetime  # before it nobody sees the order, and it does not trade
    state: OrderState
    updated_at: datetime
    net_limit: Decimal | None
    client_order_id: str | None
    ends_at: datetime = NEVER  # the bell: a day order expires
    executions: list[Execution] = field(default_factory=list)
    fill_cap: int | None = None  # no more units than these ever fill
    replaces: str | None = None
    replaced_by: str | None = None
    rejection: Rejected | None = None
    pending_rejection: Rejected | None = None
    begins_at: datetime | None = None  # seen, but not at the exchange before
    rejects_at: datetime | None = None
    cancels_at: datetime | None = None
    replaces_at: datetime | None = None
    ended_at: datetime | None = None

    def timers(self) -> tuple[datetime, ...]:
        """Give the instants at which something happens to it by itself."""
        found = (self.begins_at, self.rejects_at, self.cancels_at, self.replaces_at)
        return (self.visible_at, self.ends_at, *(at for at in found if at is not None))

    @property
    def id(self) -> str:
        """The exchange's own id: digits."""
        return str(self.number)

    @property
    def legs(self) -> tuple[LegPair, ...]:
        """The legs as sent, per unit."""
        return self.ticket.legs

    @property
    def units(self) -> int:
        """How many units were asked for."""
        return self.ticket.units

    @property
    def closes(self) -> bool:
        """Whether every leg says that it closes."""
        return self.ticket.closes

    @property
    def is_foreign(self) -> bool:
        """Whether somebody else sent it."""
        return self.ticket.is_foreign

    @property
    def extra(self) -> dict[str, Any]:
        """What a dialect keeps with the order."""
        return self.ticket.extra

    @property
    def filled_units(self) -> int:
        """How many units have filled."""
        return sum(each.units for each in self.executions)

    @property
    def remaining_units(self) -> int:
        """How many units have not filled."""
        return self.units - self.filled_units

    @property
    def is_final(self) -> bool:
        """Whether it will not fill any more."""
        return self.state in FINAL

    @property
    def average_net_price(self) -> Decimal | None:
        """The net price of what filled, per share toward the account; None: nothing did."""
        return self._average([(each.units, each.net_price) for each in self.executions])

    def average_leg_price(self, symbol: str) -> Decimal | None:
        """Give what one leg filled at, dollars per share; None: nothing did."""
        return self._average([(each.units, each.leg_prices[symbol]) for each in self.executions])

    def _average(self, parts: list[tuple[int, Decimal]]) -> Decimal | None:
        units = sum(size for size, _ in parts)
        return sum((size * price for size, price in parts), Decimal(0)) / units if units else None


class ActivityKind(Enum):
    """What an account's record tells."""

    ASSIGNMENT = "assignment"
    EXERCISE = "exercise"
    EXPIRATION = "expiration"
    CASH_SETTLEMENT = "cash_settlement"
    SHARES = "shares"  # what an assignment or exercise moved


@dataclass(frozen=True, slots=True)
class Activity:
    """One line of the account's record."""

    number: int
    kind: ActivityKind
    symbol: str
    quantity: int  # options: signed as they were held; shares: signed as they came
    price: Decimal | None  # strike; settlement value; None: an expiration
    cash: Decimal  # dollars toward the account
    day: date  # of the session it belongs to
    posted_at: datetime  # nobody reads it before
    group: str  # the lines of one event share it


@dataclass(slots=True)
class BidAsk:
    """A quote; its sizes are what has not been traded yet."""

    symbol: str
    bid: Decimal | None  # dollars per share; None: nobody
    ask: Decimal | None
    bid_size: int
    ask_size: int
    at: datetime


@dataclass(frozen=True, slots=True)
class LastSale:
    """The last trade of an underlying."""

    symbol: str
    price: Decimal
    at: datetime
