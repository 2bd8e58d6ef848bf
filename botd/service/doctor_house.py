"""
Looking at what stands on this host: ledger, state directory, disk, channels, daemon.

Nothing is written but a test message, and that only where a person asked for it.
"""

import os
import shutil
import stat
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from botd.calendar.load import CalendarLoad
from botd.calendar.new_york import day_of, label
from botd.clock import Clock
from botd.errors import BotdError, NotFoundError
from botd.ledger import upkeep
from botd.notify.message import Delivery, Level, Message
from botd.service.doctor import Cause, Finding, Notebook
from botd.service.inspection import DAEMON, Standing
from botd.service.lock import Holder
from botd.settings.model import Settings

_FAULT_FREE = 100 * 1024 * 1024  # bytes: a busy day's ledger, journal and copies
_WARN_FREE = 1024 * 1024 * 1024
_HORIZON = timedelta(days=60)
_TEST = Message("botd: a test", "botd doctor --send: this channel works.", Level.INFO)


@dataclass(frozen=True, slots=True)
class Channels:
    """What can be asked of the notification channels; `Notifier` has all three."""

    check: Callable[[], Awaitable[Delivery]]
    deliver: Callable[[Message], Awaitable[Delivery]]
    ping: Callable[[], Awaitable[Delivery]]


def of_settings(settings: Settings) -> Finding:
    """Say which credentials can be had; a configuration at fault does not come this far."""
    notes = Notebook("configuration")
    if faults := settings.secret_faults():
        return notes.fault("credentials", "; ".join(faults), "botd check", Cause.CONFIG)
    count = len(settings.secrets())
    return notes.ok("credentials", f"{count} can be read" if count else "none are needed")


def of_ledger(settings: Settings) -> Finding:
    """Check the ledger as `botd ledger check` does."""
    notes, path = Notebook("ledger"), settings.ledger_path
    try:
        found = upkeep.check(settings.ledger_url)
    except NotFoundError:
        return notes.warn("whole", f"none yet at {path}", "botd run")
    except BotdError as error:
        return notes.fault("whole", str(error), "botd ledger check")
    if found.faults:
        return notes.fault("whole", f"{path}: {'; '.join(found.faults)}", "botd ledger check")
    return notes.ok("whole", f"{path}: {found.positions} positions, {found.orders} orders")


def of_standing(found: Standing) -> tuple[Finding, ...]:
    """Say what the ledger holds that waits for a person."""
    notes = Notebook("ledger")
    halts = [
        notes.warn("halt", f"{halt.scope} since {label(halt.at)}: {halt.reason}", "botd resume")
        for halt in found.halts
    ]
    if not found.undelivered_alerts:
        return tuple(halts)
    words = f"{found.undelivered_alerts} not delivered"
    return (*halts, notes.warn("alerts", words, "botd doctor --send"))


def of_state_dir(place: Path) -> Finding:
    """Say whether the state directory is there, writable, and closed to others."""
    notes = Notebook("state directory")
    try:
        found = place.stat()
    except FileNotFoundError:
        return notes.warn("access", f"{place}: none yet", "botd run")
    except OSError as error:
        return notes.fault("access", f"{place}: {error.strerror}", f"ls -ld {place}")
    words = f"{place}: {stat.filemode(found.st_mode)}"
    if not os.access(place, os.R_OK | os.W_OK | os.X_OK):
        return notes.fault("access", f"{words}, not writable", f"ls -ld {place}")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH | stat.S_IROTH | stat.S_IXOTH):
        return notes.warn("access", f"{words}, open to others", f"chmod 700 {place}")
    return notes.ok("access", words)


def of_disk(place: Path, free: Callable[[Path], int] | None = None) -> Finding:
    """Say how much room there is; a ledger that cannot be written sends no order."""
    notes = Notebook("state directory")
    there = next((one for one in (place, *place.parents) if one.exists()), place)
    room = (free or _free)(there)
    words = f"{room / 1024**3:.1f} GiB free"
    if room < _FAULT_FREE:
        return notes.fault("disk", f"{room // 1024**2} MiB free", f"df -h {there}")
    if room < _WARN_FREE:
        return notes.warn("disk", words, f"df -h {there}")
    return notes.ok("disk", words)


def _free(place: Path) -> int:
    return shutil.disk_usage(place).free


def of_calendar(calendar: CalendarLoad | str, clock: Clock) -> Finding:
    """Say where the sessions come from, and how far they reach; a text: why there are none."""
    notes = Notebook("calendar")
    if isinstance(calendar, str):
        return notes.fault("sessions", calendar, "botd calendar")
    sessions = calendar.sessions
    words = f"{calendar.version}, to {sessions.last_day}"
    if calendar.fault is not None:
        return notes.warn("sessions", f"{words}; {calendar.fault}", "botd calendar")
    if sessions.last_day < day_of(clock.now()) + _HORIZON:
        return notes.warn("sessions", words, "botd calendar")
    return notes.ok("sessions", words)


async def of_channels(
    settings: Settings, channels: Channels, *, is_sending: bool
) -> tuple[Finding, ...]:
    """Say whether people can be told; *is_sending* really sends a test message."""
    notes, notify = Notebook("notifications"), settings.notify
    key = "botd.toml: notify.urls"
    found = [notes.warn("channels", "none: nobody is told anything", key)]
    if notify.urls:
        told = await (channels.deliver(_TEST) if is_sending else channels.check())
        did = "took a test message" if is_sending else "can be read, nothing was sent"
        found = [_of_delivery(notes, "channels", told, f"{len(notify.urls)} {did}", key)]
    if notify.heartbeat_url is None:
        words = "none: nobody outside notices a dead host"
        return (*found, notes.warn("heartbeat", words, "botd.toml: notify.heartbeat_url"))
    if not is_sending:
        return (*found, notes.ok("heartbeat", "configured, not pinged"))
    told = await channels.ping()
    key = "botd.toml: notify.heartbeat_url"
    return (*found, _of_delivery(notes, "heartbeat", told, "pinged", key))


def _of_delivery(notes: Notebook, check: str, told: Delivery, words: str, key: str) -> Finding:
    if told.ok:
        return notes.ok(check, words)
    return notes.fault(check, told.error or "not taken", key)


def of_daemon(holder: Holder | None) -> Finding:
    """Say whether a daemon looks after the positions."""
    notes = Notebook("daemon")
    if holder is None:
        return notes.warn("alive", "not running: nobody closes anything", "botd run")
    if holder.pid is None or holder.since is None:
        return notes.ok("alive", "starting")
    who = f"process {holder.pid} since {label(holder.since)}"
    if holder.purpose != DAEMON:
        words = f"not running; botd {holder.purpose} is at work, {who}"
        return notes.warn("alive", words, "botd run")
    return notes.ok("alive", f"running, {who}")
