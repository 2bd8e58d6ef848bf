"""
What Tradier says when it says no.

    the request itself is wrong      400 and plain text
    downstream says no               200 and {"errors": {"error": ...}}: a list, or one string
    downstream says no later         the order is `rejected`, with a `reason_description`
    too late to cancel               400, "order already in finalized state: filled"
    no token, or a wrong one         401 and a gateway's fault
    too many requests                429 and a gateway's fault

Sources: reference/brokers.md sections 2.3 and 2.4; docs.tradier.com, "Error Responses".
The words for an order that does not exist are not documented.
"""

from typing import Any

from tests.servers.orders import LegPair, OrderState, Reason, Rejected

OVERRIDE = "Backoffice rejected override of the order."
_BAND = "Order failed PriceRange - AGGRESSIVE: OrderPrice {limit} RefPrice {natural} Limit 0.5"
OUTSIDE_HOURS = "Outside of market hours this order is required to be placed at a limit price."
_CODES = {
    Reason.NOT_TRADABLE: "SecurityUndefined",
    Reason.CONTRACT_EXPIRED: "InvalidOrderExpiration",
    Reason.FUNDS: "InitialMargin",
    Reason.ACCOUNT_BLOCKED: "AccountDisabled",
    Reason.OPENS: "OrderIsNotAllowedForAccount",
    Reason.WASH_TRADE: "WashTradeAttempt",
    Reason.PRICE_TICK: "LimitPriceUndefined",
}
_BY_SIDE = {
    Reason.POSITION_GONE: ("UnexpectedBuyToCoverOrderOption", "UnexpectedSellOrderOption"),
    Reason.POSITION_SMALLER: ("ShortPositionCrossZero", "LongPositionCrossZero"),
    Reason.INTENT_MISMATCH: ("UnexpectedBuyOrderOption", "UnexpectedSellShortOrderOption"),
}
_FINALIZED = {
    OrderState.FILLED: "filled",
    OrderState.CANCELED: "canceled",
    OrderState.EXPIRED: "expired",
    OrderState.REJECTED: "rejected",
}


class BadRequest(Exception):  # noqa: N818 - an answer
    """The interface refuses the request itself, in plain text."""


def errors(rejected: Rejected, legs: tuple[LegPair, ...]) -> tuple[str, ...]:
    """Word a downstream refusal."""
    reason = rejected.reason
    if reason is Reason.HELD_BY_OTHER_ORDER:
        # Pending orders count as closed: nothing is left, or too little.
        is_part = rejected.detail.get("available", 0) > 0
        reason = Reason.POSITION_SMALLER if is_part else Reason.POSITION_GONE
    if reason in _BY_SIDE:
        return (OVERRIDE, _BY_SIDE[reason][0 if _is_buy(rejected, legs) else 1])
    if reason in _CODES:
        return (_CODES[reason],)
    if reason is Reason.PRICE_BAND:
        return (_BAND.format(**{"limit": "?", "natural": "?", **rejected.detail}),)
    if reason is Reason.MARKET_CLOSED:
        return (OUTSIDE_HOURS,)
    return (OVERRIDE, str(rejected.detail.get("words", "")) or reason.value)


def one_or_many(said: tuple[str, ...]) -> dict[str, Any]:
    """Put words into `errors`, as JSON that was XML does."""
    return {"errors": {"error": said[0] if len(said) == 1 else list(said)}}


def finalized(rejected: Rejected) -> str:
    """Say why an order is not cancelled or changed."""
    if rejected.reason is Reason.NO_SUCH_ORDER:
        return "order not found"
    state = rejected.detail.get("state")
    if state in _FINALIZED:
        return f"order already in finalized state: {_FINALIZED[state]}"
    return "order cannot be changed"


def fault(words: str, code: str) -> dict[str, Any]:
    """Word a fault of the gateway."""
    return {"fault": {"faultstring": words, "detail": {"errorcode": code}}}


UNAUTHORIZED = fault("Invalid Access Token", "keymanagement.service.invalid_access_token")
TOO_MANY = fault("Rate limit quota violation", "policies.ratelimit.QuotaViolation")


def _is_buy(rejected: Rejected, legs: tuple[LegPair, ...]) -> bool:
    return bool(rejected.detail.get("is_buy", legs[0][1] > 0))
