"""What a person's word about an assignment or exercise moves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from botd.domain.booked import booked_of, told_by_hand
from botd.domain.by_hand import moves_of
from botd.domain.campaign import ShareMove
from botd.domain.confirm import confirm
from botd.domain.contract import Leg
from botd.domain.lots import end_legs, end_unknown
from botd.domain.override import resolve, take, untold
from botd.domain.position import Assignment, How, Outcome, Position, Status
from botd.domain.settlement import FactKind, SettlementFact
from tests.domain.book import (
    ADJUSTED,
    CLOSES_AT,
    INDEX_PM,
    STOCK_SHARES,
    call,
    position_of,
    put,
)

AT = CLOSES_AT + timedelta(minutes=1)
MORNING = datetime(2015, 12, 25, 11, 0, tzinfo=UTC)
PUT = Leg(put("740"), -1)
LONG_PUT = Leg(put("740"), 1)
CALL = Leg(call("745"), -1)
LONG_CALL = Leg(call("745"), 1)
HUNDRED = Leg(STOCK_SHARES, 100)
MANY = Leg(STOCK_SHARES, 250)
INDEX = Leg(put("4720", INDEX_PM), -1)
ODD = Leg(put("740", ADJUSTED), -1)


def wheel(*legs: Leg, units: int = 1, net_price: str = "1.00") -> Position:
    return replace(position_of(*legs, units=units, net_price=net_price), campaign="w")


def told(position: Position, how: How, net_price: str | None = None) -> Position:
    price = None if net_price is None else Decimal(net_price)
    held = position if not position.lots else take(position, AT)
    return resolve(held, how, price, AT)


def moved(position: Position, net_price: str | None = None) -> list[tuple[int, str]]:
    price = None if net_price is None else Decimal(net_price)
    moves = moves_of(position, untold(position), price, AT)
    return [(move.quantity, str(move.price)) for move in moves]


def record(kind: FactKind, leg: Leg, units: int = 1, name: str = "r-1") -> SettlementFact:
    return SettlementFact(name, kind, leg.symbol, units * leg.quantity, None, MORNING)


@pytest.mark.parametrize(
    ("legs", "expected", "price"),
    [
        pytest.param((PUT,), [(100, "740")], "0", id="a short put buys"),
        pytest.param((CALL,), [(-100, "745")], "0", id="a short call sells"),
        pytest.param((LONG_CALL,), [(100, "745")], "0", id="a long call buys"),
        pytest.param((LONG_PUT,), [(-100, "740")], "0", id="a long put sells"),
        pytest.param((HUNDRED, CALL), [], "745", id="a covered call gives its own shares"),
        pytest.param((HUNDRED, LONG_PUT), [], "740", id="a protective put sells its own"),
        pytest.param((MANY, CALL), [(150, "745")], "1862.5", id="more shares than it sells"),
        pytest.param((HUNDRED, PUT), [], None, id="shares beside a short put"),
        pytest.param((PUT, LONG_CALL), [], None, id="nobody said which of two"),
        pytest.param((INDEX,), [], None, id="an index pays cash"),
        pytest.param((ODD,), [], None, id="an adjusted contract delivers something else"),
        pytest.param((HUNDRED,), [], None, id="no option at all"),
    ],
)
def test_what_moves(
    legs: tuple[Leg, ...], expected: list[tuple[int, str]], price: str | None
) -> None:
    """In a campaign the shares beside a unit's own move at the strike."""
    position = wheel(*legs)
    known = None if price is None else Decimal(price)

    assert expected == moved(position)
    assert (Outcome(1, How.ASSIGNED, known, AT),) == told(position, How.ASSIGNED).outcomes


@pytest.mark.parametrize(
    ("net_price", "expected"),
    [
        pytest.param(None, [(200, "740")], id="no price"),
        pytest.param("0", [(200, "740")], id="nothing, in so many words"),
        pytest.param("-4.10", [], id="a price that holds the shares"),
    ],
)
def test_a_price_holds_the_shares(net_price: str | None, expected: list[tuple[int, str]]) -> None:
    """Whoever tells what everything brought has counted the shares."""
    position = wheel(PUT, units=2)

    assert expected == moved(position, net_price)
    told_of = told(position, How.ASSIGNED, net_price)
    assert (-2 if expected else 0) == told_by_hand(told_of, PUT.symbol)


def test_no_campaign_no_shares() -> None:
    """The P/L stays unknown until the broker's record starts one."""
    position = position_of(PUT)

    assert [] == moved(position)
    assert {} == booked_of(told(position, How.ASSIGNED))


def test_parts_move_together() -> None:
    """Units still held, and those gone at an unknown price, are one move of the same option."""
    position = end_unknown(wheel(PUT, units=3), 1, How.ASSIGNED, AT)

    assert [(300, "740")] == moved(position)
    assert ("by hand/goog-1/" + PUT.symbol, AT) == next(
        (move.record_id, move.at) for move in moves_of(position, untold(position), None, AT)
    )


def test_the_record_moves_nothing_twice() -> None:
    """Two units told, and the same on record: it is confirmed, and no share moves."""
    found = confirm(told(wheel(PUT, units=2), How.ASSIGNED), [record(FactKind.ASSIGNMENT, PUT, 2)])

    assert ((), (), None) == (found.moves, found.undone, found.difference)
    assert (Assignment.CONFIRMED, True) == (found.position.assignment, found.position.confirmed)
    assert 0 == told_by_hand(found.position, PUT.symbol)


def test_the_record_speaks_of_one_unit_first() -> None:
    """A record of half of it leaves the other half waiting for its own."""
    first = confirm(told(wheel(PUT, units=2), How.ASSIGNED), [record(FactKind.ASSIGNMENT, PUT)])

    assert ((), -1, False) == (
        first.moves,
        told_by_hand(first.position, PUT.symbol),
        first.position.confirmed,
    )

    second = confirm(first.position, [record(FactKind.EXPIRATION, PUT, name="r-2")])

    taken_back = ShareMove("GOOG", -100, Decimal(740), AT, f"by hand/goog-1/{PUT.symbol}")
    assert ((taken_back,), ()) == (second.undone, second.moves)
    assert second.position.confirmed
    assert "expired" in (second.difference or "")


def test_the_record_brings_shares_back() -> None:
    """A covered call told as assigned has expired: its shares are the campaign's."""
    position = told(wheel(HUNDRED, CALL, net_price="-740"), How.ASSIGNED)

    found = confirm(position, [record(FactKind.EXPIRATION, CALL)])

    assert [(100, Decimal(745))] == [(move.quantity, move.price) for move in found.undone]
    assert Status.EXPIRED is found.position.status


def test_a_record_of_the_others_comes_first() -> None:
    """One unit expired at T, one told as assigned: each record finds its own."""
    position = end_unknown(wheel(PUT, units=2), 1, How.ASSIGNED, AT)
    position = end_legs(position, [PUT.symbol], {}, How.EXPIRED, AT)
    position = replace(position, tags={"booked:" + PUT.symbol: "-1@0"})
    position = told(position, How.ASSIGNED)

    found = confirm(
        position,
        [record(FactKind.EXPIRATION, PUT), record(FactKind.ASSIGNMENT, PUT, name="r-2")],
    )

    assert ((), (), None, True) == (
        found.moves,
        found.undone,
        found.difference,
        found.position.confirmed,
    )


def test_told_as_expired_and_assigned_by_the_record() -> None:
    """The broker's record counts: the shares come at the strike."""
    found = confirm(told(wheel(PUT), How.EXPIRED), [record(FactKind.ASSIGNMENT, PUT)])

    assert [(100, Decimal(740), "r-1")] == [
        (move.quantity, move.price, move.record_id) for move in found.moves
    ]
    assert (Status.ASSIGNED, True) == (found.position.status, found.position.confirmed)


def test_told_as_expired_and_so_it_was() -> None:
    """The record of both legs confirms a person's word."""
    found = confirm(
        told(position_of(PUT, LONG_CALL), How.EXPIRED),
        [record(FactKind.EXPIRATION, PUT), record(FactKind.EXPIRATION, LONG_CALL, name="r-2")],
    )

    assert (True, None) == (found.position.confirmed, found.difference)
