from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from botd.brokers.paper.adapter import PaperBroker
from botd.brokers.paper.pack import Pack
from botd.brokers.paper.store import Store
from botd.brokers.port import AccountState, CapabilityCard, Environment, SessionHours
from botd.domain.orders import ReportState
from botd.errors import OrderRefused, RefusalReason
from tests.brokers.paper.day import (
    CALL_750,
    LATER_CALL,
    PUT_745,
    PUT_750,
    SESSIONS,
    Day,
    Days,
    HandClock,
    Recorded,
    instant,
    legs,
)


async def test_purchase_fills_at_the_ask_it_reaches(day: Day) -> None:
    """A limit above the ask fills at once, at the ask and not at the limit."""
    day.broker.book({PUT_750: -1})

    report = await day.send("a", [(PUT_750, 1)], "-1.20")

    assert ReportState.FILLED is report.state
    assert Decimal("-1.00") == report.fills[0].net_price
    assert {} == await day.held()
    assert Decimal(99_900) == (await day.broker.account()).cash


async def test_sale_fills_at_the_bid_it_reaches(day: Day) -> None:
    """A sale's limit at the bid fills at the bid, and its dollars come in."""
    day.broker.book({PUT_750: 1})

    report = await day.send("a", [(PUT_750, -1)], "0.70")

    assert (ReportState.FILLED, Decimal("0.70")) == (report.state, report.fills[0].net_price)
    assert Decimal(100_070) == (await day.broker.account()).cash


async def test_package_fills_all_legs_at_the_natural(day: Day) -> None:
    """A vertical's legs fill together: short bought at the ask, long sold at the bid."""
    day.broker.book({PUT_750: -1, PUT_745: 1})

    report = await day.send("a", [(PUT_750, 1), (PUT_745, -1)], "-1.00")

    assert (ReportState.FILLED, Decimal("-0.95")) == (report.state, report.fills[0].net_price)
    assert {} == await day.held()


async def test_order_rests_until_a_quote_reaches_it(day: Day) -> None:
    """A limit below the ask waits, and fills at the first row that reaches it."""
    day.broker.book({PUT_750: -1})
    first = await day.send("a", [(PUT_750, 1)], "-0.85")
    day.at("17:53")

    report = await day.found("a")

    assert ReportState.WORKING is first.state
    assert ReportState.FILLED is report.state
    assert instant("17:52") == report.fills[0].filled_at


async def test_size_shown_is_consumed_until_the_next_row(day: Day) -> None:
    """Three are shown: a fourth has to wait for the next row of that side."""
    day.broker.book({PUT_750: -5})
    await day.send("a", [(PUT_750, 1)], "-1.00", units=2)

    second = await day.send("b", [(PUT_750, 1)], "-1.00", units=3)
    day.at("17:53")
    last = await day.found("b")

    assert (ReportState.WORKING, 1) == (second.state, second.filled_units)
    assert [1, 1, 1] == [fill.units for fill in last.fills]
    assert [instant("17:50"), instant("17:51"), instant("17:52")] == [
        fill.filled_at for fill in last.fills
    ]
    assert ["paper-000002-1", "paper-000002-2", "paper-000002-3"] == [
        fill.execution_id for fill in last.fills
    ]


async def test_market_order_fills_at_the_natural(day: Day) -> None:
    """Without a limit the natural is the price."""
    day.broker.book({PUT_750: -1})

    report = await day.send("a", [(PUT_750, 1)], None)

    assert (ReportState.FILLED, None) == (report.state, report.net_price)
    assert Decimal("-1.00") == report.fills[0].net_price


async def test_leg_that_the_pack_lacks_is_accepted_and_rests(day: Day) -> None:
    """Contracts without quotes can be held and ordered; nothing fills."""
    day.broker.book({LATER_CALL: 1})

    report = await day.send("a", [(LATER_CALL, -1)], None)

    assert ReportState.WORKING is report.state


async def test_order_expires_at_the_close_after_the_last_row_was_tried(day: Day) -> None:
    """The row stamped at the close belongs to the session; a later one does not."""
    day.broker.book({PUT_750: -2})
    await day.send("reached at the close", [(PUT_750, 1)], "-0.70")
    await day.send("reached after it", [(PUT_750, 1)], "-0.20")
    day.at("18:05")

    reached, late = await day.found("reached at the close"), await day.found("reached after it")

    assert (ReportState.FILLED, instant("18:00")) == (reached.state, reached.as_of)
    assert (ReportState.EXPIRED, instant("18:00")) == (late.state, late.as_of)


async def test_unchanged_reports_are_the_same_objects(day: Day) -> None:
    """A poll of orders that did not change costs nothing: the same tuple comes back."""
    day.broker.book({PUT_750: -1})
    await day.send("a", [(PUT_750, 1)], "-0.05")

    first = await day.broker.orders(instant("14:30"))
    day.at("17:50:30")

    assert await day.broker.orders(instant("14:30")) is first


async def test_orders_before_since_are_left_out_once_they_ended(day: Day) -> None:
    """What still works is told however old it is."""
    day.broker.book({PUT_750: -1, CALL_750: -1})
    await day.send("filled", [(PUT_750, 1)], None)
    await day.send("works", [(CALL_750, 1)], "-0.05")

    found = await day.broker.orders(instant("17:51"))

    assert ["works"] == [report.client_order_id for report in found]


async def test_cancel_ends_a_working_order(day: Day) -> None:
    """A cancelled order frees what it held."""
    day.broker.book({PUT_750: -1})
    report = await day.send("a", [(PUT_750, 1)], "-0.50")

    await day.broker.cancel(report.broker_order_id)
    again = await day.send("b", [(PUT_750, 1)], "-1.00")

    assert ReportState.CANCELED is (await day.found("a")).state
    assert ReportState.FILLED is again.state


@pytest.mark.parametrize(
    ("order", "http_status"),
    [
        pytest.param("paper-000009", 404, id="no such order"),
        pytest.param("paper-000001", 422, id="filled already"),
    ],
)
async def test_cancel_of_what_cannot_be_cancelled(day: Day, order: str, http_status: int) -> None:
    """The exchange says why a cancel is too late."""
    day.broker.book({PUT_750: -1})
    await day.send("a", [(PUT_750, 1)], None)

    with pytest.raises(OrderRefused) as caught:
        await day.broker.cancel(order)

    assert http_status == caught.value.refusal.http_status


async def test_account_tells_paper_and_its_own_clock(day: Day) -> None:
    """The account is a paper account with the opening cash."""
    state = await day.broker.account()

    expected = AccountState(
        account="paper",
        environment=Environment.PAPER,
        can_trade=True,
        cash=Decimal(100_000),
        as_of=instant("17:50"),
    )
    assert expected == state


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param(
            date(2015, 12, 24),
            SessionHours(
                date(2015, 12, 24),
                instant("14:30"),
                instant("18:00"),
            ),
            id="half-day",
        ),
        pytest.param(
            date(2015, 12, 25),
            SessionHours(date(2015, 12, 25), None, None),
            id="closed",
        ),
        pytest.param(date(2031, 1, 2), None, id="beyond the calendar"),
    ],
)
async def test_session_of_the_exchange(
    day: Day,
    asked: date,
    expected: SessionHours | None,
) -> None:
    """The exchange's calendar is the one it was given."""
    assert expected == await day.broker.session(asked)


async def test_market_shows_what_is_known_and_no_print_after_the_close(day: Day) -> None:
    """Each side carries its own instant; the print of 18:02 is never the last trade."""
    day.at("18:30")

    view = await day.broker.market(frozenset({PUT_750, LATER_CALL}), frozenset({"GOOG", "SPX"}))

    assert {PUT_750} == set(view.quotes)
    assert instant("18:01") == view.quotes[PUT_750].quoted_at
    assert {"GOOG": Decimal("748.35")} == {
        symbol: trade.price for symbol, trade in view.last_trades.items()
    }
    assert {} == view.underlying_quotes


async def test_market_before_the_first_row_is_empty(day: Day) -> None:
    """Nothing is known before its instant."""
    day.at("14:00")

    view = await day.broker.market(frozenset({PUT_750}), frozenset({"GOOG"}))

    assert ({}, {}) == (view.quotes, view.last_trades)


@pytest.mark.parametrize(
    ("now", "underlying", "asked", "expected"),
    [
        pytest.param("18:00:04", "GOOG", "2015-12-24", None, id="four seconds after the bell"),
        pytest.param("18:00:05", "GOOG", "2015-12-24", "748.40", id="five seconds after it"),
        pytest.param("18:00:05", "SPX", "2015-12-24", None, id="another underlying"),
        pytest.param("18:00:05", "GOOG", "2015-12-23", None, id="another day"),
        pytest.param("18:00:05", "GOOG", "2015-12-25", None, id="no session"),
        pytest.param("18:00:05", "GOOG", "2031-12-25", None, id="beyond the calendar"),
    ],
)
async def test_official_close(
    day: Day,
    now: str,
    underlying: str,
    asked: str,
    expected: str | None,
) -> None:
    """The official close is known five seconds after the bell, for the pack's day."""
    day.at(now)

    close = await day.broker.official_close(underlying, date.fromisoformat(asked))

    assert (None if expected is None else Decimal(expected)) == close


async def test_booking_under_the_same_key_happens_once(day: Day) -> None:
    """An import that is repeated books nothing twice."""
    assert day.broker.book({PUT_750: -1}, cash=Decimal(5), key="goog-1")
    assert not day.broker.book({PUT_750: -1}, cash=Decimal(5), key="goog-1")
    assert {PUT_750: -1} == await day.held()
    assert Decimal(100_005) == (await day.broker.account()).cash


async def test_planted_take_profit_holds_the_quantity(day: Day) -> None:
    """A person's resting exit is seen among the orders, and blocks ours until cancelled."""
    day.broker.book({PUT_750: -1})
    planted = day.broker.plant_order(legs((PUT_750, 1)), 1, Decimal("-0.05"))

    with pytest.raises(OrderRefused) as caught:
        await day.send("a", [(PUT_750, 1)], "-1.00")
    await day.broker.cancel(planted.broker_order_id)
    report = await day.send("b", [(PUT_750, 1)], "-1.00")

    assert RefusalReason.HELD_BY_OTHER_ORDER is caught.value.refusal.reason
    assert "related_orders: [paper-000001]" in caught.value.refusal.message
    assert "outside-1" == planted.client_order_id
    assert ReportState.FILLED is report.state


async def test_outside_trade_cancels_what_it_uncovers(day: Day) -> None:
    """A person closes the leg elsewhere: our working order cannot open anything."""
    day.broker.book({PUT_750: -1})
    await day.send("a", [(PUT_750, 1)], "-0.50")

    day.broker.trade_outside(legs((PUT_750, 1)), 1)

    assert ReportState.CANCELED is (await day.found("a")).state
    assert {} == await day.held()
    orders = await day.broker.orders(instant("14:30"))
    assert [("a", 0), ("outside-2", 1)] == [
        (report.client_order_id, report.filled_units) for report in orders
    ]


async def test_weak_broker_flips_a_position(open_day: Days, pack: Pack) -> None:
    """Where the card does not promise close-only, nothing keeps an order from opening."""
    card = CapabilityCard(kind="paper", proven="own exchange", looks_up_client_ids=True)
    day = open_day(pack, card=card)
    day.broker.book({PUT_750: -1})
    await day.send("a", [(PUT_750, 1)], "-1.00", units=2)

    await day.send("a", [(PUT_750, 1)], "-1.00", units=1)

    assert {PUT_750: 2} == await day.held()
    assert 2 == len(await day.broker.orders(instant("14:30")))
    assert "paper-000002" == (await day.found("a")).broker_order_id


async def test_daemon_and_command_line_share_the_file(
    open_day: Days, tmp_path_factory: pytest.TempPathFactory, pack: Pack
) -> None:
    """Two brokers on one file see each other's orders at once."""
    path = tmp_path_factory.mktemp("state") / "paper.sqlite3"
    daemon = open_day(pack, store=Store(path))
    shell = open_day(pack, store=Store(path), clock=daemon.clock)
    shell.broker.book({PUT_750: -1})
    await daemon.send("a", [(PUT_750, 1)], "-0.85")

    working = await shell.found("a")
    daemon.at("17:52")
    await shell.found("a")
    filled = await daemon.found("a")
    await daemon.broker.aclose()
    restarted = open_day(pack, store=Store(path), clock=shell.clock)

    assert ReportState.WORKING is working.state
    assert ReportState.FILLED is filled.state
    assert filled == await restarted.found("a")
    assert timedelta(0) == filled.as_of - instant("17:52")


async def test_aligned_account_beyond_the_calendar_shows_nothing(
    recorded: Recorded, tmp_path: Path
) -> None:
    """Where no session is known there is no market, no close and no end of a contract."""
    recorded.meta = {**recorded.meta, "session_close_utc": "2015-12-24T18:00:00Z"}
    clock = HandClock(instant("15:00", "2031-01-02"))
    pack = recorded.load(tmp_path / "aligned")
    far = "GOOG310103C00750000"
    with closing(PaperBroker(Store(), pack, clock, SESSIONS, is_aligned=True)) as broker:
        broker.book({far: 1})
        broker.plant_order(legs((far, -1)), 1, Decimal("9.00"))

        view = await broker.market(frozenset({far}), frozenset({"GOOG"}))

        assert ({}, {}) == (view.quotes, view.last_trades)
        assert [ReportState.WORKING] == [each.state for each in await broker.orders(clock.at)]
