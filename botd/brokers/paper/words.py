"""
How a broker says no: status, code and words for each reason.

The words are Alpaca's where it documents any (error table of its orders API), so that
what a person reads on paper is what a person reads live. They are data for people;
the reason is chosen by the exchange, not read from them.
"""

from botd.errors import Refusal, RefusalReason

_FORBIDDEN = (403, "40310000")
_UNPROCESSABLE = (422, "42210000")
_DUPLICATE = (422, "40010001")
_NOT_FOUND = (404, "40410000")

_WORDS: dict[RefusalReason, tuple[tuple[int, str], str]] = {
    RefusalReason.POSITION_GONE: (
        _UNPROCESSABLE,
        "position intent mismatch, inferred: buy_to_open, specified: buy_to_close",
    ),
    RefusalReason.POSITION_SMALLER: (
        _FORBIDDEN,
        "insufficient qty available for order (requested: 2, available: 1)",
    ),
    RefusalReason.INTENT_MISMATCH: (
        _UNPROCESSABLE,
        "position intent mismatch, inferred: sell_to_open, specified: sell_to_close",
    ),
    RefusalReason.ASSIGNMENT_LOCK: (
        _FORBIDDEN,
        "active assignment lock on {symbol}, cannot close all long options",
    ),
    RefusalReason.NOT_TRADABLE: (_UNPROCESSABLE, 'contract "{symbol}" is not tradable'),
    RefusalReason.CONTRACT_EXPIRED: (_UNPROCESSABLE, 'contract "{symbol}" is expired'),
    RefusalReason.FUNDS: (_FORBIDDEN, "insufficient options buying power"),
    RefusalReason.MALFORMED: (_UNPROCESSABLE, "invalid limit price"),
    RefusalReason.OTHER: (_FORBIDDEN, "order is not accepted"),
    RefusalReason.ACCOUNT_BLOCKED: (_FORBIDDEN, "account is blocked from trading"),
    RefusalReason.MARKET_CLOSED: (
        _UNPROCESSABLE,
        "options orders are only allowed during market hours",
    ),
    RefusalReason.HELD_BY_OTHER_ORDER: (
        _FORBIDDEN,
        "insufficient qty available for order (requested: 1, available: 0, held_for_orders: 1)",
    ),
    RefusalReason.WASH_TRADE: (
        _FORBIDDEN,
        "potential wash trade detected. use complex orders",
    ),
    RefusalReason.DUPLICATE_CLIENT_ID: (_DUPLICATE, "client_order_id must be unique"),
    RefusalReason.PRICE_TICK: (
        _UNPROCESSABLE,
        "invalid limit_price: increment does not fulfill minimum pricing criteria",
    ),
    RefusalReason.PRICE_BAND: (_UNPROCESSABLE, "limit price is outside the allowed band"),
}


def words_for(reason: RefusalReason, symbol: str = "", message: str | None = None) -> Refusal:
    """Give a refusal for *reason*, in the usual words or in *message*."""
    (http_status, code), usual = _WORDS[reason]
    return Refusal(reason, message or usual.format(symbol=symbol), code, http_status)


def gone(symbol: str, *, is_buy: bool) -> Refusal:
    """Say that there is nothing to close in this direction."""
    verb = "buy" if is_buy else "sell"
    return words_for(
        RefusalReason.POSITION_GONE,
        symbol,
        f"position intent mismatch, inferred: {verb}_to_open, specified: {verb}_to_close",
    )


def insufficient(symbol: str, *, requested: int, held: int, reserved: int, by: str) -> Refusal:
    """Say that too little is held, or that other orders (*by*: their ids) hold it."""
    is_smaller = held < requested
    reason = RefusalReason.POSITION_SMALLER if is_smaller else RefusalReason.HELD_BY_OTHER_ORDER
    words = (
        f"insufficient qty available for order (requested: {requested}, "
        f"available: {max(held - reserved, 0)}), symbol: {symbol}, existing_qty: {held}, "
        f"held_for_orders: {reserved}, related_orders: [{by}]"
    )
    return words_for(reason, symbol, words)


def order_not_found(broker_order_id: str) -> Refusal:
    """Say that no order has this id."""
    (http_status, code) = _NOT_FOUND
    return Refusal(
        RefusalReason.OTHER,
        f"order not found for {broker_order_id}",
        code,
        http_status,
    )


def not_cancelable(state: str) -> Refusal:
    """Say that an order has ended already."""
    (http_status, code) = _UNPROCESSABLE
    return Refusal(
        RefusalReason.OTHER,
        f'order is already in "{state}" state',
        code,
        http_status,
    )
