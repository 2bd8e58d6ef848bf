from datetime import UTC, datetime
from decimal import Decimal

import pytest

from botd.domain.contract import Leg
from botd.domain.position import How, Lot
from botd.domain.settlement import FactKind, SettlementFact, ending_of
from tests.domain.book import INDEX_PM, STOCK_SHARES, call, put

AT = datetime(2015, 12, 28, 14, 35, tzinfo=UTC)
SHORT = Leg(put("740"), -1)
SHORT_CALL = Leg(call("760"), -1)
LONG = Leg(put("735"), 1)
LONG_CALL = Leg(call("765"), 1)
INDEX_SHORT = Leg(put("4720", INDEX_PM), -1)
HUNDRED = Leg(STOCK_SHARES, 100)


def fact(kind: FactKind, leg: Leg, price: str | None = None) -> SettlementFact:
    value = None if price is None else Decimal(price)
    return SettlementFact("r-1", kind, leg.symbol, leg.quantity, value, AT)


@pytest.mark.parametrize(
    ("kind", "leg", "price", "how", "value"),
    [
        pytest.param(FactKind.EXPIRATION, SHORT, None, How.EXPIRED, "0", id="worthless"),
        pytest.param(
            FactKind.EXPIRATION,
            INDEX_SHORT,
            None,
            How.EXPIRED,
            "0",
            id="worthless, in cash",
        ),
        pytest.param(
            FactKind.CASH_SETTLEMENT,
            INDEX_SHORT,
            "2.61",
            How.SETTLED,
            "2.61",
            id="its value",
        ),
        pytest.param(
            FactKind.ASSIGNMENT,
            SHORT,
            "740",
            How.ASSIGNED,
            "0",
            id="shares at the strike",
        ),
        pytest.param(FactKind.EXERCISE, LONG, "735", How.EXERCISED, "0", id="our own exercise"),
    ],
)
def test_ending(kind: FactKind, leg: Leg, price: str | None, how: How, value: str) -> None:
    """Where shares move at the strike the option itself is worth nothing any more."""
    ending = ending_of(fact(kind, leg, price), leg)

    assert ending is not None
    assert (how, Decimal(value), leg.symbol) == (ending.how, ending.value, ending.symbol)


@pytest.mark.parametrize(
    ("kind", "leg"),
    [
        pytest.param(FactKind.CASH_SETTLEMENT, INDEX_SHORT, id="a settlement without a value"),
        pytest.param(FactKind.ASSIGNMENT, INDEX_SHORT, id="an assignment that pays cash"),
        pytest.param(FactKind.EXPIRATION, HUNDRED, id="shares"),
    ],
)
def test_what_a_record_does_not_say(kind: FactKind, leg: Leg) -> None:
    """Nothing is made up for what is missing."""
    assert ending_of(fact(kind, leg), leg) is None


@pytest.mark.parametrize(
    ("kind", "leg", "expected"),
    [
        pytest.param(FactKind.ASSIGNMENT, SHORT_CALL, HUNDRED, id="a short call assigned"),
        pytest.param(FactKind.EXERCISE, LONG, HUNDRED, id="a long put exercised"),
        pytest.param(FactKind.ASSIGNMENT, SHORT, None, id="a short put brings shares"),
        pytest.param(FactKind.EXERCISE, LONG_CALL, None, id="so does a long call"),
        pytest.param(FactKind.EXPIRATION, SHORT_CALL, None, id="an expiry moves none"),
    ],
)
def test_own_shares_are_delivered(kind: FactKind, leg: Leg, expected: Leg | None) -> None:
    """Shares that a position holds itself leave with the option that sells them."""
    ending = ending_of(fact(kind, leg), leg)

    assert ending is not None
    assert expected == ending.shares_delivered(Lot(1, (HUNDRED, leg)))


def test_no_own_shares() -> None:
    """Without shares in the lot there is nothing to deliver from."""
    ending = ending_of(fact(FactKind.ASSIGNMENT, SHORT_CALL), SHORT_CALL)

    assert ending is not None
    assert ending.shares_delivered(Lot(1, (SHORT_CALL,))) is None
