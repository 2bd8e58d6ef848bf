"""CrossTrade's adapter before CrossTrade's face, over each of its two ways."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

from botd.brokers.crosstrade.adapter import CrosstradeAccess, CrosstradeBroker, Transport
from botd.brokers.port import Broker, Environment, RecordKind
from botd.brokers.transport.door import Carriers
from botd.clock import Clock
from botd.errors import Refusal, RefusalReason
from tests.brokers.paper.day import instant
from tests.contract.product import Ending, Need, Product, Side
from tests.contract.server_stand import Dialect, Said, ServerStand
from tests.contract.stand import OFFICIAL_CLOSE
from tests.contract.trouble import Trouble
from tests.servers.crosstrade import RULES, TOKEN, CrosstradeFace
from tests.servers.crosstrade_line import SocketDial
from tests.servers.face import FaceTransport, Reply

ACCOUNT = "Sim101"
_BAD_REQUEST = 400
_ENDED = instant("14:30", "2015-12-28")  # trading in the contract of December has ended
_YEARS = range(16, 26)

FUTURES = Product(
    first=Side("future:GC 12-15", 1, "1074.10", "1074.30", 50),
    second=Side("future:ES 03-16", -1, "2054.25", "2054.50", 50),
    later=Side("future:NQ 03-16", 1, "4610.00", "4610.50", 50),
    one_sided=Side("future:CL 02-16", 1, None, "38.10", 50),
    underlying="ES",
    spot=Decimal("2054.25"),
    official_close=OFFICIAL_CLOSE,
    official_close_by=timedelta(hours=19, minutes=30),
    ending=Ending(RecordKind.CASH_SETTLEMENT, None, timedelta(days=4, hours=15)),
    unknown=tuple(f"future:RTY {month:02}-40" for month in range(1, 13)),
    many=tuple(f"future:CL {month:02}-{year}" for year in _YEARS for month in range(3, 13)),
    many_ending=("future:SI 12-15", "future:ZN 12-15"),
    has=frozenset({Need.CLOSES, Need.MARKET, Need.PART}),
    beside={"AAPL": 100},
    foreign={"AAPL": 10, "6J 03-16": -2},
    n_foreign=3,
    multiplier=100,
    other_way={"future:GC 12-15": -1},
)
_SAID: Mapping[RefusalReason, dict[str, object]] = {
    RefusalReason.POSITION_GONE: {"error": "No positions found for instrument 'GC 12-15'"},
    RefusalReason.NOT_TRADABLE: {
        "success": False,
        "error": "invalid_instrument",
        "detail": "GC 12-15 is not known here",
    },
    RefusalReason.ACCOUNT_BLOCKED: {
        "success": False,
        "error": "invalid_account",
        "detail": "Account Sim999 not found",
    },
    RefusalReason.MALFORMED: {"error": "Invalid request"},
    RefusalReason.OTHER: {"error": "Call the desk about your tax form."},
}


def _refusals(status: int | None) -> Mapping[RefusalReason, Said]:
    """Word every refusal that there is; over the socket the adapter sees no status."""
    found = {}
    for reason, body in _SAID.items():
        words, code = str(body.get("detail", body["error"])), None
        if "detail" in body:
            code = str(body["error"])
        reply = Reply(_BAD_REQUEST, json.dumps(body).encode())
        found[reason] = Said(reply, Refusal(reason, words, code, status))
    return found


def access(transport: Transport) -> CrosstradeAccess:
    """Give the way to the stand's server."""
    return CrosstradeAccess(
        url="https://crosstrade.invalid",
        stream_url="wss://crosstrade.invalid/ws/stream",
        environment=Environment.PAPER,
        token=lambda: TOKEN,
        transport=transport,
    )


def _over_rest(carriers: Carriers, clock: Clock) -> Broker:
    return CrosstradeBroker(access(Transport.REST), clock, account=ACCOUNT, carriers=carriers)


def _over_socket(carriers: Carriers, clock: Clock) -> Broker:
    """Connect to the server behind *carriers*, which carry the account alone."""
    behind = carriers.orders
    assert isinstance(behind, FaceTransport)
    return socket_broker(SocketDial(behind.gate, clock), carriers, clock)


def socket_broker(socket: SocketDial, carriers: Carriers, clock: Clock) -> Broker:
    """Make the adapter over a WebSocket."""
    way = access(Transport.WEBSOCKET)
    return CrosstradeBroker(way, clock, account=ACCOUNT, carriers=carriers, dial=socket.dial)


class CrosstradeStand(ServerStand):
    """The adapter over REST."""

    dialect = Dialect(
        account=ACCOUNT,
        face=CrosstradeFace,
        broker=_over_rest,
        refusals=_refusals(_BAD_REQUEST),
        rules=RULES,
    )
    product: ClassVar[Product] = FUTURES

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.face.others.append(
            {
                "account": "Sim102",
                "instrument": "ES 03-16",
                "marketPosition": "Long",
                "quantity": 3,
                "marketPrice": 2054.25,
            }
        )

    @property
    def face(self) -> CrosstradeFace:
        """Give the server."""
        face = self.gate.face
        assert isinstance(face, CrosstradeFace)
        return face

    def furnish(self) -> None:
        """Show quotes of the futures."""
        product = self.product
        for side in (product.first, product.second, product.one_sided, product.later):
            self.exchange.quote(side.symbol, side.bid, side.ask, side.size)

    def at(self, instant: datetime) -> None:
        """Set the clock; what has stopped trading is no position any more."""
        super().at(instant)
        if instant >= _ENDED:
            for symbol in [each for each in self.exchange.held if each.endswith(" 12-15")]:
                self.assign(symbol)

    def assign(self, symbol: str) -> None:
        """Let a position be gone."""
        self.exchange.vanish(symbol, abs(self.exchange.held[symbol]))

    def hold_foreign(self) -> bool:
        """Hold shares, a root without rules, and a currency pair."""
        self.exchange.hold({"AAPL": 10, "future:6J 03-16": -2, "EURUSD": 10_000})
        return True


class CrosstradeSocketStand(CrosstradeStand):
    """The adapter over the WebSocket."""

    dialect = replace(CrosstradeStand.dialect, broker=_over_socket, refusals=_refusals(None))

    def trouble(self, trouble: Trouble, *, is_order: bool = True) -> bool:
        """Plan a fault; where nobody is there, no connection is taken either."""
        self.socket.is_away = trouble is Trouble.CUT_OFF
        if self.socket.is_away:
            self.socket.drop()
        return super().trouble(trouble, is_order=is_order)

    def calm(self) -> None:
        """Take connections again."""
        self.socket.is_away = False
        super().calm()

    def _connected(self) -> Broker:
        carriers = Carriers(
            orders=FaceTransport(self.gate, self.clock), reads=FaceTransport(self.gate, self.clock)
        )
        self.socket = SocketDial(self.gate, self.clock)
        return socket_broker(self.socket, carriers, self.clock)
