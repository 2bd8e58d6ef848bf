"""Answers that were spoiled at random, and once did harm."""

import json
from typing import Any

import pytest

from botd.brokers.alpaca import wire
from botd.brokers.alpaca.wire_market import stock_trades
from botd.brokers.alpaca.words import refusal_of
from botd.brokers.transport.answer import Answer
from botd.brokers.transport.fields import Unreadable
from botd.domain.orders import Holding
from botd.errors import OutcomeUnknown
from tests.brokers.alpaca.answers import (
    AT,
    CALL_100,
    NAME,
    body,
    intent,
    package,
    refused,
    single,
)
from tests.brokers.alpaca.hosts import Asked, Hosts, broker_of

SELL = intent((CALL_100, -1), net_price="1.05", units=2)


def position(**changes: object) -> dict[str, Any]:
    """Write a short position."""
    found = {"symbol": CALL_100, "asset_class": "us_option", "qty": "-3", "side": "short"}
    return {**found, **changes}


def listing(*orders: object) -> Hosts:
    """Answer to every list of orders with the same."""

    def answer(asked: Asked) -> tuple[int, object]:
        return 200, list(orders) if asked.query["status"] == "all" else []

    return Hosts(answer)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"qty": 10**15}, id="a million billions of units"),
        pytest.param({"qty": "1"}, id="fewer units than were sent"),
        pytest.param({"id": "-1"}, id="a number below zero for an id"),
        pytest.param({"id": "no id of theirs"}, id="words for an id"),
        pytest.param({"id": True}, id="true for an id"),
        pytest.param({"status": "filled"}, id="filled, and nothing is"),
    ],
)
async def test_order_that_is_told_as_another_is_unknown(changes: dict[str, object]) -> None:
    """Nobody takes an order for accepted that the answer does not describe."""
    hosts = Hosts(lambda _: (200, single(**changes)))

    with pytest.raises(OutcomeUnknown):
        await broker_of(hosts).submit(SELL)


@pytest.mark.parametrize("code", [[40310000], {}, True, "soon", 1.5])
@pytest.mark.parametrize("message", ["insufficient qty available for order", "", None, 5])
def test_no_with_an_odd_code_is_unknown(code: object, message: object) -> None:
    """A code of another type ended the attempt with an error that nobody declared."""
    found = Answer(403, {}, json.dumps({"code": code, "message": message}).encode())

    with pytest.raises(OutcomeUnknown):
        refusal_of(found, SELL)


async def test_words_that_no_ledger_keeps_are_replaced() -> None:
    """A NUL and half a letter in a refusal would not go into a database."""
    found = refusal_of(refused(422, 42210000, "not\0tradable \ud800"), SELL)

    assert "not\N{REPLACEMENT CHARACTER}tradable ?" == found.message


@pytest.mark.parametrize("name", [[NAME], {"0": NAME}, True])
async def test_odd_order_with_an_odd_name_may_be_ours(name: object) -> None:
    """An order is only passed over where its name says that it is somebody else's."""
    hosts = listing(single(client_order_id=name))

    with pytest.raises(OutcomeUnknown):
        await broker_of(hosts).orders(AT)


async def test_two_orders_under_one_id_are_unknown() -> None:
    """The later one hid the earlier one, which may be ours."""
    hosts = listing(single(), single(client_order_id="another"))

    with pytest.raises(OutcomeUnknown):
        await broker_of(hosts).orders(AT)


async def test_order_that_is_listed_twice_is_one() -> None:
    """The same words twice are no contradiction."""
    [report] = await broker_of(listing(single(), single())).orders(AT)

    assert NAME == report.client_order_id


async def test_odd_legs_of_somebody_elses_bracket_spoil_no_list() -> None:
    """What hangs on an order of somebody else may be of any shape."""
    odd = single(id="o2", client_order_id="c2", order_class="bracket", legs=["x"])

    found = await broker_of(listing(odd, single())).orders(AT)

    assert {"c2", NAME} == {report.client_order_id for report in found}


async def test_package_of_ours_with_odd_legs_is_unknown() -> None:
    """Of ours every leg is wanted."""
    with pytest.raises(OutcomeUnknown):
        await broker_of(listing(package(legs=["x"]))).orders(AT)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param([position(side="long")], id="short by its sign, long by its side"),
        pytest.param([position(side="shrt")], id="a side that nobody knows"),
        pytest.param([position(asset_class=None, qty="-0.5")], id="half a contract"),
        pytest.param([position(symbol=5)], id="a number for a symbol"),
        pytest.param([position(symbol=" ")], id="no symbol"),
        pytest.param([position(), position(qty="-4")], id="one contract, two quantities"),
    ],
)
def test_odd_position_is_unreadable(found: object) -> None:
    """Nothing that is held is passed over, or turned round."""
    with pytest.raises(Unreadable):
        wire.holdings_of(body(found))


def test_position_that_is_listed_twice_is_one() -> None:
    """The same words twice are no second position."""
    assert (Holding(CALL_100, -3),) == wire.holdings_of(body([position(), position()]))


@pytest.mark.parametrize("name", [["a"], {"a": 1}])
async def test_odd_record_is_unknown(name: object) -> None:
    """An id that is a list ended the settlement with an error that nobody declared."""
    hosts = Hosts(lambda _: (200, [{"id": name, "activity_type": "OPASN"}]))

    with pytest.raises(OutcomeUnknown):
        await broker_of(hosts).settlements(AT)


@pytest.mark.parametrize("conditions", [[{}], [["W"]], "W", {"W": 1}, [None]])
async def test_odd_conditions_of_a_trade_are_none(conditions: object) -> None:
    """An object among them ended the reading with an error that nobody declared."""
    trade = {"p": 1.5, "t": "2025-06-20T19:50:00Z", "c": conditions}
    snapshot = {"AAPL": {"latestTrade": trade}}

    assert {"AAPL"} == set(stock_trades(body(snapshot)))


async def test_replacement_for_more_units_is_unknown() -> None:
    """A look-up has to tell what the broker made of it."""
    hosts = Hosts(lambda _: (200, single(id="o2", qty=10**15)))

    with pytest.raises(OutcomeUnknown):
        await broker_of(hosts).replace("o1", SELL)


async def test_long_name_is_not_repeated_in_a_message() -> None:
    """A message is for people."""
    hosts = Hosts(lambda _: (200, single(client_order_id="x" * 100_000)))

    with pytest.raises(OutcomeUnknown) as caught:
        await broker_of(hosts).submit(SELL)

    assert 500 > len(str(caught.value))
