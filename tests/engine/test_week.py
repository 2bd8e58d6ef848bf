"""The weekly report of an account that only observes."""

from datetime import timedelta

from botd.domain.bot import Mode
from botd.engine import week
from tests.engine.given import Day, Days, position
from tests.engine.market import instant, market

PUT = {"750P": "2.40/2.60", "740P": "0.05/0.10"}
WEEK = timedelta(days=7)


def observed_day(open_day: Days) -> Day:
    """Live through a half-day with a short in the money, and one out of it, observing."""
    book = position("itm", "-1 750P"), position("otm", "-1 740P")
    day = open_day(market("748", PUT), *book, mode=Mode.OBSERVE)
    return day.play("17:59:50")


def test_report_comes_with_the_weeks_first_session(open_day: Days) -> None:
    """Monday, ten minutes after the opening, with the range of prices and the real end."""
    day = observed_day(open_day)
    day.play("12-28 14:41")

    words = day.words("week")
    assert "observed: 1 would have been closed, 1 left" in words
    assert "GOOG 750P -1  would close 1 from -2.50 to -2.60, cap" in words
    assert "GOOG 740P -1  would have left it; really: expired at 0" in words
    assert 0 == len(day.sent("itm"))


def test_report_comes_once_a_week(open_day: Days) -> None:
    """Tuesday is quiet, and so is a restart on Monday."""
    day = observed_day(open_day)
    day.play("12-28 14:41")
    day.kill()
    day.play("12-29 15:00")

    assert 1 == len(day.alerts("week"))


def test_armed_account_has_no_report(open_day: Days) -> None:
    """What it did is in its history."""
    day = open_day(market("748", PUT), position("itm", "-1 750P")).play("12-28 14:41")

    assert () == day.alerts("week")


def test_week_without_anything_to_decide_says_nothing(open_day: Days) -> None:
    """No expiration, no report."""
    day = open_day(market("748", PUT), mode=Mode.OBSERVE, begins="12-28 14:00")
    day.play("12-28 14:41")

    assert () == day.alerts("week")


def test_day_that_is_no_session_has_no_report(open_day: Days) -> None:
    """The calendar changed since it was planned."""
    day = open_day(market("748", PUT), mode=Mode.OBSERVE)

    assert day.run(week.notice(day.desk, instant("12-25 15:00").date())) is None


def test_armed_accounts_own_decisions_are_no_observations(open_day: Days) -> None:
    """Over all accounts, only those count that observed something."""
    day = open_day(market("748", PUT), position("otm", "-1 740P")).play("17:59:50")
    now = day.clock.now()

    assert () == day.ledger.read_now(lambda tx: week.read(tx, now - WEEK, now))


def test_closed_by_a_person_is_compared(open_day: Days) -> None:
    """Bought back at 3.00 by hand: the final price would have been cheaper."""
    day = open_day(market("748", PUT), position("itm", "-1 750P"), mode=Mode.OBSERVE)
    day.play("17:51")
    day.take("itm")
    day.resolve("itm", "-3.00")
    now = day.clock.now()

    (found,) = day.ledger.read_now(lambda tx: week.read(tx, now - WEEK, now))
    assert "40.00 better at the final price" in found.line
    assert "40.00 dollars better over 1 known" in week.title((found,))


def test_long_report_ends_in_a_command(open_day: Days) -> None:
    """Forty lines, and where the rest is."""
    book = [position(f"p{number}", "-1 750P") for number in range(41)]
    day = open_day(market("748", PUT), *book, mode=Mode.OBSERVE).play("17:51")
    now = day.clock.now()

    said = week.lines(day.ledger.read_now(lambda tx: week.read(tx, now - WEEK, now)))
    assert 41 == len(said)
    assert "and 1 more: botd history --observed" == said[-1]
