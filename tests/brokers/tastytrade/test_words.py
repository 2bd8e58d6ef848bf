import pytest

from botd.brokers.tastytrade.words import refusal_of, rejection_of
from botd.brokers.transport.answer import Answer
from botd.errors import OutcomeUnknown, Refusal, RefusalReason
from tests.brokers.tastytrade.answers import preflight, refused


def test_failed_check_is_told_with_code_and_words() -> None:
    """The documents' own example."""
    answer = preflight(("cant_buy_for_credit", "You cannot buy for a credit."))

    assert Refusal(
        RefusalReason.MALFORMED,
        "One or more preflight checks failed: You cannot buy for a credit.",
        "cant_buy_for_credit",
        422,
    ) == refusal_of(answer)


@pytest.mark.parametrize(
    ("code", "words", "reason"),
    [
        pytest.param(
            "closing_with_no_position",
            "You cannot route a closing order without an existing position to close.",
            RefusalReason.POSITION_GONE,
            id="gone, by its code",
        ),
        pytest.param(
            "other_code",
            "You cannot route a closing order without an existing position to close.",
            RefusalReason.POSITION_GONE,
            id="gone, by its words",
        ),
        pytest.param(
            "too_close_to_expiration",
            "Sell to open orders cannot be sent 30 minutes prior to close on expiration day.",
            RefusalReason.INTENT_MISMATCH,
            id="taken for an opening order",
        ),
        pytest.param("margin_check_failed", "", RefusalReason.FUNDS, id="margin"),
        pytest.param(
            "x", "Your position limit is reached.", RefusalReason.OTHER, id="a position, not ours"
        ),
        pytest.param("x", "", RefusalReason.OTHER, id="nothing known"),
        pytest.param("x", "The market is closed.", RefusalReason.MARKET_CLOSED, id="closed"),
        pytest.param("x", "Invalid price increment.", RefusalReason.PRICE_TICK, id="off the tick"),
        pytest.param(
            "x",
            "This order conflicts with another working order.",
            RefusalReason.HELD_BY_OTHER_ORDER,
            id="another order",
        ),
    ],
)
def test_code_comes_before_words(code: str, words: str, reason: RefusalReason) -> None:
    """A position is gone only where that is what is said."""
    assert reason is refusal_of(preflight((code, words))).reason


def test_gravest_of_several_checks_counts() -> None:
    """Another price would not bring the position back."""
    answer = preflight(
        ("price_check", "Invalid price increment."),
        ("closing_with_no_position", "No position to close."),
    )

    found = refusal_of(answer)

    assert RefusalReason.POSITION_GONE is found.reason
    assert "price_check, closing_with_no_position" == found.code


def test_unknown_check_beside_a_price_stays_a_refusal() -> None:
    """What nobody understands is not retried at another price."""
    answer = preflight(("price_check", "Invalid price increment."), ("x", "Call the desk."))

    assert RefusalReason.OTHER is refusal_of(answer).reason


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        pytest.param(400, RefusalReason.MALFORMED, id="the body"),
        pytest.param(403, RefusalReason.ACCOUNT_BLOCKED, id="the account"),
        pytest.param(404, RefusalReason.OTHER, id="no such thing"),
        pytest.param(406, RefusalReason.MALFORMED, id="the version"),
        pytest.param(422, RefusalReason.OTHER, id="the order"),
    ],
)
def test_status_decides_where_no_check_is_told(status: int, reason: RefusalReason) -> None:
    """Its words are kept whole."""
    answer = refused(status, {"error": {"code": "some_code", "message": "Some words."}})

    assert Refusal(reason, "Some words.", "some_code", status) == refusal_of(answer)


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"<html>no</html>", b"[]", b'{"error": "no"}', b"{}", b'{"error": {"co'),
        *(b'{"error": {"code": null, "message": " "}}', b'{"data": {"order": {"id": 1}}}'),
    ],
)
def test_no_that_the_broker_does_not_word_is_none(text: bytes) -> None:
    """A 4xx that is no error object of tastytrade's is nobody's word on the order."""
    with pytest.raises(OutcomeUnknown):
        refusal_of(Answer(422, {}, text))


def test_numbers_for_codes_are_read() -> None:
    """The 406 of the documents has one."""
    answer = refused(406, {"error": {"code": 406, "message": "not supported"}})

    assert "406" == refusal_of(answer).code


def test_rejection_without_a_reason_is_a_refusal() -> None:
    """It is told as it came."""
    found = rejection_of(None)

    assert RefusalReason.OTHER is found.reason
    assert found.message


def test_long_words_are_cut() -> None:
    """A person reads two thousand characters at most."""
    assert 2_000 == len(refusal_of(preflight(("x", "a" * 5_000))).message)
