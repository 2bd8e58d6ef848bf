"""
Where an underlying stands, and whether that may decide anything.

    last trade, or the mid of a valid quote that is newer    at most `max_age` old
    else what the options themselves say (parity)            flagged
    else the newest of these up to 15 minutes old,           flagged
         more than 5 % away from every strike
    else nothing: the moneyness is unknown

Everything is of the session: a print before the opening or after the close says nothing
about how an option ends.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median

from botd.domain.contract import OptionContract, Right
from botd.domain.quote import MarketView, Quote, Spot, is_recent, usable_sides
from botd.domain.session import Session

OLD_FOR = timedelta(minutes=15)
_FAR = Decimal("0.05")  # of the strike: more than that, and an old spot still decides
_ABSURD = Decimal("0.20")  # of the mid: a wider quote, or a trade farther off, is no price
_CARRY_FREE = timedelta(days=4)  # beyond it interest and dividends blur what parity says


@dataclass(frozen=True, slots=True)
class SpotFinding:
    """What was found; *note* is empty exactly when it is not flagged."""

    spot: Spot | None
    note: str = ""

    @property
    def is_flagged(self) -> bool:
        """Whether it rests on old, implied or missing data, or on a halted underlying."""
        return bool(self.note)


@dataclass(frozen=True, slots=True)
class _Question:
    """Which underlying is asked for, and what its answer must stand up to."""

    underlying: str
    view: MarketView
    strikes: tuple[Decimal, ...]
    session: Session

    def counts(self, at: datetime, max_age: timedelta) -> bool:
        return is_recent(at, now=self.view.as_of, session=self.session, max_age=max_age)


@dataclass(frozen=True, slots=True)
class _Pair:
    """The spot that a call and a put of one strike agree on, give or take *error*."""

    price: Decimal
    error: Decimal
    as_of: datetime


def find_spot(
    underlying: str,
    view: MarketView,
    *,
    strikes: tuple[Decimal, ...],
    session: Session,
    max_age: timedelta,
    options: tuple[OptionContract, ...],
) -> SpotFinding:
    """
    Say where *underlying* stands at the instant of *view*.

    *strikes* are those of the legs to be judged: how near they are decides whether an old
    or an implied spot may be used. *max_age* is the bot's `max_quote_age`. *options* are
    contracts whose quotes may imply the spot; a call and a put of one strike and
    expiration make a pair.
    """
    question = _Question(underlying, view, strikes, session)
    seen = _seen(question)
    trusted = () if _disagree(tuple(s for s in seen if question.counts(s.as_of, max_age))) else seen
    implied = _implied(question, options)
    halt = f"{underlying} is halted" if underlying in view.halted else ""
    if fresh := _newest(question, trusted, max_age):
        return SpotFinding(fresh, halt)
    if fresh := _newest(question, implied, max_age):
        return SpotFinding(fresh, _joined(halt, "spot implied by the options"))
    old = _newest(question, (*trusted, *implied), OLD_FOR)
    if old and all(_is_far(old.price, strike) for strike in strikes):
        return SpotFinding(_as_old(old), _joined(halt, _old_note(question, old)))
    why = "trade and quote disagree" if seen != trusted else "no usable spot"
    return SpotFinding(None, _joined(halt, f"{why} of {underlying}"))


def _seen(question: _Question) -> tuple[Spot, ...]:
    """Give the trade and the mid of the quote, whatever their age; the trade first."""
    found = []
    trade = question.view.last_trades.get(question.underlying)
    if trade is not None and trade.price > 0:
        found.append(Spot(trade.price, trade.traded_at, "trade"))
    quote = question.view.underlying_quotes.get(question.underlying)
    if quote is not None and (mid := _sane_mid(quote)) is not None:
        found.append(Spot(mid, _older_side(quote), "quote"))
    return tuple(found)


def _sane_mid(quote: Quote) -> Decimal | None:
    if quote.is_indicative or quote.bid is None or quote.ask is None:
        return None
    if not 0 < quote.bid <= quote.ask:
        return None
    mid = (quote.bid + quote.ask) / 2
    return mid if quote.ask - quote.bid <= _ABSURD * mid else None


def _older_side(quote: Quote) -> datetime:
    """Tell since when both sides stand: a carried side makes a mid as old as itself."""
    return min(quote.bid_at or quote.quoted_at, quote.ask_at or quote.quoted_at)


def _disagree(fresh: tuple[Spot, ...]) -> bool:
    """
    Tell whether two fresh sources contradict each other beyond any market's move.

    One of them is wrong then (a bad print, a unit), and nothing says which: neither
    may call a short out of the money.
    """
    prices = [spot.price for spot in fresh]
    return len(prices) > 1 and max(prices) - min(prices) > _ABSURD * min(prices)


def _newest(question: _Question, spots: tuple[Spot, ...], max_age: timedelta) -> Spot | None:
    """Give the newest that counts; of the same instant the first, so the trade."""
    counting = [spot for spot in spots if question.counts(spot.as_of, max_age)]
    return max(counting, key=lambda spot: spot.as_of, default=None)


def _implied(question: _Question, options: tuple[OptionContract, ...]) -> tuple[Spot, ...]:
    """
    Read the spot off pairs of options: strike + call mid - put mid, their median.

    Where a strike lies within the pairs' own error, they cannot say on which side of
    it the underlying stands, and nothing is implied.
    """
    pairs = _pairs(question, options)
    if not pairs:
        return ()
    price = median(pair.price for pair in pairs)
    error = median(pair.error for pair in pairs)
    if price <= 0 or any(abs(price - strike) <= error for strike in question.strikes):
        return ()
    return (Spot(price, min(pair.as_of for pair in pairs), "implied"),)


def _pairs(question: _Question, options: tuple[OptionContract, ...]) -> list[_Pair]:
    quoted: dict[tuple[str, date, Decimal], dict[Right, OptionContract]] = defaultdict(dict)
    for option in options:
        if _may_imply(question, option):
            quoted[option.root, option.expiration, option.strike][option.right] = option
    return [
        _pair(question, sides[Right.CALL], sides[Right.PUT])
        for sides in quoted.values()
        if len(sides) == len(Right)
    ]


def _may_imply(question: _Question, option: OptionContract) -> bool:
    quote = question.view.quotes.get(option.symbol)
    return (
        option.underlying == question.underlying
        and not option.spec.is_adjusted
        and option.expiration - question.session.day <= _CARRY_FREE
        and None not in usable_sides(quote, question.view.as_of, question.session)
    )


def _pair(question: _Question, call: OptionContract, put: OptionContract) -> _Pair:
    call_quote, put_quote = (question.view.quotes[option.symbol] for option in (call, put))
    call_bid, call_ask = call_quote.bid or Decimal(0), call_quote.ask or Decimal(0)
    put_bid, put_ask = put_quote.bid or Decimal(0), put_quote.ask or Decimal(0)
    return _Pair(
        price=call.strike + (call_bid + call_ask - put_bid - put_ask) / 2,
        error=(call_ask - call_bid + put_ask - put_bid) / 2,
        as_of=min(_older_side(call_quote), _older_side(put_quote)),
    )


def _is_far(price: Decimal, strike: Decimal) -> bool:
    return abs(price - strike) > _FAR * strike


def _as_old(spot: Spot) -> Spot:
    return Spot(spot.price, spot.as_of, "old")


def _old_note(question: _Question, spot: Spot) -> str:
    minutes = (question.view.as_of - spot.as_of) // timedelta(minutes=1)
    aways = (abs(spot.price - strike) / strike * 100 for strike in question.strikes)
    nearest = min(aways, default=None)
    away = "" if nearest is None else f", {nearest:.0f} % away"
    return f"spot {minutes} min old{away}"


def _joined(*notes: str) -> str:
    return ", ".join(note for note in notes if note)
