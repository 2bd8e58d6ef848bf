"""What an operator says about one day of the calendar."""

from dataclasses import dataclass
from datetime import date, time


@dataclass(frozen=True, slots=True)
class CalendarOverride:
    """
    One `[[override]]` of `calendar.toml`: a day closed, or closing at another time.

    Wall time, as exchanges announce it; `calendar` turns it into an instant.
    """

    day: date
    closes: time | None  # New York wall time; None: closed
    note: str = ""
