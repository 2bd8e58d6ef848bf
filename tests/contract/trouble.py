"""What may go wrong between an adapter and its broker, and what the adapter makes of it."""

from enum import Enum


class Trouble(Enum):
    """Answers, and missing answers, that are no refusal."""

    TOO_MANY = "429"
    UNAUTHORIZED = "401"
    ERROR_BEFORE = "503 before it arrived"
    ERROR_AFTER = "503 after it arrived"
    REQUEST_TIMEOUT = "408"
    RESET_BEFORE = "reset before it arrived"
    RESET_AFTER = "reset after it arrived"
    SILENCE_BEFORE = "silence before it arrived"
    SILENCE_AFTER = "silence after it arrived"
    ODD_BODY = "odd body"
    EMPTY_BODY = "empty body"
    REDIRECT = "redirect"
    CUT_OFF = "cut off"


NOT_SENT = frozenset({Trouble.TOO_MANY, Trouble.UNAUTHORIZED, Trouble.CUT_OFF})
ARRIVES = frozenset(
    {
        Trouble.ERROR_AFTER,
        Trouble.RESET_AFTER,
        Trouble.SILENCE_AFTER,
        Trouble.ODD_BODY,
        Trouble.EMPTY_BODY,
    },
)
