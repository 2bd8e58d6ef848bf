"""
Market data as Alpaca's second host has it: numbers, short keys, nanoseconds.

    options   opra where subscribed; else indicative: quotes modified, trades a quarter of
              an hour late. Symbols are OCC; one that is none spoils the whole request
    stocks    sip where subscribed; else iex; delayed_sip is a quarter of an hour late
    quotes    a side that nobody quotes is 0
    unknown   a symbol without data is missing from the answer
    bars      the day's bar grows until the official close; auctions tell that close alone

Source: reference/brokers.md section 1.3, market-data-api.json.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from botd.calendar import new_york
from tests.servers import alpaca_words as say
from tests.servers.alpaca_orders import Json, stamp
from tests.servers.alpaca_rules import Contract
from tests.servers.alpaca_words import Refused, Words
from tests.servers.exchange import Exchange
from tests.servers.face import Request
from tests.servers.orders import BidAsk, LastSale

_LATE = timedelta(minutes=15)
_MOST_OPTIONS = 100
_MOST_POINTS = 10_000
_CENT = Decimal("0.01")
_TICKER = re.compile(r"[A-Z][A-Z.]{0,9}")
_OPTION_FEEDS = ("opra", "indicative")
_STOCK_FEEDS = ("sip", "iex", "delayed_sip", "otc", "boats", "overnight")
_TIMEFRAMES = {"1Day": "day", "1D": "day", "1Min": "minute", "1T": "minute"}


@dataclass(slots=True)
class Subscription:
    """What the keys may see."""

    has_opra: bool = True
    has_sip: bool = True
    opra_refusal: Words = say.NO_OPRA  # 403; some keys are answered 422
    sip_refusal: Words = say.NO_SIP

    def option_feed(self, asked: str | None) -> str:
        """Choose the feed of options; an unsubscribed one is refused."""
        if asked not in (None, *_OPTION_FEEDS):
            raise Refused(say.bad_data_request(f"invalid feed: {asked}"))
        if asked == "opra" and not self.has_opra:
            raise Refused(self.opra_refusal)
        return asked or ("opra" if self.has_opra else "indicative")

    def stock_feed(self, asked: str | None) -> str:
        """Choose the feed of stocks; an unsubscribed one is refused."""
        if asked not in (None, *_STOCK_FEEDS):
            raise Refused(say.bad_data_request(f"invalid feed: {asked}"))
        if asked == "sip" and not self.has_sip:
            raise Refused(self.sip_refusal)
        return asked or ("sip" if self.has_sip else "iex")

    def check_recent(self, feed: str | None, end: str | None, now: datetime) -> None:
        """Refuse the newest quarter of an hour of the sip without a subscription."""
        if self.has_sip or feed not in {None, "sip"} or not end:
            return
        if now - moment(end, now, is_end=True) < _LATE:
            raise Refused(self.sip_refusal)


def option_symbols(asked: str | None) -> list[str]:
    """Read a list of option symbols; padded ones, tickers and more than a hundred are refused."""
    symbols = _symbols(asked)
    if len(symbols) > _MOST_OPTIONS:
        raise Refused(
            say.bad_data_request(f"too many symbols: {len(symbols)}, maximum: {_MOST_OPTIONS}")
        )
    for symbol in symbols:
        if Contract.of(symbol) is None:
            raise Refused(say.bad_data_request(f"invalid symbol: {symbol}"))
    return symbols


def stock_symbols(asked: str | None) -> list[str]:
    """Read a list of tickers."""
    symbols = _symbols(asked)
    for symbol in symbols:
        if not _TICKER.fullmatch(symbol):
            raise Refused(say.bad_data_request(f"invalid symbol: {symbol}"))
    return symbols


def _symbols(asked: str | None) -> list[str]:
    if not asked:
        raise Refused(
            say.bad_data_request(
                "Invalid format for parameter symbols: query parameter 'symbols' is required"
            )
        )
    return list(dict.fromkeys(asked.split(",")))


class MarketData:
    """What the exchange shows, in the vendor's words."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def option_quotes(self, symbols: list[str], feed: str) -> Json:
        """Write the latest quotes of options."""
        quotes = self._exchange.quotes
        return {
            "quotes": {name: option_quote(quotes[name], feed) for name in symbols if name in quotes}
        }

    def option_trades(self, symbols: list[str], feed: str) -> Json:
        """Write the latest trades of options."""
        seen = self._sales(symbols, is_late=feed == "indicative")
        return {"trades": {name: option_trade(sale) for name, sale in seen.items()}}

    def option_snapshots(self, symbols: list[str], feed: str) -> dict[str, Json]:
        """Write quote and trade of each option that has either."""
        quotes = self.option_quotes(symbols, feed)["quotes"]
        trades = self.option_trades(symbols, feed)["trades"]
        return {
            name: {
                **({"latestQuote": quotes[name]} if name in quotes else {}),
                **({"latestTrade": trades[name]} if name in trades else {}),
            }
            for name in symbols
            if name in quotes or name in trades
        }

    def stock_quotes(self, symbols: list[str], feed: str) -> Json:
        """Write the latest quotes of stocks."""
        return {"quotes": {name: stock_quote(each) for name, each in self._asks(symbols, feed)}}

    def stock_trades(self, symbols: list[str], feed: str) -> Json:
        """Write the latest trades of stocks."""
        seen = self._sales(symbols, is_late=feed == "delayed_sip")
        return {"trades": {name: stock_trade(sale) for name, sale in seen.items()}}

    def stock_snapshots(self, symbols: list[str], feed: str) -> dict[str, Json]:
        """Write quote, trade and bars of each stock that is known."""
        quotes = dict(self._asks(symbols, feed))
        trades = self._sales(symbols, is_late=feed == "delayed_sip")
        found: dict[str, Json] = {}
        for name in symbols:
            shot: Json = {}
            if name in trades:
                day = new_york.day_of(trades[name].at)
                shot["latestTrade"] = stock_trade(trades[name])
                shot["minuteBar"] = bar(minute_of(trades[name].at), trades[name].price)
                shot["dailyBar"] = bar(midnight(day), self._close_of(name, day))
            if name in quotes:
                shot["latestQuote"] = stock_quote(quotes[name])
            if shot:
                found[name] = shot
        return found

    def bars(
        self, symbols: list[str], timeframe: str | None, first: datetime, last: datetime
    ) -> list[tuple[str, Json]]:
        """Write the bars that begin from *first* to *last*, symbol by symbol."""
        if timeframe not in _TIMEFRAMES:
            raise Refused(say.bad_data_request(f"invalid timeframe: {timeframe}"))
        is_daily = _TIMEFRAMES[timeframe] == "day"
        make = self._daily if is_daily else self._minutes
        return [(name, line) for name in symbols for at, line in make(name) if first <= at <= last]

    def auctions(
        self, symbols: list[str], first: datetime, last: datetime
    ) -> list[tuple[str, Json]]:
        """Write the closing auctions of days, symbol by symbol."""
        found = []
        for name, day in sorted(self._exchange.official):
            hours = self._exchange.calendar.on_or_before(day)
            if name not in symbols or not first <= hours.closes_at <= last + timedelta(days=1):
                continue
            price = float(self._exchange.official[name, day])
            at = stamp(hours.closes_at, 404)
            close = {"c": "6", "p": price, "s": 1000, "t": at, "x": "Q"}
            official = {"c": "M", "p": price, "t": at, "x": "Q"}
            found.append((name, {"d": day.isoformat(), "o": [], "c": [close, official]}))
        return found

    def _asks(self, symbols: list[str], feed: str) -> Iterator[tuple[str, BidAsk]]:
        for name in symbols:
            quote = self._exchange.quotes.get(name)
            if quote is not None and not (feed == "delayed_sip" and self._is_young(quote.at)):
                yield name, quote

    def _sales(self, symbols: list[str], *, is_late: bool) -> dict[str, LastSale]:
        trades = self._exchange.trades
        return {
            name: trades[name]
            for name in symbols
            if name in trades and not (is_late and self._is_young(trades[name].at))
        }

    def _is_young(self, at: datetime) -> bool:
        return self._exchange.now() - at < _LATE

    def _daily(self, name: str) -> Iterator[tuple[datetime, Json]]:
        days = {day for symbol, day in self._exchange.official if symbol == name}
        if name in self._exchange.trades:
            days.add(new_york.day_of(self._exchange.trades[name].at))
        for day in sorted(days):
            yield midnight(day), bar(midnight(day), self._close_of(name, day))

    def _minutes(self, name: str) -> Iterator[tuple[datetime, Json]]:
        if name in self._exchange.trades:
            sale = self._exchange.trades[name]
            yield minute_of(sale.at), bar(minute_of(sale.at), sale.price)

    def _close_of(self, name: str, day: date) -> Decimal:
        """Give the official close of a day, else the last trade so far."""
        return self._exchange.official.get((name, day)) or self._exchange.trades[name].price


def page(
    points: list[tuple[str, Json]], limit: str | None, token: str | None
) -> tuple[dict[str, list[Json]], str | None]:
    """Cut a page of points over all symbols, and give the next page's token."""
    try:
        size = min(int(limit or 1000), _MOST_POINTS)
        start = int(base64.urlsafe_b64decode(token)) if token else 0
    except (ValueError, binascii.Error):
        raise Refused(say.bad_data_request("invalid page_token or limit")) from None
    if size < 1:
        raise Refused(say.bad_data_request(f"invalid limit: {limit}"))
    found: dict[str, list[Json]] = {}
    for name, line in points[start : start + size]:
        found.setdefault(name, []).append(line)
    more = start + size < len(points)
    return found, base64.urlsafe_b64encode(str(start + size).encode()).decode() if more else None


def snapshots(shots: list[tuple[str, Json]], request: Request) -> Json:
    """Cut a page of snapshots."""
    found, token = page(shots, request.asked("limit") or "100", request.asked("page_token"))
    return {
        "snapshots": {name: shot for name, (shot,) in found.items()},
        "next_page_token": token,
    }


def moment(asked: str | None, otherwise: datetime, *, is_end: bool = False) -> datetime:
    """Read an instant or a New York date; the end of a date is its last instant."""
    if not asked:
        return otherwise
    try:
        if len(asked) == len("2024-01-01"):
            day = date.fromisoformat(asked) + timedelta(days=int(is_end))
            return midnight(day) - (timedelta(microseconds=1) if is_end else timedelta(0))
        at = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", asked))
    except ValueError:
        raise Refused(say.bad_data_request(f"invalid time: {asked}")) from None
    if at.tzinfo is None:
        raise Refused(say.bad_data_request(f"invalid time: {asked}"))
    return at


def midnight(day: date) -> datetime:
    """Give the first instant of a New York day."""
    return new_york.from_wall(day, time())


def minute_of(at: datetime) -> datetime:
    """Give the beginning of a minute."""
    return at.replace(second=0, microsecond=0)


def option_quote(quote: BidAsk, feed: str) -> Json:
    """Write a quote; an indicative one is a cent off on each side."""
    off = _CENT if feed == "indicative" else Decimal(0)
    bid = max((quote.bid or Decimal(0)) - off, Decimal(0))
    ask = quote.ask + off if quote.ask else Decimal(0)
    return {**_sides(quote, bid, ask), "c": " "}


def stock_quote(quote: BidAsk) -> Json:
    """Write a quote."""
    sides = _sides(quote, quote.bid or Decimal(0), quote.ask or Decimal(0))
    return {**sides, "c": ["R"], "z": "C"}


def _sides(quote: BidAsk, bid: Decimal, ask: Decimal) -> Json:
    return {
        "t": stamp(quote.at, 624),
        "bp": float(bid),
        "bs": quote.bid_size if bid else 0,
        "bx": "W" if bid else "?",
        "ap": float(ask),
        "as": quote.ask_size if ask else 0,
        "ax": "w" if ask else "?",
    }


def option_trade(sale: LastSale) -> Json:
    """Write a trade of an option."""
    return {"t": stamp(sale.at, 512), "x": "C", "p": float(sale.price), "s": 1, "c": "a"}


def stock_trade(sale: LastSale) -> Json:
    """Write a trade of a stock."""
    price = float(sale.price)
    return {"t": stamp(sale.at, 744), "x": "V", "p": price, "s": 100, "c": ["@"], "i": 1, "z": "C"}


def bar(at: datetime, price: Decimal) -> Json:
    """Write a bar in which only one price is known."""
    level = float(price)
    prices = dict.fromkeys(("o", "h", "l", "c", "vw"), level)
    return {"t": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", **prices, "v": 100, "n": 1}
