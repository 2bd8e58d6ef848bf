"""
CrossTrade's words for a "no".

They come as {"error": words}, and from newer parts of it as {"success": false, "error":
code, "detail": words}. Few are documented; what matches nothing is a refusal.

    known words                                what they speak of
    rate limit                                 the bucket is empty: not taken
    unauthorized, invalid token                the token: not taken
    not connected, timed out ...               the way to NinjaTrader: nobody knows
    no position(s) found                       nothing to close
    instrument ... not found, invalid_...      the contract
    account ... not found, invalid_account     the account
    invalid request                            the request itself
    anything else                              a refusal (`OTHER`)

Sources: docs.crosstrade.io, "POST Close Position", "Rate Limiting"; crosstrade.io/llms-full.txt.
"""

import re
from dataclasses import dataclass
from enum import Enum

from botd.errors import Refusal, RefusalReason

_MOST = 2_000  # characters of a broker's words that are kept

_REASONS: tuple[tuple[re.Pattern[str], RefusalReason], ...] = (
    (re.compile(r"\bno (open )?positions? (was |were )?found\b"), RefusalReason.POSITION_GONE),
    (re.compile(r"\binstrument\b.*\bnot found\b"), RefusalReason.NOT_TRADABLE),
    (re.compile(r"\b(invalid|unknown)[ _]instrument\b"), RefusalReason.NOT_TRADABLE),
    (re.compile(r"\baccount\b.*\bnot found\b"), RefusalReason.ACCOUNT_BLOCKED),
    (re.compile(r"\b(invalid|unknown)[ _]account\b"), RefusalReason.ACCOUNT_BLOCKED),
    (re.compile(r"\binvalid[ _]request\b"), RefusalReason.MALFORMED),
)
_TOO_MANY = re.compile(r"\brate[ _-]?limit")
_AUTH = re.compile(r"\bunauthori[sz]ed\b|\b(invalid|expired)[ _](api[ _])?(token|key)\b")
_AWAY = re.compile(
    r"\b(not|isn't|is not) connected\b|\bdisconnected\b|\boffline\b|\btime(d)?[ _-]?out\b"
    r"|\bnot_connected\b|\b(internal|server)[ _]error\b"
)


class Sense(Enum):
    """What a broker's words are."""

    REFUSAL = "refusal"
    TOO_MANY = "too many"  # not taken
    AUTH = "auth"  # not taken
    AWAY = "away"  # nobody knows


@dataclass(frozen=True, slots=True)
class Verdict:
    """What words mean, and the refusal that they would be."""

    sense: Sense
    refusal: Refusal


def classify(error: str, detail: str | None, http_status: int | None) -> Verdict:
    """
    Place a broker's words in the table.

    Args:
        error: the field of that name: words, or a code where *detail* has the words.
        detail: the field of that name; None: there is none.
        http_status: of the answer; None: it came over the socket.
    """
    words = detail or error
    said = f"{error} {detail or ''}".lower()
    reason = next((each for row, each in _REASONS if row.search(said)), RefusalReason.OTHER)
    code = None if detail is None else error[:_MOST]
    return Verdict(_sense(said), Refusal(reason, words[:_MOST], code, http_status))


def _sense(said: str) -> Sense:
    for row, sense in ((_TOO_MANY, Sense.TOO_MANY), (_AUTH, Sense.AUTH), (_AWAY, Sense.AWAY)):
        if row.search(said):
            return sense
    return Sense.REFUSAL
