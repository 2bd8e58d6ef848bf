"""A server that answers what it was told to, over either way, and writes down what it is asked."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from botd.brokers.crosstrade.access import CrosstradeAccess, Transport
from botd.brokers.crosstrade.adapter import CrosstradeBroker
from botd.brokers.port import Environment
from botd.brokers.transport.door import Carriers
from botd.clock import Clock
from botd.domain.contract import Leg
from botd.domain.instruments import parse_instrument
from botd.domain.orders import OrderIntent
from tests.brokers.paper.day import instant
from tests.servers.face import Frame

TOKEN = "a-token-of-a-test"  # noqa: S105 - opens nothing
NOW = instant("17:50", "2025-12-19")
Answer = tuple[int, str]


def intent(symbol: str, quantity: int, units: int) -> OrderIntent:
    """Close a number of units at the market."""
    return OrderIntent(
        client_order_id="bd1-a",
        position_id="p",
        account="Sim101",
        attempt_due_at=NOW,
        step=1,
        legs=(Leg(parse_instrument(symbol), quantity),),
        units=units,
        net_price=None,
        cap=None,
        give_up_at=NOW,
    )


def positions(*held: tuple[str, int], account: str = "Sim101") -> Answer:
    """Tell open positions: instrument and signed quantity."""
    rows = [
        {
            "type": "NinjaTrader.Cbi.Position",
            "account": account,
            "instrument": name,
            "instrumentType": "Future",
            "marketPosition": "Long" if quantity > 0 else "Short",
            "quantity": abs(quantity),
            "marketPrice": 5789.5,
        }
        for name, quantity in held
    ]
    return 200, json.dumps({"positions": rows, "count": len(rows), "success": True})


class Scripted:
    """Answers in the order of its script, whatever is asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.frames: list[dict[str, Any]] = []

    def broker(self, transport: Transport, clock: Clock) -> CrosstradeBroker:
        """Make an adapter before it."""
        access = CrosstradeAccess(
            url="https://app.crosstrade.io",
            stream_url="wss://app.crosstrade.io/ws/stream",
            environment=Environment.PAPER,
            token=lambda: TOKEN,
            transport=transport,
        )
        carrier = httpx.MockTransport(self._over_rest)
        carriers = Carriers(orders=carrier, reads=carrier)
        return CrosstradeBroker(access, clock, account="Sim101", carriers=carriers, dial=self._dial)

    @property
    def closed(self) -> list[dict[str, Any]]:
        """Give what closes were asked for, account and body together, whichever way."""
        found = [
            {"account": each.url.path.split("/")[4], **json.loads(each.content)}
            for each in self.requests
            if each.method == "POST"
        ]
        return found + [each["args"] for each in self.frames if each["api"] == "ClosePosition"]

    def _over_rest(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        status, body = self.answers.pop(0)
        return httpx.Response(status, content=body.encode())

    @asynccontextmanager
    async def _dial(
        self, url: str, headers: Mapping[str, str]
    ) -> AsyncGenerator["ScriptedLine", None]:
        assert url == "wss://app.crosstrade.io/ws/stream"
        assert headers == {"Authorization": f"Bearer {TOKEN}"}
        yield ScriptedLine(self._answered)

    def _answered(self, frame: dict[str, Any]) -> Sequence[str]:
        self.frames.append(frame)
        _, body = self.answers.pop(0)
        return (f'{{"id": "{frame["id"]}", "data": {body}}}',)


class ScriptedLine:
    """A connection whose far end answers each frame with frames."""

    def __init__(self, answer: Callable[[dict[str, Any]], Sequence[str]]) -> None:
        self._answer = answer
        self._frames: asyncio.Queue[str] = asyncio.Queue()

    async def send(self, frame: Frame) -> None:
        """Take a frame, and queue the answers to it."""
        for each in self._answer(json.loads(frame)):
            self._frames.put_nowait(each)

    async def recv(self) -> Frame:
        """Give the next one."""
        return await self._frames.get()
