"""Futures, event contracts and crypto options as the tests of the domain hold them."""

from datetime import UTC, date, datetime
from decimal import Decimal

from botd.domain.bot import Expiration
from botd.domain.contract import Future, Leg, OptionContract, Shares
from botd.domain.decide import Case
from botd.domain.decision import LegMoneyness, Moneyness
from botd.domain.instruments import ending, parse_instrument
from botd.domain.lots import open_position
from botd.domain.position import Policy, Position
from botd.domain.schedule import around_the_clock, closes_at, expiration_of
from tests.domain.trading_days import weekdays

# November 2026: 08:00 UTC of the Friday after Thanksgiving is no session's close.
SESSIONS = weekdays(
    date(2026, 9, 1),
    date(2027, 3, 31),
    closed={date(2026, 11, 26), date(2026, 12, 25), date(2027, 1, 1)},
    half={date(2026, 11, 27)},
)
T = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 27, 7, 50, tzinfo=UTC)  # T-10

BTC_CALL = "crypto:BTC-27NOV26-90000-C"
BTC_WING = "crypto:BTC-27NOV26-95000-C"
YES, NO = "event:100:YES", "event:100:NO"
ES, CL = "future:ES 12-26", "future:CL 12-26"


def leg(symbol: str, quantity: int = 1, ends_at: datetime | None = T) -> Leg:
    """Hold one; what is told its end ends at T."""
    return Leg(contract(symbol, ends_at), quantity)


def contract(symbol: str, ends_at: datetime | None = T) -> OptionContract | Future:
    """Name one that ends; what is told its end ends at T."""
    found = ending(parse_instrument(symbol), ends_at)
    if isinstance(found, Shares):
        raise TypeError(symbol)
    return found


def held(
    *legs: Leg,
    units: int = 1,
    net_price: str = "-62",
    policy: Policy | None = None,
) -> Position:
    """Open a position of *legs*."""
    return open_position(
        Position(
            id="kind-1",
            number=1,
            bot="kinds",
            broker="other",
            account="Sim101",
            underlying=legs[0].instrument.underlying,
            strategy="custom",
            legs=legs,
            units=units,
            opened_at=datetime(2026, 11, 20, 15, 0, tzinfo=UTC),
            open_net_price=Decimal(net_price),
            expiration=expiration_of(legs, SESSIONS),
            closes_at=closes_at(legs, SESSIONS),
            policy=policy,
        )
    )


def case(position: Position, spot: str | None = None, state: str = "UNKNOWN") -> Case:
    """Put a position before the protocol, its options judged as *state* says."""
    lot = position.lots[0]
    price = None if spot is None else Decimal(spot)
    return Case(
        position=position,
        lot=lot,
        expiring=lot.legs,
        moneyness=tuple(
            LegMoneyness(one.symbol, Moneyness(state), one.instrument.strike, price, NOW)
            for one in lot.legs
            if isinstance(one.instrument, OptionContract)
        ),
        rules=Expiration(),
        shares_held=0,
        cash=Decimal(0),
        attempt_number=0,
        is_last=False,
        quotes={},
        session=around_the_clock(T, NOW),
    )
