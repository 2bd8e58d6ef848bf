"""
Alpaca, over its REST interface; its order stream only wakes.

    trading host   account, clock, calendar, positions, orders, contracts, activities
    data host      quotes, last trades, daily bars; a ceiling of its own
    official close the consolidated daily bar of the SIP, ten minutes after the bell: by
                   then the closing auctions of all exchanges are in it. Indices have none
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import TypeVar

from botd.brokers.alpaca import wire, wire_market, wire_stream, words
from botd.brokers.alpaca.board import MarketBoard
from botd.brokers.alpaca.card import CARD
from botd.brokers.alpaca.desk import OrderDesk
from botd.brokers.port import (
    AccountState,
    CapabilityCard,
    ContractTerms,
    Environment,
    SessionHours,
    SettlementRecord,
)
from botd.brokers.transport.answer import Lane
from botd.brokers.transport.budget import RequestBudget
from botd.brokers.transport.credentials import StaticCredentials
from botd.brokers.transport.door import Carriers, HttpDoor
from botd.brokers.transport.fields import Fields, Unreadable, distinct, objects, parse_json
from botd.brokers.transport.stream import Frame, PushStream
from botd.clock import Clock
from botd.domain import occ
from botd.domain.contract import OptionContract
from botd.domain.orders import Holding, OrderIntent, OrderReport
from botd.domain.quote import MarketView
from botd.errors import OrderRefused, OutcomeUnknown, Refusal, RefusalReason

_BAR_IS_WHOLE = timedelta(minutes=10)
_ACTIVITIES = 100  # per page, the most
_CONTRACTS = 10_000
_UNDERLYINGS = 50  # per request, so that its line stays short
_Read = TypeVar("_Read")
Params = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AlpacaAccess:
    """Where an account is, and what opens it; one pair of keys is one account."""

    trading_url: str
    data_url: str
    environment: Environment
    key_id: Callable[[], str]
    secret_key: Callable[[], str]
    stream_url: str | None  # None: nothing is pushed


class AlpacaBroker:
    """One Alpaca account: a `Broker`."""

    def __init__(
        self, access: AlpacaAccess, clock: Clock, *, carriers: Carriers | None = None
    ) -> None:
        """
        Connect to nothing yet.

        Args:
            access: hosts and keys.
            clock: the time.
            carriers: of requests; None: real connections.
        """
        self._access = access
        self._clock = clock
        self._doors = [
            HttpDoor(
                base_url=url,
                clock=clock,
                budget=RequestBudget(clock, per_minute=per_minute),
                credentials=StaticCredentials(self._keys),
                quota=wire.quota_of,
                carriers=carriers or Carriers(),
            )
            # The data host's ceiling is the subscription's; its headers tell it.
            for url, per_minute in (
                (access.trading_url, CARD.requests_per_minute),
                (access.data_url, None),
            )
        ]
        self._trading = self._doors[0]
        self._desk = OrderDesk(self._trading, clock)
        self._board = MarketBoard(self._doors[1], clock)
        self._stream = self._make_stream()

    @property
    def card(self) -> CapabilityCard:
        """Tell what this broker can do."""
        return CARD

    async def account(self) -> AccountState:
        """Read the account of the keys, and the broker's clock."""
        account = await self._get("/v2/account")
        clock = await self._get("/v2/clock")
        return _read(wire.account_of, account, clock, self._access.environment)

    async def session(self, day: date) -> SessionHours | None:
        """Read the broker's calendar."""
        found = await self._get(
            "/v2/calendar", (("start", day.isoformat()), ("end", day.isoformat()))
        )
        return _read(wire.session_of, found, day)

    async def holdings(self) -> tuple[Holding, ...]:
        """Read all positions; they come in one list."""
        return _read(wire.holdings_of, await self._get("/v2/positions"))

    async def market(self, symbols: frozenset[str], underlyings: frozenset[str]) -> MarketView:
        """Read the market; of quotes without a subscription is told that they are indicative."""
        return await self._board.view(symbols, underlyings)

    async def terms(self, symbols: frozenset[str]) -> dict[str, ContractTerms]:
        """
        Read contracts that trade, by expiration, once inside and once outside the programme.

        A contract that comes both times is one of which its tick is not known.
        """
        found: dict[str, ContractTerms] = {}
        for asked in _by_expiration(symbols):
            inside, outside = [await self._contracts(asked, ppind) for ppind in ("true", "false")]
            both = inside.keys() & outside.keys()
            for rows, is_penny in ((inside, True), (outside, False)):
                alone = [row for name, row in rows.items() if name not in both]
                found.update(_read(wire.terms_of, alone, is_penny=is_penny))
            untold = [inside[name] for name in both]
            found.update(_read(wire.terms_of, untold, is_penny=None))
        return {symbol: terms for symbol, terms in found.items() if symbol in symbols}

    async def submit(self, intent: OrderIntent) -> OrderReport:
        """Send one closing order, DAY. Errors as the port says."""
        return await self._desk.submit(intent)

    async def replace(self, broker_order_id: str, intent: OrderIntent) -> OrderReport:
        """
        Ask for another price: a new order with a new id; the old one may fill first.

        The new order may be for the old one's whole quantity, also where a part of that is
        filled (Alpaca-API #165): then its answer is `OutcomeUnknown`, and a look-up tells.
        """
        if intent.net_price is None:
            text = f"order {broker_order_id}: a limit order cannot become a market order"
            raise OrderRefused(Refusal(RefusalReason.MALFORMED, text))
        return await self._desk.replace(broker_order_id, intent)

    async def cancel(self, broker_order_id: str) -> None:
        """Ask for a cancel of a whole order; legs cannot be cancelled by themselves."""
        await self._desk.cancel(broker_order_id)

    async def look_up(self, client_order_id: str) -> OrderReport | None:
        """Find one order by our id."""
        return await self._desk.look_up(client_order_id)

    async def orders(self, since: datetime) -> tuple[OrderReport, ...]:
        """List all orders since *since*, and older ones that still work."""
        return await self._desk.orders(since)

    async def settlements(self, since: datetime) -> tuple[SettlementRecord, ...]:
        """Read how contracts ended; Alpaca posts it on the next day."""
        params = (
            ("activity_types", ",".join(wire.RECORDS)),
            ("after", since.isoformat()),
            ("direction", "asc"),
            ("page_size", str(_ACTIVITIES)),
        )
        rows: dict[str, Fields] = {}
        token: Params = ()
        while True:
            found = await self._get("/v2/account/activities", (*params, *token))
            page = _read(lambda body: distinct(objects(body), "id"), found)
            fresh = {name: row for row in page if (name := _read(row.text, "id")) not in rows}
            rows.update(fresh)
            if len(page) < _ACTIVITIES:
                return _read(wire.records_of, tuple(rows.values()))
            if not fresh:
                raise OutcomeUnknown("activities: the list does not go on")
            token = (("page_token", list(fresh)[-1]),)

    async def official_close(self, underlying: str, day: date) -> Decimal | None:
        """Read a stock's consolidated close; None: not known (yet), or an index."""
        if wire_market.is_index(underlying):
            return None
        hours = await self.session(day)
        closed_at = None if hours is None else hours.closes_at
        if closed_at is None or self._clock.now() < closed_at + _BAR_IS_WHOLE:
            return None
        return await self._board.daily_close(underlying, day, closed_at)

    async def pushed(self) -> None:
        """Wait for news of the order stream."""
        if self._stream is None:
            await asyncio.Event().wait()
        else:
            await self._stream.wait()

    async def aclose(self) -> None:
        """Let go of the stream and of all connections."""
        if self._stream is not None:
            await self._stream.aclose()
        for door in self._doors:
            await door.aclose()

    def _keys(self) -> dict[str, str]:
        return {
            "APCA-API-KEY-ID": self._access.key_id(),
            "APCA-API-SECRET-KEY": self._access.secret_key(),
        }

    def _make_stream(self) -> PushStream | None:
        if self._access.stream_url is None:
            return None
        return PushStream(
            self._access.stream_url,
            self._clock,
            is_news=wire_stream.is_news,
            opening=self._greeting,
        )

    async def _greeting(self) -> Sequence[Frame]:
        return wire_stream.greeting(self._access.key_id(), self._access.secret_key())

    async def _contracts(self, asked: Sequence[OptionContract], ppind: str) -> dict[str, Fields]:
        """Read all pages of the contracts of one expiration around those asked for."""
        strikes = [contract.strike for contract in asked]
        params: Params = (
            ("underlying_symbols", ",".join(sorted({each.underlying for each in asked}))),
            ("expiration_date", asked[0].expiration.isoformat()),
            ("strike_price_gte", f"{min(strikes):f}"),
            ("strike_price_lte", f"{max(strikes):f}"),
            ("ppind", ppind),
            ("limit", str(_CONTRACTS)),
        )
        rows: dict[str, Fields] = {}
        token: Params = ()
        while True:
            found = await self._get("/v2/options/contracts", (*params, *token))
            body = _read(Fields.of, found)
            page = _read(_contract_rows, body)
            fresh = {_read(row.text, "symbol"): row for row in page}
            is_more = bool(fresh.keys() - rows.keys())
            rows.update(fresh)
            following = _read(body.maybe_text, "next_page_token")
            if following is None:
                return rows
            if not is_more:
                raise OutcomeUnknown("contracts: the list does not go on")
            token = (("page_token", following),)

    async def _get(self, path: str, params: Params = ()) -> object:
        answer = await self._trading.ask("GET", path, lane=Lane.READ, params=params)
        if not answer.is_success:
            raise words.unavailable(answer)
        return _read(parse_json, answer.body)


def _contract_rows(body: Fields) -> tuple[Fields, ...]:
    if "option_contracts" not in body.values:
        raise Unreadable("contracts: no list of them")
    return body.maybe_items("option_contracts")


def _by_expiration(symbols: frozenset[str]) -> Iterator[list[OptionContract]]:
    """Give the contracts in groups that one request may ask for."""
    contracts = sorted(
        map(occ.parse, symbols), key=lambda each: (each.expiration, each.underlying, each.symbol)
    )
    for _, alike in groupby(contracts, key=lambda each: each.expiration):
        group: list[OptionContract] = []
        for _, own in groupby(alike, key=lambda each: each.underlying):
            group += own
            if len({each.underlying for each in group}) >= _UNDERLYINGS:
                yield group
                group = []
        if group:
            yield group


def _read(read: Callable[..., _Read], *found: object, **options: object) -> _Read:
    """Do *read*; what cannot be read is no answer."""
    try:
        return read(*found, **options)
    except Unreadable as odd:
        raise OutcomeUnknown(str(odd)) from odd
