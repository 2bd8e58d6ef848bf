"""
Accounts at served brokers, in virtual time: real engines and adapters, faces in process.

All accounts share a ledger and a clock, as in a daemon. Markets are shown anew every
minute, as a feed does.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from botd.brokers.transport.door import Carriers
from botd.clock import VirtualClock, VirtualTimeLoop
from botd.domain.bot import Bot
from botd.domain.orders import OrderStatus
from botd.domain.position import Position
from botd.engine.loop import AccountEngine
from botd.ledger import Ledger, Tx, alerts, attempts, open_ledger, orders, positions
from botd.ledger.attempts import Attempt
from botd.ledger.orders import Order
from botd.service import wiring
from botd.service.wiring import Surroundings
from tests.contract.server_stand import Dialect
from tests.engine.market import SESSIONS, instant
from tests.servers.exchange import Exchange
from tests.servers.exchange_calendar import ExchangeCalendar
from tests.servers.face import FaceTransport, Gate

LOOK = timedelta(seconds=1)
_DAY = date(2015, 12, 24)
_NEVER_SENT = frozenset({OrderStatus.WITHDRAWN, OrderStatus.INTENT})
_MINUTE = timedelta(minutes=1)

Sides = tuple[str | None, str | None]  # bid and ask


@dataclass
class Account:
    """One account: its exchange behind a gate, and the engine that looks after it."""

    name: str  # of the broker's table
    exchange: Exchange
    gate: Gate
    engine: AccountEngine
    begin: Callable[[], AccountEngine]  # another process over the same account
    market: dict[str, Sides] = field(default_factory=dict)
    trades: dict[str, str] = field(default_factory=dict)  # beside those of tickers in *market*
    size: int = 10

    @property
    def key(self) -> tuple[str, str]:
        """Broker and account."""
        return (self.name, self.exchange.account)

    def show(self) -> None:
        """Show the market once more; what it lacks is not shown."""
        for symbol, (bid, ask) in self.market.items():
            self.exchange.quote(symbol, bid, ask, self.size)
            if not any(letter.isdigit() for letter in symbol):
                self.exchange.trade(symbol, str(bid))
        for underlying, price in self.trades.items():
            self.exchange.trade(underlying, price)


class ServedDay:
    """Accounts at several brokers, driven through a day by one loop."""

    def __init__(self, begins: str = "17:40") -> None:
        self.loop = VirtualTimeLoop(instant(begins))
        self.clock = VirtualClock(self.loop)
        self.ledger: Ledger = open_ledger("sqlite://", create=True, threaded=False)
        self.accounts: list[Account] = []
        self._acts: list[tuple[datetime, Callable[[], object]]] = []
        self._shown_at: datetime | None = None
        self._is_started = False

    def open(self, name: str, dialect: Dialect, rules: Bot) -> Account:
        """Open an account at a broker; *rules* are those of every bot there."""
        exchange = Exchange(
            account=dialect.account,
            now=self.clock.now,
            rules=dialect.rules,
            calendar=ExchangeCalendar({_DAY: time(13, 0), date(2015, 12, 25): None}),
        )
        gate = Gate(dialect.face(exchange))
        carriers = Carriers(
            orders=FaceTransport(gate, self.clock), reads=FaceTransport(gate, self.clock)
        )
        around = Surroundings(self.ledger, self.clock, SESSIONS, "test")

        def begin() -> AccountEngine:
            broker = dialect.broker(carriers, self.clock)
            return AccountEngine(wiring.make_desk((name, dialect.account), broker, around, [rules]))

        account = Account(name, exchange, gate, begin(), begin)
        self.accounts.append(account)
        return account

    def hold(self, account: Account, *book: Position) -> None:
        """Take positions under management that the account holds."""
        own = [replace(one, broker=account.name, account=account.exchange.account) for one in book]

        def work(tx: Tx) -> None:
            for one in own:
                positions.add(tx, one, self.clock.now())

        self.ledger.write_now(work)
        held: dict[str, int] = {}
        for one in own:
            for leg in one.legs:
                held[leg.symbol] = held.get(leg.symbol, 0) + leg.quantity * one.units
        account.exchange.hold(held)

    def at(self, when: str, act: Callable[[], object]) -> None:
        """Let something happen at an instant."""
        self._acts.append((instant(when), act))
        self._acts.sort(key=lambda pair: pair[0])

    def play(self, until: str) -> "ServedDay":
        """Let the day go on until an instant."""
        self.loop.run_until_complete(self._drive(instant(until)))
        return self

    def kill(self, away: timedelta = timedelta(0)) -> None:
        """End the process at once; a new one begins after *away*."""
        self.loop.run_until_complete(self._kill(self.clock.now() + away))
        for account in self.accounts:
            account.engine = account.begin()
        self._is_started = False

    def shut(self) -> None:
        """Let go of everything."""
        self.loop.run_until_complete(self._end())
        self.loop.close()
        self.ledger.close()

    async def _kill(self, until: datetime) -> None:
        own = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not own]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self.clock.sleep_until(until)

    async def _end(self) -> None:
        for account in self.accounts:
            await account.engine.stop()

    async def _drive(self, until: datetime) -> None:
        self._show()
        if not self._is_started:
            self._is_started = True
            soon = self.clock.now() + _MINUTE
            await asyncio.gather(*(one.engine.start(soon) for one in self.accounts))
        while self.clock.now() < until:
            while self._acts and self._acts[0][0] <= self.clock.now():
                self._acts.pop(0)[1]()
            self._show()
            for account in self.accounts:
                await account.engine.wake()
            await self.clock.sleep_until(self._next(until))

    def _show(self) -> None:
        now = self.clock.now()
        if self._shown_at is not None and now - self._shown_at < _MINUTE:
            return
        self._shown_at = now
        for account in self.accounts:
            account.show()

    def _next(self, until: datetime) -> datetime:
        now = self.clock.now()
        instants = [until, *(at for at, _ in self._acts[:1])]
        if self._shown_at is not None:
            instants.append(self._shown_at + _MINUTE)
        for account in self.accounts:
            if account.engine.is_busy:
                instants.append(now + LOOK)
            elif (at := account.engine.next_at()) is not None:
                instants.append(max(at, now + timedelta(milliseconds=1)))
        return max(min(instants), now + timedelta(milliseconds=1))

    # What came of it.

    def position(self, name: str) -> Position:
        """Give a position as the ledger knows it."""
        return self.ledger.read_now(lambda tx: positions.get(tx, name))

    def attempts(self, name: str) -> tuple[Attempt, ...]:
        """Give a position's attempts."""
        return self.ledger.read_now(lambda tx: attempts.of_position(tx, name))

    def sent(self, name: str) -> tuple[Order, ...]:
        """Give a position's orders that left."""
        found = self.ledger.read_now(lambda tx: orders.of_position(tx, name))
        return tuple(one for one in found if one.status not in _NEVER_SENT)

    def words(self, about: str = "") -> str:
        """Give everything that people were told, of keys that begin with *about*."""
        far = self.clock.now() + timedelta(days=9)
        found = self.ledger.read_now(lambda tx: alerts.due(tx, far, 1000))
        return "\n".join(f"{one.title}\n{one.body}" for one in found if one.key.startswith(about))
