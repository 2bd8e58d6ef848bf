"""
What a refusal of Intotes speaks of, by its code, then by its status.

    HTTP   code                       reason
    any    POSITION_NOT_FOUND         POSITION_GONE
    any    MARKET_PAUSED              NOT_TRADABLE      of one market, not of the account
    any    MARKET_RESOLVED            CONTRACT_EXPIRED  its event has ended
    any    INSUFFICIENT_BALANCE       FUNDS
    any    INVALID_AMOUNT, _PRICE     MALFORMED
    any    TOKEN_EXPIRED,             none: of the credentials, nothing was taken
           UNAUTHORIZED
    any    RATE_LIMIT...              none: nothing was taken
    400    none of these              MALFORMED
    403    none of these              ACCOUNT_BLOCKED
    else   none of these              OTHER

A pause is a definite no to this close. It is not of the account or the session: taken for
that, it would stop the closes of all other markets, which trade on. So it is what a halted
option is with other brokers; a bot that is to try again has `on_refusal = "classify"`.

Errors come as {"error": {"code", "message"}}; some calls answer {"error": "text"}, and
those words may be a code themselves, in small letters too ("market_not_found").

Sources: docs.intotes.com, error handling; close position; close pool; market by id.
"""

from botd.brokers.transport.answer import Answer
from botd.brokers.transport.fields import Fields, Unreadable, parse_json, storable
from botd.errors import BrokerUnavailable, OutcomeUnknown, Refusal, RefusalReason

_LONGEST = 2_000  # characters of a broker's words that are kept
_BY_CODE = {
    "POSITION_NOT_FOUND": RefusalReason.POSITION_GONE,
    "MARKET_PAUSED": RefusalReason.NOT_TRADABLE,
    "MARKET_NOT_FOUND": RefusalReason.NOT_TRADABLE,
    "INVALID_MARKET_ID": RefusalReason.NOT_TRADABLE,
    "MARKET_RESOLVED": RefusalReason.CONTRACT_EXPIRED,
    "INSUFFICIENT_BALANCE": RefusalReason.FUNDS,
    "INVALID_AMOUNT": RefusalReason.MALFORMED,
    "INVALID_PRICE": RefusalReason.MALFORMED,
}
_BY_STATUS = {400: RefusalReason.MALFORMED, 403: RefusalReason.ACCOUNT_BLOCKED}
_AUTH = frozenset({"TOKEN_EXPIRED", "UNAUTHORIZED"})
_QUOTA = "RATE_LIMIT"


def refusal_of(answer: Answer) -> Refusal:
    """
    Read a 4xx, or a success that holds an error.

    Raises:
        OutcomeUnknown: it is not worded as Intotes' errors are: somebody else's answer.
        BrokerUnavailable: it is about the credentials or the quota: nothing was taken.
    """
    told = said(answer)
    if told is None:
        raise OutcomeUnknown(f"{answer.status}: no readable error: {answer.words[:200]!r}")
    code, words = told
    key = (code or "").upper()
    if key in _AUTH or key.startswith(_QUOTA):
        raise BrokerUnavailable(f"{answer.status}: {words} ({code})", is_auth=key in _AUTH)
    reason = _BY_CODE.get(key) or _BY_STATUS.get(answer.status, RefusalReason.OTHER)
    return Refusal(reason, words[:_LONGEST], code, answer.status)


def has_error(body: Fields) -> bool:
    """Tell whether a readable answer speaks of an error, whatever its status."""
    return body.has("error")


def said(answer: Answer) -> tuple[str | None, str] | None:
    """Give code and words of an error; None: none can be read."""
    try:
        found = Fields.of(parse_json(answer.body)).values.get("error")
    except Unreadable:
        return None
    if isinstance(found, str) and found.strip():
        word = storable(found.strip())
        is_code = word.upper() in _BY_CODE or word.upper() in _AUTH
        return (word if is_code else None), word
    if not isinstance(found, dict):
        return None
    code, words = (_text(found.get(key)) for key in ("code", "message"))
    return None if code is None and words is None else (code, words or code or "")


def _text(found: object) -> str | None:
    return storable(found.strip()) if isinstance(found, str) and found.strip() else None
