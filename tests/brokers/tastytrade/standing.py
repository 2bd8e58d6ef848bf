"""The adapter before the face, with everything at hand that a test may turn."""

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Any

from botd.brokers.port import Environment
from botd.brokers.tastytrade.access import TastytradeAccess
from botd.brokers.tastytrade.adapter import TastytradeBroker
from botd.brokers.transport.door import Carriers
from botd.clock import Clock
from tests.brokers.paper.day import PUT_745, PUT_750, HandClock, instant
from tests.servers.exchange import Exchange
from tests.servers.exchange_calendar import ExchangeCalendar
from tests.servers.face import FaceTransport, Gate, Reply, Request
from tests.servers.tastytrade import CLIENT_SECRET, REFRESH_TOKEN, RULES, TastytradeFace

ACCOUNT = "5WT00001"
BUY = ((PUT_750, 1),)
SPREAD = ((PUT_745, -1), (PUT_750, 1))


class Standing:
    """An account that holds a short put spread, ten minutes before an early close."""

    def __init__(self, clock: Clock | None = None, *, secret: str = CLIENT_SECRET) -> None:
        self.hand = HandClock(instant("17:50"))
        self.clock: Clock = clock or self.hand
        self.exchange = Exchange(
            account=ACCOUNT,
            now=self.clock.now,
            rules=RULES,
            calendar=ExchangeCalendar({instant("17:50").date(): time(13, 0)}),
        )
        self.exchange.quote(PUT_750, "0.70", "1.00", 5)
        self.exchange.quote(PUT_745, "0.05", "0.10", 5)
        self.exchange.hold({PUT_750: -3, PUT_745: 3})
        self.face = TastytradeFace(self.exchange)
        self.gate = Gate(self.face)
        self.access = TastytradeAccess(
            url="https://tastytrade.invalid",
            environment=Environment.PAPER,
            client_secret=lambda: secret,
            refresh_token=lambda: REFRESH_TOKEN,
        )
        self.broker = TastytradeBroker(
            self.access, self.clock, account=ACCOUNT, carriers=self.carriers()
        )

    def carriers(self) -> Carriers:
        """Make connections to the face."""
        return Carriers(
            orders=FaceTransport(self.gate, self.clock), reads=FaceTransport(self.gate, self.clock)
        )

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Ask the face itself, as somebody with a token would."""
        self.face.tokens["token-of-a-test"] = instant("18:00")
        usual = {"user-agent": "test/1", "authorization": "Bearer token-of-a-test"}
        return self.face.handle(
            Request(method, path, (), usual if headers is None else headers, body)
        )

    def sent(self, path: str) -> list[Request]:
        """Give the requests to paths that end so."""
        return [each.request for each in self.gate.visits if each.request.path.endswith(path)]


def order_of(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - a body
    """Write the body of an order as somebody else's client would."""
    return {
        "order-type": "Limit",
        "time-in-force": "Day",
        "price": str(Decimal("1.00")),
        "price-effect": "Debit",
        "legs": [
            {
                "instrument-type": "Equity Option",
                "symbol": f"GOOG  {PUT_750[4:]}",
                "action": "Buy to Close",
                "quantity": 1,
            }
        ],
        **changes,
    }
