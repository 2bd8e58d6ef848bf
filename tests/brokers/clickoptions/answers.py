"""Answers of ClickOptions as its document describes them."""

import json
from datetime import UTC, datetime
from typing import Any

from botd.brokers.clickoptions.wire import Position, position_of
from botd.brokers.transport.answer import Answer
from botd.brokers.transport.fields import Fields, parse_json

CALL = "crypto:BTC-27NOV26-90000-C"
ENDS_AT = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 27, 7, 50, tzinfo=UTC)
LATER = datetime(2026, 11, 27, 8, 5, tzinfo=UTC)
OPENED_AT = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


def told(**changes: object) -> dict[str, Any]:
    """Write a position of three contracts with every documented field."""
    return {
        "positionId": "7001",
        "parentPositionId": None,
        "symbol": "BTC-27NOV26-90000-C",
        "asset": "BTC",
        "type": "CALL",
        "expiryDate": 1795766400000,
        "sizeUsdt": "15.00",
        "size": "0.03",
        "sizeContracts": "3",
        "sizeUsdtClosed": "0",
        "sizeClosed": "0",
        "sizeContractsClosed": "0",
        "strikePrice": "90000.00",
        "openPrice": "500.00",
        "openDate": 1795177800000,
        "status": "open",
        "fee": "0.05",
        "premiumTotal": "15.00",
        "closePrice": "",
        "pl": "1.50",
        "plClosed": "0",
        "contractQty": "0.01",
        "tradeSide": "BUY",
        "excercisePlClosed": "0",
        "excercisePlFloating": "15.37",
        "curIdxPrice": "90512.50",
        "settlementPrice": "",
        "easyOptionId": None,
    } | changes


def closed(**changes: object) -> dict[str, Any]:
    """Write one that somebody closed at 700 dollars a coin."""
    usual = {
        "status": "closed",
        "sizeContractsClosed": "3",
        "sizeClosed": "0.03",
        "closePrice": "700.00",
        "plClosed": "6.00",
    }
    return told(**(usual | changes))


def exercised(**changes: object) -> dict[str, Any]:
    """Write one that ended in the money, at 91,000."""
    return told(**({"status": "exercised", "settlementPrice": "91000"} | changes))


def position(**changes: object) -> Position:
    """Read a position."""
    return read(told(**changes))


def read(found: object) -> Position:
    """Read a position as an answer's body is read."""
    return position_of(Fields.of(parse_json(json.dumps(found).encode()), "items[0]"))


def page(*items: dict[str, Any], number: int = 1, total: int | None = None) -> dict[str, Any]:
    """Write a page of a list."""
    whole = len(items) if total is None else total
    return {"total": whole, "page": number, "pageSize": 100, "items": list(items)}


def answer(found: object, status: int = 200) -> Answer:
    """Make an answer with a JSON body."""
    return Answer(status, {}, json.dumps(found).encode())
