"""
What the exchange takes, in the order in which it looks.

    market hours          MARKET_CLOSED       outside the session of the day
    contract              CONTRACT_EXPIRED    at or after its T
    client order id       DUPLICATE_CLIENT_ID for ever, where the card dedupes
    shape                 MALFORMED           no legs, no units, too many legs, wrong sign
    price of one leg      PRICE_TICK          its class's step (penny, 0.05/0.10, ...)
    price of a package    PRICE_TICK          0.01; SPX 0.05
    to close only         POSITION_GONE       nothing held in that direction
                          POSITION_SMALLER    less held than asked for
                          HELD_BY_OTHER_ORDER enough held, but not free

The exchange keeps its own table of steps and its own count of what is held: it is to
find faults of the engine, so it does not share the engine's arithmetic.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from botd.brokers.paper.book import Book, Ticket, broker_id
from botd.brokers.paper.lifetime import ends_at
from botd.brokers.paper.venue import Venue
from botd.brokers.paper.words import gone, insufficient, words_for
from botd.domain.contract import Leg, OptionContract, TickRule
from botd.errors import Refusal, RefusalReason

_CENT, _NICKEL, _DIME = Decimal("0.01"), Decimal("0.05"), Decimal("0.10")
_STEPS = {  # below 3.00, and from there
    TickRule.PENNY: (_CENT, _CENT),
    TickRule.PENNY_PROGRAM: (_CENT, _NICKEL),
    TickRule.NICKEL_DIME: (_NICKEL, _DIME),
    TickRule.SPX: (_NICKEL, _DIME),
}
_THREE_DOLLARS = Decimal(3)
_LONGEST_ID = 128


def refusal_of(venue: Venue, ticket: Ticket, now: datetime) -> Refusal | None:
    """Say why an order is not taken; None where it is."""
    return next(_refusals(venue, ticket, now), None)


def _refusals(venue: Venue, ticket: Ticket, now: datetime) -> Iterator[Refusal]:
    """Give every reason in the order of the table; the first one is the answer."""
    if not venue.is_trading(now):
        yield words_for(RefusalReason.MARKET_CLOSED)
    for leg in ticket.legs:
        ends = ends_at(leg.instrument, venue.sessions)
        if ends is not None and ends <= now:
            yield words_for(RefusalReason.CONTRACT_EXPIRED, leg.symbol)
    if venue.card.dedupes_client_ids and venue.book.of_client(ticket.client_order_id or ""):
        yield words_for(RefusalReason.DUPLICATE_CLIENT_ID)
    yield from _misshapen(ticket, venue.card.max_legs)
    if ticket.net_price is not None and _is_off_tick(ticket.legs, ticket.net_price):
        yield words_for(RefusalReason.PRICE_TICK)
    if venue.card.enforces_close_only:
        yield from _not_closing(venue.book, ticket.legs, ticket.units)


def _misshapen(ticket: Ticket, max_legs: int) -> Iterator[Refusal]:
    symbols = {leg.symbol for leg in ticket.legs}
    quantities = [leg.quantity for leg in ticket.legs]
    if not 0 < len(symbols) == len(quantities) <= max_legs or 0 in quantities:
        words = f"order must have 1 to {max_legs} legs with unique symbols"
        yield words_for(RefusalReason.MALFORMED, message=words)
    if ticket.units <= 0:
        yield words_for(RefusalReason.MALFORMED, message="qty must be integer and > 0")
    if not 0 < len(ticket.client_order_id or "") <= _LONGEST_ID:
        words = f"client_order_id must be 1 to {_LONGEST_ID} characters"
        yield words_for(RefusalReason.MALFORMED, message=words)
    if not _has_limit(ticket):
        yield words_for(RefusalReason.MALFORMED, message="invalid limit price")


def _has_limit(ticket: Ticket) -> bool:
    """Whether the limit is a price: finite, and of one leg above zero in its direction."""
    price = ticket.net_price
    if price is None:
        return True
    if not price.is_finite():
        return False
    return len(ticket.legs) > 1 or price * ticket.legs[0].quantity < 0


def _is_off_tick(legs: tuple[Leg, ...], net_price: Decimal) -> bool:
    contracts = [leg.instrument for leg in legs if isinstance(leg.instrument, OptionContract)]
    if len(legs) > 1 or not contracts:
        is_spx = any(contract.spec.tick_rule is TickRule.SPX for contract in contracts)
        return bool(net_price % (_NICKEL if is_spx else _CENT))
    below, above = _STEPS[contracts[0].spec.tick_rule]
    return bool(net_price % (below if abs(net_price) < _THREE_DOLLARS else above))


def _not_closing(book: Book, legs: tuple[Leg, ...], units: int) -> Iterator[Refusal]:
    for leg in legs:
        is_buy = leg.quantity > 0
        held = book.holdings.get(leg.symbol, 0)
        if held == 0 or (held < 0) is not is_buy:
            yield gone(leg.symbol, is_buy=is_buy)
        reserved = book.reserved(leg.symbol, is_buy=is_buy)
        requested = abs(leg.quantity) * units
        if abs(held) - sum(reserved.values()) < requested:
            yield insufficient(
                leg.symbol,
                requested=requested,
                held=abs(held),
                reserved=sum(reserved.values()),
                by=", ".join(broker_id(number) for number in reserved),
            )


def uncovered(book: Book) -> tuple[int, ...]:
    """Name live orders, newest first, that would close more than is held."""
    found: list[int] = []
    promised: dict[tuple[str, bool], int] = {}
    for order in book.live.values():
        if not order.is_live:
            continue
        needs = [
            ((leg.symbol, leg.quantity > 0), abs(leg.quantity) * order.remaining_units)
            for leg in order.report.legs
        ]
        if all(promised.get(key, 0) + size <= _closable(book, key) for key, size in needs):
            for key, size in needs:
                promised[key] = promised.get(key, 0) + size
        else:
            found.append(order.number)
    return tuple(found)


def _closable(book: Book, key: tuple[str, bool]) -> int:
    symbol, is_buy = key
    held = book.holdings.get(symbol, 0)
    return max(-held if is_buy else held, 0)
