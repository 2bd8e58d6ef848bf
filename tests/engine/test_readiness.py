"""Whether an account is fit for the attempts that come."""

from datetime import timedelta

import pytest

from botd.domain.moments import Moment, MomentKind
from botd.engine import readiness
from botd.engine.notices import Notice
from tests.engine.given import Day, Days, position
from tests.engine.market import DAY, instant, legs, market

PUT = {"750P": "2.40/2.60"}


def asked(day: Day, kind: MomentKind = MomentKind.READY) -> Notice | None:
    open_now = tuple(one for one in day.desk.book.values() if one.units_open)
    moment = Moment(kind, day.clock.now(), DAY)
    return day.run(readiness.notice(day.desk, moment, open_now))


def started(open_day: Days, *names: str) -> Day:
    day = open_day(market("748", PUT), *(position(name, "-1 750P") for name in names or ("p",)))
    day.start()
    return day


def test_ready(open_day: Days) -> None:
    """One line for what is in the money or near."""
    told = asked(started(open_day))

    assert told is not None
    assert ("info", "ready: 1 stop trading today") == (told.level, told.title)
    assert "ITM 2.00 at 748" in told.lines[0]


def test_nothing_stops_trading(open_day: Days) -> None:
    """Then nothing is told."""
    day = started(open_day)
    day.desk.book.clear()

    assert asked(day) is None


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        pytest.param("halt", "halted (a test): botd resume", id="halted"),
        pytest.param("away", "the broker cannot be read", id="the broker is away"),
        pytest.param("blocked", "may not trade", id="the account is blocked"),
        pytest.param("skew", "check the host's time", id="six seconds off"),
        pytest.param("blind", "no usable quotes of GOOG", id="no quotes"),
    ],
)
@pytest.mark.parametrize("kind", [MomentKind.HOUR_BEFORE, MomentKind.READY])
def test_not_ready(open_day: Days, kind: MomentKind, prepare: str, words: str) -> None:
    """Each fault pages, an hour and a quarter of an hour before."""
    day = started(open_day)
    if prepare == "halt":
        day.halt()
    elif prepare == "away":
        day.befall("unavailable", "17:40")
    elif prepare == "blocked":
        day.broker.can_trade = False
    elif prepare == "skew":
        day.broker.skew = timedelta(seconds=6)
    else:
        day.broker.hides_market = True
    told = asked(day, kind)

    assert told is not None
    assert "page" == told.level
    assert words in " ".join(told.lines)


@pytest.mark.parametrize(
    ("net_price", "words"),
    [
        pytest.param("-0.05", "a resting order of 1 at -0.05 holds its legs", id="at a limit"),
        pytest.param(None, "a resting order of 1 at market holds its legs", id="at the market"),
    ],
)
def test_resting_exits_are_named(open_day: Days, net_price: str | None, words: str) -> None:
    """They will be cancelled at the first attempt."""
    day = open_day(market("748", PUT, size=0), position("p", "-1 750P"))
    day.start()
    limit = day.intent("p", "+1 750P", net_price=net_price).net_price
    day.broker.plant_order(legs("+1 750P"), 1, limit)
    told = asked(day)

    assert told is not None
    assert words in " ".join(told.lines)


def test_far_positions_have_no_line(open_day: Days) -> None:
    """Two percent away is far enough."""
    day = open_day(market("748", PUT), position("p", "-1 700P"))
    day.start()
    told = asked(day)

    assert told is not None
    assert () == told.lines


def test_outcomes_of_one_close(open_day: Days) -> None:
    """Those that had attempts before it, also when they have ended."""
    day = started(open_day, "p", "q")
    day.play("18:00:30")

    found = day.run(readiness.ended(day.desk, instant("18:00")))

    assert ["p", "q"] == sorted(one.id for one in found)
    assert () == day.run(readiness.ended(day.desk, None))
