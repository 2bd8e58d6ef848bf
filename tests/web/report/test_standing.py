"""Who must act, and what they are told."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from botd.domain.contract import Leg, Shares
from botd.domain.position import (
    Assignment,
    ClosedBy,
    How,
    Lot,
    Management,
    ManualReason,
    Position,
    Status,
)
from botd.web.report.data import ReportPosition
from botd.web.report.standing import Standing, by_need, standing_of
from tests.web.report import demo

LEGS = (demo.option("750P", -1),)
HELD = (Lot(1, LEGS),)
PLAIN = demo.position(7, LEGS, strategy="short put")
LATER = demo.CLOSES_AT + timedelta(days=7)


def stand(position: Position) -> Standing:
    """Tell how a position without attempts stands."""
    return standing_of(ReportPosition(position, None, pnl_complete=False), demo.demo_day())


@pytest.mark.parametrize(
    ("position", "label", "command"),
    [
        pytest.param(
            replace(PLAIN, status=Status.UNRESOLVED, lots=HELD),
            "unresolved",
            "botd override resolve 7 --as HOW",
            id="unresolved",
        ),
        pytest.param(
            replace(
                PLAIN,
                status=Status.ASSIGNED,
                assignment=Assignment.PRESUMED,
                manual_reason=ManualReason.REFUSED,
                lots=HELD,
            ),
            "refused, presumed assigned",
            "botd override resolve 7 --as HOW",
            id="refused",
        ),
        pytest.param(
            replace(
                PLAIN,
                status=Status.ASSIGNED,
                assignment=Assignment.PRESUMED,
                manual_reason=ManualReason.GONE,
            ),
            "presumed assigned",
            "botd override resolve 7 --as HOW",
            id="gone",
        ),
        pytest.param(
            replace(PLAIN, lots=HELD),
            "still held after its close",
            "botd override resolve 7 --as HOW",
            id="open at its close",
        ),
        pytest.param(
            replace(PLAIN, lots=HELD, closes_at=LATER, managed_by=Management.MANUAL),
            "open, manual override",
            "botd close 7",
            id="under override, trading on",
        ),
        pytest.param(replace(PLAIN, lots=HELD, closes_at=LATER), "open", None, id="trading on"),
        pytest.param(replace(PLAIN, lots=HELD, closes_at=None), "open", None, id="shares alone"),
        pytest.param(
            replace(PLAIN, status=Status.AWAITING_SETTLEMENT),
            "awaiting settlement",
            None,
            id="awaiting settlement",
        ),
        pytest.param(
            replace(PLAIN, status=Status.ASSIGNED, assignment=Assignment.CONFIRMED),
            "assigned",
            None,
            id="assigned",
        ),
        pytest.param(replace(PLAIN, status=Status.EXERCISED), "exercised", None, id="exercised"),
        pytest.param(replace(PLAIN, status=Status.CLOSED), "closed", None, id="closed"),
        pytest.param(replace(PLAIN, status=Status.SETTLED), "settled", None, id="settled"),
        pytest.param(replace(PLAIN, status=Status.EXPIRED), "expired", None, id="expired"),
        pytest.param(PLAIN, "open", "botd positions show 7", id="open with nothing held"),
    ],
)
def test_labels_and_commands(position: Position, label: str, command: str | None) -> None:
    """Each state has its label; a command stands wherever a person must act, only there."""
    standing = stand(position)

    assert (label, command) == (standing.label, standing.command)
    assert (command is not None) is standing.needs_person


@pytest.mark.parametrize(
    ("option", "accrued", "expected"),
    [
        pytest.param("760C", "-0.45", "its call ended, paid 0.45.", id="bought back"),
        pytest.param("760C", "0", "its call ended.", id="expired"),
        pytest.param("740P", "0.10", "its options ended, got 0.10.", id="a put, sold"),
    ],
)
def test_only_shares_are_left(option: str, accrued: str, expected: str) -> None:
    """What ended is said with its price; the shares wait for the next call."""
    shares = Leg(Shares("GOOG"), 100)
    legs = (shares, demo.option(option, -1))
    lots = (Lot(1, (shares,), Decimal(accrued)),)
    words = stand(replace(PLAIN, legs=legs, lots=lots, closes_at=None)).words

    assert f"Still open: its shares remain; {expected}" == words


def test_shares_alone() -> None:
    """Where no option ever was, none is spoken of."""
    legs = (Leg(Shares("GOOG"), 100),)
    words = stand(replace(PLAIN, legs=legs, lots=(Lot(1, legs),), closes_at=None)).words

    assert "Still open: shares, and no option beside them." == words


def test_every_reason_for_manual_is_told() -> None:
    """Each reason reads differently to the person whose task it becomes."""
    held = replace(PLAIN, lots=HELD, closes_at=LATER, managed_by=Management.MANUAL)

    told = {stand(replace(held, manual_reason=reason)).words for reason in ManualReason}

    assert len(ManualReason) == len(told)


@pytest.mark.parametrize(
    ("closed_by", "expected"),
    [
        pytest.param(ClosedBy.BOT, "Closed by botd, paid 0.72.", id="by botd"),
        pytest.param(ClosedBy.PERSON, "Closed by a person, paid 0.72.", id="by a person"),
        pytest.param(
            ClosedBy.BROKER,
            "Closed by the broker's own order, not by botd, paid 0.72.",
            id="by the broker",
        ),
        pytest.param(
            ClosedBy.OTHER,
            "Closed by somebody else's order, not by botd, paid 0.72.",
            id="by others",
        ),
        pytest.param(None, "Closed; by whom is not recorded, paid 0.72.", id="by nobody known"),
    ],
)
def test_who_closed(closed_by: ClosedBy | None, expected: str) -> None:
    """Whose order ended it, and at which price."""
    closed = replace(
        PLAIN,
        status=Status.CLOSED,
        closed_by=closed_by,
        outcomes=(demo.ended(How.CLOSED, "-0.72"),),
    )

    assert expected == stand(closed).words


def test_ten_units_that_ended_three_ways() -> None:
    """Each way is told apart; a price that is not known is not told as zero."""
    assert (
        "Gone from the account, and no order explains it. Taken for assigned. "
        "Of 10 units: 6 closed, paid 0.85; 3 assigned, price not known; 1 expired worthless."
    ) == stand(demo.partly_left().position).words


def test_units_that_are_left() -> None:
    """A part that ended is told beside what is left."""
    half = replace(
        PLAIN,
        units=3,
        lots=(Lot(2, LEGS),),
        closes_at=LATER,
        outcomes=(demo.ended(How.CLOSED, "-0.72"),),
    )

    assert "Of 3 units: 1 closed, paid 0.72; 2 units left." in stand(half).words


@pytest.mark.parametrize(
    ("confirmed", "expected"),
    [
        pytest.param(False, True, id="estimated until the records come"),
        pytest.param(True, False, id="confirmed"),
    ],
)
def test_what_is_not_confirmed_says_so(*, confirmed: bool, expected: bool) -> None:
    """An expiry is an estimate until the broker's records agree."""
    expired = replace(PLAIN, status=Status.EXPIRED, confirmed=confirmed)

    assert expected is ("Not yet confirmed" in stand(expired).words)


def test_accepted_assignment_is_nobodys_task() -> None:
    """A covered call that takes its assignment stays open over night, on purpose."""
    standing = standing_of(demo.accepted(), demo.demo_day())

    assert "open, assignment accepted" == standing.label
    assert not standing.needs_person


def test_accepted_but_taken_over_is_a_persons() -> None:
    """Accepting counts only as long as the bot manages it."""
    entry = demo.accepted()
    taken = replace(entry.position, managed_by=Management.MANUAL)

    assert standing_of(replace(entry, position=taken), demo.demo_day()).needs_person


def test_a_given_command_comes_first() -> None:
    """The replay may know better what a person must type."""
    entry = replace(demo.refused(), command="botd close 3")

    assert "botd close 3" == standing_of(entry, demo.demo_day()).command


def test_order_of_need() -> None:
    """Unknown money first within one standing, then the larger loss, then the number."""
    day = demo.demo_day(
        demo.quiet(1),
        demo.closed_at_second_step(2),
        demo.closed_in_parts(3),
        demo.refused(4),
        replace(demo.quiet(6), realized_pnl=None),
        demo.quiet(5),
        demo.capped(7),
    )

    assert [7, 4, 3, 2, 6, 1, 5] == [entry.position.number for entry, _ in by_need(day)]


def test_all_kinds_of_the_demo_day() -> None:
    """Five of the fifteen need a person."""
    pairs = by_need(demo.demo_day())

    assert [4, 6, 3, 7, 8] == [e.position.number for e, s in pairs if s.needs_person]
    assert Decimal(-1135) == sum(e.realized_pnl for e, _ in pairs if e.realized_pnl is not None)
