"""Answers that were spoiled at random, and once did harm."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from botd.brokers.tastytrade.wire_account import holdings
from botd.brokers.transport.fields import Unreadable
from botd.domain.orders import Holding
from botd.errors import OutcomeUnknown
from tests.brokers.paper.day import PUT_745, PUT_750
from tests.brokers.tastytrade.answers import intent, listing
from tests.brokers.tastytrade.standing import BUY, Standing
from tests.servers.faults import Call, Fault, FaultKind

_PADDED = "GOOG  151224P00750000"
Change = Callable[[dict[str, Any]], object]


def position(**changes: object) -> dict[str, Any]:
    """Write a short position."""
    return {
        "symbol": _PADDED,
        "instrument-type": "Equity Option",
        "underlying-symbol": "GOOG",
        "quantity": "3",
        "quantity-direction": "Short",
        **changes,
    }


async def answered(standing: Standing, change: Change, *, replaces: str | None = None) -> None:
    """Send an order, or a replacement, whose answer is changed on its way."""
    twin = Standing()
    path = f"/accounts/{twin.exchange.account}/orders"
    call = Call.SUBMIT if replaces is None else Call.REPLACE
    sent = intent(*BUY, net_price="-0.50", name="bd1-k3vq7m2zc4ya-12241750-02")
    await twin.broker.submit(sent)
    [order] = twin.exchange.orders.values()
    if replaces is not None:
        sent = replace(sent, client_order_id="bd1-k3vq7m2zc4ya-12241750-03")
    found: dict[str, Any] = {"data": {"order": twin.face.desk.order(order)}, "context": path}
    change(found)
    body = json.dumps(found).encode()
    standing.gate.faults.plan(Fault(FaultKind.REFUSE, call, status=201, body=body))
    if replaces is None:
        await standing.broker.submit(sent)
    else:
        await standing.broker.replace(replaces, sent)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda found: found["data"]["order"].pop("legs"), id="no legs"),
        pytest.param(
            lambda found: found["data"]["order"]["legs"][0].update(quantity=2),
            id="another quantity",
        ),
        pytest.param(
            lambda found: found["data"]["order"]["legs"][0].update(action="Sell to Close"),
            id="the other side",
        ),
        pytest.param(
            lambda found: found["data"]["order"]["legs"][0].update(symbol="GOOG  151224P00745000"),
            id="another contract",
        ),
        pytest.param(
            lambda found: found["data"]["order"]["legs"].append(
                {**found["data"]["order"]["legs"][0], "symbol": "GOOG  151224P00745000"}
            ),
            id="a leg more",
        ),
        pytest.param(
            lambda found: found["data"]["order"].update({"external-identifier": "x7"}),
            id="somebody's name",
        ),
        pytest.param(
            lambda found: found["data"]["order"].pop("external-identifier"), id="nobody's name"
        ),
        pytest.param(lambda found: found["data"]["order"].update(id="no id"), id="words for an id"),
        pytest.param(
            lambda found: found.update(error={"code": "x", "message": "no"}), id="an error beside"
        ),
    ],
)
async def test_order_that_is_told_as_another_is_unknown(change: Change) -> None:
    """Nobody takes an order for accepted that the answer does not describe."""
    with pytest.raises(OutcomeUnknown):
        await answered(Standing(), change)


async def test_unchanged_answer_is_taken() -> None:
    """The answer that the others are made from is a good one."""
    await answered(Standing(), lambda found: found)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda found: found, id="a new order's answer"),
        pytest.param(
            lambda found: found["data"]["order"].update({"replaces-order-id": 1}),
            id="another order's replacement",
        ),
    ],
)
async def test_replacement_under_another_name_names_what_it_replaces(change: Change) -> None:
    """The answer to another order of ours, with the same legs, counted as the replacement."""
    with pytest.raises(OutcomeUnknown):
        await answered(Standing(), change, replaces="257461")


async def test_replacement_under_an_older_name_is_taken() -> None:
    """Which of our ids it is answered with, no document says."""
    await answered(
        Standing(),
        lambda found: found["data"]["order"].update(
            {"replaces-order-id": 257461, "external-identifier": "bd1-an-older-name"}
        ),
        replaces="257461",
    )


async def test_replacement_by_itself_is_unknown() -> None:
    """The order that was to go is no new one."""
    with pytest.raises(OutcomeUnknown):
        await answered(
            Standing(),
            lambda found: found["data"]["order"].update({"replaces-order-id": 257460}),
            replaces="257460",
        )


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"quantity": "0.5"}, id="half a contract"),
        pytest.param({"quantity-direction": "Zero"}, id="three, neither long nor short"),
        pytest.param({"symbol": 5}, id="a number for a symbol"),
        pytest.param({"symbol": ""}, id="no symbol"),
    ],
)
def test_odd_position_is_unreadable(changes: dict[str, object]) -> None:
    """Nothing that is held is passed over."""
    with pytest.raises(Unreadable):
        holdings(listing(position(**changes)))


def test_one_contract_with_two_quantities_is_unreadable() -> None:
    """Which of them counts, nobody can tell."""
    with pytest.raises(Unreadable):
        holdings(listing(position(), position(quantity="4")))


def test_option_under_another_type_is_that_option() -> None:
    """It was kept under the broker's own spelling, which no position has."""
    odd = position(**{"instrument-type": "Equity"})

    assert (Holding(PUT_750, -3),) == holdings(listing(odd, odd))


async def test_list_that_lacks_some_is_unknown() -> None:
    """The number of pages was wrong, and orders of ours were on the others."""
    standing = Standing()
    body = {"data": {"items": []}, "pagination": {"total-pages": 1, "total-items": 3}}
    standing.gate.faults.plan(
        Fault(FaultKind.REFUSE, Call.ORDERS, status=200, body=json.dumps(body).encode())
    )

    with pytest.raises(OutcomeUnknown):
        await standing.broker.orders(standing.clock.now())


@pytest.mark.parametrize(
    "date",
    [
        pytest.param("Fri, 31 Dec 9999 23:59:59 -2359", id="after the end of time"),
        pytest.param("Fri, 31 Dec 9999 23:59:59 GMT", id="at the end of time"),
        pytest.param("Mon, 01 Jan 1600 00:00:00 GMT", id="long ago"),
    ],
)
async def test_date_at_the_end_of_time_is_no_date(date: str) -> None:
    """It was no instant any more in UTC, and ended the call with an error of Python's."""
    standing = Standing()
    body: dict[str, Any] = {"data": {"items": []}}
    standing.gate.faults.plan(
        Fault(
            FaultKind.REFUSE,
            Call.HOLDINGS,
            status=200,
            body=json.dumps(body).encode(),
            headers={"date": date},
        )
    )

    assert () == await standing.broker.holdings()
    assert {PUT_750, PUT_745} == {each.symbol for each in await standing.broker.holdings()}
