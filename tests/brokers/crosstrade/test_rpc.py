"""The WebSocket in virtual time: answers find their calls, and no lost one is taken for done."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.http11 import Response

from botd.brokers.crosstrade import asks
from botd.brokers.crosstrade.answers import Told
from botd.brokers.crosstrade.rpc import RpcLine
from botd.brokers.transport.answer import Lane
from botd.brokers.transport.bucket import Burst
from botd.brokers.transport.budget import RequestBudget
from botd.brokers.transport.credentials import StaticCredentials
from botd.brokers.transport.stream import Line
from botd.clock import VirtualClock
from botd.errors import BrokerError, BrokerUnavailable, OutcomeUnknown
from tests.brokers.transport.virtual import START, at, pause, play
from tests.servers.face import Frame

URL = "wss://app.crosstrade.invalid/ws/stream"
POSITIONS = asks.positions()
LOST = ConnectionClosedError(None, None)
Reply = tuple[float, str | Exception]  # seconds after the call, and what comes
Behaviour = Callable[[dict[str, Any]], list[Reply]]


def told(asked: dict[str, Any], data: object = None, **said: object) -> str:
    """Word the answer to a call."""
    return json.dumps(
        {"id": asked["id"], "data": {"success": True} if data is None else data} | said
    )


def prompt(asked: dict[str, Any]) -> list[Reply]:
    return [(0.1, told(asked))]


def silent(_: dict[str, Any]) -> list[Reply]:
    return []


@dataclass
class Server:
    """A far end: each connection behaves as its script says; an error keeps it from opening."""

    clock: VirtualClock
    scripts: list[Behaviour | Exception]
    keys: list[str] = field(default_factory=list)
    dialled_at: list[datetime] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    n_open: int = 0

    def dial(self, url: str, headers: Mapping[str, str]) -> AbstractAsyncContextManager[Line]:
        assert url == URL
        self.keys.append(headers["Authorization"])
        return self._dialled()

    @asynccontextmanager
    async def _dialled(self) -> AsyncGenerator[Line, None]:
        self.dialled_at.append(self.clock.now())
        script = self.scripts.pop(0) if self.scripts else prompt
        if isinstance(script, Exception):
            raise script
        self.n_open += 1
        try:
            yield End(self, script)
        finally:
            self.n_open -= 1


class End:
    """One connection of it."""

    def __init__(self, server: Server, behaviour: Behaviour) -> None:
        self._server = server
        self._behaviour = behaviour
        self._coming: asyncio.Queue[str | Exception] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()

    async def send(self, frame: Frame) -> None:
        asked = json.loads(frame)
        self._server.asked.append(asked)
        for after, answer in self._behaviour(asked):
            task = asyncio.create_task(self._come(after, answer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def recv(self) -> Frame:
        found = await self._coming.get()
        if isinstance(found, Exception):
            raise found
        return found

    async def _come(self, after: float, answer: str | Exception) -> None:
        await pause(self._server.clock, after)
        self._coming.put_nowait(answer)


def line_of(server: Server, *, key: Callable[[], str] = lambda: "the-first-key") -> RpcLine:
    return RpcLine(
        URL,
        server.clock,
        budget=RequestBudget(server.clock, per_minute=180, burst=Burst(20, 3)),
        credentials=StaticCredentials(lambda: {"Authorization": f"Bearer {key()}"}),
        dial=server.dial,
    )


def served(
    *scripts: Behaviour | Exception,
    work: Callable[[RpcLine, Server], Awaitable[Any]],
) -> tuple[Any, Server]:
    """Let *work* use a line before a server; afterwards no connection is left open."""

    async def main(clock: VirtualClock) -> tuple[Any, Server]:
        server = Server(clock, list(scripts))
        line = line_of(server)
        try:
            return await work(line, server), server
        finally:
            await line.aclose()
            assert 0 == server.n_open

    return play(main)


async def outcome(line: RpcLine, lane: Lane = Lane.READ) -> Told | BrokerError:
    """Ask once; give the answer, or what was raised."""
    try:
        return await line.ask(POSITIONS, lane)
    except BrokerError as error:
        return error


def test_one_connection_for_many_calls() -> None:
    """It is made by the first call, and kept; every call has an id of its own."""

    async def work(line: RpcLine, _: Server) -> list[Told | BrokerError]:
        return [await outcome(line) for _ in range(3)]

    found, server = served(work=work)

    assert all(isinstance(each, Told) and each.body == {"success": True} for each in found)
    assert [START] == server.dialled_at
    assert ["Bearer the-first-key"] == server.keys
    assert 3 == len({each["id"] for each in server.asked})
    assert {"rpc"} == {each["action"] for each in server.asked}


def test_nobody_asks_nobody_connects() -> None:
    """A line that was made and closed never dialled."""

    async def work(_: RpcLine, server: Server) -> None:
        await pause(server.clock, 60)

    assert [] == served(work=work)[1].dialled_at


def test_answers_in_any_order_find_their_calls() -> None:
    """Among pushes, answers to nobody, and frames that nobody can read."""

    def backwards(asked: dict[str, Any]) -> list[Reply]:
        number = int(asked["id"].rpartition("-")[2])
        noise = [
            '{"type": "marketData", "quotes": []}',
            '{"type": "pnlUpdate", "epoch": 1, "accounts": []}',
            '{"id": "somebody-else", "data": {"success": true, "of": "x"}}',
            '{"id": 7, "data": {}}',
            "[]",
            "<html>",
        ]
        answer = told(asked, {"success": True, "of": asked["id"]})
        return [*((0.01, each) for each in noise), (1 / number, answer)]

    async def work(line: RpcLine, _: Server) -> list[Told | BrokerError]:
        return list(await asyncio.gather(*(outcome(line) for _ in range(5))))

    found, server = served(backwards, work=work)

    names = [each["id"] for each in server.asked]
    assert names == [each.body["of"] for each in found]


def test_lost_connection_makes_every_pending_call_unknown() -> None:
    """Whatever arrived, nobody knows; the next call takes a new connection and another id."""

    def dies(asked: dict[str, Any]) -> list[Reply]:
        return [(0.5, LOST)] if asked["id"].endswith("-1") else []

    async def work(line: RpcLine, _: Server) -> list[Told | BrokerError]:
        pending = await asyncio.gather(*(outcome(line, Lane.ORDER) for _ in range(3)))
        return [*pending, await outcome(line)]

    (*pending, after), server = served(dies, work=work)

    assert [OutcomeUnknown] * 3 == [type(each) for each in pending]
    assert isinstance(after, Told)
    assert [START, at(0.5)] == server.dialled_at
    assert 4 == len({each["id"] for each in server.asked})


def test_late_answer_is_nobodys() -> None:
    """It is not taken for the next call's, whose id is another, on another connection."""

    def late(asked: dict[str, Any]) -> list[Reply]:
        return [(7, told(asked, {"success": True, "of": "late"}))]

    async def work(line: RpcLine, _: Server) -> list[Told | BrokerError]:
        return [await outcome(line), await outcome(line)]

    (first, second), server = served(late, work=work)

    assert isinstance(first, OutcomeUnknown)
    assert "no answer in time" in str(first)
    assert isinstance(second, Told)
    assert {"success": True} == second.body
    assert [START, at(6)] == server.dialled_at


def test_silence_of_one_call_does_not_end_the_others() -> None:
    """They get their answers on the old connection; only new calls take another."""

    def slow(asked: dict[str, Any]) -> list[Reply]:
        return [] if asked["id"].endswith("-1") else [(5, told(asked))]

    async def work(line: RpcLine, server: Server) -> list[Told | BrokerError]:
        first = asyncio.create_task(outcome(line))
        await pause(server.clock, 3)
        second = asyncio.create_task(outcome(line))
        return [await first, await outcome(line), await second]

    (first, third, second), server = served(slow, work=work)

    assert [OutcomeUnknown, Told, Told] == [type(each) for each in (first, third, second)]
    assert [START, at(6)] == server.dialled_at


def test_cancelled_call_leaves_the_others_alone() -> None:
    """Who gives up is forgotten; the connection stays."""

    async def work(line: RpcLine, server: Server) -> list[Told | BrokerError]:
        first = asyncio.create_task(outcome(line))
        await pause(server.clock, 0.05)
        first.cancel()
        await asyncio.wait((first,))
        assert first.cancelled()
        return [await outcome(line)]

    [second], server = served(work=work)

    assert isinstance(second, Told)
    assert [START] == server.dialled_at


def test_nobody_there() -> None:
    """Nothing was sent; the second try is at once, later ones wait longer and longer."""

    async def work(line: RpcLine, server: Server) -> list[Told | BrokerError]:
        found = []
        while server.clock.now() < at(8):
            found.append(await outcome(line))
            await pause(server.clock, 0.25)
        return found

    found, server = served(*[OSError("refused")] * 4, work=work)

    assert {BrokerUnavailable, Told} == {type(each) for each in found}
    assert [at(0), at(0.25), at(1.25), at(3.25), at(7.25)] == server.dialled_at


def test_connection_that_never_opens() -> None:
    """Three seconds are waited for it; nothing was sent."""

    class Stuck(Server):
        @asynccontextmanager
        async def _dialled(self) -> AsyncGenerator[Line, None]:
            await pause(self.clock, 1_000)
            yield End(self, prompt)

    async def main(clock: VirtualClock) -> tuple[Told | BrokerError, datetime]:
        line = line_of(Stuck(clock, []))
        found = await outcome(line)
        await line.aclose()
        return found, clock.now()

    found, ended_at = play(main)

    assert isinstance(found, BrokerUnavailable)
    assert at(3) == ended_at


def refused(status: int) -> InvalidStatus:
    return InvalidStatus(Response(status, "No", Headers()))


@pytest.mark.parametrize(
    ("status", "is_auth", "tried"),
    [
        pytest.param(401, True, ["one", "two"], id="the key is read again, and tried again"),
        pytest.param(403, True, ["one", "two"], id="forbidden"),
        pytest.param(429, False, ["one"], id="too many"),
        pytest.param(502, False, ["one"], id="a gateway"),
    ],
)
def test_handshake_that_is_refused(*, status: int, is_auth: bool, tried: list[str]) -> None:
    """Each row is an answer to the handshake: nothing was sent, and no key is in the words."""
    keys = ["key-number-one", "key-number-two"]

    async def main(clock: VirtualClock) -> tuple[Told | BrokerError, Server]:
        server = Server(clock, [refused(status), refused(status)])
        line = line_of(server, key=lambda: keys.pop(0))
        found = await outcome(line)
        await line.aclose()
        return found, server

    found, server = play(main)

    assert isinstance(found, BrokerUnavailable)
    assert is_auth is found.is_auth
    assert [f"Bearer key-number-{each}" for each in tried] == server.keys
    assert "key-number" not in str(found)


def test_new_key_opens() -> None:
    """Somebody has written another one into the file meanwhile."""
    keys = ["key-number-one", "key-number-two"]

    async def main(clock: VirtualClock) -> Told | BrokerError:
        line = line_of(Server(clock, [refused(401)]), key=lambda: keys.pop(0))
        found = await outcome(line)
        await line.aclose()
        return found

    assert isinstance(play(main), Told)


def test_empty_bucket_holds_everybody_back() -> None:
    """An answer that says so is one; nobody asks for a second after it."""

    def limited(asked: dict[str, Any]) -> list[Reply]:
        return [(0.1, told(asked, {"error": "Rate limit exceeded"}))]

    async def work(line: RpcLine, server: Server) -> datetime:
        first = await outcome(line)
        assert isinstance(first, Told)
        await outcome(line)
        return server.clock.now()

    ended_at, _ = served(limited, work=work)

    assert at(1.2) == ended_at


def test_spent_budget_sends_nothing() -> None:
    """After twenty calls at once, calls wait their turn or are not sent."""

    async def work(line: RpcLine, _: Server) -> list[Told | BrokerError]:
        return list(await asyncio.gather(*(outcome(line) for _ in range(60))))

    found, server = served(work=work)

    not_sent = [each for each in found if isinstance(each, BrokerUnavailable)]
    assert len(found) - len(not_sent) == len(server.asked)
    assert 18 < len(server.asked) < 30


@pytest.mark.parametrize(
    ("expected", "frame"),
    [
        pytest.param({"error": "No"}, {"data": {"error": "No"}}, id="the older envelope"),
        pytest.param(None, {"data": None}, id="no data"),
        pytest.param(None, {"error": "No"}, id="an error beside the data"),
        pytest.param("No", {"data": "No"}, id="words for data"),
        pytest.param([], {"data": []}, id="a list for data"),
    ],
)
def test_data_as_it_comes(expected: object, frame: dict[str, object]) -> None:
    """Each row is an answer; what it means is judged elsewhere, and the same as REST's."""

    def answer(asked: dict[str, Any]) -> list[Reply]:
        return [(0.1, json.dumps({"id": asked["id"], **frame}))]

    async def work(line: RpcLine, _: Server) -> Told | BrokerError:
        return await outcome(line)

    found, _ = served(answer, work=work)

    assert isinstance(found, Told)
    assert (expected, None, None) == (found.body, found.status, found.at)


def test_secrets_are_not_repeated() -> None:
    """A server that tells us our own key tells nobody else."""

    def echo(asked: dict[str, Any]) -> list[Reply]:
        return [(0.1, told(asked, {"error": "Bearer the-first-key is no good"}))]

    async def work(line: RpcLine, _: Server) -> Told | BrokerError:
        return await outcome(line)

    found, _ = served(echo, work=work)

    assert "the-first-key" not in f"{found!r} {line_of!r}"


def test_silent_server_is_left() -> None:
    """After a call that nobody answered the next ones do not wait on the same connection."""

    async def work(line: RpcLine, _: Server) -> list[Told | BrokerError]:
        return [await outcome(line), await outcome(line)]

    (first, second), server = served(silent, work=work)

    assert isinstance(first, OutcomeUnknown)
    assert isinstance(second, Told)
    assert 2 == len(server.dialled_at)
