"""`botd positions sync`, as people call it."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from botd.cli.options import Here, World
from botd.cli.syncing import sync_positions
from botd.domain.contract import Leg
from botd.domain.occ import parse_instrument
from botd.settings.positions_file import parse_positions
from tests.service.house import PUT_752, House, T, entry, house_in

CONDOR = {
    "GOOG151224P00735000": 2,
    "GOOG151224P00740000": -2,
    "GOOG151224C00760000": -2,
    "GOOG151224C00765000": 2,
}
COVERED = {"SPY": 250, "SPY160115C00200000": -2}
CALENDAR = {"SPY160115P00200000": -1, "SPY160219P00200000": 1}
NAKED = {"QQQ160115C00110000": -1}
ALPACA = """\
[brokers.alpaca]
kind = "alpaca"
environment = "paper"
key_id = { env = "BOTD_TEST_KEY" }
secret_key = { env = "BOTD_TEST_SECRET" }
"""
ON_A_WIDE_SCREEN = """\
paper paper, for condors
strategy         legs                                      stops trading     worst case  opened at
iron condor x2   GOOG  +1 735P  -1 740P  -1 760C  +1 765C  2015-12-24 13:00   -1,000.00  not known
short call x1    QQQ  -1 110C                              2016-01-15 16:00    no bound  not known
calendar x1      SPY  -1 200P  +1 200P 2016-02-19          2016-01-15 16:00        0.00  not known
covered call x2  SPY  +100 shares  -1 200C                 2016-01-15 16:00        0.00  not known

left out       why
SPY       +50  shares that cover no call

4 positions that nobody manages: --yes takes them, --write FILE lets you edit
"""


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[House]:
    """One bot on one paper account, with a ledger."""
    for made in house_in(tmp_path, capsys):
        (tmp_path / "config" / "bots" / "wheel.toml").unlink()
        made.ledger()
        yield made


def hold(house: House, *books: dict[str, int]) -> None:
    """Let the account hold what the ledger does not know."""
    for book in books:
        house.broker().book(book)


def on_screen(house: House, width: int, *arguments: str) -> list[str]:
    """Call the command on a screen of *width* columns."""
    environ = {"USER": "ann", "COLUMNS": str(width)}
    here = Here(World(environ=environ, cwd=house.folder, clock=house.clock))
    answer = CliRunner().invoke(sync_positions, list(arguments), obj=here)
    assert 0 == answer.exit_code
    return answer.output.splitlines()


def test_proposal_on_a_wide_screen(house: House) -> None:
    """Strategy, legs, units, when it stops trading, worst case; nothing is taken."""
    hold(house, CONDOR, COVERED, CALENDAR, NAKED)

    found = on_screen(house, 200)

    assert ON_A_WIDE_SCREEN.splitlines() == found
    assert () == house.positions()


@pytest.mark.parametrize("width", [80, 66])
def test_proposal_on_a_narrow_screen(house: House, width: int) -> None:
    """The legs give way; nothing is cut, nothing runs over."""
    hold(house, CONDOR, COVERED, CALENDAR, NAKED)

    found = on_screen(house, width)

    assert width >= max(map(len, found[:-1]))
    for words in ("iron condor x2", "+1 765C", "2015-12-24 13:00", "-1,000.00", "no bound"):
        assert any(words in line for line in found)


def test_sync_takes_what_nobody_manages(house: House) -> None:
    """Under management, held once, and said; a second sync proposes nothing."""
    hold(house, CONDOR)

    answer = house.run("positions", "sync", "--yes")
    again = house.run("positions", "sync", "--yes")

    (taken,) = house.positions()
    assert (0, "") == (answer.code, answer.err)
    assert [
        f"1  GOOG iron condor x2  {taken.id}  for condors",
        "1 position taken under management",
        f"ledger {house.path} (no daemon runs: start it with botd run)",
    ] == answer.out.splitlines()[-3:]
    assert ("iron condor", 2, None) == (taken.strategy, taken.units, taken.open_net_price)
    assert (0, ["nothing to take under management"]) == (again.code, again.out.splitlines())
    assert CONDOR == house.held()


def test_what_is_managed_is_subtracted(house: House) -> None:
    """Of a contract that the ledger knows in part, only the rest is proposed."""
    house.take_in(entry("a", PUT_752, units=2))
    hold(house, {"GOOG151224P00752500": -3})

    found = house.run("positions", "sync", "--json").json

    assert [("short put", 3, None)] == [
        (one["strategy"], one["units"], one["number"]) for one in found["proposed"]
    ]


def test_sync_as_json(house: House) -> None:
    """Positions as everywhere, with their worst case; what is left out, with its reason."""
    hold(house, CONDOR, {"SPY": 50})

    proposed = house.run("positions", "sync", "--json").json
    taken = house.run("positions", "sync", "--yes", "--json").json

    (one,) = proposed["proposed"]
    assert (None, "-1000.00", [], str(house.path)) == (
        one["open_net_price"],
        one["worst_case"],
        proposed["taken"],
        proposed["ledger"]["path"],
    )
    assert [
        {
            "broker": "paper",
            "account": "paper",
            "symbol": "SPY",
            "quantity": 50,
            "reason": "shares that cover no call",
        }
    ] == proposed["left_out"]
    assert [(one["id"], 1)] == [(each["id"], each["number"]) for each in taken["taken"]]


def test_an_opening_price_that_the_orders_tell(house: House) -> None:
    """An order of today made the spread: its price and its time are the position's."""
    legs = (
        Leg(parse_instrument("GOOG151224P00745000"), 1),
        Leg(parse_instrument("GOOG151224P00750000"), -1),
    )
    house.broker().trade_outside(legs, 2)

    answer = house.run("positions", "sync", "--yes")

    (taken,) = house.positions()
    assert taken.open_net_price is not None
    assert Decimal(0) < taken.open_net_price < Decimal(5)
    assert house.clock.now() == taken.opened_at
    assert f"{taken.open_net_price}" in answer.out


@pytest.mark.parametrize(
    ("only", "strategies"),
    [
        pytest.param(["spy"], ["calendar", "covered call"], id="an underlying"),
        pytest.param(["SPY,qqq"], ["short call", "calendar", "covered call"], id="two, a comma"),
        pytest.param(["GOOG", "--only", "QQQ"], ["iron condor", "short call"], id="two, apart"),
        pytest.param(["GOOG  151224P00740000"], ["short put"], id="one contract, padded"),
    ],
)
def test_only_what_is_named(house: House, only: list[str], strategies: list[str]) -> None:
    """A person declines the rest: it is neither taken nor grouped with what is."""
    hold(house, CONDOR, COVERED, CALENDAR, NAKED)

    answer = house.run("positions", "sync", "--yes", "--json", "--only", *only)

    assert strategies == [one["strategy"] for one in answer.json["taken"]]


def test_proposal_as_a_file(house: House) -> None:
    """What is written is a valid positions file, and importing it takes nothing twice."""
    hold(house, CONDOR, COVERED)

    written = house.run("positions", "sync", "--write", "held.toml")
    imported = house.run("positions", "import", "held.toml")
    after = house.run("positions", "sync")

    assert "2 positions written to held.toml: botd positions import held.toml" in written.out
    assert "2 positions taken under management" in imported.out
    assert "nothing to take under management" in after.out
    assert {**CONDOR, **COVERED} == house.held()


def test_proposal_on_standard_output(house: House) -> None:
    """`--write -` prints the file and nothing else."""
    hold(house, CONDOR)

    answer = house.run("positions", "sync", "--write", "-")

    found = parse_positions(answer.out.encode(), "-", bots=house.settings().bots)
    assert [(2, None, True)] == [(one.units, one.net_price, one.is_held) for one in found.entries]


def test_nothing_to_write(house: House) -> None:
    """No file is made where nothing is proposed: it would be no positions file."""
    answer = house.run("positions", "sync", "--write", "held.toml")

    assert (0, "nothing to take under management\n") == (answer.code, answer.out)
    assert not (house.folder / "held.toml").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(("--broker", "etrade"), 3, "configured: paper", id="no such broker"),
        pytest.param(("--bot", "condor"), 3, "configured: condors", id="no such bot"),
        pytest.param(("--only", "IBM"), 3, "no account holds IBM", id="no such holding"),
        pytest.param(("--write", "config/botd.toml"), 4, "is there already", id="not over a file"),
        pytest.param(("--write", "a", "--yes"), 2, "not both", id="written or taken"),
        pytest.param(("--write", "-", "--json"), 2, "standard output", id="one document"),
    ],
)
def test_sync_that_is_refused(
    house: House, arguments: tuple[str, ...], code: int, words: str
) -> None:
    """Each refusal has its exit code and its words, and takes nothing."""
    hold(house, CONDOR)

    answer = house.run("positions", "sync", *arguments)

    assert code == answer.code
    assert words in answer.err
    assert () == house.positions()


def test_several_bots_could_manage_it(house: House) -> None:
    """Exit code 2 names them, but only where there is something to manage."""
    house.write("config/bots/wheel.toml", 'name = "wheel"\nbroker = "paper"\n')

    nothing = house.run("positions", "sync")
    hold(house, CONDOR)
    refused = house.run("positions", "sync", "--yes")
    taken = house.run("positions", "sync", "--yes", "--bot", "wheel")

    assert (0, 2, 0) == (nothing.code, refused.code, taken.code)
    assert "2 bots could manage what is held there: condors, wheel" in refused.err
    assert ["wheel"] == [one.bot for one in house.positions()]


def test_broker_out_of_reach(house: House) -> None:
    """Exit code 5, and nothing is taken."""
    hold(house, CONDOR)
    house.plan("unavailable", "", late=timedelta(minutes=5))

    answer = house.run("positions", "sync", "--yes")

    assert 5 == answer.code
    assert () == house.positions()


def test_without_a_ledger(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 3: sync is not among the commands that make one."""
    for house in house_in(tmp_path, capsys):
        answer = house.run("positions", "sync", "--yes")

        assert 3 == answer.code
        assert "botd ledger migrate" in answer.err
        assert not house.path.exists()


def test_a_look_at_a_real_account_needs_no_ledger(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It comes as far as its credentials; exit code 2 names every one that is not there."""
    for house in house_in(tmp_path, capsys):
        house.configure(ALPACA)
        (tmp_path / "config" / "bots" / "wheel.toml").unlink()
        house.write(
            "config/bots/condors.toml", 'name = "condors"\nbroker = "alpaca"\naccount = "PA1"\n'
        )

        look, take = house.run("positions", "sync"), house.run("positions", "sync", "--yes")

        assert (2, 3) == (look.code, take.code)
        assert "BOTD_TEST_KEY is not set" in look.err
        assert "BOTD_TEST_SECRET is not set" in look.err
        assert not house.path.exists()


def test_a_daemon_notices(house: House) -> None:
    """What is taken beside a running daemon is managed by it at its next wake-up."""
    engine = house.start_daemon()
    hold(house, CONDOR)

    answer = house.run("positions", "sync", "--yes")
    house.pass_until(house.clock.now() + timedelta(seconds=2))

    (taken,) = house.positions()
    assert "held by the daemon" in answer.out
    assert [taken.id] == list(engine.desk.book)


def test_taken_between_two_attempts(house: House) -> None:
    """Held before anybody knows when, in the money: the attempt that is due runs at once, late."""
    house.start_daemon()
    house.pass_until(T - timedelta(minutes=7))
    hold(house, {"GOOG151224P00752500": -1})

    house.run("positions", "sync", "--yes")
    house.pass_until(house.clock.now() + timedelta(seconds=30))

    (taken,) = house.positions()
    assert house.orders(taken.id)
    assert {T - timedelta(minutes=10)} == {
        one.intent.attempt_due_at for one in house.orders(taken.id)
    }


def test_a_position_at_an_unknown_price(house: House) -> None:
    """Everywhere it is shown its price is unknown, never 0, and so is its P/L."""
    hold(house, {"GOOG151224P00752500": -1})
    house.run("positions", "sync", "--yes")
    house.run("override", "take", "1")
    house.run("override", "resolve", "1", "--as", "closed", "--net-price", "-0.45")

    shown = house.run("positions", "show", "1", "--json").json
    history = house.run("history", "--json").json

    assert (None, "-0.45", None, False) == (
        shown["open_net_price"],
        shown["close_net_price"],
        shown["realized_pnl"],
        shown["pnl_complete"],
    )
    assert not history["totals"]["pnl_complete"]
    for arguments in (("positions", "show", "1"), ("positions", "list"), ("history",)):
        assert 0 == house.run(*arguments).code
