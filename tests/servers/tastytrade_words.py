"""
What tastytrade says when it does not do what it is asked.

    400  the body                      401  token, or no User-Agent    403  not this account
    404  no such thing                 422  the order                  429  without headers

Errors of the 422 have checks inside. Documented, or seen by users: `cant_buy_for_credit`,
`cannot_update_order`, `closing_with_no_position`, `margin_check_failed`,
`too_close_to_expiration`. The list is not published: the other codes and words here are
made up, from the documents' list of what is checked (order-management.md).

Source: reference/brokers.md section 3.4; the pages "Error reference" and "Order Flow".
"""

from dataclasses import dataclass

from tests.servers.orders import Reason, Rejected

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Words:
    """One answer that is a no."""

    status: int
    code: str
    message: str
    checks: tuple[tuple[str, str], ...] = ()

    def body(self) -> Json:
        """Give the JSON object of the answer."""
        error: Json = {"code": self.code, "message": self.message}
        if self.checks:
            error["errors"] = [{"code": code, "message": words} for code, words in self.checks]
        return {"error": error}


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """The face answers with *words* and does nothing."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.message)
        self.words = words


def preflight(code: str, message: str) -> Words:
    """Say that a check before routing failed."""
    checks = ((code, message),)
    return Words(422, "preflight_check_failure", "One or more preflight checks failed", checks)


NO_AGENT = Words(401, "unauthorized", "User-Agent header must be <product>/<version>")
NO_TOKEN = Words(401, "token_invalid", "This token is invalid or has expired")
NO_GRANT = Words(401, "invalid_grant", "Grant revoked")
NOT_PERMITTED = Words(403, "not_permitted", "User not permitted access")
NOT_FOUND = Words(404, "record_not_found", "Record not found")
TOO_MANY = Words(429, "too_many_requests", "Too many requests")
BAD_BODY = Words(400, "validation_error", "Request validation failed")
NOT_CANCELLED = Words(422, "cannot_update_order", "the order could not be cancelled")
NOT_REPLACED = Words(422, "cannot_update_order", "the order could not be replaced")
FOR_CREDIT = preflight("cant_buy_for_credit", "You cannot buy for a credit.")
FOR_DEBIT = preflight("cant_sell_for_debit", "You cannot sell for a debit.")
ONE_LEG = preflight("market_order_single_leg", "Market orders must have a single leg.")
NO_POSITION = preflight(
    "closing_with_no_position",
    "You cannot route a closing order without an existing position to close.",
)

_WORDS = {
    Reason.POSITION_GONE: NO_POSITION,
    Reason.POSITION_SMALLER: preflight(
        "closing_quantity_check", "You are closing more contracts than you hold."
    ),
    Reason.HELD_BY_OTHER_ORDER: preflight(
        "working_order_check", "This order conflicts with another working order."
    ),
    Reason.INTENT_MISMATCH: preflight(
        "too_close_to_expiration",
        "Sell to open orders cannot be sent 30 minutes prior to close on expiration day.",
    ),
    Reason.OPENS: preflight("opening_check", "Opening orders are not enabled."),
    Reason.NOT_TRADABLE: preflight("instrument_check", "Trading in this instrument is halted."),
    Reason.CONTRACT_EXPIRED: preflight("expired_check", "This option has expired."),
    Reason.FUNDS: preflight(
        "margin_check_failed", "Your account does not have enough buying power for this order."
    ),
    Reason.MALFORMED: BAD_BODY,
    Reason.ACCOUNT_BLOCKED: NOT_PERMITTED,
    Reason.MARKET_CLOSED: preflight("session_check", "The market is closed."),
    Reason.PRICE_TICK: preflight("price_check", "Price increment is invalid."),
    Reason.NO_SUCH_ORDER: NOT_FOUND,
    Reason.NOT_CANCELABLE: NOT_CANCELLED,
    Reason.NOT_REPLACEABLE: NOT_REPLACED,
}


def words_of(rejected: Rejected) -> Words:
    """Word a refusal of the exchange."""
    return _WORDS.get(rejected.reason) or preflight("order_check", "The order was not taken.")


def reject_reason(rejected: Rejected) -> str:
    """Word a rejection that comes after an order was taken."""
    words = words_of(rejected)
    return words.checks[0][1] if words.checks else words.message
