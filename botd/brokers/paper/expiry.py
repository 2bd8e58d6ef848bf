"""
How contracts end that nobody closed.

    in the money by a cent or more, physical   short: assigned; long: exercised (OCC)
    in the money, cash-settled                 its intrinsic value is paid
    otherwise                                  it expires

The price is the official close, lacking it the last print at or before the close; of
an AM-settled contract the first print of its expiration day. Without a price nothing
is booked. Holdings, cash and records change together, at 11:00 UTC the next morning.
"""

from datetime import datetime
from decimal import Decimal

from botd.brokers.paper.lifetime import booked_at, ends_at
from botd.brokers.paper.venue import Venue
from botd.brokers.port import RecordKind, SettlementRecord
from botd.domain import occ
from botd.domain.contract import Delivery, OptionContract, Right, Settlement

_EXERCISE_FROM = Decimal("0.01")  # OCC exercises by exception from one cent


def next_booking(venue: Venue) -> datetime | None:
    """Tell when the next held contract's end is booked; None: no price, no contract."""
    found = (_booking(venue, symbol) for symbol in venue.book.holdings)
    return min((at for at in found if at is not None), default=None)


def book_ends(venue: Venue, now: datetime) -> None:
    """Book the end of every held contract that is due."""
    for symbol in tuple(venue.book.holdings):
        at = _booking(venue, symbol)
        if at is not None and at <= now:
            contract = occ.parse(symbol)
            price = settlement_price(venue, contract)
            assert price is not None, symbol  # noqa: S101 - `_booking` has asked for it
            _end(venue, contract, price, at)


def deliver(venue: Venue, contract: OptionContract, quantity: int, at: datetime) -> None:
    """Exercise or assign *quantity* (signed, as held): the contract goes, shares move."""
    sign = 1 if contract.right is Right.CALL else -1
    shares = sign * quantity * contract.multiplier
    venue.book.hold(contract.symbol, -quantity)
    venue.book.hold(contract.underlying, shares)
    venue.book.pay(-shares * contract.strike)
    kind = RecordKind.EXERCISE if quantity > 0 else RecordKind.ASSIGNMENT
    _record(venue, contract, kind, quantity, contract.strike, at)


def settlement_price(venue: Venue, contract: OptionContract) -> Decimal | None:
    """Give the price that settles a contract; None where the exchange cannot know it."""
    ends = ends_at(contract, venue.sessions)
    shown = None if ends is None else venue.shown(ends)
    if shown is None or ends is None or shown.pack.underlying != contract.underlying:
        return None
    if contract.spec.settlement is Settlement.AM:
        return _opening_price(venue, contract)
    is_of_day = shown.session.opens_at < ends <= shown.session.closes_at
    return shown.pack.close_price(shown.session.closes_at) if is_of_day else None


def _opening_price(venue: Venue, contract: OptionContract) -> Decimal | None:
    session = venue.sessions.on(contract.expiration)
    shown = None if session is None else venue.shown(session.opens_at)
    if shown is None or shown.session != session:
        return None
    prints = (
        trade.price for trade in shown.pack.trades if trade.traded_at > shown.session.opens_at
    )
    return next(prints, None)


def _booking(venue: Venue, symbol: str) -> datetime | None:
    """Tell when a holding's end is booked; None: shares, or no price to book it at."""
    if symbol not in venue.bookings:
        contract = occ.parse_instrument(symbol)
        can_end = (
            isinstance(contract, OptionContract)
            and not contract.spec.is_adjusted
            and settlement_price(venue, contract) is not None
        )
        venue.bookings[symbol] = (
            booked_at(contract, venue.sessions)
            if can_end and isinstance(contract, OptionContract)
            else None
        )
    return venue.bookings[symbol]


def _end(venue: Venue, contract: OptionContract, price: Decimal, at: datetime) -> None:
    quantity = venue.book.holdings[contract.symbol]
    value = contract.intrinsic(price)
    if value < _EXERCISE_FROM:
        venue.book.hold(contract.symbol, -quantity)
        _record(venue, contract, RecordKind.EXPIRATION, quantity, None, at)
    elif contract.spec.delivery is Delivery.CASH:
        venue.book.hold(contract.symbol, -quantity)
        venue.book.pay(quantity * contract.multiplier * value)
        _record(venue, contract, RecordKind.CASH_SETTLEMENT, quantity, value, at)
    else:
        deliver(venue, contract, quantity, at)


def _record(
    venue: Venue,
    contract: OptionContract,
    kind: RecordKind,
    quantity: int,
    price: Decimal | None,
    at: datetime,
) -> None:
    record_id = f"{at:%Y%m%d%H%M}-{contract.symbol}-{kind.value}-{len(venue.book.records) + 1}"
    venue.book.record(
        SettlementRecord(record_id, kind, contract.symbol, quantity, price, at),
    )
