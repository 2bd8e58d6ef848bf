"""The table of outcomes."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from botd.domain.contract import Leg, Shares
from botd.domain.position import BrokerWords, Lot, Status
from botd.web.report.data import ReportPosition
from botd.web.report.markup import Element
from botd.web.report.standing import by_need
from botd.web.report.table import outcome_table
from tests.web.report import demo
from tests.web.report.trees import find, text_of, value


def table(*entries: ReportPosition) -> Element:
    """Make the table of some positions, or of the demo day."""
    return outcome_table(by_need(demo.demo_day(*entries)))


def cells(entry: ReportPosition) -> dict[str, str]:
    """Give a position's row by column."""
    return {value(cell, "data-label"): text_of(cell) for cell in find(table(entry), "td")}


def test_two_groups_those_first_that_need_a_person() -> None:
    """The reader's task stands on top."""
    groups = [text_of(row) for row in find(table(), "tr", "group")]

    assert ["A person must act: 5 positions", "Nobody has to act: 10 positions"] == groups


def test_a_group_without_rows_is_left_out() -> None:
    """No heading over nothing."""
    groups = [text_of(row) for row in find(table(demo.quiet(1)), "tr", "group")]

    assert ["Nobody has to act: 1 position"] == groups


def test_a_refused_position() -> None:
    """Fact, words of the broker, and what a person types."""
    row = cells(demo.refused())

    assert "REFUSED, STILL HELD, 9 minutes left: botd close 3" in row["What happened"]
    assert demo.LOCK in row["What happened"]
    assert "T-10 close: refused" == row["Attempts"]
    assert "not closedcap: pay 3.10" == row["Closed at, cap"]
    assert "not known" == row["P/L"]
    assert "botd override resolve 3 --as HOW" == row["A person types"]


def test_a_closed_position() -> None:
    """Price against cap, P/L, and nothing to type."""
    row = cells(demo.closed_at_second_step())

    assert "paid 4.85cap: pay 5.00" == row["Closed at, cap"]
    assert "\N{MINUS SIGN}$360.00" == row["P/L"]
    assert "" == row["A person types"]


def test_attempts_that_went_alike_share_a_line() -> None:
    """Three times left alone is one line."""
    assert "T-10, T-5, T-1 leave alone" == cells(demo.quiet(1))["Attempts"]


def test_late_and_flagged_attempts_say_so() -> None:
    """A decision on old data, or after its instant, is not shown as any other."""
    assert (
        "T-10 close: fate unknown, 4 s late (flagged)T-5 skipped"
        == cells(demo.unknown_fate())["Attempts"]
    )


def test_no_attempt_is_said() -> None:
    """A position opened after its last attempt had none."""
    assert "none" == cells(replace(demo.quiet(1), attempts=()))["Attempts"]


def test_a_partial_result_says_so() -> None:
    """Money over the known parts is marked."""
    assert "+$240.00not complete" == cells(demo.partly_left())["P/L"]


@pytest.mark.parametrize(
    ("campaign", "expected"),
    [
        pytest.param("wheel", "premium; shares not in it", id="shares in a campaign"),
        pytest.param(None, "", id="a spread, delivered whole"),
    ],
)
def test_delivered_shares_outside(campaign: str | None, expected: str) -> None:
    """It is said where the P/L is the premium alone, and only there."""
    entry = demo.quiet(1)
    held = replace(entry.position, status=Status.ASSIGNED, campaign=campaign)

    assert f"+$125.00{expected}" == cells(replace(entry, position=held))["P/L"]


@pytest.mark.parametrize(
    ("accrued", "expected"),
    [
        pytest.param("-0.45", "paid 0.45", id="bought back"),
        pytest.param("0", "not closed", id="expired"),
    ],
)
def test_the_price_of_a_call_whose_shares_remain(accrued: str, expected: str) -> None:
    """What was traded has a price, though the position lives on."""
    entry = demo.quiet(1)
    lot = Lot(1, (Leg(Shares("GOOG"), 100),), Decimal(accrued))
    held = replace(entry.position, status=Status.OPEN, outcomes=(), lots=(lot,), closes_at=None)
    entry = replace(entry, position=held, close_net_price=None)

    assert expected == cells(entry)["Closed at, cap"]


def test_bars_stand_in_proportion() -> None:
    """A loss goes left of the middle, a gain right; the largest fills its half."""
    drawn = table(demo.closed_at_second_step(1), demo.quiet(2))
    (loss,) = find(drawn, "rect", "loss")
    (gain,) = find(drawn, "rect", "gain")

    assert ("0", "42") == (value(loss, "x"), value(loss, "width"))
    assert ("42", "14.6") == (value(gain, "x"), value(gain, "width"))


def test_nothing_has_no_bar() -> None:
    """Zero is neither gain nor loss."""
    drawn = table(replace(demo.quiet(1), realized_pnl=Decimal(0)))

    assert [] == find(drawn, "svg", "bar")


def test_a_long_message_is_cut_in_the_table() -> None:
    """The table shows its beginning; the whole stands with the order."""
    entry = demo.refused()
    words = BrokerWords("no " * 500, None, None, demo.T10 + timedelta(seconds=1))
    row = cells(replace(entry, position=replace(entry.position, broker_error=words)))

    assert row["What happened"].endswith("no  …")
    assert len(row["What happened"]) < 500


def test_no_position() -> None:
    """An empty day says that it is empty."""
    assert "No position was managed on this day." == text_of(outcome_table(()))
