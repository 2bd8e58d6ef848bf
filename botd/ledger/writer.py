"""
The one thread of a ledger: works queued while a commit runs share the next one.

    queue -> BEGIN -> (SAVEPOINT, work, RELEASE) ... -> COMMIT -> answers
          -> BEGIN -> reading work ... -> COMMIT -> answers

It reads, too, on another connection: reading in a thread of its own met its commits,
and two connections that meet wait for one another in sleeps of milliseconds.

A work that raises undoes only itself; a commit that fails undoes, and fails, every
work of its transaction. Nothing is answered before the commit has returned, so an
answer means that the work is on the disk.

The thread waits on `SimpleQueue.get()` without a time-out: timed waits of threads
hang where the process's clock is faked.
"""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from queue import Empty, SimpleQueue
from typing import Any

from botd.errors import LedgerError
from botd.ledger.columns import Tx
from botd.ledger.faults import DATABASE_ERRORS, explain, is_breaking

MOST_WAITING = 20_000  # works in the queue; beyond it a caller is refused
MOST_TOGETHER = 512  # works in one transaction
_NAME = "botd_work"
_SAVEPOINT = f"SAVEPOINT {_NAME}"


class Job:
    """One work on its way to the ledger, and what came of it."""

    __slots__ = ("error", "future", "is_read", "loop", "result", "work")

    def __init__(
        self,
        work: Callable[[Tx], Any],
        future: asyncio.Future[Any] | futures.Future[Any] | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
        *,
        is_read: bool = False,
    ) -> None:
        self.work = work
        self.is_read = is_read
        self.future = future
        self.loop = loop  # of an asyncio future; None: a thread's future, or none
        self.result: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        """Hand the outcome to whoever waits, unless nobody does any more."""
        if self.future is None or self.future.cancelled() or self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)

    def fail(self, fault: BaseException) -> None:
        """Take back a result; an error of its own stands."""
        self.result = None
        if self.error is None:
            self.error = fault

    def outcome(self) -> Any:  # noqa: ANN401 - whatever the work returned
        """Give the result, or raise the error."""
        if self.error is not None:
            raise self.error
        return self.result


class Connected:
    """A connection and what runs on it: several works to one transaction."""

    def __init__(self, connection: Tx, place: str, *, reads_only: bool = False) -> None:
        self.connection = connection
        self._place = place
        self._reads_only = reads_only  # then there is nothing that a work could undo
        self._broken: str | None = None

    @property
    def is_broken(self) -> bool:
        """Whether it failed so that nothing is run on it again."""
        return self._broken is not None

    def run(self, jobs: list[Job]) -> None:
        """Run *jobs* in one transaction; their outcomes stand when this returns."""
        if self._broken is not None:
            self._fail(jobs, LedgerError(self._broken))
            return
        try:
            with self.connection.begin():  # leaving it commits
                for job in jobs:
                    self._run_one(job, is_alone=len(jobs) == 1)
        except _WorkFailed:
            return  # alone in its transaction, which is rolled back; its error stands
        except _TransactionLost as lost:
            self._fail(jobs, self._explain(lost.error))
        except DATABASE_ERRORS as error:
            self._fail(jobs, self._explain(error))
        finally:
            self._leave()

    def _leave(self) -> None:
        """End a transaction that still stands: a commit that failed leaves it open."""
        try:
            if self.raw().in_transaction:
                self.raw().rollback()
        except sqlite3.Error as error:
            self._broken = str(self._explain(error))

    def _run_one(self, job: Job, *, is_alone: bool) -> None:
        if has_savepoint := not (is_alone or self._reads_only):
            self.raw().execute(_SAVEPOINT)  # SQLAlchemy's own cost more than most works
        try:
            job.result = job.work(self.connection)
        except BaseException as error:  # noqa: BLE001 - raised again where the work was asked for
            job.error = self._explain(error) if isinstance(error, DATABASE_ERRORS) else error
        self._refuse_lost(job.error)
        if has_savepoint:
            self._end_savepoint(is_kept=job.error is None)
        elif job.error is not None and is_alone:
            raise _WorkFailed

    def _end_savepoint(self, *, is_kept: bool) -> None:
        if not is_kept:
            self.raw().execute(f"ROLLBACK TO {_NAME}")
        self.raw().execute(f"RELEASE {_NAME}")

    def _refuse_lost(self, error: BaseException | None) -> None:
        """
        Stop where SQLite has ended the whole transaction, as on a full disk.

        What ran before is undone then, and what came after would commit by itself
        (https://www.sqlite.org/lang_transaction.html, section 3.1).
        """
        if not self.raw().in_transaction:
            raise _TransactionLost(error)

    def raw(self) -> sqlite3.Connection:
        """Give the driver's connection."""
        connection = self.connection.connection.dbapi_connection
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101 - for the type checker
        return connection

    def _explain(self, error: BaseException | None) -> LedgerError:
        if isinstance(error, LedgerError):
            return error
        fault = explain(self._place, error)
        if is_breaking(error):
            self._broken = f"{fault}. It failed before, and is not written again by this process"
        return fault

    @staticmethod
    def _fail(jobs: list[Job], fault: LedgerError) -> None:
        for job in jobs:
            job.fail(fault)


class _WorkFailed(Exception):  # noqa: N818 - leaves a transaction, reaches nobody
    """The only work of a transaction raised."""


class _TransactionLost(Exception):  # noqa: N818 - leaves a transaction, reaches nobody
    """SQLite ended the transaction by itself."""

    def __init__(self, error: BaseException | None) -> None:
        super().__init__()
        self.error = error


class Worker:
    """A thread that runs jobs in the order of their coming, several of a kind at once."""

    def __init__(self, run: Callable[[list[Job]], None], name: str) -> None:
        self._run = run
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """
        Put *job* in the queue.

        Raises:
            LedgerError: too many wait already; the disk does not keep up.
        """
        if self._queue.qsize() >= MOST_WAITING:
            raise LedgerError(f"ledger: {MOST_WAITING} works wait already; the disk is too slow")
        self._queue.put(job)

    def close(self) -> None:
        """Finish what waits, then end the thread."""
        self._queue.put(None)
        self._thread.join()

    def _serve(self) -> None:
        is_open = True
        while is_open:
            jobs, is_open = self._next()
            for together in _by_kind(jobs):
                try:
                    self._run(together)
                except BaseException as error:  # noqa: BLE001 - raised where works are awaited
                    for job in together:
                        job.fail(error)
                _answer(together)

    def _next(self) -> tuple[list[Job], bool]:
        jobs: list[Job] = []
        job = self._queue.get()
        while job is not None:
            jobs.append(job)
            if len(jobs) == MOST_TOGETHER:
                break
            try:
                job = self._queue.get_nowait()
            except Empty:
                break
        return jobs, job is not None


def _by_kind(jobs: list[Job]) -> Iterator[list[Job]]:
    """Give works that write, then those that read: these see what came before them."""
    for is_read in (False, True):
        together = [job for job in jobs if job.is_read is is_read]
        if together:
            yield together


def _answer(jobs: list[Job]) -> None:
    """Wake whoever waits: each loop once, threads at once."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in jobs:
        if job.loop is None:
            job.settle()
        else:
            by_loop.setdefault(job.loop, []).append(job)
    for loop, waiting in by_loop.items():
        with contextlib.suppress(RuntimeError):  # the loop has been closed: nobody waits
            loop.call_soon_threadsafe(_settle, waiting)


def _settle(jobs: list[Job]) -> None:
    for job in jobs:
        job.settle()
