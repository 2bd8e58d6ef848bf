"""An account of another kind in virtual time: its own market, market orders, its own records."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import pytest

from botd.brokers.port import CapabilityCard, RecordKind, SettlementRecord
from botd.domain import lots, schedule, strategy
from botd.domain.contract import Leg
from botd.domain.instruments import ending, parse_instrument
from botd.domain.orders import Fill, Holding, OrderIntent, OrderReport, ReportState
from botd.domain.position import Policy, Position
from botd.domain.quote import LastTrade, MarketView
from botd.engine.loop import AccountEngine
from botd.service import wiring
from botd.service.wiring import Surroundings
from tests.engine.given import KEY, Day, OddBroker
from tests.engine.market import SESSIONS, instant, market

MORNING_T = "08:00"  # UTC, hours before the session opens
CALL = "crypto:BTC-24DEC15-90000-C"
YES, NO = "event:100:YES", "event:100:NO"
ES, CL = "future:ES 12-15", "future:CL 01-16"
ON_MARKET = CapabilityCard(
    kind="other",
    proven="in process",
    max_legs=1,
    market_orders_only=True,
    has_settlement_records=True,
)
READ_ONLY = CapabilityCard(kind="other", proven="in process", closes=False, has_official_close=True)


class KindBroker(OddBroker):
    """A broker that fills market orders at once, tells no orders, and settles by itself."""

    def begin(self) -> None:
        """Hold nothing yet."""
        self.own: dict[str, int] = {}
        self.spots: dict[str, Decimal] = {}
        self.price: Decimal | None = None  # of each fill; None: it is not told
        self.at_most: int | None = None  # units that one order fills
        self.taken: list[OrderIntent] = []
        self.records: list[SettlementRecord] = []
        self.closing: dict[str, Decimal] = {}

    async def holdings(self) -> tuple[Holding, ...]:
        self._count()
        return tuple(Holding(symbol, held) for symbol, held in self.own.items() if held)

    async def market(
        self,
        symbols: frozenset[str],  # noqa: ARG002 - it tells no quotes
        underlyings: frozenset[str],
    ) -> MarketView:
        now = self._clock.now()
        trades = {
            name: LastTrade(name, price, now)
            for name, price in self.spots.items()
            if name in underlyings
        }
        return MarketView(now, {}, {}, trades)

    async def submit(self, intent: OrderIntent) -> OrderReport:
        now = self._clock.now()
        self.taken.append(intent)
        filled = intent.units if self.at_most is None else min(self.at_most, intent.units)
        for leg in intent.legs:
            self.own[leg.symbol] += leg.quantity * filled
        fills = () if self.price is None else (Fill("", filled, self.price, now),)
        return OrderReport(
            broker_order_id=intent.client_order_id,
            client_order_id=intent.client_order_id,
            state=ReportState.FILLED if filled == intent.units else ReportState.CANCELED,
            legs=intent.legs,
            units=intent.units,
            filled_units=filled,
            net_price=None,
            submitted_at=now,
            as_of=now,
            fills=fills,
        )

    async def orders(self, since: datetime) -> tuple[OrderReport, ...]:  # noqa: ARG002 - none
        return ()

    async def settlements(self, since: datetime) -> tuple[SettlementRecord, ...]:
        return tuple(one for one in self.records if one.recorded_at >= since)

    async def official_close(self, underlying: str, day: date) -> Decimal | None:  # noqa: ARG002
        return self.closing.get(underlying)

    def settle(self, symbol: str, price: str) -> None:
        """Pay what is held of *symbol* at a price, as its resolution does."""
        held = self.own.pop(symbol)
        name = f"{symbol} {price}"
        self.records.append(
            SettlementRecord(
                name, RecordKind.CASH_SETTLEMENT, symbol, held, Decimal(price), self._clock.now()
            )
        )


class KindDay(Day):
    """A day at such a broker."""

    broker: KindBroker

    def _open(self) -> None:
        self.broker = KindBroker(
            self.store, self.shown, self.clock, SESSIONS, account=KEY[1], card=self.card
        )
        self.broker.begin()
        around = Surroundings(self.ledger, self.clock, SESSIONS, "test")
        self.desk = wiring.make_desk(KEY, self.broker, around, [self.rules], mode=self.mode)
        self.engine = AccountEngine(self.desk)

    def play(self, until: str) -> "KindDay":
        super().play(until)
        return self

    def hold(self, *book: Position) -> None:
        for one in book:
            for leg in one.legs:
                held = self.broker.own.get(leg.symbol, 0)
                self.broker.own[leg.symbol] = held + leg.quantity * one.units


class KindDays:
    """Opens such days, and shuts them when the test is over."""

    def __init__(self) -> None:
        self._open: list[KindDay] = []

    def __call__(
        self,
        *book: Position,
        card: CapabilityCard = ON_MARKET,
        begins: str = "07:30",
        spots: dict[str, str] | None = None,
    ) -> KindDay:
        """Open a day at which *book* is held; *spots* by underlying."""
        day = KindDay(market(), book, card=card, begins=begins)
        day.broker.spots = {name: Decimal(price) for name, price in (spots or {}).items()}
        self._open.append(day)
        return day

    def shut(self) -> None:
        """Let go of all."""
        for day in self._open:
            day.shut()


@pytest.fixture
def open_kinds() -> Iterator[KindDays]:
    days = KindDays()
    yield days
    days.shut()


def kind(
    name: str,
    symbol: str,
    quantity: int = 1,
    *,
    units: int = 1,
    ends_at: str | None = None,
    net_price: str = "-62",
    policy: Policy | None = None,
) -> Position:
    """Make a position as an import does."""
    told = None if ends_at is None else instant(ends_at)
    own = (Leg(ending(parse_instrument(symbol), told), quantity),)
    return lots.open_position(
        Position(
            id=name,
            number=0,
            bot="wheel",
            broker=KEY[0],
            account=KEY[1],
            underlying=own[0].instrument.underlying,
            strategy=strategy.name(own),
            legs=own,
            units=units,
            opened_at=instant("12-18 15:00"),
            open_net_price=Decimal(net_price),
            expiration=schedule.expiration_of(own, SESSIONS),
            closes_at=schedule.closes_at(own, SESSIONS),
            policy=policy,
        )
    )
