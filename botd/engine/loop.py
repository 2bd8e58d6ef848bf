"""
One account's expiration days: looking what is due, starting it, keeping the tasks.

Whoever knows that time has passed calls `wake`: a scheduler, a ticker, a replay, a
change in the ledger. Waking too often does no harm, and nothing else starts work.
"""

import asyncio
from collections.abc import Collection, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from botd.domain import schedule
from botd.domain.position import Management, Position
from botd.domain.schedule import Due, DueAttempt, PositionSchedule
from botd.engine import after, claims, commands, moments, recovery, wave
from botd.engine.attempt import Attempt, make
from botd.engine.desk import LOOK_AGAIN, Desk, log
from botd.engine.plans import schedule_of
from botd.engine.reads import read_terms
from botd.errors import LedgerError
from botd.ledger import attempts, positions
from botd.ledger.columns import Tx

_LOOK_BACK = timedelta(days=2)
_TOO_LATE = timedelta(seconds=5)  # before an attempt's end: nothing is begun again


_Value = TypeVar("_Value")
_State = tuple[int, int, frozenset[tuple[str, datetime]], int, tuple[datetime | None, bool]]


@dataclass(frozen=True, slots=True)
class _Known(Generic[_Value]):
    """What was found for a state, and stands until an instant."""

    state: _State | None = None
    value: _Value | None = None
    until: datetime | None = None  # None: for as long as the state stands

    def holds(self, state: _State | None, now: datetime) -> bool:
        """Whether it still stands."""
        return (
            state is not None and self.state == state and (self.until is None or now < self.until)
        )


class AccountEngine:
    """Carries one account through its days; `start` once, then `wake`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.fault: str | None = None  # the ledger's last failure, for STATUS and page
        self._schedules: dict[str, PositionSchedule] = {}
        self._taken: frozenset[tuple[str, datetime]] = frozenset()
        self._may_have_commands = True  # whoever asks for something writes into the ledger
        self._moments: tuple[moments.Told, ...] = ()
        self._tasks: set[asyncio.Task[None]] = set()
        self._broken: BaseException | None = None
        self._reads = 0  # of the book
        self._next_at: _Known[datetime] = _Known()
        self._next_attempt: _Known[tuple[str, datetime, int]] = _Known()
        self._seen: _State | None = None  # all that was due by it has been started

    async def start(self, until: datetime) -> bool:
        """
        Reconcile with the broker and take up what an earlier process left.

        Returns whether the broker could be read until *until*; if not, every attempt
        tries again by itself.
        """
        is_read, unfinished = await self._recover(until)
        if unfinished:
            self._spawn(self._carry(unfinished))
        return is_read

    async def prepare(self, until: datetime) -> bool:
        """
        Do what `start` does, but take up no attempt: nothing but `carry_out` may follow.

        For a command that stands in for a daemon which does not run.
        """
        self.desk.runs_attempts = False
        is_read, _ = await self._recover(until)
        return is_read

    async def carry_out(self, own: Collection[int] | None = None) -> None:
        """Begin what people ask for, and nothing that is due; *own* as in `commands.due`."""
        self._raise_broken()
        for coroutine in await commands.due(self.desk, own):
            self._spawn(coroutine)

    async def refresh(self) -> None:
        """Read the book again: another process, or a bot, changed it."""
        since = self.desk.now() - _LOOK_BACK

        def work(tx: Tx) -> tuple[tuple[Position, ...], frozenset[tuple[str, datetime]]]:
            book = (*positions.live(tx, self.desk.key), *positions.unconfirmed(tx, self.desk.key))
            return book, attempts.taken(tx, since)

        # In the writer's own order: a fill that it has recorded cannot be missing here.
        book, self._taken = await self.desk.ledger.write(work)
        self._reads += 1
        self._may_have_commands = True
        self.desk.book.clear()
        for position in book:
            self.desk.keep(position)
        self._schedules = {
            position.id: plan
            for position in book
            if position.is_live and (plan := schedule_of(self.desk, position)) is not None
        }
        self._moments = moments.plan(self.desk)
        self.desk.feed.cover(book)

    async def wake(self) -> None:
        """Start everything that is due now; what runs already goes on."""
        self._raise_broken()
        if self.desk.is_stale:
            self.desk.is_stale = False
            await self.refresh()
        if self.desk.ledger_fault is not None:
            self.fault, self.desk.ledger_fault = self.desk.ledger_fault, None
        while self.desk.revived:
            self._spawn(commands.end_revived(self.desk, self.desk.revived.pop()))
        while self.desk.unseen:
            self._spawn(self.desk.unseen.pop()())
        now = self.desk.now()
        if not self._is_quiet(now):
            await self._start_due(now)
        if self._may_have_commands:
            self._may_have_commands = False
            await self.carry_out()

    def next_at(self) -> datetime | None:
        """Tell the next instant at which `wake` will find something to do."""
        now, state = self.desk.now(), self._state()
        if not self._next_at.holds(state, now):
            found = self._find_next(now)
            self._next_at = _Known(state, found, found)
        return self._next_at.value

    def next_attempt(self) -> tuple[str, datetime, int] | None:
        """Tell lead, instant and number of positions of the next attempt."""
        now, state = self.desk.now(), self._state()
        if not self._next_attempt.holds(state, now):
            found = self._find_attempt(now)
            self._next_attempt = _Known(state, found, None if found is None else found[1])
        return self._next_attempt.value

    def _state(self) -> "_State":
        """Give what decides, besides the time, whether anything is due."""
        desk = self.desk
        told, judged = len(desk.told), (desk.judged_at, desk.is_judging)
        return (self._reads, desk.changes, self._taken, told, judged)

    def _is_quiet(self, now: datetime) -> bool:
        """
        Whether nothing can have fallen due since the last look.

        It is looked four times a second, for days; a thousand positions would take a
        twentieth of a processor for nothing.
        """
        return self._seen == self._state() and self._next_at.holds(self._seen, now)

    async def _start_due(self, now: datetime) -> None:
        changes, self._seen = self.desk.changes, None
        due = schedule.due(self._live_schedules(), self._taken, now)
        is_claimed = not (due.run or due.missed) or await self._claim(due, now)
        for coroutine in moments.due(self.desk, self._moments, now):
            self._spawn(coroutine)
        if after.is_due(self.desk, now):
            self._spawn(after.judge(self.desk))
        if is_claimed and changes == self.desk.changes:
            self._seen = self._state()

    def _find_next(self, now: datetime) -> datetime | None:
        instants = (
            schedule.next_due(self._live_schedules(), self._taken, now),
            moments.next_at(self.desk, self._moments, now),
            after.next_at(self.desk, now),
        )
        return min((instant for instant in instants if instant is not None), default=None)

    def _find_attempt(self, now: datetime) -> tuple[str, datetime, int] | None:
        at = schedule.next_due(self._live_schedules(), self._taken, now)
        if at is None:
            return None
        leads = [
            attempt.lead
            for plan in self._live_schedules()
            for attempt in plan.attempts
            if attempt.due_at == at
        ]
        return leads[0], at, len(leads)

    @property
    def is_busy(self) -> bool:
        """Whether any attempt, command or message is being worked on."""
        return bool(self._tasks)

    async def settled(self) -> None:
        """Wait until everything that was started has ended."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))
        self._raise_broken()

    async def park(self) -> None:
        """Drop everything that was started, leaving orders as they are."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def stop(self) -> None:
        """
        Stop working, leaving orders as they are.

        What is sent and not yet answered gets its answer recorded by the next start.
        """
        await self.park()
        await self.desk.watch.stop()
        await self.desk.broker.aclose()

    async def _recover(self, until: datetime) -> tuple[bool, tuple[Attempt, ...]]:
        await self.refresh()
        found = await recovery.recover(self.desk, until)
        await self.refresh()
        for coroutine in await commands.left_behind(self.desk):
            self._spawn(coroutine)
        if self.desk.book:
            self._spawn(read_terms(self.desk, tuple(self.desk.book.values())))
        return found

    def _live_schedules(self) -> list[PositionSchedule]:
        book = self.desk.book
        return [
            plan
            for name, plan in self._schedules.items()
            if (position := book.get(name)) is not None
            and position.is_live
            and position.managed_by is Management.BOT
        ]

    async def _claim(self, due: Due, now: datetime) -> bool:
        """Claim what is due, and start what was claimed; False: it is to be tried again."""
        try:
            claimed = await claims.claim(self.desk, due, now)
        except LedgerError as error:
            # Without the record nothing is sent; the next wake tries again.
            self._ledger_failed(error)
            return False
        self._taken |= {(found.position_id, found.due_at) for found in (*due.run, *due.missed)}
        if claimed:
            self._spawn(self._carry(tuple(self._attempt(one) for one in claimed)))
        return True

    def _attempt(self, found: DueAttempt) -> Attempt:
        plan, position = self._schedules[found.position_id], self.desk.book.get(found.position_id)
        ours = position.closes_at if position is not None else None
        closes = self.desk.claimed_closes(ours or found.closes_at)
        return make(plan, found.due_at, closes, found.late)

    async def _carry(self, claimed: tuple[Attempt, ...]) -> None:
        """Carry attempts; what a failing ledger left without an outcome is taken up again."""
        left = claimed
        while left:
            try:
                await wave.carry(self.desk, left)
            except LedgerError as error:
                self._ledger_failed(error)
            else:
                return
            await self.desk.clock.sleep_until(self.desk.now() + LOOK_AGAIN)
            left = await self._unfinished(left)

    async def _unfinished(self, begun: tuple[Attempt, ...]) -> tuple[Attempt, ...]:
        left = tuple(one for one in begun if self.desk.now() < one.give_up_at - _TOO_LATE)
        try:
            rows = await self.desk.ledger.read(lambda tx: attempts.unfinished(tx, self.desk.key))
        except LedgerError as error:
            self._ledger_failed(error)
            return left
        names = {(row.position_id, row.due_at) for row in rows}
        return tuple(one for one in left if (one.position_id, one.due_at) in names)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(self._supervise(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: work.close())  # parked before it had begun

    async def _supervise(self, work: Coroutine[Any, Any, None]) -> None:
        """Keep a ledger failure from ending the other work; anything else ends the process."""
        try:
            await work
        except LedgerError as error:
            self._ledger_failed(error)
        except Exception as error:  # noqa: BLE001 - handed to the daemon's outer loop
            self._broken = error

    def _ledger_failed(self, error: LedgerError) -> None:
        self.fault = str(error)
        log.critical("ledger_failed", account=self.desk.key, error=str(error))

    def _raise_broken(self) -> None:
        if self._broken is not None:
            raise self._broken
