"""
How Alpaca says no, and what it speaks of.

    status and code       what it stands for
    401xxxxx, 403 bare    the keys: nothing was taken, and it is no refusal
    429xxxxx              too many requests: nothing was taken
    403 40310000          twenty things: the body's figures tell, then the words
    422 42210000          twenty-five things: the words tell
    4xx 400xxxxx          the request as such, or a client order id that was used before
    403, 422 without body documented without one: a refusal, reason unknown; 404 likewise,
                          where an order of ours was to be cancelled
    any other body        unreadable: the outcome is unknown

The figures of a shortage count before any words:

    existing_qty 0, or held the other way     position gone
    existing_qty below what was asked for     position smaller
    held_for_orders above 0, related_orders   held by another order
    existing_order_id                         wash trade

Only status and code are a contract; the words are examples (the vendor's trading overview
of 2026-09-16). So the table of words below may only move an answer out of refusal, or
choose among reasons to refuse. What matches nothing is `OTHER`.
"""

import re
from decimal import Decimal

from botd.brokers.transport.answer import Answer
from botd.brokers.transport.fields import Fields, Unreadable, parse_json, storable
from botd.domain.orders import OrderIntent
from botd.errors import BrokerUnavailable, OutcomeUnknown, Refusal, RefusalReason

_FORBIDDEN = 403
_NOT_FOUND = 404
_UNPROCESSABLE = 422
_BAD_REQUEST = 400
_WORDS = 2_000
_BARE = re.compile(r"^\s*forbidden\.?\s*$", re.IGNORECASE)  # wrong keys, as the gateway says it

_TABLE: tuple[tuple[str, RefusalReason], ...] = (
    (r"client.?order.?id.*(unique|duplicate|exists)", RefusalReason.DUPLICATE_CLIENT_ID),
    (r"assignment lock", RefusalReason.ASSIGNMENT_LOCK),
    (r"position intent mismatch", RefusalReason.POSITION_GONE),
    (r"expires soon,? unable to open", RefusalReason.POSITION_GONE),
    # Said of an order that became an opening one, or of a long whose sale bares a short.
    (r"uncovered|covered call", RefusalReason.INTENT_MISMATCH),
    (r"wash trade|opposite side .*order exists", RefusalReason.WASH_TRADE),
    (r"while a (long|short) (buy|sell) order is open", RefusalReason.WASH_TRADE),
    # Whatever it says of a price speaks of no position: one corrected step.
    (r"sub-?penny|increment|minimum pricing|decimal places|\btick\b", RefusalReason.PRICE_TICK),
    (r"(price|limit).*(too far|outside|price band|collar|aggressive)", RefusalReason.PRICE_BAND),
    (r"invalid limit.?price", RefusalReason.PRICE_TICK),
    (r"market hours|market is (closed|not open)", RefusalReason.MARKET_CLOSED),
    (r"\b(is|has|are) expired\b", RefusalReason.CONTRACT_EXPIRED),
    (
        r"(contract|asset|symbol)\b.*(not active|not tradable|not found|halted)",
        RefusalReason.NOT_TRADABLE,
    ),
    (
        r"account (is |has been )?(blocked|disabled|suspended|closed|inactive|restricted|locked)",
        RefusalReason.ACCOUNT_BLOCKED,
    ),
    (
        r"(order|trading|options) (is|are) (blocked|disabled|suspended|not enabled)",
        RefusalReason.ACCOUNT_BLOCKED,
    ),
    (
        r"account (is )?not (allowed|authorized|permitted|enabled|eligible|active)",
        RefusalReason.ACCOUNT_BLOCKED,
    ),
    (r"orders are rejected by user|pattern day|permission", RefusalReason.ACCOUNT_BLOCKED),
    (r"buying power|insufficient (balance|funds|cash)", RefusalReason.FUNDS),
    # Its figures are missing, so that the words alone tell: less is free than was asked for.
    (r"insufficient qty", RefusalReason.POSITION_SMALLER),
    (r"not supported|must be|is required|\binvalid\b|ambiguity|mismatch", RefusalReason.MALFORMED),
)
_KNOWN = tuple((re.compile(words, re.IGNORECASE), reason) for words, reason in _TABLE)


def refusal_of(answer: Answer, intent: OrderIntent | None) -> Refusal:
    """
    Read a broker's no; *intent* is what was asked for, None where no order was.

    Raises:
        BrokerUnavailable: it speaks of the keys or of the rate; nothing was taken.
        OutcomeUnknown: the answer is none that this broker gives.
    """
    bare = {_FORBIDDEN, _UNPROCESSABLE} if intent else {_FORBIDDEN, _UNPROCESSABLE, _NOT_FOUND}
    body = None if answer.status in bare and not answer.body.strip() else _body(answer)
    if body is None:
        words = f"HTTP {answer.status} without a word"
        return Refusal(RefusalReason.OTHER, words, http_status=answer.status)
    message = _message(body, answer)
    code = _code(body, answer)
    _refuse_to_blame(message, code, answer.status)
    reason = _by_figures(body, intent) or by_words(message)
    if reason is None:
        is_form = answer.status == _BAD_REQUEST or (code or "").startswith("400")
        reason = RefusalReason.MALFORMED if is_form else RefusalReason.OTHER
    return Refusal(reason, message, code, answer.status)


def by_words(message: str) -> RefusalReason | None:
    """Find the reason that known words give; None: nothing is known of them."""
    found = (reason for words, reason in _KNOWN if words.search(message))
    return next(found, None)


def late_refusal(words: str | None) -> Refusal:
    """Read the no of an order that was taken, and rejected later."""
    message = words or "rejected, without a word why"
    return Refusal(by_words(message) or RefusalReason.OTHER, message[:_WORDS])


def unavailable(answer: Answer) -> BrokerUnavailable:
    """
    Say that a read was answered with something else than data.

    Only a 403 without words, or in the gateway's words for wrong keys, is about the keys:
    a feed without a subscription is 403 as well.
    """
    is_auth = answer.status == _FORBIDDEN and not answer.body.strip()
    try:
        body = Fields.of(parse_json(answer.body))
        message, code = body.maybe_text("message") or "", body.maybe_text("code") or ""
    except Unreadable:
        return BrokerUnavailable(f"HTTP {answer.status}: {answer.words}", is_auth=is_auth)
    is_bare = answer.status == _FORBIDDEN and not code and bool(_BARE.match(message))
    is_auth = is_bare or code.startswith("401")
    return BrokerUnavailable(f"HTTP {answer.status}: {answer.words}", is_auth=is_auth)


def _body(answer: Answer) -> Fields:
    try:
        return Fields.of(parse_json(answer.body))
    except Unreadable as odd:
        raise OutcomeUnknown(f"HTTP {answer.status}, {odd}") from odd


def _message(body: Fields, answer: Answer) -> str:
    found = body.values.get("message")
    if isinstance(found, str) and found.strip():
        return storable(found)[:_WORDS]
    if _code(body, answer) is None:
        raise OutcomeUnknown(f"HTTP {answer.status} with neither message nor code")
    return answer.words


def _code(body: Fields, answer: Answer) -> str | None:
    try:
        code = body.maybe_whole("code")
    except Unreadable as odd:
        raise OutcomeUnknown(f"HTTP {answer.status}, {odd}") from odd
    return None if code is None else str(code)


def _refuse_to_blame(message: str, code: str | None, status: int) -> None:
    """Raise where the words are of the keys or the rate: they say nothing of the order."""
    is_bare = code is None and status == _FORBIDDEN and _BARE.match(message)
    if is_bare or (code or "").startswith("401"):
        raise BrokerUnavailable(f"HTTP {status}: {message}", is_auth=True)
    if (code or "").startswith("429"):
        raise BrokerUnavailable(f"HTTP {status}: {message}")
    if (code or "").startswith("5"):
        raise OutcomeUnknown(f"HTTP {status}: {message}")


def _by_figures(body: Fields, intent: OrderIntent | None) -> RefusalReason | None:
    try:
        existing = body.maybe_decimal("existing_qty")
        held = body.maybe_decimal("held_for_orders") or Decimal(0)
        symbol = body.maybe_text("symbol")
    except Unreadable:
        return None  # figures that nobody can read; the words are left
    asked = _asked(intent, symbol)
    if existing is not None and (existing == 0 or existing * asked > 0 > existing):
        return RefusalReason.POSITION_GONE
    if existing is not None and abs(existing) < abs(asked):
        return RefusalReason.POSITION_SMALLER
    if held or body.values.get("related_orders"):
        return RefusalReason.HELD_BY_OTHER_ORDER
    if body.has("existing_order_id"):
        return RefusalReason.WASH_TRADE
    return None


def _asked(intent: OrderIntent | None, symbol: str | None) -> int:
    """Tell what was asked for of *symbol*, signed as sent; 0: it is not known."""
    legs = () if intent is None else intent.legs
    if len(legs) > 1:
        legs = tuple(leg for leg in legs if leg.symbol == symbol)
    return legs[0].quantity * intent.units if intent is not None and legs else 0
