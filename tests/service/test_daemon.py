import asyncio
import json
import logging
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from importlib import metadata
from pathlib import Path

import pytest
import structlog

from botd.calendar import kept
from botd.clock import SystemClock
from botd.domain.bot import Expiration, Mode
from botd.domain.position import Status
from botd.domain.session import Override
from botd.errors import CalendarError, ConfigError, LedgerError, NotFoundError, StateError
from botd.ledger import Tx, accounts, marks, open_ledger, positions
from botd.service import daemon
from botd.service.lock import hold, holder_of
from botd.settings.model import NotifySettings, PaperQuotes, Settings
from botd.settings.secret import Secret, SecretPlaces, SecretSource
from tests.engine.market import SESSIONS, instant
from tests.service.daemon_world import PAPER, A, B, World, bots, held

MakeWorld = Callable[..., World]


@pytest.fixture(autouse=True, scope="module")
def silence() -> Iterator[None]:
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[MakeWorld]:
    made: list[World] = []

    def make(*keys: tuple[str, str], at: str = "17:49:50") -> World:
        made.append(World(tmp_path, *keys, at=at))
        return made[-1]

    yield make
    for world in made:
        world.shut()


def a_secret(folder: Path) -> Secret:
    """Name a credential that cannot be had: nothing is ever sent to it."""
    return Secret(SecretSource.ENV, "BOTD_NOWHERE", "botd.toml: notify", SecretPlaces({}, folder))


# A day.


def test_an_attempt_is_made_at_its_instant(make_world: MakeWorld) -> None:
    """Nothing but time wakes it: the claim is of T-10 to the quarter of a second."""
    world = make_world(A)
    world.hold(held(A, "short", "-1 750P"))
    world.begin()
    world.until("17:50:40")

    [attempt] = world.attempts("short")
    assert ("T-10", "filled") == (attempt.lead, attempt.outcome)
    assert attempt.started_at - instant("17:50") < timedelta(seconds=0.3)
    assert Status.CLOSED is world.position("short").status


def test_ready_is_said_once_accounts_are_reconciled(make_world: MakeWorld) -> None:
    """READY comes with what is next, STOPPING at the end, the watchdog is fed between."""
    world = make_world(A, B)
    world.hold(held(A, "short", "-1 750P"), held(B, "other", "-1 750P"))
    world.begin()
    world.until("17:49:52")

    ready = ("READY=1", "STATUS=next T-10 at 12:50:00 New York, 2 positions")
    assert [ready] == [said for said in world.manager.words if "READY=1" in said]
    assert 1 == world.manager.count("WATCHDOG=1")

    os.kill(os.getpid(), signal.SIGTERM)
    world.ended()

    assert ("STOPPING=1", "STATUS=stopping") == world.manager.words[-1]


def test_nothing_to_do(make_world: MakeWorld) -> None:
    """A daemon without positions watches, and says so."""
    world = make_world()
    world.begin()
    world.until("17:49:52")

    assert "no attempt is due; watching" == world.manager.status_line


def test_marks_for_the_board(make_world: MakeWorld) -> None:
    """In the last hour quotes are written down every ten seconds, before it seldom."""
    world = make_world(A, at="17:30:00")
    world.hold(held(A, "short", "-1 750P"))
    world.begin()
    world.until("17:31:30")

    found = {mark.symbol: mark for mark in world.ledger.read_now(lambda tx: marks.get(tx, A))}

    assert instant("17:31") == found["GOOG"].as_of
    assert {"GOOG", "GOOG151224P00750000"} <= found.keys()


# Brokers that hang.


def test_a_broker_that_hangs_delays_nobody_else(make_world: MakeWorld) -> None:
    """The other account's attempt is made on time, and people are told who is away."""
    world = make_world(A, B)
    world.hold(held(A, "short", "-1 750P"), held(B, "stuck", "-1 750P"))
    world.broker(B).hangs = True
    world.begin()
    world.until("17:50:05")

    assert instant("17:50") <= world.attempts("short")[0].started_at < instant("17:50:00.3")
    assert world.orders("short")[0].submitted_at is not None
    assert 0 == world.manager.count("READY=1")
    assert "starting paper/b" in world.manager.status_line

    world.until("17:50:30")

    assert 1 == world.manager.count("READY=1")
    assert "NO ANSWER from paper/b" in world.manager.status_line
    assert ["paper/b: the broker does not answer"] == [
        alert.title for alert in world.alerts("does not answer")
    ]


def test_credentials_that_open_another_account(make_world: MakeWorld) -> None:
    """One page names both; that account gets no order, and the other its attempt on time."""
    world = make_world(A, B)
    world.hold(held(A, "short", "-1 750P"), held(B, "strange", "-1 750P"))
    world.broker(B).opens = "z"
    world.begin()
    world.until("17:51")

    assert world.orders("short")
    assert [] == list(world.orders("strange"))
    [told] = world.alerts("are stopped")
    assert "paper/b: new orders are stopped" == told.title
    assert "open account 'z', the bots' files say account 'b'" in told.body
    assert [] == list(world.alerts("does not answer"))
    assert 1 == world.manager.count("READY=1")


def test_a_broker_that_begins_to_hang(make_world: MakeWorld) -> None:
    """Its calls wait in the background and the others go on, until it is back."""
    world = make_world(A, B, at="17:48:30")
    world.hold(held(A, "short", "-1 750P"), held(B, "stuck", "-1 745P"))
    world.begin()
    world.until("17:48:40")
    world.broker(B).hangs = True
    world.until("17:50:05")

    assert world.attempts("short")[0].started_at < instant("17:50:00.3")
    assert "NO ANSWER from paper/b" in world.manager.status_line

    world.broker(B).hangs = False
    world.until("17:51:10")

    assert "NO ANSWER" not in world.manager.status_line


@pytest.mark.parametrize(
    "at", [pytest.param("17:49:51", id="while it starts"), pytest.param("17:50:20", id="at work")]
)
def test_it_stops_within_seconds(make_world: MakeWorld, at: str) -> None:
    """SIGTERM waits for no broker, neither for an answer nor for its goodbye."""
    world = make_world(A, B)
    world.hold(held(A, "short", "-1 750P"), held(B, "stuck", "-1 750P"))
    world.broker(B).hangs = True
    world.broker(B).hangs_at_the_end = True
    world.begin()
    world.until(at)
    asked_at = world.clock.now()
    world.at_work.stopping.set()

    assert world.ended() - asked_at <= timedelta(seconds=4)


def test_a_working_order_outlives_the_process(make_world: MakeWorld) -> None:
    """Parked, not cancelled: its row says that it works, for the next start."""
    world = make_world(A)
    world.hold(held(A, "short", "-1 750P"))
    world.begin()
    world.until("17:50:05")
    world.at_work.stopping.set()
    world.ended()

    assert ["working"] == [order.status.value for order in world.orders("short")]


# Accounts.


def test_an_account_that_comes_later(make_world: MakeWorld, tmp_path: Path) -> None:
    """An import by another process for an account that no bot names opens its engine."""
    world = make_world(A)
    url = f"sqlite:///{tmp_path}/real.sqlite3"
    world.ledger.close()
    world.ledger = open_ledger(url, create=True, threaded=False)
    world.begin()
    world.until("17:49:52")
    newcomer = held(B, "late", "-1 750P")
    world.broker(B).book({"GOOG151224P00750000": -1})
    with closing(open_ledger(url, threaded=False)) as other:
        other.write_now(lambda tx: positions.add(tx, newcomer, world.clock.now()))
    world.until("17:50:40")

    assert {A, B} == set(world.at_work.engines.at_work)
    assert ["filled"] == [attempt.outcome for attempt in world.attempts("late")]


def test_an_account_that_cannot_be_set_up(make_world: MakeWorld) -> None:
    """At the start it is a fault of the configuration: nothing is begun, what was opened closed."""
    world = make_world(A, B)
    world.refused[B] = ConfigError("brokers.paper: no such pack")
    world.begin()

    with pytest.raises(ConfigError, match="no such pack"):
        world.ended()

    assert 0 == world.manager.count("READY=1")
    assert {} == world.at_work.engines.at_work


def test_a_new_account_that_cannot_be_set_up(make_world: MakeWorld) -> None:
    """On a reload it is paged, once; the others go on, and the next reload tries again."""
    world = make_world(A)
    world.begin()
    world.until("17:49:52")
    world.refused[B] = ConfigError("brokers.paper: no such pack")
    world.next_settings = replace(world.settings, bots=bots(A, B))
    world.at_work.reload_wanted.set()
    world.until("17:50:10")

    assert ["brokers.paper: no such pack"] == [one.body for one in world.alerts("cannot be set up")]
    assert {A} == set(world.at_work.engines.at_work)

    world.refused.clear()
    world.at_work.reload_wanted.set()
    world.until("17:50:30")

    assert {A, B} == set(world.at_work.engines.at_work)


def test_positions_that_nothing_is_configured_for(make_world: MakeWorld) -> None:
    """Nobody would look after them, or by other rules than before: a person is told."""
    world = make_world(A)
    foreign = replace(held(A, "gone", "-1 750P"), broker="alpaca")
    renamed = replace(held(A, "renamed", "-1 745P"), bot="old-name")
    world.ledger.write_now(lambda tx: positions.add(tx, foreign, world.clock.now()))
    world.hold(renamed)
    world.begin()
    world.until("17:49:55")

    assert ["bot old-name: not configured", "brokers.alpaca: not configured"] == sorted(
        alert.title for alert in world.alerts("not configured")
    )


# The ledger.


def test_a_ledger_that_fails_for_a_while(make_world: MakeWorld) -> None:
    """Nothing is sent meanwhile, the process lives, and the attempt is made after all."""
    world = make_world(A)
    world.hold(held(A, "short", "-1 750P"))
    world.begin()
    world.until("17:49:55")
    world.failing.fault = "the disk is full"
    world.until("17:50:20")

    assert () == world.attempts("short")

    world.failing.fault = None
    world.until("17:51:00")

    [attempt] = world.attempts("short")
    assert ("T-10", "filled") == (attempt.lead, attempt.outcome)
    assert 20 <= attempt.late_seconds < 22


def test_a_ledger_that_stays_dead(make_world: MakeWorld) -> None:
    """After a minute only a new process can help: this one ends, and says why."""
    world = make_world(A)
    world.begin()
    world.until("17:49:55")
    world.failing.fault = "the disk failed"

    with pytest.raises(LedgerError, match="the disk failed"):
        world.ended()

    assert instant("17:50:50") <= world.clock.now() <= instant("17:51:15")


def test_the_courier_survives_a_failure(make_world: MakeWorld) -> None:
    """An alert whose fate could not be recorded is tried again once the ledger answers."""
    world = make_world(A)
    world.begin(calendar_fault="old sessions count")
    world.until("17:49:55")
    [alert] = world.alerts("old sessions count")
    before = alert.tries
    world.failing.fault = "the disk is full"
    world.until("17:50:30")
    world.failing.fault = None
    world.until("17:51:00")

    assert before < world.alerts("old sessions count")[0].tries


def test_a_ledger_that_fails_at_the_start(make_world: MakeWorld) -> None:
    """Nothing may start without a record."""
    world = make_world(A)
    world.failing.fault = "the disk is full"
    world.begin()

    with pytest.raises(LedgerError, match="the disk is full"):
        world.ended()


def _edit(edit: str, tx: Tx) -> None:
    tx.exec_driver_sql(f"UPDATE positions SET {edit}")  # noqa: S608 - the rows below


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        pytest.param(["units_open = 7"], "units_open is 7", id="one column"),
        pytest.param(["units_open = 7", "bot = 'x'"], "and 1 more", id="two"),
    ],
)
def test_an_altered_ledger_is_refused(
    make_world: MakeWorld, edits: list[str], expected: str
) -> None:
    """No order leaves for a position that is not what its history says."""
    world = make_world(A)
    world.hold(held(A, "short", "-1 750P"))
    for edit in edits:
        world.ledger.write_now(partial(_edit, edit))
    world.begin()

    with pytest.raises(LedgerError, match=f"is altered .*{expected}.*botd ledger check"):
        world.ended()
    assert () == world.attempts("short")


def test_a_start_that_fails(make_world: MakeWorld) -> None:
    """A ledger that fails while an account is reconciled ends the process, too."""
    world = make_world(A)
    world.broker(A).hangs = True
    world.begin()
    world.until("17:49:51")
    world.failing.fault = "the disk is full"
    world.broker(A).hangs = False

    with pytest.raises(LedgerError, match="the disk is full"):
        world.ended()


def test_news_that_could_not_be_read_are_read_later(make_world: MakeWorld, tmp_path: Path) -> None:
    """An account whose news came while the ledger failed gets its engine all the same."""
    world = make_world(A)
    world.begin()
    world.until("17:49:52")
    world.next_settings = replace(world.settings, bots=bots(A, B))
    stranger = replace(held(A, "gone", "-1 750P"), broker="alpaca")
    world.ledger.write_now(lambda tx: positions.add(tx, stranger, world.clock.now()))
    world.at_work.has_news = True
    world.failing.fault = "the disk is full"
    world.until("17:49:54")
    world.failing.fault = None
    world.until("17:49:56")

    assert ["brokers.alpaca: not configured"] == [
        alert.title for alert in world.alerts("not configured")
    ]


# The configuration, again.


def test_a_reload_is_taken(make_world: MakeWorld) -> None:
    """SIGHUP: another schedule and another mode count at once, and systemd hears of it."""
    world = make_world(A)
    world.hold(held(A, "short", "-1 750P"))
    world.begin()
    world.until("17:49:52")
    rules = Expiration(attempts=(timedelta(minutes=9, seconds=30),))
    quick = {"bot-a": replace(bots(A)["bot-a"], expiration=rules)}
    world.next_settings = replace(
        world.settings, bots=quick, brokers={"paper": replace(PAPER, mode=Mode.OBSERVE)}
    )
    os.kill(os.getpid(), signal.SIGHUP)
    world.until("17:49:54")

    assert ["observe"] == [one.mode for one in world.ledger.read_now(accounts.everything)]

    world.until("17:50:40")

    [attempt] = world.attempts("short")
    assert (instant("17:50:30"), "skip") == (attempt.due_at, attempt.decision)
    assert (1, 2) == (
        sum(any(word == "RELOADING=1" for word in said) for said in world.manager.words),
        world.manager.count("READY=1"),
    )
    assert [] == world.alerts("restart")


def test_a_reload_in_the_middle_of_an_attempt(make_world: MakeWorld) -> None:
    """What works goes on to its end; no attempt is made twice."""
    world = make_world(A)
    world.hold(held(A, "short", "-1 750P"))
    world.begin()
    world.until("17:50:05")
    world.at_work.reload_wanted.set()
    world.until("17:50:40")

    assert [("T-10", "filled")] == [(one.lead, one.outcome) for one in world.attempts("short")]
    assert 2 == world.manager.count("READY=1")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        pytest.param(ConfigError("bots/a.toml: name: missing"), "name: missing", id="a fault"),
        pytest.param(NotFoundError("no folder"), "no folder", id="no folder any more"),
        pytest.param(PermissionError(13, "not readable"), "not readable", id="no access"),
        pytest.param(CalendarError("no sessions"), "no sessions", id="no calendar"),
    ],
)
def test_a_reload_is_refused(make_world: MakeWorld, error: Exception, words: str) -> None:
    """The old configuration stays, a person is told, and the daemon lives."""
    world = make_world(A)
    world.begin()
    world.until("17:49:52")
    world.next_settings = error
    world.at_work.reload_wanted.set()
    world.until("17:49:55")

    [alert] = world.alerts("reload refused")
    assert words in alert.body
    assert world.settings is world.at_work.settings
    assert 2 == world.manager.count("READY=1")


def test_a_reload_without_a_credential(make_world: MakeWorld, tmp_path: Path) -> None:
    """It is refused whole, as at the start."""
    world = make_world(A)
    world.begin()
    world.until("17:49:52")
    notify = NotifySettings(urls=(a_secret(tmp_path),))
    world.next_settings = replace(world.settings, notify=notify)
    world.at_work.reload_wanted.set()
    world.until("17:49:55")

    assert 1 == len(world.alerts("BOTD_NOWHERE"))
    assert world.settings is world.at_work.settings


def test_a_reload_that_needs_a_restart(make_world: MakeWorld, tmp_path: Path) -> None:
    """A connection stays as it was opened: a person is told, the rest is in force."""
    world = make_world(A)
    world.begin()
    world.until("17:49:52")
    other = replace(PAPER, quotes=PaperQuotes(pack=tmp_path))
    world.next_settings = replace(world.settings, brokers={"paper": other})
    world.at_work.reload_wanted.set()
    world.until("17:49:55")

    assert 1 == len(world.alerts("brokers.paper: taken at the next start"))
    assert world.next_settings is world.at_work.settings


def test_a_calendar_that_changes(make_world: MakeWorld) -> None:
    """A position imported before an override gets its new T, and people are told."""
    world = make_world(A)
    world.hold(held(A, "short", "-1 750P"))
    world.begin()
    world.until("17:49:52")
    world.sessions = SESSIONS.with_overrides([Override(date(2015, 12, 24), instant("19:00"))])
    world.at_work.reload_wanted.set()
    world.until("17:50:10")

    assert instant("19:00") == world.position("short").closes_at
    assert () == world.attempts("short")
    assert 1 == len(world.alerts("the calendar has changed for 1 positions"))
    assert "next T-10 at 13:50:00 New York" in world.manager.status_line


def test_a_calendar_that_could_not_be_renewed(make_world: MakeWorld) -> None:
    """It counts, and a person is told."""
    world = make_world(A)
    world.begin(calendar_fault="exchange-calendars 9: no such exchange")
    world.until("17:49:52")

    assert 1 == len(world.alerts("no such exchange"))


# The watcher outside.


def test_the_heartbeat(make_world: MakeWorld, tmp_path: Path) -> None:
    """It is pinged once the day's "ready" is told, and a failure does no harm."""
    world = make_world(A, at="17:44:55")
    world.settings = replace(
        world.settings, notify=NotifySettings(heartbeat_url=a_secret(tmp_path))
    )
    world.hold(held(A, "short", "-1 750P"))
    world.begin()
    world.until("17:45:05")

    assert 1 == world.at_work.heartbeats


def test_a_bug_ends_the_process(make_world: MakeWorld) -> None:
    """Whatever nobody foresaw is raised, so that a new process takes over."""
    world = make_world(A)
    world.begin()
    world.until("17:49:52")
    world.refused[B] = ZeroDivisionError("a bug")
    world.next_settings = replace(world.settings, bots=bots(A, B))
    world.at_work.reload_wanted.set()

    with pytest.raises(ZeroDivisionError, match="a bug"):
        world.ended()


# The process.


class Stopped(SystemClock):
    """A clock at which nobody waits long: the process is told to stop instead."""

    async def wait(self, event: asyncio.Event, until: datetime) -> bool:
        os.kill(os.getpid(), signal.SIGTERM)
        return await super().wait(event, until)


def keep_sessions(folder: Path, now: datetime) -> None:
    """Keep a calendar of weekdays where the daemon looks for it."""
    days = [date(2000, 1, 1) + timedelta(days=n) for n in range(366 * (now.year - 1989))]
    document = {
        "first_day": str(days[0]),
        "last_day": str(days[-1]),
        "hours": {"A": [52_200, 75_600, 0]},
        "days": "".join("A" if day.weekday() < 5 else "." for day in days),
    }
    library = metadata.version("exchange-calendars")
    kept.write(folder / "sessions.json", kept.complete(json.dumps(document), library))


def settings_in(folder: Path) -> Settings:
    return Settings(
        directory=folder,
        ledger_url=f"sqlite:///{folder}/var/botd.sqlite3",
        ledger_path=folder / "var" / "botd.sqlite3",
        brokers={"paper": PAPER},
        notify=NotifySettings(),
        bots={},
        overrides=(),
    )


def test_a_process_from_its_lock_to_its_last_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It makes its ledger, works until SIGTERM, logs JSON lines and lets go of its lock."""
    clock = Stopped()
    keep_sessions(tmp_path / "var", clock.now())

    assert 0 == daemon.run(lambda: settings_in(tmp_path), clock=clock)

    said = [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()]
    assert ["ready", "stopping"] == [event for event in said if event in {"ready", "stopping"}]
    assert (tmp_path / "var" / "botd.sqlite3").is_file()
    assert holder_of(tmp_path / "var" / daemon.LOCK_FILE) is None


def test_a_process_without_its_credentials(tmp_path: Path) -> None:
    """It does not start, and names each credential that cannot be had."""
    notify = NotifySettings(urls=(a_secret(tmp_path),))

    with pytest.raises(ConfigError, match="BOTD_NOWHERE"):
        daemon.run(lambda: replace(settings_in(tmp_path), notify=notify))

    assert not (tmp_path / "var").exists()


def test_a_second_daemon(tmp_path: Path) -> None:
    """Only one holds a ledger."""
    (tmp_path / "var").mkdir()

    with (
        hold(tmp_path / "var" / daemon.LOCK_FILE, now=instant("17:00"), purpose="run"),
        pytest.raises(StateError, match="held by process"),
    ):
        daemon.run(lambda: settings_in(tmp_path))
