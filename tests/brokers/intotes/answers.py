"""Answers of Intotes as its documents show them, and closes to send."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from botd.brokers.transport.answer import Answer
from botd.domain.contract import Leg
from botd.domain.instruments import parse_instrument
from botd.domain.orders import OrderIntent

AT = datetime(2026, 4, 2, 18, 20, tzinfo=UTC)
YES, NO = "event:100:YES", "event:100:NO"
MY_POSITIONS: list[dict[str, Any]] = [
    {
        "id": 501,
        "user_id": 7,
        "market_id": 42,
        "token_type": "YES",
        "amount": 1500,
        "avg_price": 6200,
        "event_id": 10,
        "event_name": "Will ETH exceed $4000 by June?",
        "pool_id": 5,
        "pool_name": "Crypto Predictions",
        "market_name": "ETH > $4000",
        "side": "YES",
        "unrealized_pnl": 320,
    },
    {
        "id": 502,
        "user_id": 7,
        "market_id": 55,
        "token_type": "NO",
        "amount": 800,
        "avg_price": 4500,
        "event_id": 12,
        "event_name": "Champions League Final Winner",
        "pool_id": 8,
        "pool_name": "Football",
        "market_name": "Real Madrid wins",
        "side": "NO",
        "unrealized_pnl": -150,
    },
]
COMPLETED: dict[str, Any] = {
    "positions": [
        {
            "id": 401,
            "user_id": 7,
            "market_id": 30,
            "token_type": "YES",
            "amount": 2000,
            "avg_price": 4000,
            "pnl": 1200,
            "won_side": 0,
            "closed_at": "2026-04-02T18:30:00Z",
            "event_id": 8,
            "event_name": "Will BTC hit $100K in Q1?",
            "pool_id": 3,
            "pool_name": "Crypto",
            "market_name": "BTC > $100K",
        },
        {
            "id": 402,
            "user_id": 7,
            "market_id": 35,
            "token_type": "NO",
            "amount": 500,
            "avg_price": 6000,
            "pnl": -500,
            "won_side": 0,
            "closed_at": "2026-04-01T10:00:00Z",
            "event_id": 9,
            "event_name": "Premier League: Liverpool vs Arsenal",
            "pool_id": 6,
            "pool_name": "Football",
            "market_name": "Liverpool wins",
        },
    ],
    "next_cursor": "eyJpZCI6NDAyfQ==",
    "has_more": True,
}
# A line as the guide describes it: no id of its own, words, a UUID.
OF_THE_GUIDE = {
    "market_id": "3f0e8c1a-2b4d-4a6f-8e9b-0c1d2e3f4a5b",
    "token_type": "YES",
    "amount": 5,
    "avg_price": 4000,
    "pnl": 3750,
    "event_name": "An event",
    "pool_name": "A pool",
    "market_name": "A market",
    "closed_at": "2026-04-02T18:30:00Z",
}


def body(found: object) -> bytes:
    """Write JSON."""
    return json.dumps(found).encode()


def answer(found: object, status: int = 200) -> Answer:
    """Make an answer with a JSON body."""
    return Answer(status, {}, body(found))


def page(*lines: dict[str, Any], **changes: object) -> bytes:
    """Write a page of the record."""
    return body({"positions": list(lines), "next_cursor": None, "has_more": False} | changes)


def closing(
    *pairs: tuple[str, int], units: int = 1, name: str = "bd1-a", net_price: str | None = None
) -> OrderIntent:
    """Make an order of legs as sent."""
    return OrderIntent(
        client_order_id=name,
        position_id="p",
        account="7",
        attempt_due_at=AT,
        step=1,
        legs=tuple(Leg(parse_instrument(symbol), quantity) for symbol, quantity in pairs),
        units=units,
        net_price=None if net_price is None else Decimal(net_price),
        cap=None,
        give_up_at=AT + timedelta(seconds=10),
    )
