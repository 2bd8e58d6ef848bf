"""
The day of brokers that close positions without orders.

A close is read from the positions before and after it. So a scene may hold several calls:
what is asked in the end is judged by everything that was said since the beginning.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from botd.brokers.crosstrade.adapter import CrosstradeBroker, Transport
from botd.brokers.port import Broker
from botd.brokers.transport.door import Carriers
from botd.clock import Clock
from botd.domain.order_id import PREFIX
from botd.domain.orders import OrderIntent
from botd.errors import BrokerError, RefusalReason
from tests.contract import crosstrade_stand
from tests.contract.crosstrade_stand import CrosstradeStand
from tests.contract.intotes_stand import IntotesStand
from tests.contract.server_stand import ServerStand
from tests.contract.stand import order
from tests.malformed.day import Recording
from tests.malformed.frames import FrameDial, SocketFace
from tests.malformed.recording import Ask, Recorder, Scene, ended
from tests.servers.face import FaceTransport

AGAIN = "again"  # `Scene.wanted` where a second close is tried after a first one
CLOSING_STANDS: dict[str, Callable[[Path], ServerStand]] = {
    "crosstrade": CrosstradeStand,
    "crosstrade-socket": CrosstradeStand,
    "intotes": IntotesStand,
}
_LONG_ENOUGH = timedelta(seconds=30)  # between scenes: quotas are of somebody else
_HALF = timedelta(hours=12)


def over_socket(carriers: Carriers, clock: Clock) -> Broker:
    """Make CrossTrade's adapter over its WebSocket, carried as requests."""
    assert carriers.orders is not None
    return CrosstradeBroker(
        crosstrade_stand.access(Transport.WEBSOCKET),
        clock,
        account=crosstrade_stand.ACCOUNT,
        carriers=carriers,
        dial=FrameDial(carriers.orders).dial,
    )


def record_closing(name: str) -> Recording:
    """Live through the day of a dialect."""
    day = _Day(name)
    asyncio.run(day.live())
    return Recording(name, tuple(day.scenes), day.broker, day.stand.dialect.account)


class _Day:
    def __init__(self, name: str) -> None:
        self.name = name
        self.stand = CLOSING_STANDS[name](Path())
        is_socket = name == "crosstrade-socket"
        self.broker = over_socket if is_socket else self.stand.dialect.broker
        self.scenes: list[Scene] = []
        self._minted = 0

    async def live(self) -> None:
        """Let everything happen once."""
        await self._ask("nothing held", "holdings", lambda broker: broker.holdings())
        product = self.stand.product
        first, second, later = product.first, product.second, product.later
        self.stand.hold({first.symbol: 5 * first.held})
        await self._ask("one thing held", "holdings", lambda broker: broker.holdings())
        self.stand.hold({second.symbol: 2 * second.held, later.symbol: 3 * later.held})
        await self._look()
        await self._close()
        await self._end()

    async def _look(self) -> None:
        product = self.stand.product
        coins = frozenset({product.underlying})
        symbols = frozenset({product.first.symbol})  # of several the order is not always the same
        since = self.stand.now() - _HALF
        await self._ask("account", "account", lambda broker: broker.account())
        await self._ask("market", "market", lambda broker: broker.market(symbols, coins))
        await self._ask("terms", "terms", lambda broker: broker.terms(symbols))
        await self._ask("no orders yet", "orders", lambda broker: broker.orders(since))
        await self._ask("three things held", "holdings", lambda broker: broker.holdings())
        self.stand.hold_foreign()
        await self._ask("holdings of all kinds", "holdings", lambda broker: broker.holdings())

    async def _close(self) -> None:
        await self._submit("all of it", 5, 5)
        await self._submit("one", 1, 1)
        await self._submit("nothing held of it", 0, 1)
        await self._submit("more than is held", 2, 3)
        if self.name != "intotes":
            await self._submit("a part of it", 5, 2)
            await self._again("a part of it again", 5, 2)
        self.stand.fill_only(1)
        await self._submit("a part fills", 3, 3)
        self.stand.exchange.surprises.fill_only = None
        await self._again("all of it again", 4, 4)
        for reason in RefusalReason:
            if self.stand.refuse(reason) is not None:
                await self._submit(f"refused: {reason.value}", 3, 3)
        self.stand.exchange.surprises.fill_only = None
        await self._after("orders", 3, 3)
        await self._after("look_up", 2, 2)
        self.stand.fill_only(1)
        await self._after("orders", 4, 4)

    async def _end(self) -> None:
        product, began = self.stand.product, self.stand.now() - _HALF
        self._hold(4)
        self.stand.assign(product.first.symbol)
        await self._ask("settlements", "settlements", lambda broker: broker.settlements(began))

    def _hold(self, count: int) -> None:
        """Hold so many, and let nothing be left of what was before."""
        side = self.stand.product.first
        for each in list(self.stand.exchange.live()):
            self.stand.exchange.cancel(each.id)
        held = self.stand.exchange.held.get(side.symbol, 0)
        self.stand.hold({side.symbol: count * side.held - held})

    def _intent(self, count: int) -> OrderIntent:
        self._minted += 1
        name = f"{PREFIX}k3vq7m2zc4ya-12241750-{self._minted:02}"
        side = self.stand.product.first
        return order(self.stand, name, ((side.symbol, -side.held),), None, units=count)

    async def _submit(self, name: str, held: int, count: int) -> None:
        self._hold(held)
        intent = self._intent(count)
        await self._ask(name, "submit", lambda broker: broker.submit(intent), intent)

    async def _again(self, name: str, held: int, count: int) -> None:
        self._hold(held)
        one, other = self._intent(count), self._intent(count)

        async def ask(broker: Broker) -> object:
            await _whatever(broker, one)
            return await broker.submit(other)

        await self._ask(name, "submit", ask, other, AGAIN)

    async def _after(self, call: str, held: int, count: int) -> None:
        """Ask what became of a close that the same adapter has sent."""
        self._hold(held)
        intent, since = self._intent(count), self.stand.now() - _HALF

        async def ask(broker: Broker) -> object:
            await _whatever(broker, intent)
            if call == "orders":
                return await broker.orders(since)
            return await broker.look_up(intent.client_order_id)

        await self._ask(f"{call} after a close of {count}", call, ask, intent)

    async def _ask(
        self, name: str, call: str, ask: Ask, intent: OrderIntent | None = None, wanted: str = ""
    ) -> None:
        """Let one scene be played; without a request there is nothing to spoil."""
        stand = self.stand
        recorder = Recorder(SocketFace(FaceTransport(stand.gate, stand.clock)))
        broker = self.broker(Carriers(recorder, recorder), stand.clock)
        at = stand.now()
        ending = await ended(ask(broker))
        await broker.aclose()
        if recorder.heard:
            heard = tuple(recorder.heard)
            self.scenes.append(Scene(name, call, ask, at, heard, ending, intent, wanted))
        stand.clock.at = max(at + _LONG_ENOUGH, stand.now())


async def _whatever(broker: Broker, intent: OrderIntent) -> None:
    """Send a close, whatever comes of it."""
    try:
        await broker.submit(intent)
    except BrokerError:
        return
