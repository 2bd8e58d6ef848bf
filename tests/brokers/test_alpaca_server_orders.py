"""The stand-in for Alpaca: what it makes of orders, by the vendor's documents."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.servers import alpaca_words as say
from tests.servers.alpaca_asking import CALL, LATER, LONG, SHORT, World, leg, package, single
from tests.servers.alpaca_words import Shortage, Words
from tests.servers.orders import Ticket

SPREAD = {SHORT: -2, LONG: 2}


@pytest.fixture
def world() -> World:
    return World()


def statuses(world: World) -> dict[str, str]:
    return {each["client_order_id"]: each["status"] for each in listed(world)}


def listed(world: World, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.get(
        "/v2/orders", **{"status": "all", "nested": "true", **query}
    )
    return found


def test_order_is_taken_before_it_fills(world: World) -> None:
    """The answer to an order says that it was taken; what became of it is asked for."""
    world.exchange.hold(SPREAD)

    taken = world.submit(single(limit_price="1.05")).found

    assert ("pending_new", "0", None) == tuple(
        taken[name] for name in ("status", "filled_qty", "filled_avg_price")
    )
    found = world.get("/v2/orders:by_client_order_id", client_order_id="x-1")
    assert ("filled", "1", "1") == tuple(
        found[name] for name in ("status", "filled_qty", "filled_avg_price")
    )
    assert taken["id"] == found["id"]
    assert -1 == world.exchange.held[SHORT]


def test_package_has_an_empty_parent(world: World) -> None:
    """A package's parent has empty words, its legs have ids and prices of their own."""
    world.exchange.hold(SPREAD)
    world.submit(package(qty="2"))

    (parent,) = listed(world)

    assert ["", "", "", ""] == [
        parent[name] for name in ("symbol", "side", "asset_class", "asset_id")
    ]
    assert ("mleg", "2", "2", "0.95") == tuple(
        parent[name] for name in ("order_class", "qty", "filled_qty", "filled_avg_price")
    )
    assert [("0.05", "sell", "sell_to_close"), ("1", "buy", "buy_to_close")] == [
        (each["filled_avg_price"], each["side"], each["position_intent"]) for each in parent["legs"]
    ]
    assert 3 == len({parent["id"], *(each["id"] for each in parent["legs"])})
    assert {} == world.exchange.held


@pytest.mark.parametrize(
    ("is_negative", "price"),
    [pytest.param(True, "-0.6", id="negative"), pytest.param(False, "0.6", id="positive")],
)
def test_credit_is_negative(world: World, *, is_negative: bool, price: str) -> None:
    """A credit is asked for below zero; the sign of its average is open, and a switch here."""
    world.alpaca.desk.scribe.is_credit_negative = is_negative
    world.exchange.hold({SHORT: 1, LONG: -1})
    legs = [leg(SHORT, "sell"), leg(LONG, "buy")]

    assert 200 == world.submit(package(limit_price="-0.55", legs=legs)).status

    (parent,) = listed(world)
    assert ("-0.55", price) == (parent["limit_price"], parent["filled_avg_price"])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(
            single(type="stop"),
            say.unprocessable("invalid order type for options trading"),
            id="a stop",
        ),
        pytest.param(
            single(time_in_force="gtc"),
            say.unprocessable("order_time_in_force provided not supported for options: gtc"),
            id="good till cancelled",
        ),
        pytest.param(
            single(qty="1.5"),
            say.unprocessable("qty must be integer for options orders"),
            id="one and a half",
        ),
        pytest.param(single(qty="0"), say.invalid("qty must be > 0"), id="none"),
        pytest.param(single(qty=None), say.invalid("qty is required"), id="no quantity"),
        pytest.param(
            single(limit_price="-0.80"),
            say.invalid("limit price must be > 0"),
            id="a single order's price below zero",
        ),
        pytest.param(
            single(limit_price=None),
            say.invalid("limit orders require a limit price"),
            id="a limit without its price",
        ),
        pytest.param(
            single(type="market"),
            say.invalid("market orders require no stop or limit price"),
            id="a market order with a price",
        ),
        pytest.param(
            single(extended_hours=True),
            say.unprocessable("extended hours is not supported for options orders"),
            id="extended hours",
        ),
        pytest.param(
            single(notional="100"),
            say.unprocessable("notional is not supported for options orders"),
            id="an amount of dollars",
        ),
        pytest.param(single(limit_price="0.805"), say.TWO_DECIMALS, id="three decimals"),
        pytest.param(single(limit_price="0.83"), say.off_tick(Decimal("0.83")), id="off the tick"),
        pytest.param(
            single(position_intent="sell_to_close"),
            say.invalid("invalid position_intent specified"),
            id="an intent of the other side",
        ),
        pytest.param(
            package(legs=[leg(LONG, "sell"), leg(SHORT, "buy", intent="")]),
            say.unprocessable("leg.1 position intent is required"),
            id="a leg without intent",
        ),
        pytest.param(
            package(legs=[leg(LONG, "sell", 2), leg(SHORT, "buy", 2)]),
            say.unprocessable("leg ratio quantities should be relatively prime (GCD of 1)"),
            id="not in lowest terms",
        ),
        pytest.param(
            package(legs=[leg(SHORT, "sell"), leg(SHORT, "buy")]),
            say.unprocessable("mleg orders require unique leg symbols"),
            id="a leg twice",
        ),
        pytest.param(
            package(legs=[leg("AAPL151224P00100000", "sell"), leg(SHORT, "buy")]),
            say.UNDERLYINGS_DIFFER,
            id="two underlyings",
        ),
        pytest.param(
            package(legs=[leg(SHORT, "buy")]),
            say.invalid("mleg orders require 2 to 4 legs"),
            id="a package of one",
        ),
        pytest.param(
            package(limit_price="0.951"), say.TWO_DECIMALS, id="three decimals of a package"
        ),
        pytest.param(
            package(symbol=SHORT),
            say.invalid("symbol is not allowed for mleg orders"),
            id="a package with a symbol",
        ),
        pytest.param(
            single(client_order_id="x" * 129),
            say.invalid("client_order_id must be no more than 128 characters"),
            id="a long id",
        ),
    ],
)
def test_malformed_order_is_refused(world: World, body: dict[str, Any], words: Words) -> None:
    """Each row is one rule of the documents."""
    world.exchange.hold(SPREAD)

    assert (words.status, words.code, words.message) == world.submit(body).no
    assert [] == listed(world)


@pytest.mark.parametrize(
    ("held", "words"),
    [
        pytest.param({}, say.intent_mismatch("buy_to_open", "buy_to_close"), id="nothing held"),
        pytest.param(
            {SHORT: 1}, say.intent_mismatch("buy_to_open", "buy_to_close"), id="the other way"
        ),
        pytest.param({SHORT: -1}, Shortage(SHORT, 2, 1, 0).words(), id="less held"),
    ],
)
def test_nothing_opens_by_a_close(world: World, held: dict[str, int], words: Words) -> None:
    """What is not held that way is told by the intent, what is too little by its figures."""
    world.exchange.hold(held)

    answered = world.submit(single(qty="2"))

    assert (words.status, words.body()) == (answered.status, answered.found)


def test_held_quantity_is_told(world: World) -> None:
    """What another order may close is held for it, and the order is named."""
    world.exchange.hold({SHORT: -1})
    first = world.submit(single()).found

    answered = world.submit(single(client_order_id="x-9"))

    assert (403, Shortage(SHORT, 1, 1, 1, (first["id"],)).words().body()) == (
        answered.status,
        answered.found,
    )
    assert "0" == world.get(f"/v2/positions/{SHORT}")["qty_available"]


def test_omitted_intent_is_inferred(world: World) -> None:
    """A sell without a long is an opening one: the no speaks of cover, not of a position."""
    order = single(symbol=CALL, side="sell", limit_price="0.40", position_intent=None)

    assert say.uncovered_call(CALL, 100, 0).body() == world.submit(
        order | {"symbol": LATER}
    ).found | {"symbol": CALL}
    world.exchange.hold({CALL: 1})
    assert "sell_to_close" == world.submit(order).found["position_intent"]


def test_nothing_opens_on_the_last_afternoon(world: World) -> None:
    """In the last half hour an opening order on what expires is refused, a close is not."""
    order = single(position_intent="buy_to_open")

    assert say.expires_soon(SHORT).message == world.submit(order).no[2]
    world.exchange.hold({SHORT: -1})
    assert 200 == world.submit(single()).status


def test_market_order_waits_for_no_opening(world: World) -> None:
    """While the market is closed a limit order is accepted, a market order is not."""
    world.exchange.hold({LATER: -1})
    world.at(world.clock.at + timedelta(hours=1))
    order = single(symbol=LATER, limit_price="12.50")

    assert (
        say.NO_MARKET_ORDER_NOW.message
        == world.submit(order | {"type": "market", "limit_price": ""}).no[2]
    )
    world.submit(order)

    assert {"x-1": "accepted"} == statuses(world)
    (found,) = listed(world)
    assert "2015-12-28T21:00:00Z" == found["expires_at"]
    refused = world.ask("PATCH", f"/v2/orders/{found['id']}", body={"limit_price": "12.40"})
    assert say.not_replaceable("accepted").message == refused.no[2]


def test_id_is_used_once(world: World) -> None:
    """A client's id is taken for ever, also by an order that was cancelled."""
    world.exchange.hold(SPREAD)
    taken = world.submit(single()).found
    assert 204 == world.ask("DELETE", f"/v2/orders/{taken['id']}").status

    assert (422, 40010001, "client_order_id must be unique") == world.submit(single()).no


def test_cancel_that_comes_late_is_refused(world: World) -> None:
    """What is final is not cancelled, nor is a leg; what is unknown is not found."""
    world.exchange.hold(SPREAD)
    taken = world.submit(package()).found

    assert (
        say.not_cancelable("filled").message
        == world.ask("DELETE", f"/v2/orders/{taken['id']}").no[2]
    )
    assert (
        say.LEG_CANCEL.message == world.ask("DELETE", f"/v2/orders/{taken['legs'][0]['id']}").no[2]
    )
    assert (404, 40410000, "order not found") == world.ask("DELETE", "/v2/orders/none").no


def test_all_orders_are_cancelled(world: World) -> None:
    """One request cancels all that works, and names each."""
    world.exchange.hold(SPREAD)
    ids = {world.submit(single(client_order_id=name)).found["id"] for name in ("a", "b")}

    answered = world.ask("DELETE", "/v2/orders")

    assert 207 == answered.status
    assert ids == {each["id"] for each in answered.found}
    assert {"a": "canceled", "b": "canceled"} == statuses(world)


def test_slow_cancel_is_pending(world: World) -> None:
    """A cancel is a request: the order says so until it ends."""
    world.exchange.hold(SPREAD)
    taken = world.submit(single()).found
    world.exchange.surprises.slow_cancel = timedelta(seconds=3)
    world.ask("DELETE", f"/v2/orders/{taken['id']}")

    assert {"x-1": "pending_cancel"} == statuses(world)
    world.at(world.clock.at + timedelta(seconds=3))
    assert {"x-1": "canceled"} == statuses(world)


def test_replacement_is_a_new_order(world: World) -> None:
    """A new id, which names the old one; the old one names its successor."""
    world.exchange.hold(SPREAD)
    old = world.submit(single()).found

    new = world.ask(
        "PATCH",
        f"/v2/orders/{old['id']}",
        body={"limit_price": "0.85", "client_order_id": "x-3"},
    ).found

    assert (old["id"], "0.85", "pending_new") == (
        new["replaces"],
        new["limit_price"],
        new["status"],
    )
    assert new["id"] == world.get(f"/v2/orders/{old['id']}")["replaced_by"]
    assert {"x-1": "replaced", "x-3": "new"} == statuses(world)
    again = world.ask("PATCH", f"/v2/orders/{old['id']}", body={"limit_price": "0.90"})
    assert say.REPLACED_ALREADY.message == again.no[2]
    same = world.ask("PATCH", f"/v2/orders/{new['id']}", body={"limit_price": "0.850"})
    assert say.NOTHING_CHANGED.message == same.no[2]


def test_chain_is_replaced_one_by_one(world: World) -> None:
    """While a replacement is under way, neither of the two orders is replaced again."""
    world.exchange.hold(SPREAD)
    old = world.submit(single()).found
    world.exchange.surprises.slow_replace = timedelta(seconds=2)
    new = world.ask("PATCH", f"/v2/orders/{old['id']}", body={"limit_price": "0.85"}).found

    second = world.ask("PATCH", f"/v2/orders/{new['id']}", body={"limit_price": "0.90"})
    first = world.ask("PATCH", f"/v2/orders/{old['id']}", body={"limit_price": "0.90"})

    assert say.CHAIN_NOT_REPLACED.message == second.no[2]
    assert say.not_replaceable("pending_replace").message == first.no[2]


def test_fill_wins_against_a_replacement(world: World) -> None:
    """Where the old order fills first, the new one is rejected, although it was taken."""
    world.exchange.hold(SPREAD)
    old = world.submit(single()).found
    world.exchange.surprises.is_crossed = True
    body = {"limit_price": "0.85", "client_order_id": "x-3"}

    assert 200 == world.ask("PATCH", f"/v2/orders/{old['id']}", body=body).status

    assert {"x-1": "filled", "x-3": "rejected"} == statuses(world)


def test_part_is_told(world: World) -> None:
    """An order that filled in part says so, with the quantity of each leg."""
    world.exchange.hold(SPREAD)
    world.exchange.surprises.fill_only = 1
    world.submit(package(qty="2"))

    (parent,) = listed(world)

    assert ("partially_filled", "1") == (parent["status"], parent["filled_qty"])
    assert ["1", "1"] == [each["filled_qty"] for each in parent["legs"]]


def test_list_is_cut_to_the_nanosecond(world: World) -> None:
    """The bounds exclude the order that they name, though all came in one microsecond."""
    world.exchange.hold({SHORT: -1500})
    for number in range(1_100):
        world.exchange.place(
            Ticket(f"f{number}", ((SHORT, 1),), 1, Decimal("-0.50"), is_foreign=True)
        )

    first = listed(world, direction="asc", limit="500")
    second = listed(world, direction="asc", limit="500", after=first[-1]["submitted_at"])
    third = listed(world, limit="500", until=second[0]["submitted_at"])

    names = [each["client_order_id"] for each in first + second]
    assert [f"f{number}" for number in range(1_000)] == names
    assert list(reversed(first)) == third
    assert 50 == len(world.get("/v2/orders"))
    assert 422 == world.ask("GET", "/v2/orders", query={"limit": "501"}).status


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({"status": "open"}, ["open"], id="open"),
        pytest.param({"status": "closed"}, ["spread"], id="closed"),
        pytest.param({"symbols": LONG}, ["spread"], id="by a leg's symbol"),
        pytest.param({"symbols": "GOOG"}, [], id="an underlying is no symbol of an option"),
        pytest.param(
            {"symbols": "GOOG", "asset_class": "us_option"},
            ["open", "spread"],
            id="unless options are asked for",
        ),
        pytest.param({"asset_class": "us_equity"}, [], id="no shares"),
    ],
)
def test_list_is_filtered(world: World, query: dict[str, str], expected: list[str]) -> None:
    """Each row is one field of the query."""
    world.exchange.hold(SPREAD)
    world.submit(package(client_order_id="spread"))
    world.submit(single(client_order_id="open"))

    assert expected == [each["client_order_id"] for each in listed(world, **query)]


def test_flat_list_holds_legs_beside_the_parent(world: World) -> None:
    """Without nested=true a package is three lines, and each counts."""
    world.exchange.hold(SPREAD)
    world.submit(package())

    lines = world.get("/v2/orders", status="all")

    assert ["", LONG, SHORT] == [each["symbol"] for each in lines]
    assert [None, None, None] == [each["legs"] for each in lines]
    assert 2 == len(world.get("/v2/orders", status="all", limit="2"))
    assert LONG == world.get(f"/v2/orders/{lines[1]['id']}")["symbol"]
