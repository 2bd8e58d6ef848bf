"""What every part of the exchange works on."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from botd.brokers.paper.align import Feed, Shown
from botd.brokers.paper.book import Book
from botd.brokers.paper.matching import Natural, natural
from botd.brokers.port import CapabilityCard
from botd.domain.contract import Leg, OptionContract
from botd.domain.session import Sessions


@dataclass(frozen=True, slots=True)
class ContractEnd:
    """When a contract's end is booked, and at which price of its underlying."""

    contract: OptionContract
    at: datetime
    price: Decimal  # dollars per share


@dataclass(slots=True)
class Venue:
    """The exchange's rules and quotes, and the book they act on."""

    book: Book
    feed: Feed
    sessions: Sessions
    card: CapabilityCard
    # By symbol. They follow from calendar and pack alone, so they are found once.
    ends: dict[str, ContractEnd | None] = field(default_factory=dict)

    def shown(self, at: datetime) -> Shown | None:
        """Give the day shown at *at*; None beyond the calendar."""
        try:
            return self.feed.at(at)
        except LookupError:
            return None

    def is_trading(self, at: datetime) -> bool:
        """Whether the session of *at*'s day is on."""
        try:
            session = self.sessions.containing_day(at)
        except LookupError:
            return False
        return session is not None and session.opens_at <= at < session.closes_at

    def natural(self, legs: tuple[Leg, ...], at: datetime) -> Natural | None:
        """Give what *legs*, as sent, trade at; None while any of them does not."""
        shown = self.shown(at)
        if shown is None or any(leg.instrument.underlying in self.book.halts for leg in legs):
            return None
        return natural(
            legs,
            lambda symbol: shown.pack.quote(symbol, at),
            self.book.used_of,
            shown.session,
        )
