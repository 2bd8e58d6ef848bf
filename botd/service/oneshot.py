"""
Following what a person asked for to its end, whoever carries it out.

    a daemon holds the ledger     it carries the command out; the row tells how far it is
    a command holds the ledger    it serves everybody's cancels; else we wait for its end
    nobody does                   we take the lock and open the account's engine: orders
                                  are recovered, the command is carried out, no attempt is

Whoever holds the lock when a process dies leaves its commands to the next one. Waiting
is bounded; every read ends its transaction, so that no commit of the daemon waits for us.
"""

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import structlog

from botd.clock import Clock, VirtualClock
from botd.domain.session import Sessions
from botd.engine import resolve
from botd.engine.loop import AccountEngine
from botd.errors import BrokerError, CalendarError, ConfigError, LedgerError, StateError
from botd.ledger import Ledger, Tx, commands, orders, positions
from botd.ledger.commands import Command, CommandState
from botd.ledger.orders import Order
from botd.service import wiring
from botd.service.inspection import DAEMON
from botd.service.lock import Holder, hold, holder_of
from botd.service.wiring import AccountKey, Surroundings
from botd.settings.model import Settings

CANCEL_PATIENCE = timedelta(seconds=40)
CLOSE_PATIENCE = timedelta(minutes=3)

_LOOK = timedelta(seconds=0.2)
_PREPARE = timedelta(seconds=5)  # an unreachable broker must not eat the command's own time
_LAST_CANCEL = timedelta(seconds=10)  # when a person does not want to wait any more

# What may keep a command from being carried out after it is in the ledger.
_TROUBLE = (BrokerError, CalendarError, ConfigError, LedgerError, StateError)

TellOrder = Callable[[Order], None]
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Site:
    """Where a command works: the ledger, its lock, and how to get everything else."""

    ledger: Ledger  # its works run inline
    lock: Path
    clock: Clock
    load: Callable[[], tuple[Settings, Sessions]]  # asked only where no daemon runs
    purpose: str  # "close": what the lock tells others

    def holder(self) -> Holder | None:
        """Tell who holds the ledger."""
        return holder_of(self.lock)


def run(clock: Clock, work: Coroutine[Any, Any, _Result]) -> _Result:
    """
    Run *work* to its end, in the loop that makes the clock's time.

    Ctrl-C cancels it, waits until it has tidied up, and is raised, as `asyncio.run` does.
    """
    if not isinstance(clock, VirtualClock):
        return asyncio.run(work)
    task = clock.loop.create_task(work)
    try:
        return clock.loop.run_until_complete(task)
    except KeyboardInterrupt:
        task.cancel()
        clock.loop.run_until_complete(asyncio.wait((task,)))
        raise


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the engine's log lines off the terminal: the command tells what happened."""
    before = structlog.get_config()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        yield
    finally:
        structlog.configure(**before)


@dataclass(slots=True)
class Follower:
    """Follows some commands of one person to their end; `run` it once."""

    site: Site
    ids: Sequence[int]
    patience: timedelta
    tell: TellOrder = lambda _: None  # each order of a position, when it changes
    engines: dict[AccountKey, AccountEngine] = field(default_factory=dict)
    _seen: dict[str, object] = field(default_factory=dict)
    _is_told_of: bool = False

    async def run(self) -> tuple[Command, ...]:
        """
        Wait until all are done, or the patience is over; give them as they then stand.

        Raises:
            ConfigError: no daemon runs, and the account cannot be opened.
            CalendarError: no daemon runs, and no sessions are known.
            BrokerError: no daemon runs, and the account cannot be opened.
            LedgerError: the ledger failed meanwhile.
        """
        until = self.site.clock.now() + self.patience
        with ExitStack() as held:
            try:
                while True:
                    found = self._look()
                    is_busy = any(engine.is_busy for engine in self.engines.values())
                    if all(one.state is CommandState.DONE for one in found) and not is_busy:
                        return found
                    if self.site.clock.now() >= until:
                        return await self._give_up()
                    await self._serve(held)
                    await self.site.clock.sleep_until(self.site.clock.now() + _LOOK)
            except asyncio.CancelledError:
                await self._give_up()
                raise
            finally:
                for engine in self.engines.values():
                    await engine.stop()

    def _look(self) -> tuple[Command, ...]:
        """Read how the commands stand, and tell what their orders do."""

        def work(tx: Tx) -> tuple[tuple[Command, ...], list[Order]]:
            found = tuple(commands.get(tx, one) for one in self.ids)
            names = {one.position_id for one in found if one.position_id is not None}
            return found, [order for name in names for order in orders.of_position(tx, name)]

        found, placed = self.site.ledger.read_now(work)
        for order in placed:
            state = (order.status, order.filled_units)
            is_news = self._seen.get(order.client_order_id) != state
            self._seen[order.client_order_id] = state
            if is_news and self._is_told_of:  # what stood there before is no news
                self.tell(order)
        self._is_told_of = True
        return found

    async def _serve(self, held: ExitStack) -> None:
        """Carry commands out where nobody else does."""
        if not self.engines and not await self._take_the_desk(held):
            return
        for engine in self.engines.values():
            await engine.carry_out(self.ids)
            if engine.fault is not None:
                raise LedgerError(engine.fault)

    async def _take_the_desk(self, held: ExitStack) -> bool:
        """Take the lock and open the engines; False: somebody else holds it."""
        site = self.site
        if site.holder() is not None:
            return False
        try:
            held.enter_context(hold(site.lock, now=site.clock.now(), purpose=site.purpose))
        except StateError:
            if site.holder() is None:
                raise  # not taken: it cannot be had at all
            return False
        settings, sessions = site.load()
        around = Surroundings(site.ledger, site.clock, sessions, wiring.owner_name())
        for key in self._accounts():
            if key[0] not in settings.brokers:
                raise ConfigError(f"no [brokers.{key[0]}] in the configuration any more")
            self.engines[key] = wiring.open_engine(settings, key, around)
            await self.engines[key].prepare(site.clock.now() + _PREPARE)
        return True

    def _accounts(self) -> list[AccountKey]:
        def account_of(tx: Tx, command: Command) -> AccountKey:
            if command.position_id is not None:
                return positions.get(tx, command.position_id).account_key
            broker, _, account = str(command.args["account"]).partition("/")
            return broker, account

        def work(tx: Tx) -> set[AccountKey]:
            return {account_of(tx, commands.get(tx, one)) for one in self.ids}

        return sorted(self.site.ledger.read_now(work))

    async def _give_up(self) -> tuple[Command, ...]:
        """
        Stop waiting; what a daemon has goes on there.

        What we carry out ourselves ends: nobody would look after its orders any more.
        """
        for engine in self.engines.values():
            await engine.park()
        if self.engines:
            for command in self._look():
                if command.state is not CommandState.DONE:
                    await self._drop(command)
        return self._look()

    async def _drop(self, command: Command) -> None:
        """End a command that only we carried out, and cancel what it left working."""
        for engine in self.engines.values():
            for order in self._live(command):
                if order.account_key == engine.desk.key:
                    await resolve.end(engine.desk, order, self.site.clock.now() + _LAST_CANCEL)
        result = {
            "done": False,
            "unreachable": bool(self._live(command)),
            "message": "given up before it was done",
        }
        at = self.site.clock.now()
        self.site.ledger.write_now(lambda tx: commands.finish(tx, command.id, result, at))

    def _live(self, command: Command) -> list[Order]:
        """Read the orders of a command's position that may still fill."""
        live = self.site.ledger.read_now(orders.live)
        return [order for order in live if order.intent.position_id == command.position_id]


def try_to_follow(site: Site, ids: Sequence[int]) -> str | None:
    """Follow cancels to their end; give what kept them from it."""
    if not ids:
        return None
    try:
        done = run(site.clock, Follower(site, ids, CANCEL_PATIENCE).run())
    except _TROUBLE as error:
        return str(error)
    if all(one.state is CommandState.DONE for one in done):
        return None
    return _late(site, CANCEL_PATIENCE)


def follow(
    site: Site, asked: Sequence[Command], patience: timedelta, tell: TellOrder
) -> tuple[Command, ...]:
    """
    Follow commands that send orders; nobody finds one later that we gave up.

    Only what a running daemon has is left to it.
    """
    ids = [one.id for one in asked]
    try:
        done = run(site.clock, Follower(site, ids, patience, tell).run())
    except (*_TROUBLE, KeyboardInterrupt) as error:
        _drop(site, ids, str(error) or "interrupted")
        raise
    if any(one.state is not CommandState.DONE for one in done):
        _drop(site, ids, _late(site, patience))
    return site.ledger.read_now(lambda tx: tuple(commands.get(tx, one) for one in ids))


def _drop(site: Site, ids: Sequence[int], words: str) -> None:
    """End commands that nobody has, so that no later daemon carries them out."""
    holder, at = site.holder(), site.clock.now()
    result = {"done": False, "unreachable": True, "message": words}

    def work(tx: Tx) -> None:
        for one in ids:
            is_begun = commands.get(tx, one).state is CommandState.RUNNING
            if holder is None or not (is_begun or holder.purpose == DAEMON):
                commands.finish(tx, one, result, at)

    site.ledger.write_now(work)


def is_with_daemon(site: Site) -> bool:
    """Whether a daemon holds the ledger."""
    holder = site.holder()
    return holder is not None and holder.purpose == DAEMON


def _late(site: Site, patience: timedelta) -> str:
    seconds = int(patience.total_seconds())
    holder = site.holder()
    who = "nobody" if holder is None else str(holder)
    return f"no answer within {seconds} s; the ledger is held by {who}"


def said_of(command: Command) -> dict[str, Any]:
    """Give a command's result; one that is not done has no answer, and may have any fate."""
    if command.state is CommandState.DONE and command.result is not None:
        return command.result
    return {"done": False, "unreachable": True, "message": "the daemon still works on it"}
