"""A client of the Alpaca face that knows nothing of botd: methods, paths, JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from tests.brokers.paper.day import HandClock, instant
from tests.servers.alpaca import KEY_ID, RULES, SECRET_KEY, AlpacaFace
from tests.servers.exchange import Exchange
from tests.servers.exchange_calendar import ExchangeCalendar
from tests.servers.face import Face, Request

SHORT = "GOOG151224P00750000"  # bid 0.70, ask 1.00
LONG = "GOOG151224P00745000"  # bid 0.05, ask 0.10
LATER = "GOOG160115C00750000"  # bid 12.00, ask 12.50
CALL = "GOOG151224C00750000"  # no bid, ask 0.40
KEYS = {"apca-api-key-id": KEY_ID, "apca-api-secret-key": SECRET_KEY}
CLOSED_DAYS = {date(2015, 12, 24): time(13, 0), date(2015, 12, 25): None}


@dataclass(frozen=True, slots=True)
class Answered:
    """Status and JSON of a reply."""

    status: int
    found: Any
    headers: Mapping[str, str]

    @property
    def no(self) -> tuple[int, int, str]:
        """Status, code and message of a reply that is a no."""
        return self.status, self.found["code"], self.found["message"]


class World:
    """The account at ten minutes before an early close, and who asks about it."""

    def __init__(self, *, now: str = "17:50") -> None:
        self.clock = HandClock(instant(now))
        self.exchange = Exchange(
            account="PA3TEST",
            now=self.clock.now,
            rules=RULES,
            calendar=ExchangeCalendar(CLOSED_DAYS),
        )
        self.exchange.quote(SHORT, "0.70", "1.00")
        self.exchange.quote(LONG, "0.05", "0.10")
        self.exchange.quote(LATER, "12.00", "12.50")
        self.exchange.quote(CALL, None, "0.40")
        self.exchange.quote("GOOG", "749.60", "749.64", 100)
        self.exchange.trade("GOOG", "749.62")
        self.alpaca = AlpacaFace(self.exchange)
        self.face: Face = self.alpaca

    def at(self, now: datetime) -> None:
        """Let it be *now*."""
        self.clock.at = now
        self.exchange.advance()

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        keys: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answered:
        """Ask, and read the answer."""
        content = b"" if body is None else json.dumps(body).encode()
        headers = {**(KEYS if keys is None else keys), "content-type": "application/json"}
        reply = self.face.handle(
            Request(method, path, tuple((query or {}).items()), headers, content)
        )
        return Answered(reply.status, json.loads(reply.body) if reply.body else None, reply.headers)

    def get(self, path: str, **query: str) -> Any:  # noqa: ANN401 - JSON
        """Read something that must be there."""
        answered = self.ask("GET", path, query=query)
        if answered.status != 200:
            raise LookupError(f"{path}: {answered}")
        return answered.found

    def submit(self, body: Mapping[str, Any]) -> Answered:
        """Send an order."""
        return self.ask("POST", "/v2/orders", body=body)


def single(**changes: object) -> dict[str, Any]:
    """Give an order that buys one short put back, below the market; None leaves a field out."""
    order = {
        "symbol": SHORT,
        "qty": "1",
        "side": "buy",
        "type": "limit",
        "limit_price": "0.80",
        "time_in_force": "day",
        "position_intent": "buy_to_close",
        "client_order_id": "x-1",
    } | changes
    return {name: value for name, value in order.items() if value is not None}


def package(**changes: object) -> dict[str, Any]:
    """Give an order that closes a spread at the market (a debit of 0.95)."""
    order = {
        "order_class": "mleg",
        "qty": "1",
        "type": "limit",
        "limit_price": "0.95",
        "time_in_force": "day",
        "client_order_id": "x-2",
        "legs": [leg(LONG, "sell"), leg(SHORT, "buy")],
    } | changes
    return {name: value for name, value in order.items() if value is not None}


def leg(symbol: str, side: str, ratio: object = "1", intent: str | None = None) -> dict[str, Any]:
    """Give a leg that closes, unless an intent is given ("" for none)."""
    wanted = f"{side}_to_close" if intent is None else intent
    found = {"symbol": symbol, "side": side, "ratio_qty": ratio}
    return found | ({"position_intent": wanted} if wanted else {})
