"""
What a refusal of tastytrade speaks of, by its codes, then by its words.

    HTTP   code                          words                          reason
    400    any                           any                            MALFORMED
    403                                  any                            ACCOUNT_BLOCKED
    406    any                           any                            MALFORMED
    422    see `_CODES`                  see `_PHRASES`                 theirs
           else                          else                           OTHER

The list of codes is not published. Those here were seen in public: in the documents
(`cant_buy_for_credit`, `cannot_update_order`) and in reports of users
(`closing_with_no_position`, `margin_check_failed`, `too_close_to_expiration`). Words come
second: of those in `_PHRASES` the first, the opening order and the sides of a price were
seen; the others are how the checks that the documents name (expired options, conflicting
working orders, buying power, ...) are likely to be worded. What matches nothing stays a
refusal, and the reconcile after it finds out what is held.
"""

import re
from collections.abc import Iterator

from botd.brokers.transport.answer import Answer
from botd.brokers.transport.fields import Fields, Unreadable, parse_json
from botd.errors import OutcomeUnknown, Refusal, RefusalReason

_LONGEST = 2_000  # characters of a broker's words that are kept
_BAD_REQUEST, _FORBIDDEN, _BAD_VERSION = 400, 403, 406
_BY_STATUS = {
    _BAD_REQUEST: RefusalReason.MALFORMED,
    _FORBIDDEN: RefusalReason.ACCOUNT_BLOCKED,
    _BAD_VERSION: RefusalReason.MALFORMED,
}
_CODES = {
    "closing_with_no_position": RefusalReason.POSITION_GONE,
    "cant_buy_for_credit": RefusalReason.MALFORMED,
    "cant_sell_for_debit": RefusalReason.MALFORMED,
    "margin_check_failed": RefusalReason.FUNDS,
    # "Sell to open orders cannot be sent ...": it was taken for an opening order.
    "too_close_to_expiration": RefusalReason.INTENT_MISMATCH,
}
_PHRASES: tuple[tuple[RefusalReason, tuple[str, ...]], ...] = (
    (
        RefusalReason.POSITION_GONE,
        (r"without an existing position to close", r"no (existing |open )?position to close"),
    ),
    (
        RefusalReason.POSITION_SMALLER,
        (r"clos\w+ more (contracts |shares )?than", r"more than (your|the) (existing )?position"),
    ),
    (RefusalReason.INTENT_MISMATCH, (r"to open orders? cannot be sent",)),
    (
        RefusalReason.HELD_BY_OTHER_ORDER,
        (
            r"(conflicts? with|held by|closed by) (an|another|your)( existing)?( working)? order",
            r"working order (already )?(closes|conflicts)",
        ),
    ),
    (
        RefusalReason.CONTRACT_EXPIRED,
        (r"(option|contract|symbol|instrument)\b.*\b(has|have|is|are) (already )?expired",),
    ),
    (RefusalReason.MARKET_CLOSED, (r"\bmarkets? (is|are) (currently )?closed",)),
    (RefusalReason.NOT_TRADABLE, (r"\bhalted\b", r"not trade?able")),
    (
        RefusalReason.ACCOUNT_BLOCKED,
        (
            r"account (is |has been )?(closed|frozen|restricted|locked|disabled)",
            r"not permitted",
            r"not authorized",
        ),
    ),
    (RefusalReason.PRICE_TICK, (r"price increment", r"tick size", r"invalid increment")),
    (
        RefusalReason.FUNDS,
        (r"buying power", r"margin requirement", r"insufficient funds"),
    ),
    (RefusalReason.MALFORMED, (r"(buy|sell) for a (credit|debit)",)),
)
# Where several checks failed, the one that says most about what is held comes first.
_GRAVITY = (
    RefusalReason.POSITION_GONE,
    RefusalReason.POSITION_SMALLER,
    RefusalReason.INTENT_MISMATCH,
    RefusalReason.CONTRACT_EXPIRED,
    RefusalReason.NOT_TRADABLE,
    RefusalReason.ACCOUNT_BLOCKED,
    RefusalReason.MARKET_CLOSED,
    RefusalReason.HELD_BY_OTHER_ORDER,
    RefusalReason.FUNDS,
    RefusalReason.MALFORMED,
    RefusalReason.OTHER,
    RefusalReason.PRICE_TICK,
)


def refusal_of(answer: Answer) -> Refusal:
    """
    Tell what an answer of 4xx to an order says.

    Its message is the broker's own with those of the checks that failed; its code is the
    failed check's, of several all of them.

    Raises:
        OutcomeUnknown: the body is no error object with a code or a message: something
            between here and the broker may have said it.
    """
    try:
        error = Fields.of(parse_json(answer.body)).inner("error")
        told = tuple(_told(error))
    except Unreadable as odd:
        raise OutcomeUnknown(f"HTTP {answer.status}, {odd}: {answer.words[:200]}") from odd
    if not any(map(_is_told, (error.values.get("code"), error.values.get("message")))):
        raise OutcomeUnknown(f"HTTP {answer.status} without a reason: {answer.words[:200]}")
    codes = tuple(dict.fromkeys(code for code, _ in (told[1:] or told) if code))
    message = ": ".join(dict.fromkeys(words for _, words in told if words))
    reason = _by_status(answer.status)
    if reason is RefusalReason.OTHER:
        reason = _gravest(told[1:] or told)
    return Refusal(
        reason,
        (message or answer.words)[:_LONGEST],
        ", ".join(codes) or None,
        answer.status,
    )


def rejection_of(reason: str | None) -> Refusal:
    """Tell what a `reject-reason` says that came with an order's later state."""
    words = (reason or "rejected, no reason given")[:_LONGEST]
    return Refusal(_reason(words, words), words)


def _is_told(found: object) -> bool:
    """Tell whether something is a code or a message: words, or a whole number."""
    if isinstance(found, str):
        return bool(found.strip())
    return isinstance(found, int) and not isinstance(found, bool)


def _told(error: Fields) -> Iterator[tuple[str, str]]:
    """Give code and words of the error, then of each check that failed."""
    yield (error.maybe_text("code") or "", error.maybe_text("message") or "")
    for each in error.maybe_items("errors"):
        words = each.maybe_text("message") or each.maybe_text("reason") or ""
        yield (each.maybe_text("code") or "", words)


def _gravest(told: tuple[tuple[str, str], ...]) -> RefusalReason:
    return min((_reason(code, words) for code, words in told), key=_GRAVITY.index)


def _reason(code: str, words: str) -> RefusalReason:
    known = _CODES.get(code.strip().lower())
    if known is not None:
        return known
    lower = words.lower()
    found = (reason for reason, patterns in _PHRASES if any(re.search(p, lower) for p in patterns))
    return next(found, RefusalReason.OTHER)


def _by_status(status: int) -> RefusalReason:
    return _BY_STATUS.get(status, RefusalReason.OTHER)
