"""
The exchange's time.

It stands still between calls. Each call first lets everything happen, in order, that
lies between the last instant it processed and now:

    at one instant   1. happenings (assignments, liquidations, halts, others' orders)
                     2. orders arrive, are rejected, are cancelled
                     3. resting orders meet the quotes
                     4. orders expire
                     5. contracts are settled

So results do not depend on when, or how often, anybody looks.
"""

from datetime import datetime

from botd.brokers.paper import expiry, happenings, trading
from botd.brokers.paper.book import symbols_of
from botd.brokers.paper.venue import Venue


def advance(venue: Venue, now: datetime) -> None:
    """Process everything up to *now*. A clock that steps back changes nothing."""
    book = venue.book
    while (due := _due(venue)) is not None and due <= now:
        book.advanced_to = due
        book.is_due_known = False
        _process(venue, due)
    book.advanced_to = max(book.advanced_to, now)


def _due(venue: Venue) -> datetime | None:
    book = venue.book
    if not book.is_due_known:
        book.due = _next_event(venue)
        book.is_due_known = True
    return book.due


def _next_event(venue: Venue) -> datetime | None:
    book = venue.book
    found = [at for order in book.live.values() for at in order.timers()]
    found += [at for at in (happenings.next_happening(venue),) if at is not None]
    found += [at for at in (expiry.next_booking(venue),) if at is not None]
    shown = venue.shown(book.advanced_to) if book.live else None
    row_at = shown.pack.next_row_after(book.advanced_to) if shown else None
    if row_at is not None:
        found.append(row_at)
    first = min(found, default=None)
    return None if first is None else max(first, book.advanced_to)


def _process(venue: Venue, at: datetime) -> None:
    happenings.run_happenings(venue, at)
    trading.run_timers(venue, at)
    _match_resting(venue, at)
    trading.expire_orders(venue, at)
    expiry.book_ends(venue, at)


def _match_resting(venue: Venue, at: datetime) -> None:
    shown = venue.shown(at)
    changed = shown.pack.rows.get(at) if shown else None
    if changed:
        for order in tuple(venue.book.live.values()):
            if symbols_of(order.report.legs) & changed:
                trading.match(venue, order, at)
