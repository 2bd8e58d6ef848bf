"""Positions after their T, and what a broker's records tell of them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from botd.domain.after_close import Expire, SettleAt, Unresolved, book
from botd.domain.contract import Leg
from botd.domain.position import Position
from botd.domain.session import Session, Sessions
from botd.domain.settlement import FactKind, SettlementFact
from tests.domain.book import (
    CLOSES_AT,
    EXPIRATION,
    INDEX_PM,
    LATER_EXPIRATION,
    STOCK_SHARES,
    call,
    position_of,
    put,
)

AT = CLOSES_AT + timedelta(seconds=5)
MORNING = datetime(2015, 12, 28, 14, 35, tzinfo=UTC)
LONG = Leg(put("735"), 1)
SHORT = Leg(put("740"), -1)
SHORT_CALL = Leg(call("760"), -1)
LATER_LONG = Leg(put("740", expiration=LATER_EXPIRATION), 1)
HUNDRED = Leg(STOCK_SHARES, 100)
INDEX_SHORT = Leg(put("4720", INDEX_PM), -1)
INDEX_LONG = Leg(put("4700", INDEX_PM), 1)
SESSIONS = Sessions(
    [
        Session(
            EXPIRATION,
            datetime(2015, 12, 24, 14, 30, tzinfo=UTC),
            CLOSES_AT,
            early_close=True,
        ),
        Session(
            LATER_EXPIRATION,
            datetime(2016, 1, 15, 14, 30, tzinfo=UTC),
            datetime(2016, 1, 15, 21, 0, tzinfo=UTC),
            early_close=False,
        ),
    ],
)


def fact(
    kind: FactKind,
    leg: Leg,
    units: int = 1,
    *,
    price: str | None = None,
    record_id: str = "r-1",
) -> SettlementFact:
    return SettlementFact(
        record_id=record_id,
        kind=kind,
        symbol=leg.symbol,
        quantity=units * leg.quantity,
        price=None if price is None else Decimal(price),
        recorded_at=MORNING,
    )


def expired(position: Position) -> Position:
    """Book all options that expire first as worthless, as T did."""
    legs = tuple(leg for leg in position.legs if leg not in (HUNDRED, LATER_LONG))
    return book(position, Expire(legs), AT, SESSIONS)


def settled(*values: tuple[Leg, str], units: int = 1) -> Position:
    """Book an index position as settled at these values, as T did."""
    position = position_of(*(leg for leg, _ in values), units=units, net_price="2.00")
    told = {leg.symbol: Decimal(value) for leg, value in values}
    return book(position, SettleAt(told), AT, SESSIONS)


def unresolved(position: Position) -> Position:
    return book(position, Unresolved("ended in the money"), AT, SESSIONS)
