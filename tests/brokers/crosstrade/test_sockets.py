"""The adapter before a server on loopback: a real WebSocket, and what is asked on it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_socket
from websockets.datastructures import Headers
from websockets.http11 import Request as Handshake
from websockets.http11 import Response

from botd.brokers.crosstrade.access import CrosstradeAccess, Transport
from botd.brokers.crosstrade.adapter import CrosstradeBroker
from botd.brokers.port import Environment
from botd.clock import SystemClock
from botd.domain.contract import Leg
from botd.domain.instruments import parse_instrument
from botd.domain.orders import Holding, OrderIntent, ReportState
from botd.errors import BrokerUnavailable
from tests.servers.crosstrade import RULES, TOKEN, CrosstradeFace
from tests.servers.exchange import Exchange
from tests.servers.exchange_calendar import ExchangeCalendar
from tests.servers.face import Gate
from tests.servers.serve import Server

ES = "future:ES 12-25"
CLOCK = SystemClock()
LINES = pytest.mark.parametrize("transport", Transport, ids=lambda each: each.value)


class RoundTheClock(ExchangeCalendar):
    """Futures trade at night, too."""

    def is_open(self, _: object) -> bool:
        """Say yes."""
        return True


def access(port: int, transport: Transport, key: str = TOKEN) -> CrosstradeAccess:
    return CrosstradeAccess(
        url=f"http://127.0.0.1:{port}",
        stream_url=f"ws://127.0.0.1:{port}/ws/stream",
        environment=Environment.PAPER,
        token=lambda: key,
        transport=transport,
    )


@asynccontextmanager
async def served() -> AsyncGenerator[tuple[Exchange, int], None]:
    exchange = Exchange(account="Sim101", now=CLOCK.now, rules=RULES, calendar=RoundTheClock())
    server = Server(Gate(CrosstradeFace(exchange)), CLOCK)
    await server.start()
    try:
        yield exchange, server.port
    finally:
        await server.stop()


@LINES
async def test_a_close_on_a_socket(transport: Transport) -> None:
    """The account is read, its position closed, and the close told."""
    async with served() as (exchange, port):
        exchange.hold({ES: -2})
        exchange.quote(ES, "5797.00", "5797.25")
        broker = CrosstradeBroker(access(port, transport), CLOCK, account="Sim101")
        now = CLOCK.now()
        intent = OrderIntent(
            client_order_id="bd1-a",
            position_id="p",
            account="Sim101",
            attempt_due_at=now,
            step=1,
            legs=(Leg(parse_instrument(ES), 1),),
            units=2,
            net_price=None,
            cap=None,
            give_up_at=now,
        )

        state = await broker.account()
        before = await broker.holdings()
        report = await broker.submit(intent)
        after = await broker.holdings()
        await broker.aclose()

    assert abs(CLOCK.now() - state.as_of) < timedelta(seconds=5)
    assert ((Holding(ES, -2),), ()) == (before, after)
    assert (ReportState.FILLED, 2) == (report.state, report.filled_units)


async def test_nobody_listens() -> None:
    """Nothing was sent."""
    async with served() as (_, port):
        pass
    broker = CrosstradeBroker(access(port, Transport.WEBSOCKET), CLOCK, account="Sim101")

    with pytest.raises(BrokerUnavailable) as caught:
        await broker.holdings()

    await broker.aclose()
    assert not caught.value.is_auth


async def test_handshake_carries_the_key_and_may_be_refused() -> None:
    """The header stands in the handshake, and in no error."""
    seen: list[str | None] = []

    def answer(connection: ServerConnection, request: Handshake) -> Response:
        del connection
        seen.append(request.headers.get("Authorization"))
        return Response(401, "Unauthorized", Headers())

    async def nothing(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with serve_socket(nothing, "127.0.0.1", 0, process_request=answer) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        broker = CrosstradeBroker(access(port, Transport.WEBSOCKET), CLOCK, account="Sim101")
        with pytest.raises(BrokerUnavailable) as caught:
            await broker.holdings()
        await broker.aclose()

    assert caught.value.is_auth
    assert [f"Bearer {TOKEN}"] == seen
    assert TOKEN not in f"{caught.value!r} {caught.value.__context__!r}"
