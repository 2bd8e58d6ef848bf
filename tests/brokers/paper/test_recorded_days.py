"""Orders on the other recorded days; skipped where those are not at hand."""

from datetime import date, timedelta

import pytest

from botd.brokers.paper.pack import Pack
from botd.brokers.paper.pack_files import load_pack
from botd.domain.orders import ReportState
from botd.domain.session import Sessions
from tests.brokers.paper.day import SESSIONS, SHARED, Days, instant, session

INDEX_DAYS = Sessions(
    [session("2021-01-06", "14:30", "21:00"), session("2021-01-08", "14:30", "21:00")],
    last_day=date(2021, 1, 11),
)


def recorded(name: str) -> Pack:
    if not (SHARED / name).exists():
        pytest.skip(f"the recorded day {name} is not here")
    return load_pack(SHARED / name)


async def test_crossed_rows_of_a_real_day_never_fill(open_day: Days) -> None:
    """Each crossed row of SPXW 2021-01-08 is shown as it is, and no market order trades on it."""
    pack = recorded("SPXW_2021-01-08")
    crossed = [
        (symbol, at)
        for symbol, tape in pack.tapes.items()
        for at, quote in zip(tape.recorded_at, tape.recorded, strict=True)
        if quote.bid is not None and quote.ask is not None and quote.bid > quote.ask
    ]
    for symbol, at in crossed:
        day = open_day(pack, sessions=INDEX_DAYS)
        day.broker.book({symbol: -1})
        day.clock.at = at

        assert ReportState.WORKING is (await day.send("a", [(symbol, 1)], None)).state
    assert 41 == len(crossed)


async def test_side_that_is_empty_on_an_index_day_is_no_side(open_day: Days) -> None:
    """Where the pack says so, an empty bid is no bid: a sale rests."""
    pack = recorded("SPXW_2021-01-06")
    one_sided = [
        (symbol, quote)
        for symbol, tape in pack.tapes.items()
        for quote in tape.recorded
        if quote.bid is None or quote.ask is None
    ]
    ((symbol, quote),) = one_sided
    day = open_day(pack, sessions=INDEX_DAYS)
    quantity = 1 if quote.bid is None else -1
    day.broker.book({symbol: quantity})
    day.clock.at = quote.quoted_at

    assert ReportState.WORKING is (await day.send("a", [(symbol, -quantity)], None)).state


async def test_day_before_expiration_ends_nothing(open_day: Days) -> None:
    """GOOG 2015-12-23: orders fill as on any day, and no contract ends in the night."""
    pack = recorded("GOOG_2015-12-23")
    symbol = "GOOG151224P00750000"
    day = open_day(pack, at="20:50")
    day.broker.book({symbol: -2})

    report = await day.send("a", [(symbol, 1)], None)
    day.clock.at = instant("20:50", "2015-12-23") + timedelta(days=4)

    assert ReportState.FILLED is report.state
    assert {symbol: -1} == await day.held()
    assert () == await day.broker.settlements(instant("00:00", "2015-12-23"))
    assert SESSIONS.on(pack.day) is not None
