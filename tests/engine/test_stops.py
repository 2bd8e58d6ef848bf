"""Stopping one account, and trying again."""

from botd.domain.decision import Reason
from botd.engine import stops
from botd.engine.stops import Stopped
from botd.ledger.halts import HaltKind
from tests.engine.given import Day, Days, position
from tests.engine.market import market


def opened(open_day: Days) -> Day:
    day = open_day(market("748"), position("p", "-1 750P"))
    day.start()
    return day


def test_account_is_stopped_and_paged_once(open_day: Days) -> None:
    """A second reason of the same kind changes nothing."""
    day = opened(open_day)
    day.run(stops.stop_account(day.desk, HaltKind.STOP, "first"))
    day.run(stops.stop_account(day.desk, HaltKind.STOP, "second"))

    assert ["first"] == [halt.reason for halt in day.halts()]
    assert 1 == len(day.alerts("stop/"))


def test_account_that_is_not_stopped_may_go_on(open_day: Days) -> None:
    """No read is spent on it."""
    day = opened(open_day)

    assert day.run(stops.try_again(day.desk)) is None


def test_read_that_succeeds_lifts_a_stop(open_day: Days) -> None:
    """The broker may have said no to something that has passed."""
    day = opened(open_day)
    day.run(stops.stop_account(day.desk, HaltKind.STOP, "blocked"))

    assert day.run(stops.try_again(day.desk)) is None
    assert () == day.halts()


def test_guard_is_lifted_by_a_person_alone(open_day: Days) -> None:
    """A bug does not pass by itself."""
    day = opened(open_day)
    day.run(stops.stop_account(day.desk, HaltKind.GUARD, "a bug"))

    stopped = day.run(stops.try_again(day.desk))

    assert Stopped(Reason.ACCOUNT_STOPPED, "a bug: botd resume") == stopped


def test_unreadable_or_blocked_account_stays_stopped(open_day: Days) -> None:
    """Why is told."""
    day = opened(open_day)
    day.run(stops.stop_account(day.desk, HaltKind.STOP, "blocked"))
    day.broker.can_trade = False

    assert "may not trade" in str(day.run(stops.try_again(day.desk)))

    day.befall("unavailable", "17:40")

    assert "cannot be read" in str(day.run(stops.try_again(day.desk)))


def test_page_is_written_once(open_day: Days) -> None:
    """By its key."""
    day = opened(open_day)
    for _ in range(2):
        day.run(stops.page(day.desk, "odd/1", "something odd", "look"))

    assert 1 == len(day.alerts("odd/"))


def test_halt_of_a_person_is_told_as_one(open_day: Days) -> None:
    """Who looks at the attempt later must not think that the account is at fault."""
    day = opened(open_day)
    day.run(stops.stop_account(day.desk, HaltKind.PERSON, "lunch"))

    stopped = day.run(stops.try_again(day.desk))

    assert Stopped(Reason.HALTED, "lunch: botd resume") == stopped
