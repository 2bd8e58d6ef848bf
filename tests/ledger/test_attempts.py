from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from botd.domain.decision import LegMoneyness, Moneyness
from botd.errors import LedgerError, NotFoundError
from botd.ledger import Ledger, Tx, attempts, open_ledger
from tests.ledger.given import DUE, a_claim, a_position, hold

LATER = DUE + timedelta(minutes=5)


def claimed(ledger: Ledger, *claims: attempts.Claim, owner: str = "me") -> frozenset[str]:
    return ledger.write_now(lambda tx: attempts.claim(tx, claims, owner))


def only(ledger: Ledger) -> attempts.Attempt:
    (attempt,) = ledger.read_now(lambda tx: attempts.of_position(tx, "goog-1"))
    return attempt


def test_attempt_is_claimed_once(ledger: Ledger) -> None:
    """Whoever comes first owns it; the others of a batch are claimed all the same."""
    hold(ledger, a_position("a"), a_position("b"))

    assert {"a"} == claimed(ledger, a_claim("a"))
    assert {"b"} == claimed(ledger, a_claim("a"), a_claim("b"), owner="other")
    assert {"a"} == claimed(ledger, a_claim("a", LATER))


def test_two_connections_do_not_both_claim(url: str) -> None:
    """The rule is held by the file, not by a process."""
    one = open_ledger(url, create=True, threaded=False)
    other = open_ledger(url, threaded=False)
    hold(one)

    assert [{"goog-1"}, set()] == [claimed(one, a_claim()), claimed(other, a_claim())]

    one.close()
    other.close()


def test_claim_of_unknown_position_is_refused(ledger: Ledger) -> None:
    """An attempt belongs to a position."""
    with pytest.raises(LedgerError, match="FOREIGNKEY"):
        claimed(ledger, a_claim("none"))


def test_attempt_keeps_what_was_claimed(ledger: Ledger) -> None:
    """Its lead, its instants and how late it was, to the millisecond."""
    hold(ledger)
    claimed(ledger, a_claim())
    attempt = only(ledger)

    assert ("T-10", DUE, 0.5, "me", 1) == (
        attempt.lead,
        attempt.due_at,
        attempt.late_seconds,
        attempt.owner,
        attempt.epoch,
    )
    assert (None, (), None) == (attempt.decision, attempt.moneyness, attempt.outcome)


def test_missed_attempt_is_finished_at_once(ledger: Ledger) -> None:
    """It is recorded once, with its reason, and never claimed afterwards."""
    hold(ledger)

    def missed(tx: Tx) -> frozenset[str]:
        return attempts.missed(tx, [a_claim()], "me", "missed")

    assert {"goog-1"} == ledger.write_now(missed)
    assert set() == ledger.write_now(missed)
    assert set() == claimed(ledger, a_claim())
    assert ("skip", "missed", "none") == (
        only(ledger).decision,
        only(ledger).reason,
        only(ledger).outcome,
    )
    assert () == ledger.read_now(attempts.unfinished)


def test_decision_and_outcome_are_kept(ledger: Ledger) -> None:
    """With what was known of each leg, to the digit."""
    known = (
        LegMoneyness("GOOG151224P00740000", Moneyness.ITM, Decimal(740), Decimal("739.20"), DUE),
    )
    hold(ledger)
    claimed(ledger, a_claim())
    ledger.write_now(
        lambda tx: attempts.decide(tx, "goog-1", DUE, "close", "in the money", known, "flagged"),
    )

    assert ("close", "in the money", known, "flagged", None) == (
        only(ledger).decision,
        only(ledger).reason,
        only(ledger).moneyness,
        only(ledger).note,
        only(ledger).outcome,
    )

    ledger.write_now(lambda tx: attempts.finish(tx, "goog-1", DUE, "filled", LATER))

    assert ("filled", LATER, "flagged") == (
        only(ledger).outcome,
        only(ledger).finished_at,
        only(ledger).note,
    )


@pytest.mark.parametrize(
    ("decided", "finished", "expected"),
    [
        pytest.param("flagged", "capped", "flagged; capped", id="both"),
        pytest.param("", "capped", "capped", id="the end's alone"),
        pytest.param("flagged", "", "flagged", id="the decision's alone"),
    ],
)
def test_notes_are_joined(ledger: Ledger, decided: str, finished: str, expected: str) -> None:
    """What the end has to say follows what the decision said."""
    hold(ledger)
    claimed(ledger, a_claim())

    def work(tx: Tx) -> None:
        attempts.decide(tx, "goog-1", DUE, "close", "in the money", (), decided)
        attempts.finish(tx, "goog-1", DUE, "filled", LATER, finished)

    ledger.write_now(work)

    assert expected == only(ledger).note


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(lambda tx: attempts.decide(tx, "goog-1", DUE, "close", "x"), id="decide"),
        pytest.param(lambda tx: attempts.finish(tx, "goog-1", DUE, "filled", DUE), id="finish"),
    ],
)
def test_attempt_must_be_claimed_first(ledger: Ledger, work: Callable[[Tx], None]) -> None:
    """Nothing is recorded of an attempt that nobody owns."""
    hold(ledger)

    with pytest.raises(NotFoundError, match="no attempt"):
        ledger.write_now(work)


def test_dead_owners_attempt_is_taken_over_once(ledger: Ledger) -> None:
    """By its epoch: of two who see the same one, one gets it; a finished one nobody."""
    hold(ledger)
    claimed(ledger, a_claim(), owner="dead")
    seen = only(ledger)

    def take_over(owner: str, attempt: attempts.Attempt) -> int | None:
        return ledger.write_now(lambda tx: attempts.take_over(tx, attempt, owner))

    assert [2, None] == [take_over("one", seen), take_over("other", seen)]
    assert ("one", 2) == (only(ledger).owner, only(ledger).epoch)

    ledger.write_now(lambda tx: attempts.finish(tx, "goog-1", DUE, "unfilled", LATER))

    assert None is take_over("other", only(ledger))


def test_taken_attempts_are_told_since(ledger: Ledger) -> None:
    """Claimed or missed, from an instant on."""
    hold(ledger)
    claimed(ledger, a_claim(), a_claim(due_at=LATER))

    assert {("goog-1", DUE), ("goog-1", LATER)} == ledger.read_now(
        lambda tx: attempts.taken(tx, DUE),
    )
    assert {("goog-1", LATER)} == ledger.read_now(
        lambda tx: attempts.taken(tx, DUE + timedelta(microseconds=1)),
    )


def test_unfinished_attempts_of_one_account(ledger: Ledger) -> None:
    """What a recovery has to look at."""
    hold(ledger, a_position("a"), a_position("b", account="PA2"))
    claimed(ledger, a_claim("a"), a_claim("b"))
    ledger.write_now(lambda tx: attempts.finish(tx, "a", DUE, "filled", LATER))
    claimed(ledger, a_claim("a", LATER))

    def unfinished(account: str | None) -> list[str]:
        key = None if account is None else ("paper", account)
        found = ledger.read_now(lambda tx: attempts.unfinished(tx, key))
        return [attempt.position_id for attempt in found]

    assert [["b", "a"], ["a"], ["b"]] == [unfinished(None), unfinished("PA1"), unfinished("PA2")]
