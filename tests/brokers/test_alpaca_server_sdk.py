"""
The stand-in for Alpaca, driven through a day by the vendor's own SDK, over a real socket.

What alpaca-py can parse, and finds where it looks for it, is what the vendor means.
"""

import asyncio
import importlib
import threading
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any

import pytest

from botd.clock import SystemClock
from tests.servers.alpaca import KEY_ID, SECRET_KEY, STREAM_PATH, AlpacaFace
from tests.servers.alpaca_asking import CALL, LONG, SHORT, World
from tests.servers.alpaca_checked import checked
from tests.servers.alpaca_stream import TradeStream
from tests.servers.face import Frame, Gate, PushSession
from tests.servers.serve import Server

pytestmark = [
    pytest.mark.system,
    # The SDK's own: it uses what pandas, pydantic and websockets have deprecated.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]
PATIENCE = 20.0  # seconds


class WatchedStream(TradeStream):
    """A stream that tells when somebody listens."""

    def __init__(self, face: AlpacaFace, listening: asyncio.Event) -> None:
        super().__init__(
            face.exchange, face.desk.scribe, lambda *keys: (KEY_ID, SECRET_KEY) == keys
        )
        self._listening = listening

    def hear(self, frame: Frame) -> tuple[Frame, ...]:
        answers = tuple(super().hear(frame))
        if self.is_listening:
            self._listening.set()
        return answers


class WatchedFace(AlpacaFace):
    """A face whose streams are watched."""

    listening: asyncio.Event

    def push(self, path: str) -> PushSession | None:
        return WatchedStream(self, self.listening) if path == STREAM_PATH else None


class Vendor:
    """The SDK's clients, each call in a thread, and what its stream was told."""

    def __init__(self, server: Server) -> None:
        self.sdk = importlib.import_module("alpaca.trading")
        client = importlib.import_module("alpaca.trading.client").TradingClient
        stream = importlib.import_module("alpaca.trading.stream").TradingStream
        self.data = importlib.import_module("alpaca.data")
        keys = (KEY_ID, SECRET_KEY)
        self.trading = client(*keys, url_override=server.url)
        self.options = self.data.OptionHistoricalDataClient(*keys, url_override=server.url)
        self.stocks = self.data.StockHistoricalDataClient(*keys, url_override=server.url)
        url = f"ws://127.0.0.1:{server.port}{STREAM_PATH}"
        self.stream = stream(*keys, url_override=url)
        self.updates: list[Any] = []
        self._told = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self.stream.run, daemon=True)

    async def do(self, call: Callable[..., Any], *args: object) -> Any:  # noqa: ANN401 - the SDK's
        """Call the SDK, which blocks."""
        return await asyncio.to_thread(call, *args)

    def listen(self) -> None:
        """Begin to listen to the order stream."""

        async def take(update: Any) -> None:  # noqa: ANN401 - the SDK's
            self._loop.call_soon_threadsafe(self._take, update)

        self.stream.subscribe_trade_updates(take)
        self._thread.start()

    async def told(self, event: str, client_order_id: str) -> Any:  # noqa: ANN401 - the SDK's
        """Wait until the stream has told something."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for update in self.updates:
                    if (event, client_order_id) == (update.event, update.order.client_order_id):
                        return update
                self._told.clear()
                await self._told.wait()

    def _take(self, update: Any) -> None:  # noqa: ANN401 - the SDK's
        self.updates.append(update)
        self._told.set()

    async def stop(self) -> None:
        """Let go of connections, and stop listening; the socket's end wakes the thread."""
        for client in (self.trading, self.options, self.stocks):
            vars(client)["_session"].close()  # the SDK itself never does
        if self._thread.is_alive():
            await self.do(self.stream.stop)

    async def join(self) -> None:
        """Wait for the thread's end."""
        if self._thread.is_alive():
            await self.do(self._thread.join, PATIENCE)

    def single(self, client_order_id: str, limit_price: float) -> Any:  # noqa: ANN401 - the SDK's
        """Buy one short put back."""
        return self.sdk.LimitOrderRequest(
            symbol=SHORT,
            qty=1,
            side=self.sdk.OrderSide.BUY,
            limit_price=limit_price,
            time_in_force=self.sdk.TimeInForce.DAY,
            position_intent=self.sdk.PositionIntent.BUY_TO_CLOSE,
            client_order_id=client_order_id,
        )

    def package(self, client_order_id: str, limit_price: float) -> Any:  # noqa: ANN401 - the SDK's
        """Close one spread."""
        sdk = self.sdk
        legs = [
            sdk.OptionLegRequest(
                symbol=SHORT, ratio_qty=1, position_intent=sdk.PositionIntent.BUY_TO_CLOSE
            ),
            sdk.OptionLegRequest(
                symbol=LONG, ratio_qty=1, position_intent=sdk.PositionIntent.SELL_TO_CLOSE
            ),
        ]
        return sdk.LimitOrderRequest(
            qty=1,
            order_class=sdk.OrderClass.MLEG,
            limit_price=limit_price,
            time_in_force=sdk.TimeInForce.DAY,
            legs=legs,
            client_order_id=client_order_id,
        )


@pytest.fixture
def world() -> World:
    made = World()
    made.exchange.hold({SHORT: -3, LONG: 3})
    made.alpaca = WatchedFace(made.exchange)
    made.face = checked(made.alpaca)
    return made


@pytest.fixture
async def vendor(world: World) -> AsyncIterator[Vendor]:
    assert isinstance(world.alpaca, WatchedFace)
    world.alpaca.listening = asyncio.Event()
    server = Server(Gate(world.face), SystemClock())
    await server.start()
    made = Vendor(server)
    yield made
    await made.stop()
    await server.stop()
    await made.join()
    assert [] == getattr(world.face, "violations", [])


async def test_sdk_reads_the_account(vendor: Vendor) -> None:
    """Account, positions, clock, calendar and contracts are what the SDK's models want."""
    do, trading, sdk = vendor.do, vendor.trading, vendor.sdk

    account = await do(trading.get_account)
    positions = await do(trading.get_all_positions)
    clock = await do(trading.get_clock)
    contracts = await do(
        trading.get_option_contracts, sdk.GetOptionContractsRequest(underlying_symbols=["GOOG"])
    )
    (day,) = await do(
        trading.get_calendar,
        sdk.GetCalendarRequest(start=clock.timestamp.date(), end=clock.timestamp.date()),
    )

    assert ("PA3TEST", "ACTIVE", 3, "100000") == (
        account.account_number,
        account.status.value,
        account.options_trading_level,
        account.cash,
    )
    assert {SHORT: ("-3", "short"), LONG: ("3", "long")} == {
        each.symbol: (each.qty, each.side.value) for each in positions
    }
    assert (True, 13) == (clock.is_open, clock.next_close.hour)
    assert "13:00" == f"{day.close:%H:%M}"
    assert [(CALL, 750.0), (LONG, 745.0), (SHORT, 750.0)] == [
        (each.symbol, each.strike_price) for each in contracts.option_contracts
    ]
    assert SHORT == (await do(trading.get_option_contract, SHORT)).symbol


async def test_sdk_reads_the_market(vendor: Vendor) -> None:
    """Quotes, trades, snapshots, chains and bars are what the SDK's models want."""
    data, do = vendor.data, vendor.do
    requests = importlib.import_module("alpaca.data.requests")

    quotes = await do(
        vendor.options.get_option_latest_quote,
        requests.OptionLatestQuoteRequest(symbol_or_symbols=[SHORT, LONG]),
    )
    chain = await do(
        vendor.options.get_option_chain, requests.OptionChainRequest(underlying_symbol="GOOG")
    )
    trades = await do(
        vendor.stocks.get_stock_latest_trade,
        requests.StockLatestTradeRequest(symbol_or_symbols="GOOG"),
    )
    bars = await do(
        vendor.stocks.get_stock_bars,
        requests.StockBarsRequest(symbol_or_symbols="GOOG", timeframe=data.TimeFrame.Day),
    )

    assert (0.70, 1.00, 10) == (
        quotes[SHORT].bid_price,
        quotes[SHORT].ask_price,
        quotes[SHORT].ask_size,
    )
    assert {SHORT, LONG, CALL} < chain.keys()
    assert 749.62 == trades["GOOG"].price
    assert [749.62] == [bar.close for bar in bars["GOOG"]]


async def test_sdk_closes_positions(world: World, vendor: Vendor) -> None:
    """Orders are placed, listed, replaced, cancelled and filled, and the stream tells it."""
    assert isinstance(world.alpaca, WatchedFace)
    do, trading, sdk = vendor.do, vendor.trading, vendor.sdk
    vendor.listen()
    async with asyncio.timeout(PATIENCE):
        await world.alpaca.listening.wait()

    single = await do(trading.submit_order, vendor.single("sdk-1", 0.80))
    package = await do(trading.submit_order, vendor.package("sdk-2", 0.90))
    works = await do(
        trading.get_orders,
        sdk.GetOrdersRequest(status=sdk.QueryOrderStatus.OPEN, nested=True, symbols=["GOOG"]),
    )
    listed = await do(
        trading.get_orders, sdk.GetOrdersRequest(status=sdk.QueryOrderStatus.OPEN, nested=True)
    )

    assert ("pending_new", "0.8") == (single.status.value, single.limit_price)
    assert (None, ["buy", "sell"]) == (package.symbol, [leg.side.value for leg in package.legs])
    assert [] == works
    assert ["sdk-2", "sdk-1"] == [each.client_order_id for each in listed]
    change = sdk.ReplaceOrderRequest(limit_price=1.0, client_order_id="sdk-3")
    new = await do(trading.replace_order_by_id, single.id, change)
    assert single.id == new.replaces
    await do(trading.cancel_order_by_id, package.id)
    await do(trading.submit_order, vendor.package("sdk-4", 0.95))

    fill = await vendor.told("fill", "sdk-3")
    assert (1.0, 1.0, "filled") == (fill.price, fill.qty, fill.order.status.value)
    assert 0.95 == (await vendor.told("fill", "sdk-4")).price
    await vendor.told("replaced", "sdk-1")
    await vendor.told("canceled", "sdk-2")
    ended = {
        each.client_order_id: each.status.value
        for each in await do(
            trading.get_orders, sdk.GetOrdersRequest(status=sdk.QueryOrderStatus.ALL)
        )
        if each.symbol is None or each.order_class is sdk.OrderClass.SIMPLE
    }
    assert {"sdk-1": "replaced", "sdk-2": "canceled", "sdk-3": "filled", "sdk-4": "filled"} == ended
    assert {SHORT: -1, LONG: 2} == world.exchange.held
    assert Decimal(100_000 - 100 - 95) == world.exchange.cash
    fills = await do(trading.get, "/account/activities", {"activity_types": "FILL"})
    assert {(SHORT, "1"), (LONG, "0.05")} == {(each["symbol"], each["price"]) for each in fills}


async def test_sdk_understands_refusals(world: World, vendor: Vendor) -> None:
    """A no comes as the SDK's own error, with status and code."""
    error = importlib.import_module("alpaca.common.exceptions").APIError
    await vendor.do(vendor.trading.submit_order, vendor.single("sdk-1", 0.80))

    with pytest.raises(error) as twice:
        await vendor.do(vendor.trading.submit_order, vendor.single("sdk-1", 0.80))
    with pytest.raises(error) as unknown:
        await vendor.do(vendor.trading.get_order_by_client_id, "sdk-9")
    world.exchange.held.clear()
    with pytest.raises(error) as gone:
        await vendor.do(vendor.trading.submit_order, vendor.single("sdk-2", 0.80))

    assert (422, 40010001) == (twice.value.status_code, twice.value.code)
    assert (404, 40410000) == (unknown.value.status_code, unknown.value.code)
    assert (422, 42210000) == (gone.value.status_code, gone.value.code)
    assert "inferred: buy_to_open, specified: buy_to_close" in gone.value.message
