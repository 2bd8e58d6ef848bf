"""What an account holds, its orders, its record, and the market that it sees."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal

from tests.servers.exchange_calendar import ExchangeCalendar
from tests.servers.exchange_matching import Natural, natural
from tests.servers.exchange_rules import Rules, Ticks
from tests.servers.orders import (
    Activity,
    BidAsk,
    ExchangeOrder,
    LastSale,
    LegPair,
    OrderState,
)


class Account:
    """The state of an account; `Exchange` changes it."""

    def __init__(
        self,
        *,
        account: str,
        now: Callable[[], datetime],
        cash: Decimal,
        environment: str,
        rules: Rules,
        calendar: ExchangeCalendar,
    ) -> None:
        self.account = account
        self.now = now
        self.cash = cash
        self.environment = environment
        self.rules = rules
        self.calendar = calendar
        self.options_level = 3
        self.blocked: str | None = None  # why no order is taken
        self.held: dict[str, int] = {}  # signed; nothing is held at zero
        self.book: list[tuple[datetime, str, int]] = []  # what was held after each change
        self.orders: dict[str, ExchangeOrder] = {}  # by id, in order of arrival
        self.activities: list[Activity] = []  # also what is posted later
        self.quotes: dict[str, BidAsk] = {}
        self.trades: dict[str, LastSale] = {}
        self.official: dict[tuple[str, date], Decimal] = {}  # official closes
        self.ticks: dict[str, Ticks] = {}  # by root, where it is not the usual one
        self.price_band: Decimal | None = None  # dollars from the natural
        self.untradable: set[str] = set()
        self.locked: set[str] = set()  # an assignment is being processed
        self.halted: set[str] = set()  # underlyings that do not trade

    def hold(self, quantities: dict[str, int]) -> None:
        """Let the account hold these signed quantities more than it did."""
        for symbol, quantity in quantities.items():
            total = self.held.get(symbol, 0) + quantity
            self.held[symbol] = total
            self.book.append((self.now(), symbol, total))
            if not total:
                del self.held[symbol]

    def trade(self, symbol: str, price: str) -> None:
        """Print a trade of an underlying."""
        self.trades[symbol] = LastSale(symbol, Decimal(price), self.now())

    def close_at(self, symbol: str, day: date, price: str) -> None:
        """Make the official close of a day known."""
        self.official[symbol, day] = Decimal(price)

    def live(self) -> Iterator[ExchangeOrder]:
        """Give the orders that may still fill, also the ones that nobody sees yet."""
        return (each for each in list(self.orders.values()) if not each.is_final)

    def holders(self, symbol: str, *, is_buy: bool) -> dict[str, int]:
        """Tell what live orders may still close of a symbol, by order id."""
        found: dict[str, int] = {}
        for order in self.live():
            if order.state is OrderState.PENDING and order.replaces is not None:
                continue  # it waits for the order that holds the quantity
            for leg, ratio in order.legs:
                if leg == symbol and (ratio > 0) is is_buy:
                    found[order.id] = abs(ratio) * order.remaining_units
        return found

    def natural(self, legs: tuple[LegPair, ...]) -> Natural | None:
        """Give what legs, as sent, trade at now."""
        return natural(legs, self.quotes)
