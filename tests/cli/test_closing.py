"""`botd close` and `botd expire`, as a person calls them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from botd.domain.position import Status
from botd.ledger import commands, marks
from botd.ledger.marks import Mark
from botd.service.lock import hold
from tests.service.house import PUT_740, PUT_752, House, T, entry, house_in

COVERED = ("100 GOOG", "-1 GOOG151224C00760000")
NEXT = ("--next-call", "GOOG160115C00760000", "--net-price", "2.35")


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[House]:
    yield from house_in(tmp_path, capsys)


def test_close_is_followed_to_the_end(house: House) -> None:
    """Steps on standard error, the fill and what is left on standard output."""
    house.take_in(entry("a", PUT_752, units=3))

    answer = house.run("close", "a", "--quantity", "2")

    assert 0 == answer.code
    assert [
        "1  GOOG 752.5P -3: 2 of 2 filled at 3.10 debit; 1 unit still open",
        f"ledger {house.path} (no daemon runs: start it with botd run)",
    ] == answer.out.splitlines()
    assert "   step 1 at 2.35 debit: working" == answer.err.splitlines()[0]


def test_close_by_the_daemon(house: House) -> None:
    """Who closes it is said, and the end is the same."""
    house.take_in(entry("a", PUT_752))
    house.start_daemon()

    answer = house.run("close", "1", "--pricing", "fast")

    assert 0 == answer.code
    assert "the daemon closes it; Ctrl-C leaves it with the daemon" == answer.err.splitlines()[0]
    assert "1 of 1 filled at 3.10 debit; closed, P/L -185.00" in answer.out
    assert "(held by the daemon, process " in answer.out


def test_close_as_json(house: House) -> None:
    """One document; what happens meanwhile is on standard error."""
    house.take_in(entry("a", PUT_752, units=3))

    answer = house.run("close", "a", "--percent", "50%", "--json")

    (found,) = answer.json["closes"]
    assert ("filled", 2, 2, "-3.10", False, "open", 1) == (
        found["outcome"],
        found["wanted_units"],
        found["filled_units"],
        found["net_price"],
        found["may_live"],
        found["position"]["status"],
        found["position"]["units_open"],
    )
    assert ["filled"] == [one["status"] for one in found["orders"][-1:]]


def test_close_that_is_refused(house: House) -> None:
    """Exit code 1, with the broker's own words."""
    house.take_in(entry("a", PUT_752))
    house.plan("refuse", "a", message="active assignment lock", times=3)

    answer = house.run("close", "a")

    assert 1 == answer.code
    assert "1  GOOG 752.5P -1: NOT closed: active assignment lock; 0 of 1 filled" in answer.out


def test_close_that_fills_in_part(house: House) -> None:
    """What was filled is told also where the rest was not."""
    house.take_in(entry("a", PUT_752, units=3))
    house.plan("partial", "a", units=1)

    answer = house.run("close", "a", "--json")

    (found,) = answer.json["closes"]
    assert ("partial", 1, 1) == (found["outcome"], found["filled_units"], answer.code)


def test_close_whose_fate_is_unknown(house: House) -> None:
    """Exit code 5, and the order that may live is named."""
    house.take_in(entry("a", PUT_752))
    house.plan("lose_answer", "a")
    house.loop.call_later(2, lambda: house.plan("unavailable", "", late=timedelta(minutes=5)))

    answer = house.run("close", "a")

    assert 5 == answer.code
    assert "NOT KNOWN" in answer.out
    assert "MAY STILL FILL" in answer.out


def test_close_with_the_market_closed(house: House) -> None:
    """Exit code 1: nothing was sent."""
    house.take_in(entry("a", "-1 GOOG160115P00752500"))
    house.pass_until(T + timedelta(hours=1))

    answer = house.run("close", "a", "--json")

    assert (1, "unfilled", "nothing was sent: its contracts do not trade now") == (
        answer.code,
        answer.json["closes"][0]["outcome"],
        answer.json["closes"][0]["message"],
    )


def test_close_of_an_observed_account(house: House) -> None:
    """Exit code 1: nothing is sent for an account that is only observed, and that is said."""
    house.take_in(entry("a", PUT_752))
    house.configure(
        '[brokers.paper]\nkind = "paper"\nquotes = { pack = "sample" }\nmode = "observe"\n'
    )

    answer = house.run("close", "a")

    assert 1 == answer.code
    assert "observe mode" in answer.out
    assert {"GOOG151224P00752500": -1} == house.held()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(("nix",), 3, "no position 'nix'", id="no such position"),
        pytest.param(("a", "--quantity", "0"), 2, "0 is not in the range", id="nothing"),
        pytest.param(("a", "--percent", "0.5"), 2, "write '50%'", id="a bare half"),
        pytest.param(("a", "--pricing", "cheap"), 2, "'cheap' is not one of", id="no such mode"),
        pytest.param((), 2, "Missing argument 'ID...'", id="nothing named"),
        pytest.param(("b",), 4, "position 2 is closed", id="closed before"),
    ],
)
def test_close_that_is_not_asked_for(
    house: House, arguments: tuple[str, ...], code: int, words: str
) -> None:
    """Each refusal has its exit code and its words, and nothing is sent."""
    house.take_in(entry("a", PUT_752), entry("b", PUT_740))
    house.run("close", "b")

    answer = house.run("close", *arguments)

    assert code == answer.code
    assert words in answer.err
    assert () == house.orders("a")


def test_close_under_a_halt(house: House) -> None:
    """Exit code 4, and what lets orders leave again."""
    house.take_in(entry("a", PUT_752))
    house.run("halt", "--reason", "odd")

    answer = house.run("close", "a")

    assert (4, "botd: halted by ann: odd; go on with: botd resume\n") == (answer.code, answer.err)


def test_ctrl_c_ends_ones_own_close(house: House) -> None:
    """Exit code 130: the order is cancelled, for nobody would look after it."""
    house.take_in(entry("a", PUT_752))
    house.loop.call_later(3, signal.raise_signal, signal.SIGINT)

    answer = house.run("close", "a")

    assert 130 == answer.code
    assert "given up; its orders were asked to end" in answer.err
    assert ["canceled"] == [one.status.value for one in house.orders("a")]


def test_ctrl_c_leaves_a_close_with_the_daemon(house: House) -> None:
    """Exit code 130: the daemon goes on, and that is said."""
    house.take_in(entry("a", PUT_752))
    house.start_daemon()
    house.loop.call_later(3, signal.raise_signal, signal.SIGINT)

    answer = house.run("close", "a")

    assert 130 == answer.code
    assert "left with the daemon, which goes on closing; stop it with botd take" in answer.err
    house.pass_until(house.clock.now() + timedelta(minutes=1))
    assert Status.CLOSED is house.position("a").status


@pytest.mark.system
def test_ctrl_c_in_real_time(house: House) -> None:
    """A real process that waits for a daemon says what it leaves there."""
    house.take_in(entry("a", PUT_752))
    site = house.site()
    command = [sys.executable, "-m", "botd", "--config", str(house.folder / "config"), "close", "a"]
    env = {"PATH": os.environ["PATH"], "USER": "ann"}

    with hold(site.lock, now=house.clock.now(), purpose="run"):
        process = subprocess.Popen(
            command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        while not site.ledger.read_now(commands.pending):
            assert process.poll() is None, process.stderr and process.stderr.read()
            time.sleep(0.05)  # noqa: TID251 - another process's time is real
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)

    assert (130, "") == (process.returncode, out)
    assert "left with the daemon" in err
    assert 1 == len(site.ledger.read_now(commands.pending))


def test_expire_of_a_put(house: House) -> None:
    """Nothing is left, and the premium is kept."""
    house.take_in(entry("a", PUT_740))
    house.pass_until(T)

    answer = house.run("expire", "a")

    assert (0, "1  GOOG 740P -1: expired, P/L +125.00") == (
        answer.code,
        answer.out.splitlines()[0],
    )


def test_expire_against_what_is_known(house: House) -> None:
    """It is booked on the person's word, with a warning on standard error."""
    house.take_in(entry("a", PUT_752))
    house.pass_until(T)
    seen = Mark(house.position("a").account_key, "GOOG", None, None, Decimal(748), T)
    with closing(house.ledger()) as ledger:
        ledger.write_now(lambda tx: marks.put(tx, [seen]))

    answer = house.run("expire", "a")

    assert (0, "1  GOOG 752.5P -1: expired, P/L +125.00") == (
        answer.code,
        answer.out.splitlines()[0],
    )
    assert "WARNING: GOOG 752.5P was in the money by 4.5" in answer.err


def test_expire_with_the_next_call(house: House) -> None:
    """The shares stay, and the call that was sold next is taken at once."""
    house.take_in(entry("cc", *COVERED))
    house.pass_until(T)

    answer = house.run("expire", "cc", *NEXT)

    assert 0 == answer.code
    assert [
        "1  GOOG 760C covered: expired; the shares stay, campaign cc is open",
        "2  GOOG 760C -1: taken under management at 2.35 credit",
    ] == answer.out.splitlines()[:2]
    assert {"GOOG": 100, "GOOG160115C00760000": -1} == {
        symbol: held for symbol, held in house.held().items() if "151224" not in symbol
    }


def test_expire_leaves_later_legs(house: House) -> None:
    """Of a calendar only the leg of today expires."""
    house.take_in(entry("a", "-1 GOOG151224C00760000", "1 GOOG160115C00760000"))
    house.pass_until(T)

    answer = house.run("expire", "a")

    assert "expired; the rest stays open" in answer.out
    assert Status.OPEN is house.position("a").status


def test_expire_as_json(house: House) -> None:
    """The position, and the one that follows it, if any."""
    house.take_in(entry("cc", *COVERED), entry("a", PUT_740))
    house.pass_until(T)

    assert None is house.run("expire", "a", "--json").json["next"]

    found = house.run("expire", "cc", *NEXT, "--json").json
    assert ("cc", "open", "cc", "2.35") == (
        found["position"]["id"],
        found["position"]["status"],
        found["next"]["campaign"],
        found["next"]["open_net_price"],
    )


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(("nix",), 3, "no position 'nix'", id="no such position"),
        pytest.param(("GOOG",), 3, "means 2 positions", id="an underlying with two"),
        pytest.param(("later",), 4, "trades until 2016-01-15 16:00 New York", id="still trades"),
        pytest.param(("cc", *NEXT[:2]), 2, "go together", id="no price"),
        pytest.param(("cc", *NEXT[2:]), 2, "go together", id="no call"),
        pytest.param(
            ("cc", "--next-call", "GOOG", "--net-price", "2"), 2, "length 4", id="no symbol"
        ),
        pytest.param(("cc", *NEXT[:2], "--net-price", "-2"), 2, "is no credit", id="a debit"),
    ],
)
def test_expire_that_is_refused(
    house: House, arguments: tuple[str, ...], code: int, words: str
) -> None:
    """Each refusal has its exit code and its words, and nothing is booked."""
    house.take_in(entry("cc", *COVERED), entry("later", "-1 GOOG160115P00740000"))
    house.pass_until(T)

    answer = house.run("expire", *arguments)

    assert code == answer.code
    assert words in answer.err
    assert 2 == len(house.position("cc").lots[0].legs)


def test_a_json_document_is_one(house: House) -> None:
    """Nothing else is printed beside it, whatever the engine does."""
    house.take_in(entry("a", PUT_752), entry("b", PUT_740))

    answer = house.run("close", "GOOG", "--json")

    assert 2 == len(json.loads(answer.out)["closes"])
