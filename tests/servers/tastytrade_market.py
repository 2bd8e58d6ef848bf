"""
Markets as tastytrade's JSON has them: quotes, sessions, instruments.

Market data has keys in camelCase and numbers that are numbers; everything else has dashes,
and prices that are text. A close is `FINAL` once it is official; until then there is none.

Source: reference/brokers.md section 3.2; market-data.md, market-sessions.md, instruments.md.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from botd.calendar import new_york
from tests.servers import tastytrade_words as say
from tests.servers.exchange import Exchange
from tests.servers.exchange_rules import Ticks, series, ticks_of
from tests.servers.face import Request
from tests.servers.tastytrade_orders import compact, padded, stamp
from tests.servers.tastytrade_words import Json, Refused

_MOST = 100
_INDICES = frozenset({"SPX", "NDX", "RUT", "VIX", "XSP", "DJX", "OEX", "XND", "MRUT"})


def by_type(exchange: Exchange, request: Request) -> list[Json]:
    """Write the quotes that are asked for; what is not known is missing."""
    asked = [
        (name, symbol)
        for name in ("equity", "equity-option", "index")
        for symbol in request.all_asked(f"{name}[]")
    ]
    if len(asked) > _MOST:
        raise Refused(say.BAD_BODY)
    found = (_shown(exchange, name, symbol) for name, symbol in asked)
    return [item for item in found if item is not None]


def _shown(exchange: Exchange, name: str, symbol: str) -> Json | None:
    own = compact(symbol)
    is_index = own in _INDICES
    is_rightly_asked = (name == "index") is is_index and symbol == padded(own)
    quote, trade = exchange.quotes.get(own), exchange.trades.get(own)
    if not is_rightly_asked or (quote is None and trade is None):
        return None
    item: Json = {"symbol": symbol, "instrumentType": _type(name)}
    if quote is not None:
        item |= {"bidSize": float(quote.bid_size), "askSize": float(quote.ask_size)}
        item |= {} if quote.bid is None else {"bid": float(quote.bid)}
        item |= {} if quote.ask is None else {"ask": float(quote.ask)}
        item["updatedAt"] = stamp(quote.at)
    if trade is not None:
        item |= {"last": float(trade.price), "lastTradeTime": int(trade.at.timestamp() * 1000)}
        item.setdefault("updatedAt", stamp(trade.at))
    item["tradingHalted"] = own in exchange.halted
    return item | _closes(exchange, own)


def _type(name: str) -> str:
    return {"equity": "Equity", "equity-option": "Equity Option", "index": "Index"}[name]


def _closes(exchange: Exchange, symbol: str) -> Json:
    """Write the closes of the last session that has begun, and of the one before."""
    today = exchange.calendar.on_or_before(new_york.day_of(exchange.now())).day
    before = exchange.calendar.on_or_before(today - timedelta(days=1)).day
    close = exchange.official.get((symbol, today))
    found: Json = {"summaryDate": today.isoformat(), "closePriceType": "REGULAR"}
    if close is not None:
        found |= {"close": float(close), "closePriceType": "FINAL"}
    previous = exchange.official.get((symbol, before))
    if previous is not None:
        found |= {
            "prevClose": float(previous),
            "prevCloseDate": before.isoformat(),
            "prevClosePriceType": "FINAL",
        }
    return found


def sessions(exchange: Exchange, first: date, last: date) -> list[Json]:
    """Write the sessions from one day to another; days without one are missing."""
    return list(_sessions(exchange, first, last))


def _sessions(exchange: Exchange, first: date, last: date) -> Iterator[Json]:
    for number in range((last - first).days + 1):
        hours = exchange.calendar.hours(first + timedelta(days=number))
        if hours is not None:
            yield {
                "start-at": stamp(hours.opens_at - timedelta(hours=2, minutes=30)),
                "open-at": stamp(hours.opens_at),
                "close-at": stamp(hours.closes_at),
                "close-at-ext": stamp(hours.closes_at + timedelta(hours=4)),
                "instrument-collection": "Equity",
            }


def equities(exchange: Exchange, symbols: tuple[str, ...]) -> list[Json]:
    """Write underlyings."""
    return [
        {
            "symbol": symbol,
            "instrument-type": "Equity",
            "is-index": symbol in _INDICES,
            "active": True,
            "is-closing-only": False,
            "is-options-closing-only": False,
            "option-tick-sizes": _ticks(ticks_of(f"{symbol}991231C00001000", exchange.ticks)),
        }
        for symbol in symbols
    ]


def _ticks(ticks: Ticks) -> list[Json]:
    if ticks.low == ticks.high:
        return [{"value": _text(ticks.low)}]
    return [{"value": _text(ticks.low), "threshold": "3.0"}, {"value": _text(ticks.high)}]


def equity_options(exchange: Exchange, symbols: tuple[str, ...]) -> list[Json]:
    """Write contracts; what is neither quoted nor held is not known."""
    return list(_options(exchange, symbols))


def _options(exchange: Exchange, symbols: tuple[str, ...]) -> Iterator[Json]:
    for symbol in symbols:
        own = compact(symbol)
        found = series(own)
        if found is None or (own not in exchange.quotes and own not in exchange.held):
            continue
        ends_at = exchange.calendar.on_or_before(found.expiration).closes_at
        item: Json = {
            "symbol": padded(own),
            "instrument-type": "Equity Option",
            "active": exchange.now() < ends_at,
            "strike-price": str(found.strike),
            "root-symbol": found.root,
            "underlying-symbol": found.underlying,
            "expiration-date": found.expiration.isoformat(),
            "exercise-style": "European" if found.is_cash_settled else "American",
            "settlement-type": "PM",
            "shares-per-contract": 100,
            "option-type": found.right,
            "stops-trading-at": stamp(ends_at),
            "expires-at": stamp(ends_at),
            "is-closing-only": False,
        }
        if own in exchange.untradable:
            item["halted-at"] = stamp(exchange.now())
        yield item


def _text(tick: Decimal) -> str:
    return format(tick.normalize(), "f")
