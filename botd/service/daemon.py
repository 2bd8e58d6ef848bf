"""
`botd run`: the daemon from its lock to its last word.

    lock -> configuration -> ledger -> calendar -> accounts reconciled -> READY
    then, until SIGTERM: wake what is due, take up what others wrote, tell people
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from botd.calendar.load import CalendarLoad, load_sessions
from botd.calendar.new_york import label
from botd.clock import Clock, SystemClock
from botd.engine import closes, marking
from botd.engine.loop import AccountEngine
from botd.errors import ConfigError
from botd.ledger import alerts, open_ledger
from botd.ledger.alerts import Level
from botd.notify.courier import Courier
from botd.notify.message import Level as Urgency
from botd.notify.message import Message
from botd.notify.notifier import Notifier
from botd.service import wiring
from botd.service.lock import hold
from botd.service.logging import logging_to, style_for
from botd.service.outbox import outbox_of
from botd.service.scheduler import WakeScheduler
from botd.service.systemd import Systemd, from_environment
from botd.service.wiring import AccountKey, Surroundings
from botd.settings.model import Settings

LOCK_FILE = "botd.lock"

_START_PATIENCE = timedelta(seconds=20)  # then an account is paged as unreachable
_LOOK = timedelta(milliseconds=250)  # how soon what others wrote is seen
_TICK = timedelta(seconds=1)
_CHECK = timedelta(minutes=15)  # calendar against the broker's, book against the ledger
_LEDGER_PATIENCE = timedelta(seconds=5)

log = structlog.get_logger("botd.daemon")

LoadSettings = Callable[[], Settings]


def run(load: LoadSettings, *, is_verbose: bool = False, clock: Clock | None = None) -> int:
    """
    Run the daemon until it is told to stop; give its exit status.

    Args:
        load: reads the configuration folder; called again on SIGHUP.
        is_verbose: debug lines, too.
        clock: the time; the host's unless a test says otherwise.

    Raises:
        ConfigError: the configuration, or a credential, is at fault.
        StateError: another daemon holds the ledger.
        LedgerError: the ledger cannot be used.
    """
    clock = clock or SystemClock()
    settings = load()
    if faults := settings.secret_faults():
        raise ConfigError(*faults)
    settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    secrets = (secret.reveal() for secret in settings.secrets())
    style = style_for(sys.stderr, os.environ, is_verbose=is_verbose, secrets=secrets)
    with (
        hold(settings.state_dir / LOCK_FILE, now=clock.now(), purpose="run"),
        logging_to(sys.stderr, style, clock),
        contextlib.closing(open_ledger(settings.ledger_url, create=True)) as ledger,
    ):
        calendar = load_sessions(settings.state_dir, settings.overrides, clock.now())
        around = Surroundings(ledger, clock, calendar.sessions, wiring.owner_name())
        daemon = Daemon(load, settings, around, from_environment())
        asyncio.run(daemon.run(calendar))
    return 0


@dataclass(slots=True)
class Daemon:
    """A running daemon: its engines, its scheduler, its courier."""

    load: LoadSettings
    settings: Settings
    around: Surroundings
    systemd: Systemd
    engines: dict[AccountKey, AccountEngine] = field(default_factory=dict)
    beats: int = 0
    checked_at: datetime | None = None
    marked_at: datetime | None = None
    faults_told: set[str] = field(default_factory=set)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, calendar: CalendarLoad) -> None:
        """Work until told to stop."""
        self._listen()
        if calendar.fault is not None:
            await self._page("calendar/load", "the calendar could not be renewed", calendar.fault)
        for key in wiring.accounts_of(self.settings, self.around.ledger):
            await self._open(key)
        notifier = self._notifier()
        courier = Courier(outbox_of(self.around.ledger), notifier.deliver, self.around.clock)
        scheduler = WakeScheduler(self.woken.set)
        scheduler.start()
        self.systemd.ready(self._status())
        log.info("ready", accounts=len(self.engines), calendar=calendar.version)
        tasks = [
            asyncio.create_task(courier.run()),
            asyncio.create_task(self._feed_watchdog()),
            asyncio.create_task(self._work(scheduler, notifier, courier)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await self._close(tasks, scheduler)
        for task in tasks:
            if task.done() and not task.cancelled():
                task.result()  # a bug, or a ledger that fails, ends the process here

    async def _open(self, key: AccountKey) -> None:
        engine = wiring.open_engine(self.settings, key, self.around)
        self.engines[key] = engine
        is_read = await engine.start(self.around.clock.now() + _START_PATIENCE)
        if not is_read:
            name = "/".join(key)
            await self._page(
                f"unreachable/{name}/{self.around.clock.now():%Y%m%dT%H%M}",
                f"{name}: the broker does not answer",
                "Every attempt tries again by itself. Look: botd doctor",
            )

    async def _work(self, scheduler: WakeScheduler, notifier: Notifier, courier: Courier) -> None:
        clock = self.around.clock
        ticked_at = clock.now()
        while not self.stopping.is_set():
            self.woken.clear()
            if self.around.ledger.changed_by_others():
                await self._refresh()
            for engine in self.engines.values():
                await engine.wake()
            if clock.now() - ticked_at >= _TICK:
                ticked_at = clock.now()
                scheduler.tick()
                await self._every_second(notifier, courier)
            scheduler.plan(self._instants())
            await clock.wait(self.woken, clock.now() + _LOOK)

    def _instants(self) -> list[datetime]:
        found = (engine.next_at() for engine in self.engines.values())
        return [at for at in found if at is not None]

    async def _refresh(self) -> None:
        for key in wiring.accounts_of(self.settings, self.around.ledger):
            if key not in self.engines:
                await self._open(key)
        for engine in self.engines.values():
            await engine.refresh()

    async def _every_second(self, notifier: Notifier, courier: Courier) -> None:
        now = self.around.clock.now()
        if self.checked_at is None or now - self.checked_at >= _CHECK:
            self.checked_at = now
            for engine in self.engines.values():
                await closes.compare(engine.desk)
                await engine.refresh()
        await self._mark()
        beats = sum(engine.desk.heartbeats for engine in self.engines.values())
        if beats > self.beats:
            self.beats = beats
            _background(notifier.ping())
        courier.wake()
        await self._tell_ledger_faults(notifier)
        self.systemd.status(self._status())

    async def _mark(self) -> None:
        """Write quotes down for the board, as often as the hour asks for."""
        engines = list(self.engines.values())
        due = [marking.next_mark(engine.desk, self.marked_at) for engine in engines]
        if not due or self.around.clock.now() < min(due):
            return
        self.marked_at = self.around.clock.now()
        for engine in engines:
            await marking.mark(engine.desk)

    async def _tell_ledger_faults(self, notifier: Notifier) -> None:
        """Page past the ledger when the ledger itself is what failed."""
        for engine in self.engines.values():
            fault, engine.fault = engine.fault, None
            if fault is not None and fault not in self.faults_told:
                self.faults_told.add(fault)
                body = f"{fault}\nNothing is sent without a record. Look: botd ledger check"
                _background(notifier.deliver(Message("the ledger fails", body, Urgency.PAGE)))

    async def _feed_watchdog(self) -> None:
        """Feed systemd's watchdog while loop and ledger answer."""
        every = self.systemd.watchdog_every
        clock = self.around.clock
        while every is not None:
            answer = self.around.ledger.read(alerts.undelivered_count)
            await clock.within(answer, clock.now() + _LEDGER_PATIENCE)
            self.systemd.alive()
            await clock.sleep_until(clock.now() + every)
        await self.stopping.wait()

    async def _close(self, tasks: list[asyncio.Task[None]], scheduler: WakeScheduler) -> None:
        """Park: nothing new is begun, orders work on, their rows say how they stand."""
        self.systemd.stopping("stopping")
        log.info("stopping", working=sum(engine.is_busy for engine in self.engines.values()))
        scheduler.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for engine in self.engines.values():
            await engine.stop()

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self._stop)
        loop.add_signal_handler(signal.SIGHUP, lambda: _background(self._reload()))

    def _stop(self) -> None:
        self.stopping.set()
        self.woken.set()

    async def _reload(self) -> None:
        """Read the configuration again: whole, or the old one stays."""
        self.systemd.reloading()
        now = self.around.clock.now()
        try:
            settings = self.load()
            if faults := settings.secret_faults():
                raise ConfigError(*faults)  # noqa: TRY301 - told like any other fault
            calendar = load_sessions(settings.state_dir, settings.overrides, now)
        except ConfigError as error:
            log.error("reload_refused", faults=error.faults)  # noqa: TRY400 - its own words
            await self._page(f"reload/{now:%Y%m%dT%H%M%S}", "reload refused", str(error))
        else:
            await self._take_over(settings, calendar)
            log.info("reloaded", bots=len(settings.bots))
        self.systemd.ready(self._status())

    async def _take_over(self, settings: Settings, calendar: CalendarLoad) -> None:
        self.settings = settings
        self.around = Surroundings(
            self.around.ledger, self.around.clock, calendar.sessions, self.around.owner
        )
        for key, engine in self.engines.items():
            engine.desk.sessions = calendar.sessions
            wiring.apply_settings(settings, key, engine.desk)
        await self._refresh()
        self.woken.set()

    def _notifier(self) -> Notifier:
        notify = self.settings.notify
        return Notifier(notify.urls, notify.heartbeat_url, self.around.clock)

    def _status(self) -> str:
        found = [engine.next_attempt() for engine in self.engines.values()]
        upcoming = [one for one in found if one is not None]
        if not upcoming:
            return "no attempt is due; watching"
        lead, at, count = min(upcoming, key=lambda one: one[1])
        return f"next {lead} at {label(at)}, {count} positions"

    async def _page(self, key: str, title: str, body: str) -> None:
        at = self.around.clock.now()
        await self.around.ledger.write(
            lambda tx: alerts.add(tx, key=key, level=Level.PAGE, title=title, body=body, at=at)
        )
        log.warning("paged", title=title, body=body)


_running: set[asyncio.Task[Any]] = set()


def _background(work: Coroutine[Any, Any, Any]) -> None:
    """Start something whose end nobody waits for, and keep it from being collected."""
    task = asyncio.get_running_loop().create_task(work)
    _running.add(task)
    task.add_done_callback(_running.discard)
