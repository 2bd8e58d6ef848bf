from collections.abc import Callable
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from botd.brokers.paper.adapter import PaperBroker
from botd.brokers.paper.pack_files import load_pack
from botd.brokers.paper.store import Store
from botd.brokers.port import RecordKind
from botd.domain.session import Sessions
from tests.brokers.paper.day import (
    CALL_745,
    CALL_750,
    LATER_CALL,
    PUT_745,
    PUT_750,
    SESSIONS,
    SHARED,
    Day,
    Days,
    HandClock,
    Recorded,
    instant,
    session,
)

MORNING = instant("11:00", "2015-12-25")
CASH = Decimal(100_000)


@pytest.mark.parametrize(
    ("symbol", "quantity", "kind", "expected"),
    [
        pytest.param(PUT_750, -1, RecordKind.ASSIGNMENT, (100, "-75000"), id="short put ITM"),
        pytest.param(PUT_750, 2, RecordKind.EXERCISE, (-200, "150000"), id="long puts ITM"),
        pytest.param(CALL_745, -1, RecordKind.ASSIGNMENT, (-100, "74500"), id="short call ITM"),
        pytest.param(CALL_745, 1, RecordKind.EXERCISE, (100, "-74500"), id="long call ITM"),
        pytest.param(CALL_750, -3, RecordKind.EXPIRATION, (0, "0"), id="short calls OTM"),
        pytest.param(PUT_745, 1, RecordKind.EXPIRATION, (0, "0"), id="long put OTM"),
    ],
)
async def test_contracts_end_by_the_official_close(
    day: Day,
    symbol: str,
    quantity: int,
    kind: RecordKind,
    expected: tuple[int, str],
) -> None:
    """The official close of 748.40 decides; shares and cash move the next morning."""
    shares, cash = expected
    day.broker.book({symbol: quantity})
    day.at("10:59:59", "2015-12-25")
    before = (await day.held(), await day.broker.settlements(instant("18:00")))
    day.at("11:00", "2015-12-25")

    (record,) = await day.broker.settlements(MORNING)

    assert ({symbol: quantity}, ()) == before
    assert ({"GOOG": shares} if shares else {}) == await day.held()
    assert CASH + Decimal(cash) == (await day.broker.account()).cash
    assert (kind, symbol, quantity, MORNING) == (
        record.kind,
        record.symbol,
        record.quantity,
        record.recorded_at,
    )


@pytest.mark.parametrize(
    ("close", "expected"),
    [
        pytest.param("749.995", RecordKind.EXPIRATION, id="half a cent in the money"),
        pytest.param("749.99", RecordKind.ASSIGNMENT, id="a cent in the money"),
        pytest.param("750", RecordKind.EXPIRATION, id="at the strike"),
    ],
)
async def test_exercise_by_exception_begins_at_a_cent(
    day_of: Callable[[Recorded], Day],
    close: str,
    expected: RecordKind,
) -> None:
    """From one cent in the money on contracts are exercised without anybody's word."""
    day = day_of(Recorded(meta={"official_close": close}))
    day.broker.book({PUT_750: -1})
    day.at("11:00", "2015-12-25")

    (record,) = await day.broker.settlements(MORNING)

    assert expected is record.kind


async def test_last_print_at_the_close_decides_without_an_official_close(
    day_of: Callable[[Recorded], Day],
) -> None:
    """The print stamped at the close counts, one after it does not."""
    bars = [("17:59", "751"), ("18:00", "749"), ("18:01", "752")]
    day = day_of(Recorded(bars=bars))
    day.broker.book({PUT_750: -1, CALL_750: -1})
    day.at("12:00", "2015-12-25")

    records = await day.broker.settlements(MORNING)

    assert {PUT_750: RecordKind.ASSIGNMENT, CALL_750: RecordKind.EXPIRATION} == {
        record.symbol: record.kind for record in records
    }
    assert None is await day.broker.official_close("GOOG", date(2015, 12, 24))


@pytest.mark.parametrize(
    "symbol",
    [
        pytest.param(LATER_CALL, id="ends on another day"),
        pytest.param("GOOG151223P00750000", id="ended the day before"),
        pytest.param("KO151224C00060000", id="another underlying"),
        pytest.param("GOOG1151224C00745000", id="adjusted contract"),
        pytest.param("GOOG", id="shares"),
    ],
)
async def test_what_the_day_cannot_price_stays(day: Day, symbol: str) -> None:
    """Without a price nothing is booked, least of all as worthless."""
    day.broker.book({symbol: -1})
    day.at("12:00", "2015-12-28")

    assert {symbol: -1} == await day.held()
    assert () == await day.broker.settlements(instant("18:00"))


async def test_day_without_a_price_books_nothing(day_of: Callable[[Recorded], Day]) -> None:
    """No official close and no print: everything stays as it is."""
    day = day_of(Recorded())
    day.broker.book({PUT_750: -1})
    day.at("12:00", "2015-12-25")

    assert {PUT_750: -1} == await day.held()


async def test_contracts_end_also_when_nobody_looked_for_days(day: Day) -> None:
    """The records carry the morning on which they were booked."""
    day.broker.book({PUT_750: -1})
    day.at("12:00", "2015-12-29")

    (record,) = await day.broker.settlements(instant("18:00"))

    assert MORNING == record.recorded_at


async def test_cash_settled_contracts_pay_their_value(open_day: Days, tmp_path: Path) -> None:
    """An index option pays intrinsic value in cash, per share; no shares move."""
    call, put = "SPXW151224C02050000", "SPXW151224P02050000"
    recorded = Recorded(symbols=(call, put), bars=[("18:00", "2060.99")])
    day = open_day(recorded.load(tmp_path))
    day.broker.book({call: -2, put: 1})
    day.at("11:00", "2015-12-25")

    records = await day.broker.settlements(MORNING)

    assert {} == await day.held()
    assert CASH - Decimal("2198.00") == (await day.broker.account()).cash
    assert {
        call: (RecordKind.CASH_SETTLEMENT, Decimal("10.99")),
        put: (RecordKind.EXPIRATION, None),
    } == {record.symbol: (record.kind, record.price) for record in records}


AM_PUT = "SPX151224P02070000"


@pytest.mark.parametrize(
    ("bars", "expected"),
    [
        pytest.param([("14:30", "2040"), ("14:31", "2062"), ("18:00", "2075")], "800", id="priced"),
        pytest.param([("14:30", "2040")], None, id="no print after the opening"),
    ],
)
async def test_am_settled_contract_takes_the_first_print_of_its_day(
    open_day: Days,
    tmp_path: Path,
    bars: list[tuple[str, str]],
    expected: str | None,
) -> None:
    """It stops trading the session before, and is booked the morning after its expiration."""
    day = open_day(Recorded(symbols=(AM_PUT,), bars=bars).load(tmp_path))
    day.broker.book({AM_PUT: 1})
    day.at("10:59", "2015-12-25")
    before = await day.held()
    day.at("11:00", "2015-12-25")

    paid = (await day.broker.account()).cash

    assert {AM_PUT: 1} == before
    assert CASH + Decimal(expected or 0) == paid
    assert ({} if expected else {AM_PUT: 1}) == await day.held()


async def test_am_settled_contract_of_another_day_is_not_priced(
    open_day: Days, tmp_path: Path
) -> None:
    """The pack shows another session than the contract's expiration: no price."""
    later = "SPX151228P02070000"
    day = open_day(Recorded(symbols=(later,), bars=[("15:00", "2040")]).load(tmp_path))
    day.broker.book({later: 1})
    day.at("12:00", "2015-12-29")

    assert {later: 1} == await day.held()


async def test_aligned_contracts_end_on_their_session(tmp_path: Path) -> None:
    """A day moved to the 28th settles the contracts of the 28th."""
    meta = {"official_close": "748.40", "session_close_utc": "2015-12-24T18:00:00Z"}
    pack = Recorded(meta=meta).load(tmp_path)
    clock = HandClock(instant("20:59", "2015-12-28"))
    with closing(PaperBroker(Store(), pack, clock, SESSIONS, is_aligned=True)) as broker:
        broker.book({"GOOG151228P00750000": -1})
        clock.at = instant("21:00:05", "2015-12-28")
        close = await broker.official_close("GOOG", date(2015, 12, 28))
        clock.at = instant("11:00", "2015-12-29")

        (record,) = await broker.settlements(instant("21:00", "2015-12-28"))

    assert Decimal("748.40") == close
    assert RecordKind.ASSIGNMENT is record.kind


async def test_quotes_four_sessions_old_never_fill_but_settle(
    open_day: Days, tmp_path: Path
) -> None:
    """SPXW of 2023-06-30: every quote is stale, so orders rest; the index settles it."""
    folder = SHARED / "SPXW_2023-06-30"
    if not folder.exists():
        pytest.skip("the recorded day SPXW_2023-06-30 is not here")
    symbol = "SPXW230630C04445000"
    sessions = Sessions([session("2023-06-30", "13:30", "20:00")], last_day=date(2023, 7, 3))
    day = open_day(load_pack(folder), at="19:50", sessions=sessions)
    day.broker.book({symbol: -1})
    await day.send("a", [(symbol, 1)], None)
    day.at("20:01")
    view = await day.broker.market(frozenset({symbol}), frozenset({"SPX"}))
    report = await day.found("a")
    day.at("11:00", "2023-07-01")

    (record,) = await day.broker.settlements(instant("11:00", "2023-07-01"))

    assert 0 == report.filled_units
    assert date(2023, 6, 26) == view.quotes[symbol].quoted_at.date()
    assert Decimal("4449.81") == view.last_trades["SPX"].price
    assert (RecordKind.CASH_SETTLEMENT, Decimal("4.81")) == (record.kind, record.price)
