"""Answers of Tradier as its documents show them, and orders to compare with them."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from botd.brokers.transport.answer import Answer
from botd.brokers.transport.fields import Fields, parse_json
from botd.domain import occ
from botd.domain.contract import Leg
from botd.domain.orders import OrderIntent

SHORT = "SPY190605C00282000"
LONG = "SPY190605C00286000"
AT = datetime(2019, 6, 5, 19, 50, tzinfo=UTC)
NAME = "bd1-k3vq7m2zc4ya-06051950-01"
CREATED = "2019-06-05T19:50:01.250Z"
CHANGED = "2019-06-05T19:50:02.500Z"


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
        account="VA1",
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


def answer(found: object, status: int = 200, **headers: str) -> Answer:
    """Make an answer with a JSON body."""
    return Answer(status, headers, json.dumps(found).encode())


def plain(words: str, status: int = 400) -> Answer:
    """Make an answer of plain words."""
    return Answer(status, {}, words.encode())


def single(**changes: object) -> dict[str, Any]:
    """Write an order of one option, as the documents show one."""
    return {
        "id": 228749,
        "type": "limit",
        "symbol": "SPY",
        "side": "buy_to_close",
        "quantity": 2.0,
        "status": "open",
        "duration": "day",
        "price": 1.05,
        "avg_fill_price": 0.0,
        "exec_quantity": 0.0,
        "last_fill_price": 0.0,
        "last_fill_quantity": 0.0,
        "remaining_quantity": 2.0,
        "create_date": CREATED,
        "transaction_date": CHANGED,
        "class": "option",
        "option_symbol": SHORT,
        "tag": NAME,
    } | changes


def leg(
    symbol: str, side: str, quantity: float, done: float = 0.0, price: float = 0.0
) -> dict[str, Any]:
    """Write a leg of a package."""
    return single(
        option_symbol=symbol,
        side=side,
        quantity=quantity,
        exec_quantity=done,
        avg_fill_price=price,
        type="debit",
    )


def package(*found: dict[str, Any], **changes: object) -> dict[str, Any]:
    """Write a package with its legs."""
    return (
        single(
            type="debit",
            side="buy",
            quantity=1.0,
            price=0.55,
            num_legs=len(found),
            strategy="spread",
            leg=list(found) if len(found) > 1 else found[0],
            **{"class": "multileg"},
        )
        | changes
    )
