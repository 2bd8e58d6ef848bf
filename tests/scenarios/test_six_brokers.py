"""A mixed book over every broker, through a half-day and the eight o'clock after it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from botd.domain import lots, schedule, strategy
from botd.domain.contract import Leg
from botd.domain.instruments import ending, parse_instrument
from botd.domain.pnl import realized_pnl
from botd.domain.position import Policy, Position
from tests.contract.alpaca_stand import AlpacaStand
from tests.contract.clickoptions_stand import ClickOptionsStand
from tests.contract.crosstrade_stand import CrosstradeStand
from tests.contract.intotes_stand import IntotesStand
from tests.contract.tastytrade_stand import TastytradeStand
from tests.contract.tradier_stand import TradierStand
from tests.engine.given import bot, position
from tests.engine.market import SESSIONS, instant, symbol
from tests.scenarios.served import Account, ServedDay
from tests.servers.intotes import IntotesFace

GOLD = "future:GC 12-15"
BITCOIN, WORTHLESS = "crypto:BTC-25DEC15-450-C", "crypto:BTC-25DEC15-500-C"
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
        self.clickoptions = self.day.open("clickoptions", ClickOptionsStand.dialect, bot())
        self._hold()
        self._hold_crypto()

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

    def _hold_crypto(self) -> None:
        day, exchange = self.day, self.clickoptions.exchange
        day.hold(self.clickoptions, other("bitcoin", BITCOIN, 3, "-500"))
        day.hold(self.clickoptions, other("worthless", WORTHLESS, 2, "-500"))
        self.clickoptions.trades = {"BTC": "455.00"}
        day.at("12-25 08:01", lambda: exchange.close_at("BTC", date(2015, 12, 25), "456.00"))

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
    made.day.play("12-25 08:30")
    yield made
    made.day.shut()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("fills", ("closed", "bot", "bot"), id="Alpaca: in the money, filled"),
        pytest.param("expires", ("expired", "bot", None), id="Alpaca: out of the money, left"),
        pytest.param("spread", ("closed", "bot", "bot"), id="Tradier: a spread, as one order"),
        pytest.param("liquidated", ("closed", "bot", "broker"), id="Tradier: the broker was first"),
        pytest.param("accepted", ("open", "bot", None), id="tastytrade: taken on purpose"),
        pytest.param("gold", ("closed", "bot", "bot"), id="CrossTrade: its last trading day"),
        pytest.param("wins", ("closed", "bot", "bot"), id="Intotes: the side that wins"),
        pytest.param("loses", ("settled", "bot", None), id="Intotes: left, and settled at nothing"),
        pytest.param("bitcoin", ("settled", "manual", None), id="ClickOptions: a person had it"),
        pytest.param("worthless", ("expired", "bot", None), id="ClickOptions: left to expire"),
    ],
)
def test_everything_has_its_end(six: Six, name: str, expected: tuple[str, str, str | None]) -> None:
    """After the bell and the eight o'clock that follows, each position ended as its rules say."""
    assert expected == six.end(name)


def test_crypto_option_in_the_money_goes_to_a_person_at_once(six: Six) -> None:
    """There is no call that closes it: said at the first attempt, and nothing was sent."""
    first = six.day.attempts("bitcoin")[0]

    assert ("T-10", "hand_over") == (first.lead, first.decision)
    assert "no call that closes a position" in (first.reason or "")
    assert () == six.day.sent("bitcoin")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("spread", Decimal(-125), id="options: a hundred dollars a point"),
        pytest.param("wins", Decimal(7_250), id="events: cents, a share at a time"),
        pytest.param("loses", Decimal(-2_000), id="events: what was paid is lost"),
        pytest.param("gold", None, id="futures: the market's price is not told"),
        pytest.param("worthless", Decimal(-10), id="crypto: a hundredth of a coin"),
        pytest.param("bitcoin", Decimal("-14.82"), id="crypto: settled at its worth"),
    ],
)
def test_dollars_are_those_of_the_contract(six: Six, name: str, expected: Decimal | None) -> None:
    """Each kind of contract counts its own dollars, and what is unknown is never zero."""
    assert expected == realized_pnl(six.day.position(name))[0]


def test_nobody_else_was_closed(six: Six) -> None:
    """What is left of it all is what the accepted put brought."""
    held = {
        name: quantity
        for account in six.day.accounts
        for name, quantity in account.exchange.held.items()
        if quantity
    }

    assert {"GOOG": 100} == held


def test_no_broker_was_asked_too_often(six: Six) -> None:
    """Six limits, none of them met."""
    assert {0} == {account.gate.too_many for account in six.day.accounts}
