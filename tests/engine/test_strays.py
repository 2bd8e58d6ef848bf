"""Options at the broker that stop trading today and that nobody manages."""

from datetime import date, timedelta

import pytest

from botd.domain.moments import Moment, MomentKind
from botd.domain.orders import Holding
from botd.engine import readiness, strays
from botd.engine.reads import read_account
from botd.ledger import unmanaged
from botd.ledger.unmanaged import Unmanaged
from tests.domain.trading_days import weekdays
from tests.engine.given import KEY, Day, Days, position
from tests.engine.market import DAY, market, symbol

PUTS = {"750P": "2.40/2.60", "740P": "0.20/0.30"}


def opened(open_day: Days, size: int = 10) -> Day:
    """Start a day with one position of ours, and a put at the broker that nobody manages."""
    day = open_day(market("748", PUTS, size=size), position("p", "-1 750P"))
    day.broker.book({symbol("740P"): -2})
    return day


def written(day: Day) -> list[tuple[str, int]]:
    return [(row.symbol, row.quantity) for row in rows(day)]


def rows(day: Day) -> tuple[Unmanaged, ...]:
    return day.ledger.read_now(unmanaged.get)


def test_an_attempt_writes_what_nobody_manages(open_day: Days) -> None:
    """Each attempt has just read the account; the board shows the rest of what it read."""
    day = opened(open_day).play("17:50:30")

    [row] = rows(day)

    assert (KEY, symbol("740P"), -2) == (row.account_key, row.symbol, row.quantity)
    assert timedelta(0) <= day.clock.now() - row.as_of < timedelta(minutes=1)


def test_what_is_sold_by_hand_is_gone_with_the_next_attempt(open_day: Days) -> None:
    """A row lives until the next look at the account."""
    day = opened(open_day, size=0)
    day.at("17:53:00", lambda: day.broker.book({symbol("740P"): 2}))

    assert [(symbol("740P"), -2)] == written(day.play("17:51:00"))
    assert [] == written(day.play("17:55:30"))


def test_readiness_writes_it_too(open_day: Days) -> None:
    """An hour and a quarter of an hour before the close the board learns of it."""
    day = opened(open_day)
    day.start()
    moment = Moment(MomentKind.READY, day.clock.now(), DAY)

    told = day.run(readiness.notice(day.desk, moment, tuple(day.desk.book.values())))

    assert told is not None
    assert f"?  {symbol('740P')} -2  NOBODY MANAGES THIS: botd positions sync" in " ".join(
        told.lines
    )
    assert [(symbol("740P"), -2)] == written(day)


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        pytest.param("GOOG151224P00740000", [-1], id="stops trading today"),
        pytest.param("GOOG151231P00740000", [], id="stops trading later"),
        pytest.param("GOOG", [], id="shares"),
        pytest.param("GOOG991224P00740000", [], id="a day beyond the calendar"),
    ],
)
def test_only_options_of_the_day_count(open_day: Days, held: str, expected: list[int]) -> None:
    """Shares and later options threaten nothing at this close."""
    day = open_day(market("748", PUTS), position("p", "-1 750P"))
    day.start()
    day.broker.book({held: -1})
    facts = day.run(read_account(day.desk))

    assert expected == [one.quantity for one in strays.found(day.desk, facts, DAY)]
    assert expected == [one.quantity for one in strays.found_today(day.desk, facts)]
    assert () == strays.found(day.desk, facts, date(2015, 12, 23))


def test_without_a_session_nothing_stops(open_day: Days) -> None:
    """On a closed day, and on one that the calendar does not know, nothing is claimed."""
    day = opened(open_day)
    day.start()
    facts = day.run(read_account(day.desk))
    for sessions in (
        weekdays(date(2015, 12, 1), date(2015, 12, 31), closed={DAY}),
        weekdays(date(2015, 1, 5), date(2015, 1, 9)),
    ):
        day.desk.sessions = sessions

        assert () == strays.found_today(day.desk, facts)


def test_what_an_order_of_ours_closes_is_left_out(open_day: Days) -> None:
    """Its fill may be booked while the holdings read are from before it."""
    day = opened(open_day, size=0).play("17:50:30")
    facts = day.run(read_account(day.desk))
    day.desk.book.clear()

    assert [Holding(symbol("740P"), -2)] == list(strays.found_today(day.desk, facts))


def test_a_ledger_that_fails_stops_no_attempt(open_day: Days) -> None:
    """What the board shows is worth no order."""
    day = opened(open_day)
    day.start()
    facts = day.run(read_account(day.desk))
    day.ledger.close()

    assert None is day.run(strays.write(day.desk, facts, (Holding(symbol("740P"), -2),)))
