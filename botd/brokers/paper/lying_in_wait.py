"""Planned faults that wait for an order or a call of ours."""

from datetime import datetime

from botd.brokers.paper.book import Planned
from botd.brokers.paper.faults import FaultKind
from botd.brokers.paper.venue import Venue


def fault_for(
    venue: Venue,
    kind: FaultKind,
    symbols: frozenset[str],
    now: datetime,
) -> Planned | None:
    """Find the oldest fault of a kind that is due for an order of *symbols*, and spend it."""
    for planned in venue.book.faults.values():
        fault = planned.fault
        if fault.kind is kind and fault.befalls(symbols, now) and _window_holds(planned, now):
            if not _has_window(planned):
                venue.book.spend(planned)
            return planned
    return None


def _has_window(planned: Planned) -> bool:
    """Whether the fault lasts for a time, instead of befalling a number of calls."""
    lasting = (FaultKind.UNAVAILABLE, FaultKind.SERVER_ERROR)
    return planned.fault.kind in lasting and bool(planned.fault.duration)


def _window_holds(planned: Planned, now: datetime) -> bool:
    return not _has_window(planned) or now < planned.fault.at + planned.fault.duration
