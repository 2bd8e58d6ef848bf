"""An account at an instant of a day with an early close, and a clock to set."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from tests.servers.exchange import Exchange
from tests.servers.exchange_calendar import ExchangeCalendar
from tests.servers.exchange_rules import Rules
from tests.servers.orders import ExchangeOrder, LegPair, Reason, Rejected, Ticket

DAY = date(2015, 12, 24)
CLOSES_AT = datetime(2015, 12, 24, 18, 0, tzinfo=UTC)  # 13:00 New York
PUT = "GOOG151224P00750000"  # bid 0.70, ask 1.00, three each
LOWER_PUT = "GOOG151224P00745000"  # bid 0.05, ask 0.10, three each
LATER_CALL = "GOOG160115C00750000"  # bid 12.00, ask 12.50, three each
BUY: tuple[LegPair, ...] = ((PUT, 1),)
SPREAD: tuple[LegPair, ...] = ((PUT, 1), (LOWER_PUT, -1))


class World:
    """An exchange at 17:50 UTC, ten minutes before its close."""

    def __init__(self, *, rules: Rules = Rules()) -> None:  # noqa: B008 - frozen
        self.now = datetime(2015, 12, 24, 17, 50, tzinfo=UTC)
        self.told: list[tuple[str, str]] = []  # event, order id
        self.exchange = Exchange(
            account="A1",
            now=lambda: self.now,
            rules=rules,
            calendar=ExchangeCalendar({DAY: time(13, 0), date(2015, 12, 25): None}),
        )
        self.exchange.listeners.append(lambda event, order: self.told.append((event, order.id)))
        self.exchange.quote(PUT, "0.70", "1.00", 3)
        self.exchange.quote(LOWER_PUT, "0.05", "0.10", 3)
        self.exchange.quote(LATER_CALL, "12.00", "12.50", 3)

    def at(self, instant: datetime) -> None:
        """Set the clock, and let the exchange come up to it."""
        self.now = instant
        self.exchange.advance()

    def later(self, **duration: float) -> None:
        """Let time pass: `seconds=5`."""
        self.at(self.now + timedelta(**duration))

    def buy(
        self,
        limit: str | None,
        units: int = 1,
        *,
        client_order_id: str = "a",
        legs: tuple[LegPair, ...] = BUY,
    ) -> ExchangeOrder:
        """Place an order of our own that closes."""
        price = None if limit is None else Decimal(limit)
        return self.exchange.place(Ticket(client_order_id, legs, units, price))


def refusal(act: Callable[[], object]) -> Rejected | None:
    """Give what the exchange refused an act with; None: it did not."""
    try:
        act()
    except Rejected as rejected:
        return rejected
    return None


def reason(act: Callable[[], object]) -> Reason | None:
    """Give why the exchange refused an act; None: it did not."""
    found = refusal(act)
    return None if found is None else found.reason
