"""What becomes of contracts after hours, and when it can be read."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.servers.orders import ActivityKind, OrderState, Reason, Ticket
from tests.servers.world import CLOSES_AT, DAY, LOWER_PUT, PUT, World, reason

MORNING = datetime(2015, 12, 28, 11, 0, tzinfo=UTC)  # 06:00 New York of the next session
CALL = "GOOG151224C00750000"
INDEX_PUT = "SPXW151224P02100000"


@pytest.fixture
def world() -> World:
    return World()


def test_an_assignment_moves_shares_now_and_is_told_next_morning(world: World) -> None:
    """A short put buys the shares at its strike; nobody reads why before the morning."""
    world.exchange.hold({PUT: -2})
    world.exchange.assign(PUT, 1)
    world.at(MORNING - timedelta(seconds=1))
    night = world.exchange.posted()
    world.at(MORNING)
    option, shares = world.exchange.posted()

    assert [] == night
    assert {PUT: -1, "GOOG": 100} == world.exchange.held
    assert Decimal(100_000 - 75_000) == world.exchange.cash
    assert (ActivityKind.ASSIGNMENT, PUT, -1, Decimal(750)) == (
        option.kind,
        option.symbol,
        option.quantity,
        option.price,
    )
    assert (ActivityKind.SHARES, "GOOG", 100, option.group) == (
        shares.kind,
        shares.symbol,
        shares.quantity,
        shares.group,
    )
    assert {DAY} == {option.day, shares.day}


@pytest.mark.parametrize(
    ("symbol", "held", "shares"),
    [
        pytest.param(PUT, -1, 100, id="an assigned put buys"),
        pytest.param(CALL, -1, -100, id="an assigned call sells"),
        pytest.param(PUT, 1, -100, id="an exercised put sells"),
        pytest.param(CALL, 1, 100, id="an exercised call buys"),
    ],
)
def test_shares_move_the_right_way(world: World, symbol: str, held: int, shares: int) -> None:
    """Cash moves against them, at the strike."""
    world.exchange.hold({symbol: held})
    if held < 0:
        world.exchange.assign(symbol, 1)
    else:
        world.exchange.exercise(symbol, 1)

    assert {"GOOG": shares} == world.exchange.held
    assert Decimal(100_000) - shares * 750 == world.exchange.cash


@pytest.mark.parametrize(
    ("close", "kind", "left"),
    [
        pytest.param("749.99", ActivityKind.ASSIGNMENT, {"GOOG": 100}, id="a cent in the money"),
        pytest.param("750.00", ActivityKind.EXPIRATION, {}, id="at the strike"),
    ],
)
def test_an_evening_settles_the_day(
    world: World, close: str, kind: ActivityKind, left: dict[str, int]
) -> None:
    """By the official close, whether anybody asks that evening or days later."""
    world.exchange.hold({PUT: -1})
    world.exchange.close_at("GOOG", DAY, close)
    world.at(CLOSES_AT + timedelta(hours=6))
    before = dict(world.exchange.held)
    world.at(MORNING)

    assert {PUT: -1} == before
    assert left == world.exchange.held
    assert kind is world.exchange.posted()[0].kind


def test_without_an_official_close_nothing_is_settled(world: World) -> None:
    """It waits until one is known."""
    world.exchange.hold({PUT: -1})
    world.at(MORNING)
    waiting = dict(world.exchange.held)
    world.exchange.close_at("GOOG", DAY, "760.00")
    world.later(seconds=1)

    assert {PUT: -1} == waiting
    assert {} == world.exchange.held


def test_an_index_settles_in_cash(world: World) -> None:
    """At what it is worth, to the holder of its short side as a debit."""
    world.exchange.hold({INDEX_PUT: -1})
    world.exchange.close_at("SPX", DAY, "2097.50")
    world.at(MORNING)
    (record,) = world.exchange.posted()

    assert {} == world.exchange.held
    assert Decimal("99750.00") == world.exchange.cash
    assert (ActivityKind.CASH_SETTLEMENT, -1, Decimal("2.50")) == (
        record.kind,
        record.quantity,
        record.price,
    )


def test_a_liquidation_is_nobodys_order(world: World) -> None:
    """It is filled, foreign and without an id, and takes a resting close along."""
    world.exchange.hold({PUT: -2})
    ours = world.buy("-0.50", 2)
    order = world.exchange.liquidate(PUT, 1, "1.05")

    assert (OrderState.FILLED, None, True) == (order.state, order.client_order_id, order.is_foreign)
    assert Decimal("-1.05") == order.average_net_price
    assert OrderState.CANCELED is ours.state
    assert {PUT: -1} == world.exchange.held


def test_what_vanishes_takes_only_what_it_covered(world: World) -> None:
    """The newest order goes first, and no more than has to."""
    world.exchange.hold({PUT: -3, LOWER_PUT: 1})
    older, newer = (world.buy("-0.50", client_order_id=name) for name in ("a", "b"))
    world.exchange.vanish(PUT, 2)

    assert (OrderState.WORKING, OrderState.CANCELED) == (older.state, newer.state)
    assert {PUT: -1, LOWER_PUT: 1} == world.exchange.held


def test_what_is_assigned_cannot_be_closed(world: World) -> None:
    """The position is gone at once."""
    world.exchange.hold({PUT: -1})
    world.exchange.assign(PUT, 1)

    assert Reason.POSITION_GONE is reason(lambda: world.buy("-1.00"))


def test_other_instruments_are_left_alone(world: World) -> None:
    """Shares, crypto pairs and FLEX options neither expire nor stop the night."""
    held = {"AAPL": 10, "BTC/USD": 1, "4SPX251219C05000000": -1}
    world.exchange.hold(held)
    ticket = Ticket(None, (("BTC/USD", 1),), 1, None, closes=False, is_foreign=True)
    order = world.exchange.place(ticket)
    world.at(MORNING)

    assert held == world.exchange.held
    assert OrderState.EXPIRED is order.state
