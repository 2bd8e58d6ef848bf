import json
import logging
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import structlog

from botd.brokers.paper.pack_files import SAMPLE
from botd.clock import VirtualClock
from botd.domain.bot import Bot, Expiration, Pricing, PricingMode
from botd.domain.position import Management, Position, Status
from botd.errors import ConfigError, LedgerError, StateError
from botd.ledger import Tx, alerts, attempts, audit, open_ledger, orders, positions
from botd.service import replay, replay_result
from botd.service.replay import Played, Script
from botd.web.report.page import render
from tests.brokers.paper.day import CALL_745, PUT_745, PUT_750, Recorded
from tests.domain.trading_days import weekdays
from tests.engine.market import SESSIONS, instant
from tests.service.replaying import DAY, IDLE_PUT, LATER, SHORT_PUT, entry, happens, played, script


@pytest.fixture(autouse=True, scope="module")
def silence() -> Iterator[None]:
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


@pytest.fixture
def kept() -> Iterator[list[Played]]:
    days: list[Played] = []
    yield days
    for day in days:
        day.ledger.close()


def found(day: Played, name: str) -> Position:
    return day.ledger.read_now(lambda tx: positions.get(tx, name))


def leads(day: Played, name: str) -> list[tuple[str, str | None, str | None]]:
    tried = day.ledger.read_now(lambda tx: attempts.of_position(tx, name))
    return [(one.lead, one.decision, one.outcome) for one in tried]


def test_a_day_is_played_to_its_end(tmp_path: Path) -> None:
    """What is in the money is closed, what is not expires, and the next morning confirms both."""
    day = played(tmp_path, entry(*SHORT_PUT), entry(*IDLE_PUT))

    with closing(day.ledger):
        assert instant("12-28 14:36") == day.ended_at
        assert [("T-10", "close", "filled")] == leads(day, "short-put")
        assert ["leave"] * 3 == [decision for _, decision, _ in leads(day, "idle-put")]
        ends = {one.id: (one.status, one.confirmed) for one in replay_result.all_positions(day)}
        assert {"short-put": (Status.CLOSED, True), "idle-put": (Status.EXPIRED, True)} == ends
        assert () == day.ledger.read_now(orders.live)


def result_of(book: Script) -> tuple[str, str]:
    day = replay.play(book)
    with closing(day.ledger):
        document = json.dumps(replay_result.document(day))
        return document, render(replay_result.report_day(day))


def test_two_replays_are_the_same_to_the_byte(tmp_path: Path) -> None:
    """The same book gives the same JSON and the same page, time after time."""
    name, held = SHORT_PUT
    book = script(
        tmp_path,
        entry(name, held, units=3),
        entry(*IDLE_PUT),
        entry("other", f"1 {CALL_745}", f"-1 {PUT_745}"),
        happens("T-10", "partial", name, "units = 1"),
        happens("T-5", "lose_answer", name),
        happens("T-7", "take", "other"),
    )

    assert result_of(book) == result_of(book)


@pytest.mark.slow
def test_two_replays_of_the_packaged_day() -> None:
    """So does the packaged day with all that goes wrong in it."""
    book = replay.prepare(SAMPLE, None, {}, SESSIONS)

    assert result_of(book) == result_of(book)


def test_the_ledger_can_be_kept(tmp_path: Path) -> None:
    """A file of its own holds the whole day, and its events fold to its rows."""
    url = f"sqlite:///{tmp_path}/day.sqlite3"
    replay.play(script(tmp_path, entry(*SHORT_PUT)), url).ledger.close()

    with closing(open_ledger(url, threaded=False)) as ledger:
        assert Status.CLOSED is ledger.read_now(lambda tx: positions.get(tx, "short-put")).status
        assert () == ledger.read_now(audit.faults)


def test_a_ledger_with_positions_is_refused(tmp_path: Path) -> None:
    """A replay never writes into a ledger that somebody trades by."""
    url = f"sqlite:///{tmp_path}/day.sqlite3"
    replay.play(script(tmp_path, entry(*SHORT_PUT)), url).ledger.close()

    with pytest.raises(StateError, match="a replay needs a new one"):
        replay.play(script(tmp_path, entry(*IDLE_PUT)), url)

    with closing(open_ledger(url, threaded=False)) as ledger:
        assert 1 == len(ledger.read_now(positions.live)) + len(ledger.read_now(_closed))


def _closed(tx: Tx) -> tuple[Position, ...]:
    return positions.find(tx, positions.PositionQuery(status=Status.CLOSED), 1, 9).items


def test_what_expires_later_lives_on(tmp_path: Path, kept: list[Played]) -> None:
    """A later contract, in the money or not, and shares stay open and are not touched."""
    day = played(tmp_path, entry(*LATER), entry("shares", "100 GOOG"), entry(*SHORT_PUT))
    kept.append(day)

    assert [(Status.OPEN, Management.BOT)] * 2 == [
        (found(day, name).status, found(day, name).managed_by) for name in ("later", "shares")
    ]
    assert [] == leads(day, "later") + leads(day, "shares")


def test_what_stopped_trading_before_the_day(tmp_path: Path, kept: list[Played]) -> None:
    """Nobody knows how it ended: no order, a person is told, and the day goes on."""
    past = entry("past", "-1 GOOG151218P00700000", opened_at="2015-12-10T15:00")

    day = played(tmp_path, past, entry(*SHORT_PUT))
    kept.append(day)

    assert Status.UNRESOLVED is found(day, "past").status
    assert Status.CLOSED is found(day, "short-put").status
    assert ["position 'past' stopped trading before the day"] == day.notes[-1:]


def test_an_underlying_that_the_pack_lacks(tmp_path: Path, kept: list[Played]) -> None:
    """Without any quote it is unknown: attempted, never left, and a person's in the end."""
    day = played(tmp_path, entry("spy", "-1 SPY151224P00205000"))
    kept.append(day)

    assert ["close"] * 3 == [decision for _, decision, _ in leads(day, "spy")]
    assert Status.UNRESOLVED is found(day, "spy").status


def test_a_position_opened_during_the_day(tmp_path: Path, kept: list[Played]) -> None:
    """An attempt due before it was opened does not apply to it."""
    day = played(tmp_path, entry(*SHORT_PUT, opened_at="2015-12-24T17:53"))
    kept.append(day)

    assert [("T-5", "close", "filled")] == leads(day, "short-put")


def test_bots_of_several_accounts(tmp_path: Path, kept: list[Played]) -> None:
    """Each account is an exchange of its own, and keeps the name that its bot gives it."""
    bots = {
        "first": Bot("first", "alpaca", "PA1"),
        "second": Bot("second", "alpaca", "PA2"),
    }
    day = played(
        tmp_path,
        entry("one", f"-1 {PUT_750}", bot="first"),
        entry("two", f"-1 {PUT_750}", bot="second"),
        entry("three", f"-1 {CALL_745}", bot="nobody"),
        bots=bots,
    )
    kept.append(day)

    assert {
        "one": ("paper", "PA1"),
        "two": ("paper", "PA2"),
        "three": ("paper", "paper"),
    } == {one.id: one.account_key for one in replay_result.all_positions(day)}
    assert {Status.CLOSED} == {one.status for one in replay_result.all_positions(day)}


def test_accounts_of_one_name_at_two_brokers(tmp_path: Path, kept: list[Played]) -> None:
    """They stay two accounts: what one holds does not net against the other."""
    bots = {"a": Bot("a", "alpaca", "1234"), "b": Bot("b", "tradier", "1234")}

    day = played(
        tmp_path,
        entry("one", f"-1 {PUT_750}", bot="a"),
        entry("two", f"1 {PUT_750}", bot="b"),
        bots=bots,
    )
    kept.append(day)

    assert ["alpaca-1234", "tradier-1234"] == [
        one.account for one in replay_result.all_positions(day)
    ]
    assert {Status.CLOSED} == {one.status for one in replay_result.all_positions(day)}


def test_a_configured_bot_keeps_its_rules(tmp_path: Path, kept: list[Played]) -> None:
    """Its attempts and prices count; only its broker is the replay's."""
    rules = Expiration(attempts=(timedelta(minutes=3),))
    bot = Bot("wheel", "alpaca", "PA1", rules, Pricing(PricingMode.FAST))

    day = played(tmp_path, entry(*SHORT_PUT), bots={"wheel": bot})
    kept.append(day)

    assert [("T-3", "close", "filled")] == leads(day, "short-put")
    assert () == day.script.notes


def test_an_assignment_in_the_night_before(tmp_path: Path, kept: list[Played]) -> None:
    """What happened before the opening is found there: no order, and the record confirms it."""
    day = played(
        tmp_path, entry(*SHORT_PUT), happens("2015-12-24T03:00:00Z", "assign", "short-put")
    )
    kept.append(day)

    assert Status.ASSIGNED is found(day, "short-put").status
    assert () == day.ledger.read_now(lambda tx: orders.of_position(tx, "short-put"))


def test_a_refusal(tmp_path: Path, kept: list[Played]) -> None:
    """The broker's words are kept, and nothing more is sent."""
    refused = happens("T-10", "refuse", "short-put", 'message = "no such luck"\ncode = "7"')

    day = played(tmp_path, entry(*SHORT_PUT), refused)
    kept.append(day)

    words = found(day, "short-put").broker_error
    assert words is not None
    assert ("no such luck", "7") == (words.message, words.code)
    assert 1 == len(day.ledger.read_now(lambda tx: orders.of_position(tx, "short-put")))


def test_people_act(tmp_path: Path, kept: list[Played]) -> None:
    """Taken before the opening and given back after T-10: closed at the next attempt."""
    day = played(
        tmp_path,
        entry(*SHORT_PUT),
        happens("2015-12-24T02:00:00Z", "take", "short-put", 'reason = "mine"'),
        happens("T-8", "release", "short-put"),
    )
    kept.append(day)

    events = day.ledger.read_now(lambda tx: positions.events(tx, "short-put"))
    by_kind = {event.kind: event.at for event in events}
    assert (instant("14:30"), instant("17:52")) == (by_kind["taken"], by_kind["released"])
    assert Status.CLOSED is found(day, "short-put").status


def test_a_halt_and_its_end(tmp_path: Path, kept: list[Played]) -> None:
    """While it lasts nothing is sent; after it the next attempt is made."""
    day = played(
        tmp_path,
        entry(*SHORT_PUT),
        happens("T-30", "halt", more='reason = "news"'),
        happens("T-4", "resume"),
    )
    kept.append(day)

    assert ["skip", "skip", "close"] == [decision for _, decision, _ in leads(day, "short-put")]
    [order] = day.ledger.read_now(lambda tx: orders.of_position(tx, "short-put"))[:1]
    assert instant("17:59") == order.intent.attempt_due_at


def test_what_the_state_forbids_a_person(tmp_path: Path, kept: list[Played]) -> None:
    """It is refused as on the command line, told, and the day is played to its end."""
    day = played(tmp_path, entry(*SHORT_PUT), happens("T-20", "release", "short-put"))
    kept.append(day)

    assert day.notes[-1].startswith("release short-put: refused: position 1 (short-put)")
    assert Status.CLOSED is found(day, "short-put").status


def test_the_day_is_shown_live(tmp_path: Path, kept: list[Played]) -> None:
    """Whoever watches is handed the clock before anything happens."""
    clocks: list[tuple[VirtualClock, object]] = []
    book = script(tmp_path, entry(*IDLE_PUT))

    kept.append(replay.play(book, watch=lambda clock: clocks.append((clock, clock.now()))))

    assert [instant("14:30")] == [at for _, at in clocks]
    assert instant("12-28 14:36") == clocks[0][0].now()


def test_speed_counts_in_real_time(tmp_path: Path, kept: list[Played]) -> None:
    """At a million times real time the four days of the story last a third of a second."""
    book = script(tmp_path, entry(*IDLE_PUT))
    began = time.monotonic()

    kept.append(replay.play(book, speed=1_000_000))

    assert 0.3 <= time.monotonic() - began


class Interrupt:
    """Raises when the clock is first looked at by whoever watches."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __call__(self, clock: VirtualClock) -> None:
        clock.loop.call_later(12_000, self._raise)

    def _raise(self) -> None:
        raise self._error


def test_ctrl_c_ends_the_day_cleanly(tmp_path: Path) -> None:
    """The interrupt goes through, the ledger is closed, and no task is left behind."""
    url = f"sqlite:///{tmp_path}/day.sqlite3"
    book = script(tmp_path, entry(*SHORT_PUT))

    with pytest.raises(KeyboardInterrupt):
        replay.play(book, url, watch=Interrupt(KeyboardInterrupt()))

    with closing(open_ledger(url, threaded=False)) as ledger:
        assert Status.OPEN is ledger.read_now(lambda tx: positions.get(tx, "short-put")).status


def test_a_ledger_that_fails_breaks_the_day_off(tmp_path: Path) -> None:
    """Without a record it would be another day: the failure is raised, not played around."""
    path = tmp_path / "day.sqlite3"
    book = script(tmp_path, entry(*SHORT_PUT))

    def spoil(_: VirtualClock) -> None:
        with closing(open_ledger(f"sqlite:///{path}", threaded=False)) as other:
            other.write_now(_forbid_attempts)

    with pytest.raises(LedgerError, match="no attempts today"):
        replay.play(book, f"sqlite:///{path}", watch=spoil)


def _forbid_attempts(tx: Tx) -> None:
    tx.exec_driver_sql(
        "CREATE TRIGGER spoilt BEFORE INSERT ON attempts "
        "BEGIN SELECT RAISE(ABORT, 'no attempts today'); END"
    )


def test_people_hear_of_it(tmp_path: Path, kept: list[Played]) -> None:
    """The messages of the day stand in its ledger: ready, the summary."""
    day = played(tmp_path, entry(*SHORT_PUT))
    kept.append(day)

    late = instant("12-30 00:00")
    titles = [alert.title for alert in day.ledger.read_now(lambda tx: alerts.due(tx, late))]

    assert any("ready" in title for title in titles)
    assert any("outcomes" in title for title in titles)


# What cannot be played.


def test_the_packaged_day_needs_nothing() -> None:
    """Without a folder the sample is played, with the book beside it."""
    book = replay.prepare(None, None, {}, SESSIONS)

    assert (date(2015, 12, 24), SESSIONS.on(date(2015, 12, 24))) == (book.pack.day, book.session)
    assert len(book.book) == len(book.positions.entries) > 20


def test_bots_in_no_file_get_the_defaults(tmp_path: Path) -> None:
    """They are named, and their rules are what a bot has that says nothing."""
    book = script(tmp_path, entry(*SHORT_PUT))

    assert {"wheel": Bot("wheel", "paper", "paper")} == book.bots
    assert ("bot 'wheel' is in no file: it gets the defaults",) == book.notes


def test_a_positions_file_of_its_own(tmp_path: Path) -> None:
    """The file named goes before the pack's own."""
    pack = DAY.write(tmp_path / "pack")
    (pack / "positions.toml").write_text("not to be read")
    book = tmp_path / "book.toml"
    book.write_text(entry(*IDLE_PUT))

    assert ["idle-put"] == [one.id for one in replay.prepare(pack, book, {}, SESSIONS).book]


def test_a_pack_without_positions(tmp_path: Path) -> None:
    """It cannot be played without a book, and the message says what is missing."""
    pack = DAY.write(tmp_path / "pack")

    with pytest.raises(ConfigError, match=r"positions\.toml: no such positions file"):
        replay.prepare(pack, None, {}, SESSIONS)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        pytest.param("2015-12-25", "is no session", id="a holiday"),
        pytest.param("2031-01-02", "2031-01-02", id="beyond the calendar"),
    ],
)
def test_a_day_without_a_session(tmp_path: Path, day: str, words: str) -> None:
    """A pack of a day on which nobody trades is a fault of the pack."""
    recorded = Recorded(bars=(("17:50", "748.00"),), meta={"underlying": "GOOG"}, day=day)

    with pytest.raises(ConfigError, match=words):
        script(tmp_path, entry(*IDLE_PUT), day=recorded)


def test_a_leg_beyond_the_calendar(tmp_path: Path) -> None:
    """Every entry at fault is told, before anything is played."""
    short = weekdays(date(2015, 12, 1), date(2015, 12, 31), closed=set(), half=set())

    with pytest.raises(ConfigError) as raised:
        script(tmp_path, entry(*LATER), entry("last", "-1 GOOG161216P00700000"), sessions=short)

    assert 2 == len(raised.value.faults)
    assert "position 'later': legs: " in raised.value.faults[0]


def test_a_scenario_at_another_hour_of_a_later_position(tmp_path: Path, kept: list[Played]) -> None:
    """An instant counted from a close that the day does not reach never comes."""
    day = played(tmp_path, entry(*LATER), happens("T-10", "gone", "later"))
    kept.append(day)

    assert Status.OPEN is found(day, "later").status


def test_units_of_a_partial_fill(tmp_path: Path, kept: list[Played]) -> None:
    """What one attempt leaves, the next one closes; prices are those of the fills."""
    name, held = SHORT_PUT
    day = played(
        tmp_path, entry(name, held, units=2), happens("T-10", "partial", name, "units = 1")
    )
    kept.append(day)

    ended = found(day, "short-put")
    assert ["partial", "filled"] == [outcome for _, _, outcome in leads(day, "short-put")]
    assert 2 == sum(outcome.units for outcome in ended.outcomes)
    assert all(outcome.net_price < Decimal(-2) for outcome in ended.outcomes if outcome.net_price)


def test_a_ledger_that_is_in_memory_is_forgotten(tmp_path: Path) -> None:
    """Unless it is named, nothing is left of a replay on the disk."""
    played(tmp_path, entry(*IDLE_PUT)).ledger.close()

    assert [] == list(tmp_path.rglob("*.sqlite3*"))


def test_no_leg_is_short_of_its_quantity(tmp_path: Path, kept: list[Played]) -> None:
    """Two positions of one contract are both held: the account has the sum."""
    day = played(
        tmp_path, entry("one", f"-1 {PUT_750}", f"1 {PUT_745}"), entry("two", f"-2 {PUT_750}")
    )
    kept.append(day)

    assert {Status.CLOSED} == {one.status for one in replay_result.all_positions(day)}
