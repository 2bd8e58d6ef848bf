"""
The exchange's refusals in Alpaca's words, and the table of all that it is known to say.

`TABLE` holds one example of every row of reference/brokers.md section 1.6. What the
exchange's state cannot bring about is planned: as a fault (`planned`), or on the exchange
as `Rejected(Reason.OTHER, {"words": TABLE[...]})`.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from tests.servers import alpaca_words as say
from tests.servers.alpaca_orders import STATUS, order_id
from tests.servers.alpaca_words import Shortage, Words
from tests.servers.faults import Call, Fault, FaultKind
from tests.servers.orders import Reason, Rejected

Detail = Mapping[str, Any]

_CALL = "AAPL250620C00100000"
_ORDER = "6eb5f7a4-6b0d-4f2c-9a0e-2f4d5b7c8e90"

TABLE: Mapping[str, Words] = {
    "assignment lock": say.assignment_lock(_CALL),
    "held by another order": Shortage(_CALL, 23, 23, 23, (_ORDER,)).words(),
    "position smaller": Shortage(_CALL, 3, 1, 0).words(),
    "nothing held": Shortage(_CALL, 1, 0, 0).words(),
    "wash trade": say.wash_trade(_ORDER),
    "buying power": say.buying_power(Decimal("11300.5"), Decimal("1313.22")),
    "uncovered": say.UNCOVERED,
    "uncovered or spread": say.UNCOVERED_SPREAD,
    "covered call": say.uncovered_call(_CALL, 200, 0),
    "too many expiring": say.too_many_expiring(50),
    "mleg disabled": say.MLEG_DISABLED,
    "position gone": say.intent_mismatch("buy_to_open", "buy_to_close"),
    "expires soon": say.expires_soon(_CALL),
    "expired": say.contract_is(_CALL, "expired"),
    "not active": say.contract_is(_CALL, "not active"),
    "not tradable": say.contract_is(_CALL, "not tradable"),
    "not found": say.contract_is(_CALL, "not found"),
    "market closed": say.NO_MARKET_ORDER_NOW,
    "time in force": say.unprocessable(
        "order_time_in_force provided not supported for options: gtc"
    ),
    "not integer": say.unprocessable("qty must be integer for options orders"),
    "invalid limit price": say.unprocessable("invalid limit price"),
    "no intent": say.unprocessable("leg.0 position intent is required"),
    "ambiguous roll": say.AMBIGUOUS_ROLL,
    "underlyings differ": say.UNDERLYINGS_DIFFER,
    "cancel of a final order": say.not_cancelable("filled"),
    "replace of a pending order": say.not_replaceable("pending_new"),
    "already replaced": say.REPLACED_ALREADY,
    "chain not replaced": say.CHAIN_NOT_REPLACED,
    "nothing changed": say.NOTHING_CHANGED,
    "quantity filled": say.QUANTITY_IS_FILLED,
    "cancel of a leg": say.LEG_CANCEL,
    "duplicate id": say.DUPLICATE_ID,
    "tick": say.off_tick(Decimal("290.123")),
    "decimals": say.TWO_DECIMALS,
    "order not found": say.NO_ORDER,
    "position not found": say.NO_POSITION,
    "long position not found": Words(404, say.NOT_FOUND, f"long position not found: {_CALL}"),
    "keys": say.UNKNOWN_KEYS,
    "rate": say.RATE_LIMIT,
}


def planned(words: Words, call: Call = Call.SUBMIT, *, times: int = 1) -> Fault:
    """Plan that the next requests of a kind are answered with exactly these words."""
    body = json.dumps(words.body()).encode()
    headers = {"content-type": "application/json; charset=UTF-8"}
    return Fault(
        FaultKind.REFUSE, call, times=times, status=words.status, body=body, headers=headers
    )


def rejection(found: Rejected, asked: Detail) -> Words:
    """
    Word what the exchange does not take.

    Args:
        found: its reason and the figures.
        asked: the request's body; prices are told as they were sent.
    """
    words = found.detail.get("words")
    if isinstance(words, Words):
        return words
    known = _WORDINGS.get(found.reason)
    if known is None:
        return say.unprocessable(str(words or found.reason.value.replace("_", " ")))
    return known({"limit_price": asked.get("limit_price") or 0, **found.detail})


def _gone(detail: Detail) -> Words:
    side = "buy" if detail.get("is_buy", True) else "sell"
    return say.intent_mismatch(f"{side}_to_open", f"{side}_to_close")


def _shortage(detail: Detail) -> Words:
    return Shortage(
        symbol=str(detail.get("symbol", "")),
        requested=int(detail.get("requested", 1)),
        existing=abs(int(detail.get("existing_qty", 0))),
        held=int(detail.get("held_for_orders", 0)),
        related=tuple(map(_uuid, detail.get("related_orders", ()))),
    ).words()


def _funds(detail: Detail) -> Words:
    return say.buying_power(detail.get("required", Decimal(0)), detail.get("available", Decimal(0)))


def _uuid(number: object) -> str:
    return order_id(int(str(number))) if str(number).isdigit() else str(number)


_WORDINGS: Mapping[Reason, Callable[[Detail], Words]] = {
    Reason.POSITION_GONE: _gone,
    Reason.INTENT_MISMATCH: _gone,
    Reason.POSITION_SMALLER: _shortage,
    Reason.HELD_BY_OTHER_ORDER: _shortage,
    Reason.ASSIGNMENT_LOCK: lambda detail: say.assignment_lock(str(detail.get("symbol", ""))),
    Reason.NOT_TRADABLE: lambda detail: say.contract_is(
        str(detail.get("symbol", "")), "not tradable"
    ),
    Reason.CONTRACT_EXPIRED: lambda detail: say.contract_is(
        str(detail.get("symbol", "")), "expired"
    ),
    Reason.FUNDS: _funds,
    Reason.WASH_TRADE: lambda detail: say.wash_trade(_uuid(detail.get("existing_order_id", ""))),
    Reason.DUPLICATE_CLIENT_ID: lambda _: say.DUPLICATE_ID,
    Reason.PRICE_TICK: lambda detail: say.off_tick(Decimal(str(detail["limit_price"]))),
    Reason.PRICE_BAND: lambda _: say.unprocessable("invalid limit price"),
    Reason.MARKET_CLOSED: lambda _: say.NO_MARKET_ORDER_NOW,
    Reason.NO_SUCH_ORDER: lambda _: say.NO_ORDER,
    Reason.NOT_CANCELABLE: lambda detail: say.not_cancelable(STATUS[detail["state"]]),
    Reason.NOT_REPLACEABLE: lambda detail: say.not_replaceable(STATUS[detail["state"]]),
    Reason.MALFORMED: lambda detail: say.invalid(str(detail.get("words", "invalid order"))),
    Reason.ACCOUNT_BLOCKED: lambda detail: Words(
        403, say.FORBIDDEN, str(detail.get("words", "account is blocked"))
    ),
}
