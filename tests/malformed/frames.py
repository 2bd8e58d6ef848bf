"""
CrossTrade's WebSocket carried as requests, so that its frames are recorded and spoiled, too.

    a call        RPC /ws/stream/NAME with its arguments as the body
    an answer     the whole frame, with `NAME` where the id of the call belongs
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

import httpx
from websockets.exceptions import ConnectionClosedError

from tests.servers.face import FaceTransport, Frame, Request

METHOD = "RPC"
NAME = "name-of-the-call"
_HOME = "/ws/stream/"
_LARGEST = 1024 * 1024  # bytes; a client ends a connection on which a longer frame comes


class SocketFace(httpx.AsyncBaseTransport):
    """A face behind both of its ways."""

    def __init__(self, inner: FaceTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, or a call inside of one."""
        if request.method != METHOD:
            return await self._inner.handle_async_request(request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        api = request.url.path.removeprefix(_HOME)
        asked = Request(METHOD, api, (), headers, request.content)
        passage = await self._inner.gate.pass_through(asked, _at_once)
        assert passage.reply is not None
        data = json.loads(passage.reply.body)
        return httpx.Response(200, content=json.dumps({"id": NAME, "data": data}).encode())


class FrameDial:
    """Opens connections whose frames go over a carrier."""

    def __init__(self, carrier: httpx.AsyncBaseTransport) -> None:
        self._carrier = carrier

    def dial(self, _: str, headers: Mapping[str, str]) -> AbstractAsyncContextManager["FrameLine"]:
        """Open one."""
        return self._dialled(headers)

    @asynccontextmanager
    async def _dialled(self, headers: Mapping[str, str]) -> AsyncGenerator["FrameLine", None]:
        yield FrameLine(self._carrier, headers)


class FrameLine:
    """One connection."""

    def __init__(self, carrier: httpx.AsyncBaseTransport, headers: Mapping[str, str]) -> None:
        self._carrier = carrier
        self._headers = dict(headers)
        self._frames: asyncio.Queue[Frame | None] = asyncio.Queue()  # None: it is lost

    async def send(self, frame: Frame) -> None:
        """Take a call, and let its answer come."""
        asked = json.loads(frame)
        request = httpx.Request(
            METHOD,
            f"https://socket.invalid{_HOME}{asked['api']}",
            headers=self._headers,
            content=json.dumps(asked["args"]).encode(),
        )
        try:
            response = await self._carrier.handle_async_request(request)
            body = await _whole(response)
        except httpx.ReadTimeout:
            return
        except httpx.RequestError:
            body = None
        if body is not None:
            body = body.replace(NAME.encode(), str(asked["id"]).encode(), 1)
        self._frames.put_nowait(None if body is None else _frame(body))

    async def recv(self) -> Frame:
        """Wait for the next frame."""
        frame = await self._frames.get()
        if frame is None:
            raise ConnectionClosedError(None, None)
        return frame


async def _at_once(_: timedelta) -> None:
    """Let no time pass: nothing is late in a recording."""


async def _whole(response: httpx.Response) -> bytes | None:
    """Read a frame; None: it is too long."""
    body = b""
    assert isinstance(response.stream, httpx.AsyncByteStream)
    async for chunk in response.stream:
        body += chunk
        if len(body) > _LARGEST:
            return None
    return body


def _frame(body: bytes) -> Frame:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body
