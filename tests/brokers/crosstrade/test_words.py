"""CrossTrade's words, row by row."""

import pytest

from botd.brokers.crosstrade.words import Sense, Verdict, classify
from botd.errors import Refusal, RefusalReason


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        pytest.param(
            RefusalReason.POSITION_GONE,
            "No positions found for instrument 'ES 12-24'",
            id="as documented",
        ),
        pytest.param(RefusalReason.POSITION_GONE, "No position found.", id="one position"),
        pytest.param(RefusalReason.NOT_TRADABLE, "Instrument 'ES 12-99' not found", id="contract"),
        pytest.param(RefusalReason.NOT_TRADABLE, "Unknown instrument ZZ", id="unknown contract"),
        pytest.param(RefusalReason.ACCOUNT_BLOCKED, "Account Sim999 not found", id="account"),
        pytest.param(RefusalReason.MALFORMED, "Invalid request", id="request"),
        pytest.param(RefusalReason.OTHER, "Order rejected by exchange", id="no row"),
    ],
)
def test_reasons(reason: RefusalReason, error: str) -> None:
    """Each row is a definite no, with what it speaks of; the words stay as they are."""
    expected = Verdict(Sense.REFUSAL, Refusal(reason, error, None, 400))

    assert expected == classify(error, None, 400)


def test_a_code_with_a_detail() -> None:
    """The newer envelope has a code beside its words, and either may be known."""
    expected = Refusal(RefusalReason.ACCOUNT_BLOCKED, "It is not here", "invalid_account", None)

    assert Verdict(Sense.REFUSAL, expected) == classify("invalid_account", "It is not here", None)


@pytest.mark.parametrize(
    ("sense", "error"),
    [
        pytest.param(Sense.TOO_MANY, "Rate limit exceeded", id="bucket, as documented"),
        pytest.param(Sense.TOO_MANY, "rate_limit_exceeded", id="bucket, as a code"),
        pytest.param(Sense.AUTH, "Unauthorized", id="token"),
        pytest.param(Sense.AUTH, "Invalid API key", id="key"),
        pytest.param(Sense.AWAY, "Add-on is not connected", id="add-on"),
        pytest.param(Sense.AWAY, "NT8 add-on disconnected", id="add-on, in other words"),
        pytest.param(Sense.AWAY, "Request timed out", id="no answer in time"),
        pytest.param(Sense.AWAY, "RPC timeout", id="no answer in time, in other words"),
        pytest.param(Sense.AWAY, "Internal error", id="their fault"),
        pytest.param(Sense.REFUSAL, "Order limit exceeded", id="another limit"),
    ],
)
def test_what_is_no_refusal(sense: Sense, error: str) -> None:
    """Each row moves an answer out of refusal, or just does not."""
    assert sense is classify(error, None, None).sense


def test_words_are_bounded() -> None:
    """However long they are, 2,000 characters are kept."""
    refusal = classify("e" * 5_000, "d" * 5_000, 400).refusal

    assert ("d" * 2_000, "e" * 2_000) == (refusal.message, refusal.code)
