import asyncio
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from botd.clock import VirtualClock, VirtualTimeLoop
from botd.errors import LedgerError, StateError
from botd.ledger import Ledger, Tx, moments, open_ledger
from tests.ledger.given import T


class Work:
    """A work that claims a moment, and may fail after it."""

    def __init__(self, key: str, error: BaseException | None = None) -> None:
        self.key = key
        self.error = error

    def __call__(self, tx: Tx) -> bool:
        claimed = moments.claim(tx, self.key, T)
        if self.error is not None:
            raise self.error
        return claimed


def keys(tx: Tx) -> list[str]:
    return list(tx.execute(text('SELECT "key" FROM moments ORDER BY "key"')).scalars())


def keys_on_disk(path: Path) -> list[str]:
    raw = sqlite3.connect(path)
    try:
        return [row[0] for row in raw.execute('SELECT "key" FROM moments ORDER BY "key"')]
    finally:
        raw.close()


@pytest.fixture
async def threaded(url: str) -> AsyncIterator[Ledger]:
    opened = open_ledger(url, create=True, patience=timedelta(milliseconds=100))
    yield opened
    await opened.aclose()


@pytest.fixture
def inline(url: str) -> Iterator[Ledger]:
    opened = open_ledger(url, create=True, threaded=False, patience=timedelta(milliseconds=100))
    yield opened
    opened.close()


@pytest.fixture(params=["file and threads", "file inline", "memory and thread", "memory inline"])
async def each(request: pytest.FixtureRequest, url: str) -> AsyncIterator[Ledger]:
    place, _, _ = request.param.partition(" ")
    is_threaded = "thread" in request.param
    opened = open_ledger(url if place == "file" else "sqlite://", create=True, threaded=is_threaded)
    yield opened
    await opened.aclose()


async def test_write_is_read_again(each: Ledger) -> None:
    """What `write` returned from is there for every way of reading."""
    assert True is await each.write(Work("a"))
    assert True is each.write_now(Work("b"))
    assert False is await each.write(Work("a"))
    assert ["a", "b"] == await each.read(keys)
    assert ["a", "b"] == each.read_now(keys)


async def test_failing_work_undoes_itself_and_is_raised(each: Ledger) -> None:
    """The caller gets its own exception, and nothing of the work stays."""
    error = StateError("no")
    with pytest.raises(StateError) as caught:
        await each.write(Work("a", error))

    assert error is caught.value
    assert [] == await each.read(keys)


async def test_works_that_come_together_share_a_commit(threaded: Ledger, path: Path) -> None:
    """One that fails among them undoes itself alone."""
    gate = threading.Event()
    first = asyncio.ensure_future(threaded.write(lambda _: gate.wait()))
    rest = [asyncio.ensure_future(threaded.write(Work(str(number)))) for number in range(50)]
    bad = asyncio.ensure_future(threaded.write(Work("bad", StateError("no"))))
    last = asyncio.ensure_future(threaded.write(Work("last")))
    await asyncio.wait((first,), timeout=0)
    before = commits(path)
    gate.set()
    await asyncio.gather(first, *rest, last)
    with pytest.raises(StateError):
        await bad

    assert 51 == len(await threaded.read(keys))
    assert "bad" not in await threaded.read(keys)
    assert before + 2 >= commits(path)


def commits(path: Path) -> int:
    """Read the change counter of the file's header, one per commit that changed anything."""
    raw = sqlite3.connect(path)
    try:
        raw.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return int.from_bytes(path.read_bytes()[24:28], "big")
    finally:
        raw.close()


async def test_writes_keep_their_order(threaded: Ledger) -> None:
    """Works run in the order in which they were asked for."""
    seen: list[int] = []

    def work(number: int) -> Callable[[Tx], None]:
        return lambda _: seen.append(number)

    await asyncio.gather(*(threaded.write(work(number)) for number in range(2_000)))

    assert list(range(2_000)) == seen


async def test_commit_that_fails_fails_every_work(threaded: Ledger, path: Path) -> None:
    """A reader of another process that never ends holds the commit up: nothing is recorded."""
    await threaded.write(Work("before"))
    reader = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    gate = threading.Event()
    first = asyncio.ensure_future(threaded.write(lambda _: gate.wait()))
    works = [asyncio.ensure_future(threaded.write(Work(name))) for name in ("a", "b")]
    bad = asyncio.ensure_future(threaded.write(Work("c", StateError("its own"))))
    await asyncio.wait((first,), timeout=0)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM moments").fetchone()
    gate.set()
    results = await asyncio.gather(*works, bad, return_exceptions=True)
    reader.close()

    assert [LedgerError, LedgerError, StateError] == [type(result) for result in results]
    assert "SQLITE_BUSY" in str(results[0])
    assert ["before"] == await threaded.read(keys)
    assert True is await threaded.write(Work("after"))


def test_lock_of_another_process_is_waited_for_and_told(inline: Ledger, path: Path) -> None:
    """A writer elsewhere makes a work wait, bounded; then it fails and nothing is half done."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(LedgerError, match="another process has held it"):
        inline.write_now(Work("a"))

    other.execute("ROLLBACK")
    other.close()

    assert True is inline.write_now(Work("a"))


def test_readers_cannot_write(inline: Ledger) -> None:
    """A work that only reads is held to it."""
    with pytest.raises(LedgerError, match="SQLITE_READONLY"):
        inline.read_now(Work("a"))

    assert [] == inline.read_now(keys)


async def test_read_ends_its_transaction(threaded: Ledger, path: Path) -> None:
    """After a read nothing of ours holds up a commit of another process."""
    await threaded.read(keys)
    other = sqlite3.connect(path, timeout=0)
    with other:
        other.execute("INSERT INTO moments VALUES ('theirs', 'now')")
    other.close()

    assert ["theirs"] == await threaded.read(keys)


def test_others_are_noticed(inline: Ledger, path: Path) -> None:
    """Own commits don't count, another connection's do, and each only once."""
    inline.write_now(Work("mine"))
    inline.read_now(keys)

    assert not inline.changed_by_others()

    other = sqlite3.connect(path)
    with other:
        other.execute("INSERT INTO moments VALUES ('theirs', 'now')")
    inline.write_now(Work("mine again"))

    assert inline.changed_by_others()
    assert not inline.changed_by_others()

    with other:
        other.execute("INSERT INTO moments VALUES ('theirs again', 'now')")
    other.close()

    assert inline.changed_by_others()
    assert not inline.changed_by_others()


def test_commit_of_others_going_on_counts_as_a_change(inline: Ledger, path: Path) -> None:
    """The question never waits for another process's lock."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    assert inline.changed_by_others()

    other.execute("ROLLBACK")
    other.close()

    assert not inline.changed_by_others()


async def test_question_does_not_wait_for_own_writing(threaded: Ledger) -> None:
    """While the writer is busy the last answer stands."""
    gate = threading.Event()
    started = threading.Event()

    def work(_: Tx) -> None:
        started.set()
        gate.wait()

    writing = asyncio.ensure_future(threaded.write(work))
    await asyncio.get_running_loop().run_in_executor(None, started.wait)

    assert not threaded.changed_by_others()

    gate.set()
    await writing


def test_memory_has_no_others(ledger: Ledger) -> None:
    """Nobody else reaches a ledger in memory."""
    assert not ledger.changed_by_others()


async def test_closing_finishes_what_waits(url: str, path: Path) -> None:
    """Works asked for before the closing are on the disk after it."""
    ledger = open_ledger(url, create=True)
    works = [asyncio.ensure_future(ledger.write(Work(str(number)))) for number in range(9)]
    await asyncio.wait(works, timeout=0)
    await ledger.aclose()
    await ledger.aclose()

    assert 9 == len(keys_on_disk(path))
    assert [True] * 9 == await asyncio.gather(*works)


@pytest.mark.parametrize("is_threaded", [True, False])
async def test_closed_ledger_says_so(url: str, *, is_threaded: bool) -> None:
    """Nothing is lost in silence after the closing."""
    ledger = open_ledger(url, create=True, threaded=is_threaded)
    ledger.close()

    with pytest.raises(LedgerError, match="is closed"):
        await ledger.write(Work("a"))
    with pytest.raises(LedgerError, match="is closed"):
        await ledger.read(keys)
    with pytest.raises(LedgerError, match="is closed"):
        ledger.changed_by_others()


async def test_cancelled_caller_does_not_call_its_work_back(threaded: Ledger) -> None:
    """The work is recorded all the same, and the thread goes on."""
    gate = threading.Event()
    first = asyncio.ensure_future(threaded.write(lambda _: gate.wait()))
    second = asyncio.ensure_future(threaded.write(Work("a")))
    await asyncio.wait((first,), timeout=0)
    second.cancel()
    gate.set()
    await first

    assert ["a"] == await threaded.read(keys)
    assert second.cancelled()


def test_loop_that_has_gone_does_not_stop_the_writer(url: str, path: Path) -> None:
    """A loop that was closed before its answer came is passed over."""
    ledger = open_ledger(url, create=True)
    gate = threading.Event()
    loop = asyncio.new_event_loop()

    async def ask() -> None:
        task = asyncio.ensure_future(ledger.write(lambda _: gate.wait()))
        await asyncio.wait((task,), timeout=0)

    loop.run_until_complete(ask())
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.wait_for(done(), None))
    loop.close()
    gate.set()

    assert True is ledger.write_now(Work("a"))

    ledger.close()

    assert ["a"] == keys_on_disk(path)


async def done() -> None:
    """Let the loop turn once."""


def test_virtual_time_passes_inline(url: str) -> None:
    """In a loop of virtual time works run at their instant, without a thread."""
    loop = VirtualTimeLoop(T)
    clock = VirtualClock(loop)
    ledger = open_ledger(url, create=True, threaded=False)

    async def main() -> None:
        await clock.sleep_until(T + timedelta(hours=1))
        await ledger.write(lambda tx: moments.claim(tx, clock.now().isoformat(), clock.now()))

    loop.run_until_complete(main())
    loop.close()

    assert ["2015-12-24T19:00:00+00:00"] == ledger.read_now(keys)

    ledger.close()


_WRITER = """
import sys
from datetime import UTC, datetime
from botd.ledger import moments, open_ledger
ledger = open_ledger(sys.argv[1], threaded=False)
at = datetime(2015, 12, 24, tzinfo=UTC)
for number in range(int(sys.argv[3])):
    def work(tx):
        for part in range(5):
            assert moments.claim(tx, f"{sys.argv[2]}-{number:04d}-{part}", at)
    ledger.write_now(work)
    print(number, flush=True)
"""


def writer(url: str, name: str, count: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, url, name, str(count)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_processes_write_side_by_side(url: str, path: Path) -> None:
    """Daemon and command line share the file, and each transaction is there."""
    open_ledger(url, create=True, threaded=False).close()
    both = [writer(url, name, 30) for name in ("daemon", "cli")]

    assert [0, 0] == [process.wait() for process in both]
    for process in both:
        assert process.stdout is not None
        process.stdout.close()
    assert 2 * 30 * 5 == len(keys_on_disk(path))


@pytest.mark.parametrize("after", [1, 4, 11])
def test_killed_process_leaves_whole_transactions(url: str, path: Path, after: int) -> None:
    """What was acknowledged is there, and nothing is there by half."""
    open_ledger(url, create=True, threaded=False).close()
    process = writer(url, "daemon", 100_000)
    assert process.stdout is not None
    acknowledged = -1
    for line in process.stdout:
        acknowledged = int(line)
        if acknowledged >= after:
            break
    process.send_signal(signal.SIGKILL)
    acknowledged = max(
        [acknowledged, *(int(line) for line in process.stdout if line.endswith("\n"))]
    )
    process.stdout.close()
    process.wait()
    ledger = open_ledger(url, threaded=False)  # recovers from the journal left behind
    found = ledger.read_now(keys)
    ledger.close()

    assert 0 == len(found) % 5
    assert len(found) // 5 in {acknowledged + 1, acknowledged + 2}
