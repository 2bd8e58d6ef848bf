"""One measured figure beside its bare floor, and how a list of them is shown."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """
    One measured value.

    The floor is what the same machine needs for the bare minimum, so that a slow disk or
    a busy host shows in both; the ratio of the two is what may be compared elsewhere.
    """

    name: str
    value: float
    unit: str
    floor: float | None = None
    floor_is: str = ""
    aim: float | None = None  # at most this; at least, where more is better
    more_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        """How many times the floor the value is."""
        return self.value / self.floor if self.floor else None

    @property
    def is_met(self) -> bool | None:
        """Whether the aim is met; None: there is none."""
        if self.aim is None:
            return None
        return self.value >= self.aim if self.more_is_better else self.value <= self.aim

    def shape(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        return {**asdict(self), "ratio": self.ratio, "is_met": self.is_met}


def table(figures: Iterable[Figure]) -> str:
    """Write the figures as aligned columns."""
    head = ("figure", "value", "aim", "floor", "ratio", "", "the floor is")
    rows = [head, *(_row(one) for one in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    right = {1, 2, 3, 4}
    return "\n".join(
        "  ".join(
            text.rjust(width) if column in right else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _row(one: Figure) -> tuple[str, ...]:
    verdict = {True: "ok", False: "MISSED", None: ""}[one.is_met]
    sign = ">" if one.more_is_better else "<"
    return (
        one.name,
        f"{one.value:,.4g} {one.unit}",
        "" if one.aim is None else f"{sign} {one.aim:g} {one.unit}",
        "" if one.floor is None else f"{one.floor:,.4g} {one.unit}",
        "" if one.ratio is None else f"x {one.ratio:.1f}",
        verdict,
        one.floor_is,
    )
