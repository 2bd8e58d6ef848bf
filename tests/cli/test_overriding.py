"""`botd take`, `release`, `override resolve` and `policy`, as a person calls them."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from botd.domain.position import Management
from botd.ledger import marks
from botd.ledger.marks import Mark
from botd.service.lock import hold
from tests.service.house import PUT_740, PUT_752, House, T, entry, house_in

WORKING = T - timedelta(minutes=10) + timedelta(seconds=2)  # the first attempt's order works


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[House]:
    yield from house_in(tmp_path, capsys)


def at_work(house: House) -> None:
    """Let a daemon work on the first attempt of a position of three units."""
    house.take_in(entry("a", PUT_752, units=3))
    house.pass_until(T - timedelta(minutes=11))
    house.start_daemon()
    house.pass_until(WORKING)


def test_take_of_a_quiet_position(house: House) -> None:
    """One line a position, and which ledger it was."""
    house.take_in(entry("a", PUT_752), entry("b", PUT_740))

    answer = house.run("take", "a", "2", "--reason", "earnings")

    assert (0, "") == (answer.code, answer.err)
    assert [
        "1  GOOG 752.5P -1: taken, no new order of ours leaves for it; nothing of ours lives",
        "2  GOOG 740P -1: taken, no new order of ours leaves for it; nothing of ours lives",
        f"ledger {house.path} (no daemon runs: start it with botd run)",
    ] == answer.out.splitlines()


def test_take_is_the_same_by_its_long_name(house: House) -> None:
    """`botd take` is short for `botd override take`."""
    house.take_in(entry("a", PUT_752))

    assert 0 == house.run("override", "take", "a").code
    assert Management.MANUAL is house.position("a").managed_by


def test_take_tells_what_the_daemon_cancelled(house: House) -> None:
    """The true fate of the order, what is still held, and that a daemon holds the ledger."""
    at_work(house)
    house.plan("fill_across_cancel", "a", units=1)

    answer = house.run("take", "a")

    name, fate, held, ledger = answer.out.splitlines()
    assert 0 == answer.code
    assert "1  GOOG 752.5P -3: taken, no new order of ours leaves for it" == name
    assert fate.endswith("at 3.00 debit: cancelled, 1 of 3 filled at 3.00 debit")
    assert "   still held: 2 of 3 units" == held
    assert "(held by the daemon, process " in ledger


def test_take_says_what_may_live(house: House) -> None:
    """Exit code 5: it is committed, and what the person has to do is said."""
    at_work(house)
    house.kill_daemon()
    house.plan("unavailable", "", late=timedelta(minutes=5))

    answer = house.run("take", "a")

    assert 5 == answer.code
    assert "MAY STILL FILL: its cancel was asked for, and is not confirmed" in answer.out
    assert "COMMITTED, but an order of ours may still fill" in answer.out
    assert "Cancel it at your broker, or try again: botd take 1" in answer.out


def test_take_says_why_nothing_could_be_cancelled(house: House) -> None:
    """A configuration at fault is named beside what it kept from happening."""
    at_work(house)
    house.kill_daemon()
    house.write("config/bots/condors.toml", 'name = "condors"\nbroker = "paper"\nspeed = 3\n')

    answer = house.run("take", "a")

    assert 5 == answer.code
    assert "may still fill (" in answer.out
    assert "condors.toml: speed: unknown key" in answer.out


def test_take_as_json(house: House) -> None:
    """One document: positions with their orders, and the ledger."""
    at_work(house)

    answer = house.run("take", "a", "nix", "--json")

    found = answer.json
    assert 3 == answer.code
    assert ("a", "manual", "person") == (
        found["positions"][0]["id"],
        found["positions"][0]["managed_by"],
        found["positions"][0]["manual_reason"],
    )
    assert ["canceled"] == [one["status"] for one in found["positions"][0]["orders"]]
    assert (False, None) == (found["orders_may_live"], found["trouble"])
    assert ["no position 'nix': no id, number, or underlying with open positions"] == (
        found["refused"]
    )
    assert (str(house.path), True) == (
        found["ledger"]["path"],
        found["ledger"]["held_by"]["is_daemon"],
    )


@pytest.mark.parametrize(
    ("names", "code", "words"),
    [
        pytest.param(("nix",), 3, "no position 'nix'", id="no such position"),
        pytest.param(("b",), 4, "is under manual override already", id="taken before"),
        pytest.param(("nix", "b", "a"), 4, "manual override already", id="the gravest counts"),
        pytest.param((), 2, "name what is to be taken, or --all", id="nothing named"),
        pytest.param(("a", "--all"), 2, "or --all, not both", id="both"),
    ],
)
def test_take_that_is_refused(house: House, names: tuple[str, ...], code: int, words: str) -> None:
    """Each refusal has its exit code and its words on standard error."""
    house.take_in(entry("a", PUT_752), entry("b", PUT_740))
    house.run("take", "b")

    answer = house.run("take", *names)

    assert code == answer.code
    assert words in answer.err


def test_take_all(house: House) -> None:
    """Everything that a bot manages, and nothing is wrong if that is nothing."""
    house.take_in(entry("a", PUT_752), entry("b", PUT_740))

    assert 3 == len(house.run("take", "--all").out.splitlines())

    answer = house.run("take", "--all")
    assert (0, "no position is managed by a bot\n") == (answer.code, answer.out)


def test_take_without_a_ledger(house: House) -> None:
    """Only an import makes a ledger; this says which commands do."""
    answer = house.run("take", "a")

    assert 3 == answer.code
    assert "no ledger at" in answer.err


@pytest.mark.parametrize(
    ("command", "purpose", "words"),
    [
        pytest.param(("take", "a"), "run", "it is taken; what became of an order", id="take"),
        pytest.param(("release", "b"), "run", "left with the daemon", id="a daemon's release"),
        pytest.param(("release", "b"), "close", "given up; look how it stands", id="nobody's"),
        pytest.param(("halt",), "run", "halted; what became of the orders", id="halt"),
    ],
)
def test_ctrl_c_while_waiting(
    house: House, command: tuple[str, ...], purpose: str, words: str
) -> None:
    """Exit code 130, and what holds is said."""
    house.take_in(entry("b", PUT_740))
    house.run("take", "b")
    at_work(house)
    house.kill_daemon()
    house.loop.call_later(3, signal.raise_signal, signal.SIGINT)

    with hold(house.site().lock, now=house.clock.now(), purpose=purpose):
        answer = house.run(*command)

    assert 130 == answer.code
    assert words in answer.err


def test_take_waits_for_another_command(house: House) -> None:
    """Who holds the ledger is named, also where it is no daemon."""
    house.take_in(entry("a", PUT_752))

    with hold(house.site().lock, now=house.clock.now(), purpose="close"):
        answer = house.run("take", "a")

    assert f"(held by process {os.getpid()} (botd close) since 2015-12-24 17:30:00 UTC)" in (
        answer.out
    )


def test_take_shows_the_engines_log_on_demand(house: House) -> None:
    """With -v what the engine does is shown on standard error."""
    at_work(house)
    house.kill_daemon()

    answer = house.run("-v", "take", "a", "--json")

    assert "command_begun" in answer.err
    assert ["a"] == [one["id"] for one in answer.json["positions"]]


def test_release(house: House) -> None:
    """Given back after a reconcile."""
    house.take_in(entry("a", PUT_752))
    house.run("take", "a")

    answer = house.run("release", "a")

    assert (0, "1  GOOG 752.5P -1: given back to condors") == (
        answer.code,
        answer.out.splitlines()[0],
    )
    assert Management.BOT is house.position("a").managed_by


def test_release_with_an_attempt_at_once(house: House) -> None:
    """The extra attempt's steps go to standard error, its outcome is told."""
    house.take_in(entry("a", PUT_752))
    house.pass_until(T - timedelta(minutes=4))
    house.run("take", "a")

    answer = house.run("release", "a", "--now")

    assert 0 == answer.code
    assert "given back to condors; the extra attempt: filled" in answer.out
    assert "step 1 at" in answer.err


def test_release_by_a_daemon_inside_the_window(house: House) -> None:
    """The daemon runs the attempt that is due by itself, and says which."""
    at_work(house)
    house.run("take", "a")
    house.pass_until(T - timedelta(minutes=4))

    answer = house.run("release", "a", "--now")

    assert 0 == answer.code
    assert "T-5 runs now" in answer.out


def test_release_after_which_the_broker_refuses(house: House) -> None:
    """What comes back to the person at once is said so."""
    house.take_in(entry("a", PUT_752))
    house.pass_until(T - timedelta(minutes=4))
    house.run("take", "a")
    house.plan("refuse", "a", message="active assignment lock", times=3)

    answer = house.run("release", "a", "--now")

    assert "was given back, and is a person's again: REFUSED" in answer.out


def test_release_of_what_is_gone(house: House) -> None:
    """Exit code 4: the bot must not look after it; the person resolves it."""
    house.take_in(entry("a", PUT_752))
    house.run("take", "a")
    house.broker().book({"GOOG151224P00752500": 1})

    answer = house.run("release", "a")

    assert 4 == answer.code
    assert "NOT given back: no longer held" in answer.out
    assert "resolve it instead" in answer.out


def test_release_while_the_broker_is_away(house: House) -> None:
    """Exit code 5: nobody knows whether it is held."""
    house.take_in(entry("a", PUT_752))
    house.run("take", "a")
    house.plan("unavailable", "", late=timedelta(minutes=2))

    answer = house.run("release", "a", "--json")

    assert 5 == answer.code
    assert (False, "manual") == (
        answer.json["positions"][0]["released"],
        answer.json["positions"][0]["managed_by"],
    )


def test_release_of_a_bots_position(house: House) -> None:
    """Exit code 4: there is nothing to give back."""
    house.take_in(entry("a", PUT_752))

    answer = house.run("release", "a")

    assert (4, "botd: position 1 (a) is managed by its bot 'condors' already\n") == (
        answer.code,
        answer.err,
    )


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(
            ("--as", "closed", "--net-price", "-0.45"),
            "closed at 0.45 paid, P/L +80.00",
            id="at a price",
        ),
        pytest.param(
            ("--as", "closed", "--net-price", "0"), "closed at 0.00, P/L +125.00", id="for nothing"
        ),
        pytest.param(("--as", "closed"), "closed, P/L not known: no price", id="without one"),
        pytest.param(("--as", "expired"), "expired, P/L +125.00", id="worthless"),
        pytest.param(("--as", "assigned"), "assigned, P/L not known", id="assigned"),
    ],
)
def test_resolve(house: House, options: tuple[str, ...], expected: str) -> None:
    """The end, and the P/L as far as it is known."""
    house.take_in(entry("a", PUT_752))
    house.run("take", "a")

    answer = house.run("override", "resolve", "a", *options)

    assert 0 == answer.code
    assert answer.out.splitlines()[0].startswith(f"1  GOOG 752.5P -1: {expected}")


def test_resolve_leaves_shares(house: House) -> None:
    """An expired call on shares keeps its position open."""
    house.take_in(entry("cc", "100 GOOG", "-1 GOOG151224C00760000"))
    house.run("take", "cc")

    answer = house.run("override", "resolve", "cc", "--as", "expired")

    assert "its options are booked as expired; the shares stay, it is open" in answer.out


def test_resolve_as_json(house: House) -> None:
    """The position with its outcomes."""
    house.take_in(entry("a", PUT_752))
    house.run("take", "a")

    answer = house.run(
        "override", "resolve", "a", "--as", "settled", "--net-price", "-3.5", "--json"
    )

    (found,) = answer.json["positions"]
    assert ("settled", "-225.00", True) == (
        found["status"],
        found["realized_pnl"],
        found["pnl_complete"],
    )


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        pytest.param(("--as", "sold"), 2, "'sold' is not one of", id="no such end"),
        pytest.param((), 2, "Missing option '--as'", id="no end"),
        pytest.param(
            ("--as", "expired", "--net-price", "1"), 2, "what expired was worth nothing", id="price"
        ),
        pytest.param(
            ("--as", "closed", "--net-price", "cheap"),
            2,
            "'cheap' is no number; write it as -0.45 for a cost, 0.45 for money received",
            id="words",
        ),
        pytest.param(
            ("--as", "closed", "--net-price", "0.45"),
            2,
            "buying back a short costs: write --net-price -0.45",
            id="the wrong sign",
        ),
        pytest.param(
            ("--as", "closed", "--net-price", "nan"), 2, "'nan' is no price", id="not a number"
        ),
        pytest.param(("--as", "closed"), 4, "take it first with: botd take 1", id="a bot's"),
    ],
)
def test_resolve_that_is_refused(
    house: House, options: tuple[str, ...], code: int, words: str
) -> None:
    """Each refusal has its exit code and its words."""
    house.take_in(entry("a", PUT_752))
    if code != 4:
        house.run("take", "a")

    answer = house.run("override", "resolve", "a", *options)

    assert code == answer.code
    assert words in answer.err


def test_resolve_of_a_long_tells_what_was_received(house: House) -> None:
    """The other way round."""
    house.take_in(entry("a", "1 GOOG151224P00752500"))
    house.run("take", "a")

    wrong = house.run("override", "resolve", "a", "--as", "closed", "--net-price", "-2")
    right = house.run("override", "resolve", "a", "--as", "closed", "--net-price", "2")

    assert (2, 0) == (wrong.code, right.code)
    assert "selling a long brings money: write --net-price 2" in wrong.err
    assert "closed at 2.00 received, P/L" in right.out


def test_resolve_as_expired_against_what_is_known(house: House) -> None:
    """It is booked on the person's word, with a warning."""
    house.take_in(entry("a", PUT_752))
    house.run("take", "a")
    seen = Mark(
        house.position("a").account_key, "GOOG", None, None, Decimal(748), house.clock.now()
    )
    with closing(house.ledger()) as ledger:
        ledger.write_now(lambda tx: marks.put(tx, [seen]))

    answer = house.run("override", "resolve", "a", "--as", "expired", "--json")

    assert (0, "expired") == (answer.code, answer.json["positions"][0]["status"])
    assert (
        "botd: WARNING: GOOG 752.5P was in the money by 4.5 at the last known spot 748; "
        "booked as expired on your word, compare it with your broker's records\n"
    ) == answer.err


def test_resolve_twice(house: House) -> None:
    """What is over is named with its end."""
    house.take_in(entry("a", PUT_752))
    house.run("take", "a")
    house.run("override", "resolve", "a", "--as", "closed", "--net-price", "-0.45")

    answer = house.run("override", "resolve", "a", "--as", "expired")

    assert 4 == answer.code
    assert "is already resolved as closed at -0.45" in answer.err


def test_policy(house: House) -> None:
    """The policy of one position, or of all on an underlying."""
    house.take_in(entry("a", PUT_752), entry("b", PUT_740))

    answer = house.run("policy", "GOOG", "hand_over")

    assert 0 == answer.code
    assert "1  GOOG 752.5P -1: hand_over if it is in the money" == answer.out.splitlines()[0]
    found = house.run("policy", "2", "accept", "--json").json["positions"]
    assert ["accept"] == [one["policy"] for one in found]


def test_settle_is_for_cash(house: House) -> None:
    """What delivers shares cannot be settled: it is refused with what is allowed."""
    house.take_in(entry("a", PUT_752), entry("b", "-1 SPXW151224P02000000"))

    refused = house.run("policy", "a", "settle")

    assert 4 == refused.code
    assert (
        "GOOG options deliver shares: settle is for cash-settled contracts; "
        "allowed here: close, hand_over, accept"
    ) in refused.err
    [settles] = house.run("policy", "b", "settle", "--json").json["positions"]
    assert "settle" == settles["policy"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(("a", "sell"), 2, id="no such policy"),
        pytest.param(("nix", "close"), 3, id="no such position"),
    ],
)
def test_policy_that_is_refused(house: House, arguments: tuple[str, ...], code: int) -> None:
    """Each refusal has its exit code."""
    house.take_in(entry("a", PUT_752))

    assert code == house.run("policy", *arguments).code


@pytest.mark.parametrize(
    "command",
    [
        ("take",),
        ("release",),
        ("close",),
        ("expire",),
        ("halt",),
        ("resume",),
        ("policy",),
        ("override", "resolve"),
        ("positions", "import"),
    ],
)
def test_help_has_an_example(house: House, command: tuple[str, ...]) -> None:
    """Somebody in a hurry copies a line."""
    answer = house.run(*command, "--help")

    assert 0 == answer.code
    assert f"botd {command[-1]}" in answer.out.split("Examples:")[1] or (
        f"botd {' '.join(command)}" in answer.out.split("Examples:")[1]
    )
