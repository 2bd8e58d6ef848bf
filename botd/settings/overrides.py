"""`config/calendar.toml`: what an operator knows better than the library."""

from datetime import date, time

from botd.domain.calendar_override import CalendarOverride
from botd.settings.reader import Table
from botd.settings.values import day, flag, text, wall_time

_OPENING = time(9, 30)
_LATEST = time(20, 0)  # the end of after-hours trading; a close beyond it is a slip


def read_overrides(table: Table) -> tuple[CalendarOverride, ...]:
    """Read every `[[override]]`; those at fault are left out."""
    found = [_override(entry) for entry in table.entries("override", "override")]
    table.done()
    read = tuple(each for each in found if each is not None)
    days = [each.day for each in read]
    for twice in sorted({each for each in days if days.count(each) > 1}):
        table.fault("override", f"{twice} stands twice")
    return read


def _override(entry: Table) -> CalendarOverride | None:
    on: date | None = entry.need("date", day, "write date = 2026-12-24")
    is_closed = entry.get("closed", flag, None)
    closes = entry.get("closes", _close, None)
    note = entry.get("note", text, "")
    if entry.has("closed") and entry.has("closes"):
        entry.fault("closes", "closed = true and a closing time contradict each other")
    elif not entry.has("closed") and not entry.has("closes"):
        entry.fault("closed", 'missing; give closed = true, or closes = "13:00"')
    elif is_closed is False:
        entry.fault("closed", 'false; allowed: true (for an open day give closes = "16:00")')
    entry.done()
    return None if on is None else CalendarOverride(on, closes, note)


def _close(found: object) -> time:
    closes = wall_time(found)
    if not _OPENING < closes <= _LATEST:
        raise ValueError(f"{closes:%H:%M}; allowed: after 09:30, to 20:00 New York time")
    return closes
