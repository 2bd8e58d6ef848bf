from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from botd.brokers.port import Environment, RecordKind, SettlementRecord
from botd.brokers.tastytrade.wire_account import (
    account_state,
    holdings,
    is_ending,
    opening_sign,
    settlement_records,
    unsigned,
)
from botd.brokers.transport.fields import Unreadable
from botd.domain.orders import Holding
from tests.brokers.tastytrade.answers import AT, CALL_100, PADDED_100, body, fields, listing

SPX_PADDED = "SPXW  260709C07540000"


def position(symbol: str, quantity: object, direction: str, kind: str) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "instrument-type": kind,
        "underlying-symbol": "AAPL",
        "quantity": quantity,
        "quantity-direction": direction,
    }


def line(sub_type: str, **changes: object) -> dict[str, Any]:
    return {
        "id": 1729885,
        "transaction-type": "Receive Deliver",
        "transaction-sub-type": sub_type,
        "instrument-type": "Equity Option",
        "symbol": PADDED_100,
        "quantity": "2.0",
        "value": "0.0",
        "value-effect": "None",
        "executed-at": "2025-06-21T02:00:00.000+00:00",
        **changes,
    }


def test_account_is_told() -> None:
    """Fields that are not relevant are not there."""
    status = body({"account-number": "5WT00001", "is-frozen": False})
    money = body({"cash-balance": "100.5", "cash-balance-effect": "Credit"})

    found = account_state(status, money, environment=Environment.PAPER, as_of=AT)

    assert ("5WT00001", Environment.PAPER, True, Decimal("100.5"), AT, None, ()) == (
        found.account,
        found.environment,
        found.can_trade,
        found.cash,
        found.as_of,
        found.options_level,
        found.blocked,
    )


@pytest.mark.parametrize("key", ["is-frozen", "is-closed"])
def test_blocked_account_says_why(key: str) -> None:
    """In the broker's words."""
    status = body({"account-number": "5WT00001", key: True})

    found = account_state(status, body({}), environment=Environment.LIVE, as_of=AT)

    assert (False, (key,), None) == (found.can_trade, found.blocked, found.cash)


def test_closing_only_account_may_close() -> None:
    """That is all that is done here."""
    status = body({"account-number": "5WT00001", "is-closing-only": True})

    assert account_state(status, body({}), environment=Environment.LIVE, as_of=AT).can_trade


def test_debt_is_below_zero() -> None:
    """Balances have their sign beside them."""
    status = body({"account-number": "5WT00001"})
    money = body({"cash-balance": "7.25", "cash-balance-effect": "Debit"})

    found = account_state(status, money, environment=Environment.PAPER, as_of=AT)

    assert Decimal("-7.25") == found.cash


def test_holdings_have_signs() -> None:
    """A quantity is never negative there."""
    items = listing(
        position(PADDED_100, "3", "Short", "Equity Option"),
        position("BRK/B", "100.0", "Long", "Equity"),
        position("AAPL", "0.0", "Zero", "Equity"),
        position("MSFT", "10.75", "Long", "Equity"),
        position("BTC/USD", "2", "Long", "Cryptocurrency"),
        position("4SPX  251219C05000000", 1, "Long", "Equity Option"),
        position("SPY", "0.4", "Long", "Equity"),
    )

    assert (
        Holding(CALL_100, -3),
        Holding("BRK.B", 100),
        Holding("MSFT", 10),
        Holding("BTC/USD", 2),
        Holding("4SPX  251219C05000000", 1),
    ) == holdings(items)


def test_unknown_direction_is_no_answer() -> None:
    """A position without a sign is not taken for a long one."""
    with pytest.raises(Unreadable):
        holdings(listing(position(PADDED_100, 1, "Sideways", "Equity Option")))


@pytest.mark.parametrize(
    ("sub_type", "kind", "quantity", "price"),
    [
        pytest.param("Assignment", RecordKind.ASSIGNMENT, -2, Decimal(100), id="assignment"),
        pytest.param("Exercise", RecordKind.EXERCISE, 2, Decimal(100), id="exercise"),
    ],
)
def test_deliveries_are_recorded_at_the_strike(
    sub_type: str, kind: RecordKind, quantity: int, price: Decimal
) -> None:
    """Only shorts are assigned, only longs exercised."""
    at = datetime(2025, 6, 21, 2, 0, tzinfo=UTC)

    assert (
        SettlementRecord("1729885", kind, CALL_100, quantity, price, at),
    ) == settlement_records(listing(line(sub_type)), {})


@pytest.mark.parametrize(
    ("sub_type", "quantity"),
    [
        pytest.param("Cash Settled Assignment", -2, id="short"),
        pytest.param("Cash Settled Exercise", 2, id="long"),
    ],
)
def test_cash_settlement_has_its_value_per_share(sub_type: str, quantity: int) -> None:
    """The line's value is dollars of all contracts; its price is the strike."""
    told = line(sub_type, symbol=SPX_PADDED, value="728.00", price="7540.0")

    (found,) = settlement_records(listing(told), {})

    assert (RecordKind.CASH_SETTLEMENT, quantity, Decimal("3.64")) == (
        found.kind,
        found.quantity,
        found.price,
    )


def test_expiration_takes_the_sign_of_what_was_opened() -> None:
    """Its line has none; without one nothing is concluded."""
    items = listing(line("Expiration"))

    assert frozenset({PADDED_100}) == unsigned(items)
    assert () == settlement_records(items, {})
    (found,) = settlement_records(items, {PADDED_100: -1})
    assert (RecordKind.EXPIRATION, -2, None) == (found.kind, found.quantity, found.price)


@pytest.mark.parametrize(
    ("action", "quantity"),
    [
        pytest.param("Buy to Close", -2, id="a short one"),
        pytest.param("Sell to Close", 2, id="a long one"),
    ],
)
def test_expiration_with_an_action_needs_nothing_else(action: str, quantity: int) -> None:
    """Where the line tells how it was closed, that is its sign."""
    items = listing(line("Expiration", action=action))

    assert frozenset() == unsigned(items)
    assert [quantity] == [each.quantity for each in settlement_records(items, {})]


def test_last_opening_trade_tells_the_side() -> None:
    """The newest comes first; closing trades say nothing."""
    trades = listing(
        {"action": "Buy to Close"}, {"action": "Sell to Open"}, {"action": "Buy to Open"}
    )

    assert -1 == opening_sign(trades)
    assert None is opening_sign(trades[:1])


@pytest.mark.parametrize(
    ("told", "is_one"),
    [
        pytest.param(line("Assignment"), True, id="an assignment"),
        pytest.param(line("Buy to Open"), False, id="shares that came"),
        pytest.param(line("Symbol Change"), False, id="something else"),
        pytest.param(line("Assignment") | {"transaction-type": "Trade"}, False, id="a trade"),
        pytest.param(
            line("Expiration") | {"instrument-type": "Future Option"}, False, id="of a future"
        ),
    ],
)
def test_endings_are_told_from_other_lines(told: dict[str, Any], is_one: bool) -> None:  # noqa: FBT001 - a row
    """Only what ends an option is a record of ours."""
    assert is_one is is_ending(fields(told))
