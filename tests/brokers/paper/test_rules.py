from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from botd.brokers.paper.pack import Pack
from botd.brokers.port import CapabilityCard
from botd.domain.orders import ReportState
from botd.errors import OrderRefused, Refusal, RefusalReason
from tests.brokers.paper.day import (
    CALL_745,
    CALL_750,
    PUT_745,
    PUT_750,
    Day,
    Days,
    Recorded,
    legs,
)


async def refused(day: Day, pairs: list[tuple[str, int]], price: str | None, units: int) -> Refusal:
    with pytest.raises(OrderRefused) as caught:
        await day.send("asked", pairs, price, units=units)
    return caught.value.refusal


@pytest.mark.parametrize(
    ("held", "pairs", "units", "expected", "words"),
    [
        pytest.param(
            {},
            [(PUT_750, 1)],
            1,
            (RefusalReason.POSITION_GONE, 422, "42210000"),
            "position intent mismatch, inferred: buy_to_open, specified: buy_to_close",
            id="nothing held",
        ),
        pytest.param(
            {PUT_750: 1},
            [(PUT_750, 1)],
            1,
            (RefusalReason.POSITION_GONE, 422, "42210000"),
            "position intent mismatch, inferred: buy_to_open, specified: buy_to_close",
            id="held the other way",
        ),
        pytest.param(
            {PUT_750: -1},
            [(PUT_750, -1)],
            1,
            (RefusalReason.POSITION_GONE, 422, "42210000"),
            "position intent mismatch, inferred: sell_to_open, specified: sell_to_close",
            id="a sale that would add",
        ),
        pytest.param(
            {PUT_750: -1},
            [(PUT_750, 1)],
            2,
            (RefusalReason.POSITION_SMALLER, 403, "40310000"),
            "insufficient qty available for order (requested: 2, available: 1)",
            id="less held than asked for",
        ),
        pytest.param(
            {PUT_750: -2, PUT_745: 1},
            [(PUT_750, 2), (PUT_745, -2)],
            1,
            (RefusalReason.POSITION_SMALLER, 403, "40310000"),
            f"symbol: {PUT_745}",
            id="one leg of a package",
        ),
    ],
)
async def test_orders_that_would_open(
    day: Day,
    held: dict[str, int],
    pairs: list[tuple[str, int]],
    units: int,
    expected: tuple[RefusalReason, int, str],
    words: str,
) -> None:
    """Nothing that opens or exceeds what is held is taken; the words are a real broker's."""
    day.broker.book(held)

    refusal = await refused(day, pairs, None, units)

    assert expected == (refusal.reason, refusal.http_status, refusal.code)
    assert words in refusal.message
    assert {**held} == await day.held()


async def test_working_order_holds_what_it_may_close(day: Day) -> None:
    """Two held, one promised to a working order: one is free, two are not."""
    day.broker.book({PUT_750: -2})
    await day.send("works", [(PUT_750, 1)], "-0.05")

    refusal = await refused(day, [(PUT_750, 1)], "-1.00", 2)
    taken = await day.send("one", [(PUT_750, 1)], "-0.10")

    assert RefusalReason.HELD_BY_OTHER_ORDER is refusal.reason
    assert "held_for_orders: 1, related_orders: [paper-000001]" in refusal.message
    assert ReportState.WORKING is taken.state


async def test_client_order_id_is_taken_for_ever(day: Day) -> None:
    """An id that was once accepted is refused, also when its order has ended."""
    day.broker.book({PUT_750: -1})
    await day.send("asked", [(PUT_750, 1)], None)

    refusal = await refused(day, [(PUT_750, 1)], None, 1)

    assert (RefusalReason.DUPLICATE_CLIENT_ID, "40010001") == (refusal.reason, refusal.code)


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        pytest.param("14:29:59", RefusalReason.MARKET_CLOSED, id="a second before the opening"),
        pytest.param("18:00", RefusalReason.MARKET_CLOSED, id="at the close"),
    ],
)
async def test_orders_outside_the_session(day: Day, now: str, reason: RefusalReason) -> None:
    """Orders are taken while the session is on, the opening included."""
    day.broker.book({PUT_750: -1})
    day.at(now)

    assert reason is (await refused(day, [(PUT_750, 1)], None, 1)).reason


async def test_orders_at_the_opening_and_in_the_last_second_are_taken(
    open_day: Days, pack: Pack
) -> None:
    """The session begins with its opening and ends before its close."""
    for now in ("14:30", "17:59:59"):
        day = open_day(pack, at=now)
        day.broker.book({PUT_750: -1})

        assert ReportState.REJECTED is not (await day.send("a", [(PUT_750, 1)], "-0.05")).state


async def test_day_beyond_the_calendar_is_closed(day: Day) -> None:
    """Where no session is known nothing trades."""
    day.broker.book({PUT_750: -1})
    day.at("15:00", "2031-01-02")

    refusal = await refused(day, [(PUT_750, 1)], None, 1)
    view = await day.broker.market(frozenset({PUT_750}), frozenset())

    assert RefusalReason.MARKET_CLOSED is refusal.reason
    assert {PUT_750} == set(view.quotes)


async def test_contract_past_its_end_is_refused(day: Day) -> None:
    """A contract of yesterday is expired, though the session is on."""
    day.broker.book({"GOOG151223P00750000": -1})

    refusal = await refused(day, [("GOOG151223P00750000", 1)], None, 1)

    assert RefusalReason.CONTRACT_EXPIRED is refusal.reason
    assert 'contract "GOOG151223P00750000" is expired' == refusal.message


@pytest.mark.parametrize(
    ("symbol", "price", "is_taken"),
    [
        pytest.param("GOOG151224P00750000", "-2.95", True, id="nickel below three dollars"),
        pytest.param("GOOG151224P00750000", "-2.96", False, id="cents below three dollars"),
        pytest.param("GOOG151224P00750000", "-3.00", True, id="three dollars are a dime's"),
        pytest.param("GOOG151224P00750000", "-3.05", False, id="nickel from three dollars"),
        pytest.param("SPY151224P00200000", "-3.01", True, id="penny class at every price"),
        pytest.param("SPXW151224P02000000", "-2.95", True, id="index below three dollars"),
        pytest.param("SPXW151224P02000000", "-3.15", False, id="index from three dollars"),
    ],
)
async def test_price_step_of_one_leg(day: Day, symbol: str, price: str, is_taken: bool) -> None:  # noqa: FBT001
    """A single leg's limit stands on the step of its class."""
    day.broker.book({symbol: -1})

    if is_taken:
        await day.send("asked", [(symbol, 1)], price)
    else:
        refusal = await refused(day, [(symbol, 1)], price, 1)

        assert RefusalReason.PRICE_TICK is refusal.reason


@pytest.mark.parametrize(
    ("pairs", "price", "is_taken"),
    [
        pytest.param([(PUT_750, 1), (PUT_745, -1)], "-0.51", True, id="a cent"),
        pytest.param([(PUT_750, 1), (PUT_745, -1)], "-0.515", False, id="half a cent"),
        pytest.param([(PUT_750, 1), (PUT_745, -1)], "0.00", True, id="even"),
        pytest.param(
            [("SPXW151224P02000000", 1), ("SPXW151224P01990000", -1)],
            "-0.55",
            True,
            id="index spread on a nickel",
        ),
        pytest.param(
            [("SPXW151224P02000000", 1), ("SPXW151224P01990000", -1)],
            "-0.51",
            False,
            id="index spread on a cent",
        ),
        pytest.param([("GOOG", -100)], "7.03", True, id="shares on a cent"),
    ],
)
async def test_price_step_of_a_package(
    day: Day,
    pairs: list[tuple[str, int]],
    price: str,
    is_taken: bool,  # noqa: FBT001
) -> None:
    """A package's net price stands on a cent, an SPX spread's on a nickel."""
    day.broker.book({symbol: -quantity for symbol, quantity in pairs})

    if is_taken:
        await day.send("asked", pairs, price)
    else:
        assert RefusalReason.PRICE_TICK is (await refused(day, pairs, price, 1)).reason


@pytest.mark.parametrize(
    ("pairs", "price", "units"),
    [
        pytest.param([], "-1", 1, id="no legs"),
        pytest.param([(PUT_750, 1), (PUT_750, 1)], "-1", 1, id="the same leg twice"),
        pytest.param([(PUT_750, 0)], "-1", 1, id="a leg of nothing"),
        pytest.param([(PUT_750, 1)], "-1", 0, id="no units"),
        pytest.param([(PUT_750, 1)], "1", 1, id="a purchase for a credit"),
        pytest.param([(PUT_750, 1)], "0", 1, id="a purchase for nothing"),
        pytest.param([(PUT_750, 1)], "NaN", 1, id="no number"),
        pytest.param([(PUT_750, 1), (PUT_745, -1)], "Infinity", 1, id="no bound"),
        pytest.param(
            [(PUT_750, 1), (PUT_745, 1), (CALL_750, 1), (CALL_745, 1), ("GOOG", 1)],
            "-1",
            1,
            id="five legs",
        ),
    ],
)
async def test_orders_without_shape(
    day: Day,
    pairs: list[tuple[str, int]],
    price: str,
    units: int,
) -> None:
    """What is no order at all is refused as malformed."""
    assert RefusalReason.MALFORMED is (await refused(day, pairs, price, units)).reason


@pytest.mark.parametrize("client_order_id", ["", "x" * 129])
async def test_client_order_id_has_a_length(day: Day, client_order_id: str) -> None:
    """An id has 1 to 128 characters."""
    with pytest.raises(OrderRefused) as caught:
        await day.send(client_order_id, [(PUT_750, 1)], "-1.00")

    assert RefusalReason.MALFORMED is caught.value.refusal.reason


@pytest.mark.parametrize(
    ("quotes", "expected"),
    [
        pytest.param([("17:49", "0.70", "1.00", "5", "3")], ReportState.FILLED, id="valid"),
        pytest.param([("17:49", "1.10", "1.00", "5", "3")], ReportState.WORKING, id="crossed"),
        pytest.param([("17:49", "0.70", "", "5", "")], ReportState.WORKING, id="no offer"),
        pytest.param([("17:49", "0.70", "1.00", "5", "0")], ReportState.WORKING, id="no size"),
        pytest.param(
            [("2015-12-23T20:59:00Z", "0.70", "1.00", "5", "3")],
            ReportState.WORKING,
            id="of yesterday's session",
        ),
        pytest.param(
            [("14:29", "0.70", "1.00", "5", "3")],
            ReportState.WORKING,
            id="before the opening",
        ),
        pytest.param(
            [("14:29", "0.70", "1.00", "5", "3"), ("17:49", "0.70", "", "5", "")],
            ReportState.WORKING,
            id="an offer carried from before the opening",
        ),
    ],
)
async def test_what_a_purchase_fills_on(
    day_of: Callable[[Recorded], Day],
    quotes: list[tuple[str, ...]],
    expected: ReportState,
) -> None:
    """Only an offer of this session, uncrossed and of some size, fills."""
    day = day_of(Recorded(quotes=[(row[0], PUT_750, *row[1:]) for row in quotes]))
    day.broker.book({PUT_750: -1})

    assert expected is (await day.send("a", [(PUT_750, 1)], None)).state


async def test_sale_never_fills_at_a_bid_of_nothing(day_of: Callable[[Recorded], Day]) -> None:
    """A bid of 0 is how dealers say that there is none."""
    day = day_of(Recorded(quotes=[("17:49", PUT_750, "0", "0.05", "5", "3")]))
    day.broker.book({PUT_750: 1})

    assert ReportState.WORKING is (await day.send("a", [(PUT_750, -1)], None)).state


async def test_package_fills_whole_units_only(day_of: Callable[[Recorded], Day]) -> None:
    """Five shown of a leg that goes in twice are two units."""
    day = day_of(
        Recorded(
            quotes=[
                ("17:49", PUT_750, "0.70", "1.00", "5", "5"),
                ("17:49", PUT_745, "0.05", "0.10", "9", "9"),
            ],
        ),
    )
    day.broker.book({PUT_750: -6, PUT_745: 3})

    report = await day.send("a", [(PUT_750, 2), (PUT_745, -1)], "-1.95", units=3)

    assert (ReportState.WORKING, 2) == (report.state, report.filled_units)
    assert Decimal("-1.95") == report.fills[0].net_price
    assert {PUT_750: -2, PUT_745: 1} == await day.held()


async def test_shares_and_call_trade_per_share(open_day: Days, tmp_path: Path) -> None:
    """A covered call's net price is that of a hundred shares and the call, by a hundred."""
    pack = Recorded(
        quotes=[("17:49", CALL_750, "0.20", "0.40", "5", "2")],
        underlying_quotes=[("17:49", "749.50", "749.70", "300", "300")],
    ).load(tmp_path)
    day = open_day(pack)
    day.broker.book({CALL_750: -1, "GOOG": 100})

    report = await day.send("a", [(CALL_750, 1), ("GOOG", -100)], "749.00")

    assert Decimal("749.10") == report.fills[0].net_price
    assert Decimal(100_000) + Decimal(74_910) == (await day.broker.account()).cash


async def test_uncovering_ends_the_newest_orders_first(day: Day) -> None:
    """Of two working orders on two contracts the older one keeps what is left."""
    day.broker.book({PUT_750: -2})
    await day.send("older", [(PUT_750, 1)], "-0.05")
    await day.send("newer", [(PUT_750, 1)], "-0.05")

    day.broker.trade_outside(legs((PUT_750, 1)), 1)

    assert ReportState.WORKING is (await day.found("older")).state
    assert ReportState.CANCELED is (await day.found("newer")).state


async def test_exchange_without_enforcement_keeps_uncovered_orders(
    open_day: Days, pack: Pack
) -> None:
    """A card that does not promise close-only leaves the danger in place."""
    day = open_day(pack, card=CapabilityCard("paper", "own exchange", looks_up_client_ids=True))
    day.broker.book({PUT_750: -1})
    await day.send("a", [(PUT_750, 1)], "-0.05")

    day.broker.trade_outside(legs((PUT_750, 1)), 1)

    assert ReportState.WORKING is (await day.found("a")).state
