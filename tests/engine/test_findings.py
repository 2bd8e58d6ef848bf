"""What a reconcile means, where whole days do not show it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from botd.domain.decision import Skip
from botd.domain.orders import OrderReport, ReportState
from botd.domain.position import ClosedBy, Lot, Position
from botd.domain.reconcile import Finding, FindingKind
from botd.engine import findings
from botd.engine.attempt import make
from botd.engine.plans import schedule_of
from botd.engine.reads import read_account
from tests.engine.given import Day, Days, outcomes, position
from tests.engine.market import instant, legs, market, symbol

QUOTES = {"750P": "2.40/2.60", "745P": "0.10/0.20"}
BY_OTHER = Finding(
    FindingKind.GONE_BY_OTHER_ORDER, 0, 1, (), "closed by order 7", closed_by=ClosedBy.OTHER
)


def started(open_day: Days, *book: Position) -> Day:
    day = open_day(market("748", QUOTES), *book)
    day.start()
    return day


def test_end_at_an_unknown_price_names_who_did_it(open_day: Days) -> None:
    """Several orders explain it, no single price does."""
    day = started(open_day, position("p", "-1 750P"))

    ended = findings.close_elsewhere(day.position("p"), BY_OTHER, 1, instant("17:45"))

    assert [(1, "closed", None)] == outcomes(ended)
    assert ClosedBy.OTHER is ended.closed_by


def test_part_at_an_unknown_price_leaves_the_rest(open_day: Days) -> None:
    """Nobody is named before all of it has ended."""
    day = started(open_day, position("p", "-1 750P", units=2))

    ended = findings.close_elsewhere(day.position("p"), BY_OTHER, 1, instant("17:45"))

    assert (1, None) == (ended.units_open, ended.closed_by)


def test_shares_alone_are_booked_as_what_they_are(open_day: Days) -> None:
    """Once the options have gone, the shares are the position."""
    day = started(open_day, position("p", "+100 shares", net_price="-740"))
    finding = replace(BY_OTHER, net_price=Decimal(748))

    ended = findings.close_elsewhere(day.position("p"), finding, 1, instant("17:45"))

    assert [(1, "closed", "748")] == outcomes(ended)


@pytest.mark.parametrize(
    ("sold", "units", "expected"),
    [
        pytest.param(("-1 745P",), 2, 1, id="the whole leg of all units"),
        pytest.param(("-1 745P",), 1, 2, id="less than all units"),
        pytest.param(("-1 745P", "+1 740P"), 2, 2, id="an order of two legs has no price for one"),
    ],
)
def test_lost_leg_is_booked_where_its_price_is_known(
    open_day: Days, sold: tuple[str, ...], units: int, expected: int
) -> None:
    """Else it stays, and its price is not invented."""
    day = started(open_day, position("p", "+1 745P", "-1 750P", units=2))
    day.broker.trade_outside(legs("-1 745P"), 2)
    (report,) = day.run(day.broker.orders(instant("17:00")))
    order = replace(report, legs=legs(*sold), units=units, filled_units=units)
    finding = Finding(
        FindingKind.SHORTS_ONLY,
        2,
        0,
        (),
        "lost",
        to_close=Lot(2, legs("-1 750P")),
        other_order=order,
    )

    found = day.run(findings.apply_one(day.desk, day.position("p"), finding))

    assert expected == len(found.position.lots[0].legs)


def test_lost_leg_of_several_lots_is_left(open_day: Days) -> None:
    """Which lot lost it is not known."""
    whole = position("p", "+1 745P", "-1 750P", units=2)
    book = replace(whole, lots=(Lot(1, whole.legs), Lot(1, legs("-1 750P"))))
    day = started(open_day, book)
    finding = Finding(
        FindingKind.SHORTS_ONLY,
        2,
        0,
        (),
        "lost",
        to_close=Lot(2, legs("-1 750P")),
        other_order=OrderReport(
            "b1",
            None,
            ReportState.FILLED,
            legs("-1 745P"),
            1,
            1,
            None,
            instant("17:00"),
            instant("17:00"),
        ),
    )

    assert 2 == len(day.run(findings.apply_one(day.desk, book, finding)).position.lots)


def test_second_look_that_fails_leaves_the_first(open_day: Days) -> None:
    """It came from a whole reading, too."""
    day = started(open_day, position("p", "-1 750P"))
    day.broker.book({symbol("750P"): 1})
    facts = day.run(read_account(day.desk))
    day.befall("unavailable", "17:40", seconds=60)

    found = day.run(findings.look_twice(day.desk, facts))

    assert FindingKind.GONE is found["p"].kind


def test_position_that_has_ended_is_skipped(open_day: Days) -> None:
    """Nothing of it is left to be found."""
    day = started(open_day, position("p", "-1 750P"))
    plan = schedule_of(day.desk, day.position("p"))
    assert plan is not None
    attempt = make(plan, instant("17:50"), (instant("18:00"),), instant("18:00") - instant("18:00"))
    facts = day.run(read_account(day.desk))
    day.desk.book.clear()

    found = day.run(findings.apply(day.desk, (attempt,), facts))

    assert isinstance(found["p"].decision, Skip)
