"""
Intotes' JSON in botd's words. Cents stay whole numbers up to the one division by a hundred.

The guide and the API reference contradict each other. What is taken for what:

    matter             guide                  API reference        here
    host               api.intotes.com        intotes.com          a setting
    market_id          a UUID                 int64                either; the id of `event:ID:YES`
    open positions     -                      a bare list          also under "positions"
    side               token_type             token_type and side  token_type, else side; not two
    won_side           "YES", "NO", or        0 (YES), 1 (NO),     all of these; absent or null:
                       left out               or null              closed by hand
    amount             shares                 shares; elsewhere    whole numbers, as they come
                                              cents of shares
    10000              cents a share pays     basis points         100 dollars per share
    pnl                cents: price           as if of cents of    as the guide; what does not come
                       difference x amount    shares               out in whole cents is unknown
    end of an event    resolved               closed, resolved     its record, not its status

Sources: docs.intotes.com, closing positions; positions and PnL; API reference: get my
positions, get completed positions, get me, get market by id; overview (rate limits).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from botd.brokers.port import AccountState, Environment, RecordKind, SettlementRecord
from botd.brokers.transport.budget import Quota
from botd.brokers.transport.fields import Fields, Unreadable, distinct, objects, parse_json, shown
from botd.domain.orders import Holding

PAYOUT = 10_000  # cents per share of what won
_CENTS = 100
_SIDES = ("YES", "NO")
_WINNERS = {"0": "YES", "1": "NO", "YES": "YES", "NO": "NO"}


@dataclass(frozen=True, slots=True)
class Ended:
    """A line of the record of positions that are held no more."""

    record_id: str
    symbol: str
    amount: int  # shares, as they were held
    entry: int  # cents per share
    pnl: int  # cents
    winner: str | None  # "YES" or "NO"; None: it was closed by hand
    closed_at: datetime

    @property
    def price(self) -> Decimal | None:
        """
        Tell what a share went for, dollars.

        What was settled has its price by its side. Of a close by hand the record tells
        entry and result, fees included as far as `pnl` has them: a price that is not a
        whole cent per share, or none that a share can have, is unknown.
        """
        if self.winner is not None:
            return dollars(PAYOUT if self.symbol.endswith(f":{self.winner}") else 0)
        each, rest = divmod(self.pnl, self.amount)
        cents = self.entry + each
        return dollars(cents) if not rest and 0 <= cents <= PAYOUT else None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the record; *cursor* of the next one, None: it is the last."""

    ended: tuple[Ended, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Market:
    """What a market shows of itself."""

    yes_price: Decimal | None  # dollars; None: not told
    is_paused: bool
    is_resolved: bool


def dollars(cents: int) -> Decimal:
    """Turn whole cents into dollars, exactly."""
    return Decimal(cents) / _CENTS


def symbol_of(row: Fields) -> str:
    """Give botd's symbol of a position."""
    told = {row.text(key).upper() for key in ("token_type", "side") if row.has(key)}
    if len(told) != 1 or not told <= set(_SIDES):
        raise Unreadable(f"{row.path}: {shown(sorted(told))} is not one of YES, NO")
    return f"event:{row.name('market_id')}:{told.pop()}"


def market_of(symbol: str) -> str | None:
    """Give the market's id of a symbol, or of an underlying; None: it is of another kind."""
    kind, _, rest = symbol.partition(":")
    return rest.partition(":")[0] or None if kind == "event" else None


def sides_of(market: str) -> tuple[str, str]:
    """Give the two symbols of a market."""
    return (f"event:{market}:YES", f"event:{market}:NO")


def holdings_of(body: bytes) -> tuple[Holding, ...]:
    """Read the open positions: shares of each side, never below zero, bonus and own together."""
    held: dict[str, int] = {}
    for row in distinct(_rows(parse_json(body)), "id"):
        amount = row.whole("amount")
        if amount < 0:
            raise Unreadable(f"{row.path}.amount: {amount} is below zero")
        symbol = symbol_of(row)
        held[symbol] = held.get(symbol, 0) + amount
    return tuple(Holding(symbol, amount) for symbol, amount in held.items() if amount)


def page_of(body: bytes) -> Page:
    """Read a page of positions that are held no more."""
    whole = Fields.of(parse_json(body))
    ended = tuple(_ended(row) for row in distinct(whole.items("positions"), "id"))
    has_more = whole.maybe_flag("has_more")
    cursor = whole.maybe_text("next_cursor")
    if has_more and cursor is None:
        raise Unreadable("there is more, but no next_cursor")
    return Page(ended, None if has_more is False else cursor)


def settlements_of(found: Iterable[Ended], since: datetime) -> tuple[SettlementRecord, ...]:
    """Give the records of what was settled since *since*, as it was held."""
    return tuple(
        SettlementRecord(
            record_id=one.record_id,
            kind=RecordKind.CASH_SETTLEMENT,
            symbol=one.symbol,
            quantity=one.amount,
            price=one.price,
            recorded_at=one.closed_at,
        )
        for one in found
        if one.winner is not None and one.closed_at >= since
    )


def state_of(body: bytes, account: str, environment: Environment, as_of: datetime) -> AccountState:
    """
    Read who the token belongs to.

    Of anybody else than *account* the state bears the other's id, and cannot trade. The
    cash is in hundredths of the account's own currency, which no answer names.
    """
    user = Fields.of(parse_json(body)).inner("user")
    told = user.name("id")
    balance = user.maybe_whole("balance")
    blocked = () if told == account else (f"the token opens account {told!r}, not {account!r}",)
    return AccountState(
        account=told,
        environment=environment,
        can_trade=not blocked,
        cash=None if balance is None or blocked else dollars(balance),
        as_of=as_of,
        blocked=blocked,
    )


def market_in(body: bytes, market: str) -> Market:
    """Read what a market says of itself; once it is resolved, no price counts."""
    row = Fields.of(parse_json(body))
    if row.name("id") != market:
        raise Unreadable(f"market {shown(row.values.get('id'))} was not asked for")
    is_resolved = row.maybe_flag("resolved") or row.has("winning_outcome")
    probability = row.maybe_decimal("yes_probability")
    if probability is not None and not 0 <= probability <= 1:
        raise Unreadable(f"yes_probability: {probability} is none")
    price = None if probability is None or is_resolved else probability * dollars(PAYOUT)
    return Market(price, row.maybe_flag("paused") or False, is_resolved)


def is_taken(body: bytes) -> bool:
    """Tell whether a close was answered with a message, and nothing else."""
    whole = Fields.of(parse_json(body))
    message = whole.values.get("message")
    return isinstance(message, str) and bool(message.strip())


def quota_of(headers: Mapping[str, str]) -> Quota | None:
    """Read `X-RateLimit-*`: a window's count of one address, reset at epoch seconds."""
    found = Fields(dict(headers), "headers")
    try:
        limit = found.maybe_whole("x-ratelimit-limit")
        remaining = found.maybe_whole("x-ratelimit-remaining")
        seconds = found.maybe_whole("x-ratelimit-reset")
        resets_at = None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (Unreadable, ValueError, OverflowError, OSError):
        return None
    if remaining is None:
        return None  # the window's length is not told: its limit alone says nothing
    return Quota(limit, remaining, resets_at)


def _rows(found: object) -> tuple[Fields, ...]:
    if isinstance(found, dict):
        return Fields.of(found).items("positions")
    return tuple(objects(found))


def _ended(row: Fields) -> Ended:
    symbol, closed_at, amount = symbol_of(row), row.instant("closed_at"), row.whole("amount")
    if amount < 1:
        raise Unreadable(f"{row.path}.amount: {amount} shares were never held")
    name = row.maybe_text("id") or f"{symbol}@{closed_at:%Y%m%dT%H%M%S%f}"
    entry, pnl = row.whole("avg_price"), row.whole("pnl")
    return Ended(name, symbol, amount, entry, pnl, _winner(row), closed_at)


def _winner(row: Fields) -> str | None:
    if not row.has("won_side"):
        return None
    found = _WINNERS.get(row.text("won_side").upper())
    if found is None:
        raise Unreadable(f"{row.path}.won_side: {shown(row.values.get('won_side'))} is no side")
    return found
