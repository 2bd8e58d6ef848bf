"""What a no of Intotes speaks of."""

import pytest

from botd.brokers.intotes.words import refusal_of
from botd.brokers.transport.answer import Answer
from botd.errors import BrokerUnavailable, OutcomeUnknown, Refusal, RefusalReason
from tests.brokers.intotes.answers import answer

R = RefusalReason


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        pytest.param(404, "POSITION_NOT_FOUND", R.POSITION_GONE, id="nothing held"),
        pytest.param(409, "MARKET_PAUSED", R.NOT_TRADABLE, id="one market is paused"),
        pytest.param(409, "MARKET_RESOLVED", R.CONTRACT_EXPIRED, id="its event has ended"),
        pytest.param(400, "MARKET_RESOLVED", R.CONTRACT_EXPIRED, id="under another status"),
        pytest.param(400, "INSUFFICIENT_BALANCE", R.FUNDS, id="no money for the fee"),
        pytest.param(400, "INVALID_AMOUNT", R.MALFORMED, id="amount"),
        pytest.param(400, "INVALID_PRICE", R.MALFORMED, id="price"),
        pytest.param(404, "market_not_found", R.NOT_TRADABLE, id="a code in small letters"),
        pytest.param(400, "VALIDATION", R.MALFORMED, id="an unknown code of a 400"),
        pytest.param(403, "FORBIDDEN", R.ACCOUNT_BLOCKED, id="an unknown code of a 403"),
        pytest.param(409, "SOMETHING_NEW", R.OTHER, id="what matches nothing is a refusal"),
        pytest.param(200, "MARKET_PAUSED", R.NOT_TRADABLE, id="an error with a success"),
    ],
)
def test_an_object_error(status: int, code: str, reason: RefusalReason) -> None:
    """Code, words and status come over as they are."""
    told = answer({"error": {"code": code, "message": "Some words"}}, status)

    assert Refusal(reason, "Some words", code, status) == refusal_of(told)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(
            "Pool is closed already",
            Refusal(R.OTHER, "Pool is closed already", None, 409),
            id="plain words",
        ),
        pytest.param(
            "MARKET_PAUSED",
            Refusal(R.NOT_TRADABLE, "MARKET_PAUSED", "MARKET_PAUSED", 409),
            id="a code for words",
        ),
    ],
)
def test_a_string_error(words: str, expected: Refusal) -> None:
    """Some calls answer so; the string may be a code itself."""
    assert expected == refusal_of(answer({"error": words}, 409))


def test_a_code_without_words() -> None:
    """The code stands for them."""
    assert "MARKET_PAUSED" == refusal_of(answer({"error": {"code": "MARKET_PAUSED"}}, 409)).message


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(Answer(404, {}, b"404 page not found"), id="a gateway's words"),
        pytest.param(Answer(400, {}, b""), id="nothing"),
        pytest.param(answer({}, 409), id="no error in it"),
        pytest.param(answer({"error": {}}, 409), id="an empty one"),
        pytest.param(answer({"error": 7}, 409), id="a number"),
        pytest.param(answer([], 404), id="a list"),
    ],
)
def test_what_is_not_their_error_is_no_refusal(told: Answer) -> None:
    """Somebody else's 404 must not mark a position as assigned."""
    with pytest.raises(OutcomeUnknown):
        refusal_of(told)


@pytest.mark.parametrize(
    ("code", "is_auth"),
    [
        pytest.param("TOKEN_EXPIRED", True, id="the token"),
        pytest.param("UNAUTHORIZED", True, id="no login"),
        pytest.param("RATE_LIMIT_EXCEEDED", False, id="the quota"),
    ],
)
def test_what_is_not_about_the_close_was_not_taken(code: str, *, is_auth: bool) -> None:
    """The same may be sent again, once the reason has gone."""
    with pytest.raises(BrokerUnavailable) as caught:
        refusal_of(answer({"error": {"code": code, "message": "No"}}, 403))

    assert is_auth is caught.value.is_auth
