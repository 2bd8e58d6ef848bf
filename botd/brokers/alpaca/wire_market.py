"""
Alpaca's market data: quotes of options, snapshots of stocks, values of indices, daily bars.

    option quote   a bid of 0 beside an ask says that nobody bids; an ask of 0 is no side
    stock quote    0 is no side (the vendor's description says so)
    feed           `opra` is what trades; `indicative` is modified, never executable
    last trade     only of conditions that tell what the stock trades at now
    daily bar      begins at midnight in New York; its close is the consolidated one

Numbers are JSON numbers here, instants have nanoseconds. Nothing tells of halts.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from botd.brokers.transport.fields import Fields, Unreadable
from botd.domain.contract import Delivery
from botd.domain.quote import LastTrade, Quote
from botd.domain.roots import spec_of

BATCH = 100  # symbols per request (the vendor's limit)
NEW_YORK = ZoneInfo("America/New_York")

# Trades at another price than the market's (CTA and UTP sale conditions): contingent,
# average price, cash, next day, seller's option, price variation, prior reference price,
# qualified contingent, derivatively priced, sold out of sequence.
_NOT_THE_MARKET = frozenset("VWCNRHP47Z")
_TAKEN_BACK = frozenset({"canceled", "incorrect"})


def batches(symbols: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Cut symbols, in order, into what one request may ask for."""
    left = sorted(symbols)
    for start in range(0, len(left), BATCH):
        yield tuple(left[start : start + BATCH])


def is_index(underlying: str) -> bool:
    """Tell whether an underlying is an index, which has values but neither quotes nor trades."""
    return spec_of(underlying).delivery is Delivery.CASH


def option_quotes(found: object, *, is_indicative: bool) -> dict[str, Quote]:
    """Read the newest quotes of options."""
    quotes = Fields.of(found).inner("quotes")
    return {
        symbol: _option_quote(symbol, quotes.inner(symbol), is_indicative=is_indicative)
        for symbol in quotes.values
        if quotes.has(symbol)
    }


def stock_quotes(found: object) -> dict[str, Quote]:
    """Read the newest quotes out of snapshots; what lacks one is missing."""
    return {symbol: _stock_quote(symbol, each) for symbol, each in _parts(found, "latestQuote")}


def stock_trades(found: object) -> dict[str, LastTrade]:
    """Read the newest trades out of snapshots; what was not at the market's price is missing."""
    return {
        symbol: LastTrade(symbol, each.decimal("p"), each.instant("t"))
        for symbol, each in _parts(found, "latestTrade")
        if _is_of_the_market(each)
    }


def index_values(found: object) -> dict[str, LastTrade]:
    """Read the newest values of indices, which stand for last trades."""
    values = Fields.of(found).inner("values")
    return {
        symbol: LastTrade(symbol, each.decimal("v"), each.instant("t"))
        for symbol in values.values
        if (each := values.maybe_inner(symbol)) is not None
    }


def daily_close(found: object, symbol: str, day: date) -> Decimal | None:
    """Read the close of a New York day's bar; None: there is no bar of it."""
    body = Fields.of(found)
    if "bars" not in body.values:
        raise Unreadable("bars: none, and no word of none")
    bars = body.maybe_inner("bars")
    for bar in () if bars is None else bars.maybe_items(symbol):
        if bar.instant("t").astimezone(NEW_YORK).date() == day:
            return bar.decimal("c")
    return None


def midnight(day: date) -> datetime:
    """Give the instant at which a New York day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=NEW_YORK)


def _parts(found: object, part: str) -> Iterator[tuple[str, Fields]]:
    snapshots = Fields.of(found)
    for symbol in snapshots.values:
        snapshot = snapshots.maybe_inner(symbol)
        each = None if snapshot is None else snapshot.maybe_inner(part)
        if each is not None:
            yield symbol, each


def _is_of_the_market(trade: Fields) -> bool:
    conditions = trade.values.get("c")
    told = conditions if isinstance(conditions, list) else ()
    odd = any(isinstance(each, str) and each in _NOT_THE_MARKET for each in told)
    return not odd and trade.maybe_text("u") not in _TAKEN_BACK


def _option_quote(symbol: str, quote: Fields, *, is_indicative: bool) -> Quote:
    bid, ask = quote.maybe_decimal("bp"), quote.maybe_decimal("ap") or None
    return Quote(
        symbol,
        bid=bid if bid or ask is not None else None,
        ask=ask,
        quoted_at=quote.instant("t"),
        bid_size=quote.maybe_whole("bs") or 0,
        ask_size=quote.maybe_whole("as") or 0,
        is_indicative=is_indicative,
    )


def _stock_quote(symbol: str, quote: Fields) -> Quote:
    return Quote(
        symbol,
        bid=quote.maybe_decimal("bp") or None,
        ask=quote.maybe_decimal("ap") or None,
        quoted_at=quote.instant("t"),
        bid_size=quote.maybe_whole("bs") or 0,
        ask_size=quote.maybe_whole("as") or 0,
    )
