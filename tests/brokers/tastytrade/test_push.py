import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from botd.brokers.tastytrade.push import account_stream
from botd.brokers.transport.credentials import BearerCredentials, Token
from botd.brokers.transport.stream import Frame, PushStream
from botd.clock import VirtualClock
from tests.brokers.tastytrade.standing import ACCOUNT
from tests.brokers.transport.virtual import pause, play

URL = "wss://streamer.invalid"
CONNECTED = '{"status": "ok", "action": "connect", "web-socket-session-id": "5b6e2799"}'
ORDER = '{"type": "Order", "data": {"id": 1, "status": "Live"}, "timestamp": 1688595114405}'


class Streamer:
    """The far end of an account stream: keeps what it hears, and says what a test says."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.lines: asyncio.Queue[Frame] = asyncio.Queue()

    async def send(self, frame: Frame) -> None:
        """Hear a frame of the client."""
        self.heard.append(json.loads(frame))

    async def recv(self) -> Frame:
        """Say the next thing."""
        return await self.lines.get()

    @asynccontextmanager
    async def dial(self, url: str) -> AsyncGenerator["Streamer", None]:
        """Take a connection."""
        assert URL == url
        yield self


def stream(clock: VirtualClock, streamer: Streamer) -> PushStream:
    issued = iter(range(1, 100))

    async def fetch() -> Token:
        return Token(f"token-{next(issued)}", clock.now() + timedelta(minutes=15))

    return account_stream(
        URL,
        clock,
        account=ACCOUNT,
        bearer=BearerCredentials(fetch, clock),
        dial=streamer.dial,
    )


def test_connects_first_and_then_beats() -> None:
    """Each message has a token that counts at its moment."""

    async def main(clock: VirtualClock) -> list[dict[str, Any]]:
        streamer = Streamer()
        pushed = stream(clock, streamer)
        waiting = asyncio.create_task(pushed.wait())
        await pause(clock, 14 * 60)
        waiting.cancel()
        await pushed.aclose()
        return streamer.heard

    heard = play(main)

    assert {"action": "connect", "value": [ACCOUNT], "auth-token": "Bearer token-1"} == heard[0]
    assert {"action": "heartbeat", "auth-token": "Bearer token-1"} == heard[1]
    assert {"heartbeat"} == {each["action"] for each in heard[1:]}
    assert 14 * 60 // 20 <= len(heard)
    assert {"action": "heartbeat", "auth-token": "Bearer token-2"} == heard[-1]


@pytest.mark.parametrize(
    ("frame", "is_news"),
    [
        pytest.param(ORDER, True, id="an order"),
        pytest.param(ORDER.encode(), True, id="an order in bytes"),
        pytest.param(CONNECTED, False, id="an answer"),
        pytest.param('{"type": "AccountBalance", "data": {}}', False, id="a balance"),
        pytest.param("not json", False, id="not JSON"),
        pytest.param("[]", False, id="no object"),
        pytest.param('{"type": {}}', False, id="an odd type"),
    ],
)
def test_only_orders_are_news(frame: Frame, is_news: bool) -> None:  # noqa: FBT001 - a row
    """Whatever else is said wakes nobody, and breaks nothing."""

    async def main(clock: VirtualClock) -> bool:
        streamer = Streamer()
        pushed = stream(clock, streamer)
        waiting = asyncio.create_task(pushed.wait())
        streamer.lines.put_nowait(frame)
        await pause(clock, 1)
        is_woken = waiting.done()
        waiting.cancel()
        await pushed.aclose()
        return is_woken

    assert is_news is play(main)
