"""Orders as botd writes them down, and as brokers report them."""

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum

from botd.domain.contract import Leg
from botd.errors import Refusal


class OrderStatus(Enum):
    """
    The life of an order.

    intent -> sending -> working -> filled | partially_filled | canceled | expired
    intent -> withdrawn; sending -> refused | unknown; unknown -> working | ... | absent
    working -> cancel_pending -> a final state; working -> superseded (replaced) -> final
    """

    INTENT = "intent"
    SENDING = "sending"
    UNKNOWN = "unknown"
    WORKING = "working"
    CANCEL_PENDING = "cancel_pending"
    SUPERSEDED = "superseded"
    FILLED = "filled"
    PARTIALLY_FILLED = "partially_filled"  # final: canceled or expired after a part
    CANCELED = "canceled"
    EXPIRED = "expired"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # never sent, proved
    ABSENT = "absent"  # looked for and found missing (DESIGN 2)


LIVE_ORDER_STATUSES = frozenset(
    {
        OrderStatus.INTENT,
        OrderStatus.SENDING,
        OrderStatus.UNKNOWN,
        OrderStatus.WORKING,
        OrderStatus.CANCEL_PENDING,
    },
)


@dataclass(frozen=True, slots=True)
class OrderIntent:
    """
    One order as it will be sent: the legs to close, at one price.

    An intent is committed to the ledger before its first byte leaves, and never
    changed: another price is another intent (*step* + 1).
    """

    client_order_id: str
    position_id: str
    account: str
    attempt_due_at: datetime  # of a manual close: the minute of its command
    step: int  # counts over all orders of the position in that UTC minute, from 1
    legs: tuple[Leg, ...]  # as sent: > 0 buys to close, < 0 sells to close; per unit
    units: int
    net_price: Decimal | None  # per share toward the account: credit > 0, debit < 0; None: market
    cap: Decimal | None  # the worst net price allowed; None: no bound is known
    give_up_at: datetime  # it is cancelled at this instant, if it still works then
    is_extra: bool = False  # a person's close, not a protocol attempt

    def body_hash(self) -> str:
        """Hash what the broker is asked for, so that one id is one body."""
        body = [
            self.client_order_id,
            self.account,
            sorted((leg.symbol, leg.quantity) for leg in self.legs),
            self.units,
            None if self.net_price is None else str(self.net_price.normalize()),
        ]
        return hashlib.sha256(json.dumps(body).encode()).hexdigest()


class ReportState(Enum):
    """What a broker says of an order."""

    PENDING = "pending"  # received, not yet at the exchange
    WORKING = "working"  # also when filled in part
    CANCEL_PENDING = "cancel_pending"
    FILLED = "filled"
    CANCELED = "canceled"  # perhaps after a part was filled
    EXPIRED = "expired"
    REJECTED = "rejected"  # passes through the same classification as a refusal
    REPLACED = "replaced"


FINAL_REPORT_STATES = frozenset(
    {
        ReportState.FILLED,
        ReportState.CANCELED,
        ReportState.EXPIRED,
        ReportState.REJECTED,
        ReportState.REPLACED,
    },
)


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution. Applied once, by *execution_id*."""

    execution_id: str
    units: int
    net_price: Decimal  # per share toward the account
    filled_at: datetime


@dataclass(frozen=True, slots=True)
class OrderReport:
    """A broker's word on one order, as of an instant."""

    broker_order_id: str
    client_order_id: str | None
    state: ReportState
    legs: tuple[Leg, ...]  # as sent
    units: int
    filled_units: int  # cumulative
    net_price: Decimal | None  # the limit; None: market
    submitted_at: datetime
    as_of: datetime = field(compare=False)  # two reports that differ in it alone are one
    fills: tuple[Fill, ...] = ()
    refusal: Refusal | None = None  # with `REJECTED`
    note: str = field(default="", compare=False)  # what a person should know of it

    @property
    def is_final(self) -> bool:
        """Whether the broker will not fill any more of it."""
        return self.state in FINAL_REPORT_STATES


def in_units_of(legs: tuple[Leg, ...], report: OrderReport) -> OrderReport:
    """
    Count a report in the units of an order of *legs*.

    Some brokers take packages in lowest terms only: what was ordered as +2 and -2, twice, is
    reported as +1 and -1, four times. Of units that filled in part nothing counts until
    they are whole. A report of other legs is given back as it is.
    """
    ratio = _ratio(legs, report.legs)
    if ratio is None or ratio == 1:
        return report
    filled = report.filled_units // ratio
    told = sum(fill.units for fill in report.fills)
    fills: tuple[Fill, ...] = ()
    if filled and told:
        value = sum((fill.net_price * fill.units for fill in report.fills), Decimal(0))
        last_at = max(fill.filled_at for fill in report.fills)
        fills = (Fill("", filled, value / told * ratio, last_at),)
    return replace(
        report,
        legs=legs,
        units=report.units // ratio,
        filled_units=filled,
        net_price=None if report.net_price is None else report.net_price * ratio,
        fills=fills,
    )


def _ratio(legs: tuple[Leg, ...], others: tuple[Leg, ...]) -> int | None:
    """Tell how many times *others* the same *legs* are; None: they are not."""
    mine = {leg.symbol: leg.quantity for leg in legs}
    theirs = {leg.symbol: leg.quantity for leg in others}
    if not mine or mine.keys() != theirs.keys() or 0 in theirs.values():
        return None
    ratios = {divmod(quantity, theirs[symbol]) for symbol, quantity in mine.items()}
    match sorted(ratios):
        case [(ratio, 0)] if ratio > 0:
            return ratio
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Holding:
    """What an account holds of one instrument."""

    symbol: str
    quantity: int  # signed
