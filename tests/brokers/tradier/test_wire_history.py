"""What Tradier's history says of contracts that ended."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from botd.brokers.port import RecordKind, SettlementRecord
from botd.brokers.tradier.wire_history import records_of
from tests.brokers.tradier.answers import SHORT, fields

_SINCE = datetime(2019, 6, 5, 18, 0, tzinfo=UTC)
_AT = datetime(2019, 6, 5, tzinfo=UTC)


def event(
    kind: str = "OPTEXP",
    description: str = "Expired",
    quantity: float = -1.0,
    amount: float = 0,
    **option: object,
) -> dict[str, Any]:
    told = {"option_type": kind, "description": description, "quantity": quantity, **option}
    return {"amount": amount, "date": "2019-06-05T00:00:00Z", "type": "option", "option": told}


def read(*found: dict[str, Any]) -> tuple[SettlementRecord, ...]:
    return records_of([fields(each) for each in found], _SINCE)


def told(*found: dict[str, Any]) -> list[tuple[RecordKind, str, int, Decimal | None]]:
    return [(each.kind, each.symbol, each.quantity, each.price) for each in read(*found)]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(
            event(symbol=SHORT), (RecordKind.EXPIRATION, SHORT, 1, None), id="a long expired"
        ),
        pytest.param(
            event(quantity=2.0, symbol=SHORT),
            (RecordKind.EXPIRATION, SHORT, -2, None),
            id="shorts expired",
        ),
        pytest.param(
            event("OPTASN", "Assigned", 1.0, symbol=SHORT),
            (RecordKind.ASSIGNMENT, SHORT, -1, Decimal(282)),
            id="an assignment is of shorts",
        ),
        pytest.param(
            event("ASSIGNMENT", "", -1.0, symbol=SHORT),
            (RecordKind.ASSIGNMENT, SHORT, -1, Decimal(282)),
            id="whatever its sign",
        ),
        pytest.param(
            event("OPTEXC", "Option Exercise", -3.0, symbol=SHORT),
            (RecordKind.EXERCISE, SHORT, 3, Decimal(282)),
            id="an exercise is of longs",
        ),
        pytest.param(
            event("OPTCSH", "Cash Settled", 2.0, -1130.0, symbol=SHORT),
            (RecordKind.CASH_SETTLEMENT, SHORT, -2, Decimal("5.65")),
            id="a cash settlement by its dollars",
        ),
        pytest.param(
            event(description="Expired CALL SPY    06/05/19   282"),
            (RecordKind.EXPIRATION, SHORT, 1, None),
            id="the contract in the description",
        ),
        pytest.param(
            event(description="Expired PUT SPY 06/05/19 282.5"),
            (RecordKind.EXPIRATION, "SPY190605P00282500", 1, None),
            id="a broken strike",
        ),
        pytest.param(
            event() | {"symbol": SHORT},
            (RecordKind.EXPIRATION, SHORT, 1, None),
            id="the contract beside the option",
        ),
    ],
)
def test_record(
    found: dict[str, Any], expected: tuple[RecordKind, str, int, Decimal | None]
) -> None:
    """Quantities are signed as they were held, prices are per share."""
    assert [expected] == told(found)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(event(), id="the documented sample names no contract"),
        pytest.param(event("OPTXYZ", "Something", symbol=SHORT), id="words that nobody knows"),
        pytest.param(event("OPTEXP", "Assigned", symbol=SHORT), id="words of two endings"),
        pytest.param(event(quantity=0.0, symbol=SHORT), id="nothing"),
        pytest.param(event(quantity=0.5, symbol=SHORT), id="half a contract"),
        pytest.param(event(symbol="SPY"), id="no contract"),
        pytest.param(event() | {"type": "trade", "option": None}, id="a trade"),
        pytest.param(event(symbol=SHORT) | {"date": "soon"}, id="no date"),
        pytest.param(event(symbol=SHORT) | {"date": "2019-06-04"}, id="the day before"),
    ],
)
def test_what_is_not_certain_is_left_out(found: dict[str, Any]) -> None:
    """Nothing is concluded from it, and the others are read."""
    assert [(RecordKind.EXPIRATION, SHORT, 1, None)] == told(found, event(symbol=SHORT))


def test_ids_are_stable_and_apart() -> None:
    """Two events that say the same are two, on every read, in whatever order."""
    other = event(quantity=2.0, symbol=SHORT)
    same = event(quantity=-1.00000, symbol=SHORT)

    once = read(same, other, same)
    again = read(other, event(quantity=-1, symbol=SHORT), same)

    assert 3 == len({each.record_id for each in once})
    assert {each.record_id for each in once} == {each.record_id for each in again}
    assert {_AT} == {each.recorded_at for each in once}
