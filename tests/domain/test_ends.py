"""When trading ends of what no session's close ends."""

from datetime import UTC, date, datetime, timedelta

import pytest

from botd.domain.contract import Leg, Shares
from botd.domain.occ import parse
from botd.domain.schedule import (
    around_the_clock,
    closes_at,
    ends_alone,
    expiration_of,
    expiring_legs,
    last_trading_day,
    stops_trading_at,
)
from tests.domain.kinds import BTC_CALL, CL, ES, NO, SESSIONS, YES, T, contract, leg
from tests.domain.trading_days import instant, weekdays

LISTED = Leg(parse("GOOG261218P00740000"), 1)
SHARES = Leg(Shares("GOOG"), 100)
# Good Friday, a third Friday.
EASTER_2014 = weekdays(
    date(2014, 4, 1), date(2014, 4, 30), closed={date(2014, 4, 18)}, utc_offset=-4
)


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        pytest.param("future:ES 12-26", "2026-12-18T14:30:00Z", id="the first is a Tuesday"),
        pytest.param("future:NQ 01-27", "2027-01-15T14:30:00Z", id="the first is a Friday"),
        pytest.param("future:YM 02-27", "2027-02-19T14:30:00Z", id="the first is a Monday"),
        pytest.param("future:RTY 10-26", "2026-10-16T14:30:00Z", id="the first is a Thursday"),
        pytest.param(BTC_CALL, "2026-11-27T08:00:00Z", id="a crypto option"),
        pytest.param("crypto:ETH-29NOV26-3000-P", "2026-11-29T08:00:00Z", id="on a Sunday"),
    ],
)
def test_a_rule_tells_the_end(symbol: str, expected: str) -> None:
    """Futures of an index end with the opening of the third Friday, crypto options at 08:00 UTC."""
    assert instant(expected) == stops_trading_at(contract(symbol, None), SESSIONS)


def test_a_third_friday_without_a_session() -> None:
    """The one before it counts, as CME has it."""
    future = leg("future:ES 04-14", 1, None)

    assert instant("2014-04-17T13:30:00Z") == closes_at((future,), EASTER_2014)
    assert date(2014, 4, 17) == expiration_of((future,), EASTER_2014)


@pytest.mark.parametrize("symbol", [YES, NO, CL, ES])
def test_an_end_that_was_told(symbol: str) -> None:
    """It goes before every rule."""
    told = leg(symbol)

    assert T == closes_at((told,), SESSIONS)
    assert T.date() == expiration_of((told,), SESSIONS)
    assert T.date() == last_trading_day(contract(symbol), SESSIONS)


@pytest.mark.parametrize("symbol", [YES, CL], ids=["an event", "a future"])
def test_an_end_that_nobody_told(symbol: str) -> None:
    """No rule knows it, and it is said whose it is."""
    with pytest.raises(LookupError, match=f"{symbol}: when its trading ends is not told"):
        closes_at((leg(symbol, 1, None),), SESSIONS)


def test_a_future_beyond_the_calendar() -> None:
    """Its third Friday cannot be found."""
    with pytest.raises(LookupError, match="2027-06-18"):
        closes_at((leg("future:ES 06-27", 1, None),), SESSIONS)


def test_the_day_of_an_option_that_ends_alone() -> None:
    """It is the one in its symbol, whatever the exchange does on it."""
    sunday = contract("crypto:BTC-29NOV26-90000-C")

    assert date(2026, 11, 29) == last_trading_day(sunday, SESSIONS)
    assert date(2026, 11, 29) == expiration_of((Leg(sunday, 1),), SESSIONS)


@pytest.mark.parametrize(
    ("legs", "expected"),
    [
        pytest.param((leg(YES),), True, id="an event"),
        pytest.param((leg(BTC_CALL),), True, id="a crypto option"),
        pytest.param((leg(ES, 1, None),), True, id="a future"),
        pytest.param((LISTED,), False, id="a listed option"),
        pytest.param((SHARES,), False, id="shares"),
    ],
)
def test_what_ends_alone(legs: tuple[Leg, ...], expected: bool) -> None:  # noqa: FBT001 - the answer
    """What does not follow the sessions of the exchange."""
    assert expected is ends_alone(legs)


@pytest.mark.parametrize(
    ("now", "opens_at"),
    [
        pytest.param(T - timedelta(days=9), T - timedelta(days=10), id="days before"),
        pytest.param(T - timedelta(minutes=1), T - timedelta(days=1, minutes=1), id="just before"),
        pytest.param(T, T - timedelta(days=1), id="at T"),
        pytest.param(T + timedelta(hours=2), T - timedelta(days=1), id="after it"),
    ],
)
def test_around_the_clock_stands_for_a_session(now: datetime, opens_at: datetime) -> None:
    """It holds the present, a day before it, and ends at T."""
    found = around_the_clock(T, now)

    assert (T.date(), opens_at, T) == (found.day, found.opens_at, found.closes_at)
    assert not found.early_close


def test_what_has_ended_among_legs() -> None:
    """Each leg by its own T, shares never."""
    later = leg("crypto:BTC-25DEC26-90000-C")

    assert (leg(BTC_CALL),) == expiring_legs((leg(BTC_CALL), later, SHARES), T, SESSIONS)
    assert T == closes_at((later, leg(BTC_CALL), SHARES), SESSIONS)
    assert None is expiration_of((SHARES,), SESSIONS)


def test_an_hour_of_another_zone() -> None:
    """An end is kept in UTC, however it was told."""
    told = datetime.fromisoformat("2026-11-27T03:00:00-05:00")
    ends_at = contract(YES, told).ends_at

    assert ends_at is not None
    assert (T, UTC) == (ends_at, ends_at.tzinfo)
