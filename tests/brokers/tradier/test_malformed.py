"""Answers that were spoiled at random, and once did harm."""

from typing import Any

import pytest

from botd.brokers.tradier.wire import holdings_of
from botd.brokers.tradier.wire_reports import reports_of
from botd.brokers.transport.fields import Unreadable
from botd.domain.orders import Holding
from botd.errors import OutcomeUnknown
from tests.brokers.tradier.answers import LONG, NAME, SHORT, answer, fields, intent, single
from tests.contract.server_stand import ServerStand
from tests.contract.tradier_stand import TradierStand
from tests.servers.face import Reply
from tests.servers.faults import Call, Fault, FaultKind


def package(**changes: object) -> dict[str, Any]:
    """Write an order of two legs."""
    legs = [
        {**single(option_symbol=SHORT), "id": 1, "tag": None},
        {**single(option_symbol=LONG, side="sell_to_close"), "id": 2, "tag": None},
    ]
    return {**single(type="debit"), "class": "multileg", "leg": legs, **changes}


def position(**changes: object) -> dict[str, Any]:
    """Write a short position."""
    return {"id": 1, "symbol": SHORT, "quantity": -3.0, "cost_basis": -1.0, **changes}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"quantity": -2.0}, id="a quantity below zero"),
        pytest.param({"quantity": 0.0}, id="no quantity"),
        pytest.param({"exec_quantity": -1.0}, id="less than nothing filled"),
        pytest.param({"exec_quantity": 3.0}, id="more filled than ordered"),
        pytest.param({"status": "filled", "exec_quantity": 1.0}, id="filled, and half is not"),
        pytest.param({"option_symbol": None}, id="an option without its symbol"),
        pytest.param({"class": "-option"}, id="a class that nobody knows"),
        pytest.param({"class": "oco", "leg": {}}, id="a group, which we never send"),
        pytest.param({"id": "no id of theirs"}, id="words for an id"),
        pytest.param({"id": None}, id="no id"),
    ],
)
def test_odd_order_of_ours_is_unreadable(changes: dict[str, object]) -> None:
    """Nothing of ours is passed over, or told as something else."""
    with pytest.raises(Unreadable):
        reports_of([fields(single(**changes))])


def test_package_of_another_class_is_not_told_leg_by_leg() -> None:
    """Its legs have no tag, so that they looked like orders of somebody else."""
    with pytest.raises(Unreadable):
        reports_of([fields(package(**{"class": "-multileg"}))])

    [report] = reports_of([fields(package())])
    assert NAME == report.client_order_id


@pytest.mark.parametrize("tag", [[NAME], {"0": NAME}, True])
def test_odd_order_with_an_odd_tag_may_be_ours(tag: object) -> None:
    """An order is only passed over where its tag says that it is somebody else's."""
    with pytest.raises(Unreadable):
        reports_of([fields(single(tag=tag, status=None))])


def test_tag_of_digits_is_somebody_elses() -> None:
    """JSON that was XML writes it as a number."""
    assert () == reports_of([fields(single(tag=12, status=None))])


@pytest.mark.parametrize(
    "found",
    [
        pytest.param("", id="an empty text for the list"),
        pytest.param({"position": ""}, id="an empty text inside"),
        pytest.param({"position": [position(symbol=5)]}, id="a number for a symbol"),
        pytest.param({"position": [position(), position(quantity=-4.0)]}, id="two quantities"),
    ],
)
def test_odd_list_of_positions_is_unreadable(found: object) -> None:
    """Nothing that is held is passed over."""
    with pytest.raises(Unreadable):
        holdings_of(fields({"positions": found}))


def test_position_that_is_listed_twice_is_one() -> None:
    """The same words twice are no second position."""
    found = {"positions": {"position": [position(), position()]}}

    assert (Holding(SHORT, -3),) == holdings_of(fields(found))


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(b"<html><body>Request unsuccessful</body></html>", id="somebody's page"),
        pytest.param(answer({"order": {"id": 1, "status": "ok"}}).body, id="an order"),
        pytest.param(b"", id="nothing"),
    ],
)
async def test_no_of_somebody_between_is_unknown(stand: ServerStand, words: bytes) -> None:
    """A 4xx with any other body than the broker's ended an attempt as refused."""
    stand.gate.faults.plan(Fault(FaultKind.REFUSE, Call.SUBMIT, status=403, body=words))

    with pytest.raises(OutcomeUnknown):
        await stand.broker.submit(intent((SHORT, 1), net_price="-1.05"))


async def test_date_at_the_end_of_time_is_no_date(stand: ServerStand) -> None:
    """It was no instant any more in UTC, and ended the call with an error of Python's."""
    headers = {"date": "Fri, 31 Dec 9999 23:59:59 -2359"}
    body = answer({"order": {"id": 257459, "status": "ok"}}).body
    reply = Reply(200, body, headers)
    stand.gate.faults.plan(
        Fault(
            FaultKind.REFUSE, Call.SUBMIT, status=200, body=reply.body, headers=dict(reply.headers)
        )
    )

    report = await stand.broker.submit(intent((SHORT, 1), net_price="-1.05"))

    assert stand.now() == report.submitted_at


@pytest.fixture
def stand(tmp_path: Any) -> ServerStand:  # noqa: ANN401 - a path
    return TradierStand(tmp_path)
