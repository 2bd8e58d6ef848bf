"""A half-day with a broker's server: the whole daemon, real HTTP, twenty positions."""

import json
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.system import clock
from tests.system.broker_day import Held, book_of, commands, occ
from tests.system.broker_stage import BrokerStage, JumpingClock, ServedBroker
from tests.system.clock import eventually
from tests.system.stage import Daemon, at

pytestmark = pytest.mark.system

RATE = 12
MORNING = datetime(2026, 11, 30, 14, 34, 55, tzinfo=UTC)  # the reconcile is at 09:35 New York
TWO_NIGHTS_BEFORE = datetime(2026, 11, 25, 22, 0, tzinfo=UTC)
OURS = "bd1-"
LIST = "positions list --size 50"
SHOWN = ("positions show gone", "positions show partly", "positions show handed")

Shape = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lived:
    """What a day has left behind, with people and at the server."""

    book: tuple[Held, ...]
    positions: dict[str, Shape]  # in the evening, by id
    shown: dict[str, Shape]  # `positions show` of some of them
    history: Shape
    overrides: Shape
    next_day: dict[str, Shape]
    state: Shape  # the server's, in the end
    visits: list[Shape]
    streams: int  # while orders worked

    def orders(self, symbol: str) -> list[Shape]:
        """Give what the server took of our orders of a contract."""
        return [
            order
            for order in self.state["orders"]
            if not order["is_foreign"] and symbol in {leg for leg, _ in order["legs"]}
        ]


def by_id(listed: Shape) -> dict[str, Shape]:
    """Give a list's positions by their id."""
    return {item["id"]: item for item in listed["items"]}


def end(daemon: Daemon) -> None:
    """Let a daemon park."""
    daemon.signal(signal.SIGTERM)

    assert 0 == daemon.ended()


@contextmanager
def served(dialect: str, place: Path, moved: JumpingClock) -> Iterator[ServedBroker]:
    """Run a server that holds the book, and end it."""
    file = place / "book.json"
    file.write_text(json.dumps(commands(book_of(dialect))))
    server = ServedBroker.start(dialect, file, moved)
    try:
        yield server
    finally:
        server.end()


def live(stage: BrokerStage, moved: JumpingClock, server: ServedBroker) -> Lived:
    """Live through the last minutes, the evening, and the reconcile of the next session."""
    book = book_of(stage.dialect)
    file = stage.directory / "positions.toml"
    file.write_text("".join(one.entry for one in book))
    moved.jump(at("17:40:00"))
    done = stage.botd("positions", "import", str(file))

    assert 0 == done.returncode, done.stderr

    moved.jump(at("17:49:15"))
    daemon = stage.run()
    stage.wait_working("fills")
    streams = eventually(lambda: server.state()["streams"], 10, "an order stream")
    stage.wait_until(at("18:00:01"))
    end(daemon)

    moved.jump(at("18:19:57"))
    daemon = stage.run()
    eventually(lambda: stage.position("idle")["status"] == "expired", 20, "outcomes are booked")
    eventually(lambda: stage.position("covered")["fact"], 20, "the accepted one is told")
    listed, history, overrides, *shown = stage.ask(LIST, "history", "override list", *SHOWN)
    end(daemon)

    moved.jump(MORNING)
    daemon = stage.run()
    eventually(lambda: stage.position("covered")["confirmed"], 20, "the records have been read")
    eventually(lambda: stage.position("handed")["confirmed"], 20, "to their end")
    return Lived(
        book=book,
        positions=by_id(listed),
        shown={one["id"]: one for one in shown},
        history=history,
        overrides=overrides,
        next_day=by_id(stage.ask(LIST)[0]),
        state=server.state(),
        visits=server.visits(),
        streams=streams,
    )


@pytest.fixture(scope="module", params=["alpaca", "tradier"])
def day(
    request: pytest.FixtureRequest,
    library: str,
    calendar: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Lived]:
    """Live one day with one dialect; every test looks at another side of it."""
    clock.forget_the_dead()
    place = tmp_path_factory.mktemp(request.param)
    moved = JumpingClock(library, TWO_NIGHTS_BEFORE, RATE, file=place / "clock")
    stage = BrokerStage(place, moved, place / "state", dialect=request.param)
    with served(request.param, place, moved) as server:
        stage.set_up(server.port, calendar)
        try:
            yield live(stage, moved, server)
        finally:
            for daemon in stage.daemons:
                daemon.kill()


def test_every_position_ends_as_designed(day: Lived) -> None:
    """Status, who looks after it and why, what is known of an assignment, who closed it."""
    keys = ("status", "managed_by", "manual_reason", "assignment", "closed_by")
    found = {name: tuple(one[key] for key in keys) for name, one in day.positions.items()}
    booked = {
        name: tuple((part["units"], part["how"]) for part in one["outcomes"])
        for name, one in day.positions.items()
    }

    assert {one.name: one.ends for one in day.book} == found
    assert {one.name: one.outcomes for one in day.book} == booked


def test_history_tells_the_closed_ones(day: Lived) -> None:
    """Each with what it was closed at; what is not known yet is not there."""
    closed = {one.name for one in day.book if one.ends[0] == "closed"}
    found = {item["id"]: item for item in day.history["items"] if item["status"] == "closed"}

    assert closed == set(found)
    assert [] == [name for name, item in found.items() if item["realized_pnl"] is None]
    assert "-5.05" == found["shed"]["close_net_price"]  # the broker's sale counts


def test_people_are_told_what_they_have(day: Lived) -> None:
    """What was handed over and nothing else, with the broker's words and what they mean."""
    expected = {one.name: one for one in day.book if one.is_handed_over}
    found = by_id(day.overrides)
    words = {
        name: (item["broker_error"] or {}).get("message") or "" for name, item in found.items()
    }

    assert set(expected) == set(found)
    assert [] == [name for name, one in expected.items() if (one.words or "") not in words[name]]
    assert [] == [name for name, one in expected.items() if not one.words and words[name]]
    assert [] == [
        (name, found[name]["fact"])
        for name, one in expected.items()
        if not is_told(found[name]["fact"], str(one.fact))
    ]


def is_told(fact: str, expected: str) -> bool:
    """Whether a fact is the truth; where no request was left to look, that is said."""
    unknown = "REFUSED, HOLDING UNKNOWN"
    return fact.startswith(expected) or (
        expected.startswith("REFUSED") and fact.startswith(unknown)
    )


def test_a_refused_close_is_sent_no_second_time(day: Lived) -> None:
    """Nor is anything sent for what was gone, broken, accepted, handed over or worthless."""
    names = {one.name: one for one in day.book}
    quiet = ("torn", "early", "vanished", "idle", "covered", "handed")
    sent = {name: len(orders_asked(day, names[name])) for name in names}

    assert dict.fromkeys(quiet, 0) == {name: sent[name] for name in quiet}
    refused = [one.name for one in day.book if "refused" in one.ends]
    assert dict.fromkeys(refused, 1) == {name: sent[name] for name in refused}


def orders_asked(day: Lived, one: Held) -> list[Shape]:
    """Give the requests that asked for an order of a position."""
    symbols = {occ(leg) for leg in one.legs if occ(leg) != leg}
    return [
        visit
        for visit in day.visits
        if visit["call"] == "submit" and any(symbol in visit["body"] for symbol in symbols)
    ]


def test_a_rest_is_closed_at_a_later_attempt(day: Lived) -> None:
    """One contract at T-10, the other two at T-5."""
    attempts = {one["lead"]: one for one in day.shown["partly"]["attempts"]}
    filled = {
        lead: sum(order["filled_units"] for order in one["orders"])
        for lead, one in attempts.items()
        if one["orders"]
    }

    assert {"T-10": 1, "T-5": 2} == filled
    assert "filled" == attempts["T-5"]["outcome"]
    # The five seconds that a cancel is given before the next attempt are less than half a
    # real one here: it may be that its end was confirmed in the next attempt only.
    assert attempts["T-10"]["outcome"] in {"partial", "unknown"}


def test_attempts_of_what_was_handed_over(day: Lived) -> None:
    """A refusal ends them, a policy leaves none to be made."""
    refused = [(one["lead"], one["outcome"]) for one in day.shown["gone"]["attempts"]]
    handed = [one["orders"] for one in day.shown["handed"]["attempts"]]

    assert [("T-10", "refused")] == refused
    assert [] == [orders for orders in handed if orders]


def test_an_exit_is_cancelled_before_the_close(day: Lived) -> None:
    """Somebody's take-profit held the contract."""
    symbol = occ("QQQ 490C")
    [foreign] = [
        order
        for order in day.state["orders"]
        if order["is_foreign"] and [symbol, 1] in order["legs"]
    ]

    assert "canceled" == foreign["state"]
    assert 1 == sum(order["filled_units"] for order in day.orders(symbol))
    assert foreign["updated_at"] < min(order["submitted_at"] for order in day.orders(symbol))


def test_no_quantity_changes_its_sign(day: Lived) -> None:
    """By the server's own book: no contract was ever held the other way round."""
    first: dict[str, int] = {}
    turned = []
    for instant, symbol, quantity in day.state["book"]:
        if symbol not in _SHARES and first.setdefault(symbol, quantity) * quantity < 0:
            turned.append((instant, symbol, quantity))

    assert [] == turned
    assert {occ(leg) for one in day.book for leg in one.legs if occ(leg) != leg} == set(first)


_SHARES = {occ(name.split()[0]) for one in book_of("alpaca") for name in one.legs}


def test_no_more_is_closed_than_was_held(day: Lived) -> None:
    """What our orders filled of a contract is never more than the account held."""
    filled: Counter[str] = Counter()
    for order in day.state["orders"]:
        if not order["is_foreign"]:
            for symbol, ratio in order["legs"]:
                filled[symbol] += ratio * order["filled_units"]
    held: Counter[str] = Counter()
    for one in day.book:
        for leg, size in one.legs.items():
            held[occ(leg)] += size * one.units

    assert [] == [symbol for symbol, size in filled.items() if size * held[symbol] > 0]
    assert [] == [symbol for symbol, size in filled.items() if abs(size) > abs(held[symbol])]


def test_no_order_is_taken_twice(day: Lived) -> None:
    """Each id once at the server, and every id that is ours is one that the day knows."""
    taken = Counter(
        order["client_order_id"] for order in day.state["orders"] if not order["is_foreign"]
    )

    assert {} == {name: times for name, times in taken.items() if times > 1}
    assert [] == [name for name in taken if not name.startswith(OURS)]


def test_a_lost_answer_and_a_lost_order(day: Lived) -> None:
    """Both faults were met, and each position was closed by exactly what it held."""
    unanswered = [v for v in day.visits if v["call"] == "submit" and v["status"] is None]
    closed = {
        name: sum(order["filled_units"] for order in day.orders(occ(name)))
        for name in ("SPY 585C", "SPY 580C")
    }

    assert 2 == len(unanswered)
    assert 0 == day.state["faults"]
    assert {"SPY 585C": 1, "SPY 580C": 1} == closed


def test_the_broker_is_not_asked_too_often(day: Lived) -> None:
    """No request was answered with 429."""
    assert 0 == day.state["too_many"]
    assert [] == [visit for visit in day.visits if visit["status"] == 429]


def test_the_order_stream_is_heard(day: Lived) -> None:
    """One stream, while orders worked."""
    assert 1 == day.streams


def test_the_next_morning_confirms(day: Lived) -> None:
    """The broker's records confirm every assignment that they tell."""
    posted = [one.name for one in day.book if one.is_posted]
    keys = ("status", "assignment", "confirmed")
    found = {name: tuple(day.next_day[name][key] for key in keys) for name in posted}

    assert dict.fromkeys(posted, ("assigned", "confirmed", True)) == found
    assert ("expired", True) == (
        day.next_day["idle"]["status"],
        day.next_day["idle"]["confirmed"],
    )
    assert "presumed" == day.next_day["vanished"]["assignment"]
