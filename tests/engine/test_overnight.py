"""What the hours between the close and the exercise cut-off have changed."""

from dataclasses import replace

from botd.engine.overnight import crossed_after_hours
from tests.engine.given import Days, position
from tests.engine.market import legs, market

CROSSED = {"18:30": "747.90/748.10"}


def test_positions_without_a_close_are_not_named(open_day: Days) -> None:
    """Shares alone never stop trading."""
    day = open_day(
        market("752", {}, official="752", after=CROSSED),
        position("p", "+100 shares"),
        begins="19:00",
    )
    day.start()
    view = day.run(day.desk.feed.view())

    assert day.run(crossed_after_hours(day.desk, day.desk.book.values(), view)) is None


def test_short_held_over_the_bell_is_named(open_day: Days) -> None:
    """Also one that a person looks after; a long is the holder's own matter."""
    day = open_day(
        market("752", {}, official="752", after=CROSSED),
        position("p", "-1 750P"),
        position("l", "+1 750P"),
        begins="19:00",
    )
    day.take("p")
    day.start()
    view = day.run(day.desk.feed.view())

    told = day.run(crossed_after_hours(day.desk, day.desk.book.values(), view))

    assert told is not None
    assert ["1"] == [line[0] for line in told.lines]


def test_leg_that_was_bought_back_is_not_named(open_day: Days) -> None:
    """Of a spread the short went before; the long was left to the bell."""
    whole = position("p", "+1 745P", "-1 750P")
    book = replace(whole, lots=(replace(whole.lots[0], legs=legs("+1 745P")),))
    day = open_day(market("752", {}, official="752", after=CROSSED), book, begins="19:00")
    day.start()
    view = day.run(day.desk.feed.view())

    assert day.run(crossed_after_hours(day.desk, day.desk.book.values(), view)) is None
