from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from botd.domain.contract import Leg
from botd.domain.reconcile import Finding, FindingKind
from botd.domain.refusal import RefusalKind, fact_now, kind_of, probable_truth, without_moment
from botd.errors import Refusal, RefusalReason
from tests.domain.book import position_of, put
from tests.domain.given import NOW, SESSION, position

POSITION = position_of(Leg(put("740"), -1))


def finding(kind: FindingKind, fact: str = "in plain words") -> Finding:
    return Finding(kind, 1, 0, (), fact)


def refusal(reason: RefusalReason = RefusalReason.OTHER) -> Refusal:
    return Refusal(reason, "no")


@pytest.mark.parametrize(
    ("kind", "reasons"),
    [
        pytest.param(
            RefusalKind.ACCOUNT,
            {RefusalReason.ACCOUNT_BLOCKED, RefusalReason.MARKET_CLOSED},
            id="the account stops",
        ),
        pytest.param(
            RefusalKind.RETRY_PRICE,
            {RefusalReason.PRICE_TICK, RefusalReason.PRICE_BAND},
            id="one corrected step",
        ),
        pytest.param(
            RefusalKind.BLOCKED_BY_ORDER,
            {RefusalReason.HELD_BY_OTHER_ORDER, RefusalReason.WASH_TRADE},
            id="cancel the other order",
        ),
        pytest.param(
            RefusalKind.DUPLICATE,
            {RefusalReason.DUPLICATE_CLIENT_ID},
            id="look it up, adopt it",
        ),
        pytest.param(
            RefusalKind.FINAL,
            {
                RefusalReason.POSITION_GONE,
                RefusalReason.POSITION_SMALLER,
                RefusalReason.INTENT_MISMATCH,
                RefusalReason.ASSIGNMENT_LOCK,
                RefusalReason.NOT_TRADABLE,
                RefusalReason.CONTRACT_EXPIRED,
                RefusalReason.FUNDS,
                RefusalReason.MALFORMED,
                RefusalReason.OTHER,
            },
            id="a refusal",
        ),
    ],
)
def test_kind_of(kind: RefusalKind, reasons: set[RefusalReason]) -> None:
    """Every reason has exactly one kind; what nothing matches is a refusal."""
    assert reasons == {reason for reason in RefusalReason if kind_of(refusal(reason)) is kind}


@pytest.mark.parametrize(
    ("kind", "minutes_left", "expected"),
    [
        pytest.param(
            FindingKind.HELD,
            9,
            "REFUSED, STILL HELD, 9 minutes left: botd close 1",
            id="held",
        ),
        pytest.param(
            FindingKind.HELD,
            1,
            "REFUSED, STILL HELD, 1 minute left: botd close 1",
            id="a minute",
        ),
        pytest.param(
            FindingKind.HELD,
            0,
            "REFUSED, STILL HELD, less than a minute left: botd close 1",
            id="seconds",
        ),
        pytest.param(
            FindingKind.HELD,
            -1,
            "REFUSED, STILL HELD, trading has stopped: botd override resolve 1",
            id="too late to close",
        ),
        pytest.param(
            FindingKind.GONE,
            9,
            "REFUSED, NO LONGER HELD: botd override resolve 1",
            id="gone",
        ),
        pytest.param(
            FindingKind.SMALLER,
            9,
            "REFUSED, PARTLY HELD (in plain words), 9 minutes left: botd close 1",
            id="smaller: the rest can be closed",
        ),
        pytest.param(
            FindingKind.GONE_BY_OTHER_ORDER,
            9,
            "REFUSED, CLOSED BY AN ORDER THAT IS NOT OURS (in plain words): "
            "botd override resolve 1",
            id="closed by somebody else",
        ),
    ],
)
def test_probable_truth(kind: FindingKind, minutes_left: int, expected: str) -> None:
    """A refusal is told with what the account shows, the time left and one command."""
    assert expected == probable_truth(POSITION, finding(kind), refusal(), minutes_left)


def test_account_that_cannot_be_read() -> None:
    """Without a reconcile nothing is claimed of the holding."""
    expected = "REFUSED, HOLDING UNKNOWN, 9 minutes left: botd close 1"

    assert expected == probable_truth(POSITION, None, refusal(), 9)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(
            finding(FindingKind.HELD),
            "REFUSED, ASSIGNMENT UNDER WAY, STILL HELD, 9 minutes left: botd close 1",
            id="held",
        ),
        pytest.param(
            finding(FindingKind.GONE),
            "REFUSED, ASSIGNMENT UNDER WAY: botd override resolve 1",
            id="gone",
        ),
        pytest.param(
            None,
            "REFUSED, ASSIGNMENT UNDER WAY, 9 minutes left: botd close 1",
            id="unreadable",
        ),
    ],
)
def test_assignment_lock(found: Finding | None, expected: str) -> None:
    """A broker that speaks of an assignment is believed, and the holding told beside it."""
    lock = refusal(RefusalReason.ASSIGNMENT_LOCK)

    assert expected == probable_truth(POSITION, found, lock, 9)


@pytest.mark.parametrize("kind", FindingKind)
def test_every_finding_is_told(kind: FindingKind) -> None:
    """No finding leaves a refusal without words and a command."""
    told = probable_truth(POSITION, finding(kind), refusal(), 9)

    assert told.startswith("REFUSED, ")
    assert told.endswith((": botd close 1", ": botd override resolve 1"))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(NOW, "REFUSED, STILL HELD, 10 minutes left: botd close 1", id="before T"),
        pytest.param(
            SESSION.closes_at - timedelta(seconds=59),
            "REFUSED, STILL HELD, less than a minute left: botd close 1",
            id="in the last minute",
        ),
        pytest.param(SESSION.closes_at, "REFUSED, STILL HELD", id="at T"),
    ],
)
def test_fact_tells_the_time_that_is_left_now(at: datetime, expected: str) -> None:
    """What was written at the refusal is read minutes later."""
    told = "REFUSED, STILL HELD, 9 minutes left: botd close 1"

    assert expected == fact_now(replace(position("-1 750P"), fact=told), at)


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        pytest.param(None, "", id="nothing told"),
        pytest.param("the long leg is gone", "the long leg is gone", id="true for good"),
        pytest.param(
            "REFUSED, NO LONGER HELD: botd override resolve 1",
            "REFUSED, NO LONGER HELD: botd override resolve 1",
            id="a command that stays right",
        ),
    ],
)
def test_fact_without_a_moment_stays(fact: str | None, expected: str) -> None:
    """Only what was true at an instant is told anew."""
    assert expected == fact_now(replace(position("-1 750P"), fact=fact), NOW)


def test_fact_of_what_never_ends_has_no_time_left() -> None:
    """Without a T nothing is counted down."""
    told = "REFUSED, STILL HELD, 9 minutes left: botd close 1"

    assert "REFUSED, STILL HELD" == fact_now(
        replace(position("-1 750P"), fact=told, closes_at=None), NOW
    )


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        pytest.param(
            "REFUSED, STILL HELD, 9 minutes left: botd close 3", "REFUSED, STILL HELD", id="minutes"
        ),
        pytest.param(
            "REFUSED, STILL HELD, less than a minute left: botd close 3",
            "REFUSED, STILL HELD",
            id="seconds",
        ),
        pytest.param(
            "REFUSED, NO LONGER HELD: botd override resolve 3", "REFUSED, NO LONGER HELD", id="gone"
        ),
        pytest.param("it ended in the money", "it ended in the money", id="true for good"),
    ],
)
def test_fact_outlives_its_moment(fact: str, expected: str) -> None:
    """On Monday "9 minutes left: botd close 3" still stood in the list of overrides."""
    assert expected == without_moment(fact)
