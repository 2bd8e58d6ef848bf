"""One attempt's ladder: its price marks against bid, ask and cap of the package."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from botd.domain.orders import OrderStatus
from botd.web.report import draw
from botd.web.report.data import PackagePoint, ReportAttempt, ReportOrder, ReportPosition
from botd.web.report.figures import clock_minute, clock_time, count, exact, limit
from botd.web.report.markup import Child, Element
from botd.web.report.scale import PriceScale, TimeScale, keep_apart

_WIDTH, _HEIGHT = 380, 232
_LEFT, _END, _TOP, _BOTTOM = 62, 340, 20, 206
_LEAST_WINDOW = timedelta(seconds=60)
_REACH = Decimal("1.5")  # the market is shown this many ladder heights beyond the ladder
_LABEL_GAP = 12.0
_MINUTE = 60
_UNSURE = frozenset({OrderStatus.UNKNOWN, OrderStatus.SENDING, OrderStatus.CANCEL_PENDING})


@dataclass(frozen=True, slots=True)
class PriceRange:
    """The prices that all panels of one position show, so that they compare."""

    low: Decimal
    high: Decimal


def price_range(entry: ReportPosition) -> PriceRange | None:
    """
    Choose the prices shown for a position; None: not one price is known.

    All prices of its orders and fills are in it, and as much of the market and of
    the cap as lies near them: a cap far away would press the ladder flat.
    """
    orders = [order for attempt in entry.attempts for order in attempt.orders]
    own = [price for order in orders for price in _prices_of(order)]
    market = [
        price for point in _seen(entry) for price in (point.bid, point.ask) if price is not None
    ]
    core = own or market
    if not core:
        return None
    low, high = min(core), max(core)
    reach = max((high - low) * _REACH, Decimal("0.10"))
    caps = [order.cap for order in orders if order.cap is not None]
    near = [price for price in (*market, *caps) if low - reach <= price <= high + reach]
    low, high = min(low, *near, low), max(high, *near, high)
    pad = max((high - low) * Decimal("0.08"), Decimal("0.02"))
    return PriceRange(low - pad, high + pad)


def _prices_of(order: ReportOrder) -> Iterator[Decimal]:
    if order.net_price is not None:
        yield order.net_price
    yield from (fill.net_price for fill in order.fills)


def _seen(entry: ReportPosition) -> Iterator[PackagePoint]:
    """Give the market points that some panel of the position shows."""
    windows = [_window(attempt, entry) for attempt in entry.attempts if attempt.orders]
    for index, point in enumerate(entry.market):
        until = entry.market[index + 1].at if index + 1 < len(entry.market) else None
        if any(
            point.at <= window.end and (until is None or until >= window.start)
            for window in windows
        ):
            yield point


def _window(attempt: ReportAttempt, entry: ReportPosition) -> TimeScale:
    """Choose the time shown: from the attempt's instant to the end of its last order."""
    closes_at = entry.position.closes_at
    instants = [attempt.due_at]
    for order in attempt.orders:
        instants += [at for at in (order.submitted_at, order.finished_at) if at is not None]
        instants += [fill.filled_at for fill in order.fills]
        if order.submitted_at is not None and order.finished_at is None and closes_at is not None:
            instants.append(closes_at)
    start, end = min(instants), max(instants)
    span = max(end - start, _LEAST_WINDOW)
    return TimeScale(start - span / 40, start + span + span / 16, _LEFT, _END)


def ladder_panel(attempt: ReportAttempt, entry: ReportPosition, shown: PriceRange) -> Element:
    """Draw one attempt: when each order stood at which price, and what came of it."""
    panel = _Panel(attempt, entry, shown)
    label = (
        f"{attempt.lead}: {count(len(attempt.orders), 'order')}, {attempt.outcome}; "
        "the table beside it says the same in figures"
    )
    return draw.picture(_WIDTH, _HEIGHT, label, *panel.shapes(), class_="ladder")


class _Panel:
    def __init__(self, attempt: ReportAttempt, entry: ReportPosition, shown: PriceRange) -> None:
        self._attempt, self._entry = attempt, entry
        self._times = _window(attempt, entry)
        self._prices = PriceScale(shown.low, shown.high, _BOTTOM, _TOP)

    def shapes(self) -> list[Child]:
        return [
            *self._axes(),
            *self._bell(),
            *self._market(),
            *self._cap(),
            *self._edge_labels(),
            *self._orders(),
            *self._fills(),
        ]

    def _axes(self) -> list[Child]:
        shapes: list[Child] = [draw.words(2, 11, "better for us ↑", class_="t faint")]
        for price in self._prices.ticks(5):
            y = self._prices.at(price)
            shapes.append(draw.line(_LEFT, y, _END, y, "grid"))
            shapes.append(draw.words(_LEFT - 5, y + 4, limit(price), anchor="end"))
        ticks = self._times.ticks(4)
        seconds = len(ticks) > 1 and (ticks[1] - ticks[0]).total_seconds() < _MINUTE
        write = clock_time if seconds else clock_minute
        for at in ticks:
            x = self._times.at(at)
            shapes.append(draw.line(x, _BOTTOM, x, _BOTTOM + 4, "axis"))
            shapes.append(draw.words(x, _BOTTOM + 17, write(at), anchor="middle"))
        shapes.append(draw.line(_LEFT, _BOTTOM, _END, _BOTTOM, "axis"))
        return shapes

    def _bell(self) -> list[Child]:
        closes_at = self._entry.position.closes_at
        if closes_at is None or not self._times.holds(closes_at):
            return []
        x = self._times.at(closes_at)
        label = draw.words(x, _TOP - 5, "close", anchor="middle", class_="t mark")
        return [draw.line(x, _TOP, x, _BOTTOM, "bell"), label]

    def _market(self) -> list[Child]:
        stretches = tuple(self._stretches())
        band = tuple(
            (x1, self._prices.at(bid), x2, self._prices.at(bid),
             x2, self._prices.at(ask), x1, self._prices.at(ask))
            for x1, x2, bid, ask in stretches
            if bid is not None and ask is not None
        )  # fmt: skip
        bids = tuple(self._steps([(x1, x2, bid) for x1, x2, bid, _ in stretches]))
        asks = tuple(self._steps([(x1, x2, ask) for x1, x2, _, ask in stretches]))
        return [
            draw.path(band, "band") if band else None,
            draw.path(bids, "bid") if bids else None,
            draw.path(asks, "ask") if asks else None,
        ]

    def _stretches(self) -> Iterator[tuple[float, float, Decimal | None, Decimal | None]]:
        """Give each stretch of an unchanged quote; sides outside the picture are missing."""
        times = self._times
        ends = [point.at for point in self._entry.market[1:]]
        for point, until in zip(self._entry.market, [*ends, times.end], strict=False):
            start, end = max(point.at, times.start), min(until, times.end)
            if start < end:
                yield (
                    times.at(start),
                    times.at(end),
                    self._inside(point.bid),
                    self._inside(point.ask),
                )

    def _inside(self, price: Decimal | None) -> Decimal | None:
        return price if price is not None and self._prices.holds(price) else None

    def _steps(
        self, stretches: Sequence[tuple[float, float, Decimal | None]]
    ) -> Iterator[tuple[float, ...]]:
        """Give the staircases of one side, broken where it is not known."""
        stairs: list[float] = []
        for x1, x2, price in stretches:
            if price is None:
                if stairs:
                    yield tuple(stairs)
                stairs = []
                continue
            y = self._prices.at(price)
            stairs = [*stairs, x2, y] if stairs and stairs[-1] == y else [*stairs, x1, y, x2, y]
        if stairs:
            yield tuple(stairs)

    def _caps(self) -> tuple[Decimal, ...]:
        """Give the caps of the attempt's orders, each once, in their order."""
        caps = [order.cap for order in self._attempt.orders if order.cap is not None]
        return tuple(dict.fromkeys(caps))

    def _cap(self) -> list[Child]:
        shapes: list[Child] = []
        for order in self._attempt.orders:
            cap, start = order.cap, order.submitted_at
            if cap is not None and start is not None and self._prices.holds(cap):
                y = self._prices.at(cap)
                end = self._end_of(order)
                shapes.append(draw.line(self._times.at(start), y, self._times.at(end), y, "cap"))
        far = [cap for cap in self._caps() if not self._prices.holds(cap)]
        if far:
            arrow = "↓" if far[-1] < self._prices.low else "↑"
            text = f"cap: {limit(far[-1])} {arrow}"
            shapes.append(draw.words(_END, 11, text, anchor="end", class_="t cap-label"))
        return shapes

    def _end_of(self, order: ReportOrder) -> datetime:
        """Tell until when an order stood; without an end, to the bell."""
        closes_at = self._entry.position.closes_at or self._times.end
        return min(order.finished_at or closes_at, self._times.end)

    def _edge_labels(self) -> list[Child]:
        """Name bid, ask and cap where their lines end, kept apart."""
        last = list(self._stretches())[-1:]
        named: list[tuple[str, Decimal | None]] = []
        for _, _, bid, ask in last:
            named += [("ask", ask), ("bid", bid)]
        named += [("cap", self._inside(cap)) for cap in self._caps()[-1:]]
        placed = sorted(
            (self._prices.at(price), name) for name, price in named if price is not None
        )
        ys = keep_apart([y for y, _ in placed], _LABEL_GAP, _TOP, _BOTTOM)
        return [
            draw.words(_END + 5, y + 4, name, class_=f"t {name}-label")
            for y, (_, name) in zip(ys, placed, strict=True)
        ]

    def _orders(self) -> list[Child]:
        shapes: list[Child] = []
        taken: list[tuple[float, float]] = []  # where step numbers stand
        for order in self._attempt.orders:
            if order.submitted_at is None or (price := self._drawn_at(order)) is None:
                continue
            x1, y = self._times.at(order.submitted_at), self._prices.at(price)
            x2 = max(self._times.at(self._end_of(order)), x1 + 3)
            kind = "order unsure" if order.status in _UNSURE else "order"
            shapes.append(draw.line(x1, y, x2, y, kind))
            if all(abs(x1 - x) > 9 or abs(y - label_y) > 10 for x, label_y in taken):  # noqa: PLR2004
                taken.append((x1, y))
                shapes.append(draw.words(x1, y - 5, str(order.step), class_="t step"))
            if order.status is OrderStatus.REFUSED:
                shapes += self._refused(x2, y)
        return shapes

    def _refused(self, x: float, y: float) -> list[Child]:
        is_low = y > (_TOP + _BOTTOM) / 2
        label = draw.words(x + 9, y + 4, "refused", class_="t bad-label")
        if x > (_LEFT + _END) / 2:
            label = draw.words(
                x, y - 18 if is_low else y + 20, "refused", anchor="middle", class_="t bad-label"
            )
        return [draw.cross(x, y, 5, "refused"), label]

    def _drawn_at(self, order: ReportOrder) -> Decimal | None:
        """Tell at which price an order is drawn: a market order where it was filled."""
        return order.average_net_price if order.net_price is None else order.net_price

    def _fills(self) -> list[Child]:
        shapes: list[Child] = []
        for order in self._attempt.orders:
            for fill in order.fills:
                x, y = self._times.at(fill.filled_at), self._prices.at(fill.net_price)
                text = f"{fill.units} at {exact(fill.net_price)}"
                is_left = x + 8 + draw.width_of(text, 11) < _END
                anchor, label_x = (None, x + 8) if is_left else ("end", x - 8)
                shapes.append(draw.diamond(x, y, 5.5, "fill"))
                shapes.append(
                    draw.words(label_x, y + 15, text, anchor=anchor, class_="t fill-label")
                )
        return shapes
