"""The ledger itself: opening it, and running works on it."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from botd.errors import LedgerError
from botd.ledger.columns import Tx
from botd.ledger.faults import DATABASE_ERRORS, explain
from botd.ledger.location import file_of
from botd.ledger.opening import connect_checked, make_memory
from botd.ledger.sqlite import (
    PATIENCE,
    be_patient,
    closed_on_error,
    connect,
    dispose,
    reading,
    writing,
)
from botd.ledger.writer import Connected, Job, Worker

_Result = TypeVar("_Result")


class Ledger:
    """
    The record: what is not in it has not happened, and nothing is sent before it is.

    A *work* is a function of one open transaction (`Tx`). It may run together with
    other works in one commit; an exception undoes it alone and is raised to its
    caller. Works end their reading before anything is printed, prompted or sent.
    """

    def __init__(
        self,
        path: Path | None,
        raw: sqlite3.Connection,
        *,
        threaded: bool,
        patience: timedelta,
    ) -> None:
        self.path = path  # None: in memory
        self._patience = patience
        self._place = "in memory" if path is None else str(path)
        self._writer = Connected(writing(raw), self._place)
        self._reader: Connected | None = self._writer if path is None else None
        self._threaded = threaded
        self._worker: Worker | None = None
        self._is_closed = False
        self._idle = threading.Lock()  # held while the writer's connection is in use
        self._data_version = self._read_data_version(patience)
        self._others = False

    async def write(self, work: Callable[[Tx], _Result]) -> _Result:
        """
        Run *work* and commit it; when this returns it is on the disk.

        A caller that is cancelled does not call its work back.

        Raises:
            LedgerError: it was not recorded, and no part of it; nothing may be sent on it.
                (Where the disk fails in the very last step of a commit it may be found
                recorded after the restart, as whole as any other.)
        """
        if not self._threaded:
            return self.write_now(work)
        return await self._in_thread(work, is_read=False)

    async def read(self, work: Callable[[Tx], _Result]) -> _Result:
        """Run *work* in a transaction that only reads, and end it."""
        if not self._threaded:
            return self.read_now(work)
        return await self._in_thread(work, is_read=True)

    def write_now(self, work: Callable[[Tx], _Result]) -> _Result:
        """Do what `write` does while the calling thread waits."""
        if self._threaded:
            return self._wait_for(work, is_read=False)
        return self._inline(self._write, work)

    def read_now(self, work: Callable[[Tx], _Result]) -> _Result:
        """Do what `read` does while the calling thread waits."""
        if self._threaded:
            return self._wait_for(work, is_read=True)
        return self._inline(self._read, work)

    def changed_by_others(self) -> bool:
        """
        Tell whether another process (or connection) committed since the last call.

        Never waits: while this ledger itself writes, the answer may come with the
        next call.
        """
        self._refuse_closed()
        if self.path is None or not self._idle.acquire(blocking=False):
            return self._take_others()
        try:
            self._look_for_others()
        finally:
            self._idle.release()
        return self._take_others()

    @property
    def is_broken(self) -> bool:
        """Whether it failed so that this process will not write it again."""
        return self._writer.is_broken

    async def aclose(self) -> None:
        """Finish what waits, and close the file."""
        self.close()

    def close(self) -> None:
        """Do what `aclose` does."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._worker is not None:
            self._worker.close()
        dispose(self._writer.connection)
        if self._reader is not None and self._reader is not self._writer:
            dispose(self._reader.connection)

    def _write(self, jobs: list[Job]) -> None:
        with self._idle:
            self._writer.run(jobs)
            if self.path is not None:
                self._look_for_others()

    def _read(self, jobs: list[Job]) -> None:
        self._reading().run(jobs)

    def _run(self, jobs: list[Job]) -> None:
        """Run works of one kind, in the ledger's thread."""
        if jobs[0].is_read and self.path is not None:
            self._read(jobs)
        else:
            self._write(jobs)

    def _reading(self) -> Connected:
        if self._reader is None:
            try:
                raw = connect(self.path, self._patience)
                with closed_on_error(raw):
                    self._reader = Connected(reading(raw), self._place, reads_only=True)
            except sqlite3.Error as error:
                raise explain(self._place, error) from error
        return self._reader

    def _thread(self) -> Worker:
        self._refuse_closed()
        if self._worker is None:
            self._worker = Worker(self._run, "ledger")
        return self._worker

    def _inline(self, run: Callable[[list[Job]], None], work: Callable[[Tx], _Result]) -> _Result:
        self._refuse_closed()
        job = Job(work)
        run([job])
        result: _Result = job.outcome()
        return result

    async def _in_thread(self, work: Callable[[Tx], _Result], *, is_read: bool) -> _Result:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[_Result] = loop.create_future()
        self._thread().submit(Job(work, future, loop, is_read=is_read))
        return await future

    def _wait_for(self, work: Callable[[Tx], _Result], *, is_read: bool) -> _Result:
        future: Future[_Result] = Future()
        self._thread().submit(Job(work, future, is_read=is_read))
        return future.result()

    def _refuse_closed(self) -> None:
        if self._is_closed:
            raise LedgerError(f"ledger {self._place}: is closed")

    def _take_others(self) -> bool:
        others, self._others = self._others, False
        return others

    def _look_for_others(self) -> None:
        try:
            version = self._read_data_version(timedelta())
        except sqlite3.Error:  # locked: somebody commits at this moment
            self._others = True
            return
        if version != self._data_version:
            self._data_version = version
            self._others = True

    def _read_data_version(self, patience: timedelta) -> int:
        raw = self._writer.raw()
        be_patient(raw, patience)
        try:
            row: tuple[int] = raw.execute("PRAGMA data_version").fetchone()
        finally:
            be_patient(raw, self._patience)
        return row[0]


def open_ledger(
    url: str,
    *,
    create: bool = False,
    threaded: bool = True,
    patience: timedelta = PATIENCE,
) -> Ledger:
    """
    Open the ledger of a `sqlite:///path` URL (`sqlite://`: in memory).

    With *create* a missing file is made, with its folders. *threaded* False runs
    every work inline: for replays, simulations and loops of virtual time. Another
    process's lock is waited for up to *patience*.

    Raises:
        NotFoundError: there is no such file, and *create* is False.
        LedgerError: it is not a ledger, or damaged, or made by another version, or
            lies where none can be kept; with the path, what was found, what to do.
    """
    path = file_of(url)
    try:
        raw = (
            make_memory()
            if path is None
            else connect_checked(path, create=create, patience=patience)
        )
        with closed_on_error(raw):
            return Ledger(path, raw, threaded=threaded, patience=patience)
    except DATABASE_ERRORS as error:
        raise explain(str(path), error) from error
