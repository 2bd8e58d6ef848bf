"""
CrossTrade over its WebSocket: calls and answers, told apart by ids.

    sent       {"action": "rpc", "id": ID, "api": NAME, "args": {...}}
    answered   {"id": ID, "data": {...}}, in any order, among pushes of other things

    no connection to be had            BrokerUnavailable: nothing was sent
    the handshake answers 401, 403     BrokerUnavailable (is_auth), after one reading of the key
    connection lost while waiting      OutcomeUnknown for every call that waits
    no answer in time                  OutcomeUnknown; the next call takes a new connection
    an answer without readable data    an answer that says nothing

A connection is made when somebody asks, and kept. After a second failure the next try waits
1 s, doubling to 30 s; who asks meanwhile hears of it at once. An id is never used again, on
whichever connection, so that no late answer is taken for another call's.

Sources: docs.crosstrade.io, "WebSocket API". The shape of an error's answer is not
documented; both envelopes of REST are understood inside `data`.
"""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from secrets import token_hex

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException

from botd.brokers.crosstrade.answers import Told, verdict_of
from botd.brokers.crosstrade.asks import Asked
from botd.brokers.crosstrade.words import Sense
from botd.brokers.transport.answer import Lane
from botd.brokers.transport.budget import RequestBudget, Turn
from botd.brokers.transport.credentials import Credentials
from botd.brokers.transport.fields import Unreadable, parse_json
from botd.brokers.transport.redaction import Redactor
from botd.brokers.transport.stream import Frame, Line
from botd.clock import Clock
from botd.errors import BrokerUnavailable, OutcomeUnknown

Dial = Callable[[str, Mapping[str, str]], AbstractAsyncContextManager[Line]]

_TURN = timedelta(seconds=2)
_CONNECT = timedelta(seconds=3)
_ANSWER = timedelta(seconds=6)
_FIRST_PAUSE = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(seconds=30)
_LARGEST = 1024 * 1024  # bytes of a frame
_SHOWN = 2_000
_LOST = (WebSocketException, OSError, EOFError, RuntimeError, ValueError)
_REFUSED = frozenset({401, 403})


class RpcLine:
    """The connection of one user, made anew when it is lost."""

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        budget: RequestBudget,
        credentials: Credentials,
        dial: Dial | None = None,
    ) -> None:
        """
        Connect to nothing yet.

        Args:
            url: ws or wss; certificates are verified.
            clock: the time.
            budget: shared with everything else that the same user sends.
            credentials: headers of the handshake.
            dial: opens a connection; None: a real one.
        """
        self._url = url
        self._clock = clock
        self._budget = budget
        self._credentials = credentials
        self._dial = dial or _dial
        self._ids = (f"{token_hex(6)}-{number}" for number in count(1))
        self._connecting = asyncio.Lock()
        self._current: _Connection | None = None
        self._all: set[_Connection] = set()
        self._not_before: datetime | None = None
        self._pause = timedelta(0)  # after the next failure

    async def ask(self, asked: Asked, lane: Lane) -> Told:
        """
        Send one call and wait for its answer.

        Raises:
            BrokerUnavailable: it was not sent, or is definitely not taken.
            OutcomeUnknown: it may have been taken.
        """
        connection = await self._connected()  # first: without one no token is spent
        turn = await self._turn(lane)
        try:
            told = await self._exchange(connection, asked)
        finally:
            self._budget.end(turn)
        verdict = verdict_of(told)
        if verdict is not None and verdict.sense is Sense.TOO_MANY:
            self._budget.hold(None)
        else:
            self._budget.resume()
        return told

    async def aclose(self) -> None:
        """Leave all connections for good."""
        for each in tuple(self._all):
            await each.aclose()

    async def _turn(self, lane: Lane) -> Turn:
        try:
            return await self._budget.take(lane, self._clock.now() + _TURN)
        except TimeoutError:
            failure = BrokerUnavailable("the request budget is spent")
        raise failure

    async def _connected(self) -> "_Connection":
        async with self._connecting:
            if self._current is not None and await self._current.is_good():
                return self._current
            now = self._clock.now()
            if self._not_before is not None and now < self._not_before:
                raise BrokerUnavailable(f"{self._url}: no connection; tried a moment ago")
            self._current = await self._opened()
            self._not_before, self._pause = None, timedelta(0)
            return self._current

    async def _opened(self) -> "_Connection":
        headers = await self._credentials.headers()
        try:
            try:
                return await self._try(headers)
            except InvalidStatus as error:
                if not _refuses_key(error) or not await self._credentials.renew(headers):
                    raise
                headers = await self._credentials.headers()
                return await self._try(headers)
        except (*_LOST, TimeoutError) as error:
            is_auth = isinstance(error, InvalidStatus) and _refuses_key(error)
            words = f"{type(error).__name__} {error}".strip()
        self._not_before = self._clock.now() + self._pause
        self._pause = min(max(self._pause * 2, _FIRST_PAUSE), _LONGEST_PAUSE)
        said = Redactor(headers.values()).text(f"{self._url}: {words}")[:_SHOWN]
        raise BrokerUnavailable(said, is_auth=is_auth)

    async def _try(self, headers: Mapping[str, str]) -> "_Connection":
        connection = _Connection(self._dial(self._url, headers), Redactor(headers.values()))
        self._all.add(connection)
        connection.task.add_done_callback(lambda _: self._all.discard(connection))
        try:
            await self._clock.within(connection.ready(), self._clock.now() + _CONNECT)
        except BaseException:
            await connection.aclose()
            raise
        return connection

    async def _exchange(self, connection: "_Connection", asked: Asked) -> Told:
        name = next(self._ids)
        frame = {"action": "rpc", "id": name, "api": asked.api, "args": dict(asked.args)}
        until = self._clock.now() + _ANSWER
        answer = connection.ask(name, json.dumps(frame, allow_nan=False))
        try:
            return await self._clock.within(answer, until)
        except TimeoutError:
            failure = OutcomeUnknown(f"{asked.api}: no answer in time")
        finally:
            connection.leave(name)
        connection.retire()
        raise failure


@dataclass(eq=False)
class _Connection:
    """One connection, with those who wait for an answer on it."""

    dialled: AbstractAsyncContextManager[Line]
    redactor: Redactor
    is_over: bool = False  # takes no new call
    _line: Line | None = None
    _pending: dict[str, asyncio.Future[Told]] = field(default_factory=dict)
    _opened: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.task = asyncio.create_task(self._keep())

    async def ready(self) -> None:
        """Return once it is open; raise why it is not."""
        opened = asyncio.create_task(self._opened.wait())
        try:
            await asyncio.wait({opened, self.task}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            opened.cancel()
        if not self._opened.is_set():
            self.task.result()

    async def is_good(self) -> bool:
        """Whether it takes a call; an end that has come by now is heard of first."""
        await asyncio.wait((self.task,), timeout=0)
        return not self.is_over

    async def ask(self, name: str, frame: str) -> Told:
        """Send a call under an id and wait for the answer to it."""
        if self._line is None or self.task.done():
            raise BrokerUnavailable("the connection was lost before the call left")
        answer: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        self._pending[name] = answer
        try:
            await self._line.send(frame)
        except _LOST as error:
            self.is_over = True
            failure = OutcomeUnknown(self.redactor.text(f"the connection was lost: {error}"))
        else:
            return await answer
        raise failure

    def leave(self, name: str) -> None:
        """Wait no longer for an answer; it is ignored if it comes."""
        waiting = self._pending.pop(name, None)
        if waiting is not None and not waiting.cancel() and not waiting.cancelled():
            waiting.exception()  # seen, so that nothing is said about it later
        self._end_if_idle()

    def retire(self) -> None:
        """Take no new call; go on for those who wait."""
        self.is_over = True
        self._end_if_idle()

    async def aclose(self) -> None:
        """Leave it."""
        self.is_over = True
        self.task.cancel()
        await asyncio.wait((self.task,))
        if not self.task.cancelled():
            self.task.exception()  # seen, so that nothing is said about it later

    def _end_if_idle(self) -> None:
        if self.is_over and not self._pending:
            self.task.cancel()

    async def _keep(self) -> None:
        """Hold the connection as long as it lasts; raise only what kept it from opening."""
        try:
            async with self.dialled as line:
                self._line = line
                self._opened.set()
                while True:
                    self._hear(await line.recv())
        except _LOST:
            if not self._opened.is_set():
                raise
        finally:
            self._end()

    def _hear(self, frame: Frame) -> None:
        """Give an answer to whoever waits for it; everything else is not for us."""
        raw = self.redactor.body(frame.encode() if isinstance(frame, str) else frame)
        try:
            found = parse_json(raw)
        except Unreadable:
            return
        if not isinstance(found, dict) or not isinstance(found.get("id"), str):
            return
        waiting = self._pending.get(found["id"])
        if waiting is not None and not waiting.done():
            words = raw[:_SHOWN].decode("utf-8", "replace")
            waiting.set_result(Told(found.get("data"), words))

    def _end(self) -> None:
        """Tell all who wait that nobody knows."""
        self.is_over, self._line = True, None
        for waiting in self._pending.values():
            if not waiting.done():
                waiting.set_exception(OutcomeUnknown("the connection was lost before the answer"))


@asynccontextmanager
async def _dial(url: str, headers: Mapping[str, str]) -> AsyncGenerator[Line, None]:
    # Its own logger would write the handshake, with the key in it, at level DEBUG.
    silent = logging.Logger("botd.rpc", level=logging.CRITICAL + 1)  # noqa: LOG001 - in no tree
    async with connect(
        url,
        additional_headers=headers,
        proxy=None,
        compression=None,
        max_size=_LARGEST,
        close_timeout=2,
        user_agent_header="botd/1",
        logger=silent,
    ) as line:
        yield line


def _refuses_key(error: InvalidStatus) -> bool:
    return error.response.status_code in _REFUSED
