"""The event stream wakes whoever waits, and tells no more."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from botd.brokers.port import Environment
from botd.brokers.tradier.adapter import TradierAccess, TradierBroker
from botd.brokers.transport.door import Carriers
from botd.brokers.transport.stream import Frame
from tests.contract.stand import SHORT_PUT, order
from tests.contract.tradier_stand import ACCOUNT, TradierStand
from tests.servers.face import FaceTransport
from tests.servers.orders import ExchangeOrder
from tests.servers.tradier import STREAM, TOKEN, TradierFace


class FaceLine:
    """One WebSocket to the face, without a socket."""

    def __init__(self, face: TradierFace) -> None:
        session = face.push(STREAM)
        assert session is not None
        self._session = session
        self._frames: asyncio.Queue[Frame] = asyncio.Queue()
        self.sent: list[Frame] = []
        self.idle = asyncio.Event()  # everything so far has been looked at
        face.exchange.listeners.append(self._tell)

    async def send(self, frame: Frame) -> None:
        self.sent.append(frame)
        for each in self._session.hear(frame):
            self._frames.put_nowait(each)

    async def recv(self) -> Frame:
        if self._frames.empty():
            self.idle.set()
        return await self._frames.get()

    def push(self, frame: Frame) -> None:
        """Let the server say something."""
        self.idle.clear()
        self._frames.put_nowait(frame)

    def _tell(self, event: str, found: ExchangeOrder) -> None:
        for each in self._session.tell(event, found):
            self._frames.put_nowait(each)


class Listening:
    """An adapter that waits on the face's stream."""

    def __init__(self, folder: Path) -> None:
        self.stand = TradierStand(folder)
        self.urls: list[str] = []
        face = self.stand.gate.face
        assert isinstance(face, TradierFace)
        self.face = face
        self.line = FaceLine(face)
        carrier = FaceTransport(self.stand.gate, self.stand.clock)
        access = TradierAccess(
            "https://tradier.invalid/v1",
            Environment.PAPER,
            lambda: TOKEN,
            f"wss://tradier.invalid{STREAM}",
        )
        self.broker = TradierBroker(
            access,
            self.stand.clock,
            account=ACCOUNT,
            carriers=Carriers(carrier, carrier),
            dial=self._dial,
        )

    @asynccontextmanager
    async def _dial(self, url: str) -> AsyncIterator[FaceLine]:
        self.urls.append(url)
        yield self.line


@pytest.fixture
async def listening(tmp_path: Path) -> AsyncIterator[Listening]:
    made = Listening(tmp_path)
    yield made
    await made.broker.aclose()


async def test_order_event_wakes(listening: Listening) -> None:
    """A session is made, named in the opening words, and an order's event wakes."""
    listening.stand.hold({SHORT_PUT: -1})
    waiter = asyncio.ensure_future(listening.broker.pushed())
    await listening.line.idle.wait()
    was_woken_early = waiter.done()

    await listening.broker.submit(order(listening.stand, "bd1-a", ((SHORT_PUT, 1),), "-0.50"))
    await waiter

    (opening,) = listening.line.sent
    assert not was_woken_early
    assert [f"wss://tradier.invalid{STREAM}"] == listening.urls
    assert {
        "events": ["order"],
        "sessionid": listening.face.sessions[0],
        "excludeAccounts": [],
    } == json.loads(opening)


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param('{"event": "heartbeat", "status": "active"}', id="a heartbeat"),
        pytest.param('{"event": "order", "account": "VA000002"}', id="another account"),
        pytest.param("<html>", id="no JSON"),
        pytest.param("[1]", id="a list"),
        pytest.param('{"event": 5, "account": []}', id="odd fields"),
    ],
)
async def test_other_words_wake_nobody(listening: Listening, frame: str) -> None:
    """Only an order of this account is news."""
    waiter = asyncio.ensure_future(listening.broker.pushed())
    await listening.line.idle.wait()

    listening.line.push(frame)
    await listening.line.idle.wait()
    was_woken = waiter.done()
    listening.line.push(json.dumps({"event": "order", "account": ACCOUNT}))
    await waiter

    assert not was_woken


async def test_without_a_stream_nobody_is_woken(tmp_path: Path) -> None:
    """Where no stream is configured, a wait has no end."""
    stand = TradierStand(tmp_path)
    waiter = asyncio.ensure_future(stand.broker.pushed())

    done, _ = await asyncio.wait([waiter], timeout=0)

    waiter.cancel()
    assert set() == done
    assert 0 == stand.gate.requests
