"""`botd halt` and `botd resume`, as a person calls them."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from botd.ledger import marks
from botd.ledger.marks import Mark
from tests.service.house import KEY, PUT_740, PUT_752, House, T, entry, house_in

WORKING = T - timedelta(minutes=10) + timedelta(seconds=2)  # the first attempt's order works


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[House]:
    yield from house_in(tmp_path, capsys)


def at_work(house: House) -> None:
    """Let a daemon work on the first attempt of a position of three units."""
    house.take_in(entry("a", PUT_752, units=3), entry("b", PUT_740))
    house.pass_until(T - timedelta(minutes=11))
    house.start_daemon()
    house.pass_until(WORKING)


def mark(house: House, last: str) -> None:
    """Show the newest price of GOOG, two seconds old."""
    at = house.clock.now() - timedelta(seconds=2)
    found = Mark(KEY, "GOOG", None, None, Decimal(last), at)
    house.ledger().write_now(lambda tx: marks.put(tx, [found]))


def test_halt_of_a_quiet_house(house: House) -> None:
    """Nothing lives, and nothing is in the money."""
    house.take_in(entry("b", PUT_740))
    mark(house, "749.50")

    answer = house.run("halt")

    assert 0 == answer.code
    assert [
        "HALTED: no new order leaves anywhere; botd resume ends it",
        "nothing of ours lives",
        f"ledger {house.path} (no daemon runs: start it with botd run)",
    ] == answer.out.splitlines()


def test_halt_tells_fates_and_what_will_be_assigned(house: House) -> None:
    """Each order's fate, and what is in the money, how far, how old, and for how long."""
    at_work(house)
    mark(house, "749.50")

    answer = house.run("halt", "--reason", "odd fills")

    assert 0 == answer.code
    assert "cancelled, nothing filled" in answer.out
    assert "Exercised or assigned at the close unless somebody acts:" in answer.out
    assert "   1  GOOG 752.5P -3  ITM 3.00 at 749.50 (" in answer.out
    assert "closes in 9:5" in answer.out
    assert "GOOG 740P" not in answer.out


def test_halt_says_where_the_spot_is_not_known(house: House) -> None:
    """Unknown is not out of the money."""
    house.take_in(entry("b", PUT_740))

    assert "   1  GOOG 740P -1  spot not known  closes in 30:00" in house.run("halt").out


def test_halt_that_leaves_orders_working(house: House) -> None:
    """Exit code 0: that is what was asked for."""
    at_work(house)

    answer = house.run("halt", "--keep-working")

    assert 0 == answer.code
    assert "it works at the broker" in answer.out
    assert "--keep-working: these orders work on" in answer.out


def test_halt_says_what_may_live(house: House) -> None:
    """Exit code 5: the halt holds, but an order may still fill."""
    at_work(house)
    house.kill_daemon()
    house.plan("unavailable", "", late=timedelta(minutes=5))

    answer = house.run("halt")

    assert 5 == answer.code
    assert "An order of ours may still fill" in answer.out
    assert "Cancel it at your broker, or try again: botd halt" in answer.out


def test_halt_says_why_nothing_could_be_cancelled(house: House) -> None:
    """A configuration at fault keeps nobody from halting."""
    at_work(house)
    house.kill_daemon()
    house.write("config/bots/condors.toml", 'name = "condors"\nbroker = "paper"\nspeed = 3\n')

    answer = house.run("halt")

    assert 5 == answer.code
    assert "condors.toml: speed: unknown key" in answer.out


def test_halt_twice(house: House) -> None:
    """The first one stands, with its hour."""
    house.take_in(entry("b", PUT_740))
    house.run("halt")
    house.pass_until(house.clock.now() + timedelta(minutes=1))

    answer = house.run("halt")

    assert "HALTED already, since THU 2015-12-24 12:30 New York" in answer.out


def test_halt_as_json(house: House) -> None:
    """The halt, the orders, and what is exposed."""
    at_work(house)
    mark(house, "749.50")

    found = house.run("halt", "--reason", "odd", "--json").json

    assert (True, "odd", "ann", ["canceled"], False, None) == (
        found["halted"],
        found["halt"]["reason"],
        found["halt"]["by"],
        [one["status"] for one in found["orders"]],
        found["orders_may_live"],
        found["trouble"],
    )
    assert [("a", "3.00", "749.50", "2015-12-24T18:00:00Z")] == [
        (one["position"]["id"], one["in_the_money"], one["spot"], one["closes_at"])
        for one in found["exposed"]
    ]


def test_resume(house: House) -> None:
    """What was ended is told; nothing to end is no fault."""
    house.take_in(entry("b", PUT_740))
    house.run("halt", "--reason", "odd")

    answer = house.run("resume")

    assert (0, "ended the halt of THU 2015-12-24 12:30 New York by ann: odd") == (
        answer.code,
        answer.out.splitlines()[0],
    )
    again = house.run("resume")
    assert (0, "nothing was halted") == (again.code, again.out.splitlines()[0])


def test_resume_as_json(house: House) -> None:
    """The stops that were ended, also those of single accounts."""
    house.take_in(entry("b", PUT_740))
    house.run("halt")

    found = house.run("resume", "--json").json

    assert (False, [("all", "person", "")]) == (
        found["halted"],
        [(one["scope"], one["kind"], one["reason"]) for one in found["ended"]],
    )
