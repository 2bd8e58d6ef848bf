"""
What people are told, in the words of a trader: pure text, one line a position.

Every line names the position, where it stands, the time left, and one command.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from botd.domain.contract import (
    Delivery,
    Future,
    Leg,
    OptionContract,
    Right,
    ending_legs,
    option_legs,
)
from botd.domain.label import called, label, short
from botd.domain.orders import Holding
from botd.domain.pnl import close_net_price, realized_pnl
from botd.domain.position import Management, Policy, Position, Status
from botd.domain.quote import MarketView
from botd.domain.quoted import currency, is_event, price_text
from botd.domain.quoted import standing as standing_alone

_TIME_IS_OVER = re.compile(
    r"(, (\d+ minutes?|less than a minute) left)?: botd close \d+$"
)  # true before the bell
NEAR = Decimal("0.0025")  # of the strike: pinned, for the warning before the last attempt


@dataclass(frozen=True, slots=True)
class Notice:
    """One grouped message."""

    kind: str
    level: str  # "info", "warn", "page"
    title: str
    lines: tuple[str, ...]


def spot_of(view: MarketView | None, underlying: str) -> Decimal | None:
    """Give the last trade of an underlying, or the mid of its quote."""
    if view is None:
        return None
    trade = view.last_trades.get(underlying)
    if trade is not None:
        return trade.price
    quote = view.underlying_quotes.get(underlying)
    if quote is None or quote.bid is None or quote.ask is None:
        return None
    return (quote.bid + quote.ask) / 2


def standing(position: Position, spot: Decimal | None) -> str:
    """Say how far in or out of the money the nearest leg is: `ITM 1.10`."""
    if spot is None:
        return "spot unknown"
    if alone := standing_alone(_held(position), spot):
        return alone
    itm = [contract.intrinsic(spot) for contract in _open_options(position)]
    if any(itm):
        return f"ITM {max(itm):.2f} at {spot}"
    gaps = [abs(contract.strike - spot) / spot * 100 for contract in _open_options(position)]
    return f"{min(gaps):.1f} % away at {spot}" if gaps and spot else f"spot {spot}"


def line(position: Position, spot: Decimal | None, now: datetime, command: str) -> str:
    """Write the line of one position."""
    left = ""
    if position.closes_at is not None and now < position.closes_at:
        left = f", {minutes_left(position.closes_at - now)} left"
    asked = f": {command}" if command else ""
    return (
        f"{position.number}  {label(position)} ({position.account})  "
        f"{standing(position, spot)}{left}{asked}"
    )


def command_of(position: Position, now: datetime, *, can_close: bool = True) -> str:
    """
    Say what a person types: a close until the bell, then a look; nothing where all is gone.

    Where the broker has no call that closes, a look all along.
    """
    if not ending_legs(_held(position)):
        return ""
    is_over = position.closes_at is not None and now >= position.closes_at
    word = "close" if can_close and not is_over else "positions show"
    return f"botd {word} {position.number}"


def minutes_left(left: timedelta) -> str:
    """Write a time left as a person says it."""
    seconds = int(left.total_seconds())
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min"  # noqa: PLR2004 - a minute


def evening_before(positions: Iterable[Position], rules: Mapping[str, Policy]) -> Notice:
    """Tell what expires tomorrow, by which policy, and what an assignment would need."""
    lines = [
        f"{position.number}  {label(position)} ({position.account})  "
        f"{rules[position.id].value}{_if_assigned(position)}: botd plan"
        for position in positions
    ]
    return Notice("evening_before", "info", f"Tomorrow {len(lines)} expire", tuple(lines))


def near_strike(
    positions: Iterable[Position],
    view: MarketView | None,
    now: datetime,
    *,
    can_close: bool = True,
) -> Notice | None:
    """Name shorts whose strike is within a quarter of a percent of the spot."""
    lines = []
    for position in positions:
        spot = spot_of(view, position.underlying)
        if spot is None or is_event(position.legs):  # an event has no strike to be pinned at
            continue
        pinned = [
            short(contract)
            for contract, quantity in open_legs(position)
            if quantity < 0 and abs(contract.strike - spot) <= NEAR * contract.strike
        ]
        if pinned:
            text = line(position, spot, now, command_of(position, now, can_close=can_close))
            lines.append(f"{text}  (short {', '.join(pinned)} at the strike)")
    if not lines:
        return None
    return Notice("near_strike", "warn", "Shorts at the strike", tuple(lines))


def still_open(
    positions: Iterable[Position],
    view: MarketView | None,
    now: datetime,
    *,
    can_close: bool = True,
) -> Notice | None:
    """Name what is in the money and still open after the last attempt, with its exposure."""
    lines = []
    for position in positions:
        spot = spot_of(view, position.underlying)
        if not _threatens(position, spot):
            continue
        text = line(position, spot, now, command_of(position, now, can_close=can_close))
        lines.append(f"{text}  exposure {exposure(position, spot)}")
    if not lines:
        return None
    return Notice("still_open", "page", f"{len(lines)} still open at the bell", tuple(lines))


def _threatens(position: Position, spot: Decimal | None) -> bool:
    """Whether it is or may be in the money, or is a future, which nothing leaves alone."""
    if spot is None or _open_futures(position):
        return True
    return any(contract.intrinsic(spot) for contract in _open_options(position))


def exposure(position: Position, spot: Decimal | None) -> str:
    """
    Say what assignment and exercise would move, all legs in the money together.

    One short put: `+100 SPY, 43,000 dollars`. A spread's shares come and go, and what
    its strikes differ by is left: `+0 SPY, pays 500 dollars`.
    """
    for future, quantity in _open_futures(position):
        how = "settles in cash" if future.is_cash_settled else "is delivered"
        return f"{position.units_open * quantity:+d} {called(future)} {how}"
    shares: Decimal = Decimal(0)
    dollars: Decimal = Decimal(0)  # toward the account
    for contract, quantity in open_legs(position):
        if spot is not None and not contract.intrinsic(spot):
            continue
        if contract.spec.delivery is Delivery.CASH:
            return "settles in cash"
        direction = 1 if contract.right is Right.CALL else -1
        moved = position.units_open * quantity * contract.multiplier * direction
        shares += moved
        dollars -= moved * contract.strike
    verb = "" if shares or not dollars else "gets " if dollars > 0 else "pays "
    return f"{shares:+,f} {position.underlying}, {verb}{abs(dollars):,.0f} dollars"


def summary(positions: Iterable[Position]) -> Notice:
    """Tell every outcome after the close, with its price and what is still unknown."""
    found = list(positions)
    lines = [outcome_line(position) for position in sorted(found, key=_urgency)]
    open_cases = sum(1 for position in found if needs_person(position))
    title = f"{len(found)} outcomes" + (f", {open_cases} need a person" if open_cases else "")
    return Notice("summary", "page" if open_cases else "info", title, tuple(lines))


def outcome_line(position: Position) -> str:
    """Write how one position ended."""
    price = close_net_price(position)
    pnl, is_complete = realized_pnl(position)
    words = [f"{position.number}  {label(position)} ({position.account})", position.status.value]
    if price is not None:
        is_plain = not (is_event(position.legs) or currency(position.legs))
        words.append(f"at {price if is_plain else price_text(position.legs, price)}")
    words.append(
        f"P/L {pnl:,.2f}{currency(position.legs)}"
        if pnl is not None and is_complete
        else "P/L not known yet"
    )
    if position.fact:
        words.append(f"- {_TIME_IS_OVER.sub('', position.fact)}")
    if needs_person(position):
        words.append(f": botd override resolve {position.number} --as ...")
    return " ".join(words)


def needs_person(position: Position) -> bool:
    """Whether a person must act on how it ended."""
    return position.managed_by is Management.MANUAL and position.status in {
        Status.OPEN,
        Status.ASSIGNED,
        Status.UNRESOLVED,
    }


def unmanaged(holdings: Iterable[Holding]) -> tuple[str, ...]:
    """Name option positions at the broker that expire today and that nobody manages."""
    return tuple(
        f"?  {holding.symbol} {holding.quantity:+d}  NOBODY MANAGES THIS: botd positions sync"
        for holding in holdings
    )


def open_legs(position: Position) -> tuple[tuple[OptionContract, int], ...]:
    """Give the option legs that any unit still holds."""
    return option_legs(_held(position))


def _held(position: Position) -> tuple[Leg, ...]:
    return tuple({leg.symbol: leg for lot in position.lots for leg in lot.legs}.values())


def _open_futures(position: Position) -> list[tuple[Future, int]]:
    return [(one, held) for one, held in ending_legs(_held(position)) if isinstance(one, Future)]


def _open_options(position: Position) -> tuple[OptionContract, ...]:
    return tuple(contract for contract, _ in open_legs(position))


def _urgency(position: Position) -> tuple[int, int]:
    return (0 if needs_person(position) else 1, position.number)


def _if_assigned(position: Position) -> str:
    words = []
    for contract, quantity in open_legs(position):
        if quantity >= 0 or contract.spec.delivery is Delivery.CASH:
            continue
        shares = -quantity * position.units_open * contract.multiplier
        if contract.right is Right.PUT:
            words.append(f"if assigned: {shares * contract.strike:,.0f} dollars")
        else:
            words.append(f"if assigned: {shares:,} shares")
    return f" ({'; '.join(words)})" if words else ""
