"""
Markets, sessions and contracts of tastytrade.

Market data comes from another service than the rest: its documents spell keys in camelCase,
answers that were recorded have them dasherized, numbers come as numbers or as strings, and
what is missing may be `NaN`. Both spellings are read.

    theirs                                ours
    last, lastTradeTime (epoch ms)        last trade; without its instant it is none
    last, updatedAt of an index           last trade: an index is calculated, not traded
    tradingHalted                         halted
    close of summaryDate, FINAL           official close of that day
    prevClose of prevCloseDate            official close of that day, FINAL or REGULAR
    option-tick-sizes                     tick rule: a value below its threshold, then the last

Sources: open-api-spec/market-data.md, market-sessions.md, instruments.md, and the recorded
answers of tastytrade-mcp.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from botd.brokers.port import ContractTerms, SessionHours
from botd.brokers.tastytrade.symbols import (
    contract_of,
    is_index,
    is_option_symbol,
    symbol_of,
    ticker_of,
)
from botd.brokers.tastytrade.symbols import underlying_of as our_underlying
from botd.brokers.transport.fields import Fields
from botd.domain import occ
from botd.domain.contract import ExerciseStyle, OptionContract, TickRule
from botd.domain.quote import LastTrade, MarketView, Quote

BATCH = 100  # symbols that one request for quotes may name, of all types together

_PENNY, _NICKEL, _DIME = Decimal("0.01"), Decimal("0.05"), Decimal("0.1")
_STEP_UP = Decimal(3)
_RULES: dict[tuple[tuple[Decimal | None, Decimal], ...], TickRule] = {
    ((None, _PENNY),): TickRule.PENNY,
    ((_STEP_UP, _PENNY), (None, _PENNY)): TickRule.PENNY,
    ((_STEP_UP, _PENNY), (None, _NICKEL)): TickRule.PENNY_PROGRAM,
    ((_STEP_UP, _NICKEL), (None, _DIME)): TickRule.NICKEL_DIME,
}
_STYLES = {"american": ExerciseStyle.AMERICAN, "european": ExerciseStyle.EUROPEAN}
_CAPITAL = re.compile(r"(?<=[a-z])([A-Z])")

Params = list[tuple[str, str]]


def market_params(symbols: Iterable[str], underlyings: Iterable[str]) -> Iterator[Params]:
    """Write the questions for quotes, each of at most `BATCH` symbols."""
    named = [("equity-option[]", symbol_of(occ.parse(symbol))) for symbol in sorted(symbols)]
    named += [(_key(underlying), ticker_of(underlying)) for underlying in sorted(underlyings)]
    for first in range(0, len(named), BATCH):
        yield named[first : first + BATCH]


def _key(underlying: str) -> str:
    return "index[]" if is_index(underlying) else "equity[]"


@dataclass(slots=True)
class MarketReading:
    """What several answers tell of options and underlyings, gathered."""

    symbols: frozenset[str]
    underlyings: frozenset[str]
    is_delayed: bool  # of the sandbox: nothing in it is executable
    items: list[Fields] = field(default_factory=list)

    def take(self, items: Iterable[Fields]) -> None:
        """Add an answer."""
        self.items.extend(items)

    def view(self, as_of: datetime) -> MarketView:
        """Read all of it; what nobody asked for is left out."""
        shown = [_Shown(item) for item in self.items]
        options = [each for each in shown if is_option_symbol(each.symbol)]
        tickers = {our_underlying(each.symbol): each for each in shown}
        underlyings = {name: tickers[name] for name in self.underlyings & tickers.keys()}
        known = {contract_of(each.symbol).symbol: each for each in options}
        wanted = {symbol: known[symbol] for symbol in self.symbols & known.keys()}
        trades = (each.last_trade(name) for name, each in underlyings.items())
        return MarketView(
            as_of,
            self._quotes(wanted),
            self._quotes(underlyings),
            {trade.symbol: trade for trade in trades if trade is not None},
            frozenset(name for name, each in underlyings.items() if each.is_halted),
        )

    def _quotes(self, shown: Mapping[str, "_Shown"]) -> dict[str, Quote]:
        quotes = (each.quote(symbol, is_delayed=self.is_delayed) for symbol, each in shown.items())
        return {quote.symbol: quote for quote in quotes if quote is not None}


class _Shown:
    """One item of market data, in either spelling."""

    def __init__(self, item: Fields) -> None:
        values = {
            _CAPITAL.sub(lambda found: f"-{found[1].lower()}", key): value
            for key, value in item.values.items()
            if value not in ("NaN", -1)
        }
        self._item = Fields(values, item.path)
        self.symbol = self._item.text("symbol")

    @property
    def is_halted(self) -> bool:
        """Whether it does not trade."""
        item = self._item
        told = item.maybe_flag("trading-halted"), item.maybe_flag("is-trading-halted")
        return any(told)

    def quote(self, symbol: str, *, is_delayed: bool) -> Quote | None:
        """Give bid and ask; None where it is not known of when they are, or there is neither."""
        item = self._item
        quoted_at = item.maybe_instant("updated-at")
        bid, ask = item.maybe_decimal("bid"), item.maybe_decimal("ask")
        if quoted_at is None or (bid is None and ask is None):
            return None
        return Quote(
            symbol,
            bid,
            ask,
            quoted_at,
            int(item.maybe_decimal("bid-size") or 0),
            int(item.maybe_decimal("ask-size") or 0),
            is_indicative=is_delayed,
        )

    def last_trade(self, underlying: str) -> LastTrade | None:
        """Give the last trade; None where its instant is not told."""
        item = self._item
        price = item.maybe_decimal("last")
        traded_at = item.maybe_epoch_ms("last-trade-time")
        if traded_at is None and is_index(underlying):
            traded_at = item.maybe_instant("updated-at")
        if price is None or traded_at is None:
            return None
        return LastTrade(underlying, price, traded_at)

    def close_of(self, day: date) -> Decimal | None:
        """Give the official close of *day*; None: it is not known (yet)."""
        item = self._item
        if self._is_of("summary-date", day) and self._kind("close-price-type") == "FINAL":
            return item.maybe_decimal("close")
        is_past = self._is_of("prev-close-date", day)
        if is_past and self._kind("prev-close-price-type") in {"FINAL", "REGULAR"}:
            return item.maybe_decimal("prev-close")
        return None

    def _is_of(self, key: str, day: date) -> bool:
        return self._item.has(key) and self._item.day(key) == day

    def _kind(self, key: str) -> str:
        return (self._item.maybe_text(key) or "").upper()


def official_close(items: Iterable[Fields], underlying: str, day: date) -> Decimal | None:
    """Read the close of *day*, once it is final or the day is past; None: not known (yet)."""
    shown = (_Shown(item) for item in items)
    found = (each.close_of(day) for each in shown if our_underlying(each.symbol) == underlying)
    return next(found, None)


def session_of(items: Iterable[Fields], day: date) -> SessionHours:
    """Read a day's hours; a day without a session is closed."""
    for item in items:
        opens_at, closes_at = item.instant("open-at"), item.instant("close-at")
        if opens_at.date() == day:  # New York's sessions lie within one day of UTC
            return SessionHours(day, opens_at, closes_at)
    return SessionHours(day, None, None)


def tick_rules(items: Iterable[Fields]) -> dict[str, TickRule]:
    """Read the price steps of options by underlying; unknown ones are missing."""
    found = {our_underlying(item.text("symbol")): _tick_rule(item) for item in items}
    return {underlying: rule for underlying, rule in found.items() if rule is not None}


def _tick_rule(item: Fields) -> TickRule | None:
    return _RULES.get(tuple(_step(step) for step in item.maybe_items("option-tick-sizes")))


def _step(step: Fields) -> tuple[Decimal | None, Decimal]:
    """Read one price step: up to which price it counts, and the step."""
    is_last = step.maybe_text("threshold") in {None, "Infinity"}
    return (None if is_last else step.decimal("threshold"), step.decimal("value"))


def contract_terms(
    items: Iterable[Fields], rules: Mapping[str, TickRule]
) -> dict[str, ContractTerms]:
    """Read what is said of option contracts; *rules* are those of their underlyings."""
    found = (_terms(item, rules) for item in items)
    return {terms.symbol: terms for terms in found}


def _terms(item: Fields, rules: Mapping[str, TickRule]) -> ContractTerms:
    contract = contract_of(item.text("symbol"))
    is_active = item.maybe_flag("active")
    return ContractTerms(
        contract.symbol,
        multiplier=item.maybe_whole("shares-per-contract"),
        exercise_style=_STYLES.get((item.maybe_text("exercise-style") or "").lower()),
        tick_rule=_rule_of(contract, rules),
        is_tradable=False if item.has("halted-at") else is_active,
    )


def _rule_of(contract: OptionContract, rules: Mapping[str, TickRule]) -> TickRule | None:
    """Give the rule that its underlying tells; spreads of SPX step by nickels besides."""
    told = rules.get(contract.underlying)
    is_spx = contract.spec.tick_rule is TickRule.SPX and told is TickRule.NICKEL_DIME
    return TickRule.SPX if is_spx else told
