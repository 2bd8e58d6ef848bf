"""From facts to one decision, where whole days do not show it."""

import pytest

from botd.domain.decision import Accept, Close, HandOver, Leave, Reason, Settle, Skip
from botd.domain.position import ManualReason
from botd.engine import cases
from botd.engine.attempt import Attempt
from botd.engine.cases import Decided
from botd.engine.send import Window
from tests.engine.given import Days, bot, position
from tests.engine.market import instant, market


def attempt(closes_at: str) -> Attempt:
    at = instant(closes_at)
    return Attempt(
        "p", "T-10", instant("17:50"), at, Window(instant("17:50"), at), at, at, 0, is_last=False
    )


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        pytest.param(Close(Reason.PINNED, (), 1), "close", id="close"),
        pytest.param(Leave(Reason.OUT_OF_THE_MONEY), "leave", id="leave"),
        pytest.param(HandOver(Reason.POLICY, ManualReason.POLICY), "hand_over", id="hand over"),
        pytest.param(Accept(Reason.POLICY), "accept", id="accept"),
        pytest.param(Settle(Reason.POLICY), "settle", id="settle"),
        pytest.param(Skip(Reason.MANUAL), "skip", id="skip"),
    ],
)
def test_word_of(
    decision: Close | Leave | HandOver | Accept | Settle | Skip, expected: str
) -> None:
    """JSON's names."""
    assert expected == cases.word_of(decision)


def test_session_is_that_of_the_close(open_day: Days) -> None:
    """The half-day's own."""
    day = open_day(market("748"))

    assert instant("14:30") == day.desk.session_ending_at(instant("18:00")).opens_at


def test_session_of_a_disputed_day_ends_with_the_latest_close(open_day: Days) -> None:
    """It opened when ours says."""
    day = open_day(market("748"))
    day.desk.other_closes[instant("18:00")] = instant("18:30")

    found = day.desk.session_ending_at(instant("18:30"))

    assert (instant("14:30"), instant("18:30")) == (found.opens_at, found.closes_at)


def test_around_the_clock_contracts_have_the_day_before_their_end(open_day: Days) -> None:
    """They know no session: since a day before their end, and before now once it has passed."""
    day = open_day(market("748"), begins="12-24 07:50")

    found = day.desk.session_ending_at(instant("08:00"))

    assert (instant("12-23 07:50"), instant("08:00")) == (found.opens_at, found.closes_at)


def test_only_a_hand_over_hands_over(open_day: Days) -> None:
    """Anything else is a bug of the caller."""
    day = open_day(market("748"), position("p", "-1 750P"))
    found = day.position("p")
    one = Decided(attempt("18:00"), found, Skip(Reason.GONE), (), (), bot().pricing, "")

    with pytest.raises(TypeError):
        day.ledger.write_now(lambda tx: cases.hand_over(tx, one, day.clock.now()))


def test_what_a_person_took_meanwhile_is_not_handed_over(open_day: Days) -> None:
    """It stays as it is."""
    day = open_day(market("748"), position("p", "-1 750P"))
    judged = day.position("p")
    decision = HandOver(Reason.POLICY, ManualReason.POLICY)
    one = Decided(attempt("18:00"), judged, decision, (), (), bot().pricing, "")
    day.take("p")

    after = day.ledger.write_now(lambda tx: cases.hand_over(tx, one, day.clock.now()))

    assert ManualReason.PERSON is after.manual_reason
