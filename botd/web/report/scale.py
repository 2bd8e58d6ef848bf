"""Where values stand in a picture: scales, round ticks, and labels that keep apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import ceil, floor

_ROUND = (Decimal(1), Decimal(2), Decimal(5), Decimal(10))
_ROUND_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)


@dataclass(frozen=True, slots=True)
class PriceScale:
    """Prices from *low* to *high* on pixels; *low* may lie at the larger pixel."""

    low: Decimal
    high: Decimal
    low_px: float
    high_px: float

    def at(self, price: Decimal) -> float:
        """Tell the pixel of a price; the only step from money to geometry."""
        share = float((price - self.low) / (self.high - self.low))
        return self.low_px + share * (self.high_px - self.low_px)

    def holds(self, price: Decimal) -> bool:
        """Whether a price lies in the picture."""
        return self.low <= price <= self.high

    def ticks(self, about: int) -> tuple[Decimal, ...]:
        """Give round prices in the picture, at most about as many as asked for."""
        step = round_step((self.high - self.low) / about)
        first = int((self.low / step).to_integral_value(ROUND_CEILING))
        last = int((self.high / step).to_integral_value(ROUND_FLOOR))
        return tuple(step * number for number in range(first, last + 1))


@dataclass(frozen=True, slots=True)
class TimeScale:
    """Instants from *start* to *end* on pixels."""

    start: datetime
    end: datetime
    start_px: float
    end_px: float

    def at(self, instant: datetime) -> float:
        """Tell the pixel of an instant."""
        share = (instant - self.start) / (self.end - self.start)
        return self.start_px + share * (self.end_px - self.start_px)

    def holds(self, instant: datetime) -> bool:
        """Whether an instant lies in the picture."""
        return self.start <= instant <= self.end

    def ticks(self, about: int) -> tuple[datetime, ...]:
        """Give round instants in the picture, at most as many as asked for."""
        seconds = (self.end - self.start).total_seconds()
        step = next((s for s in _ROUND_SECONDS if seconds / s <= about), _ROUND_SECONDS[-1])
        first = ceil(self.start.timestamp() / step)
        last = floor(self.end.timestamp() / step)
        return tuple(
            datetime.fromtimestamp(step * number, UTC) for number in range(first, last + 1)
        )


def round_step(at_least: Decimal) -> Decimal:
    """Give the smallest of 1, 2, 5 x 10^n that is not below *at_least* (> 0)."""
    power = Decimal(1).scaleb(at_least.adjusted())
    return next(power * factor for factor in _ROUND if power * factor >= at_least)


def keep_apart(wanted: Sequence[float], gap: float, low: float, high: float) -> tuple[float, ...]:
    """
    Move labels as little as needed so that neighbours are *gap* pixels apart.

    *wanted* is ascending. The result stays within *low* and *high* as long as there is
    room for all; with too many it runs past *low*.
    """
    placed: list[float] = []
    for want in wanted:
        floor = placed[-1] + gap if placed else low
        placed.append(max(want, floor))
    ceiling = high
    for index in range(len(placed) - 1, -1, -1):
        placed[index] = min(placed[index], ceiling)
        ceiling = placed[index] - gap
    return tuple(placed)


def rows_of(spans: Sequence[tuple[float, float]]) -> tuple[int, ...]:
    """
    Give each (left, right) span a row below all earlier spans that it touches.

    *spans* go from left to right. So no label touches another, nor the stem that falls
    from a later label's left edge.
    """
    rows: list[int] = []
    for index, (left, _) in enumerate(spans):
        touched = [rows[before] for before in range(index) if spans[before][1] > left]
        rows.append(max(touched, default=-1) + 1)
    return tuple(rows)
