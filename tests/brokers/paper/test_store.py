import sqlite3
import stat
import threading
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from botd.brokers.paper.faults import Fault, FaultKind, fault_of
from botd.brokers.paper.pack import Pack
from botd.brokers.paper.store import Store
from botd.domain.orders import ReportState
from botd.errors import BrokerUnavailable, ConfigError, OrderRefused, OutcomeUnknown
from tests.brokers.paper.day import CALL_750, PUT_750, Day, Days, HandClock, instant, legs

SHORT_PUT = legs((PUT_750, -1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "paper.sqlite3"


async def test_everything_survives_a_restart(open_day: Days, path: Path, pack: Pack) -> None:
    """Orders, sizes used, faults, halts, records and bookings come back as they were."""
    clock = HandClock(instant("17:50"))
    at = clock.at
    first = open_day(pack, store=Store(path, cash=Decimal(7)), clock=clock)
    first.broker.book({PUT_750: -8, CALL_750: -1}, key="imported")
    first.broker.plan(
        Fault(FaultKind.ASSIGN, at, SHORT_PUT, units=1),
        fault_of("reject", at, SHORT_PUT, late=timedelta(hours=1), message="later"),
        fault_of("slow_cancel", at, SHORT_PUT, late=timedelta(hours=1)),
        Fault(FaultKind.REFUSE, at, legs((CALL_750, -1)), times=3),
        Fault(FaultKind.TRADING_HALT, at, legs(("KO", 1)), duration=timedelta(hours=9)),
        fault_of("resting_exit", instant("17:59"), SHORT_PUT, net_price=Decimal("-0.05")),
    )
    await first.send("rejected later", [(PUT_750, 1)], None)
    await first.send("filled", [(PUT_750, 1)], "-1.00", units=2)
    await first.send("working", [(PUT_750, 1)], "-0.05")
    await first.broker.cancel("paper-000009")
    before = (
        await first.broker.orders(at),
        await first.held(),
        await first.broker.account(),
        await first.broker.settlements(at),
        await first.broker.market(frozenset(), frozenset({"KO"})),
    )
    await first.broker.aclose()

    second = open_day(pack, store=Store(path), clock=clock)
    after = (
        await second.broker.orders(at),
        await second.held(),
        await second.broker.account(),
        await second.broker.settlements(at),
        await second.broker.market(frozenset(), frozenset({"KO"})),
    )

    assert before == after
    assert [ReportState.PENDING, ReportState.FILLED, ReportState.CANCEL_PENDING] == [
        report.state for report in after[0]
    ]
    assert not second.broker.book({PUT_750: -1}, key="imported")
    refill = await second.send("one shown is left", [(PUT_750, 1)], "-1.00", units=2)
    assert 1 == refill.filled_units
    second.at("17:59")
    assert [Decimal("-0.05")] == [
        report.net_price
        for report in await second.broker.orders(instant("17:59"))
        if report.client_order_id not in {None, "working", "rejected later", "one shown is left"}
    ]


async def test_faults_are_spent_across_restarts(open_day: Days, path: Path, pack: Pack) -> None:
    """A fault that befalls twice befalls twice, whoever asks."""
    store = Store(path)
    day = open_day(pack, store=store)
    day.broker.book({PUT_750: -1})
    day.broker.plan(
        Fault(FaultKind.LOSE_REQUEST, day.clock.at, times=2),
        Fault(FaultKind.LOSE_ANSWER, day.clock.at, duration=timedelta(seconds=10)),
    )
    other = open_day(pack, store=Store(path), clock=day.clock)

    for each in (day, other, day):
        with pytest.raises(OutcomeUnknown):
            await each.send("a", [(PUT_750, 1)], "-0.05")
    again = await other.send("a", [(PUT_750, 1)], "-0.05")
    day.at("17:51")

    assert ReportState.WORKING is again.state
    assert 1 == len(await day.broker.orders(instant("17:00")))


def test_file_is_private(path: Path) -> None:
    """Nobody else may read the account."""
    Store(path).close()

    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("PRAGMA application_id = 1", id="another program's"),
        pytest.param("PRAGMA user_version = 99", id="of a later version"),
    ],
)
def test_file_of_another_kind_is_refused(path: Path, statement: str) -> None:
    """A file that is not ours is not touched."""
    Store(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)

    with pytest.raises(ConfigError, match="not a paper exchange's file"):
        Store(path)


def test_damaged_file_is_refused(path: Path) -> None:
    """What is no database is refused with its name."""
    path.write_bytes(b"something else entirely " * 100)

    with pytest.raises(ConfigError, match=r"paper\.sqlite3: not a paper exchange's file"):
        Store(path)


def test_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    """A state directory that does not exist is the operator's fault."""
    with pytest.raises(ConfigError, match="nowhere"):
        Store(tmp_path / "nowhere" / "paper.sqlite3")


async def test_locked_file_means_nothing_was_sent(open_day: Days, path: Path, pack: Pack) -> None:
    """While another process keeps the file, no order is taken; afterwards it is."""
    day = open_day(pack, store=Store(path, busy_seconds=0))
    day.broker.book({PUT_750: -1})
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")

        with pytest.raises(BrokerUnavailable, match="locked"):
            await day.send("a", [(PUT_750, 1)], None)
        with pytest.raises(BrokerUnavailable, match="locked"):
            Store(path, busy_seconds=0)
        holder.rollback()

    assert ReportState.FILLED is (await day.send("a", [(PUT_750, 1)], None)).state


async def test_failed_write_is_forgotten(open_day: Days, path: Path, pack: Pack) -> None:
    """What could not be written has not happened, in memory neither."""
    day = open_day(pack, store=Store(path))
    day.broker.book({PUT_750: -1})
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON paper_order"
            " BEGIN SELECT RAISE(ABORT, 'disk full'); END",
        )
        with pytest.raises(BrokerUnavailable, match="disk full"):
            await day.send("a", [(PUT_750, 1)], None)
        connection.execute("DROP TRIGGER full")

    assert {PUT_750: -1} == await day.held()
    assert None is await day.broker.look_up("a")


def test_work_that_breaks_leaves_no_trace() -> None:
    """An exception inside a transaction rolls all of it back."""
    with closing(Store()) as store:

        def break_off() -> None:
            with store.transaction() as book:
                book.hold(PUT_750, -1)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            break_off()
        with store.transaction() as book:
            held = dict(book.holdings)

    assert {} == held


async def test_two_processes_never_close_the_same_position_twice(
    open_day: Days, path: Path, pack: Pack
) -> None:
    """Many writers at once: one fills, all others hear that nothing is left."""
    open_day(pack, store=Store(path)).broker.book({PUT_750: -1})
    answers: list[str] = []

    def run(name: str) -> None:
        with closing(Day(pack, store=Store(path))) as day:
            intent = day.intent(name, [(PUT_750, 1)], None)
            try:
                day.broker.submit(intent).send(None)
            except StopIteration as done:
                answers.append(done.value.state.value)
            except OrderRefused as refused:
                answers.append(refused.refusal.reason.value)

    threads = [threading.Thread(target=run, args=(f"order-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ["filled", *["position_gone"] * 7] == sorted(answers)
