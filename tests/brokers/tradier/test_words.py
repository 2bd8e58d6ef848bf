"""What Tradier's words are taken for."""

import pytest

from botd.brokers.tradier.answers import Taken, readable, taken
from botd.brokers.tradier.words import REASONS, classify
from botd.brokers.transport.answer import Answer
from botd.errors import BrokerUnavailable, OutcomeUnknown, Refusal, RefusalReason
from tests.brokers.tradier.answers import answer, plain

_OVERRIDE = "Backoffice rejected override of the order."
_ROWS = {
    "UnexpectedBuyToCoverOrderOption": RefusalReason.POSITION_GONE,
    "UnexpectedSellOrderOption": RefusalReason.POSITION_GONE,
    "ShortPositionCrossZero": RefusalReason.POSITION_SMALLER,
    "LongPositionCrossZero": RefusalReason.POSITION_SMALLER,
    "UnexpectedBuyOrderOption": RefusalReason.INTENT_MISMATCH,
    "UnexpectedSellShortOrderOption": RefusalReason.INTENT_MISMATCH,
    "OrderWithDifferentSide": RefusalReason.WASH_TRADE,
    "WashTradeAttempt": RefusalReason.WASH_TRADE,
    "LimitPriceUndefined": RefusalReason.PRICE_TICK,
    "OrderPriceIsInvalid": RefusalReason.PRICE_BAND,
    "QuotePriceIsInvalid": RefusalReason.NOT_TRADABLE,
    "SecurityUndefined": RefusalReason.NOT_TRADABLE,
    "ExpirationDateUndefined": RefusalReason.NOT_TRADABLE,
    "TradingDeniedForSecurity": RefusalReason.NOT_TRADABLE,
    "TradeNonStandardOptions": RefusalReason.NOT_TRADABLE,
    "InvalidOrderExpiration": RefusalReason.CONTRACT_EXPIRED,
    "InitialMargin": RefusalReason.FUNDS,
    "MaintenanceMargin": RefusalReason.FUNDS,
    "TotalInitialMargin": RefusalReason.FUNDS,
    "AccountMarginRuleViolation": RefusalReason.FUNDS,
    "DayTradingBuyingPowerExceeded": RefusalReason.FUNDS,
    "DayTraderPatternRestriction": RefusalReason.OTHER,
    "TooSmallEquityForDayTrading": RefusalReason.OTHER,
    "AccountDisabled": RefusalReason.ACCOUNT_BLOCKED,
    "UserDisabled": RefusalReason.ACCOUNT_BLOCKED,
    "AccountIsNotApproved": RefusalReason.ACCOUNT_BLOCKED,
    "AssetTradingNotConfiguredForAccount": RefusalReason.ACCOUNT_BLOCKED,
    "LongOptionTradingDeniedForAccount": RefusalReason.ACCOUNT_BLOCKED,
    "ShortOptionTradingDeniedForAccount": RefusalReason.ACCOUNT_BLOCKED,
    "OptionLevelRestriction": RefusalReason.ACCOUNT_BLOCKED,
    "SpreadTradingDeniedForAccount": RefusalReason.ACCOUNT_BLOCKED,
    "TradingDeniedForAccount": RefusalReason.ACCOUNT_BLOCKED,
    "OrderIsNotAllowedForAccount": RefusalReason.ACCOUNT_BLOCKED,
    "IncorrectOrderQuantity": RefusalReason.MALFORMED,
    "IncorrectTimeInForce": RefusalReason.MALFORMED,
    "IndexOptionsOneExparyDate": RefusalReason.MALFORMED,
    "OptionTypeUndefined": RefusalReason.MALFORMED,
    "OrderQuantity": RefusalReason.MALFORMED,
    "StopPriceUndefined": RefusalReason.MALFORMED,
    "StrikePriceUndefined": RefusalReason.MALFORMED,
    # The same of shares, which a close of options never meets:
    "UnexpectedBuyToCoverOrder": RefusalReason.POSITION_GONE,
    "UnexpectedSellOrder": RefusalReason.POSITION_GONE,
    "UnexpectedBuyOrder": RefusalReason.INTENT_MISMATCH,
    "UnexpectedSellShortOrder": RefusalReason.INTENT_MISMATCH,
}


def test_the_rows_are_all_of_the_table() -> None:
    """No published code is placed without a row here."""
    assert _ROWS.keys() == REASONS.keys()


@pytest.mark.parametrize(("code", "reason"), _ROWS.items(), ids=_ROWS)
def test_published_code(code: str, reason: RefusalReason) -> None:
    """A code within the broker's words says what the refusal is about, now or later."""
    now = taken(answer({"errors": {"error": [_OVERRIDE, code]}}))
    later = classify((f"{_OVERRIDE} {code}",), None)

    assert Refusal(reason, f"{_OVERRIDE} {code}", code, 200) == now
    assert Refusal(reason, f"{_OVERRIDE} {code}", code, None) == later.refusal
    assert later.is_definite


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        pytest.param(
            "Buy To Close order cannot be placed unless closing a short option position, "
            "please check open orders.",
            RefusalReason.POSITION_GONE,
            id="the message of a code",
        ),
        pytest.param(
            "Sell order is for more shares than your current long position, please review",
            RefusalReason.POSITION_SMALLER,
            id="more than held",
        ),
        pytest.param(
            "You do not have enough buying power for this trade", RefusalReason.FUNDS, id="funds"
        ),
        pytest.param(
            "Order failed PriceRange - AGGRESSIVE: OrderPrice 9 RefPrice 1 Limit 0.5 aggressive",
            RefusalReason.PRICE_BAND,
            id="price band",
        ),
        pytest.param(
            "Due to price volatility a limit order must be placed.",
            RefusalReason.PRICE_BAND,
            id="no market orders now",
        ),
        pytest.param(
            "Outside of market hours this order is required to be placed at a limit price.",
            RefusalReason.MARKET_CLOSED,
            id="outside of hours",
        ),
        pytest.param(
            "Pre-market trading is currently unavailable.",
            RefusalReason.MARKET_CLOSED,
            id="before hours",
        ),
        pytest.param(
            "Backoffice rejected override of the order. Unexpected SellShortOrder",
            RefusalReason.INTENT_MISMATCH,
            id="a code with a space in it",
        ),
        pytest.param("A new sentence.", RefusalReason.OTHER, id="nothing known is a refusal"),
    ],
)
def test_words_without_their_code(words: str, reason: RefusalReason) -> None:
    """Messages come without a code, too."""
    assert reason is classify((words,), 200).refusal.reason


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("OmsUnavailable", id="a single string"),
        pytest.param(["Backoffice says", "OmsInternalError"], id="in a list"),
        pytest.param("Your order could not be processed. Please contact us", id="its message"),
        pytest.param(["OmsInternalError", "UnexpectedSellOrderOption"], id="beside another"),
    ],
)
def test_order_system_in_trouble_is_no_answer(said: object) -> None:
    """When the order system itself fails, nobody knows whether the order exists."""
    with pytest.raises(OutcomeUnknown):
        taken(answer({"errors": {"error": said}}))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param({"order": {"id": 257459, "status": "ok"}}, Taken("257459"), id="a number"),
        pytest.param({"order": {"id": "257459", "status": "ok"}}, Taken("257459"), id="text"),
    ],
)
def test_taken(found: object, expected: Taken) -> None:
    """An id and the word ok make a success."""
    assert expected == taken(answer(found))


@pytest.mark.parametrize(
    "found",
    [
        pytest.param({}, id="empty"),
        pytest.param({"order": "null"}, id="none"),
        pytest.param({"order": {"status": "ok"}}, id="no id"),
        pytest.param({"order": {"id": 257459}}, id="no status"),
        pytest.param({"order": {"id": 257459, "status": "error"}}, id="another status"),
        pytest.param({"order": {"id": -1, "status": "ok"}}, id="a number below zero"),
        pytest.param({"order": {"id": "no id", "status": "ok"}}, id="words for an id"),
        pytest.param(
            {"order": {"id": 1, "status": "ok"}, "errors": {"error": "InitialMargin"}},
            id="an order beside errors",
        ),
        pytest.param(
            {"order": {"id": 1, "status": "ok"}, "fault": {"detail": {"errorcode": "oauth"}}},
            id="an order beside a fault",
        ),
        pytest.param({"order": {"id": None}}, id="a null id"),
        pytest.param({"errors": "null"}, id="no errors either"),
        pytest.param([1], id="a list"),
        pytest.param("ok", id="words"),
    ],
)
def test_success_that_says_nothing_is_unknown(found: object) -> None:
    """A success without a readable id may be an order."""
    with pytest.raises(OutcomeUnknown):
        taken(answer(found))


def test_plain_words_of_a_bad_request_are_a_refusal() -> None:
    """The interface itself answers 400 in plain text."""
    told = taken(plain("order already in finalized state: filled"))

    assert (
        Refusal(RefusalReason.MALFORMED, "order already in finalized state: filled", None, 400)
        == told
    )


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(plain("", 403), id="nothing"),
        pytest.param(plain("<html><body>Access denied</body></html>", 403), id="somebody's page"),
        pytest.param(plain('{"order": {"id": 25', 400), id="half of an answer"),
        pytest.param(plain("null", 400), id="null"),
        pytest.param(plain("order not f\0und", 400), id="torn letters"),
        pytest.param(Answer(400, {}, "not found".encode("utf-16")), id="another coding"),
        pytest.param(answer({"order": {"id": 1, "status": "ok"}}, 404), id="an order in a 404"),
        pytest.param(answer({"errors": {"error": 5}}, 400), id="errors without words"),
    ],
)
def test_no_that_the_broker_does_not_word_is_none(found: Answer) -> None:
    """A 4xx that does not speak as Tradier does is nobody's word on the order."""
    with pytest.raises(OutcomeUnknown):
        taken(found)


@pytest.mark.parametrize(
    ("code", "is_auth"),
    [
        pytest.param("policies.ratelimit.QuotaViolation", False, id="quota"),
        pytest.param("keymanagement.service.invalid_access_token", True, id="token"),
    ],
)
def test_fault_of_the_gateway_is_nobodys_refusal(code: str, *, is_auth: bool) -> None:
    """What the gateway stops has not been taken, whatever its status."""
    fault = answer({"fault": {"faultstring": "no", "detail": {"errorcode": code}}}, 403)

    for read in (taken, readable):
        with pytest.raises(BrokerUnavailable) as caught:
            read(fault)
        assert is_auth is caught.value.is_auth


def test_unknown_fault_is_unknown() -> None:
    """A fault with no known code says nothing definite."""
    fault = answer({"fault": {"faultstring": "steps", "detail": {"errorcode": "steps.x"}}}, 400)

    with pytest.raises(OutcomeUnknown):
        taken(fault)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(answer({"errors": {"error": "no"}}), id="errors"),
        pytest.param(answer({"positions": "null"}, 404), id="not found"),
        pytest.param(plain("<html>", 200), id="no JSON"),
        pytest.param(answer([]), id="a list"),
    ],
)
def test_read_that_failed_is_not_nothing(found: object) -> None:
    """A read is only good as a success without errors."""
    with pytest.raises(OutcomeUnknown):
        readable(found)  # type: ignore[arg-type]  # every row is an answer
