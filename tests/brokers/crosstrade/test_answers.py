"""What an answer as a whole means: done, refused, or nothing that anybody knows."""

import pytest

from botd.brokers.crosstrade.answers import Told, readable, taken
from botd.errors import BrokerUnavailable, OutcomeUnknown, Refusal, RefusalReason

GONE = "No positions found for instrument 'ES 12-24'"


@pytest.mark.parametrize("status", [400, 404, None])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param({"error": GONE}, None, id="the older envelope"),
        pytest.param({"success": False, "error": GONE}, None, id="with success, without detail"),
        pytest.param({"success": False, "error": "x1", "detail": GONE}, "x1", id="the newer one"),
    ],
)
def test_both_envelopes_refuse(status: int | None, body: object, code: str | None) -> None:
    """Whichever envelope, and whichever status it comes with."""
    expected = Refusal(RefusalReason.POSITION_GONE, GONE, code, status)

    assert expected == taken(Told(body, "", status))


def test_newer_envelope_refuses_with_a_success() -> None:
    """It says itself that it is no success."""
    body = {"success": False, "error": "x1", "detail": GONE}

    assert Refusal(RefusalReason.POSITION_GONE, GONE, "x1", 200) == taken(Told(body, "", 200))


NOTHING = [
    pytest.param(None, 200, id="no JSON"),
    pytest.param([], 200, id="a list"),
    pytest.param({}, 200, id="empty"),
    pytest.param({"closedPositions": []}, 200, id="no success"),
    pytest.param({"success": "true"}, 200, id="words in place of true"),
    pytest.param({"success": 1}, 200, id="one in place of true"),
    pytest.param({"error": GONE}, 200, id="the older envelope with a success"),
    pytest.param({"success": False}, 200, id="no success, and no reason"),
    pytest.param({"success": False, "error": ""}, 400, id="an empty reason"),
    pytest.param({"success": False, "error": 7}, 400, id="a number for a reason"),
    pytest.param({"success": True, "error": GONE}, 200, id="done and refused"),
    pytest.param({"success": "no", "error": GONE}, 200, id="an odd success with a reason"),
    pytest.param({"success": True}, 400, id="done, with a status that says no"),
    pytest.param({"message": "Forbidden"}, 403, id="somebody else's envelope"),
    pytest.param(None, 404, id="somebody else's page"),
    pytest.param({"error": "add-on not connected"}, 400, id="NinjaTrader is not there"),
    pytest.param({"error": "Request timed out"}, None, id="no answer of NinjaTrader's"),
]


@pytest.mark.parametrize(("body", "status"), NOTHING)
def test_nobody_knows(body: object, status: int | None) -> None:
    """Each row says neither done nor refused, to an order and to a read."""
    told = Told(body, "words", status)

    with pytest.raises(OutcomeUnknown):
        taken(told)
    with pytest.raises(OutcomeUnknown):
        readable(told)


@pytest.mark.parametrize(
    ("error", "is_auth"), [("Rate limit exceeded", False), ("Unauthorized", True)]
)
def test_not_taken(error: str, is_auth: bool) -> None:  # noqa: FBT001 - a row's column
    """The bucket and the token have nothing to do with the close."""
    told = Told({"error": error}, "", None)

    for read in (taken, readable):
        with pytest.raises(BrokerUnavailable) as caught:
            read(told)
        assert is_auth is caught.value.is_auth


def test_a_read_takes_no_refusal_for_an_answer() -> None:
    """A list that is refused is no empty list."""
    with pytest.raises(OutcomeUnknown, match="Account Sim999 not found"):
        readable(Told({"error": "Account Sim999 not found"}, "", 400))


def test_a_person_is_told_what_to_look_at() -> None:
    """The usual reason is on the person's own desk."""
    with pytest.raises(OutcomeUnknown, match="is NinjaTrader 8 running"):
        taken(Told({"error": "add-on not connected"}, "", None))


def test_a_warning_is_harmless() -> None:
    """Success counts, whatever else is told beside it."""
    body = {"success": True, "warning": "no positions"}

    found = taken(Told(body, "", 200))

    assert not isinstance(found, Refusal)
    assert body == found.values
