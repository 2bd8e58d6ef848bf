"""Quotes for the board."""

import pytest

from botd.engine.marking import mark, next_mark
from botd.ledger import marks
from botd.ledger.marks import Mark
from tests.engine.given import KEY, Day, Days, position
from tests.engine.market import instant, market, symbol

PUT = {"750P": "2.40/2.60"}


def marked(day: Day) -> dict[str, Mark]:
    """Give what the board would show."""
    found = day.ledger.read_now(lambda tx: marks.get(tx, KEY))
    return {one.symbol: one for one in found}


@pytest.mark.parametrize(
    ("begins", "last", "expected"),
    [
        pytest.param("16:49", None, "16:49", id="at once, the first time"),
        pytest.param("16:49:59", "16:49:59", "16:54:59", id="seldom before the last hour"),
        pytest.param("16:50", "16:50", "16:50:10", id="often from seventy minutes before"),
        pytest.param("18:01", "18:01", "18:01:10", id="and until a minute after"),
        pytest.param("18:01:01", "18:01:01", "18:06:01", id="then seldom again"),
    ],
)
def test_next_mark(open_day: Days, begins: str, last: str | None, expected: str) -> None:
    """Often near the close, seldom otherwise."""
    day = open_day(market("748", PUT), position("p", "-1 750P"), begins=begins)
    day.run(day.engine.refresh())

    assert instant(expected) == next_mark(day.desk, None if last is None else instant(last))


def test_what_is_held_is_marked(open_day: Days) -> None:
    """Contracts with their sides, underlyings with their last trade."""
    shown = market("748", PUT, after={"17:30": "747.90/748.10"})
    day = open_day(shown, position("p", "-1 750P"))
    day.run(day.engine.refresh())

    day.run(mark(day.desk))

    found = marked(day)
    assert ("2.40", "2.60") == (str(found[symbol("750P")].bid), str(found[symbol("750P")].ask))
    assert ("748", "747.90") == (str(found["GOOG"].last), str(found["GOOG"].bid))


def test_nothing_held_marks_nothing(open_day: Days) -> None:
    """No read is spent on it."""
    day = open_day(market("748", PUT))
    day.run(mark(day.desk))

    assert {} == marked(day)
