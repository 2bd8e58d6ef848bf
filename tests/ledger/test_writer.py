import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from sqlalchemy import text

from botd.errors import LedgerError, StateError
from botd.ledger import Tx, open_ledger
from botd.ledger.opening import make_file
from botd.ledger.sqlite import connect, dispose, writing
from botd.ledger.writer import MOST_TOGETHER, MOST_WAITING, Connected, Job, Worker
from tests.ledger.given import a_position, hold


@pytest.fixture
def connected(path: Path) -> Iterator[Connected]:
    make_file(path)
    made = Connected(writing(connect(path)), str(path))
    yield made
    dispose(made.connection)


_INSERT = "INSERT INTO moments VALUES (:key, '')"
_INSERT_OR_END = "INSERT OR ROLLBACK INTO moments VALUES (:key, '')"


def insert(key: str, statement: str = _INSERT) -> Callable[[Tx], str]:
    def work(tx: Tx) -> str:
        tx.execute(text(statement), {"key": key})
        return key

    return work


def fail(error: BaseException) -> Callable[[Tx], None]:
    def work(tx: Tx) -> None:
        insert("undone")(tx)
        raise error

    return work


def kept(connected: Connected) -> set[str]:
    return {row[0] for row in connected.raw().execute('SELECT "key" FROM moments')}


def run(connected: Connected, *works: Callable[[Tx], object]) -> list[Job]:
    jobs = [Job(work) for work in works]
    connected.run(jobs)
    return jobs


def test_each_work_has_its_own_fate(connected: Connected) -> None:
    """One exception, of whatever kind, undoes one work."""
    error = StateError("no")
    jobs = run(connected, insert("a"), fail(error), fail(KeyboardInterrupt()), insert("b"))

    assert ["a", None, None, "b"] == [job.result for job in jobs]
    assert error is jobs[1].error
    assert isinstance(jobs[2].error, KeyboardInterrupt)
    assert {"a", "b"} == kept(connected)


def test_rule_of_the_ledger_is_told_by_its_name(connected: Connected) -> None:
    """A work that the database refuses fails alone, as a ledger error."""
    jobs = run(connected, insert("a"), insert("a"), insert("b"))

    assert isinstance(jobs[1].error, LedgerError)
    assert "SQLITE_CONSTRAINT_PRIMARYKEY" in str(jobs[1].error)
    assert {"a", "b"} == kept(connected)


@pytest.mark.parametrize("is_alone", [True, False])
def test_transaction_that_sqlite_ends_fails_every_work(
    connected: Connected,
    *,
    is_alone: bool,
) -> None:
    """Works before are undone with it, works after do not commit by themselves."""
    run(connected, insert("before"))
    lost = insert("before", _INSERT_OR_END)
    jobs = run(connected, lost) if is_alone else run(connected, insert("a"), lost, insert("b"))

    assert all(isinstance(job.error, LedgerError) for job in jobs)
    assert {"before"} == kept(connected)
    assert None is run(connected, insert("after"))[0].error


def test_work_that_hides_a_lost_transaction_fails_too(connected: Connected) -> None:
    """Whatever the work made of the error, nothing of it was recorded."""
    run(connected, insert("before"))

    def hide(tx: Tx) -> None:
        with pytest.raises(Exception, match="UNIQUE"):
            insert("before", _INSERT_OR_END)(tx)

    (job,) = run(connected, hide)

    assert "gave the transaction up" in str(job.error)


def test_full_database_records_nothing_and_goes_on_later(connected: Connected) -> None:
    """A full disk fails the works of its transaction; once there is room, the next is taken."""
    pages = connected.raw().execute("PRAGMA page_count").fetchone()[0]
    connected.raw().execute(f"PRAGMA max_page_count = {pages}").fetchall()
    (job,) = run(connected, insert("x" * 100_000))

    assert "the disk is full" in str(job.error)
    assert set() == kept(connected)

    connected.raw().execute("PRAGMA max_page_count = 100000").fetchall()

    assert None is run(connected, insert("a"))[0].error


def test_broken_file_is_not_written_again(connected: Connected, path: Path) -> None:
    """Once the disk or the file has failed, this process writes no more."""
    run(connected, *(insert(f"{number}-{'x' * 900}") for number in range(100)))
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    connected.raw().execute("PRAGMA cache_size = 1").fetchall()
    connected.raw().execute("PRAGMA shrink_memory").fetchall()
    (first,) = run(connected, lambda tx: tx.exec_driver_sql("SELECT * FROM events").all())
    (second,) = run(connected, insert("a"))

    assert "it is damaged" in str(first.error)
    assert "not written again by this process" in str(second.error)


_FILL = """
import resource, sys
from botd.errors import LedgerError
from botd.ledger import open_ledger, positions
from tests.ledger.given import DUE, a_position
ledger = open_ledger(sys.argv[1], threaded=False)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
number = 0
try:
    while True:
        ledger.write_now(lambda tx: positions.add(tx, a_position(f"p{number}"), DUE))
        number += 1
except LedgerError as error:
    print(number, error)
try:
    ledger.close()
except LedgerError:
    pass
"""


def test_disk_that_takes_no_more_leaves_what_was_committed(url: str, path: Path) -> None:
    """The process is stopped by the system's limit of a file; each answered work is there."""
    make_file(path)
    limit = path.stat().st_size + 40_000
    child = subprocess.run(
        [sys.executable, "-c", _FILL, url, str(limit)],
        capture_output=True,
        text=True,
        check=True,
    )
    number, _, message = child.stdout.partition(" ")
    ledger = open_ledger(url, threaded=False)
    found = ledger.read_now(lambda tx: tx.exec_driver_sql("SELECT id FROM positions").all())
    hold(ledger, a_position("later"))
    ledger.close()

    assert int(number) == len(found) > 0
    assert "SQLITE_" in message


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    opened = threading.Event()
    yield opened
    opened.set()


def test_queue_is_bounded(gate: threading.Event) -> None:
    """A caller is refused where the disk does not keep up."""
    started = threading.Event()

    def hold_up(_: list[Job]) -> None:
        started.set()
        gate.wait()

    worker = Worker(hold_up, "test")
    worker.submit(Job(lambda _: None))
    started.wait()
    for _ in range(MOST_WAITING):
        worker.submit(Job(lambda _: None))

    with pytest.raises(LedgerError, match="wait already"):
        worker.submit(Job(lambda _: None))

    gate.set()
    worker.close()


def test_batch_is_bounded(gate: threading.Event) -> None:
    """However many wait, one transaction takes only so many of them."""
    sizes: list[int] = []

    def note(jobs: list[Job]) -> None:
        gate.wait()
        sizes.append(len(jobs))

    worker = Worker(note, "test")
    for _ in range(MOST_TOGETHER * 3):
        worker.submit(Job(lambda _: None))
    gate.set()
    worker.close()

    assert MOST_TOGETHER * 3 == sum(sizes)
    assert MOST_TOGETHER >= max(sizes)


def test_thread_outlives_what_it_runs() -> None:
    """An unforeseen error fails the works at hand, and the next are served."""
    calls: list[int] = []

    def explode(jobs: list[Job]) -> None:
        calls.append(len(jobs))
        if len(calls) == 1:
            raise MemoryError

    worker = Worker(explode, "test")
    first: Future[object] = Future()
    worker.submit(Job(lambda _: None, first))

    assert isinstance(first.exception(), MemoryError)

    second: Future[object] = Future()
    worker.submit(Job(lambda _: None, second))

    assert None is second.result()

    worker.close()


async def test_answer_to_nobody_is_dropped() -> None:
    """A future that is done already stays as it is."""
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    future.set_result(1)
    Job(lambda _: 2, future).settle()

    assert 1 == future.result()


def test_reader_that_cannot_open_tells_so(url: str, path: Path) -> None:
    """A file that went away after the opening fails the read, not the thread."""
    ledger = open_ledger(url, create=True)
    path.rename(path.with_name("elsewhere"))
    with pytest.raises(LedgerError, match="SQLITE_CANTOPEN"):
        ledger.read_now(lambda _: None)
    path.with_name("elsewhere").rename(path)

    assert 1 == ledger.read_now(lambda tx: tx.exec_driver_sql("SELECT 1").scalar())

    ledger.close()


def test_reading_works_have_their_own_fate(url: str, path: Path) -> None:
    """Of works that read together one may fail; a work that writes is seen by those after it."""

    def ask(statement: str) -> Callable[[Tx], object]:
        return lambda tx: tx.execute(text(statement), {"key": "b"}).scalar()

    async def scene() -> list[object]:
        ledger = open_ledger(url, create=True)
        works: list[Coroutine[None, None, object]] = [
            ledger.write(insert("a")),
            ledger.read(ask("SELECT count(*) FROM moments")),
            ledger.read(ask(_INSERT)),
            ledger.read(ask("SELECT 7")),
        ]
        try:
            return list(await asyncio.gather(*works, return_exceptions=True))
        finally:
            ledger.close()

    written, count, refused, seven = asyncio.run(scene())

    assert ("a", 1, 7) == (written, count, seven)
    assert isinstance(refused, LedgerError)
