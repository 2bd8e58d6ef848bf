"""CrossTrade's WebSocket in process: every RPC passes a gate, and meets its faults there."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.http11 import Response

from botd.clock import Clock
from tests.servers.crosstrade import CrosstradeFace
from tests.servers.face import Frame, Gate, Loss, Passage

_SILENCE = timedelta(seconds=5)  # then the connection is lost: a clock that stands ends no wait


class SocketDial:
    """The far end of a WebSocket. `dial` opens a connection, unless nobody is there."""

    def __init__(self, gate: Gate, clock: Clock) -> None:
        assert isinstance(gate.face, CrosstradeFace)
        self.gate = gate
        self.face = gate.face
        self.is_away = False
        self.dialled = 0
        self._clock = clock
        self._lines: list[SocketLine] = []

    def dial(
        self, url: str, headers: Mapping[str, str]
    ) -> AbstractAsyncContextManager["SocketLine"]:
        """Open a connection."""
        assert url.endswith("/ws/stream")
        return self._dialled(headers)

    def drop(self) -> None:
        """End every connection."""
        for line in self._lines:
            line.drop()

    @asynccontextmanager
    async def _dialled(self, headers: Mapping[str, str]) -> AsyncGenerator["SocketLine", None]:
        self.dialled += 1
        if self.is_away:
            raise OSError("connection refused")
        if headers.get("Authorization") != f"Bearer {self.face.token}":
            raise InvalidStatus(Response(401, "Unauthorized", Headers()))
        line = SocketLine(self.gate, self.face, self._clock, headers)
        self._lines.append(line)
        try:
            yield line
        finally:
            self._lines.remove(line)


class SocketLine:
    """One connection."""

    def __init__(
        self, gate: Gate, face: CrosstradeFace, clock: Clock, headers: Mapping[str, str]
    ) -> None:
        self._gate = gate
        self._face = face
        self._clock = clock
        self._headers = {name.lower(): value for name, value in headers.items()}
        self._frames: asyncio.Queue[Frame | None] = asyncio.Queue()  # None: it is lost
        self._is_lost = False

    async def send(self, frame: Frame) -> None:
        """Take one frame of the client, and do what it asks."""
        if self._is_lost:
            raise ConnectionClosedError(None, None)
        asked: dict[str, Any] = json.loads(frame)
        assert asked["action"] == "rpc"
        request = replace(self._face.rpc(frame), headers=self._headers)
        passage = await self._gate.pass_through(request, self._wait)
        if passage.loss is Loss.SILENCE:
            await self._wait(_SILENCE)
        await self._wait(passage.wait)
        if passage.loss is not None or passage.reply is None:
            self.drop()
        else:
            self._frames.put_nowait(json.dumps({"id": asked["id"], "data": _data(passage)}))

    async def recv(self) -> Frame:
        """Wait for the next frame of the server."""
        frame = await self._frames.get()
        if frame is None:
            raise ConnectionClosedError(None, None)
        return frame

    def drop(self) -> None:
        """Lose it."""
        self._is_lost = True
        self._frames.put_nowait(None)

    async def _wait(self, duration: timedelta) -> None:
        await self._clock.sleep_until(self._clock.now() + duration)


def _data(passage: Passage) -> object:
    """Give what an answer's body is inside `data`; what is no JSON is nothing."""
    try:
        return json.loads(passage.reply.body) if passage.reply else None
    except ValueError:
        return None
