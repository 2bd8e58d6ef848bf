import os
from datetime import timedelta

import pytest

from botd.domain.orders import OrderStatus
from botd.ledger.halts import HaltKind
from botd.service.inspection import lock_path
from botd.service.lock import hold
from tests.cli.book import CLOSE, NOW, Book, spread
from tests.cli.conftest import FILES, FixedClock, Shell


def test_status_without_a_daemon(shell: Shell, day: Book) -> None:
    """Nobody closes anything, and that is the first line."""
    said = shell("status")

    assert 0 == said.code
    assert [
        "daemon      NOT RUNNING: nobody closes anything; botd run",
        "next        T-5 of 3 positions THU 2015-12-24 12:55 New York, in 2:49",
        "positions   5 open, 1 closing, 1 closed, 1 expired, 1 assigned",
        "orders      1 live",
        "alerts      all delivered",
        f"ledger      {shell.ledger_path}",
    ] == said.lines


def test_status_in_json(shell: Shell, day: Book) -> None:
    """The keys are a contract; every status is counted, also those that nothing has."""
    found = shell("status", "--json").document

    assert {
        "running": False,
        "pid": None,
        "since": None,
        "next_attempt": {"lead": "T-5", "at": "2015-12-24T17:55:00Z", "positions": 3},
        "positions": {
            "open": 5,
            "closing": 1,
            "closed": 1,
            "expired": 1,
            "awaiting_settlement": 0,
            "settled": 0,
            "assigned": 1,
            "exercised": 0,
            "unresolved": 0,
        },
        "live_orders": 1,
        "halted": False,
        "undelivered_alerts": 0,
    }.items() <= found.items()


def test_status_of_a_running_daemon(shell: Shell, book: Book) -> None:
    """The lock tells process and start, without being taken."""
    with hold(lock_path(shell.ledger_path), now=NOW, purpose="run"):
        said, found = shell("status"), shell("status", "--json").document

    assert (
        f"daemon      running, process {os.getpid()} since THU 2015-12-24 12:52:11 New York"
        == said.lines[0]
    )
    assert (True, os.getpid(), "2015-12-24T17:52:11Z") == (
        found["running"],
        found["pid"],
        found["since"],
    )


def test_status_while_a_command_stands_in(shell: Shell, book: Book) -> None:
    """A command that holds the ledger is no daemon."""
    with hold(lock_path(shell.ledger_path), now=NOW, purpose="close"):
        said, found = shell("status"), shell("status", "--json").document

    assert said.lines[0].startswith("daemon      NOT RUNNING, botd close is at work, process ")
    assert (False, None, "close") == (found["running"], found["pid"], found["held_by"])


def test_status_of_a_daemon_that_just_starts(shell: Shell, book: Book) -> None:
    """Between taking the lock and signing it a daemon is starting."""
    path = lock_path(shell.ledger_path)
    with hold(path, now=NOW, purpose="run"):
        path.write_text("")
        said, found = shell("status"), shell("status", "--json").document

    assert "daemon      starting" == said.lines[0]
    assert (True, None, "starting") == (found["running"], found["pid"], found["held_by"])


def test_status_of_trouble(shell: Shell, book: Book) -> None:
    """Unknown orders, halts and silent channels are told."""
    book.order(book.add(spread()), status=OrderStatus.UNKNOWN)
    book.halt("odd fills")
    book.halt("3 refusals alike", scope="paper/paper", kind=HaltKind.STOP)
    book.alert()

    said, found = shell("status"), shell("status", "--json").document

    assert "orders      1 live, the fate of 1 is unknown" in said.lines
    assert (
        "halt        HALTED by ann since THU 2015-12-24 12:52:11 New York: odd fills; botd resume"
        in said.lines
    )
    assert any("STOPPED paper/paper by ann" in line for line in said.lines)
    assert "alerts      1 not delivered" in said.lines
    assert (True, 1, 1) == (found["halted"], found["undelivered_alerts"], found["unknown_orders"])
    assert ["person", "stop"] == [halt["kind"] for halt in found["halts"]]


@pytest.mark.parametrize(
    ("passed", "expected"),
    [
        pytest.param(timedelta(0), "next        no attempt ahead", id="at the close"),
        pytest.param(
            -timedelta(hours=1, minutes=12),
            "next        T-10 of 1 position THU 2015-12-24 12:50 New York, in 1:02:00",
            id="an hour before",
        ),
        pytest.param(
            -timedelta(days=3),
            "next        T-10 of 1 position THU 2015-12-24 12:50 New York, in 2 days",
            id="days before",
        ),
    ],
)
def test_the_next_attempt(shell: Shell, book: Book, passed: timedelta, expected: str) -> None:
    """What comes next is counted down to."""
    book.add(spread())
    shell.clock = FixedClock(CLOSE + passed)

    assert expected == shell("status").lines[1]


def test_a_taken_attempt_is_not_next(shell: Shell, book: Book) -> None:
    """An attempt that is claimed does not lie ahead, also when the clock steps back."""
    book.attempt(book.add(spread()))
    shell.clock = FixedClock(CLOSE - timedelta(minutes=11))

    assert "T-5" == shell("status", "--json").document["next_attempt"]["lead"]


def test_a_cut_off_moves_the_attempts(shell: Shell, book: Book) -> None:
    """With `anchor = "cutoff"` the attempts count back from what the broker accepts."""
    shell.write(
        {
            "botd.toml": '[brokers.paper]\nkind = "paper"\ncutoff = "15:15"\n',
            "bots/condors.toml": f'{FILES["bots/condors.toml"]}[expiration]\nanchor = "cutoff"\n',
        }
    )
    book.add(spread())
    shell.clock = FixedClock(CLOSE - timedelta(hours=2))

    assert {"lead": "C-10", "at": "2015-12-24T17:05:00Z", "positions": 1} == shell(
        "status", "--json"
    ).document["next_attempt"]


def test_without_a_ledger_nothing_is_made(shell: Shell) -> None:
    """Exit 3, the commands that make a ledger are named, and none appears."""
    said = shell("status")

    assert (3, "") == (said.code, said.out)
    assert "`botd run`, `botd positions import` and `botd ledger migrate`" in said.err
    assert not shell.ledger_path.exists()
