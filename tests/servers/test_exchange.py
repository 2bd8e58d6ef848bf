"""How orders live at the exchange that faces stand before."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.servers.exchange_rules import Rules
from tests.servers.orders import OrderState, Reason, Rejected, Ticket
from tests.servers.world import CLOSES_AT, LATER_CALL, LOWER_PUT, PUT, SPREAD, World, reason


@pytest.fixture
def world() -> World:
    made = World()
    made.exchange.hold({PUT: -4, LOWER_PUT: 4})
    return made


def test_an_order_fills_at_the_touch(world: World) -> None:
    """A limit beyond the ask pays the ask, in positions and in cash."""
    order = world.buy("-1.20")

    assert (OrderState.FILLED, Decimal("-1.00")) == (order.state, order.average_net_price)
    assert -3 == world.exchange.held[PUT]
    assert Decimal("99900.00") == world.exchange.cash
    assert [event for event, _ in world.told] == ["pending_new", "new", "fill"]


def test_an_order_rests_until_the_market_comes(world: World) -> None:
    """What does not cross the touch works, and fills when a quote meets it."""
    order = world.buy("-0.80")
    resting = order.state
    world.exchange.quote(PUT, "0.60", "0.75")

    assert (OrderState.WORKING, OrderState.FILLED) == (resting, order.state)
    assert Decimal("-0.75") == order.average_net_price


def test_a_package_fills_at_its_natural(world: World) -> None:
    """All legs trade in ratio, each at its own touch, and the sign is the account's."""
    order = world.buy("-0.95", 2, legs=SPREAD)

    assert (OrderState.FILLED, Decimal("-0.95")) == (order.state, order.average_net_price)
    assert (Decimal("1.00"), Decimal("0.05")) == (
        order.average_leg_price(PUT),
        order.average_leg_price(LOWER_PUT),
    )
    assert {PUT: -2, LOWER_PUT: 2} == world.exchange.held


def test_a_fill_takes_no_more_than_is_shown(world: World) -> None:
    """The size of a side is traded once; the next quote has its own."""
    order = world.buy("-1.00", 4)
    first = (order.state, order.filled_units)
    world.exchange.quote(PUT, "0.70", "0.90", 3)

    assert (OrderState.WORKING, 3) == first
    assert (OrderState.FILLED, 4) == (order.state, order.filled_units)
    assert Decimal("-0.975") == order.average_net_price


def test_a_market_order_takes_what_there_is(world: World) -> None:
    """Without a limit any price does."""
    assert Decimal("-1.00") == world.buy(None).average_net_price


def test_a_crossed_quote_trades_nothing(world: World) -> None:
    """A bid above the ask is nobody's price."""
    world.exchange.quote(PUT, "1.10", "1.00")

    assert OrderState.WORKING is world.buy("-1.20").state


def test_a_halt_trades_nothing(world: World) -> None:
    """While its underlying is halted an order rests."""
    world.exchange.halted.add("GOOG")

    assert OrderState.WORKING is world.buy("-1.20").state


def test_only_so_many_units_fill(world: World) -> None:
    """A planned part is all that fills, whatever is shown later."""
    world.exchange.surprises.fill_only = 2
    order = world.buy("-1.00", 3)
    world.exchange.quote(PUT, "0.70", "1.00", 9)

    assert (OrderState.WORKING, 2) == (order.state, order.filled_units)
    assert OrderState.FILLED is world.buy("-1.00", client_order_id="b").state


def test_a_late_order_is_nowhere_at_first(world: World) -> None:
    """Until it arrives it is neither found nor traded; then it is an order like any other."""
    world.exchange.surprises.accept_late = timedelta(seconds=30)
    order = world.buy("-1.00")
    early = (world.exchange.find("a"), world.exchange.visible(), order.filled_units)
    unknown = reason(lambda: world.exchange.cancel(order.id))
    world.later(seconds=30)

    assert (None, [], 0) == early
    assert Reason.NO_SUCH_ORDER is unknown
    assert world.exchange.find("a") is order
    assert OrderState.FILLED is order.state


def test_an_order_may_wait_before_it_works(world: World) -> None:
    """It is seen at once, and pending until the exchange has it."""
    world.exchange.surprises.pending_for = timedelta(seconds=5)
    order = world.buy("-1.00")
    early = (world.exchange.find("a"), order.state)
    world.later(seconds=5)

    assert (order, OrderState.PENDING) == early
    assert OrderState.FILLED is order.state


def test_an_order_may_be_rejected_later(world: World) -> None:
    """It was taken, never fills, and tells why."""
    why = Rejected(Reason.POSITION_GONE)
    world.exchange.surprises.reject_later = (timedelta(seconds=2), why)
    order = world.buy("-1.00")
    early = order.state
    world.later(seconds=2)

    assert OrderState.PENDING is early
    assert (OrderState.REJECTED, why, 0) == (order.state, order.rejection, order.filled_units)


def test_a_refusal_befalls_one_order(world: World) -> None:
    """A planned refusal is the next order's, and no other's."""
    world.exchange.surprises.refusals.append(Rejected(Reason.OTHER))

    assert Reason.OTHER is reason(lambda: world.buy("-1.00"))
    assert OrderState.FILLED is world.buy("-1.00").state


def test_surprises_spare_other_people(world: World) -> None:
    """A foreign order meets none of what waits for the client's."""
    world.exchange.surprises.refusals.append(Rejected(Reason.OTHER))
    world.exchange.surprises.fill_only = 0
    foreign = world.exchange.place(Ticket(None, ((PUT, 1),), 1, Decimal(-1), is_foreign=True))

    assert OrderState.FILLED is foreign.state
    assert 1 == len(world.exchange.surprises.refusals)


def test_a_cancel_ends_an_order(world: World) -> None:
    """What had filled stays, and nothing more does."""
    order = world.buy("-1.00", 4)
    world.exchange.cancel(order.id)
    world.exchange.quote(PUT, "0.70", "1.00", 9)

    assert (OrderState.CANCELED, 3) == (order.state, order.filled_units)


@pytest.mark.parametrize(
    ("units", "state", "filled"),
    [
        pytest.param(None, OrderState.FILLED, 2, id="all of it"),
        pytest.param(1, OrderState.CANCELED, 1, id="a part of it"),
    ],
)
def test_a_fill_crosses_a_cancel(
    world: World, units: int | None, state: OrderState, filled: int
) -> None:
    """The fill comes first; what is left is cancelled. It fills at its limit, off the touch."""
    order = world.buy("-0.80", 2)
    world.exchange.surprises.is_crossed = True
    world.exchange.surprises.crossed_units = units
    world.exchange.cancel(order.id)

    assert (state, filled) == (order.state, order.filled_units)
    assert Decimal("-0.80") == order.average_net_price


def test_a_package_that_fills_across_adds_up(world: World) -> None:
    """Where a fill is made at the limit, the legs' prices still make the net price."""
    order = world.buy("-0.50", legs=SPREAD)
    world.exchange.surprises.is_crossed = True
    world.exchange.cancel(order.id)
    bought, sold = order.average_leg_price(PUT), order.average_leg_price(LOWER_PUT)

    assert bought is not None
    assert sold is not None
    assert Decimal("-0.50") == sold - bought == order.average_net_price
    assert min(bought, sold) > 0


def test_a_slow_cancel_may_come_too_late(world: World) -> None:
    """Until it has been processed the order may fill, and another cancel is refused."""
    world.exchange.surprises.slow_cancel = timedelta(seconds=3)
    order = world.buy("-0.80")
    world.exchange.cancel(order.id)
    waiting = order.state
    again = reason(lambda: world.exchange.cancel(order.id))
    world.exchange.quote(PUT, "0.60", "0.75")
    world.later(seconds=3)

    assert OrderState.CANCEL_PENDING is waiting
    assert Reason.NOT_CANCELABLE is again
    assert OrderState.FILLED is order.state


def test_a_slow_cancel_is_done_at_last(world: World) -> None:
    """It takes as long as it was told to."""
    world.exchange.surprises.slow_cancel = timedelta(seconds=3)
    order = world.buy("-0.80")
    world.exchange.cancel(order.id)
    world.later(seconds=2)
    early = order.state
    world.later(seconds=1)

    assert (OrderState.CANCEL_PENDING, OrderState.CANCELED) == (early, order.state)


def test_a_replacement_takes_what_is_left(world: World) -> None:
    """The old order has ended, the new one asks for the rest at its own price."""
    world.exchange.surprises.fill_only = 1
    old = world.buy("-1.00", 3)
    new = world.exchange.replace(old.id, Decimal("-0.90"), "b")

    assert (OrderState.REPLACED, OrderState.WORKING) == (old.state, new.state)
    assert (2, Decimal("-0.90"), old.id, new.id) == (
        new.units,
        new.net_limit,
        new.replaces,
        old.replaced_by,
    )


def test_a_fill_aborts_a_replacement(world: World) -> None:
    """Never do both fill."""
    old = world.buy("-0.80")
    world.exchange.surprises.is_crossed = True
    new = world.exchange.replace(old.id, Decimal("-1.00"), "b")

    assert (OrderState.FILLED, OrderState.CANCELED) == (old.state, new.state)
    assert -3 == world.exchange.held[PUT]


def test_a_slow_replacement_waits_for_the_old_order(world: World) -> None:
    """Meanwhile the old one works, and its quantity is held once."""
    world.exchange.surprises.slow_replace = timedelta(seconds=2)
    old = world.buy("-0.80", 4)
    new = world.exchange.replace(old.id, Decimal("-0.90"), "b")
    waiting = (old.state, new.state)
    holders = world.exchange.holders(PUT, is_buy=True)
    world.later(seconds=2)

    assert (OrderState.REPLACE_PENDING, OrderState.PENDING) == waiting
    assert {old.id: 4} == holders
    assert (OrderState.REPLACED, OrderState.WORKING) == (old.state, new.state)


def test_a_replacement_in_place_keeps_the_order() -> None:
    """Where a dialect changes an order, its id stays; a fill that wins is told as a refusal."""
    world = World(rules=Rules(replaces_in_place=True))
    world.exchange.hold({PUT: -2})
    order = world.buy("-0.80")
    same = world.exchange.replace(order.id, Decimal("-0.90"))
    changed = order.net_limit
    world.exchange.surprises.is_crossed = True
    late = reason(lambda: world.exchange.replace(order.id, Decimal("-0.95")))

    assert same is order
    assert Decimal("-0.90") == changed
    assert Reason.NOT_REPLACEABLE is late
    assert OrderState.FILLED is order.state


def test_a_final_order_is_not_replaced(world: World) -> None:
    """The detail tells its state."""
    order = world.buy("-1.00")

    with pytest.raises(Rejected) as caught:
        world.exchange.replace(order.id, Decimal("-0.90"), "b")

    assert Reason.NOT_REPLACEABLE is caught.value.reason
    assert OrderState.FILLED is caught.value.detail["state"]


def test_a_used_id_replaces_nothing(world: World) -> None:
    """A replacement's id is taken once, like any other."""
    order = world.buy("-0.80")
    duplicate = reason(lambda: world.exchange.replace(order.id, Decimal("-0.90"), "a"))

    assert Reason.DUPLICATE_CLIENT_ID is duplicate
    assert OrderState.WORKING is order.state


def test_day_orders_expire_at_the_bell(world: World) -> None:
    """With what they have filled; and nothing fills after it."""
    order = world.buy("-1.00", 4)
    world.at(CLOSES_AT)
    world.exchange.quote(PUT, "0.10", "0.20")

    assert (OrderState.EXPIRED, 3) == (order.state, order.filled_units)


def test_an_order_of_the_evening_waits_for_the_morning() -> None:
    """Where a broker takes orders when it is closed, they work from the opening on."""
    world = World(rules=Rules(takes_when_closed=True))
    world.exchange.hold({LATER_CALL: -1})
    world.at(CLOSES_AT + timedelta(hours=1))
    order = world.buy("-12.50", legs=((LATER_CALL, 1),))
    evening = order.state
    world.at(CLOSES_AT + timedelta(days=3, hours=20, minutes=30))

    assert (OrderState.PENDING, OrderState.FILLED) == (evening, order.state)
