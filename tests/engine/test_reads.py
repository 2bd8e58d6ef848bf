"""What the broker says of one account."""

from datetime import timedelta

import pytest

from botd.engine.reads import is_clock_wrong, read_account, read_account_until
from botd.errors import OutcomeUnknown
from tests.engine.given import Day, Days, position
from tests.engine.market import instant, market, symbol


@pytest.fixture
def day(open_day: Days) -> Day:
    return open_day(market("748"), position("p", "-1 750P"))


def test_account_is_read_whole(day: Day) -> None:
    """Orders, holdings, cash, and the broker's clock."""
    day.broker.skew = timedelta(seconds=-3)

    facts = day.run(read_account(day.desk))

    assert {symbol("750P"): -1} == facts.held
    assert facts.can_trade
    assert timedelta(seconds=3) == day.desk.clock_skew


def test_holdings_that_do_not_come_are_unknown(day: Day) -> None:
    """A time-out is no empty account."""
    day.broker.slow = {"holdings": ("17:00", 60)}

    with pytest.raises(OutcomeUnknown):
        day.run(read_account(day.desk))


def test_account_is_read_again_until_it_answers(day: Day) -> None:
    """Each second, as long as there is time."""
    day.befall("server_error", "17:40", times=3)

    assert day.run(read_account_until(day.desk, instant("17:41"))) is not None


def test_account_that_never_answers_is_given_up(day: Day) -> None:
    """At the instant that was given."""
    day.befall("unavailable", "17:40", seconds=600)

    assert day.run(read_account_until(day.desk, instant("17:41"))) is None
    assert instant("17:41") == day.clock.now()


def test_locked_account_is_stopped_at_once(day: Day) -> None:
    """A key that opens nothing will not open a second later."""
    day.broker.is_locked_until = instant("17:50")

    assert day.run(read_account_until(day.desk, instant("17:59"))) is None
    assert instant("17:40") == day.clock.now()
    assert 1 == len(day.halts())


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(None, False, id="never compared"),
        pytest.param(30, False, id="thirty seconds"),
        pytest.param(31, True, id="thirty-one"),
        pytest.param(-31, True, id="thirty-one behind"),
    ],
)
def test_is_clock_wrong(day: Day, seconds: int | None, *, expected: bool) -> None:
    """Beyond thirty seconds no new order may leave."""
    day.desk.clock_skew = None if seconds is None else timedelta(seconds=seconds)

    assert expected is is_clock_wrong(day.desk)
