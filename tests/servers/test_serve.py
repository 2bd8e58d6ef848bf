"""A face on a socket, and how a test controls it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest

from botd.clock import SystemClock
from tests.servers.exchange import Exchange
from tests.servers.exchange_calendar import ExchangeCalendar
from tests.servers.face import Gate
from tests.servers.plain import PlainFace
from tests.servers.serve import Server, serve

PUT = "SPY301220P00660000"
DEADLINE = timedelta(seconds=10)


class OpenCalendar(ExchangeCalendar):
    """A calendar of days that never end, so that a test may run at any hour."""

    def is_open(self, now: datetime) -> bool:
        """Say yes."""
        return now.tzinfo is not None


class Client:
    """Speaks to a server, and to its control."""

    def __init__(self, server: Server, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.http = http

    async def do(self, *commands: dict[str, Any]) -> int:
        """Tell commands; give the status of the answer."""
        async with self.http.post(f"{self.server.control_url}/do", json=list(commands)) as reply:
            return reply.status

    async def read(self, what: str = "state") -> Any:  # noqa: ANN401 - JSON
        """Read the state, or the visits."""
        async with self.http.get(f"{self.server.control_url}/{what}") as reply:
            return await reply.json()

    async def place(self, limit: str = "-0.50") -> int:
        """Send an order; give the status of the answer."""
        params, body = {PUT: "1"}, limit.encode()
        url = f"{self.server.url}/orders"
        async with self.http.post(url, params=params, data=body) as reply:
            return reply.status

    async def eventually(self, key: str, expected: object) -> None:
        """Read the state until it holds what is expected."""
        clock = SystemClock()
        ends_at = clock.now() + DEADLINE
        while (found := (await self.read())[key]) != expected:
            assert clock.now() < ends_at, f"{key} is {found!r}"
            await clock.sleep_until(clock.now() + timedelta(milliseconds=20))


@asynccontextmanager
async def connected() -> AsyncIterator[Client]:
    clock = SystemClock()
    exchange = Exchange(account="A1", now=clock.now, calendar=OpenCalendar())
    server = Server(Gate(PlainFace(exchange)), clock)
    await server.start()
    try:
        async with aiohttp.ClientSession() as http:
            yield Client(server, http)
    finally:
        await server.stop()


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with connected() as made:
        yield made


async def test_it_answers_on_a_socket(client: Client) -> None:
    """What a test puts there is what a client reads, and what it sends is what a test reads."""
    await client.do(
        {"do": "hold", "quantities": {PUT: -2}},
        {"do": "quote", "symbol": PUT, "bid": "0.80", "ask": "1.00"},
    )
    status = await client.place("-1.00")
    state = await client.read()
    (visit,) = await client.read("visits")

    assert 200 == status
    assert ({PUT: -1}, 1, 0) == (state["held"], state["requests"], state["too_many"])
    assert [("id", "filled", 1, "-1.00")] == [
        (each["client_order_id"], each["state"], each["filled_units"], each["average_net_price"])
        for each in state["orders"]
    ]
    assert ("POST", "/orders", [[PUT, "1"]], "-1.00", 200) == tuple(
        visit[key] for key in ("method", "path", "query", "body", "status")
    )


async def test_it_drops_connections(client: Client) -> None:
    """A planned loss is a reset on the socket; the order is there."""
    await client.do(
        {"do": "hold", "quantities": {PUT: -2}},
        {"do": "fault", "kind": "lose_after", "call": "submit"},
    )

    with pytest.raises(aiohttp.ClientConnectionError):
        await client.place()

    state = await client.read()
    assert ["working"] == [order["state"] for order in state["orders"]]
    assert 0 == state["faults"]


async def test_it_may_be_deaf(client: Client) -> None:
    """Nobody takes a connection on its port until it hears again; its control does."""
    await client.do({"do": "deaf", "seconds": 1})

    with pytest.raises(aiohttp.ClientConnectionError):
        await client.place()
    await client.do({"do": "hold", "quantities": {PUT: -2}})

    clock = SystemClock()
    ends_at = clock.now() + DEADLINE
    status = None
    while status is None and clock.now() < ends_at:
        try:
            status = await client.place()
        except aiohttp.ClientConnectionError:
            await clock.sleep_until(clock.now() + timedelta(milliseconds=50))
    assert 200 == status
    assert 1 == len((await client.read())["orders"])


async def test_it_pushes(client: Client) -> None:
    """A stream tells what happens to orders, in its order, to whoever has said hello."""
    url = f"{client.server.url}/stream"
    await client.do({"do": "hold", "quantities": {PUT: -2}})
    async with client.http.ws_connect(url) as known, client.http.ws_connect(url) as silent:
        await known.send_str("hello")
        greeting = await known.receive_str(timeout=5)
        await client.place()
        told = [await known.receive_str(timeout=5) for _ in range(2)]
        (order,) = (await client.read())["orders"]
        await client.eventually("streams", 2)
        await client.do({"do": "push_away", "seconds": 60})
        ended = await known.receive(timeout=5)
        await silent.receive(timeout=5)

    assert "hello" == greeting
    assert [f"pending_new {order['id']}", f"new {order['id']}"] == told
    assert aiohttp.WSMsgType.CLOSE is ended.type
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await client.http.ws_connect(url)
    await client.eventually("streams", 0)


async def test_there_are_no_other_streams(client: Client) -> None:
    """A path without a stream is not found."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await client.http.ws_connect(f"{client.server.url}/elsewhere")

    assert 404 == caught.value.status


async def test_commands_may_be_put_off(client: Client) -> None:
    """They are done at their instant, whether anybody asks or not."""
    at = SystemClock().now() + timedelta(milliseconds=300)
    await client.do({"do": "hold", "quantities": {PUT: -1}, "at": at.isoformat()})
    early = (await client.read())["held"]

    await client.eventually("held", {PUT: -1})

    assert {} == early


@pytest.mark.parametrize(
    "command",
    [
        pytest.param({"do": "dance"}, id="unknown"),
        pytest.param({"do": "hold"}, id="nothing to hold"),
        pytest.param({"do": "fault", "kind": "boredom"}, id="no such fault"),
        pytest.param({}, id="nothing"),
    ],
)
async def test_an_odd_command_is_told(client: Client, command: dict[str, Any]) -> None:
    """A mistake of a test is seen at once, and changes nothing."""
    status = await client.do(command)
    state = await client.read()

    assert 400 == status
    assert ({}, 0) == (state["held"], state["faults"])


@pytest.mark.parametrize(
    ("lifetime", "wanted"),
    [
        pytest.param(timedelta(milliseconds=100), 1_000, id="its time is over"),
        pytest.param(timedelta(hours=1), 1, id="nobody wants it any more"),
    ],
)
async def test_it_ends_by_itself(lifetime: timedelta, wanted: int) -> None:
    """And lets go of its port."""
    clock = SystemClock()
    exchange = Exchange(account="A1", now=clock.now)
    server = Server(Gate(PlainFace(exchange)), clock)
    looks = iter(range(10_000))
    ports: list[int] = []

    await serve(
        server,
        clock,
        lifetime=lifetime,
        is_wanted=lambda: next(looks) < wanted,
        ready=lambda port, control_port: ports.extend((port, control_port)),
    )

    assert [server.port, server.control_port] == ports
    assert 2 == len(set(ports))
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
