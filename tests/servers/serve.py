"""
A face on a socket of the loopback interface, HTTP and WebSocket, for processes under test.

    GET  /_control/state    what the exchange holds, and counters, as JSON
    GET  /_control/visits   every request that came
    POST /_control/do       a command, or a list of them (`tests.servers.serve_control`)

What is asked of `_control` is neither counted nor befallen by faults; it is also answered
on a port of its own, while the other is deaf. On a socket a `cut_off` is a connection
that is taken and dropped; `deaf` takes none at all.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from urllib.parse import parse_qsl

from aiohttp import WSMsgType, web

from botd.clock import Clock
from tests.servers.face import Frame, Gate, Loss, PushSession, Request
from tests.servers.orders import ExchangeOrder
from tests.servers.serve_control import Control

HOST = "127.0.0.1"
_LARGEST = 4 * 1024 * 1024
_TICK = timedelta(seconds=0.2)
_SILENCE = timedelta(seconds=60)
_BAD_REQUEST = 400


class Server:
    """One gate on one port, from `start` to `stop`."""

    def __init__(self, gate: Gate, clock: Clock, *, port: int = 0) -> None:
        """
        Bind nothing yet.

        Args:
            gate: the face, and what befalls it.
            clock: the exchange's time.
            port: 0 chooses a free one.
        """
        self.control = Control(gate)
        self.port = port
        self.control_port = 0
        self._gate = gate
        self._clock = clock
        self._streams: dict[web.WebSocketResponse, PushSession] = {}
        self._frames: asyncio.Queue[tuple[web.WebSocketResponse, Frame]] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://{HOST}:{self.port}"

    @property
    def control_url(self) -> str:
        """Where it is controlled, also while it is deaf."""
        return f"http://{HOST}:{self.control_port}/_control"

    async def start(self) -> None:
        """Listen; the port is known afterwards."""
        app = web.Application(client_max_size=_LARGEST)
        app.router.add_get("/_control/state", self._tell_state)
        app.router.add_get("/_control/visits", self._tell_visits)
        app.router.add_post("/_control/do", self._do)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, 0).start()
        self.control_port = self._runner.addresses[0][1]
        await self._listen()
        self._gate.face.exchange.listeners.append(self._tell)
        self._tasks = [
            asyncio.create_task(self._tick()),
            asyncio.create_task(self._send()),
        ]

    async def stop(self) -> None:
        """Let go of the port, of streams and of waiting requests."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._gate.face.exchange.listeners.remove(self._tell)
        await self._close_streams()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _listen(self) -> None:
        if self._runner is None:
            raise RuntimeError("the server has not been started")
        self._site = web.TCPSite(self._runner, HOST, self.port, reuse_address=True)
        await self._site.start()
        ports = {address[1] for address in self._runner.addresses}
        (self.port,) = ports - {self.control_port}

    async def _tick(self) -> None:
        """Let time bring about what is due, whether anybody asks or not."""
        while True:
            now = self._clock.now()
            self.control.advance()
            if self.control.away_until > now:
                await self._close_streams()
            is_deaf = self.control.deaf_until > now
            if is_deaf and self._site is not None:
                await self._site.stop()
                self._site = None
            elif not is_deaf and self._site is None:
                await self._listen()
            await self._clock.sleep_until(now + _TICK)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.control.advance()
        if self.control.deaf_until > self._clock.now():
            return _dropped(request)
        if request.headers.get("upgrade", "").lower() == "websocket":
            return await self._stream(request)
        passage = await self._gate.pass_through(await _read(request), self._wait)
        if passage.loss is Loss.SILENCE:
            await self._wait(_SILENCE)
        if passage.loss is not None or passage.reply is None:
            return _dropped(request)
        await self._wait(passage.wait)
        reply = passage.reply
        return web.Response(status=reply.status, body=reply.body, headers=dict(reply.headers))

    async def _wait(self, duration: timedelta) -> None:
        await self._clock.sleep_until(self._clock.now() + duration)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        session = self._gate.face.push(request.path)
        if session is None or self.control.away_until > self._clock.now():
            return web.Response(status=404)
        socket = web.WebSocketResponse(heartbeat=None)
        await socket.prepare(request)
        self._streams[socket] = session
        try:
            async for message in socket:
                if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    self._queue(socket, session.hear(message.data))
        finally:
            self._streams.pop(socket, None)
        return socket

    def _tell(self, event: str, order: ExchangeOrder) -> None:
        """Give an event to every stream; the frames leave in their order."""
        for socket, session in self._streams.items():
            self._queue(socket, session.tell(event, order))

    def _queue(self, socket: web.WebSocketResponse, frames: Sequence[Frame]) -> None:
        for frame in frames:
            self._frames.put_nowait((socket, frame))

    async def _send(self) -> None:
        while True:
            socket, frame = await self._frames.get()
            if socket.closed:
                continue
            try:
                if isinstance(frame, str):
                    await socket.send_str(frame)
                else:
                    await socket.send_bytes(frame)
            except ConnectionError:
                self._streams.pop(socket, None)

    async def _close_streams(self) -> None:
        for socket in tuple(self._streams):
            await socket.close()

    async def _tell_state(self, _: web.Request) -> web.Response:
        self.control.advance()
        return web.json_response(self.control.state() | {"streams": len(self._streams)})

    async def _tell_visits(self, _: web.Request) -> web.Response:
        return web.json_response(self.control.visits())

    async def _do(self, request: web.Request) -> web.Response:
        try:
            found = json.loads(await request.read())
            commands = found if isinstance(found, list) else [found]
            self.control.advance()
            self.control.take(*commands)
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=_BAD_REQUEST)
        return web.json_response({"done": len(commands)})


def _dropped(request: web.Request) -> web.Response:
    """End the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _read(request: web.Request) -> Request:
    return Request(
        method=request.method,
        path=request.path,
        query=tuple(parse_qsl(request.query_string, keep_blank_values=True)),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=await request.read(),
        host=request.host,
    )


async def serve(
    server: Server,
    clock: Clock,
    *,
    lifetime: timedelta,
    is_wanted: Callable[[], bool],
    ready: Callable[[int, int], None],
) -> None:
    """Serve until *lifetime* has passed on the clock, or nobody wants it any more."""
    await server.start()
    try:
        ready(server.port, server.control_port)
        ends_at = clock.now() + lifetime
        while clock.now() < ends_at and is_wanted():
            await clock.sleep_until(min(ends_at, clock.now() + timedelta(seconds=1)))
    finally:
        await server.stop()
