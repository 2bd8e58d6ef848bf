"""
Tradier's JSON, which was XML before: orders, positions, balances, quotes, records.

One element of a list is an object and not a list; no element at all is the text "null".
Numbers are floats, instants are ISO in UTC or epoch milliseconds.

Sources: reference/brokers.md section 2; docs.tradier.com, "Orders", "Positions",
"Balances", "Quotes", "History", "Calendar", "Clock", "Account Streaming Responses".
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from botd.calendar import new_york
from tests.servers.exchange import Exchange
from tests.servers.exchange_rules import series
from tests.servers.orders import Activity, ActivityKind, ExchangeOrder, OrderState
from tests.servers.tradier_words import errors

Json = dict[str, Any]

_INDEXES = frozenset({"SPX", "NDX", "RUT", "VIX", "XSP", "DJX"})
_STATUS = {
    OrderState.PENDING: "pending",
    OrderState.WORKING: "open",
    OrderState.CANCEL_PENDING: "open",  # no state of its own is documented
    OrderState.REPLACE_PENDING: "open",
    OrderState.FILLED: "filled",
    OrderState.CANCELED: "canceled",
    OrderState.EXPIRED: "expired",
    OrderState.REJECTED: "rejected",
    OrderState.REPLACED: "canceled",
}
_OPENS, _CLOSES = timedelta(hours=7), timedelta(hours=20)  # of a day, pre- and postmarket


def translated(container: str, element: str, found: Sequence[Json]) -> Json:
    """Give a list as XML translated to JSON has it."""
    if not found:
        return {container: "null"}
    return {container: {element: found[0] if len(found) == 1 else list(found)}}


def theirs(symbol: str) -> str:
    """Write a symbol: share classes stand after a slash."""
    return symbol.replace(".", "/")


def order(found: ExchangeOrder, *, with_tag: bool) -> Json:
    """Write an order, a package with its legs."""
    is_package = len(found.legs) > 1
    written = _common(found, found.id, found.filled_units, found.units) | {
        "class": "multileg" if is_package else _class_of(found.legs[0][0]),
        "symbol": _root_symbol(found.legs[0][0]),
        "side": "buy" if is_package else _side(found, *found.legs[0]),
        "avg_fill_price": _number(abs(found.average_net_price or Decimal(0))),
    }
    if with_tag and found.client_order_id is not None:
        written["tag"] = found.client_order_id
    if found.rejection is not None:
        written["reason_description"] = " ".join(errors(found.rejection, found.legs))
    if not is_package:
        return written | _named(found.legs[0][0])
    legs = [_leg(found, index) for index in range(len(found.legs))]
    return written | {"num_legs": len(legs), "strategy": "freeform", "leg": legs}


def event(found: ExchangeOrder, account: str) -> Json:
    """Write what the stream says of an order."""
    written = order(found, with_tag=True)
    kept = ("id", "status", "type", "price", "avg_fill_price", "exec_quantity", "tag")
    dates = ("last_fill_quantity", "remaining_quantity", "transaction_date", "create_date")
    chosen = {key: written[key] for key in (*kept, *dates) if key in written}
    return {"event": "order", "account": account, **chosen}


def position(symbol: str, quantity: int, number: int) -> Json:
    """Write a position."""
    return {
        "cost_basis": 0.0,
        "date_acquired": "2015-12-21T14:41:11.405Z",
        "id": 130_000 + number,
        "quantity": float(quantity),
        "symbol": theirs(symbol),
    }


def balances(exchange: Exchange) -> Json:
    """Write the balances of a margin account."""
    return {
        "balances": {
            "account_number": exchange.account,
            "account_type": "margin",
            "total_cash": _number(exchange.cash),
            "total_equity": _number(exchange.cash),
            "pending_orders_count": sum(1 for _ in exchange.live()),
            "margin": {"fed_call": 0, "maintenance_call": 0, "sweep": 0},
        }
    }


def profile(exchange: Exchange, others: Sequence[str]) -> Json:
    """Write the user's accounts."""
    own = {
        "account_number": exchange.account,
        "classification": "individual_margin",
        "date_created": "2012-08-01T21:08:55.000Z",
        "day_trader": False,
        "option_level": exchange.options_level,
        "status": "closed" if exchange.blocked else "active",
        "type": "margin",
    }
    found = [own, *(own | {"account_number": other} for other in others)]
    return {
        "profile": {
            "account": found[0] if len(found) == 1 else found,
            "id": "id-gcostanza",
            "name": "George Costanza",
        }
    }


def quotes(exchange: Exchange, symbols: Sequence[str]) -> Json:
    """Write quotes; what is not known is named apart."""
    known = [each for each in symbols if each in exchange.quotes or each in exchange.trades]
    unknown = [theirs(each) for each in symbols if each not in known]
    written = translated("quotes", "quote", [_quote(exchange, each) for each in known])
    if unknown:
        inside = {} if not known else written["quotes"]
        listed = unknown[0] if len(unknown) == 1 else unknown
        written["quotes"] = {**inside, "unmatched_symbols": {"symbol": listed}}
    return written


def record(activity: Activity, names: str | None) -> Json:
    """
    Write one line of the nightly history.

    *names*: where the contract stands, "symbol" or "description"; the documented sample
    of an expiration has it nowhere. The words for the other endings are not documented.
    """
    kind, words = {
        ActivityKind.EXPIRATION: ("OPTEXP", "Expired"),
        ActivityKind.ASSIGNMENT: ("ASSIGNMENT", "Assigned"),
        ActivityKind.EXERCISE: ("EXERCISE", "Exercised"),
        ActivityKind.CASH_SETTLEMENT: ("CASH SETTLEMENT", "Cash settled"),
        ActivityKind.SHARES: ("", ""),
    }[activity.kind]
    day = f"{activity.day:%Y-%m-%d}T00:00:00Z"
    if activity.kind is ActivityKind.SHARES:
        trade = {"symbol": activity.symbol, "quantity": float(activity.quantity), "commission": 0}
        return {"amount": _number(activity.cash), "date": day, "type": "trade", "trade": trade}
    option: Json = {
        "option_type": kind,
        "description": words,
        "quantity": float(-activity.quantity),
    }
    if names == "symbol":
        option["symbol"] = activity.symbol
    elif names == "description":
        option["description"] = f"{words} {_described(activity.symbol)}"
    return {"amount": _number(activity.cash), "date": day, "type": "option", "option": option}


def clock(exchange: Exchange) -> Json:
    """Write the clock: epoch seconds, and one of four states."""
    now = exchange.now()
    wall = new_york.to_wall(now)
    hours = exchange.calendar.hours(wall.date())
    since = timedelta(hours=wall.hour, minutes=wall.minute)
    state = "closed"
    if hours is not None and _OPENS <= since < _CLOSES:
        state = "open" if hours.opens_at <= now < hours.closes_at else "premarket"
        state = "postmarket" if now >= hours.closes_at else state
    return {
        "clock": {
            "date": wall.date().isoformat(),
            "description": f"Market is {state}",
            "state": state,
            "timestamp": int(now.timestamp()),
            "next_change": "16:00",
            "next_state": "postmarket",
        }
    }


def calendar(exchange: Exchange, year: int, month: int) -> Json:
    """Write a month's days, sessions or not, in New York wall times."""
    first = date(year, month, 1)
    days = [first + timedelta(days=offset) for offset in range(31)]
    found = [_calendar_day(exchange, day) for day in days if day.month == month]
    return {"calendar": {"month": month, "year": year, "days": {"day": found}}}


def history(exchange: Exchange, symbol: str, first: date, last: date) -> Json:
    """Write daily prices of the days whose close is known."""
    found = [
        {"date": day.isoformat(), "open": 0.0, "high": 0.0, "low": 0.0, "close": _number(price)}
        for (name, day), price in sorted(exchange.official.items())
        if name == symbol and first <= day <= last
    ]
    return translated("history", "day", found)


def stamp(at: datetime) -> str:
    """Write an instant to the millisecond."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def _common(found: ExchangeOrder, number: str, done: int, wanted: int) -> Json:
    state = _STATUS[found.state]
    if state == "open" and found.filled_units:
        state = "partially_filled"
    last = found.executions[-1].units if found.executions else 0
    return {
        "id": int(number),
        **_price(found),
        "quantity": float(wanted),
        "status": state,
        "duration": "day",
        "exec_quantity": float(done),
        "last_fill_price": 0.0,
        "last_fill_quantity": float(last),
        "remaining_quantity": 0.0 if found.is_final else float(wanted - done),
        "create_date": stamp(found.submitted_at),
        "transaction_date": stamp(found.updated_at),
    }


def _price(found: ExchangeOrder) -> Json:
    limit = found.net_limit
    if limit is None:
        return {"type": "market"}
    if len(found.legs) == 1:
        return {"type": "limit", "price": _number(abs(limit))}
    if limit == 0:
        return {"type": "even"}
    return {"type": "credit" if limit > 0 else "debit", "price": _number(abs(limit))}


def _leg(found: ExchangeOrder, index: int) -> Json:
    symbol, ratio = found.legs[index]
    size = abs(ratio)
    number = f"{found.number}{index + 1:02d}"
    written = _common(found, number, found.filled_units * size, found.units * size)
    return written | {
        "class": _class_of(symbol),
        "symbol": _root_symbol(symbol),
        "side": _side(found, symbol, ratio),
        "avg_fill_price": _number(found.average_leg_price(symbol) or Decimal(0)),
        **_named(symbol),
    }


def _class_of(symbol: str) -> str:
    return "equity" if series(symbol) is None else "option"


def _root_symbol(symbol: str) -> str:
    found = series(symbol)
    return theirs(symbol if found is None else found.underlying)


def _named(symbol: str) -> Json:
    return {} if series(symbol) is None else {"option_symbol": symbol}


def _side(found: ExchangeOrder, symbol: str, ratio: int) -> str:
    if series(symbol) is None:
        return "buy" if ratio > 0 else "sell"
    effect = "close" if found.closes else "open"
    return f"{'buy' if ratio > 0 else 'sell'}_to_{effect}"


def _quote(exchange: Exchange, symbol: str) -> Json:
    shown, traded = exchange.quotes.get(symbol), exchange.trades.get(symbol)
    contract = series(symbol)
    lot = 1 if contract is not None else 100
    written: Json = {
        "symbol": theirs(symbol),
        "type": "option" if contract else "index" if symbol in _INDEXES else "stock",
        "last": None if traded is None else _number(traded.price),
        "trade_date": 0 if traded is None else _milliseconds(traded.at),
        "bid": 0.0 if shown is None else _number(shown.bid or Decimal(0)),
        "ask": 0.0 if shown is None else _number(shown.ask or Decimal(0)),
        "bidsize": 0 if shown is None or shown.bid is None else shown.bid_size // lot,
        "asksize": 0 if shown is None or shown.ask is None else shown.ask_size // lot,
        "bid_date": 0 if shown is None else _milliseconds(shown.at),
        "ask_date": 0 if shown is None else _milliseconds(shown.at),
    }
    if contract is None:
        return written
    return written | {
        "underlying": theirs(contract.underlying),
        "strike": _number(contract.strike),
        "contract_size": 100,
        "expiration_date": contract.expiration.isoformat(),
        "expiration_type": "standard",
        "option_type": "call" if contract.right == "C" else "put",
        "root_symbol": contract.root,
    }


def _calendar_day(exchange: Exchange, day: date) -> Json:
    hours = exchange.calendar.hours(day)
    if hours is None:
        return {"date": day.isoformat(), "status": "closed", "description": "Market is closed"}
    opens, closes = (new_york.to_wall(at) for at in (hours.opens_at, hours.closes_at))
    return {
        "date": day.isoformat(),
        "status": "open",
        "description": "Market is open",
        "premarket": {"start": "07:00", "end": "09:24"},
        "open": {"start": f"{opens:%H:%M}", "end": f"{closes:%H:%M}"},
        "postmarket": {"start": f"{closes:%H:%M}", "end": "20:00"},
    }


def _described(symbol: str) -> str:
    found = series(symbol)
    if found is None:
        return symbol
    right = "CALL" if found.right == "C" else "PUT"
    return f"{right} {found.root}   {found.expiration:%m/%d/%y}   {found.strike.normalize():f}"


def _number(value: Decimal) -> float:
    return float(value)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
