"""Contracts and positions as the tests of the domain open them."""

from datetime import UTC, date, datetime
from decimal import Decimal

from botd.domain.contract import (
    Delivery,
    ExerciseStyle,
    LastSession,
    Leg,
    OptionContract,
    Right,
    RootSpec,
    Settlement,
    Shares,
)
from botd.domain.lots import open_position
from botd.domain.position import Position

OPENED_AT = datetime(2015, 12, 18, 15, 0, tzinfo=UTC)
EXPIRATION = date(2015, 12, 24)
LATER_EXPIRATION = date(2016, 1, 15)
CLOSES_AT = datetime(2015, 12, 24, 18, 0, tzinfo=UTC)

STOCK = RootSpec(root="GOOG", underlying="GOOG", product_class="equity")
ADJUSTED = RootSpec(root="GOOG1", underlying="GOOG", product_class="equity", is_adjusted=True)
INDEX_PM = RootSpec(
    root="SPXW",
    underlying="SPX",
    product_class="index_pm",
    exercise_style=ExerciseStyle.EUROPEAN,
    delivery=Delivery.CASH,
)
INDEX_AM = RootSpec(
    root="SPX",
    underlying="SPX",
    product_class="index_am",
    exercise_style=ExerciseStyle.EUROPEAN,
    delivery=Delivery.CASH,
    settlement=Settlement.AM,
    last_session=LastSession.BEFORE,
)
STOCK_SHARES = Shares("GOOG")


def call(strike: str, spec: RootSpec = STOCK, expiration: date = EXPIRATION) -> OptionContract:
    return OptionContract(spec, expiration, Right.CALL, Decimal(strike))


def put(strike: str, spec: RootSpec = STOCK, expiration: date = EXPIRATION) -> OptionContract:
    return OptionContract(spec, expiration, Right.PUT, Decimal(strike))


def position_of(
    *legs: Leg,
    units: int = 1,
    net_price: str = "1.00",
    id: str = "goog-1",  # noqa: A002 - the field's own name
    opened_at: datetime = OPENED_AT,
) -> Position:
    """Open a position of *legs* under its bot's management."""
    return open_position(
        Position(
            id=id,
            number=1,
            bot="iron-condors",
            broker="alpaca",
            account="PA3ABCDEF",
            underlying="GOOG",
            strategy="custom",
            legs=legs,
            units=units,
            opened_at=opened_at,
            open_net_price=Decimal(net_price),
            expiration=EXPIRATION,
            closes_at=CLOSES_AT,
        ),
    )
