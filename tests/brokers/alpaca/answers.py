"""Answers of Alpaca as its documents show them, and orders to compare with them."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from botd.brokers.transport.answer import Answer
from botd.brokers.transport.fields import Fields, parse_json
from botd.domain import occ
from botd.domain.contract import Leg
from botd.domain.orders import OrderIntent

CALL_100 = "AAPL250620C00100000"
CALL_105 = "AAPL250620C00105000"
AT = datetime(2025, 6, 20, 19, 50, 3, tzinfo=UTC)
NAME = "bd1-k3vq7m2zc4ya-06201950-01"


def legs(*pairs: tuple[str, int]) -> tuple[Leg, ...]:
    """Make legs of symbols and signed quantities, as sent."""
    return tuple(Leg(occ.parse_instrument(symbol), quantity) for symbol, quantity in pairs)


def intent(
    *pairs: tuple[str, int], net_price: str | None = None, units: int = 1, name: str = NAME
) -> OrderIntent:
    """Make an intent."""
    return OrderIntent(
        client_order_id=name,
        position_id="p",
        account="PA1",
        attempt_due_at=AT,
        step=1,
        legs=legs(*pairs),
        units=units,
        net_price=None if net_price is None else Decimal(net_price),
        cap=None,
        give_up_at=AT + timedelta(seconds=10),
    )


def fields(found: object) -> Fields:
    """Read an object as an answer's body is read."""
    return Fields.of(parse_json(json.dumps(found).encode()))


def body(found: object) -> object:
    """Read anything as an answer's body is read."""
    return parse_json(json.dumps(found).encode())


def refused(status: int, code: int | None, message: str, **extra: object) -> Answer:
    """Make an answer that is a no."""
    found = {"message": message, **({} if code is None else {"code": code}), **extra}
    return Answer(status, {}, json.dumps(found).encode())


def single(**changes: object) -> dict[str, Any]:
    """Write an order of one leg, as the published description shows one."""
    return {
        "id": "7b08df51-c1ac-453c-99f9-323a5f075f0d",
        "client_order_id": NAME,
        "created_at": "2025-06-20T19:50:00.668464435Z",
        "updated_at": "2025-06-20T19:50:02.668464435Z",
        "submitted_at": "2025-06-20T19:50:00.577215743Z",
        "filled_at": None,
        "asset_class": "us_option",
        "symbol": CALL_100,
        "qty": "2",
        "filled_qty": "0",
        "filled_avg_price": None,
        "order_class": "simple",
        "type": "limit",
        "side": "sell",
        "position_intent": "sell_to_close",
        "time_in_force": "day",
        "limit_price": "1.05",
        "status": "new",
        "legs": None,
        "replaced_by": None,
        "replaces": None,
        **changes,
    }


def package(**changes: object) -> dict[str, Any]:
    """Write an order of two legs: sells the 100 call, buys the 105 call, for a credit."""
    return {
        **single(),
        "symbol": "",
        "side": "",
        "asset_class": "",
        "asset_id": "",
        "order_class": "mleg",
        "qty": "3",
        "limit_price": "-0.55",
        "legs": [
            _leg(CALL_100, "sell", changes.pop("first_paid", None)),
            _leg(CALL_105, "buy", changes.pop("second_paid", None)),
        ],
        **changes,
    }


def _leg(symbol: str, side: str, paid: object) -> dict[str, Any]:
    return {
        **single(symbol=symbol, side=side, qty="3", order_class="mleg", limit_price=None),
        "id": f"leg of {symbol}",
        "client_order_id": f"their own {symbol}",
        "position_intent": f"{side}_to_close",
        "ratio_qty": "1",
        "filled_avg_price": paid,
        "type": "",
    }
