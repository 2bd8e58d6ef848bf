"""The stand-in for Alpaca: what opens, what is half open, and what is asked for beside it."""

from decimal import Decimal

import pytest

from tests.servers import alpaca_words as say
from tests.servers.alpaca_asking import LATER, LONG, SHORT, World, leg, package, single

LATER_PUT = "GOOG160115P00750000"


@pytest.fixture
def world() -> World:
    made = World()
    made.exchange.quote(LATER_PUT, "12.00", "12.50")
    return made


def test_short_put_wants_cash(world: World) -> None:
    """A put that is sold wants its strike in cash, a hundred times."""
    order = single(
        symbol=LATER_PUT, side="sell", position_intent="sell_to_open", limit_price="12.00"
    )

    assert 200 == world.submit(order).status
    world.exchange.cash = Decimal(74_999)
    refused = world.submit(order | {"client_order_id": "x-9"})
    assert say.buying_power(Decimal(75_000), Decimal(74_999)).message == refused.no[2]


def test_short_call_wants_shares(world: World) -> None:
    """A call that is sold wants a hundred shares below it."""
    order = single(symbol=LATER, side="sell", position_intent="sell_to_open", limit_price="12.00")

    assert say.uncovered_call(LATER, 100, 0).body() == world.submit(order).found
    world.exchange.hold({"GOOG": 100})
    assert 200 == world.submit(order).status


def test_purchase_wants_cash(world: World) -> None:
    """A call that is bought, or bought back, wants its price."""
    world.exchange.cash = Decimal(1_249)
    order = single(symbol=LATER, position_intent="buy_to_open", limit_price="12.50")

    assert say.buying_power(Decimal(1_250), Decimal(1_249)).message == world.submit(order).no[2]


def test_opening_order_does_not_close(world: World) -> None:
    """An order that says that it opens is refused where it would close a position."""
    world.exchange.hold({LATER: -1})
    order = single(symbol=LATER, position_intent="buy_to_open", limit_price="12.50")

    refused = world.submit(order)

    assert say.intent_mismatch("buy_to_close", "buy_to_open").message == refused.no[2]


def test_roll_closes_what_is_there(world: World) -> None:
    """A package may close one leg and open another; the first must be held."""
    legs = [leg(SHORT, "buy"), leg(LATER_PUT, "sell", intent="sell_to_open")]
    roll = package(limit_price="-10.00", legs=legs)

    assert say.intent_mismatch("buy_to_open", "buy_to_close").message == world.submit(roll).no[2]
    world.exchange.hold({SHORT: -1})
    assert 200 == world.submit(roll).status
    assert {LATER_PUT: -1} == world.exchange.held


def test_packages_want_level_three(world: World) -> None:
    """An account of level 2 closes legs one by one."""
    world.exchange.options_level = 2
    world.exchange.hold({SHORT: -1, LONG: 1})

    assert say.UNCOVERED_SPREAD.message == world.submit(package()).no[2]
    assert 200 == world.submit(single()).status


def test_contract_that_nobody_lists_is_not_found(world: World) -> None:
    """A contract that is not listed is told apart from one that is not held."""
    world.alpaca.desk.unlisted.add(SHORT)

    assert say.contract_is(SHORT, "not found").message == world.submit(single()).no[2]


def test_figures_of_a_shortage_are_text(world: World) -> None:
    """Every figure in the body of a refusal is text."""
    world.exchange.hold({SHORT: -2})
    world.submit(single())

    found = world.submit(single(qty="2", client_order_id="x-9")).found

    assert ("1", "2", "1") == tuple(
        found[name] for name in ("available", "existing_qty", "held_for_orders")
    )


def test_replacement_keeps_what_filled(world: World) -> None:
    """The quantity of a replacement is not below what filled already."""
    world.exchange.hold({SHORT: -3})
    world.exchange.surprises.fill_only = 2
    taken = world.submit(single(qty="3", limit_price="1.00")).found
    path = f"/v2/orders/{taken['id']}"

    refused = world.ask("PATCH", path, body={"limit_price": "1.05", "qty": "2"})

    assert say.QUANTITY_IS_FILLED.message == refused.no[2]
    assert "1" == world.ask("PATCH", path, body={"limit_price": "1.05"}).found["qty"]


def test_lists_are_cut_at_orders(world: World) -> None:
    """The order that is named is not in the list, before it or after it."""
    world.exchange.hold({SHORT: -3})
    ids = [world.submit(single(client_order_id=name)).found["id"] for name in ("a", "b", "c")]

    after = world.get("/v2/orders", after_order_id=ids[0])
    before = world.get("/v2/orders", before_order_id=ids[2])

    assert ["c", "b"] == [each["client_order_id"] for each in after]
    assert ["b", "a"] == [each["client_order_id"] for each in before]


def test_look_up_may_leave_out_legs(world: World) -> None:
    """Whether a look-up nests is not documented: a switch, and nested=true settles it."""
    world.exchange.hold({SHORT: -1, LONG: 1})
    taken = world.submit(package()).found
    world.alpaca.desk.nests_look_ups = False

    bare = world.get("/v2/orders:by_client_order_id", client_order_id="x-2")
    whole = world.get(f"/v2/orders/{taken['id']}", nested="true")

    assert None is bare["legs"]
    assert 2 == len(whole["legs"])


def test_activities_come_newest_first(world: World) -> None:
    """Unless the direction is asked for."""
    world.exchange.hold({SHORT: -1})
    world.submit(single(limit_price="1.00"))
    world.exchange.hold({SHORT: -1})
    world.at(world.clock.at.replace(minute=55))
    world.submit(single(limit_price="1.00", client_order_id="x-9"))

    times = [each["transaction_time"] for each in world.get("/v2/account/activities")]

    assert sorted(times, reverse=True) == times
    assert 2 == len(set(times))
