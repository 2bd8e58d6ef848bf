from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from botd.domain.position import Management, Position, Status
from botd.errors import LedgerError, NotFoundError, StateError
from botd.ledger import Ledger, Tx, positions
from botd.ledger.positions import PositionQuery
from tests.ledger.given import DUE, T, a_position, end, hold, take


def ids(found: tuple[Position, ...]) -> list[str]:
    return [position.id for position in found]


def test_position_gets_the_next_number(ledger: Ledger) -> None:
    """Numbers are short, and never used twice."""
    hold(ledger, a_position("a"), a_position("b", number=7), a_position("c"))

    assert [1, 7, 8] == [position.number for position in ledger.read_now(positions.live)]


def test_known_id_is_taken_in_once(ledger: Ledger) -> None:
    """An import is safe to repeat: what is known stays as it is."""
    hold(ledger)

    assert False is ledger.write_now(lambda tx: positions.add(tx, a_position(units=9), DUE))
    assert 2 == ledger.read_now(lambda tx: positions.get(tx, "goog-1")).units


def test_taken_number_is_refused(ledger: Ledger) -> None:
    """Two positions never share a number."""
    hold(ledger)

    with pytest.raises(StateError, match="number 1 is taken"):
        ledger.write_now(lambda tx: positions.add(tx, a_position("other", number=1), DUE))


def test_change_writes_one_event_with_what_differs(ledger: Ledger) -> None:
    """The event tells who, when, why, and what became different."""
    hold(ledger)
    changed = ledger.write_now(
        lambda tx: positions.change(
            tx,
            "goog-1",
            "closing",
            lambda position: replace(position, status=Status.CLOSING, fact="being closed"),
            at=T,
            by="bot",
            data={"lead": "T-10"},
        ),
    )
    opened, event = ledger.read_now(lambda tx: positions.events(tx, "goog-1"))

    assert changed == ledger.read_now(lambda tx: positions.get(tx, "goog-1"))
    assert (1, "opened", "import") == (opened.number, opened.kind, opened.by)
    assert [["GOOG151224P00735000", 1], ["GOOG151224P00740000", -1]] == opened.changes["legs"]
    assert (2, "closing", T, "bot") == (event.number, event.kind, event.at, event.by)
    assert {"status": "closing", "fact": "being closed"} == event.changes
    assert {"lead": "T-10"} == event.data


def test_change_of_nothing_writes_nothing(ledger: Ledger) -> None:
    """Repeating a change leaves no trace, unless there is something to tell."""
    hold(ledger)

    def same(data: dict[str, Any] | None) -> None:
        ledger.write_now(
            lambda tx: positions.change(
                tx,
                "goog-1",
                "seen",
                lambda position: position,
                at=T,
                by="bot",
                data=data,
            ),
        )

    same(None)
    same({"spot": "739.20"})

    assert ["opened", "seen"] == [
        event.kind for event in ledger.read_now(lambda tx: positions.events(tx, "goog-1"))
    ]


@pytest.mark.parametrize(
    "changes",
    [{"id": "x"}, {"units": 3}, {"legs": ()}, {"account": "x"}, {"opened_at": T}],
    ids=lambda changes: next(iter(changes)),
)
def test_identity_never_changes(ledger: Ledger, changes: dict[str, Any]) -> None:
    """A position is what was opened; only what became of it changes."""
    hold(ledger)

    with pytest.raises(ValueError, match="never changes"):
        ledger.write_now(
            lambda tx: positions.change(
                tx,
                "goog-1",
                "odd",
                lambda position: replace(position, **changes),
                at=T,
                by="bot",
            ),
        )


def test_rule_that_forbids_leaves_everything(ledger: Ledger) -> None:
    """What the domain raises reaches the caller, and nothing is written."""
    hold(ledger)

    def forbid(_: Position) -> Position:
        raise StateError("already resolved")

    with pytest.raises(StateError, match="already resolved"):
        ledger.write_now(
            lambda tx: positions.change(tx, "goog-1", "odd", forbid, at=T, by="ann"),
        )

    assert 1 == len(ledger.read_now(lambda tx: positions.events(tx, "goog-1")))


def test_row_changed_behind_the_fold_is_not_overwritten(ledger: Ledger) -> None:
    """Where another process was faster, the change is refused, not lost."""
    hold(ledger)

    def work(tx: Tx) -> None:
        def apply(position: Position) -> Position:
            tx.execute(text("UPDATE positions SET events = events + 1"))
            return replace(position, fact="late")

        positions.change(tx, "goog-1", "odd", apply, at=T, by="bot")

    with pytest.raises(StateError, match="another process"):
        ledger.write_now(work)


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda tx: positions.get(tx, "none"), id="id"),
        pytest.param(lambda tx: positions.by_number(tx, 9), id="number"),
        pytest.param(lambda tx: positions.named(tx, "NONE"), id="name"),
        pytest.param(lambda tx: positions.named(tx, "²"), id="an odd digit"),
    ],
)
def test_unknown_position_is_not_found(ledger: Ledger, read: Any) -> None:  # noqa: ANN401 - a work
    """The caller is told that there is none."""
    with pytest.raises(NotFoundError):
        ledger.read_now(read)


def test_position_is_found_by_what_people_call_it(ledger: Ledger) -> None:
    """By id, by number, by underlying in any case: there, only what is not ended."""
    hold(ledger, a_position("a"), a_position("b"), a_position("c"), a_position("2"))
    end(ledger, Status.CLOSED, "b")

    assert "b" == ledger.read_now(lambda tx: positions.by_number(tx, 2)).id
    assert ["a"] == ids(ledger.read_now(lambda tx: positions.named(tx, "a")))
    assert ["2"] == ids(ledger.read_now(lambda tx: positions.named(tx, "2")))
    assert ["c"] == ids(ledger.read_now(lambda tx: positions.named(tx, "3")))
    assert ["a", "c", "2"] == ids(ledger.read_now(lambda tx: positions.named(tx, "goog")))


def test_live_positions_are_those_still_held(ledger: Ledger) -> None:
    """Manual ones too, of one account or of all."""
    hold(ledger, *(a_position(name) for name in "abcd"), a_position("e", account="PA2"))
    end(ledger, Status.CLOSED, "b")
    end(ledger, Status.ASSIGNED, "c", left=2)
    take(ledger, "d")

    assert ["a", "d", "e"] == ids(ledger.read_now(positions.live))
    assert ["e"] == ids(ledger.read_now(lambda tx: positions.live(tx, ("paper", "PA2"))))


def test_ended_positions_wait_for_the_brokers_records(ledger: Ledger) -> None:
    """Until they are confirmed, each morning looks at them."""
    hold(ledger, *(a_position(name) for name in "abc"))
    end(ledger, Status.EXPIRED, "a")
    end(ledger, Status.EXPIRED, "b")
    ledger.write_now(
        lambda tx: positions.change(
            tx,
            "b",
            "confirmed",
            lambda each: replace(each, confirmed=True),
            at=T,
            by="broker",
        ),
    )

    assert ["a"] == ids(ledger.read_now(positions.unconfirmed))
    assert ["a"] == ids(ledger.read_now(lambda tx: positions.unconfirmed(tx, ("paper", "PA1"))))
    assert [] == ids(ledger.read_now(lambda tx: positions.unconfirmed(tx, ("paper", "PA2"))))


@pytest.mark.parametrize(
    ("since", "until", "bot", "expected"),
    [
        pytest.param(None, None, None, ["a", "b"], id="everything"),
        pytest.param(T, None, None, ["a", "b"], id="since is inclusive"),
        pytest.param(T + timedelta(microseconds=1), None, None, [], id="after the end"),
        pytest.param(None, T, None, [], id="until is exclusive"),
        pytest.param(None, T + timedelta(microseconds=1), None, ["a", "b"], id="just past it"),
        pytest.param(None, None, "wheels", ["b"], id="one bot"),
    ],
)
def test_completed_positions_by_time_and_bot(
    ledger: Ledger,
    since: datetime | None,
    until: datetime | None,
    bot: str | None,
    expected: list[str],
) -> None:
    """The history's rows."""
    hold(ledger, a_position("a"), a_position("b", bot="wheels"), a_position("c"))
    end(ledger, Status.CLOSED, "b")
    end(ledger, Status.CLOSED, "a")

    assert expected == ids(ledger.read_now(lambda tx: positions.completed(tx, since, until, bot)))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param(PositionQuery(), ["d", "c", "b", "a"], id="everything, newest first"),
        pytest.param(PositionQuery(bot="wheels"), ["b"], id="bot"),
        pytest.param(PositionQuery(symbol="SPY"), ["c"], id="underlying"),
        pytest.param(PositionQuery(status=Status.CLOSED), ["a"], id="status"),
        pytest.param(PositionQuery(managed_by=Management.MANUAL), ["d"], id="management"),
        pytest.param(
            PositionQuery(broker="paper", account="PA1"), ["d", "c", "b", "a"], id="account"
        ),
        pytest.param(PositionQuery(broker="alpaca"), [], id="another broker"),
        pytest.param(PositionQuery(campaign="w1"), ["c"], id="campaign"),
        pytest.param(PositionQuery(is_live=True), ["d", "c", "b"], id="live"),
        pytest.param(PositionQuery(is_live=False, bot="verticals"), ["a"], id="two conditions"),
    ],
)
def test_positions_are_found_by_query(
    ledger: Ledger,
    query: PositionQuery,
    expected: list[str],
) -> None:
    """Each condition narrows."""
    hold(
        ledger,
        a_position("a"),
        a_position("b", bot="wheels"),
        a_position("c", underlying="SPY", campaign="w1"),
        a_position("d"),
    )
    end(ledger, Status.CLOSED, "a")
    take(ledger, "d")

    assert expected == ids(ledger.read_now(lambda tx: positions.find(tx, query)).items)


def test_pages_are_cut_from_the_whole(ledger: Ledger) -> None:
    """The last page may be short, and one past it is empty."""
    hold(ledger, *(a_position(str(number)) for number in range(1, 6)))

    def page(number: int) -> positions.Page:
        return ledger.read_now(lambda tx: positions.find(tx, PositionQuery(), number, 2))

    assert [["5", "4"], ["3", "2"], ["1"], []] == [
        ids(page(number).items) for number in range(1, 5)
    ]
    assert (5, 3, 2) == (page(3).total, page(3).page, page(3).size)


def test_statuses_are_counted(ledger: Ledger) -> None:
    """What `botd status` shows."""
    hold(ledger, a_position("a"), a_position("b"), a_position("c"))
    end(ledger, Status.CLOSED, "c")

    assert {Status.OPEN: 2, Status.CLOSED: 1} == ledger.read_now(positions.counts)


def test_campaigns_of_a_wheel(ledger: Ledger) -> None:
    """The newest comes first, with whether anything of it is open; others' are not named."""
    hold(
        ledger,
        a_position("a", campaign="first"),
        a_position("b", campaign="second"),
        a_position("c", campaign="second"),
        a_position("d"),
        a_position("e", campaign="elsewhere", bot="wheels"),
    )
    end(ledger, Status.CLOSED, "a")
    end(ledger, Status.CLOSED, "b")

    found = ledger.read_now(lambda tx: positions.campaigns_of(tx, a_position("new")))

    assert (("second", True), ("first", False)) == found


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET by = 'nobody'",
        "DELETE FROM events",
        "DELETE FROM positions",
    ],
)
def test_history_cannot_be_rewritten(ledger: Ledger, statement: str) -> None:
    """The database itself refuses."""
    hold(ledger)

    with pytest.raises(LedgerError, match=r"append-only|never deleted"):
        ledger.write_now(lambda tx: tx.execute(text(statement)))


def test_money_stays_exact(ledger: Ledger) -> None:
    """An amount that no float can hold comes back digit by digit."""
    hold(ledger, a_position(open_net_price=Decimal("0.100000000000000000000001")))

    found = ledger.read_now(lambda tx: positions.get(tx, "goog-1"))

    assert "0.100000000000000000000001" == str(found.open_net_price)
