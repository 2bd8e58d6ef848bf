"""What a position's ladder pictures show: which prices, and which stretch of time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from botd.web.report.data import PackagePoint, ReportAttempt, ReportOrder, ReportPosition

_LEAST_WINDOW = timedelta(seconds=60)
_LONGEST = timedelta(minutes=30)  # of an order without end: later legs may end weeks later
_REACH = Decimal(3)  # the market is shown this many ladder heights beyond the ladder,
_SPREADS = Decimal(2)  # or this many times its own narrowest spread
_SHARE = Decimal("0.5")  # or this part of the price itself
_LEAST_REACH = Decimal("0.10")  # dollars


@dataclass(frozen=True, slots=True)
class PriceRange:
    """The prices that all pictures of one position show, so that they compare."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of time that one attempt's picture shows."""

    start: datetime
    end: datetime


def window_of(attempt: ReportAttempt, entry: ReportPosition) -> Window:
    """Choose the time shown: from the attempt's instant to the end of its last order."""
    closes_at = entry.position.closes_at
    instants = [attempt.due_at]
    for order in attempt.orders:
        instants += [at for at in (order.submitted_at, order.finished_at) if at is not None]
        instants += [fill.filled_at for fill in order.fills]
        if order.submitted_at is not None and order.finished_at is None and closes_at is not None:
            instants.append(min(closes_at, order.submitted_at + _LONGEST))
    start, end = min(instants), max(instants)
    span = max(end - start, _LEAST_WINDOW)
    return Window(start - span / 40, start + span + span / 16)


def price_range(entry: ReportPosition) -> PriceRange | None:
    """
    Choose the prices shown for a position; None: not one price is known.

    All prices of its orders and fills are in it, and as much of the market and of the
    cap as lies near them: one absurd quote would press the ladder flat.
    """
    orders = [order for attempt in entry.attempts for order in attempt.orders]
    own = [price for order in orders for price in _prices_of(order)]
    quotes = list(_seen(entry))
    market = [side for point in quotes for side in (point.bid, point.ask) if side is not None]
    if not own and not market:
        return None
    low, high = min(own or market), max(own or market)
    reach = max(
        (high - low) * _REACH,
        _narrowest(quotes) * _SPREADS,
        max(abs(low), abs(high)) * _SHARE,
        _LEAST_REACH,
    )
    caps = [order.cap for order in orders if order.cap is not None]
    near = [price for price in (*market, *caps) if low - reach <= price <= high + reach]
    low, high = min([low, *near]), max([high, *near])
    pad = max((high - low) * Decimal("0.08"), Decimal("0.02"))
    return PriceRange(low - pad, high + pad)


def _prices_of(order: ReportOrder) -> Iterator[Decimal]:
    if order.net_price is not None:
        yield order.net_price
    yield from (fill.net_price for fill in order.fills)


def _narrowest(quotes: list[PackagePoint]) -> Decimal:
    spreads = (q.ask - q.bid for q in quotes if q.bid is not None and q.ask is not None)
    return min(spreads, default=Decimal(0))


def _seen(entry: ReportPosition) -> Iterator[PackagePoint]:
    """Give the quotes that some picture of the position shows."""
    windows = [window_of(attempt, entry) for attempt in entry.attempts if attempt.orders]
    ends = [point.at for point in entry.market[1:]]
    for point, until in zip(entry.market, [*ends, None], strict=False):
        if any(
            point.at <= window.end and (until is None or until >= window.start)
            for window in windows
        ):
            yield point
