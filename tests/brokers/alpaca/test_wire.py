"""Account, calendar, positions, contracts and records as the documents show them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from botd.brokers.alpaca import wire
from botd.brokers.port import (
    ContractTerms,
    Environment,
    RecordKind,
    SessionHours,
    SettlementRecord,
)
from botd.brokers.transport.budget import Quota
from botd.brokers.transport.fields import Unreadable
from botd.domain.contract import ExerciseStyle, TickRule
from botd.domain.orders import Holding
from tests.brokers.alpaca.answers import body, fields

ACCOUNT = {
    "id": "1d9eed04-be39-4e01-9b84-a48ac5bbafcf",
    "account_number": "PALPACA_123",
    "status": "ACTIVE",
    "cash": "122086.5",
    "options_trading_level": 2,
    "account_blocked": False,
    "trading_blocked": False,
    "trade_suspended_by_user": False,
}
CLOCK = {"timestamp": "2025-06-24T14:15:22.123456789-04:00", "is_open": True}
POSITION = {"symbol": "PTON240126C00000500", "qty": "2", "side": "long", "asset_class": "us_option"}
CONTRACT = {
    "symbol": "AAPL250620C00100000",
    "style": "american",
    "multiplier": "100",
    "tradable": True,
}


def activity(kind: str, symbol: str, qty: str, **changes: object) -> dict[str, Any]:
    """Write one line of the record, as the vendor's page on option events does."""
    return {
        "id": f"20240301000000000::{kind}",
        "activity_type": kind,
        "date": "2024-03-01",
        "net_amount": "0",
        "symbol": symbol,
        "qty": qty,
        "status": "executed",
        **changes,
    }


def records(*lines: dict[str, Any]) -> list[tuple[RecordKind, str, int, Decimal | None]]:
    """Give what the lines tell."""
    return [
        (each.kind, each.symbol, each.quantity, each.price)
        for each in wire.records_of([fields(line) for line in lines])
    ]


def test_account_is_read() -> None:
    """Number, cash, level, and the broker's own clock."""
    state = wire.account_of(body(ACCOUNT), body(CLOCK), Environment.LIVE)

    assert ("PALPACA_123", Environment.LIVE, True) == (
        state.account,
        state.environment,
        state.can_trade,
    )
    assert (Decimal("122086.5"), 2, ()) == (state.cash, state.options_level, state.blocked)
    assert datetime(2025, 6, 24, 18, 15, 22, 123456, UTC) == state.as_of


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"account_blocked": True}, "account blocked"),
        ({"trading_blocked": True}, "trading blocked"),
        ({"trade_suspended_by_user": True}, "trade suspended by user"),
        ({"status": "ACCOUNT_CLOSED"}, "account status ACCOUNT_CLOSED"),
        ({"options_trading_level": 0}, "options trading level 0"),
    ],
)
def test_blocked_account_says_why(changes: dict[str, object], why: str) -> None:
    """Each flag that keeps an account from trading is a reason of its own."""
    state = wire.account_of(body({**ACCOUNT, **changes}), body(CLOCK), Environment.PAPER)

    assert (False, (why,)) == (state.can_trade, state.blocked)


@pytest.mark.parametrize("missing", ["account_number", "status"])
def test_account_without_a_name_is_unreadable(missing: str) -> None:
    """An account that does not say who it is and whether it lives is none."""
    with pytest.raises(Unreadable):
        wire.account_of(body({**ACCOUNT, missing: None}), body(CLOCK), Environment.PAPER)


@pytest.mark.parametrize(
    ("day", "close", "opens_at", "closes_at"),
    [
        pytest.param(date(2025, 1, 2), "16:00", (14, 30), (21, 0), id="in winter"),
        pytest.param(date(2025, 7, 3), "13:00", (13, 30), (17, 0), id="half a day in summer"),
    ],
)
def test_session_is_in_utc(
    day: date, close: str, opens_at: tuple[int, int], closes_at: tuple[int, int]
) -> None:
    """New York wall times become instants, by the season."""
    found = body([{"date": day.isoformat(), "open": "09:30", "close": close}])
    expected = SessionHours(
        day,
        datetime(day.year, day.month, day.day, *opens_at, tzinfo=UTC),
        datetime(day.year, day.month, day.day, *closes_at, tzinfo=UTC),
    )

    assert expected == wire.session_of(found, day)


@pytest.mark.parametrize(
    "listed", [[], [{"date": "2025-01-03", "open": "09:30", "close": "16:00"}]]
)
def test_day_that_is_not_listed_is_closed(listed: list[object]) -> None:
    """The calendar lists trading days only."""
    expected = SessionHours(date(2025, 1, 4), None, None)

    assert expected == wire.session_of(body(listed), date(2025, 1, 4))


@pytest.mark.parametrize(("opens", "closes"), [("16:00", "09:30"), ("soon", "16:00"), (None, "1")])
def test_odd_hours_are_unreadable(opens: str | None, closes: str) -> None:
    """A day that closes before it opens is no day."""
    with pytest.raises(Unreadable):
        wire.session_of(
            body([{"date": "2025-01-02", "open": opens, "close": closes}]), date(2025, 1, 2)
        )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, [Holding("PTON240126C00000500", 2)], id="long"),
        pytest.param(
            {"qty": "-2", "side": "short"}, [Holding("PTON240126C00000500", -2)], id="short"
        ),
        pytest.param(
            {"qty": "2", "side": "short"},
            [Holding("PTON240126C00000500", -2)],
            id="short, and not below zero",
        ),
        pytest.param(
            {"symbol": "AAPL", "qty": "10.75", "asset_class": "us_equity"},
            [Holding("AAPL", 10)],
            id="parts of a share",
        ),
        pytest.param(
            {"symbol": "BTC/USD", "qty": "0.5", "asset_class": "crypto"}, [], id="half a coin"
        ),
        pytest.param(
            {"symbol": "4SPX251219C05000000"}, [Holding("4SPX251219C05000000", 2)], id="no OCC root"
        ),
        pytest.param({"qty": "0"}, [], id="nothing"),
    ],
)
def test_holding_is_signed(changes: dict[str, object], expected: list[Holding]) -> None:
    """Whole contracts and shares, below zero where they are short."""
    assert expected == list(wire.holdings_of(body([{**POSITION, **changes}])))


@pytest.mark.parametrize("changes", [{"qty": "1.5"}, {"qty": None}, {"symbol": None}])
def test_odd_position_is_unreadable(changes: dict[str, object]) -> None:
    """A position that cannot be read is not taken for none."""
    with pytest.raises(Unreadable):
        wire.holdings_of(body([{**POSITION, **changes}]))


@pytest.mark.parametrize(
    ("symbol", "is_penny", "rule"),
    [
        pytest.param("AAPL250620C00100000", True, TickRule.PENNY_PROGRAM, id="in the programme"),
        pytest.param("GOOG250620C00100000", False, TickRule.NICKEL_DIME, id="not in it"),
        pytest.param("AAPL250620C00100000", None, None, id="untold"),
        pytest.param("SPY250620C00500000", True, TickRule.PENNY, id="pennies at every price"),
        pytest.param("SPXW250620C05000000", False, TickRule.SPX, id="steps of its own"),
        pytest.param("4SPX250620C05000000", True, None, id="no contract that is known here"),
    ],
)
def test_tick_rule_of_a_contract(
    *, symbol: str, is_penny: bool | None, rule: TickRule | None
) -> None:
    """The programme tells the steps, except of classes that have their own."""
    found = wire.terms_of([fields({**CONTRACT, "symbol": symbol})], is_penny=is_penny)

    assert rule == found[symbol].tick_rule


def test_terms_are_read() -> None:
    """Multiplier, style and whether it trades."""
    symbol = "AAPL250620C00100000"
    expected = ContractTerms(
        symbol, 100, ExerciseStyle.AMERICAN, TickRule.NICKEL_DIME, is_tradable=True
    )

    assert {symbol: expected} == wire.terms_of([fields(CONTRACT)], is_penny=False)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(
            activity("OPASN", "AAPL230721C00150000", "2"),
            (RecordKind.ASSIGNMENT, "AAPL230721C00150000", -2, Decimal(150)),
            id="two short calls are assigned",
        ),
        pytest.param(
            activity("OPEXC", "AAPL230721C00150000", "-2"),
            (RecordKind.EXERCISE, "AAPL230721C00150000", 2, Decimal(150)),
            id="two long calls are exercised",
        ),
        pytest.param(
            activity("OPEXP", "AAPL230721C00150000", "-2"),
            (RecordKind.EXPIRATION, "AAPL230721C00150000", 2, None),
            id="two long calls expire",
        ),
        pytest.param(
            activity("OPEXP", "F260724P00013000", "1"),
            (RecordKind.EXPIRATION, "F260724P00013000", -1, None),
            id="a short put expires",
        ),
        pytest.param(
            activity("OPEXC", "SPXW250620C05900000", "-2", net_amount="2468.00"),
            (RecordKind.CASH_SETTLEMENT, "SPXW250620C05900000", 2, Decimal("12.34")),
            id="two long index calls are settled",
        ),
        pytest.param(
            activity("OPCSH", "SPXW250620C05900000", "1", net_amount="-1234.00"),
            (RecordKind.CASH_SETTLEMENT, "SPXW250620C05900000", -1, Decimal("12.34")),
            id="a short index call is settled",
        ),
        pytest.param(
            activity("OPASN", "SPXW250620C05900000", "1"),
            (RecordKind.CASH_SETTLEMENT, "SPXW250620C05900000", -1, None),
            id="a settlement that does not say at what",
        ),
        pytest.param(
            activity("OPEXP", "SPXW250620C05900000", "1"),
            (RecordKind.EXPIRATION, "SPXW250620C05900000", -1, None),
            id="a short index call expires",
        ),
    ],
)
def test_end_of_a_contract(
    line: dict[str, Any], expected: tuple[RecordKind, str, int, Decimal | None]
) -> None:
    """The change of a position tells how it was held."""
    assert [expected] == records(line)


def test_lines_of_one_settlement_are_one_record() -> None:
    """An exercise and the cash that it paid are told together."""
    lines = (
        activity("OPEXC", "SPXW250620C05900000", "-1", group_id="g", id="a"),
        activity("OPCSH", "SPXW250620C05900000", "-1", group_id="g", id="b", net_amount="1234"),
    )
    expected = (RecordKind.CASH_SETTLEMENT, "SPXW250620C05900000", 1, Decimal("12.34"))

    assert [expected] == records(*lines)


def test_settlement_is_paid_by_the_line_beside_it() -> None:
    """Where the contract's line names no amount, what moved in the same event does."""
    lines = (
        activity("OPEXC", "SPXW250620C05900000", "-1", group_id="g", id="a"),
        activity("OPTRD", "SPX", "100", group_id="g", id="b", net_amount="1234"),
        activity("OPTRD", "SPX", "100", group_id="h", id="c", net_amount="99"),
    )
    expected = (RecordKind.CASH_SETTLEMENT, "SPXW250620C05900000", 1, Decimal("12.34"))

    assert [expected] == records(*lines)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(activity("OPTRD", "AAPL", "-200", price="150"), id="shares that moved"),
        pytest.param(activity("OPASN", "AAPL230721C00150000", "2", status="canceled"), id="undone"),
        pytest.param(activity("OPASN", "4SPX230721C05000000", "1"), id="a root that is no OCC one"),
        pytest.param(
            activity("OPCSH", "AAPL1230721C00150000", "1", net_amount="50"), id="cash beside shares"
        ),
    ],
)
def test_line_that_is_no_end(line: dict[str, Any]) -> None:
    """Shares, undone lines and contracts without a name of ours are no records."""
    assert [] == records(line)


def test_end_of_no_contract_is_unreadable() -> None:
    """An assignment of nothing is odd."""
    with pytest.raises(Unreadable):
        records(activity("OPASN", "AAPL230721C00150000", "0"))


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        pytest.param({}, datetime(2024, 3, 1, 5, tzinfo=UTC), id="a date: New York's midnight"),
        pytest.param(
            {"created_at": "2024-03-02T11:00:00.5Z"},
            datetime(2024, 3, 2, 11, 0, 0, 500000, UTC),
            id="an instant",
        ),
    ],
)
def test_record_has_an_instant(changes: dict[str, object], at: datetime) -> None:
    """When it was posted, or else the day that it is of."""
    line = activity("OPASN", "AAPL230721C00150000", "2", **changes)
    expected = SettlementRecord(
        "20240301000000000::OPASN",
        RecordKind.ASSIGNMENT,
        "AAPL230721C00150000",
        -2,
        Decimal(150),
        at,
    )

    assert (expected,) == wire.records_of([fields(line)])


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param(
            {
                "x-ratelimit-limit": "200",
                "x-ratelimit-remaining": "199",
                "x-ratelimit-reset": "1674044551",
            },
            Quota(200, 199, datetime(2023, 1, 18, 12, 22, 31, tzinfo=UTC)),
            id="all three",
        ),
        pytest.param({"x-ratelimit-remaining": "7"}, Quota(None, 7, None), id="what is left"),
        pytest.param({"x-ratelimit-limit": "200"}, None, id="not what is left"),
        pytest.param({"x-ratelimit-remaining": "many"}, None, id="no number"),
        pytest.param(
            {"x-ratelimit-remaining": "7", "x-ratelimit-reset": "9" * 11},
            Quota(None, 7, datetime(5138, 11, 16, 9, 46, 39, tzinfo=UTC)),
            id="a reset far away",
        ),
        pytest.param(
            {"x-ratelimit-remaining": "7", "x-ratelimit-reset": "9" * 12},
            Quota(None, 7, None),
            id="a reset that is no instant",
        ),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_quota_is_read(headers: dict[str, str], expected: Quota | None) -> None:
    """The broker's own count of our requests, and when it begins anew."""
    assert expected == wire.quota_of(headers)
