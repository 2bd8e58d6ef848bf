from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from botd.domain.campaign import ShareMove
from botd.domain.contract import Leg, Shares
from botd.domain.position import How, Lot, Position, Status
from botd.ledger import Ledger, Tx, campaigns, positions
from botd.ledger.campaigns import Entry
from tests.ledger.given import DUE, LEGS, T, a_position

PREMIUM = Entry("ko", "ko-put-1/opened", "premium", DUE, "ko-put-1", net_price=Decimal("0.80"))
SHARES = Entry("ko", "record-7", "shares", T, None, "KO", 100, Decimal(-60), Decimal(-6_000), "put")


def add(ledger: Ledger, entry: Entry) -> bool:
    return ledger.write_now(lambda tx: campaigns.add(tx, entry))


def test_entry_is_counted_once(ledger: Ledger) -> None:
    """What is known by its key is not written again; another campaign may have the same key."""
    assert [True, True, False] == [
        add(ledger, PREMIUM),
        add(ledger, SHARES),
        add(ledger, replace(PREMIUM, note="again")),
    ]
    assert True is add(ledger, replace(PREMIUM, campaign="f"))
    assert (PREMIUM, SHARES) == ledger.read_now(lambda tx: campaigns.entries(tx, "ko"))
    assert 3 == len(ledger.read_now(campaigns.entries))


def a_move(quantity: int, record: str = "by hand", price: int = 740) -> ShareMove:
    return ShareMove("GOOG", quantity, Decimal(price), T, record)


def in_campaign(name: str, *legs: Leg, **changes: object) -> Position:
    lots = (Lot(1, legs),) if legs else ()
    return a_position(name, units=1, legs=legs or LEGS, lots=lots, campaign="w", **changes)


def shares_of(ledger: Ledger) -> list[tuple[str, int | None]]:
    found = ledger.read_now(lambda tx: campaigns.entries(tx, "w"))
    return [(entry.key, entry.quantity) for entry in found]


HUNDRED = Leg(Shares("GOOG"), 100)


@pytest.mark.parametrize("is_confirmed", [False, True])
def test_shares_leave_the_oldest_holder_first(ledger: Ledger, is_confirmed: bool) -> None:  # noqa: FBT001 - a row
    """A call on 300 shares takes those of two positions; the rest is an entry."""
    call = in_campaign("call", status=Status.ASSIGNED)
    younger = in_campaign("younger", HUNDRED)
    older = in_campaign("older", HUNDRED, opened_at=T - timedelta(days=9))
    other = replace(in_campaign("other", HUNDRED), campaign="x")

    def work(tx: Tx) -> tuple[Position, ...]:
        for one in (call, younger, older, other):
            positions.add(tx, one, T)
        move = a_move(-300, "r-1", 745)
        return campaigns.book_shares(tx, call, move, at=T, by="broker", is_confirmed=is_confirmed)

    changed = ledger.write_now(work)

    assert ["older", "younger"] == [one.id for one in changed]
    assert {(is_confirmed, 0)} == {(one.confirmed, one.units_open) for one in changed}
    assert [("r-1", -100)] == shares_of(ledger)
    assert 1 == ledger.read_now(lambda tx: positions.get(tx, "other")).units_open


def test_a_holder_in_parts_is_not_confirmed(ledger: Ledger) -> None:
    """Half of its shares gone, it is open with the others; an exercise is called one."""
    put = in_campaign("put", status=Status.EXERCISED)
    holder = replace(in_campaign("holder", HUNDRED), units=2, lots=(Lot(2, (HUNDRED,)),))

    def work(tx: Tx) -> tuple[Position, ...]:
        positions.add(tx, holder, T)
        move = a_move(-100, "r-1")
        return campaigns.book_shares(tx, put, move, at=T, by="broker", is_confirmed=True)

    (after,) = ledger.write_now(work)

    assert (1, [How.EXERCISED], False) == (
        after.units_open,
        [one.how for one in after.outcomes],
        after.confirmed,
    )
    assert [] == shares_of(ledger)


def test_without_a_campaign_a_position_starts_one(ledger: Ledger) -> None:
    """Nothing holds the shares; a move without a record is known by its instant."""
    put = a_position("w", status=Status.ASSIGNED)

    ledger.write_now(
        lambda tx: campaigns.book_shares(
            tx, put, a_move(100, ""), at=T, by="broker", is_confirmed=True
        )
    )

    assert [(f"w/{T.isoformat()}", 100)] == shares_of(ledger)


@pytest.mark.parametrize(
    ("booked", "taken_back", "expected"),
    [
        pytest.param(100, -100, [("by hand", 0)], id="all of the entry"),
        pytest.param(300, -100, [("by hand", 200)], id="a part of it"),
        pytest.param(-300, 100, [("by hand", -200)], id="a part of a sale"),
        pytest.param(0, 100, [("undone", 100)], id="a holder gave everything"),
        pytest.param(-100, 300, [("by hand", 0), ("undone", 200)], id="a holder gave a part"),
    ],
)
def test_shares_are_taken_back(
    ledger: Ledger, booked: int, taken_back: int, expected: list[tuple[str, int]]
) -> None:
    """What a person told is corrected where it stands; the rest comes back at its price."""
    call = in_campaign("call", status=Status.ASSIGNED)
    if booked:
        ledger.write_now(
            lambda tx: campaigns.book_shares(
                tx, call, a_move(booked), at=T, by="ann", is_confirmed=False
            )
        )

    ledger.write_now(lambda tx: campaigns.undo_shares(tx, call, a_move(taken_back), T))

    undone = f"by hand/undone/{T.isoformat()}"
    assert expected == [
        ("undone" if key == undone else key, quantity) for key, quantity in shares_of(ledger)
    ]
