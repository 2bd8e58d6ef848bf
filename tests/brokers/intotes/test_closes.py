"""What is concluded from what is held before and after a close."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from botd.brokers.intotes.closes import SETTLES, Close, Closes
from botd.brokers.intotes.wire import Ended
from botd.domain.orders import OrderReport, ReportState
from tests.brokers.intotes.answers import AT, NO, YES, closing

SOON = AT + timedelta(seconds=1)
LATER = AT + SETTLES + timedelta(seconds=1)
S = ReportState


def line(
    *, winner: str | None = None, amount: int = 5, pnl: int = 3750, at: datetime = SOON
) -> Ended:
    return Ended("401", YES, amount, 4_000, pnl, winner, at)


def sent(*, is_answered: bool = True, closes: Closes | None = None, before: int = 5) -> Close:
    intent = closing((YES, -1), units=before)
    close = (closes or Closes()).begin(intent, YES, before, AT)
    if is_answered:
        close.answered(AT)
    return close


def told(report: OrderReport | None) -> tuple[ReportState, int, list[Decimal]] | None:
    if report is None:
        return None
    return (report.state, report.filled_units, [fill.net_price for fill in report.fills])


@pytest.mark.parametrize(
    ("is_answered", "left", "lines", "at", "expected"),
    [
        pytest.param(
            True, 0, [line()], SOON, (S.FILLED, 5, [Decimal("47.50")]), id="all, at a price"
        ),
        pytest.param(
            True, 0, [line(pnl=3751)], SOON, (S.FILLED, 5, []), id="all, at no exact price"
        ),
        pytest.param(
            True, 0, [line(amount=9)], SOON, (S.FILLED, 5, []), id="a record of another size"
        ),
        pytest.param(True, 0, [], SOON, (S.WORKING, 0, []), id="its record may still come"),
        pytest.param(True, 2, [], SOON, (S.WORKING, 3, []), id="a part"),
        pytest.param(True, 5, [], SOON, (S.WORKING, 0, []), id="nothing yet"),
        pytest.param(True, 5, [], LATER, (S.CANCELED, 0, []), id="nothing at all"),
        pytest.param(
            True, 0, [line(winner="YES")], SOON, (S.CANCELED, 0, []), id="the event ended first"
        ),
        pytest.param(
            True,
            0,
            [line(at=AT - timedelta(hours=1))],
            SOON,
            (S.WORKING, 0, []),
            id="an older record is not its own",
        ),
        pytest.param(False, 5, [], LATER, None, id="no answer, nothing gone: nobody knows"),
        pytest.param(False, 0, [], LATER, None, id="no answer, and no record"),
        pytest.param(
            False, 0, [line()], SOON, (S.FILLED, 5, [Decimal("47.50")]), id="no answer, a record"
        ),
        pytest.param(
            False, 0, [line(winner="NO")], SOON, (S.CANCELED, 0, []), id="no answer, settled"
        ),
        pytest.param(False, 2, [], SOON, (S.WORKING, 3, []), id="no answer, a part is gone"),
    ],
)
def test_what_became_of_a_close(
    is_answered: object,
    left: int,
    lines: list[Ended],
    at: datetime,
    expected: tuple[ReportState, int, list[Decimal]] | None,
) -> None:
    """Each row is one line of the module's table, on its boundary."""
    close = sent(is_answered=bool(is_answered))

    assert expected == told(close.judge({YES: left}, lines, at))


def test_the_record_is_waited_for_and_no_longer() -> None:
    """An answered close of which nothing is held any more has filled, at whatever price."""
    close = sent()
    seen = [told(close.judge({}, [], AT + timedelta(seconds=seconds))) for seconds in (1, 5, 6)]

    assert [(S.WORKING, 0, []), (S.WORKING, 0, []), (S.FILLED, 5, [])] == seen


def test_a_part_is_over_once_nothing_more_goes() -> None:
    """Every share that still goes gives it more time; the rest is then open for the next one."""
    close = sent()
    seen = [
        told(close.judge({YES: left}, [], AT + timedelta(seconds=seconds)))
        for seconds, left in ((1, 3), (5, 1), (9, 1), (10, 1))
    ]

    assert [
        (S.WORKING, 2, []),
        (S.WORKING, 4, []),
        (S.WORKING, 4, []),
        (S.CANCELED, 4, []),
    ] == seen
    assert not close.is_open


def test_what_is_final_stays_so() -> None:
    """Shares bought later in the same market are somebody's, and not its own."""
    close = sent()
    final = close.judge({}, [line()], SOON)

    assert final == close.judge({YES: 9}, [], LATER)


def test_shares_bought_meanwhile_take_nothing_back() -> None:
    """What was once gone was closed."""
    close = sent()
    close.judge({YES: 2}, [], SOON)

    assert (S.WORKING, 3, []) == told(close.judge({YES: 4}, [], SOON))


def test_the_rest_of_a_position_has_no_exact_price() -> None:
    """Its record may tell the result of the part before it, too."""
    closes = Closes()
    sent(closes=closes).judge({YES: 2}, [], SOON)
    rest = closes.begin(closing((YES, -1), units=2, name="bd1-b"), YES, 2, SOON)
    rest.answered(SOON)

    assert (S.FILLED, 2, []) == told(rest.judge({}, [line(amount=2, pnl=1500)], LATER))


def test_units_of_several_shares() -> None:
    """A unit counts once it is whole, and is worth all its shares."""
    close = Closes().begin(closing((YES, -2), units=3), YES, 6, AT)
    close.answered(AT)

    assert (S.WORKING, 1, []) == told(close.judge({YES: 3}, [], SOON))
    assert (S.FILLED, 3, [Decimal("95.00")]) == told(
        close.judge({}, [line(amount=6, pnl=6 * 750)], SOON)
    )


def test_another_close_of_the_market_ends_the_question_of_the_first() -> None:
    """One shrinking position is not counted as the fill of two orders."""
    closes = Closes()
    sent(closes=closes, is_answered=False)
    second = closes.begin(closing((YES, -1), units=5, name="bd1-b"), YES, 5, LATER)

    assert (second,) == closes.since(AT)
    assert closes.get("bd1-a") is None


def test_an_open_close_is_told_of_for_as_long_as_it_may_execute() -> None:
    """Also in the name of the market's other side: one call closes both."""
    closes = Closes()
    close = sent(closes=closes, is_answered=False)

    assert close is closes.undecided((NO, YES), AT - timedelta(seconds=1))
    assert closes.undecided((NO, YES), AT) is None
    assert closes.undecided((NO,), AT - timedelta(seconds=1)) is None


def test_old_closes_are_not_listed_unless_they_are_open() -> None:
    """A question stays, however old."""
    closes = Closes()
    close = sent(closes=closes)

    assert (close,) == closes.since(AT + timedelta(days=1))
    close.judge({}, [line()], SOON)
    assert () == closes.since(AT + timedelta(days=1))
    assert (close,) == closes.since(AT)


def test_no_more_than_a_thousand_are_remembered() -> None:
    """A daemon runs for months."""
    closes = Closes()
    for number in range(1_010):
        close = closes.begin(closing((YES, -1), units=5, name=f"bd1-{number}"), YES, 5, AT)
        close.answered(AT)
        close.judge({}, [line()], SOON)

    assert 1_001 == len(closes.since(AT))
    assert closes.get("bd1-0") is None
    assert closes.get("bd1-1009") is not None
