"""
What happens to contracts after hours, and when anybody reads of it.

    the bell         day orders expire
    assignment       positions and cash move at once; its record is posted next morning
    the night after  every contract that expired is settled by the official close: shorts
                     in the money are assigned, longs exercised, the rest expires

Records are posted at 06:00 New York of the next session; a contract that is one cent in
the money is exercised (OCC Rule 805).
"""

from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache

from botd.calendar import new_york
from tests.servers.exchange_account import Account
from tests.servers.exchange_calendar import ExchangeCalendar
from tests.servers.exchange_rules import Series, series
from tests.servers.orders import Activity, ActivityKind, ExchangeOrder

_POSTED = time(6, 0)
_SETTLED = time(20, 0)
_CENT = Decimal("0.01")
_SHARES_PER_CONTRACT = 100


def assign(exchange: Account, symbol: str, quantity: int) -> None:
    """Take short contracts away, and move what they deliver."""
    today = new_york.day_of(exchange.now())
    _end(exchange, _named(symbol), -quantity, ActivityKind.ASSIGNMENT, today)


def exercise(exchange: Account, symbol: str, quantity: int) -> None:
    """Take long contracts away, and move what they deliver."""
    today = new_york.day_of(exchange.now())
    _end(exchange, _named(symbol), quantity, ActivityKind.EXERCISE, today)


def expire(exchange: Account, day: date) -> None:
    """Settle what expires on *day* and whose official close is known."""
    for symbol, quantity in list(exchange.held.items()):
        found = series(symbol)
        if found is None or found.expiration != day:
            continue
        last = exchange.calendar.on_or_before(day).day
        spot = exchange.official.get((found.underlying, last))
        if spot is None:
            continue
        if found.intrinsic(spot) < _CENT:
            _end(exchange, found, quantity, ActivityKind.EXPIRATION, last)
        elif found.is_cash_settled:
            _settle(exchange, found, quantity, found.intrinsic(spot), last)
        else:
            kind = ActivityKind.ASSIGNMENT if quantity < 0 else ActivityKind.EXERCISE
            _end(exchange, found, quantity, kind, last)


def settle_nights(exchange: Account) -> None:
    """Settle the expiration days whose evening has come."""
    now = exchange.now()
    for day in sorted({found.expiration for found in map(series, exchange.held) if found}):
        if _evening(day) <= now:
            expire(exchange, day)


def bell(exchange: Account, order: ExchangeOrder) -> datetime:
    """Tell when a day order ends."""
    return ends_at(exchange.calendar, order.submitted_at)


def ends_at(calendar: ExchangeCalendar, submitted_at: datetime) -> datetime:
    """Tell when a day order of an instant ends: its session's close, or the next one's."""
    day = new_york.day_of(submitted_at)
    hours = calendar.hours(day)
    if hours is None or submitted_at >= hours.closes_at:
        hours = calendar.after(day)
    return hours.closes_at


@lru_cache
def _evening(day: date) -> datetime:
    return new_york.from_wall(day, _SETTLED)


def posting_time(exchange: Account, day: date) -> datetime:
    """Tell when the records of a day can be read."""
    return new_york.from_wall(exchange.calendar.after(day).day, _POSTED)


def _named(symbol: str) -> Series:
    found = series(symbol)
    if found is None:
        raise ValueError(f"{symbol!r} is no option")
    return found


def _end(exchange: Account, found: Series, quantity: int, kind: ActivityKind, day: date) -> None:
    """End *quantity* contracts, signed as they are held."""
    exchange.hold({found.symbol: -quantity})
    if kind is ActivityKind.EXPIRATION:
        _record(exchange, day, kind, found.symbol, quantity)
        return
    group = _record(exchange, day, kind, found.symbol, quantity, price=found.strike)
    # A short put buys, a short call sells; the holder does the opposite.
    shares = quantity * _SHARES_PER_CONTRACT * (1 if found.right == "C" else -1)
    cash = -shares * found.strike
    exchange.hold({found.underlying: shares})
    exchange.cash += cash
    _record(
        exchange,
        day,
        ActivityKind.SHARES,
        found.underlying,
        shares,
        price=found.strike,
        cash=cash,
        group=group,
    )


def _settle(exchange: Account, found: Series, quantity: int, value: Decimal, day: date) -> None:
    cash = quantity * value * _SHARES_PER_CONTRACT
    exchange.hold({found.symbol: -quantity})
    exchange.cash += cash
    kind = ActivityKind.CASH_SETTLEMENT
    _record(exchange, day, kind, found.symbol, quantity, price=value, cash=cash)


def _record(
    exchange: Account,
    day: date,
    kind: ActivityKind,
    symbol: str,
    quantity: int,
    *,
    price: Decimal | None = None,
    cash: Decimal = Decimal(0),
    group: str | None = None,
) -> str:
    number = len(exchange.activities) + 1
    found = group or f"g{number}"
    exchange.activities.append(
        Activity(
            number=number,
            kind=kind,
            symbol=symbol,
            quantity=quantity,
            price=price,
            cash=cash,
            day=day,
            posted_at=posting_time(exchange, day),
            group=found,
        )
    )
    return found
