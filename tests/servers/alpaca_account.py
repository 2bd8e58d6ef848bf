"""
An account as Alpaca's JSON has it: balances, positions, activities, clock, calendar.

All numbers are text. A short position has a negative quantity and "side": "short".
Activities of options carry the change of the position in `qty` (an assignment of two
short contracts is "2", an exercise of two long ones "-2") and post the next day; `OPTRD`
is what the event moved in shares, and `group_id` holds the lines of one event together.

Source: reference/brokers.md sections 1.1, 1.2, 1.3, 1.7; the vendor's page on
non-trade activities for option events.
"""

import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from botd.calendar import new_york
from tests.servers.alpaca_orders import Json, asset_class, asset_id, order_id, price, serial, stamp
from tests.servers.alpaca_words import text
from tests.servers.exchange import Exchange
from tests.servers.exchange_calendar import ExchangeCalendar, Hours
from tests.servers.exchange_rules import multiplier
from tests.servers.orders import Activity, ActivityKind, ExchangeOrder, Execution

_SPACE = uuid.UUID("7c0b1f7e-1a2b-4c3d-8e4f-5a6b7c8d9e0f")
_PLAIN = "%Y-%m-%dT%H:%M:%S"
_SETTLED_AFTER = 1  # sessions
TYPES = {
    ActivityKind.ASSIGNMENT: ("OPASN", "Option Assignment"),
    ActivityKind.EXERCISE: ("OPEXC", "Option Exercise"),
    ActivityKind.EXPIRATION: ("OPEXP", "Option Expiry"),
    ActivityKind.CASH_SETTLEMENT: ("OPCSH", "Option Cash Settlement"),
    ActivityKind.SHARES: ("OPTRD", "Option Trade"),
}


def account(exchange: Exchange, *, level: int) -> Json:
    """Write the account: what it may do, and what it has."""
    long, short = (value(exchange, is_long=is_long) for is_long in (True, False))
    equity = exchange.cash + long + short
    money = {
        **dict.fromkeys(("cash", "non_marginable_buying_power"), exchange.cash),
        **dict.fromkeys(("buying_power", "regt_buying_power"), exchange.cash),
        **dict.fromkeys(("options_buying_power", "sma"), exchange.cash),
        **dict.fromkeys(("equity", "portfolio_value", "last_equity"), equity),
        "long_market_value": long,
        "short_market_value": short,
        "position_market_value": long + short,
        "initial_margin": abs(short),
        "maintenance_margin": abs(short),
        "last_maintenance_margin": Decimal(0),
        "accrued_fees": Decimal(0),
        "pending_reg_taf_fees": Decimal(0),
        "pending_transfer_in": Decimal(0),
        "intraday_adjustments": Decimal(0),
    }
    return {
        "id": str(uuid.uuid5(_SPACE, exchange.account)),
        "account_number": exchange.account,
        "status": "ACTIVE",
        "crypto_status": "ACTIVE",
        "currency": "USD",
        "admin_configurations": {},
        "user_configurations": None,
        "created_at": "2015-01-02T14:30:00.123456Z",
        "balance_asof": new_york.day_of(exchange.now()).isoformat(),
        "multiplier": "2",
        "shorting_enabled": True,
        "account_blocked": bool(exchange.blocked),
        "trading_blocked": bool(exchange.blocked),
        "transfers_blocked": False,
        "trade_suspended_by_user": False,
        "options_approved_level": level,
        "options_trading_level": level,
        **{name: text(amount) for name, amount in money.items()},
    }


def value(exchange: Exchange, *, is_long: bool) -> Decimal:
    """Tell the market value of what is held long, or short (below zero), in dollars."""
    return sum(
        (
            quantity * multiplier(symbol) * mark(exchange, symbol)
            for symbol, quantity in exchange.held.items()
            if (quantity > 0) is is_long
        ),
        Decimal(0),
    )


def mark(exchange: Exchange, symbol: str) -> Decimal:
    """Give the price at which a position is valued: last trade, else mid, else zero."""
    if symbol in exchange.trades:
        return exchange.trades[symbol].price
    quote = exchange.quotes.get(symbol)
    if quote is None:
        return Decimal(0)
    sides = [side for side in (quote.bid, quote.ask) if side is not None]
    return sum(sides, Decimal(0)) / len(sides) if sides else Decimal(0)


def position(exchange: Exchange, symbol: str) -> Json:
    """Write one position; its entry price is not known here, and told as the mark."""
    quantity = exchange.held[symbol]
    held = sum(exchange.holders(symbol, is_buy=quantity < 0).values())
    free = max(abs(quantity) - held, 0)
    now = mark(exchange, symbol)
    worth = text(now * quantity * multiplier(symbol))
    zeros = ("unrealized_pl", "unrealized_plpc", "unrealized_intraday_pl")
    return {
        "asset_id": asset_id(symbol),
        "symbol": symbol,
        "exchange": "NASDAQ" if asset_class(symbol) == "us_equity" else "",
        "asset_class": asset_class(symbol),
        "asset_marginable": asset_class(symbol) == "us_equity",
        "qty": str(quantity),
        "qty_available": str(free if quantity > 0 else -free),
        "side": "long" if quantity > 0 else "short",
        "market_value": worth,
        "cost_basis": worth,
        **dict.fromkeys(("avg_entry_price", "current_price", "lastday_price"), price(now)),
        **dict.fromkeys((*zeros, "unrealized_intraday_plpc", "change_today"), "0"),
    }


def clock(calendar: ExchangeCalendar, now: datetime) -> Json:
    """Write the clock, in New York time with its offset."""
    local = new_york.to_wall(now)
    return {
        "timestamp": f"{local:%Y-%m-%dT%H:%M:%S.%f}000{_offset(local)}",
        "is_open": calendar.is_open(now),
        "next_open": _at(calendar.next_open(now)),
        "next_close": _at(calendar.next_close(now)),
    }


def calendar_day(calendar: ExchangeCalendar, hours: Hours) -> Json:
    """Write one trading day; the pre- and post-market hours have no colon."""
    return {
        "date": hours.day.isoformat(),
        "open": f"{new_york.to_wall(hours.opens_at):%H:%M}",
        "close": f"{new_york.to_wall(hours.closes_at):%H:%M}",
        "session_open": "0400",
        "session_close": "2000",
        "settlement_date": settles_on(calendar, hours.day).isoformat(),
    }


def settles_on(calendar: ExchangeCalendar, day: date) -> date:
    """Give the session after a trading day."""
    return calendar.after(day).day


def sessions(calendar: ExchangeCalendar, first: date, last: date) -> Iterator[Hours]:
    """Give the trading days from *first* to *last*."""
    for offset in range((last - first).days + 1):
        if hours := calendar.hours(first + timedelta(days=offset)):
            yield hours


def activities(exchange: Exchange) -> list[Json]:
    """Write all that has been posted, oldest first: option events and fills."""
    events = [event(each) for each in exchange.posted()]
    fills = [
        each
        for order in exchange.orders.values()
        for number, execution in enumerate(order.executions, start=1)
        for each in fill(order, execution, number)
    ]
    return sorted(events + fills, key=lambda each: str(each["id"]))


def event(activity: Activity) -> Json:
    """Write one line on an option's end, or on the shares that it moved."""
    kind, description = TYPES[activity.kind]
    is_shares = activity.kind is ActivityKind.SHARES
    line: Json = {
        "id": f"{activity.posted_at:%Y%m%d}000000000::{uuid.uuid5(_SPACE, str(activity.number))}",
        "activity_type": kind,
        "date": activity.day.isoformat(),
        "created_at": stamp(activity.posted_at),
        "net_amount": text(activity.cash),
        "description": description,
        "symbol": activity.symbol,
        "qty": str(activity.quantity if is_shares else -activity.quantity),
        "status": "executed",
        "currency": "USD",
        "group_id": str(uuid.uuid5(_SPACE, activity.group)),
    }
    if is_shares:
        line["price"] = price(activity.price)
    return line


def fill(order: ExchangeOrder, execution: Execution, number: int) -> Iterator[Json]:
    """Write one line for each leg of an execution."""
    done = sum(each.units for each in order.executions[:number])
    left = order.units - done
    is_package = len(order.legs) > 1
    for leg, (symbol, ratio) in enumerate(order.legs, start=1):
        name = f"{order.number}/{execution.execution_id}/{symbol}"
        yield {
            "id": f"{execution.at:%Y%m%d%H%M%S}{execution.at.microsecond // 1000:03d}"
            f"::{uuid.uuid5(_SPACE, name)}",
            "activity_type": "FILL",
            "transaction_time": stamp(execution.at, serial(order)),
            "type": "partial_fill" if left else "fill",
            "price": price(execution.leg_prices[symbol]),
            "qty": str(execution.units * abs(ratio)),
            "side": "buy" if ratio > 0 else "sell",
            "symbol": symbol,
            "leaves_qty": str(left * abs(ratio)),
            "cum_qty": str(done * abs(ratio)),
            "order_id": order_id(order.number, leg if is_package else 0),
            "order_status": "partially_filled" if left else "filled",
        }


def _at(at: datetime) -> str:
    local = new_york.to_wall(at)
    return f"{local:{_PLAIN}}{_offset(local)}"


def _offset(local: datetime) -> str:
    sign_hours_minutes = f"{local:%z}"
    return f"{sign_hours_minutes[:3]}:{sign_hours_minutes[3:5]}"
