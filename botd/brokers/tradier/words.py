"""
Tradier's words for a "no".

A refusal of an order comes as HTTP 200 with `errors` (a string, or a list of them), as
HTTP 400, or later: `rejected` with `reason_description`, or `errors` on the order. All
pass through one table, whose rows are the published error codes.

    code, or known words                          what it speaks of
    OmsUnavailable, OmsInternalError              nothing definite: the order may exist
    Unexpected...ToCover..., ...SellOrder...      nothing (left) to close
    Short/LongPositionCrossZero                   less held than would be closed
    Unexpected...BuyOrder..., ...SellShort...     opens against what is held
    WashTradeAttempt, OrderWithDifferentSide      another order of the account
    LimitPriceUndefined                           the tick
    OrderPriceIsInvalid, PriceRange, "must be     the price band
    placed at a limit price"
    SecurityUndefined, QuotePriceIsInvalid ...    the contract
    InvalidOrderExpiration                        the contract has expired
    ...Margin..., ...BuyingPower...               funds
    Account..., ...DeniedForAccount,              the account
      OptionLevelRestriction
    Incorrect..., ...Undefined, Oco..., Oto...    the request itself
    anything else                                 a refusal (`OTHER`)

Sources: docs.tradier.com, "Error Responses" (codes, and messages without a code).
"""

import re
from dataclasses import dataclass

from botd.errors import Refusal, RefusalReason

_MOST = 2_000  # characters of a broker's words that are kept
_BAD_REQUEST = 400

_GONE, _SMALLER = RefusalReason.POSITION_GONE, RefusalReason.POSITION_SMALLER
_MISMATCH, _NOT_TRADABLE = RefusalReason.INTENT_MISMATCH, RefusalReason.NOT_TRADABLE
_FUNDS, _BLOCKED = RefusalReason.FUNDS, RefusalReason.ACCOUNT_BLOCKED
_MALFORMED = RefusalReason.MALFORMED

# Code -> the words that may stand in its place.
NOT_DEFINITE = {
    "OmsInternalError": "your order could not be processed",
    "OmsUnavailable": "trading services are not available",
}

# The longest row that is found in the words counts.
REASONS: dict[str, RefusalReason] = {
    "UnexpectedBuyToCoverOrderOption": _GONE,
    "UnexpectedBuyToCoverOrder": _GONE,
    "UnexpectedSellOrderOption": _GONE,
    "UnexpectedSellOrder": _GONE,
    "ShortPositionCrossZero": _SMALLER,
    "LongPositionCrossZero": _SMALLER,
    "UnexpectedBuyOrderOption": _MISMATCH,
    "UnexpectedBuyOrder": _MISMATCH,
    "UnexpectedSellShortOrderOption": _MISMATCH,
    "UnexpectedSellShortOrder": _MISMATCH,
    "WashTradeAttempt": RefusalReason.WASH_TRADE,
    "OrderWithDifferentSide": RefusalReason.WASH_TRADE,
    "LimitPriceUndefined": RefusalReason.PRICE_TICK,
    "OrderPriceIsInvalid": RefusalReason.PRICE_BAND,
    "QuotePriceIsInvalid": _NOT_TRADABLE,
    "SecurityUndefined": _NOT_TRADABLE,
    "ExpirationDateUndefined": _NOT_TRADABLE,
    "TradingDeniedForSecurity": _NOT_TRADABLE,
    "TradeNonStandardOptions": _NOT_TRADABLE,
    "InvalidOrderExpiration": RefusalReason.CONTRACT_EXPIRED,
    "TotalInitialMargin": _FUNDS,
    "InitialMargin": _FUNDS,
    "MaintenanceMargin": _FUNDS,
    "AccountMarginRuleViolation": _FUNDS,
    "DayTradingBuyingPowerExceeded": _FUNDS,
    "DayTraderPatternRestriction": RefusalReason.OTHER,  # of this close; others may go
    "TooSmallEquityForDayTrading": RefusalReason.OTHER,
    "AccountDisabled": _BLOCKED,
    "UserDisabled": _BLOCKED,
    "AccountIsNotApproved": _BLOCKED,
    "AssetTradingNotConfiguredForAccount": _BLOCKED,
    "LongOptionTradingDeniedForAccount": _BLOCKED,
    "ShortOptionTradingDeniedForAccount": _BLOCKED,
    "SpreadTradingDeniedForAccount": _BLOCKED,
    "TradingDeniedForAccount": _BLOCKED,
    "OptionLevelRestriction": _BLOCKED,
    "OrderIsNotAllowedForAccount": _BLOCKED,
    "IncorrectOrderQuantity": _MALFORMED,
    "IncorrectTimeInForce": _MALFORMED,
    "IndexOptionsOneExparyDate": _MALFORMED,  # spelled so by the broker
    "OptionTypeUndefined": _MALFORMED,
    "OrderQuantity": _MALFORMED,
    "StopPriceUndefined": _MALFORMED,
    "StrikePriceUndefined": _MALFORMED,
}

# Messages that come without their code.
_SENTENCES: tuple[tuple[re.Pattern[str], RefusalReason], ...] = (
    (re.compile(r"cannot be placed unless (you are )?closing", re.IGNORECASE), _GONE),
    (re.compile(r"more shares than your current", re.IGNORECASE), _SMALLER),
    (re.compile(r"enough (day trading )?buying power", re.IGNORECASE), _FUNDS),
    (re.compile(r"failed PriceRange", re.IGNORECASE), RefusalReason.PRICE_BAND),
    (re.compile(r"a limit order must be placed", re.IGNORECASE), RefusalReason.PRICE_BAND),
    (
        re.compile(r"market hours .*required to be placed at a limit", re.IGNORECASE),
        RefusalReason.MARKET_CLOSED,
    ),
    (re.compile(r"trading is currently unavailable", re.IGNORECASE), RefusalReason.MARKET_CLOSED),
)

# A "no" that an open order on the same contract explains as well as a position that is gone.
PERHAPS_HELD = frozenset({_GONE, _SMALLER})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a refusal's words mean; *is_definite* is false where the order may exist."""

    refusal: Refusal
    is_definite: bool = True


def classify(said: tuple[str, ...], http_status: int | None) -> Verdict:
    """
    Place a broker's words in the table; what matches nothing is a refusal.

    Args:
        said: everything in `errors`, or `reason_description`, or the body of a 4xx.
        http_status: of the answer; None: it came later, on the order.
    """
    words = " ".join(said)[:_MOST]
    # Some arrive with a space inside: "Unexpected SellShortOrder".
    squeezed = "".join(words.split())
    vague = next(
        (row for row, plain in NOT_DEFINITE.items() if row in squeezed or plain in words.lower()),
        None,
    )
    code = vague or max((row for row in REASONS if row in squeezed), key=len, default=None)
    reason = _reason(code, words, http_status)
    return Verdict(Refusal(reason, words, code, http_status), is_definite=vague is None)


def _reason(code: str | None, words: str, http_status: int | None) -> RefusalReason:
    if code in REASONS:
        return REASONS[code]
    for pattern, reason in _SENTENCES:
        if pattern.search(words):
            return reason
    return _MALFORMED if http_status == _BAD_REQUEST else RefusalReason.OTHER
