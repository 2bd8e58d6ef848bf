"""The adapter to tastytrade: it makes the calls; the `wire` files translate."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar
from urllib.parse import quote

from botd.brokers.port import (
    AccountState,
    CapabilityCard,
    ContractTerms,
    SessionHours,
    SettlementRecord,
)
from botd.brokers.tastytrade import wire_account, wire_market, wire_orders, words
from botd.brokers.tastytrade.access import TastytradeAccess
from botd.brokers.tastytrade.calls import Calls
from botd.brokers.tastytrade.card import CARD
from botd.brokers.tastytrade.envelope import answered_at, data_of
from botd.brokers.tastytrade.older import LIVE_STATUSES, OlderOrders
from botd.brokers.tastytrade.push import account_stream
from botd.brokers.tastytrade.symbols import symbol_of, ticker_of
from botd.brokers.transport.answer import Lane
from botd.brokers.transport.door import Carriers
from botd.brokers.transport.fields import Fields, Unreadable
from botd.clock import Clock
from botd.domain import occ
from botd.domain.orders import Holding, OrderIntent, OrderReport
from botd.domain.quote import MarketView
from botd.errors import BrokerUnavailable, OrderRefused, OutcomeUnknown, Refusal, RefusalReason

_SKEW = timedelta(minutes=5)  # the broker's clock may differ: what was just sent is not missed
_NOT_FOUND = 404
_Found = TypeVar("_Found")


class TastytradeBroker:
    """
    One account at tastytrade: a `Broker` over its HTTP interface.

    Orders close only because each asks for strict position effects. They are found by
    listing: nothing looks for a client order id there, and nothing keeps a second order
    from bearing it.
    """

    def __init__(
        self,
        access: TastytradeAccess,
        clock: Clock,
        *,
        account: str,
        carriers: Carriers = Carriers(),  # noqa: B008 - frozen
    ) -> None:
        """
        Open nothing yet.

        Args:
            access: where, and as whom.
            clock: the time.
            account: its number at tastytrade.
            carriers: of requests.
        """
        self._access = access
        self._clock = clock
        self._account = account
        self._path = f"/accounts/{quote(account, safe='')}"
        self._calls = Calls(access, clock, carriers)
        self._older = OlderOrders(self._working_orders, self._one_order)
        self._names: dict[str, str] = {}
        self._ratios: dict[str, int] = {}
        self._stream = None
        if access.stream_url is not None:
            self._stream = account_stream(
                access.stream_url, clock, account=account, bearer=self._calls.bearer
            )

    @property
    def card(self) -> CapabilityCard:
        """Tell what tastytrade can do; without a stream's address nothing is pushed."""
        return CARD if self._stream is not None else replace(CARD, pushes=False)

    async def account(self) -> AccountState:
        """Read trading status and balances."""
        status = await self._calls.read(f"{self._path}/trading-status")
        balances = await self._calls.read(f"{self._path}/balances")
        return _read(
            lambda: wire_account.account_state(
                status.body,
                balances.body,
                environment=self._access.environment,
                as_of=answered_at(balances.headers) or self._clock.now(),
            )
        )

    async def session(self, day: date) -> SessionHours | None:
        """Read the hours of a day; both are None on a day without a session."""
        items = await self._calls.items(
            "/market-time/sessions",
            [
                ("from-date", day.isoformat()),
                ("to-date", day.isoformat()),
                ("instrument-collection", "Equity"),
            ],
        )
        return _read(lambda: wire_market.session_of(items, day))

    async def holdings(self) -> tuple[Holding, ...]:
        """Read all positions."""
        items = await self._calls.items(f"{self._path}/positions")
        return _read(lambda: wire_account.holdings(items))

    async def market(
        self,
        symbols: frozenset[str],
        underlyings: frozenset[str],
    ) -> MarketView:
        """Read quotes, in batches of a hundred."""
        reading = wire_market.MarketReading(
            symbols, underlyings, is_delayed=self._access.is_sandbox
        )
        for params in wire_market.market_params(symbols, underlyings):
            reading.take(await self._calls.items("/market-data/by-type", params))
        return _read(lambda: reading.view(self._clock.now()))

    async def terms(self, symbols: frozenset[str]) -> dict[str, ContractTerms]:
        """Read contracts, and the price steps that their underlyings tell."""
        contracts = [occ.parse(symbol) for symbol in sorted(symbols)]
        underlyings = sorted({ticker_of(contract.underlying) for contract in contracts})
        equities = await self._named("/instruments/equities", underlyings)
        rules = _read(lambda: wire_market.tick_rules(equities))
        options = await self._named(
            "/instruments/equity-options", [symbol_of(contract) for contract in contracts]
        )
        found = _read(lambda: wire_market.contract_terms(options, rules))
        return {symbol: terms for symbol, terms in found.items() if symbol in symbols}

    async def submit(self, intent: OrderIntent) -> OrderReport:
        """
        Send one closing order, DAY.

        Raises:
            OrderRefused: it is not taken. A market order of several legs is refused here:
                tastytrade has none, and no price stands in the intent.
            OutcomeUnknown: it may have been taken.
            BrokerUnavailable: it has not been sent.
        """
        body = wire_orders.order_body(intent)
        return await self._place(body, intent, None)

    async def replace(self, broker_order_id: str, intent: OrderIntent) -> OrderReport:
        """
        Ask that a working order become *intent*.

        The new order waits until the old one is cancelled; a fill of the old one ends it.

        Raises:
            OrderRefused: the old order stays as it is, or has ended.
            OutcomeUnknown: it may have been taken.
            BrokerUnavailable: it has not been sent.
        """
        body = wire_orders.replacement_body(intent)
        return await self._place(body, intent, broker_order_id)

    async def cancel(self, broker_order_id: str) -> None:
        """
        Ask for a cancel.

        Raises:
            OrderRefused: no such order, or it has ended.
            OutcomeUnknown: it may have been asked for.
        """
        self._older.expect_change()
        answer = await self._calls.ask("DELETE", self._order_path(broker_order_id), Lane.CANCEL)
        if not answer.is_success:
            raise OrderRefused(words.refusal_of(answer))

    async def look_up(self, client_order_id: str) -> OrderReport | None:
        """
        Look for one order by our id, which tastytrade does not do.

        Raises:
            BrokerUnavailable: always; `orders` lists it.
        """
        raise BrokerUnavailable(f"tastytrade does not look up {client_order_id!r}: list the orders")

    async def orders(self, since: datetime) -> tuple[OrderReport, ...]:
        """Read all orders since *since*, and older ones that still work."""
        listed = await self._calls.pages(
            f"{self._path}/orders", [("start-at", _stamp(since - _SKEW))], lane=Lane.POLL
        )
        now = self._clock.now()
        older = await self._older.beside(listed, now)
        reading = self._reading()
        return _read(lambda: wire_orders.order_list((*older, *listed), reading))

    async def settlements(self, since: datetime) -> tuple[SettlementRecord, ...]:
        """Read how contracts ended since *since*."""
        items = await self._calls.pages(
            f"{self._path}/transactions",
            [("start-at", _stamp(since)), ("types[]", "Receive Deliver")],
        )
        endings = _read(lambda: tuple(filter(wire_account.is_ending, items)))
        signs: dict[str, int] = {}
        for symbol in sorted(_read(lambda: wire_account.unsigned(endings))):
            sign = await self._opening_sign(symbol)
            if sign is not None:
                signs[symbol] = sign
        return _read(lambda: wire_account.settlement_records(endings, signs))

    async def official_close(self, underlying: str, day: date) -> Decimal | None:
        """Read the close of a day, once it is final; of older days than the last none is told."""
        [params] = wire_market.market_params((), (underlying,))
        items = await self._calls.items("/market-data/by-type", params)
        return _read(lambda: wire_market.official_close(items, underlying, day))

    async def pushed(self) -> None:
        """Return when the account stream tells of an order."""
        if self._stream is None:
            await asyncio.Event().wait()
        else:
            await self._stream.wait()

    async def aclose(self) -> None:
        """Close all connections."""
        if self._stream is not None:
            await self._stream.aclose()
        await self._calls.aclose()

    async def _place(
        self, body: wire_orders.Body, intent: OrderIntent, replaces: str | None
    ) -> OrderReport:
        """Send an order or a replacement, and remember what only we know of it."""
        if wire_orders.is_market_package(intent):
            said = "tastytrade takes market orders of one leg only; nothing was sent"
            raise OrderRefused(Refusal(RefusalReason.MALFORMED, said))
        name = intent.client_order_id
        ratio = wire_orders.ratio_of(intent.legs)
        if ratio > 1:
            self._ratios[name] = ratio
        if replaces is None:
            answer = await self._calls.ask("POST", f"{self._path}/orders", Lane.ORDER, body)
        else:
            answer = await self._calls.ask("PUT", self._order_path(replaces), Lane.ORDER, body)
        if not answer.is_success:
            raise OrderRefused(words.refusal_of(answer))
        report = _read(lambda: wire_orders.placed_order(answer.body, self._reading()))
        _read(lambda: wire_orders.check_placed(answer.body, report, intent, replaces))
        if report.client_order_id != name:
            self._names[report.broker_order_id] = name
        return replace(report, client_order_id=name)

    def _reading(self) -> wire_orders.Reading:
        return wire_orders.Reading(
            self._clock.now(), self._calls.broker_now(), self._names, self._ratios
        )

    def _order_path(self, broker_order_id: str) -> str:
        return f"{self._path}/orders/{quote(broker_order_id, safe='')}"

    async def _working_orders(self) -> tuple[Fields, ...]:
        return await self._calls.pages(f"{self._path}/orders", LIVE_STATUSES, lane=Lane.POLL)

    async def _one_order(self, broker_order_id: str) -> Fields | None:
        """Read an order by tastytrade's id; None: it is not there any more."""
        path = self._order_path(broker_order_id)
        answer = await self._calls.ask("GET", path, Lane.POLL)
        if answer.status == _NOT_FOUND:
            return None
        if not answer.is_success:
            raise BrokerUnavailable(f"GET {path}: {answer.status} {answer.words[:200]}")
        return _read(lambda: data_of(answer.body))

    async def _named(self, path: str, symbols: list[str]) -> tuple[Fields, ...]:
        """Read instruments by their symbols, in batches."""
        found: list[Fields] = []
        for first in range(0, len(symbols), wire_market.BATCH):
            batch = symbols[first : first + wire_market.BATCH]
            found += await self._calls.items(path, [("symbol[]", symbol) for symbol in batch])
        return tuple(found)

    async def _opening_sign(self, symbol: str) -> int | None:
        """Tell from the account's own trades which way a contract was held last."""
        trades = await self._calls.items(
            f"{self._path}/transactions",
            [("symbol", symbol), ("types[]", "Trade"), ("sort", "Desc"), ("per-page", "250")],
        )
        return _read(lambda: wire_account.opening_sign(trades))


def _read(translate: Callable[[], _Found]) -> _Found:
    """Translate; what cannot be read is no answer."""
    try:
        return translate()
    except Unreadable as error:
        raise OutcomeUnknown(str(error)) from error


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
