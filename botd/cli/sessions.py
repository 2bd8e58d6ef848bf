"""The calendar of one call; apart from `workplace`, because not every command needs it."""

import os

from botd.calendar.load import CalendarLoad, load_sessions
from botd.cli import workplace
from botd.cli.options import Here
from botd.cli.output import warn
from botd.settings.model import Settings


def calendar_of(here: Here, settings: Settings | None) -> CalendarLoad:
    """
    Give the calendar, kept beside the ledger where that has a place already.

    Raises:
        CalendarError: it cannot be computed, and none is kept.
    """
    now = workplace.now_of(here)
    if settings is None:
        return load_sessions(None, (), now)
    place = settings.state_dir
    is_fit = place.is_dir() and os.access(place, os.W_OK)
    found = load_sessions(place if is_fit else None, settings.overrides, now)
    if found.fault is not None:
        warn(f"botd: {found.fault}")
    return found
