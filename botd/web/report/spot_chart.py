"""The underlying against the strikes, from half an hour before the close."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from botd.domain.contract import Right, option_legs
from botd.web.report import draw
from botd.web.report.data import ReportDay, SpotSeries
from botd.web.report.figures import MINUS, clock_minute, count, exact, strike
from botd.web.report.markup import Child, Element, make
from botd.web.report.scale import PriceScale, TimeScale, keep_apart, rows_of

_BEFORE = timedelta(minutes=30)
_AFTER = timedelta(minutes=10)
_REACH = Decimal("0.005")  # strikes nearer than this share of the price are in the picture
_FAR = 4  # x reach: beyond it not even the nearest strike is drawn
_FONT = 12
_ROW = 15
_LABEL_GAP = 15.0
_MOST_POINTS = 480


@dataclass(frozen=True, slots=True)
class _Frame:
    """The size of a picture and the room around its plot, in pixels."""

    width: int
    height: int
    left: int
    right: int
    is_wide: bool

    @property
    def end(self) -> int:
        return self.width - self.right


_WIDE = _Frame(1180, 380, 58, 190, is_wide=True)
_NARROW = _Frame(380, 330, 50, 58, is_wide=False)
_BOTTOM = 26


def spot_figure(series: SpotSeries, day: ReportDay) -> Element:
    """Draw one underlying: its path, the strikes, the attempts and the close."""
    start, end = day.session.closes_at - _BEFORE, day.session.closes_at + _AFTER
    points = tuple(point for point in series.points if start <= point[0] <= end)
    heading = make("h3", series.underlying)
    if not points:
        missing = f"No spot of {series.underlying} is known between {clock_minute(start)} and "
        return make("figure", heading, make("p", f"{missing}{clock_minute(end)} New York."))
    chart = _SpotChart(series, day, _thinned(points), TimeScale(start, end, 0, 1))
    return make(
        "figure",
        heading,
        make("div", chart.picture(_WIDE), class_="wide"),
        make("div", chart.picture(_NARROW), class_="narrow"),
        make("figcaption", *chart.caption()),
        class_="spot",
    )


class _SpotChart:
    """One underlying's picture in two shapes: for a desk and for a phone."""

    def __init__(
        self,
        series: SpotSeries,
        day: ReportDay,
        points: tuple[tuple[datetime, Decimal], ...],
        window: TimeScale,
    ) -> None:
        self._series, self._day, self._points, self._window = series, day, points, window
        self._low, self._high, self._shown = _domain(points, series.strikes)
        self._held = _held_by_strike(series.underlying, day)
        due = _attempts(series.underlying, day)
        self._outside = tuple(attempt for attempt in due if not window.holds(attempt[0]))
        inside = (attempt for attempt in due if window.holds(attempt[0]))
        self._marks = (*inside, (day.session.closes_at, "close"))

    def picture(self, frame: _Frame) -> Element:
        """Draw the picture in one shape."""
        times = TimeScale(self._window.start, self._window.end, frame.left, frame.end)
        labels, rows = self._mark_labels(frame, times)
        top = 8 + rows * _ROW
        bottom = frame.height - _BOTTOM
        prices = PriceScale(self._low, self._high, bottom, top)
        label = (
            f"{self._series.underlying} from {exact(self._points[0][1])} to "
            f"{exact(self._points[-1][1])}, {len(self._shown)} strikes in the picture"
        )
        return draw.picture(
            frame.width,
            frame.height,
            label,
            *self._ground(frame, times, top, bottom),
            *_axes(frame, times, prices),
            *self._strikes(frame, prices),
            *labels,
            *self._path(times, prices),
        )

    def _ground(self, frame: _Frame, times: TimeScale, top: float, bottom: float) -> list[Child]:
        closes = times.at(self._day.session.closes_at)
        shapes: list[Child] = [
            draw.box(closes, top, frame.end - closes, bottom - top, "after"),
        ]
        for at, lead in self._marks:
            kind = "bell" if lead == "close" else "due"
            shapes.append(draw.line(times.at(at), top, times.at(at), bottom, kind))
        return shapes

    def _mark_labels(self, frame: _Frame, times: TimeScale) -> tuple[list[Child], int]:
        texts = [self._mark_text(at, lead, frame) for at, lead in self._marks]
        places = [times.at(at) for at, _ in self._marks]
        widths = [draw.width_of(text, _FONT) for text in texts]
        lefts = [min(x, frame.width - w) for x, w in zip(places, widths, strict=True)]
        rows = rows_of([(x, x + w + 6) for x, w in zip(lefts, widths, strict=True)])
        count_of_rows = max(rows) + 1
        shapes: list[Child] = []
        for text, x, left, row in zip(texts, places, lefts, rows, strict=True):
            y = 4 + _ROW * (row + 1) - 4
            shapes.append(draw.line(x, y - 9, x, 8 + count_of_rows * _ROW, "stem"))
            shapes.append(draw.words(left + 3, y, text, class_="mark"))
        return shapes, count_of_rows

    def _mark_text(self, at: datetime, lead: str, frame: _Frame) -> str:
        if not frame.is_wide:
            return lead
        spot = next((price for instant, price in reversed(self._points) if instant <= at), None)
        known = "" if spot is None else f"  {exact(spot)}"
        return f"{lead}{known}"

    def _strikes(self, frame: _Frame, prices: PriceScale) -> list[Child]:
        lines: list[Child] = [
            draw.line(frame.left, prices.at(level), frame.end, prices.at(level), "strike")
            for level in self._shown
        ]
        room = int((prices.low_px - prices.high_px) // _LABEL_GAP)
        last = self._points[-1][1]
        nearest = sorted(self._shown, key=lambda level: (abs(level - last), level))[:room]
        named = sorted(nearest, reverse=True)
        wanted = [prices.at(level) for level in named]
        places = keep_apart(wanted, _LABEL_GAP, prices.high_px + 4, prices.low_px)
        for level, y, label_y in zip(named, wanted, places, strict=True):
            held = self._held.get(level, "") if frame.is_wide else ""
            lines.append(draw.line(frame.end, y, frame.end + 10, label_y, "stem"))
            text = strike(level)
            held_x = frame.end + 20 + draw.width_of(text, _FONT)
            lines.append(draw.words(frame.end + 13, label_y + 4, text, class_="mark"))
            lines.append(draw.words(held_x, label_y + 4, held) if held else None)
        return lines

    def _path(self, times: TimeScale, prices: PriceScale) -> list[Child]:
        places = [(times.at(at), prices.at(price)) for at, price in self._points]
        flat = tuple(number for place in places for number in place)
        last = places[-1]
        return [draw.path((flat,), "spot-line"), draw.dot(*last, 3.5, "spot-dot")]

    def caption(self) -> list[Child]:
        """Say in words what the picture shows and what lies outside it."""
        below = [level for level in self._series.strikes if level < self._low]
        above = [level for level in self._series.strikes if level > self._high]
        lines = [self._close_words(), _outside(below, "below"), _outside(above, "above")]
        if self._outside:
            named = ", ".join(f"{lead} {clock_minute(at)}" for at, lead in self._outside)
            lines.append(f"Outside the picture: {named}.")
        held = f" Beside each strike: contracts sold ({MINUS}) and bought (+), as opened."
        return [
            " ".join(text for text in lines if text),
            make("span", held, class_="wide") if self._held else None,
        ]

    def _close_words(self) -> str:
        closes_at = self._day.session.closes_at
        bell = f"The session closes at {clock_minute(closes_at)} New York"
        if self._series.official_close is not None:
            return f"{bell}, official close {exact(self._series.official_close)}."
        return f"{bell}; the official close is not known."


def _outside(strikes: Sequence[Decimal], where: str) -> str:
    if not strikes:
        return ""
    low, high = strike(min(strikes)), strike(max(strikes))
    reach = low if low == high else f"{low} to {high}"
    return f"{count(len(strikes), 'strike')} {where} the picture: {reach}."


def _axes(frame: _Frame, times: TimeScale, prices: PriceScale) -> list[Child]:
    shapes: list[Child] = []
    for price in prices.ticks(6):
        y = prices.at(price)
        shapes.append(draw.line(frame.left, y, frame.end, y, "grid"))
        shapes.append(draw.words(frame.left - 6, y + 4, exact(price), anchor="end"))
    for at in times.ticks(9 if frame.is_wide else 4):
        x = times.at(at)
        shapes.append(draw.line(x, prices.low_px, x, prices.low_px + 4, "axis"))
        shapes.append(draw.words(x, prices.low_px + 17, clock_minute(at), anchor="middle"))
    shapes.append(draw.line(frame.left, prices.low_px, frame.end, prices.low_px, "axis"))
    return shapes


def _domain(
    points: Sequence[tuple[datetime, Decimal]], strikes: Iterable[Decimal]
) -> tuple[Decimal, Decimal, tuple[Decimal, ...]]:
    """Choose the prices shown: the whole path, and the strikes near enough to matter."""
    low, high = min(price for _, price in points), max(price for _, price in points)
    reach = max(high - low, abs(high) * _REACH, Decimal("0.05"))
    near = sorted(set(strikes), key=lambda level: (max(low - level, level - high), level))
    shown = [level for level in near if max(low - level, level - high) <= reach]
    if near and not shown and max(low - near[0], near[0] - high) <= reach * _FAR:
        shown = near[:1]
    bottom, top = min(low, *shown, low), max(high, *shown, high)
    pad = max((top - bottom) * Decimal("0.06"), Decimal("0.02"))
    return bottom - pad, top + pad, tuple(sorted(shown))


def _attempts(underlying: str, day: ReportDay) -> tuple[tuple[datetime, str], ...]:
    due = {
        (attempt.due_at, attempt.lead)
        for entry in day.positions
        if entry.position.underlying == underlying
        for attempt in entry.attempts
        if "-" in attempt.lead
    }
    return tuple(sorted(due))


def _held_by_strike(underlying: str, day: ReportDay) -> dict[Decimal, str]:
    """Say what stands at each strike, as opened: `-2P +1C`."""
    totals: dict[tuple[Decimal, bool, str], int] = {}
    for entry in day.positions:
        for contract, quantity in option_legs(entry.position.legs):
            if contract.underlying == underlying:
                letter = "C" if contract.right is Right.CALL else "P"
                key = (contract.strike, quantity > 0, letter)
                totals[key] = totals.get(key, 0) + abs(quantity) * entry.position.units
    held: dict[Decimal, list[str]] = {}
    for (level, is_long, letter), total in sorted(totals.items()):
        held.setdefault(level, []).append(f"{'+' if is_long else MINUS}{total}{letter}")
    return {level: " ".join(parts) for level, parts in held.items()}


def _thinned(points: tuple[tuple[datetime, Decimal], ...]) -> tuple[tuple[datetime, Decimal], ...]:
    """Keep the lowest and highest of each stretch where there are more points than pixels."""
    if len(points) <= _MOST_POINTS:
        return points
    size = -(-len(points) * 2 // _MOST_POINTS)
    kept: list[tuple[datetime, Decimal]] = []
    for start in range(0, len(points), size):
        stretch = points[start : start + size]
        ends = {min(stretch, key=_price_of), max(stretch, key=_price_of)}
        kept += sorted(ends)
    return (*kept[:-1], points[-1])


def _price_of(point: tuple[datetime, Decimal]) -> Decimal:
    return point[1]
