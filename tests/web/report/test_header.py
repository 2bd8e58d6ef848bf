"""The head tells the day, the account and what came out of it."""

from dataclasses import replace

import pytest

from botd.brokers.port import Environment
from botd.domain.position import Status
from botd.web.report.data import ReportDay
from botd.web.report.header import header
from botd.web.report.markup import Element
from botd.web.report.standing import by_need
from tests.web.report import demo
from tests.web.report.trees import find, text_of


def head(day: ReportDay) -> Element:
    """Make the head of a day."""
    return header(day, by_need(day))


def tiles(day: ReportDay) -> dict[str, tuple[str, str]]:
    """Give the tiles: by name, figure and words."""
    found = find(head(day), "div", "tile")
    parts = [[text_of(part) for part in tile.children] for tile in found]
    return {name: (figure, words) for name, figure, words in parts}


def test_the_day_and_its_session() -> None:
    """Weekday and date, half day, New York times, the account as paper, the pack."""
    said = text_of(head(demo.demo_day()))

    assert "Thursday 24 December 2015" in said
    assert "Half day: opened 09:30, closed 13:00 New York." in said
    assert "PAPER account paper, played from GOOG_2015-12-24." in said


def test_a_full_day_on_a_live_account() -> None:
    """A full day says so; live is never dressed as paper."""
    day = replace(
        demo.demo_day(),
        session=replace(demo.SESSION, early_close=False),
        environment=Environment.LIVE,
    )

    assert "Full day" in text_of(head(day))
    assert ["LIVE"] == [text_of(badge) for badge in find(head(day), "span", "live")]
    assert [] == find(head(day), "span", "paper")


def test_totals_of_the_demo_day() -> None:
    """What is known is summed, and said to be incomplete."""
    told = tiles(demo.demo_day())

    assert ("\N{MINUS SIGN}$1,135.00", "not complete, before fees") == told["Realized P/L"]
    assert ("5", "listed first below") == told["Need a person"]
    assert ("15", "27 units as opened") == told["Positions"]
    assert "32" == told["Attempts"][0]
    assert told["Attempts"][1].startswith("14 close, 9 leave")
    assert ("27", "6 with a fill, 1 refused") == told["Orders sent"]


def test_totals_of_a_day_that_ended_well() -> None:
    """Complete, and nobody has to act."""
    told = tiles(demo.demo_day(demo.closed_at_second_step(), demo.quiet(2)))

    assert ("\N{MINUS SIGN}$235.00", "complete, before fees") == told["Realized P/L"]
    assert ("0", "nobody has to act") == told["Need a person"]


def test_delivered_shares_outside_of_the_total() -> None:
    """Only shares that a campaign counts are missing in the total."""
    put, spread = demo.quiet(1), demo.quiet(2)
    in_campaign = replace(put.position, status=Status.ASSIGNED, campaign="wheel")
    whole = replace(spread.position, status=Status.ASSIGNED)
    entries = (replace(put, position=in_campaign), replace(spread, position=whole))

    words = tiles(demo.demo_day(*entries))["Realized P/L"][1]

    assert words.endswith("before fees; without the shares of 1 delivery")


def test_an_empty_day() -> None:
    """Nothing is zero, and complete."""
    told = tiles(replace(demo.demo_day(), positions=()))

    assert ("$0.00", "complete, before fees") == told["Realized P/L"]
    assert ("0", "none") == told["Attempts"]


def test_orders_that_never_left_are_not_counted() -> None:
    """Only what was sent was sent."""
    entry = demo.refused()
    unsent = replace(entry.attempts[0].orders[0], submitted_at=None)
    day = demo.demo_day(replace(entry, attempts=(replace(entry.attempts[0], orders=(unsent,)),)))

    assert ("0", "0 with a fill, 0 refused") == tiles(day)["Orders sent"]


def test_whose_money_is_not_known() -> None:
    """Each position that is missing in the total is named, with its standing."""
    (note,) = find(head(demo.demo_day()), "p", "unknown")

    assert text_of(note).startswith("Not in the P/L yet, in whole or in part: 7 positions.")
    assert "3 goog-03 (refused, presumed assigned)" in text_of(note)
    assert "7 goog-07 (presumed assigned)" in text_of(note)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        pytest.param(12, ").", id="twelve are all named"),
        pytest.param(13, ", and 1 more position.", id="of thirteen one is counted"),
    ],
)
def test_many_unknown(number: int, expected: str) -> None:
    """A sentence names a dozen; the table has them all."""
    day = demo.demo_day(*(demo.refused(index) for index in range(1, number + 1)))
    (note,) = find(head(day), "p", "unknown")

    assert text_of(note).endswith(expected)


def test_outcomes_are_counted_by_standing() -> None:
    """The most urgent stands first; the mark is the board's."""
    badges = [text_of(badge) for badge in find(head(demo.demo_day()), "span", "badge")][1:]

    assert "!! 2 unresolved" == badges[0]
    assert "✓ 5 closed" in badges
    assert ". 2 expired" == badges[-1]


def test_notes_of_the_day() -> None:
    """What was said on standard error is said here, too."""
    day = replace(demo.demo_day(), notes=("bot 'x' not found: defaults",))

    assert "bot 'x' not found: defaults" in text_of(head(day))
