"""Answers of tastytrade as its documents and recorded payloads show them."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from botd.brokers.tastytrade.wire_orders import Reading, order_list
from botd.brokers.transport.answer import Answer
from botd.brokers.transport.fields import Fields, parse_json
from botd.domain import occ
from botd.domain.contract import Leg
from botd.domain.orders import OrderIntent, OrderReport

CALL_100 = "AAPL250620C00100000"
CALL_105 = "AAPL250620C00105000"
PADDED_100 = "AAPL  250620C00100000"
PADDED_105 = "AAPL  250620C00105000"
AT = datetime(2025, 6, 20, 19, 50, 3, tzinfo=UTC)
LONG_AGO = "2025-06-20T19:40:00.000+00:00"
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
        account="5WT00001",
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


def listing(*found: object) -> tuple[Fields, ...]:
    """Read objects as a list's items are read."""
    return tuple(fields(each) for each in found)


def body(data: object) -> bytes:
    """Put data into the envelope."""
    return json.dumps({"data": data, "context": "/"}).encode()


def fill(number: int, price: str, quantity: int = 1, at: str = LONG_AGO) -> dict[str, Any]:
    """Write an execution of a leg."""
    return {
        "ext-group-fill-id": "0",
        "ext-exec-id": str(number),
        "fill-id": f"{number}_TW::TEST",
        "quantity": quantity,
        "fill-price": price,
        "filled-at": at,
        "destination-venue": "TEST_A",
    }


def leg(
    symbol: str,
    action: str,
    *fills: dict[str, Any],
    quantity: int = 1,
    remaining: int | None = None,
) -> dict[str, Any]:
    """Write a leg; what remains is what has not filled, unless told."""
    done = sum(each["quantity"] for each in fills)
    return {
        "instrument-type": "Equity Option",
        "symbol": symbol,
        "quantity": quantity,
        "remaining-quantity": quantity - done if remaining is None else remaining,
        "action": action,
        "fills": list(fills),
    }


def single(status: str = "Live", *fills: dict[str, Any], **changes: object) -> dict[str, Any]:
    """Write an order that buys one call back."""
    return {
        "id": 54758826,
        "account-number": "5WT00001",
        "time-in-force": "Day",
        "order-type": "Limit",
        "size": 1,
        "underlying-symbol": "AAPL",
        "price": "0.55",
        "price-effect": "Debit",
        "status": status,
        "external-identifier": NAME,
        "source": "botd/x1",
        "received-at": "2025-06-20T19:50:00.172+00:00",
        "updated-at": 1750449000172,
        "legs": [leg(PADDED_100, "Buy to Close", *fills)],
        **changes,
    }


def spread(status: str = "Live", *, units: int = 1, **changes: object) -> dict[str, Any]:
    """Write an order that closes a spread, nothing of it filled."""
    return single(
        status,
        size=units,
        legs=[
            leg(PADDED_100, "Buy to Close", quantity=units),
            leg(PADDED_105, "Sell to Close", quantity=units),
        ],
        **changes,
    )


def refused(status: int, found: object) -> Answer:
    """Make an answer that is a no."""
    return Answer(status, {}, json.dumps(found).encode())


def preflight(*checks: tuple[str, str]) -> Answer:
    """Make the answer to an order that failed some checks."""
    errors = [{"code": code, "message": words} for code, words in checks]
    words = "One or more preflight checks failed"
    return refused(
        422, {"error": {"code": "preflight_check_failure", "message": words, "errors": errors}}
    )


READING = Reading(AT, AT, {}, {})


def report(order: dict[str, Any], reading: Reading = READING) -> OrderReport:
    """Read one listed order."""
    (found,) = order_list(listing(order), reading)
    return found
