"""What the exchange takes, and why not."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.servers.exchange_rules import PENNY, Rules
from tests.servers.orders import LegPair, OrderState, Reason, Ticket
from tests.servers.world import (
    BUY,
    CLOSES_AT,
    LATER_CALL,
    LOWER_PUT,
    PUT,
    SPREAD,
    World,
    reason,
    refusal,
)


def foreign(world: World, symbol: str, ratio: int, limit: str) -> str:
    """Let somebody else's order rest; give its id."""
    ticket = Ticket(None, ((symbol, ratio),), 1, Decimal(limit), is_foreign=True)
    return world.exchange.place(ticket).id


def nothing(_: World) -> None:
    """Leave the world as it is."""


def block(world: World) -> None:
    world.exchange.blocked = "pattern day trader"


def ban(world: World) -> None:
    world.exchange.untradable.add(PUT)


def lock(world: World) -> None:
    world.exchange.locked.add(PUT)


def limit_prices(world: World) -> None:
    world.exchange.price_band = Decimal("0.50")


def spend(world: World) -> None:
    world.exchange.cash = Decimal(99)


def rest_other_side(world: World) -> None:
    foreign(world, PUT, -1, "1.50")


def rest_same_side(world: World) -> None:
    foreign(world, PUT, 1, "-0.05")


@pytest.mark.parametrize(
    ("held", "prepare", "limit", "expected"),
    [
        pytest.param(-1, nothing, "-1.00", None, id="a close is taken"),
        pytest.param(-1, block, "-1.00", Reason.ACCOUNT_BLOCKED, id="the account is blocked"),
        pytest.param(-1, ban, "-1.00", Reason.NOT_TRADABLE, id="the contract does not trade"),
        pytest.param(-1, lock, "-1.00", Reason.ASSIGNMENT_LOCK, id="it is being assigned"),
        pytest.param(-1, nothing, "-0.83", Reason.PRICE_TICK, id="between two ticks"),
        pytest.param(-1, limit_prices, "-0.45", Reason.PRICE_BAND, id="outside the band"),
        pytest.param(-1, limit_prices, "-0.50", None, id="the edge belongs to the band"),
        pytest.param(-1, spend, "-1.00", Reason.FUNDS, id="a dollar short"),
        pytest.param(-1, nothing, "1.00", Reason.MALFORMED, id="a purchase for a credit"),
        pytest.param(-1, rest_other_side, "-1.00", Reason.WASH_TRADE, id="against our own"),
        pytest.param(-1, rest_same_side, "-1.00", Reason.HELD_BY_OTHER_ORDER, id="held"),
        pytest.param(-2, rest_same_side, "-1.00", None, id="enough is free"),
        pytest.param(0, nothing, "-1.00", Reason.POSITION_GONE, id="nothing is held"),
        pytest.param(1, nothing, "-1.00", Reason.POSITION_GONE, id="the other way"),
    ],
)
def test_one_unit_is_closed(
    held: int, prepare: Callable[[World], None], limit: str, expected: Reason | None
) -> None:
    """Each row is one rule, on its boundary."""
    world = World()
    world.exchange.hold({PUT: held} if held else {})
    prepare(world)

    assert expected is reason(lambda: world.buy(limit))


def test_too_little_is_held() -> None:
    """The detail tells what a dialect may say of it."""
    world = World()
    world.exchange.hold({PUT: -3})
    holder = foreign(world, PUT, 1, "-0.05")

    smaller = refusal(lambda: world.buy("-1.00", 4))
    blocked = refusal(lambda: world.buy("-1.00", 3))

    assert smaller is not None
    assert blocked is not None
    assert (Reason.POSITION_SMALLER, Reason.HELD_BY_OTHER_ORDER) == (smaller.reason, blocked.reason)
    assert (PUT, 3, -3, 1, 2, [holder]) == tuple(
        blocked.detail[key]
        for key in (
            *("symbol", "requested", "existing_qty", "held_for_orders"),
            *("available", "related_orders"),
        )
    )


@pytest.mark.parametrize("missing", [PUT, LOWER_PUT])
def test_every_leg_has_to_close(missing: str) -> None:
    """A package is refused for the one leg that is gone, and names it."""
    world = World()
    world.exchange.hold({PUT: -1, LOWER_PUT: 1})
    world.exchange.vanish(missing, 1)

    found = refusal(lambda: world.buy("-0.95", legs=SPREAD))

    assert found is not None
    assert (Reason.POSITION_GONE, missing) == (found.reason, found.detail["symbol"])


@pytest.mark.parametrize(
    ("takes_ids_once", "expected"),
    [
        pytest.param(True, Reason.DUPLICATE_CLIENT_ID, id="an id is taken once"),
        pytest.param(False, None, id="an id is a label"),
    ],
)
def test_an_id_comes_again(takes_ids_once: bool, expected: Reason | None) -> None:  # noqa: FBT001
    """Whatever became of the first order."""
    world = World(rules=Rules(takes_ids_once=takes_ids_once))
    world.exchange.hold({PUT: -2})
    world.exchange.cancel(world.buy("-0.50").id)

    assert expected is reason(lambda: world.buy("-0.50"))


@pytest.mark.parametrize(
    ("legs", "limit", "expected"),
    [
        pytest.param((), "-1.00", Reason.MALFORMED, id="no legs"),
        pytest.param((*BUY, *BUY), "-1.00", Reason.MALFORMED, id="a leg twice"),
        pytest.param(((PUT, 0),), "-1.00", Reason.MALFORMED, id="a leg of nothing"),
        pytest.param(((PUT, 2), (LOWER_PUT, -2)), "-1.90", Reason.MALFORMED, id="a divisor"),
        pytest.param(SPREAD, "-0.955", Reason.PRICE_TICK, id="half a cent"),
        pytest.param(SPREAD, "-0.51", None, id="a package trades in pennies"),
        pytest.param(SPREAD, "0.00", None, id="even money"),
    ],
)
def test_an_order_has_a_shape(
    legs: tuple[LegPair, ...], limit: str, expected: Reason | None
) -> None:
    """Unique legs, ratios in lowest terms where the broker wants them, prices on the tick."""
    world = World(rules=Rules(wants_lowest_terms=True))
    world.exchange.hold({PUT: -2, LOWER_PUT: 2})

    assert expected is reason(lambda: world.buy(limit, legs=legs))


def test_no_units_are_no_order() -> None:
    """Less than one is malformed."""
    world = World()
    world.exchange.hold({PUT: -1})

    assert Reason.MALFORMED is reason(lambda: world.buy("-1.00", 0))


def test_ticks_are_the_class_own() -> None:
    """A class in pennies takes what a nickel class does not."""
    world = World()
    world.exchange.hold({PUT: -1})
    world.exchange.ticks["GOOG"] = PENNY

    assert None is reason(lambda: world.buy("-0.83"))


@pytest.mark.parametrize(
    ("lets_open", "expected"),
    [
        pytest.param(False, Reason.OPENS, id="it is refused"),
        pytest.param(True, None, id="it opens a position"),
    ],
)
def test_an_order_does_not_say_that_it_closes(
    lets_open: bool,  # noqa: FBT001
    expected: Reason | None,
) -> None:
    """At brokers that let it, a stale close turns into a position."""
    world = World(rules=Rules(lets_open=lets_open))
    ticket = Ticket("a", BUY, 1, Decimal(-1), closes=False)

    assert expected is reason(lambda: world.exchange.place(ticket))
    assert ({PUT: 1} if lets_open else {}) == world.exchange.held


@pytest.mark.parametrize(
    ("symbol", "after", "expected"),
    [
        pytest.param(LATER_CALL, timedelta(0), Reason.MARKET_CLOSED, id="at the bell"),
        pytest.param(LATER_CALL, timedelta(seconds=-1), None, id="a second before it"),
        pytest.param(PUT, timedelta(0), Reason.CONTRACT_EXPIRED, id="it has expired with it"),
        pytest.param(PUT, timedelta(days=4), Reason.CONTRACT_EXPIRED, id="days later"),
    ],
)
def test_trading_ends(symbol: str, after: timedelta, expected: Reason | None) -> None:
    """A contract ends with the session of its expiration, a session with its bell."""
    world = World()
    world.exchange.hold({symbol: -1})
    world.at(CLOSES_AT + after)

    assert expected is reason(lambda: world.buy("-12.00", legs=((symbol, 1),)))


def test_other_people_are_not_checked() -> None:
    """Their orders rest and fill whatever the account holds."""
    world = World()
    order_id = foreign(world, PUT, 1, "-1.00")

    assert OrderState.FILLED is world.exchange.order(order_id).state
    assert {PUT: 1} == world.exchange.held
