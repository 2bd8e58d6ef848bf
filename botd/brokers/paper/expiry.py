"""
How contracts end that nobody closed.

    in the money by a cent or more, physical   short: assigned; long: exercised (OCC)
    in the money, cash-settled                 its intrinsic value is paid
    otherwise                                  it expires

The price is the official close, lacking it the last print at or before the close; of
an AM-settled contract the first print of its expiration day. Without a price nothing
is booked. Holdings, cash and records change together, at 11:00 UTC the next morning.
"""

from datetime import UTC, datetime, time
from decimal import Decimal

from botd.brokers.paper.lifetime import booked_at, ends_at
from botd.brokers.paper.venue import ContractEnd, Venue
from botd.brokers.port import RecordKind, SettlementRecord
from botd.domain.contract import Delivery, OptionContract, Right, Settlement
from botd.domain.instruments import parse_instrument

_MIDDAY_UTC = time(17, 0)  # the same New York day all year
_EXERCISE_FROM = Decimal("0.01")  # OCC exercises by exception from one cent


def next_booking(venue: Venue) -> datetime | None:
    """Tell when the next held contract's end is booked; None: no price, no contract."""
    found = (_end_of(venue, symbol) for symbol in venue.book.holdings)
    return min((end.at for end in found if end is not None), default=None)


def book_ends(venue: Venue, now: datetime) -> None:
    """Book the end of every held contract that is due."""
    for symbol in tuple(venue.book.holdings):
        end = _end_of(venue, symbol)
        if end is not None and end.at <= now:
            _book(venue, end)


def deliver(venue: Venue, contract: OptionContract, quantity: int, at: datetime) -> None:
    """Exercise or assign *quantity* (signed, as held): the contract goes, shares move."""
    sign = 1 if contract.right is Right.CALL else -1
    shares = sign * quantity * contract.multiplier
    venue.book.hold(contract.symbol, -quantity)
    venue.book.hold(contract.underlying, shares)
    venue.book.pay(-shares * contract.strike)
    kind = RecordKind.EXERCISE if quantity > 0 else RecordKind.ASSIGNMENT
    _record(venue, contract, kind, quantity, contract.strike, at)


def _end_of(venue: Venue, symbol: str) -> ContractEnd | None:
    """Tell how a holding ends; None: shares, or no price to end it at."""
    if symbol not in venue.ends:
        held = parse_instrument(symbol)
        venue.ends[symbol] = _find_end(venue, held) if isinstance(held, OptionContract) else None
    return venue.ends[symbol]


def _find_end(venue: Venue, contract: OptionContract) -> ContractEnd | None:
    if contract.spec.is_adjusted:
        return None
    ends = ends_at(contract, venue.sessions)
    shown = None if ends is None else venue.shown(ends)
    if shown is None or ends is None or shown.pack.underlying != contract.underlying:
        return None
    if contract.spec.settlement is Settlement.AM:
        price = _opening_price(venue, contract)
    elif shown.session.opens_at < ends <= shown.session.closes_at:
        price = shown.pack.close_price(shown.session.closes_at)
    else:
        price = None
    return None if price is None else ContractEnd(contract, booked_at(contract, ends), price)


def _opening_price(venue: Venue, contract: OptionContract) -> Decimal | None:
    shown = venue.shown(datetime.combine(contract.expiration, _MIDDAY_UTC, UTC))
    if shown is None or shown.session.day != contract.expiration:
        return None
    prints = (
        trade.price for trade in shown.pack.trades if trade.traded_at > shown.session.opens_at
    )
    return next(prints, None)


def _book(venue: Venue, end: ContractEnd) -> None:
    contract = end.contract
    quantity = venue.book.holdings[contract.symbol]
    value = contract.intrinsic(end.price)
    if value < _EXERCISE_FROM:
        venue.book.hold(contract.symbol, -quantity)
        _record(venue, contract, RecordKind.EXPIRATION, quantity, None, end.at)
    elif contract.spec.delivery is Delivery.CASH:
        venue.book.hold(contract.symbol, -quantity)
        venue.book.pay(quantity * contract.dollars_per_point * value)
        _record(venue, contract, RecordKind.CASH_SETTLEMENT, quantity, value, end.at)
    else:
        deliver(venue, contract, quantity, end.at)


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
