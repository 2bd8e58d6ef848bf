"""
Alpaca's order stream: JSON in binary frames, nothing before the keys are shown.

    authenticate  {"stream": "authorization", "data": {"status": "authorized"}}
    listen        {"stream": "listening", "data": {"streams": ["trade_updates"]}}
    an event      {"stream": "trade_updates", "data": {"event": ..., "order": {...}}}

There is no replay: what happened while nobody listened is not told. A package's fill is
told once, of the parent, at its net price. Source: reference/brokers.md section 1.5.
"""

import json
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from tests.servers.alpaca_orders import Json, OrderScribe, is_package, price, serial, stamp
from tests.servers.exchange import Exchange
from tests.servers.face import Frame
from tests.servers.orders import ExchangeOrder, OrderState

STREAM = "trade_updates"
_SPACE = uuid.UUID("3b1c8f62-9a41-4f3c-8a17-6f0c2d5e7b91")
_FILLS = frozenset({"fill", "partial_fill"})


class TradeStream:
    """One client's WebSocket."""

    def __init__(
        self,
        exchange: Exchange,
        scribe: OrderScribe,
        are_keys: Callable[[str, str], bool],
    ) -> None:
        self._exchange = exchange
        self._scribe = scribe
        self._are_keys = are_keys
        self.is_authorized = False
        self.is_listening = False

    def hear(self, frame: Frame) -> Sequence[Frame]:
        """Answer a frame of the client."""
        try:
            asked = json.loads(frame)
            action, data = asked["action"], asked.get("data") or {}
        except (ValueError, TypeError, KeyError):
            return (_frame("error", {"error": "invalid message"}),)
        if action in {"auth", "authenticate"}:
            return (self._authorize({**asked, **data}, action),)
        if not self.is_authorized:
            return (_frame("authorization", {"status": "unauthorized", "action": action}),)
        if action == "listen":
            streams = [name for name in data.get("streams", ()) if name == STREAM]
            self.is_listening = bool(streams)
            return (_frame("listening", {"streams": streams}),)
        return (_frame("error", {"error": f"unknown action: {action}"}),)

    def tell(self, event: str, order: ExchangeOrder) -> Sequence[Frame]:
        """Tell what happened to an order, once somebody listens."""
        if not self.is_listening:
            return ()
        return (_frame(STREAM, self.update(event, order)),)

    def update(self, event: str, order: ExchangeOrder) -> Json:
        """Write one event, with the whole order as it is now."""
        status = self._scribe.status(order)
        name = "rejected" if order.state is OrderState.CANCELED and status == "rejected" else event
        event_of = f"{order.number}/{name}/{len(order.executions)}"
        update: Json = {
            "event": name,
            "execution_id": str(uuid.uuid5(_SPACE, event_of)),
            "timestamp": stamp(order.updated_at, serial(order)),
            "order": self._scribe.order(order),
        }
        if event in _FILLS:
            update |= self._fill(order)
        return update

    def _fill(self, order: ExchangeOrder) -> Json:
        last = order.executions[-1]
        if is_package(order):
            return {"qty": str(last.units), "price": price(-last.net_price)}
        ((symbol, ratio),) = order.legs
        return {
            "qty": str(last.units * abs(ratio)),
            "price": price(last.leg_prices[symbol]),
            "position_qty": str(self._exchange.held.get(symbol, 0)),
        }

    def _authorize(self, found: dict[str, Any], action: str) -> Frame:
        key = str(found.get("key_id") or found.get("key") or "")
        secret = str(found.get("secret_key") or found.get("secret") or "")
        self.is_authorized = self._are_keys(key, secret)
        status = "authorized" if self.is_authorized else "unauthorized"
        return _frame("authorization", {"status": status, "action": action})


def _frame(stream: str, data: Json) -> bytes:
    return json.dumps({"stream": stream, "data": data}).encode()
