"""A mixed book over every broker, through a half-day and the eight o'clock after it."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from botd.domain import lots, schedule, strategy
from botd.domain.contract import Leg
from botd.domain.instruments import ending, parse_instrument
from botd.domain.position import Policy, Position
from tests.contract.alpaca_stand import AlpacaStand
from tests.contract.crosstrade_stand import CrosstradeStand
from tests.contract.intotes_stand import IntotesStand
from tests.contract.tastytrade_stand import TastytradeStand
from tests.contract.tradier_stand import TradierStand
from tests.engine.given import bot, position
from tests.engine.market import SESSIONS, instant, symbol
from tests.scenarios.served import Account, ServedDay
from tests.servers.intotes import IntotesFace

GOLD = "future:GC 12-15"
WINS, LOSES = "event:100:YES", "event:200:YES"
OPTIONS = {
    symbol("750P"): ("2.40", "2.60"),
    symbol("745P"): ("0.10", "0.15"),
    symbol("740P"): ("0.05", "0.10"),
    "GOOG": ("748.00", "748.02"),
}


def other(name: str, text: str, quantity: int, price: str, *, ends: str | None = None) -> Position:
    """Make a position of one leg that is no listed option."""
    told = ending(parse_instrument(text), None if ends is None else instant(ends))
    legs = (Leg(told, 1 if quantity > 0 else -1),)
    return lots.open_position(
        Position(
            id=name,
            number=0,
            bot="wheel",
            broker="",
            account="",
            underlying=told.underlying,
            strategy=strategy.name(legs),
            legs=legs,
            units=abs(quantity),
            opened_at=instant("12-18 15:00"),
            open_net_price=Decimal(price),
            expiration=schedule.expiration_of(legs, SESSIONS),
            closes_at=schedule.closes_at(legs, SESSIONS),
        )
    )


class Six:
    """The book, at its brokers."""

    def __init__(self) -> None:
        self.day = ServedDay("17:35")
        self.alpaca = self._options("alpaca", AlpacaStand.dialect)
        self.tradier = self._options("tradier", TradierStand.dialect)
        self.tastytrade = self._options("tastytrade", TastytradeStand.dialect)
        self.crosstrade = self.day.open("crosstrade", CrosstradeStand.dialect, bot())
        self.intotes = self.day.open("intotes", IntotesStand.dialect, bot())
        self._hold()

    def _options(self, name: str, dialect: object) -> Account:
        account = self.day.open(name, dialect, bot())  # type: ignore[arg-type]
        account.market = dict(OPTIONS)
        close = self.day.clock.now().date()
        self.day.at("18:00:05", lambda: account.exchange.close_at("GOOG", close, "748.00"))
        return account

    def _hold(self) -> None:
        day = self.day
        day.hold(self.alpaca, position("fills", "-1 750P"), position("expires", "-1 740P"))
        day.hold(self.tradier, position("spread", "-1 750P", "+1 745P"))
        day.hold(self.tradier, position("liquidated", "-2 740P"))
        accepted = replace(position("accepted", "-1 750P"), policy=Policy.ACCEPT)
        day.hold(self.tastytrade, accepted)
        day.hold(self.crosstrade, other("gold", GOLD, 2, "-1070.00", ends="18:00"))
        self.crosstrade.market = {GOLD: ("1074.10", "1074.30")}
        day.hold(self.intotes, other("wins", WINS, 500, "-47.50", ends="18:00"))
        day.hold(self.intotes, other("loses", LOSES, 100, "-20.00", ends="18:00"))
        self.intotes.market = {
            WINS: ("62.00", "63.00"),
            "event:100:NO": ("37.00", "38.00"),
            LOSES: ("12.00", "13.00"),
            "event:200:NO": ("87.00", "88.00"),
        }
        self.intotes.trades = {"event:100": "62.50", "event:200": "12.50"}
        self._face.markets.known |= {"100", "200"}
        self.intotes.size = 10_000
        day.at("17:45", lambda: self.tradier.exchange.liquidate(symbol("740P"), 2, "0.10"))
        day.at("18:10", lambda: self._face.resolve("200", "NO"))

    @property
    def _face(self) -> IntotesFace:
        face = self.intotes.gate.face
        assert isinstance(face, IntotesFace)
        return face

    def end(self, name: str) -> tuple[str, str, str | None]:
        """Tell how a position stands: status, who manages it, who closed it."""
        found = self.day.position(name)
        by = None if found.closed_by is None else found.closed_by.value
        return found.status.value, found.managed_by.value, by


@pytest.fixture(scope="module")
def six() -> Iterator[Six]:
    made = Six()
    made.day.play("18:30")
    yield made
    made.day.shut()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("fills", ("closed", "bot", "bot"), id="Alpaca: in the money, filled"),
        pytest.param("spread", ("closed", "bot", "bot"), id="Tradier: a spread, as one order"),
        pytest.param("liquidated", ("closed", "bot", "broker"), id="Tradier: closed by the broker"),
        pytest.param("gold", ("closed", "bot", "bot"), id="CrossTrade: its last trading day"),
        pytest.param("wins", ("closed", "bot", "bot"), id="Intotes: the side that wins"),
    ],
)
def test_day_ends_as_it_should(six: Six, name: str, expected: tuple[str, str, str | None]) -> None:
    """Half an hour after the bell every position has its end."""
    assert expected == six.end(name)
