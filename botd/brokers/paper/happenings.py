"""What befalls an account without any order of ours."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from botd.brokers.paper import trading
from botd.brokers.paper.book import Planned, Ticket
from botd.brokers.paper.expiry import deliver
from botd.brokers.paper.faults import Fault, FaultKind
from botd.brokers.paper.venue import Venue
from botd.domain.contract import Leg, OptionContract, multiplier_of

OUTSIDE = "outside"  # begins the client order ids of a person's orders; the broker's have none
_LEAST = Decimal("0.01")  # a liquidation without any quote is booked at a cent


def next_happening(venue: Venue) -> datetime | None:
    """Tell when something will befall the account; perhaps in the past."""
    planned = (found.fault.at for found in _pending(venue))
    return min((*planned, *venue.book.halts.values()), default=None)


def run_happenings(venue: Venue, now: datetime) -> None:
    """Let everything happen whose instant has come."""
    for underlying, until in tuple(venue.book.halts.items()):
        if until <= now:
            venue.book.halt(underlying, None)
            for order in tuple(venue.book.live.values()):
                trading.match(venue, order, now)
    for planned in sorted(_pending(venue), key=lambda found: (found.fault.at, found.number)):
        if planned.fault.at <= now:
            venue.book.spend(planned)
            _happen(venue, planned.fault, now)


def _pending(venue: Venue) -> list[Planned]:
    return [found for found in venue.book.faults.values() if found.fault.kind in _HAPPEN]


def _happen(venue: Venue, fault: Fault, now: datetime) -> None:
    _HAPPEN[fault.kind](venue, fault, now)
    trading.cancel_uncovered(venue, now)


def _vanish(venue: Venue, fault: Fault, _: datetime) -> None:
    for leg, size in _held(venue, fault):
        venue.book.hold(leg.symbol, -size)


def _assign(venue: Venue, fault: Fault, now: datetime) -> None:
    for leg, size in _held(venue, fault):
        if isinstance(leg.instrument, OptionContract):
            deliver(venue, leg.instrument, size, now)


def _liquidate(venue: Venue, fault: Fault, now: datetime) -> None:
    for leg, size in _held(venue, fault):
        closing = (Leg(leg.instrument, -1 if size > 0 else 1),)
        trade(venue, closing, abs(size), by=None, now=now)


def _close_outside(venue: Venue, fault: Fault, now: datetime) -> None:
    if units := _units_held(venue, fault):
        trade(venue, _closing(fault.legs), units, by=OUTSIDE, now=now)


def _rest(venue: Venue, fault: Fault, now: datetime) -> None:
    if units := _units_held(venue, fault):
        trading.plant(venue, Ticket(_closing(fault.legs), units, fault.net_price, OUTSIDE), now)


def _halt(venue: Venue, fault: Fault, _: datetime) -> None:
    for leg in fault.legs:
        venue.book.halt(leg.instrument.underlying, fault.at + fault.duration)


_HAPPEN: dict[FaultKind, Callable[[Venue, Fault, datetime], None]] = {
    FaultKind.GONE: _vanish,
    FaultKind.ASSIGN: _assign,
    FaultKind.LIQUIDATE_LEG: _liquidate,
    FaultKind.OUTSIDE_CLOSE: _close_outside,
    FaultKind.RESTING_EXIT: _rest,
    FaultKind.TRADING_HALT: _halt,
}


def _held(venue: Venue, fault: Fault) -> list[tuple[Leg, int]]:
    """Give each leg with the signed quantity that is held of it, at most the fault's units."""
    found = []
    for leg in fault.legs:
        held = venue.book.holdings.get(leg.symbol, 0)
        if held * leg.quantity > 0:
            wanted = abs(held) if fault.units is None else abs(leg.quantity) * fault.units
            size = min(abs(held), wanted)
            found.append((leg, size if held > 0 else -size))
    return found


def _units_held(venue: Venue, fault: Fault) -> int:
    held = {leg.symbol: abs(size) for leg, size in _held(venue, fault)}
    units = (held.get(leg.symbol, 0) // abs(leg.quantity) for leg in fault.legs)
    return min(units, default=0)


def _closing(legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
    return tuple(Leg(leg.instrument, -leg.quantity) for leg in legs)


def trade(
    venue: Venue, legs: tuple[Leg, ...], units: int, *, by: str | None, now: datetime
) -> None:
    """
    Let somebody else's order of *legs*, as sent, be filled whole and at once.

    At the natural; where there is none, at intrinsic value, at least a cent a leg.
    """
    shown = venue.natural(legs, now)
    net_price = _worth(venue, legs, now) if shown is None else shown.net_price
    trading.trade_outside(venue, Ticket(legs, units, None, by), net_price, now)


def _worth(venue: Venue, legs: tuple[Leg, ...], now: datetime) -> Decimal:
    shown = venue.shown(now)
    last = shown and shown.pack.last_trade(now, shown.session.closes_at)
    spot = last.price if last else Decimal(0)
    total = Decimal(0)
    for leg in legs:
        held = leg.instrument
        worth = held.intrinsic(spot) if isinstance(held, OptionContract) else spot
        total -= leg.quantity * max(worth, _LEAST) * held.dollars_per_point
    return total / multiplier_of(legs)
