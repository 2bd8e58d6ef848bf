"""
A broker's push: a wake-up, and no more than that.

    nobody waits yet      no connection
    connected             the opening frames are sent; from then on each frame is looked at
    news                  wakes who waits; news while nobody waits wakes the next at once
    connected again       counts as news, because some may have been missed
    anything odd          the connection is left, and tried again after 1 s, doubling to 30 s

No failure of it reaches who waits: polling goes on without it and is the truth.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from botd.clock import Clock
from botd.errors import BotdError

Frame = str | bytes
_FIRST_PAUSE = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(seconds=30)
_HEALTHY = timedelta(seconds=30)  # connected for so long, the next pause begins small
_LARGEST = 1024 * 1024  # bytes of a frame
_UNREAD = (ValueError, LookupError, TypeError, AttributeError)  # a frame of another shape
_ODD = (BotdError, WebSocketException, OSError, EOFError, RuntimeError, *_UNREAD)


class Line(Protocol):
    """One open connection that carries frames both ways."""

    async def send(self, frame: Frame) -> None:
        """Send one frame."""
        ...

    async def recv(self) -> Frame:
        """Wait for the next frame."""
        ...


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A frame that the server wants to see from time to time."""

    every: timedelta
    frame: Callable[[], Awaitable[Frame]]  # may hold a token of the moment


async def _nothing() -> Sequence[Frame]:
    return ()


class PushStream:
    """One WebSocket, kept open from the first `wait` until `aclose`."""

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        is_news: Callable[[Frame], bool],
        opening: Callable[[], Awaitable[Sequence[Frame]]] = _nothing,
        heartbeat: Heartbeat | None = None,
        dial: Callable[[str], AbstractAsyncContextManager[Line]] | None = None,
    ) -> None:
        """
        Connect to nothing yet.

        Args:
            url: ws or wss; certificates are verified.
            clock: the time.
            is_news: whether a frame tells that something about an order changed; a frame
                that it cannot read is none.
            opening: makes the frames of each connection, asked anew for each; may ask the
                broker for a session first, and raise `BrokerError` in vain.
            heartbeat: what the server wants to see.
            dial: opens a connection; None: a real one.
        """
        self._url = url
        self._clock = clock
        self._is_news = is_news
        self._opening = opening
        self._heartbeat = heartbeat
        self._dial = dial or _dial
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._was_connected = False

    async def wait(self) -> None:
        """Return at the next news; one waits at a time."""
        if self._task is None:
            self._task = asyncio.create_task(self._keep())
        await self._news.wait()
        self._news.clear()

    async def aclose(self) -> None:
        """Leave the connection for good."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))

    async def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            began_at = self._clock.now()
            await self._listen()
            if self._clock.now() - began_at >= _HEALTHY:
                pause = _FIRST_PAUSE
            await self._clock.sleep_until(self._clock.now() + pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _listen(self) -> None:
        """Hold one connection as long as it lasts."""
        try:
            async with self._dial(self._url) as line, asyncio.TaskGroup() as group:
                for frame in await self._opening():
                    await line.send(frame)
                if self._was_connected:
                    self._news.set()
                self._was_connected = True
                if self._heartbeat is not None:
                    group.create_task(self._beat(line, self._heartbeat))
                await self._hear(line)
        except* _ODD:
            pass  # polling goes on

    async def _hear(self, line: Line) -> None:
        while True:
            frame = await line.recv()
            try:
                is_news = self._is_news(frame)
            except _UNREAD:
                continue
            if is_news:
                self._news.set()

    async def _beat(self, line: Line, heartbeat: Heartbeat) -> None:
        while True:
            await self._clock.sleep_until(self._clock.now() + heartbeat.every)
            await line.send(await heartbeat.frame())


@asynccontextmanager
async def _dial(url: str) -> AsyncGenerator[Line, None]:
    # Its own logger would write opening frames, with keys in them, at level DEBUG.
    silent = logging.Logger("botd.stream", level=logging.CRITICAL + 1)  # noqa: LOG001 - in no tree
    async with connect(
        url,
        proxy=None,
        compression=None,
        max_size=_LARGEST,
        close_timeout=2,
        user_agent_header="botd/1",
        logger=silent,
    ) as line:
        yield line
