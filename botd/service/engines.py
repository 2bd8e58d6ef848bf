"""
The engines of all accounts in one process, none of which may delay another.

    in the main loop      what the ledger alone answers: refresh, wake
    in the background     what waits for a broker: start, its calendar, quotes, a probe

An account whose broker hangs keeps its own background works waiting, and nobody else.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from botd.calendar.new_york import label
from botd.engine import closes, identity, marking
from botd.engine.loop import AccountEngine
from botd.errors import BrokerError, ConfigError, LedgerError
from botd.ledger import positions
from botd.service import wiring
from botd.service.background import Background
from botd.service.wiring import AccountKey, Surroundings
from botd.settings.model import Settings

Page = Callable[[str, str, str], Awaitable[None]]  # key, title, body
OpenEngine = Callable[[Settings, AccountKey, Surroundings], AccountEngine]
EngineWork = Callable[[AccountEngine], Coroutine[Any, Any, None]]

_START_PATIENCE = timedelta(seconds=20)  # then an account is paged as unreachable
_CHECK = timedelta(minutes=15)  # calendar against the broker's, book against the ledger
_PROBE = timedelta(minutes=1)
_STOP_PATIENCE = timedelta(seconds=3)

log = structlog.get_logger("botd.daemon")


@dataclass(slots=True)
class Engines:
    """Every account's engine; `open`, then `wake` and `look_around` again and again."""

    settings: Settings
    around: Surroundings
    background: Background
    page: Page
    open_engine: OpenEngine = wiring.open_engine
    at_work: dict[AccountKey, AccountEngine] = field(default_factory=dict)
    starting: dict[AccountKey, AccountEngine] = field(default_factory=dict)
    away: set[AccountKey] = field(default_factory=set)  # whose broker did not answer last
    all_started: asyncio.Event = field(default_factory=asyncio.Event)
    _refused: set[AccountKey] = field(default_factory=set)  # until another configuration comes
    _begun_at: dict[tuple[AccountKey, str], datetime] = field(default_factory=dict)

    async def open(self) -> None:
        """
        Open the engine of every account, and start each in the background.

        Raises:
            ConfigError: a broker cannot be set up; none is started.
        """
        opened: dict[AccountKey, AccountEngine] = {}
        try:
            for key in await self._new():
                opened[key] = self.open_engine(self.settings, key, self.around)
        except ConfigError:
            await asyncio.gather(*(engine.stop() for engine in opened.values()))
            raise
        self.starting |= opened
        self._tell_started()
        for key in opened:
            self._start(key)

    async def open_new(self) -> None:
        """Open what has come since; an account that cannot be set up is paged, once."""
        for key in await self._new():
            try:
                engine = self.open_engine(self.settings, key, self.around)
            except ConfigError as error:
                self._refused.add(key)
                at = self.around.clock.now()
                title = f"{_name(key)}: the account cannot be set up"
                await self.page(f"account/{_name(key)}/{at:%Y%m%dT%H%M%S}", title, str(error))
            else:
                await identity.tell_mode(engine.desk)
                self.starting[key] = engine
                self._tell_started()
                self._start(key)

    async def wake(self) -> None:
        """Let every engine start what is due; the failure of one does not stop another."""
        for engine in tuple(self.at_work.values()):
            await self._recorded(engine, engine.wake)

    async def refresh(self) -> None:
        """Let every engine read the book again."""
        for engine in tuple(self.at_work.values()):
            await self._recorded(engine, engine.refresh)

    async def look_around(self) -> None:
        """Begin what is to be asked of the brokers now and then."""
        now = self.around.clock.now()
        for key, engine in tuple(self.at_work.items()):
            if self._is_time(key, "calendar", _CHECK):
                self._begin(key, "calendar", lambda one: closes.compare(one.desk))
                await self._recorded(engine, engine.refresh)
            if self._is_time(key, "probe", _PROBE):
                self._begin(key, "probe", self._probe)
            if now >= marking.next_mark(engine.desk, self._begun_at.get((key, "mark"))):
                self._begin(key, "mark", lambda one: marking.mark(one.desk))

    def take_over(self, settings: Settings, around: Surroundings) -> None:
        """
        Go on by another configuration; what it changes counts from the next `refresh` on.

        Accounts that it no longer names keep their engine, and those new in it get theirs
        by `open_new`.
        """
        self.settings, self.around = settings, around
        self._refused.clear()
        for key, engine in self._all():
            engine.desk.sessions = around.sessions
            wiring.apply_settings(settings, key, engine.desk)

    async def write_modes(self) -> None:
        """Tell the ledger for which accounts orders may leave now."""
        for _, engine in self._all():
            await identity.tell_mode(engine.desk)

    async def stop(self) -> None:
        """Stop every engine, leaving orders as they are; none is waited for long."""
        await asyncio.gather(*(self._stop(key, engine) for key, engine in self._all()))

    def instants(self) -> list[datetime]:
        """Tell when each engine will find something to do; what is past needs no waking."""
        now = self.around.clock.now()
        found = (engine.next_at() for engine in self.at_work.values())
        return [at for at in found if at is not None and at > now]

    def faults(self) -> Iterable[str]:
        """Give each engine's last ledger failure, once."""
        for _, engine in self._all():
            fault, engine.fault = engine.fault, None
            if fault is not None:
                yield fault

    @property
    def heartbeats(self) -> int:
        """How often the watcher outside is to be pinged, ever."""
        return sum(engine.desk.heartbeats for engine in self.at_work.values())

    @property
    def busy(self) -> int:
        """How many accounts work on something."""
        return sum(engine.is_busy for engine in self.at_work.values())

    def status(self) -> str:
        """Say in one line what comes next, and whose broker does not answer."""
        found = [engine.next_attempt() for engine in self.at_work.values()]
        upcoming = [one for one in found if one is not None]
        words = ["no attempt is due; watching"]
        if upcoming:
            lead, at, _ = min(upcoming, key=lambda one: one[1])
            count = sum(number for _, other_at, number in upcoming if other_at == at)
            words = [f"next {lead} at {label(at)}, {count} positions"]
        if self.starting:
            words.append(f"starting {_names(self.starting)}")
        if self.away:
            words.append(f"NO ANSWER from {_names(self.away)}")
        return "; ".join(words)

    async def _new(self) -> list[AccountKey]:
        live = await self.around.ledger.read(positions.live)
        for name, words in wiring.homeless(self.settings, live):
            at = self.around.clock.now()
            await self.page(f"homeless/{name}/{at:%Y%m%d}", f"{name}: not configured", words)
        held = (found.account_key for found in live)
        known = self.at_work.keys() | self.starting.keys() | self._refused
        return [key for key in wiring.accounts_of(self.settings, held) if key not in known]

    def _start(self, key: AccountKey) -> None:
        self.background.begin(f"start/{_name(key)}", lambda: self._started(key))

    async def _started(self, key: AccountKey) -> None:
        """Reconcile an account with its broker, and let it work."""
        is_read = await self.starting[key].start(self.around.clock.now() + _START_PATIENCE)
        self.at_work[key] = self.starting.pop(key)
        self._tell_started()
        if not is_read and self.at_work[key].desk.stranger is None:  # else that is paged
            self.away.add(key)
            at = self.around.clock.now()
            await self.page(
                f"unreachable/{_name(key)}/{at:%Y%m%dT%H%M}",
                f"{_name(key)}: the broker does not answer",
                "Every attempt tries again by itself. Look: botd doctor",
            )

    def _tell_started(self) -> None:
        if self.starting:
            self.all_started.clear()
        else:
            self.all_started.set()

    async def _recorded(
        self, engine: AccountEngine, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        try:
            await work()
        except LedgerError as error:
            engine.fault = str(error)
            engine.desk.is_stale = True  # what could not be read is read again

    def _is_time(self, key: AccountKey, what: str, every: timedelta) -> bool:
        last = self._begun_at.get((key, what))
        return last is None or self.around.clock.now() - last >= every

    def _begin(self, key: AccountKey, what: str, work: EngineWork) -> None:
        engine = self.at_work[key]
        self._begun_at[key, what] = self.around.clock.now()
        self.background.begin(
            f"{what}/{_name(key)}", lambda: self._recorded(engine, lambda: work(engine))
        )

    async def _probe(self, engine: AccountEngine) -> None:
        """Ask a broker for a sign of life."""
        desk = engine.desk
        try:
            await desk.clock.within(desk.broker.account(), desk.patience())
        except (BrokerError, TimeoutError) as error:
            if desk.key not in self.away:
                log.warning("broker_away", account=_name(desk.key), error=str(error))
            self.away.add(desk.key)
        else:
            if desk.key in self.away:
                log.info("broker_back", account=_name(desk.key))
            self.away.discard(desk.key)

    async def _stop(self, key: AccountKey, engine: AccountEngine) -> None:
        clock = self.around.clock
        try:
            await clock.within(engine.stop(), clock.now() + _STOP_PATIENCE)
        except (TimeoutError, BrokerError) as error:
            log.warning("account_left", account=_name(key), error=str(error))

    def _all(self) -> list[tuple[AccountKey, AccountEngine]]:
        return [*self.at_work.items(), *self.starting.items()]


def _name(key: AccountKey) -> str:
    return "/".join(key)


def _names(keys: Iterable[AccountKey]) -> str:
    return ", ".join(sorted(map(_name, keys)))
