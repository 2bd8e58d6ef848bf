"""
Which fills of a day explain that an account holds less than the ledger expects.

    our order              counts by its fills that the ledger has not booked yet
    somebody else's order  counts by its fills that have explained nothing before
    an order that opens    counts for nothing
    a fill from before the position was opened  counts for nothing
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from botd.domain.contract import Leg
from botd.domain.lots import remaining_legs
from botd.domain.orders import OrderReport
from botd.domain.position import How, Position


@dataclass(frozen=True, slots=True)
class OwnOrder:
    """One of our orders, and how much of its fills the ledger has booked."""

    position_id: str
    applied_units: int


class Evidence:
    """
    The reports of a day, read for what they explain.

    It remembers what somebody else's fills have explained, so that one order is not
    taken for the end of two positions.
    """

    def __init__(self, orders: tuple[OrderReport, ...], own: Mapping[str, OwnOrder]) -> None:
        self._own = own
        self._ours = [report for report in orders if report.client_order_id in own]
        self._others = [
            report for report in orders if report.client_order_id not in own and report.filled_units
        ]
        self._used: dict[tuple[str, str], int] = {}  # (broker order id, symbol) -> quantity

    def own_fills_explain(self, position: Position, missing: Mapping[str, int]) -> bool:
        """Whether fills of ours that the ledger lacks make up for all that is missing."""
        filled: dict[str, int] = {}
        for report in self._ours:
            order = self._own[report.client_order_id or ""]
            if order.position_id != position.id:
                continue
            for leg in report.legs:
                units = report.filled_units - order.applied_units
                filled[leg.symbol] = filled.get(leg.symbol, 0) + units * leg.quantity
        return all(
            filled.get(symbol, 0) * count < 0 and abs(filled[symbol]) >= abs(count)
            for symbol, count in missing.items()
        )

    def other_orders(
        self,
        position: Position,
        missing: Mapping[str, int],
    ) -> tuple[OrderReport, ...]:
        """
        Give the orders of somebody else's that explain all that is missing, newest last.

        Fills from before the position was opened do not count, nor do those that have
        explained something before, now or when the ledger last booked such an end.
        """
        legs = {leg.symbol: leg for leg in remaining_legs(position)}
        found: list[tuple[str, OrderReport, int]] = []
        for symbol, count in missing.items():
            parts = self._cover(position, legs[symbol], abs(count))
            if not parts:
                return ()
            found.extend((symbol, report, quantity) for report, quantity in parts)
        for symbol, report, quantity in found:
            key = (report.broker_order_id, symbol)
            self._used[key] = self._used.get(key, 0) + quantity
        orders = {report.broker_order_id: report for _, report, _ in found}
        return tuple(sorted(orders.values(), key=_last_fill_at))

    def _cover(
        self,
        position: Position,
        leg: Leg,
        quantity: int,
    ) -> list[tuple[OrderReport, int]]:
        """Find fills that closed *quantity* of *leg*; none if they do not suffice."""
        booked = self._booked_elsewhere(position) * abs(leg.quantity)
        parts = []
        for report in self._others:
            if _last_fill_at(report) < position.opened_at:
                continue
            free = report.filled_units * closing_quantity(report, leg)
            free -= self._used.get((report.broker_order_id, leg.symbol), 0)
            skipped = min(free, booked)
            booked -= skipped
            part = min(free - skipped, quantity)
            if part > 0:
                parts.append((report, part))
                quantity -= part
        return [] if quantity else parts

    def _booked_elsewhere(self, position: Position) -> int:
        """Tell the units that the ledger has booked as closed by orders not ours."""
        since = min((_last_fill_at(report) for report in self._others), default=None)
        closed = sum(
            outcome.units
            for outcome in position.outcomes
            if outcome.how is How.CLOSED and since is not None and outcome.at >= since
        )
        ours = sum(o.applied_units for o in self._own.values() if o.position_id == position.id)
        return max(0, closed - ours)


def closing_quantity(report: OrderReport, leg: Leg) -> int:
    """Tell how much of *leg* one unit of an order closes; 0: none, or it opens more."""
    return sum(
        abs(sent.quantity)
        for sent in report.legs
        if sent.symbol == leg.symbol and sent.quantity * leg.quantity < 0
    )


def price_of_unit(report: OrderReport, position: Position) -> Decimal | None:
    """
    Tell what an order brought for one unit of *position*, per share toward the account.

    None where that is not known: nothing of its fills, or other legs or ratios than a unit
    of the position holds. A single instrument may come in another size: a hundred shares
    are sold one by one.
    """
    price = average_net_price(report)
    if price is None:
        return None
    sent = {leg.symbol: -leg.quantity for leg in report.legs}
    for lot in position.lots:
        if sent == {leg.symbol: leg.quantity for leg in lot.legs}:
            return price
        if len(sent) == len(lot.legs) == 1 and (leg := lot.legs[0]).symbol in sent:
            size = abs(sent[leg.symbol])
            dollars = price * abs(leg.quantity) * leg.instrument.dollars_per_point
            return dollars / position.multiplier / size
    return None


def average_net_price(report: OrderReport) -> Decimal | None:
    """Tell the average net price of what has filled; None: no fill is known."""
    units = sum(fill.units for fill in report.fills)
    if not units:
        return None
    return sum((fill.units * fill.net_price for fill in report.fills), Decimal(0)) / units


def _last_fill_at(report: OrderReport) -> datetime:
    return max((fill.filled_at for fill in report.fills), default=report.as_of)
