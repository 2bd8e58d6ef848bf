"""A brokerage account on recorded quotes, without a network."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from botd.brokers.paper import desk, happenings, trading
from botd.brokers.paper.align import Feed, Shown
from botd.brokers.paper.book import Book, Ticket
from botd.brokers.paper.card import PAPER_CARD
from botd.brokers.paper.exchange import advance
from botd.brokers.paper.faults import Fault
from botd.brokers.paper.pack import Pack
from botd.brokers.paper.store import Store
from botd.brokers.paper.venue import Venue
from botd.brokers.port import (
    AccountState,
    CapabilityCard,
    ContractTerms,
    Environment,
    SessionHours,
    SettlementRecord,
)
from botd.clock import Clock
from botd.domain.contract import Leg, OptionContract
from botd.domain.instruments import parse_instrument
from botd.domain.orders import Holding, OrderIntent, OrderReport
from botd.domain.quote import LastTrade, MarketView, Quote
from botd.domain.session import Sessions
from botd.errors import BrokerError, BrokerUnavailable, OrderRefused, Refusal, RefusalReason

_CLOSE_KNOWN_AFTER = timedelta(seconds=5)
_Answer = TypeVar("_Answer")


class PaperBroker:
    """
    One paper account: a `Broker` over the deterministic exchange of this package.

    Every call is one transaction that first brings the exchange up to now. What the
    card promises is what the exchange does: a card that promises less makes an
    exchange that checks less.
    """

    def __init__(
        self,
        store: Store,
        pack: Pack,
        clock: Clock,
        sessions: Sessions,
        *,
        account: str = "paper",
        card: CapabilityCard = PAPER_CARD,
        is_aligned: bool = False,
    ) -> None:
        """
        Stand on *store*, and show *pack*.

        Args:
            store: the account's state; the broker closes it.
            pack: the recorded day.
            clock: the exchange's time.
            sessions: the exchange's calendar.
            account: the account's name.
            card: what the exchange checks.
            is_aligned: move the pack to each session, as `quotes.align = "close"` says.

        Raises:
            ConfigError: the pack's day is no session, and it is not aligned.
        """
        self._store = store
        self._clock = clock
        self._sessions = sessions
        self._account = account
        self._card = card
        self._feed = Feed(pack, sessions, is_aligned=is_aligned)
        self._venue = Venue(Book(Decimal(0)), self._feed, sessions, card)

    @property
    def card(self) -> CapabilityCard:
        """Tell what this exchange checks and keeps."""
        return self._card

    @property
    def feed(self) -> Feed:
        """Give the recorded day by instant, with the symbols as they are traded here."""
        return self._feed

    async def account(self) -> AccountState:
        """Read the account."""
        now = self._clock.now()
        cash = self._read(lambda venue: venue.book.cash)
        return AccountState(self._account, Environment.PAPER, can_trade=True, cash=cash, as_of=now)

    async def session(self, day: date) -> SessionHours | None:
        """Read the exchange's calendar; None beyond it."""
        self._read(lambda _: None)
        try:
            session = self._sessions.on(day)
        except LookupError:
            return None
        if session is None:
            return SessionHours(day, None, None)
        return SessionHours(day, session.opens_at, session.closes_at)

    async def holdings(self) -> tuple[Holding, ...]:
        """Read what the account holds, by symbol."""
        held = self._read(lambda venue: sorted(venue.book.holdings.items()))
        return tuple(Holding(symbol, quantity) for symbol, quantity in held)

    async def market(
        self,
        symbols: frozenset[str],
        underlyings: frozenset[str],
    ) -> MarketView:
        """Read quotes and last trades as known now; never a print from after the close."""
        now = self._clock.now()
        halted = self._read(lambda venue: frozenset(venue.book.halts))
        return MarketView(
            as_of=now,
            quotes=self._quotes(symbols, now),
            underlying_quotes=self._quotes(underlyings, now),
            last_trades=self._last_trades(underlyings, now),
            halted=halted & underlyings,
        )

    async def submit(self, intent: OrderIntent) -> OrderReport:
        """
        Send one closing order, DAY.

        Raises:
            OrderRefused: the exchange does not take it.
            OutcomeUnknown: by a planned fault; it may have been taken.
            BrokerUnavailable: by a planned fault, or the store cannot be written.
        """
        now = self._clock.now()
        answer = self._call(lambda venue: desk.submit(venue, intent, now))
        if answer.answered_at is not None:
            await self._clock.sleep_until(answer.answered_at)
        if answer.report is None:
            raise answer.error or BrokerUnavailable("no answer")
        return answer.report

    async def terms(self, symbols: frozenset[str]) -> dict[str, ContractTerms]:
        """Give the rules of the contracts' roots, by which this exchange trades them."""
        found = {symbol: parse_instrument(symbol) for symbol in symbols}
        return {
            symbol: ContractTerms(
                symbol,
                multiplier=contract.multiplier,
                exercise_style=contract.spec.exercise_style,
                tick_rule=contract.spec.tick_rule,
                is_tradable=True,
            )
            for symbol, contract in found.items()
            if isinstance(contract, OptionContract)
        }

    async def replace(self, broker_order_id: str, intent: OrderIntent) -> OrderReport:
        """Refuse: here an order is cancelled, and another one sent."""
        words = f"order {broker_order_id} for {intent.client_order_id}: no order is replaced here"
        raise OrderRefused(Refusal(RefusalReason.OTHER, words))

    async def cancel(self, broker_order_id: str) -> None:
        """
        Ask for a cancel.

        Raises:
            OrderRefused: no such order (404), or it has ended (422).
            OutcomeUnknown: by a planned fault.
        """
        now = self._clock.now()
        error = self._call(lambda venue: desk.cancel(venue, broker_order_id, now))
        if error is not None:
            raise error

    async def look_up(self, client_order_id: str) -> OrderReport | None:
        """
        Read one order by our id; None: none arrived (yet).

        Raises:
            BrokerUnavailable: the card says that this broker cannot look up.
        """
        if not self._card.looks_up_client_ids:
            raise BrokerUnavailable("this broker does not look up client order ids")
        order = self._read(lambda venue: venue.book.of_client(client_order_id))
        return None if order is None else order.report

    async def orders(self, since: datetime) -> tuple[OrderReport, ...]:
        """Read every order submitted since *since*, and older ones that still work."""
        return self._read(lambda venue: venue.book.reports(since))

    async def settlements(self, since: datetime) -> tuple[SettlementRecord, ...]:
        """Read what ended since *since*; the records of a day come at 11:00 UTC of the next."""
        records = self._read(lambda venue: tuple(venue.book.records))
        return tuple(record for record in records if record.recorded_at >= since)

    async def official_close(self, underlying: str, day: date) -> Decimal | None:
        """Read the official close: known five seconds after the bell, where the pack has it."""
        now = self._clock.now()
        self._read(lambda _: None)
        try:
            session = self._sessions.on(day)
        except LookupError:
            return None
        if session is None or now < session.closes_at + _CLOSE_KNOWN_AFTER:
            return None
        shown = self._feed.at(session.closes_at)
        is_shown = shown.session.day == day and shown.pack.underlying == underlying
        return shown.pack.official_close if is_shown else None

    async def pushed(self) -> None:
        """Wait for ever: nothing is pushed here."""
        await asyncio.Event().wait()

    async def aclose(self) -> None:
        """Let go of the store."""
        self.close()

    def close(self) -> None:
        """Do what `aclose` does."""
        self._store.close()

    def book(
        self,
        quantities: Mapping[str, int],
        *,
        cash: Decimal = Decimal(0),
        key: str | None = None,
    ) -> bool:
        """
        Put positions into the account, as an import or a replay finds them.

        Args:
            quantities: symbol -> signed quantity, added to what is held.
            cash: dollars toward the account.
            key: what is booked under the same key again is not booked twice.

        Returns:
            Whether it was booked now.
        """

        def work(venue: Venue) -> bool:
            if key is not None and key in venue.book.booked:
                return False
            for symbol, quantity in quantities.items():
                venue.book.hold(symbol, quantity)
            venue.book.pay(cash)
            if key is not None:
                venue.book.remember_booking(key)
            return True

        return self._call(work)

    def plan(self, *faults: Fault) -> None:
        """Order faults to come."""

        def work(venue: Venue) -> None:
            for fault in faults:
                venue.book.plan(fault)

        self._call(work)

    def plant_order(
        self,
        legs: tuple[Leg, ...],
        units: int,
        net_price: Decimal | None,
    ) -> OrderReport:
        """Let a person's closing order rest (a take-profit); *legs* as sent."""
        now = self._clock.now()
        ticket = Ticket(legs, units, net_price, happenings.OUTSIDE)
        return self._call(lambda venue: trading.plant(venue, ticket, now).report)

    def trade_outside(self, legs: tuple[Leg, ...], units: int) -> None:
        """Let a person trade *legs*, as sent, at another desk; it fills at once."""
        now = self._clock.now()

        def work(venue: Venue) -> None:
            happenings.trade(venue, legs, units, by=happenings.OUTSIDE, now=now)
            trading.cancel_uncovered(venue, now)

        self._call(work)

    def _quotes(self, symbols: frozenset[str], now: datetime) -> dict[str, Quote]:
        shown = self._shown(now)
        if shown is None:
            return {}
        found = ((symbol, shown.pack.quote(symbol, now)) for symbol in symbols)
        return {symbol: quote for symbol, quote in found if quote is not None}

    def _last_trades(self, underlyings: frozenset[str], now: datetime) -> dict[str, LastTrade]:
        shown = self._shown(now)
        if shown is None or shown.pack.underlying not in underlyings:
            return {}
        last = shown.pack.last_trade(now, shown.session.closes_at)
        return {} if last is None else {last.symbol: last}

    def _shown(self, now: datetime) -> Shown | None:
        try:
            return self._feed.at(now)
        except LookupError:
            return None

    def _call(self, work: Callable[[Venue], _Answer]) -> _Answer:
        """Do *work* in one transaction, on an exchange that has come up to now."""
        now = self._clock.now()
        with self._store.transaction() as book:
            self._venue.book = book
            advance(self._venue, now)
            return work(self._venue)

    def _read(self, work: Callable[[Venue], _Answer]) -> _Answer:
        """Do *work* as `_call` does, unless an outage keeps reads from being answered."""
        now = self._clock.now()

        def guarded(venue: Venue) -> _Answer | BrokerError:
            return desk.outage(venue, frozenset(), now) or work(venue)

        answer = self._call(guarded)
        if isinstance(answer, BrokerError):
            raise answer
        return answer
