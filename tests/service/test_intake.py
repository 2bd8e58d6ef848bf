"""Imports: all or nothing, safe to repeat, never two sides of one leg in an account."""

from datetime import UTC, datetime, timedelta

import pytest

from botd.domain.position import Management, Policy, Position
from botd.errors import BrokerUnavailable, ConfigError, StateError
from botd.ledger import attempts, positions
from botd.service import paper_accounts, requests
from botd.service.intake import Imported, Intake, Offered
from botd.settings.positions_file import parse_positions
from tests.service.house import (
    ALIGNED,
    KEY,
    PUT_740,
    PUT_752,
    VERTICAL,
    House,
    T,
    entry,
)


def offered(house: House, *entries: str, file: str = "a.toml") -> list[Offered]:
    bots = house.settings().bots
    parsed = parse_positions("\n".join(entries).encode(), file, bots=bots)
    return [Offered(file, one) for one in parsed.entries]


def take(house: House, found: list[Offered]) -> tuple[Imported, ...]:
    """Import as the command line does."""
    settings, sessions = house.settings(), house.sessions()
    with paper_accounts.opened(settings, house.clock, sessions) as accounts:
        intake = Intake(settings.bots, sessions, accounts.book, accounts.moved, accounts.remember)
        return intake.take(house.ledger(), found, at=house.clock.now(), by="ann")


def test_positions_and_account_hold_the_same(house: House) -> None:
    """What is taken under management stands in the ledger and in the paper account."""
    found = take(house, offered(house, entry("a", *VERTICAL, units=2), entry("b", PUT_752)))

    assert [(1, "a", True), (2, "b", True)] == [
        (one.position.number, one.position.id, one.is_new) for one in found
    ]
    assert (Management.BOT, T, "vertical") == (
        found[0].position.managed_by,
        found[0].position.closes_at,
        found[0].position.strategy,
    )
    assert {
        "GOOG151224P00745000": 2,
        "GOOG151224P00750000": -2,
        "GOOG151224P00752500": -1,
    } == house.held()


def test_what_the_account_holds_already_is_not_booked(house: House) -> None:
    """Not now, and not by a later import that leaves out that it is held."""
    house.broker().book({"GOOG151224P00752500": -1})
    held = entry("b", PUT_752, price="unknown", more="held = true")

    (taken,) = take(house, offered(house, held))
    take(house, offered(house, entry("b", PUT_752, price="unknown")))

    assert (True, None) == (taken.is_new, taken.position.open_net_price)
    assert {"GOOG151224P00752500": -1} == house.held()


def test_an_unknown_price_is_not_another_one(house: House) -> None:
    """Both are told as they are where a later import says something else."""
    take(house, offered(house, entry("b", PUT_752, price="unknown")))

    with pytest.raises(StateError, match=r"net_price 1\.25 \(ledger: unknown\)"):
        take(house, offered(house, entry("b", PUT_752)))


def test_the_same_again_changes_nothing(house: House) -> None:
    """A bot may send its whole book every minute."""
    book = [entry("a", *VERTICAL, more='policy = "accept"'), entry("b", PUT_752)]
    take(house, offered(house, *book))

    again = take(house, offered(house, *book))

    assert [False, False] == [one.is_new for one in again]
    assert 2 == len(house.positions())
    assert -1 == house.held()["GOOG151224P00752500"]
    assert 1 == len(house.read(lambda tx: positions.events(tx, "a")))


def test_a_policy_given_since_is_no_difference(house: House) -> None:
    """What a person decided later does not keep a bot from sending its book again."""
    take(house, offered(house, entry("a", PUT_752)))
    house.ledger().write_now(
        lambda tx: requests.set_policy(tx, "a", Policy.HAND_OVER, by="ann", at=house.clock.now())
    )

    again = take(house, offered(house, entry("a", PUT_752)))

    assert Policy.HAND_OVER is again[0].position.policy


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        pytest.param(entry("a", PUT_752, units=2), ["units 2 (ledger: 1)"], id="other units"),
        pytest.param(
            entry("a", PUT_752, price="1.30"), ["net_price 1.30 (ledger: 1.25)"], id="price"
        ),
        pytest.param(
            entry("a", PUT_740),
            ["legs GOOG151224P00740000 -1 (ledger: GOOG151224P00752500 -1)"],
            id="other legs",
        ),
        pytest.param(
            entry("a", PUT_752, more='policy = "accept"'),
            ["policy accept (ledger: None)"],
            id="a policy",
        ),
        pytest.param(
            entry("a", PUT_752, units=3, more='bot = "wheel"'),
            ["bot wheel (ledger: condors)", "units 3 (ledger: 1)"],
            id="two at once",
        ),
    ],
)
def test_another_content_under_one_id_is_refused(
    house: House, other: str, expected: list[str]
) -> None:
    """The differences are named, and nothing else of the import is taken."""
    take(house, offered(house, entry("a", PUT_752)))

    with pytest.raises(StateError) as caught:
        take(house, offered(house, entry("new", PUT_740), other))

    assert (
        "a.toml: position 'a': is in the ledger as position 1 with other content: "
        f"{'; '.join(expected)}. Give it another id, or leave it out"
    ) == str(caught.value)
    assert ["a"] == [one.id for one in house.positions()]
    assert "GOOG151224P00740000" not in house.held()


def test_two_sides_of_one_leg_are_refused(house: House) -> None:
    """At the broker they net out: neither would be what the ledger thinks it is."""
    take(house, offered(house, entry("a", *VERTICAL)))
    other = entry("b", "-2 GOOG151224P00745000", "1 GOOG151224P00735000")

    with pytest.raises(StateError) as caught:
        take(house, offered(house, other))

    assert (
        "a.toml: position 'b': legs: GOOG151224P00745000 is short here and long in position 'a'; "
        "in one account they net out"
    ) == str(caught.value)


def test_two_files_are_laid_side_by_side(house: House) -> None:
    """Two entries of one import may not net out either, nor differ under one id."""
    found = [
        *offered(house, entry("a", PUT_752), file="a.toml"),
        *offered(house, entry("b", "1 GOOG151224P00752500"), entry("a", PUT_740), file="b.toml"),
    ]

    with pytest.raises(StateError) as caught:
        take(house, found)

    first, second = str(caught.value).splitlines()
    assert first.startswith("b.toml: position 'b': legs: GOOG151224P00752500 is long here")
    assert second.startswith("b.toml: position 'a': is in the ledger as position 1 with other")
    assert () == house.positions()


def test_a_leg_that_is_gone_nets_nothing(house: House) -> None:
    """What an ended position held before is no obstacle."""
    take(house, offered(house, entry("a", PUT_752)))
    house.run("take", "a")
    house.run("override", "resolve", "a", "--as", "closed")

    found = take(house, offered(house, entry("b", "1 GOOG151224P00752500")))

    assert [True] == [one.is_new for one in found]


def test_all_faults_of_entries_are_told_at_once(house: House) -> None:
    """One run tells everything that a person must correct, conflicts with the ledger too."""
    take(house, offered(house, entry("a", PUT_752)))
    entries = [
        entry("gone", "-1 GOOG151218P00740000", "-1 GOOG151218C00740000"),
        entry("far", "-1 GOOG400120P00740000"),
        entry("soon", PUT_740).replace("2015-12-18T15", "2015-12-24T19"),
        entry("a", PUT_752, units=2),
    ]

    with pytest.raises(ConfigError) as caught:
        take(house, offered(house, *entries))

    gone, gone_too, far, soon, differs = caught.value.faults
    assert gone.endswith(
        "'gone': legs: GOOG151218P00740000 stopped trading at 2015-12-18 16:00 New York"
    )
    assert "GOOG151218C00740000 stopped trading" in gone_too
    assert "'far': legs: 2040-01-20 lies outside the calendar's horizon" in far
    assert soon.endswith("'soon': opened_at: 2015-12-24T19:00:00Z lies in the future")
    assert "with other content: units 2 (ledger: 1)" in differs


@pytest.mark.parametrize(
    ("at", "is_taken"),
    [
        pytest.param(T - timedelta(microseconds=1), True, id="a moment before the close"),
        pytest.param(T, False, id="at the close"),
    ],
)
def test_the_close_ends_imports(house: House, at: datetime, is_taken: bool) -> None:  # noqa: FBT001 - a row's answer
    """What has stopped trading is not taken any more."""
    found = offered(house, entry("a", PUT_752))
    house.pass_until(at)

    if is_taken:
        assert [True] == [one.is_new for one in take(house, found)]
    else:
        with pytest.raises(ConfigError, match="stopped trading at 2015-12-24 13:00 New York"):
            take(house, found)


def test_the_same_again_after_the_close_is_no_fault(house: House) -> None:
    """A bot that sends its book once more in the evening is not told of a fault."""
    take(house, offered(house, entry("a", PUT_752)))
    house.pass_until(T + timedelta(hours=1))

    assert [False] == [one.is_new for one in take(house, offered(house, entry("a", PUT_752)))]


def test_an_unknown_bot_is_refused(house: House) -> None:
    """A bot that vanished between reading the file and the import is a fault."""
    found = offered(house, entry("a", PUT_752))
    sessions = house.sessions()
    intake = Intake({}, sessions, lambda _: None)

    with pytest.raises(ConfigError, match="position 'a': no such bot: 'condors'"):
        intake.take(house.ledger(), found, at=house.clock.now(), by="ann")


def test_an_import_that_died_halfway_is_repaired_by_repeating(house: House) -> None:
    """Legs that were booked before a crash are not booked twice, and the ledger follows."""
    found = offered(house, entry("a", PUT_752, units=2))
    settings, sessions = house.settings(), house.sessions()

    with paper_accounts.opened(settings, house.clock, sessions) as accounts:

        def book_and_die(position: Position) -> None:
            accounts.book(position)
            raise BrokerUnavailable("the power went")

        intake = Intake(settings.bots, sessions, book_and_die, accounts.moved)
        with pytest.raises(BrokerUnavailable):
            intake.take(house.ledger(), found, at=house.clock.now(), by="ann")
    assert () == house.positions()

    take(house, found)

    assert ["a"] == [one.id for one in house.positions()]
    assert {"GOOG151224P00752500": -2} == house.held()


def test_a_missing_booking_is_made_up_for_by_repeating(house: House) -> None:
    """Where the ledger has a position that the account lacks, the same import books it."""
    found = offered(house, entry("a", PUT_752))
    settings = house.settings()
    intake = Intake(settings.bots, house.sessions(), lambda _: None)
    intake.take(house.ledger(), found, at=house.clock.now(), by="ann")

    take(house, found)

    assert {"GOOG151224P00752500": -1} == house.held()


def test_a_running_daemon_takes_an_import_up_by_itself(house: House) -> None:
    """Imported inside the window, a position gets the newest attempt at once, marked late."""
    house.take_in(entry("first", PUT_740))
    house.pass_until(T - timedelta(minutes=8))
    engine = house.start_daemon()

    house.take_in(entry("a", PUT_752))
    house.pass_until(house.clock.now() + timedelta(seconds=2))

    assert "a" in engine.desk.book
    (made,) = house.read(lambda tx: attempts.of_position(tx, "a"))
    assert ("T-10", "close") == (made.lead, made.decision)
    assert 120 <= made.late_seconds < 125


def test_a_recorded_book_is_moved_to_the_next_session(house: House) -> None:
    """On an account that plays the day at today's close, the packaged book can be lived."""
    house.configure(ALIGNED)
    house.pass_until(datetime(2015, 12, 28, 15, 0, tzinfo=UTC))
    calendar = ("-1 GOOG151224C00737500", "1 GOOG160115C00737500")
    book = (entry("a", PUT_752), entry("cal", *calendar), entry("sh", "100 GOOG"))

    found = take(house, offered(house, *book))

    assert [["GOOG151228P00752500"], ["GOOG151228C00737500", "GOOG160115C00737500"], ["GOOG"]] == [
        [leg.symbol for leg in one.position.legs] for one in found
    ]
    house.pass_until(datetime(2015, 12, 29, 15, 0, tzinfo=UTC))
    assert [False] * 3 == [one.is_new for one in take(house, offered(house, *book))]


def test_a_later_leg_keeps_its_distance(house: House) -> None:
    """A calendar whose later leg has ended since stays a calendar."""
    house.configure(ALIGNED)
    house.pass_until(datetime(2016, 2, 8, 15, 0, tzinfo=UTC))
    calendar = entry("cal", "-1 GOOG151224C00737500", "1 GOOG160115C00737500")

    (found,) = take(house, offered(house, calendar))

    assert ["GOOG160208C00737500", "GOOG160301C00737500"] == [
        leg.symbol for leg in found.position.legs
    ]
    with pytest.raises(ConfigError, match="GOOG160115C00745000 stopped trading"):
        take(house, offered(house, entry("old", "-1 GOOG160115C00745000")))


def test_a_recorded_book_of_the_evening_is_moved_to_tomorrow(house: House) -> None:
    """After the close, and on a weekend, the next session is meant."""
    house.configure(ALIGNED)
    house.pass_until(datetime(2015, 12, 26, 15, 0, tzinfo=UTC))
    found = take(house, offered(house, entry("a", PUT_752)))
    assert "GOOG151228P00752500" == found[0].position.legs[0].symbol

    house.pass_until(datetime(2015, 12, 28, 22, 0, tzinfo=UTC))

    found = take(house, offered(house, entry("b", PUT_752)))
    assert "GOOG151229P00752500" == found[0].position.legs[0].symbol


def test_an_account_that_is_not_paper_is_left_alone(house: House) -> None:
    """Only a paper account is ours to book into."""
    position = take(house, offered(house, entry("a", PUT_752)))[0].position
    settings = house.settings()
    settings.brokers.clear()

    with paper_accounts.opened(settings, house.clock, house.sessions()) as accounts:
        accounts.book(position)

        assert position.legs == accounts.moved(KEY, position.legs)
