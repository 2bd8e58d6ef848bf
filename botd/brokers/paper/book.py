"""What the exchange knows: the account, its orders, and what is still to go wrong."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal

from botd.brokers.paper.faults import Fault
from botd.brokers.port import SettlementRecord
from botd.domain.contract import Leg
from botd.domain.orders import Fill, OrderReport, ReportState
from botd.errors import Refusal

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)  # nothing was processed before


@dataclass(frozen=True, slots=True)
class Ticket:
    """What an order asks for."""

    legs: tuple[Leg, ...]  # as sent: > 0 buys
    units: int
    net_price: Decimal | None  # limit per share toward the account; None: market
    client_order_id: str | None  # None: the broker's own order


@dataclass(frozen=True, slots=True)
class PaperOrder:
    """
    One order as the exchange holds it; replaced whole at every change.

    Before *starts_at* nobody can see it and it does not trade: it is still on its way.
    """

    number: int
    report: OrderReport
    expires_at: datetime  # the close of its session; of a resting exit, its legs' T
    starts_at: datetime | None = None  # None: it has arrived
    cancels_at: datetime | None = None
    rejects_at: datetime | None = None
    rejection: Refusal | None = None
    fill_limit: int | None = None  # units that may ever fill

    @property
    def is_live(self) -> bool:
        """Whether it has arrived and may still fill or be reserved."""
        return self.starts_at is None and not self.report.is_final

    @property
    def remaining_units(self) -> int:
        """Units not filled yet."""
        return self.report.units - self.report.filled_units

    def timers(self) -> Iterable[datetime]:
        """Give the instants at which something happens to it by itself."""
        if self.starts_at is not None:
            return (self.starts_at,)
        ends = (self.expires_at, self.cancels_at, self.rejects_at)
        return tuple(at for at in ends if at is not None)


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault that is still to come, and how often."""

    number: int
    fault: Fault
    left: int


@dataclass(frozen=True, slots=True)
class Used:
    """How much of the size shown on one side of a quote row has traded."""

    row_at: datetime
    size: int


Side = tuple[str, bool]  # symbol, and whether it is the bid


@dataclass(slots=True)
class Changes:
    """What must be written to the store."""

    orders: set[int] = field(default_factory=set)
    holdings: set[str] = field(default_factory=set)
    used: set[Side] = field(default_factory=set)
    faults: set[int] = field(default_factory=set)
    halts: set[str] = field(default_factory=set)
    records: list[SettlementRecord] = field(default_factory=list)
    booked: list[str] = field(default_factory=list)
    account: bool = False

    def __bool__(self) -> bool:
        parts = (self.orders, self.holdings, self.used, self.faults, self.halts)
        return self.account or bool(self.records) or bool(self.booked) or any(parts)


class Book:
    """
    The exchange's state in memory.

    Everything changes through its methods, which note what the store has to write.
    """

    def __init__(self, cash: Decimal) -> None:
        self.cash = cash  # dollars
        self.advanced_to = BEGINNING
        self.last_number = 0
        self.holdings: dict[str, int] = {}
        self.orders: dict[int, PaperOrder] = {}
        self.live: dict[int, PaperOrder] = {}  # also those on their way; in order of arrival
        self._timed: set[int] = set()  # live ones that end or arrive by themselves before the bell
        self.used: dict[Side, Used] = {}
        self.faults: dict[int, Planned] = {}
        self.halts: dict[str, datetime] = {}  # underlying -> when its trading resumes
        self.records: list[SettlementRecord] = []
        self.booked: set[str] = set()
        self.changes = Changes()
        self.due: datetime | None = None  # of the next event, where *is_due_known*
        self.is_due_known = False
        # Live orders by what they trade; a dictionary of nothing keeps the order of arrival.
        self._closing: dict[tuple[str, bool], dict[int, None]] = {}
        self._by_client_id: dict[str, int] = {}
        self._by_broker_id: dict[str, int] = {}
        self._reports: tuple[datetime, tuple[OrderReport, ...]] | None = None

    def number(self) -> int:
        """Give the next number, for an order or a fault."""
        self.last_number += 1
        self.changes.account = True
        return self.last_number

    def pay(self, dollars: Decimal) -> None:
        """Move cash toward the account."""
        self.cash += dollars
        self.changes.account = True

    def hold(self, symbol: str, quantity: int) -> None:
        """Add a signed quantity to what is held."""
        if symbol not in self.holdings:
            self.is_due_known = False  # its end may come first
        held = self.holdings.get(symbol, 0) + quantity
        if held:
            self.holdings[symbol] = held
        else:
            self.holdings.pop(symbol, None)
        self.changes.holdings.add(symbol)

    def put(self, order: PaperOrder) -> None:
        """Hold an order, or its next state."""
        self.orders[order.number] = order
        self._by_broker_id[order.report.broker_order_id] = order.number
        if order.starts_at is None and order.report.client_order_id is not None:
            self._by_client_id[order.report.client_order_id] = order.number
        if order.report.is_final:
            self.live.pop(order.number, None)
        else:
            self._expect(order)
            self.live[order.number] = order
        self._index(order)
        self._reports = None
        self.changes.orders.add(order.number)

    def drop(self, order: PaperOrder) -> None:
        """Forget an order that never arrived."""
        del self.orders[order.number]
        del self.live[order.number]
        self._index(order)
        self.changes.orders.add(order.number)

    def of_client(self, client_order_id: str) -> PaperOrder | None:
        """Find the newest order that arrived under this id."""
        number = self._by_client_id.get(client_order_id)
        return None if number is None else self.orders[number]

    def of_broker(self, broker_order_id: str) -> PaperOrder | None:
        """Find an order that arrived, by the exchange's id."""
        number = self._by_broker_id.get(broker_order_id)
        order = None if number is None else self.orders.get(number)
        return order if order is not None and order.starts_at is None else None

    def reports(self, since: datetime) -> tuple[OrderReport, ...]:
        """Give what arrived since *since*, and whatever still works; the same objects again."""
        if self._reports is None or self._reports[0] != since:
            found = tuple(
                order.report
                for order in self.orders.values()
                if order.starts_at is None and (order.is_live or order.report.submitted_at >= since)
            )
            self._reports = (since, found)
        return self._reports[1]

    def use(self, side: Side, row_at: datetime, size: int) -> None:
        """Consume *size* of what one side of a quote row showed."""
        self.used[side] = Used(row_at, self.used_of(side, row_at) + size)
        self.changes.used.add(side)

    def used_of(self, side: Side, row_at: datetime) -> int:
        """Tell how much of a side's row has traded."""
        used = self.used.get(side)
        return used.size if used is not None and used.row_at == row_at else 0

    def plan(self, fault: Fault) -> None:
        """Note a fault that is to come."""
        number = self.number()
        self.faults[number] = Planned(number, fault, fault.times)
        self.is_due_known = False
        self.changes.faults.add(number)

    def spend(self, planned: Planned) -> None:
        """Note that a fault has happened once."""
        if planned.left > 1:
            self.faults[planned.number] = replace(planned, left=planned.left - 1)
        else:
            del self.faults[planned.number]
        self.changes.faults.add(planned.number)

    def halt(self, underlying: str, until: datetime | None) -> None:
        """Stop an underlying's trading, or (None) let it go on."""
        if until is None:
            del self.halts[underlying]
        else:
            self.halts[underlying] = until
        self.is_due_known = False
        self.changes.halts.add(underlying)

    def record(self, record: SettlementRecord) -> None:
        """Add a line to the account's settlement record."""
        self.records.append(record)
        self.changes.records.append(record)

    def remember_booking(self, key: str) -> None:
        """Note that what *key* names has been booked."""
        self.booked.add(key)
        self.changes.booked.append(key)

    def reserved(self, symbol: str, *, is_buy: bool) -> dict[int, int]:
        """Tell how much of a leg each live order would still close, by order number."""
        found: dict[int, int] = {}
        for number in self._closing.get((symbol, is_buy), ()):
            order = self.live[number]
            if order.is_live:
                size = next(abs(leg.quantity) for leg in order.report.legs if leg.symbol == symbol)
                found[number] = size * order.remaining_units
        return found

    def _expect(self, order: PaperOrder) -> None:
        """Keep *due* no later than this order's first event; too early does no harm."""
        if not self.live or self.due is None:
            self.is_due_known = False  # the next quote row counts from now on
        elif self.is_due_known:
            self.due = min(self.due, *order.timers())

    def timed(self) -> tuple[PaperOrder, ...]:
        """Give the live orders that arrive, are rejected or cancelled by themselves."""
        return tuple(self.live[number] for number in sorted(self._timed))

    def _index(self, order: PaperOrder) -> None:
        timers = (order.starts_at, order.rejects_at, order.cancels_at)
        if order.number in self.live and any(at is not None for at in timers):
            self._timed.add(order.number)
        else:
            self._timed.discard(order.number)
        for leg in order.report.legs:
            numbers = self._closing.setdefault((leg.symbol, leg.quantity > 0), {})
            if order.number in self.live:
                numbers[order.number] = None
            else:
                numbers.pop(order.number, None)


def broker_id(number: int) -> str:
    """Give the exchange's own id of an order."""
    return f"paper-{number:06d}"


def with_fill(order: PaperOrder, units: int, net_price: Decimal, at: datetime) -> PaperOrder:
    """Give the order after an execution."""
    report = order.report
    fill = Fill(f"{report.broker_order_id}-{len(report.fills) + 1}", units, net_price, at)
    filled = report.filled_units + units
    state = ReportState.FILLED if filled == report.units else report.state
    changed = replace(
        report,
        state=state,
        filled_units=filled,
        fills=(*report.fills, fill),
        as_of=at,
    )
    return replace(order, report=changed)


def with_state(
    order: PaperOrder,
    state: ReportState,
    at: datetime,
    refusal: Refusal | None = None,
) -> PaperOrder:
    """Give the order in another state."""
    report = replace(order.report, state=state, as_of=at, refusal=refusal)
    return replace(order, report=report)


def symbols_of(legs: Iterable[Leg]) -> frozenset[str]:
    """Give the symbols of an order's legs."""
    return frozenset(leg.symbol for leg in legs)
