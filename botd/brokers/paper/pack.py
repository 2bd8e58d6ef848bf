"""
A recorded day: what a market showed, and when it could be known.

    underlying.csv         ts_utc, open, high, low, close, volume
    quotes.csv[.gz]        ts_utc, occ_symbol, bid, ask, bid_size, ask_size
    contracts.csv          occ_symbol, root, right, strike, expiry, style, settlement, multiplier
    meta.json              date; optional official_close, empty_side, session_close_utc, underlying
    underlying_quotes.csv  optional: ts_utc, bid, ask, bid_size, ask_size

A row is knowable at its `ts_utc`, not before. An empty side means by `empty_side`
that the last one stands ("carry"), or that there is none ("none").
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property

from botd.domain.contract import OptionContract
from botd.domain.quote import LastTrade, Quote


@dataclass(frozen=True, slots=True)
class Tape:
    """
    The quotes of one instrument that stood after each of its rows, by the rows' instants.

    One that is moved keeps what was recorded, and moves what it is asked for: a day has
    22,000 rows, of which few are ever looked at.
    """

    recorded_at: tuple[datetime, ...]
    recorded: tuple[Quote, ...]
    moved_by: timedelta | None = None
    symbol: str = ""  # of what is moved

    @property
    def instants(self) -> Iterator[datetime]:
        """Give the rows' instants, moved."""
        if self.moved_by is None:
            return iter(self.recorded_at)
        shift = self.moved_by
        return (instant + shift for instant in self.recorded_at)

    def at(self, instant: datetime) -> Quote | None:
        """Give the quote known at *instant*; None before the first row."""
        if self.moved_by is None:
            index = bisect_right(self.recorded_at, instant)
            return self.recorded[index - 1] if index else None
        index = bisect_right(self.recorded_at, instant - self.moved_by)
        return self._moved(self.recorded[index - 1], self.moved_by) if index else None

    def _moved(self, quote: Quote, shift: timedelta) -> Quote:
        return Quote(
            self.symbol,
            quote.bid,
            quote.ask,
            quote.quoted_at + shift,
            quote.bid_size,
            quote.ask_size,
            quote.bid_at and quote.bid_at + shift,
            quote.ask_at and quote.ask_at + shift,
        )


@dataclass(frozen=True)
class Pack:
    """One recorded day, checked. Its instants may have been moved (`align`)."""

    name: str
    day: date  # New York date of the session it shows
    underlying: str
    contracts: Mapping[str, OptionContract]  # by compact symbol
    tapes: Mapping[str, Tape]  # of the options, by compact symbol
    trades: tuple[LastTrade, ...]  # of the underlying, by instant
    underlying_tape: Tape | None
    official_close: Decimal | None
    closes_at: datetime | None  # of the recorded session, where the pack tells it
    skipped: Mapping[str, int]  # why sides or rows were left out, and how many
    redated: Mapping[str, str]  # recorded symbol -> symbol here; empty unless aligned

    @cached_property
    def rows(self) -> Mapping[datetime, frozenset[str]]:
        """Tell which symbols have a new row at each instant of the day."""
        symbols: dict[datetime, set[str]] = {}
        for symbol, tape in self._all_tapes().items():
            for instant in tape.instants:
                symbols.setdefault(instant, set()).add(symbol)
        return {instant: frozenset(found) for instant, found in symbols.items()}

    @cached_property
    def instants(self) -> tuple[datetime, ...]:
        """Give every instant with a new quote row, sorted."""
        return tuple(sorted(self.rows))

    def quote(self, symbol: str, instant: datetime) -> Quote | None:
        """Give the quote of an option or of the underlying, as known at *instant*."""
        tape = self.underlying_tape if symbol == self.underlying else self.tapes.get(symbol)
        return tape.at(instant) if tape else None

    def last_trade(self, instant: datetime, closes_at: datetime) -> LastTrade | None:
        """Give the newest print known at *instant*, never one from after *closes_at*."""
        known = min(instant, closes_at)
        index = bisect_right(self.trades, known, key=lambda trade: trade.traded_at)
        return self.trades[index - 1] if index else None

    def close_price(self, closes_at: datetime) -> Decimal | None:
        """Give the official close, lacking it the last print at or before *closes_at*."""
        if self.official_close is not None:
            return self.official_close
        last = self.last_trade(closes_at, closes_at)
        return last.price if last else None

    def next_row_after(self, instant: datetime) -> datetime | None:
        """Give the next instant with a new quote row; None after the last."""
        index = bisect_right(self.instants, instant)
        return self.instants[index] if index < len(self.instants) else None

    def _all_tapes(self) -> dict[str, Tape]:
        own = {self.underlying: self.underlying_tape} if self.underlying_tape else {}
        return {**self.tapes, **own}
