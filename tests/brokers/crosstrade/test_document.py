"""
The document of "POST Close Position", replayed: every request and reply that it shows.

The replies are the document's, byte for byte; of the requests, the token is another, and
so is the id of the WebSocket's frame, which is of the caller's choosing.
"""

import json

import pytest

from botd.brokers.crosstrade.access import Transport
from botd.brokers.crosstrade.adapter import CrosstradeBroker
from botd.domain.orders import ReportState
from botd.errors import OrderRefused, Refusal, RefusalReason
from tests.brokers.crosstrade.scripted import NOW, TOKEN, Scripted, intent, positions
from tests.brokers.paper.day import HandClock

BOTH = pytest.mark.parametrize("transport", Transport, ids=lambda each: each.value)
DONE = """{
    "closedPositions": [
        {
            "type": "NinjaTrader.Cbi.Position",
            "account": "Sim101",
            "instrument": "ES 12-25",
            "instrumentType": "Future",
            "marketPosition": "Long",
            "quantity": 4,
            "averagePrice": 5779.8125,
            "marketPrice": 5797.0,
            "unrealizedProfitLoss": 3437.5
        }
    ],
    "success": true
}"""
REFUSED = """{
    "error": "No positions found for instrument 'ES 12-24'"
}"""
FRAME = """{
  "action": "rpc",
  "id": "my-request-id",
  "api": "ClosePosition",
  "args": {
    "account": "Sim101",
    "instrument": "ES 09-26"
  }
}"""
BODY = {"instrument": "MES 12-25", "quantity": 4}


def before(script: Scripted, transport: Transport) -> CrosstradeBroker:
    return script.broker(transport, HandClock(NOW))


async def test_request_of_the_python_example() -> None:
    """The same method, address, headers and body, where 4 of more are closed."""
    after = DONE.replace("ES 12-25", "MES 12-25")
    script = Scripted(positions(("MES 12-25", 9)), (200, after), positions(("MES 12-25", 5)))

    await before(script, Transport.REST).submit(intent("future:MES 12-25", -1, 4))

    request = script.requests[1]
    assert "POST" == request.method
    assert "https://app.crosstrade.io/v1/api/accounts/Sim101/positions/close" == str(request.url)
    assert f"Bearer {TOKEN}" == request.headers["authorization"]
    assert "application/json" == request.headers["content-type"]
    assert BODY == json.loads(request.content)


async def test_percent_of_the_python_example_is_not_sent() -> None:
    """It stands there as a comment: a share of what remains is no count of contracts."""
    after = DONE.replace("ES 12-25", "MES 12-25")
    script = Scripted(positions(("MES 12-25", 8)), (200, after), positions(("MES 12-25", 6)))

    await before(script, Transport.REST).submit(intent("future:MES 12-25", -2, 1))

    assert [{"account": "Sim101", "instrument": "MES 12-25", "quantity": 2}] == script.closed


@BOTH
async def test_reply_200(transport: Transport) -> None:
    """All four long contracts are closed; at what price is not told."""
    script = Scripted(positions(("ES 12-25", 4)), (200, DONE), positions())

    report = await before(script, transport).submit(intent("future:ES 12-25", -1, 4))

    assert [{"account": "Sim101", "instrument": "ES 12-25"}] == script.closed
    assert (ReportState.FILLED, 4, ()) == (report.state, report.filled_units, report.fills)
    assert report.net_price is None


@BOTH
async def test_reply_400(transport: Transport) -> None:
    """What was held a moment ago is gone: the refusal that every broker has, in its own words."""
    script = Scripted(positions(("ES 12-24", 4)), (400, REFUSED))

    with pytest.raises(OrderRefused) as caught:
        await before(script, transport).submit(intent("future:ES 12-24", -1, 4))

    words = "No positions found for instrument 'ES 12-24'"
    status = 400 if transport is Transport.REST else None
    expected = Refusal(RefusalReason.POSITION_GONE, words, None, status)
    assert expected == caught.value.refusal


async def test_frame_of_the_websocket() -> None:
    """The same action, name and arguments, where all that is held is closed."""
    after = DONE.replace("ES 12-25", "ES 09-26")
    script = Scripted(positions(("ES 09-26", -3)), (200, after), positions())

    await before(script, Transport.WEBSOCKET).submit(intent("future:ES 09-26", 1, 3))

    frame = script.frames[1]
    assert json.loads(FRAME) | {"id": frame["id"]} == frame
    assert isinstance(frame["id"], str)
