"""The day that is recorded: every endpoint that an adapter asks, with all that it may hold."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from botd.brokers.port import Broker
from botd.brokers.transport.door import Carriers
from botd.clock import Clock
from botd.domain.order_id import PREFIX
from botd.domain.orders import OrderIntent, OrderReport
from botd.errors import RefusalReason
from tests.contract.alpaca_stand import AlpacaStand
from tests.contract.clickoptions_stand import ClickOptionsStand
from tests.contract.server_stand import ServerStand
from tests.contract.stand import LATER, LONG_PUT, SHORT_PUT, UNDERLYING, order
from tests.contract.tastytrade_stand import TastytradeStand
from tests.contract.tradier_stand import TradierStand
from tests.malformed.recording import Ask, Recorder, Scene, ended
from tests.servers.alpaca import AlpacaFace
from tests.servers.face import FaceTransport
from tests.servers.faults import Fault, FaultKind


class _Alpaca(AlpacaStand):
    """Without the descriptions beside it: no other words are asked for here."""

    dialect = replace(AlpacaStand.dialect, face=AlpacaFace)


STANDS: dict[str, Callable[[Path], ServerStand]] = {
    "alpaca": _Alpaca,
    "tradier": TradierStand,
    "tastytrade": TastytradeStand,
    "clickoptions": ClickOptionsStand,
}
_BUY = ((SHORT_PUT, 1),)
_SPREAD = ((LONG_PUT, -1), (SHORT_PUT, 1))
_PAIR = ((LONG_PUT, -2), (SHORT_PUT, 2))
_CROWD = 260
_HALF = timedelta(hours=12)
_REFUSED = b'{"error": "NOT_FOUND", "message": "No static resource", "requestId": "1"}'


@dataclass(frozen=True, slots=True)
class Recording:
    """All scenes of one dialect, and how another adapter of it is made."""

    name: str
    scenes: tuple[Scene, ...]
    broker: Callable[[Carriers, Clock], Broker]
    account: str


def record(name: str) -> Recording:
    """Live through the day of a dialect."""
    stand = STANDS[name](Path())
    day = _Day(stand) if stand.broker.card.closes else _ReadingDay(stand)
    asyncio.run(day.live())
    dialect = day.stand.dialect
    return Recording(name, tuple(day.scenes), dialect.broker, dialect.account)


class _Day:
    def __init__(self, stand: ServerStand) -> None:
        self.stand = stand
        self.scenes: list[Scene] = []
        self._minted = 0
        self._last = ""
        self._card = stand.broker.card

    async def live(self) -> None:
        """Let everything happen once."""
        await self._orders("no orders yet")
        await self._ask("nothing held", "holdings", lambda broker: broker.holdings())
        self.stand.hold({SHORT_PUT: -30})
        await self._ask("one thing held", "holdings", lambda broker: broker.holdings())
        await self._submit("one order", _BUY, "-0.50")
        await self._orders("a single order")
        self.stand.hold({SHORT_PUT: -30, LONG_PUT: 20, LATER: 2, UNDERLYING: 100})
        self.stand.exchange.trade("SPX", "2060.99")
        await self._look()
        await self._send()
        await self._change()
        await self._refused()
        await self._list()
        await self._end()

    async def _look(self) -> None:
        today, symbols = self.stand.now().date(), frozenset({SHORT_PUT, LONG_PUT, LATER})
        for name, call, ask in (
            ("account", "account", lambda broker: broker.account()),
            ("session", "session", lambda broker: broker.session(today)),
            ("holiday", "session", lambda broker: broker.session(date(2015, 12, 25))),
            ("market", "market", lambda broker: broker.market(symbols, frozenset({UNDERLYING}))),
            ("index", "market", lambda broker: broker.market(frozenset(), frozenset({"SPX"}))),
            ("terms", "terms", lambda broker: broker.terms(symbols)),
            ("holdings", "holdings", lambda broker: broker.holdings()),
        ):
            await self._ask(name, call, ask)
        self.stand.hold_foreign()
        await self._ask("holdings of all kinds", "holdings", lambda broker: broker.holdings())

    async def _send(self) -> None:
        await self._submit("one leg", _BUY, "-0.80")
        await self._submit("two units", _BUY, "-0.75", units=2)
        await self._submit("a spread", _SPREAD, "-0.70")
        await self._submit("a spread twice", _SPREAD, "-0.65", units=2)
        await self._submit("no lowest terms", _PAIR, "-1.40")
        await self._submit("filled at once", _BUY, "-1.00")
        await self._submit("for a credit", ((LONG_PUT, -1),), "0.10")
        await self._submit("at the market", _BUY, None)
        await self._submit(
            "more than is held", ((SHORT_PUT, 1),), "-0.60", units=70, is_taken=False
        )

    async def _change(self) -> None:
        sent = await self._submit("to be replaced", _BUY, "-0.70")
        if self._card.replaces:
            await self._replace("replacement", sent, "-0.65")
            await self._replace("replacement too late", sent, "-0.60")
        name = await self._submit("to be cancelled", _BUY, "-0.60")
        await self._ask("cancel", "cancel", lambda broker: broker.cancel(name))
        await self._ask("cancel too late", "cancel", lambda broker: broker.cancel(name))
        await self._ask("cancel of nothing", "cancel", lambda broker: broker.cancel("999"))
        if not self._card.looks_up_client_ids:
            return
        known = self._last
        await self._ask("look up", "look_up", lambda broker: broker.look_up(known), known)
        other = f"{PREFIX}none"
        await self._ask("look up nothing", "look_up", lambda broker: broker.look_up(other), other)

    async def _refused(self) -> None:
        for reason in RefusalReason:
            if self.stand.refuse(reason) is not None:
                await self._submit(f"refused: {reason.value}", _BUY, "-0.55", is_taken=False)
        self.stand.reject_later(RefusalReason.FUNDS, timedelta(seconds=1))
        await self._submit("rejected later", _BUY, "-0.55")
        self.stand.at(self.stand.now() + timedelta(seconds=2))

    async def _list(self) -> None:
        self.stand.fill_only(1)
        await self._submit("partly filled", ((SHORT_PUT, 1),), "-1.00", units=2)
        await self._orders("our orders")
        self.stand.rest_foreign()
        self.stand.rest_foreign_order(LATER, -1, Decimal("13.00"))
        await self._orders("all orders")
        self.stand.crowd(_CROWD)
        await self._orders("orders of many pages")

    async def _end(self) -> None:
        asset = self.stand.product.underlying
        self.stand.assign(self.stand.product.symbol)
        self.stand.tell_official_close()
        today = self.stand.now().date()
        begun = self.stand.now() - _HALF
        self.stand.at(self.stand.now() + timedelta(days=4))
        await self._ask("settlements", "settlements", lambda broker: broker.settlements(begun))
        await self._ask(
            "official close", "official_close", lambda broker: broker.official_close(asset, today)
        )

    async def _orders(self, name: str) -> None:
        since = self.stand.now() - _HALF
        await self._ask(name, "orders", lambda broker: broker.orders(since))

    def _mint(self) -> str:
        self._minted += 1
        self._last = f"{PREFIX}k3vq7m2zc4ya-12241750-{self._minted:02}"
        return self._last

    async def _submit(
        self,
        name: str,
        legs: tuple[tuple[str, int], ...],
        price: str | None,
        *,
        units: int = 1,
        is_taken: bool = True,
    ) -> str:
        """Send an order, and give the broker's id of it."""
        intent = order(self.stand, self._mint(), legs, price, units=units)
        scene = await self._ask(name, "submit", lambda broker: broker.submit(intent), "", intent)
        report = scene.ending.value
        if isinstance(report, OrderReport):
            return report.broker_order_id
        assert not is_taken, f"{name}: {scene.ending.error!r}"
        return ""

    async def _replace(self, name: str, old: str, price: str) -> None:
        intent = order(self.stand, self._mint(), _BUY, price)
        await self._ask(name, "replace", lambda broker: broker.replace(old, intent), old, intent)

    async def _ask(
        self, name: str, call: str, ask: Ask, wanted: str = "", intent: OrderIntent | None = None
    ) -> Scene:
        """Let one call be made by an adapter that knows of nothing before."""
        stand = self.stand
        recorder = Recorder(FaceTransport(stand.gate, stand.clock))
        broker = stand.dialect.broker(Carriers(recorder, recorder), stand.clock)
        at = stand.now()
        ending = await ended(ask(broker))
        await broker.aclose()
        scene = Scene(name, call, ask, at, tuple(recorder.heard), ending, intent, wanted)
        self.scenes.append(scene)
        stand.clock.at = max(at + timedelta(seconds=6), stand.now())  # for the sake of the quota
        return scene


class _ReadingDay(_Day):
    """The day of an account that can only be read; what asks nothing is no scene."""

    async def live(self) -> None:
        """Let everything be read once."""
        stand, product, spot = self.stand, self.stand.product, self.stand.product.underlying
        await self._ask("nothing held", "holdings", lambda broker: broker.holdings())
        for name, held in (
            ("one thing held", product.holds()),
            ("several held", dict.fromkeys((product.second.symbol, product.later.symbol), 2)),
            ("many pages held", dict.fromkeys(product.many, 1)),
        ):
            stand.hold(held)
            await self._ask(name, "holdings", lambda broker: broker.holdings())
        stand.hold_foreign()
        await self._ask("holdings of all kinds", "holdings", lambda broker: broker.holdings())
        await self._ask("account", "account", lambda broker: broker.account())
        await self._ask(
            "market", "market", lambda broker: broker.market(frozenset(), frozenset({spot}))
        )
        stand.liquidate(product.later.symbol)
        stand.exchange.vanish(product.second.symbol, 2)
        await self._orders("what others closed")
        stand.gate.faults.plan(Fault(FaultKind.REFUSE, status=404, body=_REFUSED))
        await self._ask("a request that is refused", "account", lambda broker: broker.account())
        await self._end()
