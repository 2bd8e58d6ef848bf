"""
A broker's word on an order, applied to the ledger.

Fills are counted once. Each execution is known by its id; a total that the executions
do not explain yet is booked at once as a fill of its own, and the executions that
explain it later add nothing. So a position is given each unit once, whichever of a
broker's two accounts of it comes first, twice, or never.

    report                       row before            row after
    pending, working             live                  working (a cancel pending stays so)
    working                      superseded            superseded
    filled, canceled, expired    any not final         as reported; partly filled: so, and final
    rejected                     any not final         refused
    anything                     absent, refused,      as reported: a correction; where another
                                 withdrawn             order lives meanwhile: superseded
    more fills                   final                 the fills are booked: a correction
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from botd.domain.orders import (
    LIVE_ORDER_STATUSES,
    Fill,
    OrderIntent,
    OrderReport,
    OrderStatus,
    ReportState,
    in_units_of,
)
from botd.errors import NotFoundError
from botd.ledger.coding import refusal_text
from botd.ledger.columns import Tx, instant_text, money_text
from botd.ledger.intents import intent_row
from botd.ledger.order_rows import (
    FINAL_STATUSES,
    Order,
    find_row,
    insert_row,
    read_order,
    revive,
    write,
)


@dataclass(frozen=True, slots=True)
class AppliedReport:
    """What a report changed."""

    order: Order
    new_fills: tuple[Fill, ...]  # to be booked to the position now; each unit once, ever
    is_correction: bool = False  # the order was final, and is told otherwise: a person looks
    unpriced_units: int = 0  # filled, beside *new_fills*, at a price that nobody told

    @property
    def is_overfilled(self) -> bool:
        """Whether more was filled than was ordered: the account must stop."""
        return self.order.filled_units > self.order.intent.units


# Proved or taken to have never worked: a report of anything else corrects that.
_NEVER_WORKED = frozenset({OrderStatus.ABSENT, OrderStatus.REFUSED, OrderStatus.WITHDRAWN})

_STATUS_OF = {
    ReportState.PENDING: OrderStatus.WORKING,
    ReportState.WORKING: OrderStatus.WORKING,
    ReportState.CANCEL_PENDING: OrderStatus.CANCEL_PENDING,
    ReportState.FILLED: OrderStatus.FILLED,
    ReportState.CANCELED: OrderStatus.CANCELED,
    ReportState.EXPIRED: OrderStatus.EXPIRED,
    ReportState.REJECTED: OrderStatus.REFUSED,
    ReportState.REPLACED: OrderStatus.CANCELED,
}

_KNOWN = text("SELECT execution_id, units, is_total FROM fills WHERE client_order_id = :key")
_ADD_FILL = text(
    "INSERT INTO fills (broker, account, execution_id, client_order_id, units, booked_units, "
    "net_price, is_total, filled_at, recorded_at) VALUES (:broker, :account, :execution_id, "
    ":client_order_id, :units, :booked_units, :net_price, :is_total, :filled_at, :recorded_at) "
    "ON CONFLICT DO NOTHING RETURNING execution_id",
)


def apply_report(tx: Tx, report: OrderReport, at: datetime) -> AppliedReport | None:
    """
    Apply a broker's report; None: its id is not in this ledger.

    Safe to repeat, and in any order: a fill is booked once, a total never shrinks, and
    a final order stays final unless it is told to have filled more, or to work though
    it was taken never to have worked.
    """
    row = None if report.client_order_id is None else find_row(tx, report.client_order_id)
    return None if row is None else _apply(tx, row, report, at)


def adopt(tx: Tx, intent: OrderIntent, report: OrderReport, at: datetime) -> AppliedReport:
    """
    Write down an order of ours that only the broker knows (a restored ledger).

    Where another order of the position lives, it becomes `superseded`: asked about
    until it is final. An order that is known already is only reported on.

    Raises:
        NotFoundError: its position is not in this ledger.
    """
    known = find_row(tx, intent.client_order_id)
    if known is not None:
        return _apply(tx, known, report, at)
    position = tx.execute(_POSITION, {"key": intent.position_id}).mappings().first()
    if position is None:
        raise NotFoundError(f"no position {intent.position_id!r}")
    row = {
        **intent_row(intent, at),
        "broker": position["broker"],
        "status": OrderStatus.ABSENT.value,  # until the report, right below, says what it is
        "broker_order_id": report.broker_order_id,
        "filled_units": 0,
        "booked_units": 0,
        "filled_value": "0",
        "submitted_at": instant_text(report.submitted_at),
        "finished_at": None,
        "reported_at": None,
        "refusal": None,
    }
    insert_row(tx, row)
    return replace(_apply(tx, row, report, at), is_correction=False)


_POSITION = text("SELECT broker FROM positions WHERE id = :key")


def _apply(tx: Tx, row: Mapping[str, Any], report: OrderReport, at: datetime) -> AppliedReport:
    report = in_units_of(read_order(row).intent.legs, report)
    booking = _Booking(tx, row, report, at)
    booking.book()
    before = OrderStatus(row["status"])
    filled = max(row["filled_units"], report.filled_units, booking.booked)
    status = _status(before, report, filled, row["units"])
    values = _values(row, report, status)
    values["filled_units"] = filled
    values["booked_units"] = booking.booked
    values["filled_value"] = None if booking.value is None else money_text(booking.value)
    after = {**row, **_write(tx, row, before, values)}
    return AppliedReport(
        order=read_order(after),
        new_fills=tuple(booking.new_fills),
        is_correction=before in FINAL_STATUSES
        and (booking.booked > row["booked_units"] or after["status"] != before.value),
        unpriced_units=booking.unpriced,
    )


def _status(before: OrderStatus, report: OrderReport, filled: int, units: int) -> OrderStatus:
    told = _STATUS_OF[report.state]
    if told in FINAL_STATUSES and told is not OrderStatus.FILLED and filled > 0:
        told = OrderStatus.PARTIALLY_FILLED
    if before in FINAL_STATUSES and before not in _NEVER_WORKED:
        return _corrected(before, filled, units)
    if before is OrderStatus.SUPERSEDED and told not in FINAL_STATUSES:
        return before
    if before is OrderStatus.CANCEL_PENDING and told is OrderStatus.WORKING:
        return before
    return told


def _corrected(before: OrderStatus, filled: int, units: int) -> OrderStatus:
    """Tell what a final order is, now that so much of it is known to be filled."""
    if filled >= units:
        return OrderStatus.FILLED
    if filled > 0 and before is not OrderStatus.FILLED:
        return OrderStatus.PARTIALLY_FILLED
    return before


def _values(row: Mapping[str, Any], report: OrderReport, status: OrderStatus) -> dict[str, Any]:
    as_of = instant_text(report.as_of)
    is_final = status in FINAL_STATUSES
    return {
        "status": status.value,
        "broker_order_id": report.broker_order_id or row["broker_order_id"],
        "submitted_at": row["submitted_at"] or instant_text(report.submitted_at),
        "finished_at": (row["finished_at"] or as_of) if is_final else None,
        "reported_at": max(row["reported_at"] or "", as_of),
        "refusal": refusal_text(report.refusal) or row["refusal"],
    }


def _write(
    tx: Tx,
    row: Mapping[str, Any],
    before: OrderStatus,
    values: dict[str, Any],
) -> dict[str, Any]:
    """Write the columns; a row that comes back to life gives way to one that lives."""
    if all(row[name] == value for name, value in values.items() if name != "reported_at"):
        return {}  # nothing new: polls do not wear the disk
    key = row["client_order_id"]
    if before in LIVE_ORDER_STATUSES or OrderStatus(values["status"]) not in LIVE_ORDER_STATUSES:
        write(tx, key, values)
    elif not revive(tx, key, values):
        values = {**values, "status": OrderStatus.SUPERSEDED.value}
        write(tx, key, values)
    return values


class _Booking:
    """The fills of one report on their way into the ledger."""

    def __init__(self, tx: Tx, row: Mapping[str, Any], report: OrderReport, at: datetime) -> None:
        self._tx = tx
        self._row = row
        self._report = report
        self._recorded_at = instant_text(at)
        self.booked: int = row["booked_units"]
        self.value = None if row["filled_value"] is None else Decimal(row["filled_value"])
        self.new_fills: list[Fill] = []
        self.unpriced = 0

    def book(self) -> None:
        """Book the executions that are new, then what the total tells beyond them."""
        if self._report.fills:
            self._book_executions()
        missing = self._report.filled_units - self.booked
        if missing > 0:
            self._book_total(missing)

    def _book_executions(self) -> None:
        known = self._known() if self.booked else []
        seen = {execution_id for execution_id, _, _ in known}
        # Units booked from totals, that no execution has explained so far.
        ahead = max(self.booked - sum(units for _, units, is_total in known if not is_total), 0)
        for fill in self._report.fills:
            if not fill.execution_id or fill.execution_id in seen:
                continue
            seen.add(fill.execution_id)
            explained = min(ahead, fill.units)
            if self._add(fill, fill.units - explained, is_total=False):
                ahead -= explained
                self._count(fill, fill.units - explained)

    def _known(self) -> list[tuple[str, int, int]]:
        found = self._tx.execute(_KNOWN, {"key": self._row["client_order_id"]})
        return [(execution_id, units, is_total) for execution_id, units, is_total in found]

    def _book_total(self, missing: int) -> None:
        value, filled_at = self._value_of(missing)
        execution_id = f"{self._row['client_order_id']}/{self._report.filled_units}"
        price = Decimal(0) if value is None else value / missing
        fill = Fill(execution_id, missing, price, filled_at)
        self._add(fill, missing, is_total=True, is_priced=value is not None)
        self.booked += missing
        if value is None:
            self.unpriced = missing
            self.value = None
            return
        self.new_fills.append(fill)
        if self.value is not None:
            self.value += value

    def _value_of(self, missing: int) -> tuple[Decimal | None, datetime]:
        """
        Tell units x net price of what was filled beyond the executions, and when.

        By the report's fills without ids, which are a whole (their units make the
        total) or a part (their units are what is missing); else by the limit, which a
        fill is never worse than.
        """
        fills = self._report.fills
        nameless = tuple(fill for fill in fills if not fill.execution_id)
        filled_at = max((fill.filled_at for fill in nameless), default=self._report.as_of)
        if nameless and self.value is not None and _units(fills) == self._report.filled_units:
            return (_value(fills) - self.value, filled_at)
        if nameless and _units(nameless) == missing:
            return (_value(nameless), filled_at)
        limit = self._report.net_price
        if limit is None and self._row["net_price"] is not None:
            limit = Decimal(self._row["net_price"])
        return (None if limit is None else missing * limit, filled_at)

    def _add(self, fill: Fill, booked: int, *, is_total: bool, is_priced: bool = True) -> bool:
        row = {
            "broker": self._row["broker"],
            "account": self._row["account"],
            "execution_id": fill.execution_id,
            "client_order_id": self._row["client_order_id"],
            "units": fill.units,
            "booked_units": booked,
            "net_price": money_text(fill.net_price) if is_priced else None,
            "is_total": int(is_total),
            "filled_at": instant_text(fill.filled_at),
            "recorded_at": self._recorded_at,
        }
        return self._tx.execute(_ADD_FILL, row).first() is not None

    def _count(self, fill: Fill, units: int) -> None:
        if units == 0:
            return
        self.booked += units
        if self.value is not None:
            self.value += units * fill.net_price
        self.new_fills.append(replace(fill, units=units))


def _units(fills: tuple[Fill, ...]) -> int:
    return sum(fill.units for fill in fills)


def _value(fills: tuple[Fill, ...]) -> Decimal:
    return sum((fill.units * fill.net_price for fill in fills), Decimal(0))
