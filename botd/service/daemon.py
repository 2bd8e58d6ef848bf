"""
`botd run`: the daemon from its lock to its last word.

    lock -> configuration -> ledger -> calendar -> accounts reconciled -> READY
    meanwhile and then, until SIGTERM, side by side:
        work      wake what is due, take up what others wrote
        tell      alerts to people
        guard     feed systemd's watchdog while loop and ledger answer
        reload    the configuration again on SIGHUP

None of these waits for a broker: that is done in the background. When one of them ends,
or a background work fails, the process ends, and systemd starts it anew.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from botd.calendar.load import CalendarLoad, load_sessions
from botd.clock import Clock, SystemClock
from botd.domain.label import label
from botd.errors import BotdError, ConfigError, LedgerError
from botd.ledger import Ledger, alerts, audit, open_ledger
from botd.ledger.alerts import Level
from botd.notify.courier import Courier
from botd.notify.message import Message
from botd.notify.notifier import Notifier
from botd.service import anchors, reloading, wiring
from botd.service.background import Background
from botd.service.engines import Engines, OpenEngine
from botd.service.ledger_guard import LedgerGuard
from botd.service.lock import hold
from botd.service.logging import logging_to, style_for
from botd.service.outbox import outbox_of
from botd.service.reschedule import reschedule
from botd.service.scheduler import WakeScheduler
from botd.service.systemd import Systemd, from_environment
from botd.service.wiring import Surroundings
from botd.settings.model import Settings

LOCK_FILE = "botd.lock"

_LOOK = timedelta(milliseconds=250)  # how soon what others wrote is seen
_TICK = timedelta(seconds=1)
_COURIER_PAUSE = timedelta(seconds=5)

log = structlog.get_logger("botd.daemon")

LoadSettings = Callable[[], Settings]
LoadCalendar = Callable[[Settings, datetime], CalendarLoad]


def run(load: LoadSettings, *, is_verbose: bool = False, clock: Clock | None = None) -> int:
    """
    Run the daemon until it is told to stop; give its exit status.

    Args:
        load: reads the configuration folder; called again on SIGHUP.
        is_verbose: debug lines, too.
        clock: the time; the host's unless a test says otherwise.

    Raises:
        ConfigError: the configuration, or a credential, is at fault, or a live bot says no
            anchor where its broker acts before the close.
        CalendarError: no sessions are known.
        StateError: another daemon holds the ledger.
        LedgerError: the ledger cannot be used.
    """
    clock = clock or SystemClock()
    settings = load()
    if faults := (*settings.secret_faults(), *anchors.faults(settings)):
        raise ConfigError(*faults)
    settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    secrets = (secret.reveal() for secret in settings.secrets())
    style = style_for(sys.stderr, os.environ, is_verbose=is_verbose, secrets=secrets)
    with (
        hold(settings.state_dir / LOCK_FILE, now=clock.now(), purpose="run"),
        logging_to(sys.stderr, style, clock),
        contextlib.closing(open_ledger(settings.ledger_url, create=True)) as ledger,
    ):
        calendar = _calendar(settings, clock.now())
        around = Surroundings(ledger, clock, calendar.sessions, wiring.owner_name())
        asyncio.run(Daemon(load, settings, around, from_environment()).run(calendar))
    return 0


def _calendar(settings: Settings, now: datetime) -> CalendarLoad:
    return load_sessions(settings.state_dir, settings.overrides, now)


@dataclass(slots=True)
class Daemon:
    """A running daemon; `run` once."""

    load: LoadSettings
    settings: Settings
    around: Surroundings
    systemd: Systemd
    load_calendar: LoadCalendar = _calendar
    open_engine: OpenEngine = wiring.open_engine
    background: Background = field(default_factory=Background)
    engines: Engines = field(init=False)
    notifier: Notifier = field(init=False)
    courier: Courier = field(init=False)
    guard: LedgerGuard = field(init=False)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    reload_wanted: asyncio.Event = field(default_factory=asyncio.Event)
    has_news: bool = False  # others wrote into the ledger, or the configuration changed
    heartbeats: int = 0  # pinged so far
    status: str = ""  # as systemd knows it

    def __post_init__(self) -> None:
        self.engines = Engines(self.settings, self.around, self.background, self.page)
        self.engines.open_engine = self.open_engine
        self.notifier = self._notifier()
        outbox = outbox_of(self.ledger)
        self.courier = Courier(outbox, self.notifier.deliver, self.clock)
        self.guard = LedgerGuard(self.ledger, self.clock, self.systemd, self._deliver_past_ledger)

    @property
    def clock(self) -> Clock:
        """The time."""
        return self.around.clock

    @property
    def ledger(self) -> Ledger:
        """The record."""
        return self.around.ledger

    async def run(self, calendar: CalendarLoad) -> None:
        """
        Work until told to stop.

        Raises:
            ConfigError: an account cannot be set up; nothing was started.
            LedgerError: the ledger is altered, failed at the start, or for a minute.
        """
        self._listen()
        scheduler = WakeScheduler(self.woken.set)
        scheduler.start()
        tasks: list[asyncio.Task[Any]] = []
        try:
            await self._refuse_altered()
            await self._take_calendar(calendar)
            await self.engines.open()
            works = (self._wait_for_stop, self._tell, self.guard.run, self._reload_when_asked)
            tasks += [asyncio.create_task(work()) for work in works]
            tasks.append(asyncio.create_task(self._work(scheduler)))
            self.background.begin("ready", lambda: self._say_ready(calendar))
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await self._close(tasks, scheduler)
        for task in tasks:
            if task.done() and not task.cancelled():
                task.result()  # a bug, or a ledger that fails, ends the process here

    async def page(self, key: str, title: str, body: str) -> None:
        """Tell a person, once per *key*."""
        at = self.clock.now()
        is_news = await self.ledger.write(
            lambda tx: alerts.add(tx, key=key, level=Level.PAGE, title=title, body=body, at=at)
        )
        if is_news:
            log.warning("paged", title=title, body=body)

    async def _refuse_altered(self) -> None:
        """Look whether every position of the day is what its history says, before any order."""
        faults = await self.ledger.read(audit.faults_at_work)
        if faults:
            more = f"; and {len(faults) - 1} more" if faults[1:] else ""
            raise LedgerError(
                f"ledger {self.ledger.path}: is altered ({faults[0]}{more}). Keep the file, "
                "restore a backup; all of it tells: botd ledger check"
            )

    async def _take_calendar(self, calendar: CalendarLoad) -> None:
        """Go by a calendar: also what was imported under another one."""
        now = self.clock.now()
        if calendar.fault is not None:
            title = "the calendar could not be renewed"
            await self.page(f"calendar/load/{now:%Y%m%d}", title, calendar.fault)
        sessions = calendar.sessions
        changed = await self.ledger.write(lambda tx: reschedule(tx, sessions, now))
        if changed:
            lines = (
                f"{one.number}  {label(one)} ({one.account})  closes {one.closes_at:%Y-%m-%d %H:%M}"
                f" UTC: botd plan"
                for one in changed
            )
            title = f"the calendar has changed for {len(changed)} positions"
            await self.page(f"calendar/changed/{now:%Y%m%dT%H%M%S}", title, "\n".join(lines))

    async def _say_ready(self, calendar: CalendarLoad) -> None:
        """Say so once every account is reconciled, or paged as unreachable."""
        await self.engines.all_started.wait()
        self.systemd.ready(self.engines.status())
        log.info("ready", accounts=len(self.engines.at_work), calendar=calendar.version)

    async def _wait_for_stop(self) -> None:
        await self.stopping.wait()

    async def _work(self, scheduler: WakeScheduler) -> None:
        ticked_at: datetime | None = None
        while True:
            self.woken.clear()
            self.background.raise_failure()
            if self.ledger.changed_by_others():
                self.has_news = True
            if self.has_news:
                await self._in_spite_of_faults(self._take_news)
            await self.engines.wake()
            if ticked_at is None or self.clock.now() - ticked_at >= _TICK:
                ticked_at = self.clock.now()
                scheduler.tick()
                await self._every_second()
            scheduler.plan(self.engines.instants())
            await self.clock.wait(self.woken, self.clock.now() + _LOOK)

    async def _take_news(self) -> None:
        self.has_news = False
        try:
            await self.engines.open_new()
        except LedgerError:
            self.has_news = True
            raise
        await self.engines.refresh()

    async def _every_second(self) -> None:
        await self.engines.look_around()
        heartbeats = self.engines.heartbeats
        if heartbeats > self.heartbeats:
            self.heartbeats = heartbeats
            self.background.begin("heartbeat", self._ping)
        self.courier.wake()
        for fault in self.engines.faults():
            self.guard.tell(fault)
        status = self.engines.status()
        if status != self.status:
            self.status = status
            self.systemd.status(status)

    async def _ping(self) -> None:
        delivery = await self.notifier.ping()
        if not delivery.ok:
            log.warning("heartbeat_failed", error=delivery.error)

    async def _tell(self) -> None:
        """Deliver alerts; a ledger that fails meanwhile is told past itself."""
        while True:
            await self._in_spite_of_faults(self.courier.run)
            await self.clock.sleep_until(self.clock.now() + _COURIER_PAUSE)

    def _deliver_past_ledger(self, message: Message) -> None:
        self.background.begin(f"page/{message.body}", lambda: self.notifier.deliver(message))

    async def _in_spite_of_faults(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do *work*; a failure of the ledger is told, and does not end the process by itself."""
        try:
            await work()
        except LedgerError as error:
            self.guard.tell(str(error))

    async def _close(self, tasks: list[asyncio.Task[Any]], scheduler: WakeScheduler) -> None:
        """Park: nothing new is begun, orders work on, their rows say how they stand."""
        self.systemd.stopping("stopping")
        log.info("stopping", working=self.engines.busy)
        scheduler.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.background.end()
        await self.engines.stop()

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self.stopping.set)
        loop.add_signal_handler(signal.SIGHUP, self.reload_wanted.set)

    async def _reload_when_asked(self) -> None:
        while True:
            await self.reload_wanted.wait()
            self.reload_wanted.clear()
            self.systemd.reloading()
            await self._in_spite_of_faults(self._reload)
            self.systemd.ready(self.engines.status())

    async def _reload(self) -> None:
        """Read the configuration again: whole, or the old one stays."""
        now = self.clock.now()
        try:
            settings = self.load()
            reloading.refuse_unfit(self.settings, settings)
            # In a thread: it may have to compute the sessions anew.
            calendar = await asyncio.to_thread(self.load_calendar, settings, now)
        except (BotdError, OSError) as error:
            log.error("reload_refused", error=str(error))  # noqa: TRY400 - its own words
            await self.page(f"reload/{now:%Y%m%dT%H%M%S}", "reload refused", str(error))
            return
        if waiting := reloading.waits_for_restart(self.settings, settings):
            body = f"{', '.join(waiting)}: taken at the next start, the rest is in force"
            await self.page(f"reload/{now:%Y%m%dT%H%M%S}", "a restart is needed", body)
        await self._take_over(settings, calendar)
        log.info("reloaded", bots=len(settings.bots))

    async def _take_over(self, settings: Settings, calendar: CalendarLoad) -> None:
        await self._take_calendar(calendar)  # may fail with the ledger: then the old one stays
        self.settings = settings
        self.around = replace(self.around, sessions=calendar.sessions)
        self.notifier = self._notifier()
        self.courier.change_channels(self.notifier.deliver)
        self.engines.take_over(settings, self.around)
        self.has_news = True
        self.woken.set()
        await self.engines.write_modes()

    def _notifier(self) -> Notifier:
        notify = self.settings.notify
        return Notifier(notify.urls, notify.heartbeat_url, self.clock)
