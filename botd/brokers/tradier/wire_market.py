"""
What Tradier shows of the market: quotes, contracts, clock, calendar, closes.

    bid, ask           dollars; an absent side is no side, a bid of 0 is one: nobody bids
    bidsize, asksize   contracts; of shares in hundreds
    bid_date ...       epoch milliseconds; 0 where there never was one
    sandbox            15 minutes old: indicative, never executable
    calendar           New York wall times

Sources: docs.tradier.com, "Quotes", "Clock", "Calendar", "Historical".
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from botd.brokers.port import ContractTerms, SessionHours
from botd.brokers.tradier.wire import elements, listed, symbol_of
from botd.brokers.transport.fields import Fields, Unreadable, shown
from botd.domain.quote import LastTrade, Quote

_Read = TypeVar("_Read")
_NEW_YORK = ZoneInfo("America/New_York")
_LOT = 100  # shares, in which Tradier counts the sizes of everything but options
_OPTION = "option"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OVER = frozenset({"postmarket", "closed"})
_KNOWN_STATES = frozenset({"premarket", "open"}) | _OVER


@dataclass(frozen=True, slots=True)
class MarketClock:
    """The broker's own time, and the state of the market at it."""

    now: datetime
    day: date  # New York's
    is_over: bool  # the regular session of the day, or the market is closed altogether


def quotes_in(body: Fields) -> tuple[Fields, ...]:
    """Give every quote of an answer; unknown symbols are not among them."""
    quotes = body.inner("quotes")
    if "quote" not in quotes.values and "unmatched_symbols" in quotes.values:
        return ()
    return elements(quotes, "quote")


def quote_of(found: Fields, *, is_delayed: bool) -> Quote | None:
    """Read one quote; None: no instant at which anybody quoted is told."""
    size = 1 if found.maybe_text("type") == _OPTION else _LOT
    bid_at, ask_at = found.maybe_epoch_ms("bid_date"), found.maybe_epoch_ms("ask_date")
    bid, ask = found.maybe_decimal("bid"), found.maybe_decimal("ask")
    if not bid and not ask:
        return None  # an index, or nobody on either side
    told = [at for at in (bid_at, ask_at) if at is not None]
    if not told:
        return None
    return Quote(
        symbol=symbol_of(found.text("symbol")),
        bid=bid if bid_at is not None else None,
        ask=ask if ask_at is not None else None,
        quoted_at=max(told),
        bid_size=(found.maybe_whole("bidsize") or 0) * size,
        ask_size=(found.maybe_whole("asksize") or 0) * size,
        bid_at=bid_at,
        ask_at=ask_at,
        is_indicative=is_delayed,
    )


def last_trade_of(found: Fields) -> LastTrade | None:
    """Read the last trade (of an index: its last value); None: price or instant is missing."""
    price, at = found.maybe_decimal("last"), found.maybe_epoch_ms("trade_date")
    if not price or at is None:
        return None
    return LastTrade(symbol_of(found.text("symbol")), price, at)


def shown_in(found: Iterable[Fields], *, is_delayed: bool) -> dict[str, Quote]:
    """Read quotes by symbol; one that cannot be read is missing, and blinds nobody else."""
    read = _read(found, lambda each: quote_of(each, is_delayed=is_delayed))
    return {quote.symbol: quote for quote in read}


def traded_in(found: Iterable[Fields]) -> dict[str, LastTrade]:
    """Read last trades by symbol, as `shown_in`."""
    return {trade.symbol: trade for trade in _read(found, last_trade_of)}


def terms_in(found: Iterable[Fields]) -> dict[str, ContractTerms]:
    """Read what quotes of options say of their contracts, as `shown_in`."""
    return {terms.symbol: terms for terms in _read(found, _terms_of)}


def _terms_of(found: Fields) -> ContractTerms | None:
    if found.maybe_text("type") != _OPTION:
        return None
    symbol = symbol_of(found.text("symbol"))
    return ContractTerms(symbol, multiplier=found.maybe_whole("contract_size"))


def _read(found: Iterable[Fields], reader: Callable[[Fields], _Read | None]) -> Iterator[_Read]:
    for each in found:
        try:
            read = reader(each)
        except Unreadable:
            continue
        if read is not None:
            yield read


def clock_of(body: Fields) -> MarketClock:
    """Read the market's clock: epoch seconds, and one of four states."""
    clock = body.inner("clock")
    state = clock.text("state")
    if state not in _KNOWN_STATES:
        raise Unreadable(f"clock.state: {shown(state)} is none that is known")
    now = _EPOCH + timedelta(seconds=clock.whole("timestamp"))
    return MarketClock(now, clock.day("date"), state in _OVER)


def session_of(body: Fields, day: date) -> SessionHours | None:
    """Read one day of a month's calendar; None: the calendar does not hold it."""
    days = listed(body.inner("calendar"), "days", "day")
    found = next((each for each in days if each.day("date") == day), None)
    if found is None:
        return None
    status = found.text("status")
    if status == "closed":
        return SessionHours(day, None, None)
    if status != "open":
        raise Unreadable(f"calendar: {shown(status)} is neither open nor closed")
    hours = found.inner("open")
    return SessionHours(day, _instant(hours, "start", day), _instant(hours, "end", day))


def close_of(body: Fields, day: date) -> Decimal | None:
    """Read the close of *day* from daily prices; None: they do not hold it."""
    for each in listed(body, "history", "day"):
        if each.day("date") == day:
            close = each.maybe_decimal("close")
            return close or None
    return None


def _instant(hours: Fields, key: str, day: date) -> datetime:
    try:
        wall = time.fromisoformat(hours.text(key))
    except ValueError:
        raise Unreadable(f"calendar: {shown(hours.text(key))} is no time of day") from None
    return datetime.combine(day, wall, tzinfo=_NEW_YORK).astimezone(UTC)
