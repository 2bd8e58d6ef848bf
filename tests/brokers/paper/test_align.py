from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from botd.brokers.paper.align import Feed, align, redate
from botd.domain import occ
from botd.domain.contract import Shares
from botd.domain.session import Sessions
from botd.errors import ConfigError
from tests.brokers.paper.day import (
    CALL_750,
    LATER_CALL,
    PUT_745,
    PUT_750,
    SESSIONS,
    Recorded,
    instant,
    session,
)

META = {"session_close_utc": "2015-12-24T18:00:00Z", "official_close": "748.40"}
FULL_DAY = session("2015-12-28", "14:30", "21:00")


@pytest.fixture
def half_day() -> Recorded:
    return Recorded(
        quotes=[
            ("17:50", PUT_750, "0.70", "1.00", "5", "3"),
            ("17:55", LATER_CALL, "", "9.00", "", "3"),
        ],
        bars=[("17:50", "749.62")],
        underlying_quotes=[("17:50", "749.57", "749.66", "100", "200")],
        meta=META,
    )


def test_close_falls_on_the_close_and_expiring_contracts_are_redated(
    tmp_path: Path,
    half_day: Recorded,
) -> None:
    """Ten minutes before the recorded close become ten minutes before the other."""
    moved = align(half_day.load(tmp_path), FULL_DAY)

    quote = moved.quote("GOOG151228P00750000", instant("20:50", "2015-12-28"))
    last = moved.last_trade(instant("20:50", "2015-12-28"), FULL_DAY.closes_at)

    assert quote is not None
    assert last is not None
    assert ("GOOG151228P00750000", Decimal("0.70")) == (quote.symbol, quote.bid)
    assert instant("20:50", "2015-12-28") == quote.ask_at == last.traded_at
    assert (FULL_DAY.day, FULL_DAY.closes_at) == (moved.day, moved.closes_at)
    assert "GOOG151228C00750000" == moved.redated[CALL_750]
    assert Decimal("748.40") == moved.official_close
    assert None is moved.quote(PUT_750, FULL_DAY.closes_at)


def test_later_contracts_and_the_underlying_move_along(
    tmp_path: Path,
    half_day: Recorded,
) -> None:
    """A contract 22 days from its end is 22 days from it on the other day as well."""
    moved = align(half_day.load(tmp_path), FULL_DAY)

    quote = moved.quote("GOOG160119C00750000", FULL_DAY.closes_at)
    underlying = moved.quote("GOOG", instant("20:50", "2015-12-28"))

    assert quote is not None
    assert underlying is not None
    assert (None, instant("20:55", "2015-12-28")) == (quote.bid_at, quote.ask_at)
    assert Decimal("749.57") == underlying.bid
    assert "GOOG160119C00750000" == moved.redated[LATER_CALL]


@pytest.mark.parametrize(
    ("symbol", "day", "expected"),
    [
        pytest.param(PUT_750, "2026-11-27", "GOOG261127P00750000", id="expires that day"),
        pytest.param(LATER_CALL, "2026-11-25", "GOOG261217C00750000", id="22 days later"),
        pytest.param(LATER_CALL, "2026-11-27", "GOOG261221C00750000", id="a Saturday: the Monday"),
        pytest.param(LATER_CALL, "2026-11-28", "GOOG261221C00750000", id="a Sunday: the Monday"),
        pytest.param(
            "GOOG151223C00750000",
            "2026-11-27",
            "GOOG151223C00750000",
            id="expired before",
        ),
    ],
)
def test_redating(symbol: str, day: str, expected: str) -> None:
    """Contracts keep their distance from the day that is played."""
    contract = occ.parse(symbol)

    assert expected == redate(contract, date(2015, 12, 24), date.fromisoformat(day)).symbol


@pytest.mark.parametrize(
    ("at", "day", "expected"),
    [
        pytest.param("20:59", "2015-12-23", "GOOG151223P00750000", id="before today's close"),
        pytest.param("21:00", "2015-12-23", "GOOG151224P00750000", id="after it: tomorrow"),
        pytest.param("03:00", "2015-12-24", "GOOG151224P00750000", id="at night"),
        pytest.param("12:00", "2015-12-25", "GOOG151228P00750000", id="on a holiday"),
    ],
)
def test_import_takes_the_session_that_closes_next(
    tmp_path: Path,
    half_day: Recorded,
    at: str,
    day: str,
    expected: str,
) -> None:
    """A book imported after the bell is that of the next session."""
    feed = Feed(half_day.load(tmp_path), SESSIONS, is_aligned=True)

    assert expected == feed.redate(occ.parse(PUT_750), instant(at, day)).symbol
    assert Shares("GOOG") == feed.redate(Shares("GOOG"), instant(at, day))


def test_fixed_feed_redates_nothing(tmp_path: Path, half_day: Recorded) -> None:
    """A replayed day trades its own contracts."""
    contract = occ.parse(PUT_750)
    feed = Feed(half_day.load(tmp_path), SESSIONS)

    assert contract == feed.redate(contract, instant("12:00", "2015-12-28"))


def test_pack_that_tells_no_close_needs_one(tmp_path: Path) -> None:
    """Without its session's close a pack cannot be moved, unless the caller knows it."""
    pack = Recorded(quotes=[("17:50", PUT_745, "1", "2", "1", "1")]).load(tmp_path)

    with pytest.raises(ConfigError, match="session_close_utc"):
        align(pack, FULL_DAY)
    moved = align(pack, FULL_DAY, instant("18:00"))

    assert None is moved.underlying_tape
    assert (instant("20:50", "2015-12-28"),) == moved.instants


def test_fixed_feed_always_shows_its_own_session(tmp_path: Path, half_day: Recorded) -> None:
    """A replayed day is shown as recorded, whatever the instant."""
    pack = half_day.load(tmp_path)

    shown = Feed(pack, SESSIONS).at(instant("12:00", "2015-12-28"))

    assert shown.pack is pack
    assert date(2015, 12, 24) == shown.session.day


def test_fixed_feed_needs_a_session(tmp_path: Path) -> None:
    """A pack of a day without a session cannot be played."""
    pack = Recorded(day="2015-12-25").load(tmp_path)

    with pytest.raises(ConfigError, match="2015-12-25 is no session"):
        Feed(pack, SESSIONS)


def test_pack_beyond_the_calendar_is_told_apart(tmp_path: Path) -> None:
    """A day that the calendar does not know is a fault of configuration."""
    pack = Recorded(day="2031-12-24").load(tmp_path)

    with pytest.raises(ConfigError, match="2031-12-24 lies outside"):
        Feed(pack, SESSIONS)


@pytest.mark.parametrize(
    ("at", "day", "expected"),
    [
        pytest.param("12:00", "2015-12-23", "2015-12-23", id="before the opening of a session"),
        pytest.param("23:00", "2015-12-23", "2015-12-23", id="its evening"),
        pytest.param("03:00", "2015-12-24", "2015-12-23", id="its night in UTC"),
        pytest.param("16:00", "2015-12-25", "2015-12-24", id="a holiday"),
        pytest.param("03:00", "2015-12-28", "2015-12-24", id="Sunday evening in New York"),
    ],
)
def test_aligned_feed_shows_the_session_of_the_day(
    tmp_path: Path,
    half_day: Recorded,
    at: str,
    day: str,
    expected: str,
) -> None:
    """Each New York day with a session shows the pack moved there; others the one before."""
    feed = Feed(half_day.load(tmp_path), SESSIONS, is_aligned=True)

    shown = feed.at(instant(at, day))

    assert date.fromisoformat(expected) == shown.session.day == shown.pack.day


def test_aligned_feed_moves_a_day_once(tmp_path: Path, half_day: Recorded) -> None:
    """Days in use are kept; of many days only the latest."""
    feed = Feed(half_day.load(tmp_path), SESSIONS, is_aligned=True)
    days = ["2015-12-22", "2015-12-23", "2015-12-24", "2015-12-28"]

    shown = [feed.at(instant("15:00", day)) for day in days]

    assert feed.at(instant("15:01", days[-1])) is shown[-1]
    assert feed.at(instant("15:01", days[0])) is not shown[0]


def test_aligned_feed_beyond_the_calendar(tmp_path: Path, half_day: Recorded) -> None:
    """Nothing is shown where no session is known."""
    sessions = Sessions([FULL_DAY])

    with pytest.raises(LookupError):
        Feed(half_day.load(tmp_path), sessions, is_aligned=True).at(instant("15:00"))
