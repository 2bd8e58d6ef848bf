"""Contracts, quotes and cases that the tests of the rules start from."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from botd.domain.bot import Expiration
from botd.domain.contract import (
    Delivery,
    ExerciseStyle,
    Leg,
    OptionContract,
    Right,
    RootSpec,
    Settlement,
    Shares,
    TickRule,
)
from botd.domain.decide import Case
from botd.domain.decision import LegMoneyness, Moneyness
from botd.domain.position import Lot, Policy, Position
from botd.domain.quote import LastTrade, MarketView, Quote
from botd.domain.session import Session

# The half-day before Christmas 2015: closes at 13:00 New York.
SESSION = Session(
    day=date(2015, 12, 24),
    opens_at=datetime(2015, 12, 24, 14, 30, tzinfo=UTC),
    closes_at=datetime(2015, 12, 24, 18, 0, tzinfo=UTC),
    early_close=True,
)
NOW = datetime(2015, 12, 24, 17, 50, tzinfo=UTC)  # T-10

GOOG = RootSpec("GOOG", "GOOG", "equity", tick_rule=TickRule.PENNY_PROGRAM)
SPXW = RootSpec(
    "SPXW",
    "SPX",
    "index_pm",
    exercise_style=ExerciseStyle.EUROPEAN,
    delivery=Delivery.CASH,
    tick_rule=TickRule.SPX,
)
SPX = replace(SPXW, root="SPX", product_class="index_am", settlement=Settlement.AM)
ADJUSTED = replace(GOOG, root="GOOG1", is_adjusted=True)
_SPECS = {spec.root: spec for spec in (GOOG, SPXW, SPX, ADJUSTED)}


def option(name: str, spec: RootSpec | None = None) -> OptionContract:
    """Read `750P`, `750P 160115` or `SPXW 4445C 230630`; GOOG and the session's day if unsaid."""
    words = name.split()
    root = words.pop(0) if words[0] in _SPECS else "GOOG"
    day = datetime.strptime(f"{words[1]}+0000", "%y%m%d%z").date() if words[1:] else SESSION.day
    return OptionContract(
        spec=spec or _SPECS[root],
        expiration=day,
        right=Right.CALL if words[0].endswith("C") else Right.PUT,
        strike=Decimal(words[0][:-1]),
    )


def legs(*names: str) -> tuple[Leg, ...]:
    """Read legs as held: `+1 745P`, `-1 750P`, `+100 shares`."""
    return tuple(_leg(*name.split(maxsplit=1)) for name in names)


def _leg(quantity: str, name: str) -> Leg:
    instrument = Shares("GOOG") if name == "shares" else option(name)
    return Leg(instrument, int(quantity))


def quote(
    name: str, bid: str | None, ask: str | None, *, age: float = 0, now: datetime = NOW
) -> Quote:
    """Quote an option (or `GOOG` itself) *age* seconds ago."""
    symbol = name if name == "GOOG" else option(name).symbol
    return Quote(
        symbol=symbol,
        bid=None if bid is None else Decimal(bid),
        ask=None if ask is None else Decimal(ask),
        quoted_at=now - timedelta(seconds=age),
    )


def by_symbol(*quotes: Quote) -> dict[str, Quote]:
    """Key quotes by their symbols."""
    return {one.symbol: one for one in quotes}


def view(
    *quotes: Quote,
    trade: str | None = None,
    trade_age: float = 0,
    halted: Iterable[str] = (),
    now: datetime = NOW,
) -> MarketView:
    """Show a market with GOOG's last trade *trade_age* seconds ago, and *quotes*."""
    trades = {}
    if trade is not None:
        at = now - timedelta(seconds=trade_age)
        trades["GOOG"] = LastTrade("GOOG", Decimal(trade), at)
    return MarketView(
        as_of=now,
        quotes=by_symbol(*(one for one in quotes if one.symbol != "GOOG")),
        underlying_quotes=by_symbol(*(one for one in quotes if one.symbol == "GOOG")),
        last_trades=trades,
        halted=frozenset(halted),
    )


def position(*held: str, units: int = 1, policy: Policy | None = None) -> Position:
    """Open a position of one lot."""
    return Position(
        id="p-1",
        number=1,
        bot="wheel",
        broker="paper",
        account="paper",
        underlying="GOOG",
        strategy="custom",
        legs=legs(*held),
        units=units,
        opened_at=NOW - timedelta(days=6),
        open_net_price=Decimal("1.25"),
        expiration=SESSION.day,
        closes_at=SESSION.closes_at,
        policy=policy,
        lots=(Lot(units, legs(*held)),),
    )


def case(
    *held: str,
    states: str,
    units: int = 1,
    policy: Policy | None = None,
    rules: Expiration | None = None,
    quotes: Iterable[Quote] = (),
) -> Case:
    """Put a position before the protocol; *states* has a word per leg that expires today."""
    subject = position(*held, units=units, policy=policy)
    expiring = tuple(
        leg
        for leg in subject.legs
        if isinstance(leg.instrument, OptionContract) and leg.instrument.expiration == SESSION.day
    )
    return Case(
        position=subject,
        lot=subject.lots[0],
        expiring=expiring,
        moneyness=tuple(judged(*pair) for pair in zip(expiring, states.split(), strict=True)),
        rules=rules or Expiration(),
        shares_held=0,
        cash=Decimal(0),
        attempt_number=0,
        is_last=False,
        quotes=by_symbol(*quotes),
        session=SESSION,
    )


def judged(leg: Leg, state: str, note: str = "", spot: str | None = None) -> LegMoneyness:
    """State a leg's moneyness, as if it had been assessed."""
    if not isinstance(leg.instrument, OptionContract):
        raise TypeError(leg)
    price = None if spot is None else Decimal(spot)
    return LegMoneyness(
        leg.symbol,
        Moneyness(state),
        leg.instrument.strike,
        price,
        None if spot is None else NOW,
        note,
    )
