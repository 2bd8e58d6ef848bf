"""
What observe mode would have done, laid beside what really happened.

    would have been closed    between two prices; what the worse of them would have cost,
                              or saved, against what really came
    would have been left      how it really ended

The first price is the middle of the market at the attempt, the last the final price: what
a ladder gets lies between. Whether it would have filled is not known.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from botd.domain.label import label
from botd.domain.pnl import close_net_price, leaves_shares_out, realized_pnl
from botd.domain.position import Position, Status

_PRICE = r"-?\d+(?:\.\d+)?"
_WORDS = re.compile(
    rf"would close (?P<units>\d+) from (?P<first>{_PRICE}) to (?P<last>{_PRICE}), "
    rf"cap (?P<cap>{_PRICE}|None)"
)
_FAR_FROM_OVER = frozenset({Status.OPEN, Status.CLOSING, Status.AWAITING_SETTLEMENT})


@dataclass(frozen=True, slots=True)
class Would:
    """One order's prices, per share toward the account, that observe mode found."""

    units: int
    first: Decimal  # mid
    last: Decimal  # the final price
    cap: Decimal | None

    @property
    def words(self) -> str:
        """Say it as the attempt's note does; `read_would` reads it again."""
        return f"would close {self.units} from {self.first} to {self.last}, cap {self.cap}"


def read_would(note: str) -> tuple[Would, ...]:
    """Read every order that an attempt's note says would have been sent."""
    return tuple(
        Would(
            units=int(found["units"]),
            first=Decimal(found["first"]),
            last=Decimal(found["last"]),
            cap=None if found["cap"] == "None" else Decimal(found["cap"]),
        )
        for found in _WORDS.finditer(note)
    )


@dataclass(frozen=True, slots=True)
class Compared:
    """One position's week; *difference* in dollars: the final price less what really came."""

    position: Position
    would: tuple[Would, ...]  # none: it would have been left, or nothing could be priced
    note: str  # of the last attempt
    difference: Decimal | None

    @property
    def line(self) -> str:
        """Write it for a person."""
        really = f"really: {_really(self.position)}"
        if not self.would:
            return f"{label(self.position)}  {self.note or 'would have left it'}; {really}"
        would = "; ".join(one.words for one in self.would)
        if self.difference is None:
            return f"{label(self.position)}  {would}; {really}"
        better = "better" if self.difference >= 0 else "worse"
        dollars = f"{abs(self.difference):,.2f} {better} at the final price"
        return f"{label(self.position)}  {would}; {really}; {dollars}"


def compare(position: Position, note: str, *, is_left: bool = False) -> Compared:
    """
    Lay an attempt's note beside how its position really ended.

    The difference is unknown while the position, or a price of it, is not known whole,
    and where shares came of it.
    """
    would = () if is_left else read_would(note)
    return Compared(position, would, "" if is_left else note, _difference(position, would))


def total(compared: Iterable[Compared]) -> Decimal:
    """Add up the differences that are known, dollars."""
    return sum((one.difference for one in compared if one.difference is not None), Decimal(0))


def _difference(position: Position, would: tuple[Would, ...]) -> Decimal | None:
    price = close_net_price(position)
    units = sum(one.units for one in would)
    is_whole = not position.lots and units == sum(part.units for part in position.outcomes)
    is_known = all(part.net_price is not None for part in position.outcomes)
    if price is None or not (is_whole and is_known) or leaves_shares_out(position):
        return None
    wanted = sum((one.last * one.units for one in would), Decimal(0))
    return (wanted - price * units) * position.multiplier


def _really(position: Position) -> str:
    if position.status in _FAR_FROM_OVER:
        return position.status.value.replace("_", " ")
    price, (pnl, is_complete) = close_net_price(position), realized_pnl(position)
    by = "" if position.closed_by is None else f" by {position.closed_by.value}"
    at = "" if price is None else f" at {price}"
    brought = f", P/L {pnl:,.2f}" if pnl is not None and is_complete else ""
    return f"{position.status.value}{by}{at}{brought}"
