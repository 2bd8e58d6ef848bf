"""Quotes for everybody who prices in the same second."""

from botd.engine.market import MarketFeed
from tests.engine.given import Days, position
from tests.engine.market import instant, market, symbol

PUT = {"750P": "2.40/2.60"}


def test_one_read_serves_the_second(open_day: Days) -> None:
    """Two views within it are the same one."""
    day = open_day(market("748", PUT))
    feed = MarketFeed(day.broker, day.clock)
    feed.cover((position("p", "-1 750P"),))
    first = day.run(feed.view())

    assert first is day.run(feed.view())

    day.clock_to("17:40:01")

    assert first is not day.run(feed.view())
    assert symbol("750P") in first.quotes


def test_what_is_newly_covered_is_read_at_once(open_day: Days) -> None:
    """A position that comes later must not wait for the next second."""
    day = open_day(market("748", {**PUT, "740P": "0.05/0.10"}))
    feed = MarketFeed(day.broker, day.clock)
    feed.cover((position("p", "-1 750P"),))
    day.run(feed.view())
    feed.cover((position("p", "-1 750P"),))
    feed.cover((position("q", "-1 740P"),))

    assert {symbol("750P"), symbol("740P")} <= day.run(feed.view()).quotes.keys()


def test_view_that_cannot_be_renewed_grows_old(open_day: Days) -> None:
    """It keeps its quotes' own instants, and is as of now."""
    day = open_day(market("748", PUT))
    feed = MarketFeed(day.broker, day.clock)
    feed.cover((position("p", "-1 750P"),))
    day.run(feed.view())
    day.clock_to("17:42")
    day.broker.hides_market = True

    view = day.run(feed.view())

    assert instant("17:42") == view.as_of
    assert instant("17:40") == view.quotes[symbol("750P")].quoted_at
    assert view is feed.last


def test_no_view_at_all_is_an_empty_one(open_day: Days) -> None:
    """The first read fails: nothing is known."""
    day = open_day(market("748", PUT))
    day.broker.hides_market = True
    feed = MarketFeed(day.broker, day.clock)

    assert {} == day.run(feed.view()).quotes
