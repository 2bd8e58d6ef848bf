"""What a day's report is made of: plain values that the replay fills in."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from botd.brokers.port import Environment
from botd.domain.contract import Leg
from botd.domain.decision import LegMoneyness
from botd.domain.orders import Fill, OrderStatus
from botd.domain.position import Position
from botd.domain.session import Session
from botd.errors import Refusal


@dataclass(frozen=True, slots=True)
class SpotSeries:
    """Where an underlying stood, and the strikes it is measured against."""

    underlying: str
    points: tuple[tuple[datetime, Decimal], ...]  # oldest first; dollars, as known at the instant
    strikes: tuple[Decimal, ...]
    official_close: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PackagePoint:
    """
    What closing one unit would bring, as quoted; it holds until the next point.

    Both are net prices per share toward the account (credit > 0, debit < 0), so
    *bid* <= *ask*: *bid* is the natural (what trades at once), *ask* the far side.
    None: some leg lacked that side.
    """

    at: datetime
    bid: Decimal | None
    ask: Decimal | None


@dataclass(frozen=True, slots=True)
class ReportOrder:
    """One order of an attempt: one price mark of the ladder."""

    client_order_id: str
    step: int
    net_price: Decimal | None  # the limit, per share toward the account; None: market
    units: int
    filled_units: int
    average_net_price: Decimal | None
    status: OrderStatus
    submitted_at: datetime | None  # None: it never left
    finished_at: datetime | None  # None: it still works, or its end is not known
    cap: Decimal | None = None  # the worst net price allowed; None: no bound is known
    refusal: Refusal | None = None
    fills: tuple[Fill, ...] = ()
    notes: tuple[str, ...] = ()  # "rests at the cap", "priced from intrinsic" ...
    legs: tuple[Leg, ...] = ()  # as sent; empty: the whole package


@dataclass(frozen=True, slots=True)
class ReportAttempt:
    """One attempt as it was decided, and its orders. A person's close is one, too."""

    lead: str  # "T-10"; "by hand" for a person's close
    due_at: datetime
    decision: str  # close, leave, hand_over, accept, settle, skip
    reason: str
    outcome: str  # filled, partial, unfilled, refused, unknown, none
    note: str = ""
    moneyness: tuple[LegMoneyness, ...] = ()
    orders: tuple[ReportOrder, ...] = ()
    late: timedelta = timedelta(0)
    is_flagged: bool = False  # decided on old, implied or missing data


@dataclass(frozen=True, slots=True)
class ReportEvent:
    """One line of a position's record."""

    at: datetime
    text: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class ReportPosition:
    """One position at the end of the day, with everything that was done for it."""

    position: Position
    realized_pnl: Decimal | None  # dollars before fees, over the known parts
    pnl_complete: bool
    close_net_price: Decimal | None = None  # average per share toward the account
    attempts: tuple[ReportAttempt, ...] = ()  # by due_at
    market: tuple[PackagePoint, ...] = ()  # oldest first; empty: no quotes of the package
    events: tuple[ReportEvent, ...] = ()  # oldest first
    command: str | None = None  # what a person types next; None: follows from its state


@dataclass(frozen=True, slots=True)
class ReportDay:
    """An expiration day as it was played, from one account."""

    session: Session
    source: str  # the pack: "GOOG_2015-12-24"
    account: str
    environment: Environment
    underlyings: tuple[SpotSeries, ...] = ()
    positions: tuple[ReportPosition, ...] = ()
    notes: tuple[str, ...] = field(default=())  # of the day: "bot 'x' not found: defaults"
