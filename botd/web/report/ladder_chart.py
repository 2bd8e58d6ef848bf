"""One attempt's ladder: its price marks against the market and the cap of the package."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from botd.domain.orders import OrderStatus
from botd.web.report import draw
from botd.web.report.data import ReportAttempt, ReportOrder, ReportPosition
from botd.web.report.figures import clock_minute, clock_time, count, exact, limit
from botd.web.report.ladder_frame import PriceRange, window_of
from botd.web.report.markup import Child, Element
from botd.web.report.scale import PriceScale, TimeScale, keep_apart

_WIDTH, _HEIGHT = 380, 240
_LEFT, _END, _TOP, _BOTTOM = 62, 326, 26, 214
_LABEL_GAP = 12.0
_FONT = 11
_FINEST = 1.5  # pixels between two quotes; of closer ones the last is drawn
_MINUTE = 60  # seconds
_UNSURE = frozenset({OrderStatus.UNKNOWN, OrderStatus.SENDING, OrderStatus.CANCEL_PENDING})

Stretch = tuple[float, float, Decimal | None, Decimal | None]  # from, to (pixels), bid, ask


def ladder_panel(attempt: ReportAttempt, entry: ReportPosition, shown: PriceRange) -> Element:
    """Draw one attempt: when each order stood at which price, and what came of it."""
    label = (
        f"{attempt.lead}: {count(len(attempt.orders), 'order')}, {attempt.outcome}; "
        "the table beside it says the same in figures"
    )
    shapes = _Panel(attempt, entry, shown).shapes()
    return draw.picture(_WIDTH, _HEIGHT, label, *shapes, class_="ladder")


class _Panel:
    def __init__(self, attempt: ReportAttempt, entry: ReportPosition, shown: PriceRange) -> None:
        self._attempt, self._entry = attempt, entry
        window = window_of(attempt, entry)
        self._times = TimeScale(window.start, window.end, _LEFT, _END)
        self._prices = PriceScale(shown.low, shown.high, _BOTTOM, _TOP)

    def shapes(self) -> list[Child]:
        return [
            *self._band(),
            *self._axes(),
            *self._market(),
            *self._bell(),
            *self._cap(),
            *self._edge_labels(),
            *self._orders(),
            *self._fills(),
        ]

    def _axes(self) -> list[Child]:
        prices = self._prices.ticks(5)
        levels = [(_LEFT, self._prices.at(price), _END, self._prices.at(price)) for price in prices]
        shapes: list[Child] = [
            draw.words(0, 11, "better for us ↑", class_="faint"),
            draw.path(levels, "grid"),
        ]
        for price, (_, y, _, _) in zip(prices, levels, strict=True):
            shapes.append(draw.words(_LEFT - 5, y + 4, limit(price), anchor="end"))
        instants = self._times.ticks(4)
        has_seconds = len(instants) > 1 and (instants[1] - instants[0]).total_seconds() < _MINUTE
        write = clock_time if has_seconds else clock_minute
        places = [self._times.at(at) for at in instants]
        for at, x in zip(instants, places, strict=True):
            shapes.append(draw.words(x, _BOTTOM + 17, write(at), anchor="middle"))
        marks = [(x, _BOTTOM, x, _BOTTOM + 4) for x in places]
        shapes.append(draw.path([(_LEFT, _BOTTOM, _END, _BOTTOM), *marks], "axis"))
        return shapes

    def _bell(self) -> list[Child]:
        closes_at = self._entry.position.closes_at
        if closes_at is None or not self._times.holds(closes_at):
            return []
        x = self._times.at(closes_at)
        label = draw.words(x, _TOP - 5, "close", anchor="middle", class_="mark")
        return [draw.line(x, _TOP, x, _BOTTOM, "bell"), label]

    def _band(self) -> list[Child]:
        band = [
            (x1, self._prices.at(bid), x2, self._prices.at(bid),
             x2, self._prices.at(ask), x1, self._prices.at(ask))
            for x1, x2, bid, ask in self._stretches()
            if bid is not None and ask is not None
        ]  # fmt: skip
        return [draw.path(band, "band")] if band else []

    def _market(self) -> list[Child]:
        stretches = self._stretches()
        bids = list(self._stairs([(x1, x2, bid) for x1, x2, bid, _ in stretches]))
        asks = list(self._stairs([(x1, x2, ask) for x1, x2, _, ask in stretches]))
        sides = ((bids, "bid"), (asks, "ask"))
        return [draw.path(strokes, name) for strokes, name in sides if strokes]

    def _stretches(self) -> list[Stretch]:
        """Give each stretch of an unchanged quote; sides outside the picture are missing."""
        times = self._times
        known = [point for point in self._entry.market if point.at < times.end]
        if not known:
            return []
        starts = [times.at(max(point.at, times.start)) for point in known]
        ends = [*starts[1:], times.end_px]
        kept = [
            (x, point)
            for x, end, point in zip(starts, ends, known, strict=True)
            if end - x >= _FINEST or point is known[-1]
        ]
        ends = [*(x for x, _ in kept[1:]), times.end_px]
        return [
            (x, end, self._inside(point.bid), self._inside(point.ask))
            for (x, point), end in zip(kept, ends, strict=True)
        ]

    def _inside(self, price: Decimal | None) -> Decimal | None:
        return price if price is not None and self._prices.holds(price) else None

    def _stairs(
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
            stairs = [*stairs[:-2], x2, y] if stairs[-1:] == [y] else [*stairs, x1, y, x2, y]
        if stairs:
            yield tuple(stairs)

    def _cap(self) -> list[Child]:
        """Draw the cap as long as orders stood under it."""
        strokes = [
            (self._times.at(order.submitted_at), self._prices.at(order.cap),
             self._times.at(self._end_of(order)), self._prices.at(order.cap))
            for order in self._attempt.orders
            if order.cap is not None and order.submitted_at is not None
            and self._prices.holds(order.cap)
        ]  # fmt: skip
        joined: list[tuple[float, ...]] = []
        for x1, y, x2, _ in strokes:
            if joined and joined[-1][3] == y:
                joined[-1] = (*joined[-1][:2], x2, y)
            else:
                joined.append((x1, y, x2, y))
        return [draw.path(joined, "cap")] if joined else []

    def _end_of(self, order: ReportOrder) -> datetime:
        """Tell until when an order stood; without an end, to the bell."""
        closes_at = self._entry.position.closes_at or self._times.end
        return min(order.finished_at or closes_at, self._times.end)

    def _edge_labels(self) -> list[Child]:
        """Name the lines where they end, kept apart; an arrow says that one lies outside."""
        last = next((p for p in reversed(self._entry.market) if p.at < self._times.end), None)
        caps = [order.cap for order in self._attempt.orders if order.cap is not None]
        named = [("cap", "cap", cap) for cap in caps[-1:]]
        if last is not None:
            named += [("far", "ask", last.ask)] if last.ask is not None else []
            named += [("natural", "bid", last.bid)] if last.bid is not None else []
        placed = sorted(self._edge(*name) for name in named)
        ys = keep_apart([y for y, _, _ in placed], _LABEL_GAP, _TOP, _BOTTOM - 4)
        return [
            draw.words(_END + 4, y + 4, text, class_=f"{kind}-label")
            for y, (_, text, kind) in zip(ys, placed, strict=True)
        ]

    def _edge(self, text: str, kind: str, price: Decimal) -> tuple[float, str, str]:
        if self._prices.holds(price):
            return self._prices.at(price), text, kind
        is_below = price < self._prices.low
        return (_BOTTOM, f"{text} ↓", kind) if is_below else (_TOP, f"{text} ↑", kind)

    def _orders(self) -> list[Child]:
        sure: list[tuple[float, ...]] = []
        unsure: list[tuple[float, ...]] = []
        marks: list[Child] = []
        taken: list[tuple[float, float]] = []  # where step numbers stand
        for order, price, sent_at in self._drawn():
            x1, y = self._times.at(sent_at), self._prices.at(price)
            x2 = max(self._times.at(self._end_of(order)), x1 + 3)
            (unsure if order.status in _UNSURE else sure).append((x1, y, x2, y))
            if all(abs(x1 - x) > 9 or abs(y - other) > 10 for x, other in taken):  # noqa: PLR2004
                taken.append((x1, y))
                marks.append(draw.words(x1, y - 6, str(order.step), class_="step"))
            if order.status is OrderStatus.REFUSED:
                marks += _refused(x2, y)
        paths = [draw.path(sure, "order")] if sure else []
        paths += [draw.path(unsure, "order unsure")] if unsure else []
        return [*paths, *marks]

    def _drawn(self) -> Iterator[tuple[ReportOrder, Decimal, datetime]]:
        """Give the orders that left, each at its limit; one at market where it was filled."""
        for order in self._attempt.orders:
            price = order.average_net_price if order.net_price is None else order.net_price
            if price is not None and order.submitted_at is not None:
                yield order, price, order.submitted_at

    def _fills(self) -> list[Child]:
        shapes: list[Child] = []
        for order in self._attempt.orders:
            for fill in order.fills:
                x, y = self._times.at(fill.filled_at), self._prices.at(fill.net_price)
                text = f"{fill.units} at {exact(fill.net_price)}"
                fits = x + 8 + draw.width_of(text, _FONT) < _END
                anchor, label_x = (None, x + 8) if fits else ("end", x - 8)
                label = draw.words(label_x, y + 15, text, anchor=anchor, class_="fill-label")
                shapes += [draw.diamond(x, y, 5.5, "fill"), label]
        return shapes


def _refused(x: float, y: float) -> list[Child]:
    """Mark a refusal, its word where there is room for it."""
    mark = draw.cross(x, y, 5, "refused")
    if x < (_LEFT + _END) / 2:
        return [mark, draw.words(x + 10, y + 4, "refused", class_="bad-label")]
    return [mark, draw.words(x - 10, y + 4, "refused", anchor="end", class_="bad-label")]
