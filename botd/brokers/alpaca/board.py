"""The data side of Alpaca: quotes, last trades and daily bars, from a host of its own."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from botd.brokers.alpaca import wire_market, words
from botd.brokers.transport.answer import Answer, Lane
from botd.brokers.transport.door import HttpDoor
from botd.brokers.transport.fields import Unreadable, parse_json
from botd.clock import Clock
from botd.domain.quote import LastTrade, MarketView, Quote
from botd.errors import OutcomeUnknown

_BAD_REQUEST, _NOT_FOUND = 400, 404
_NOT_SUBSCRIBED = frozenset({403, 422})  # both were seen
_ASK_AGAIN = timedelta(minutes=15)  # whether the subscription has come
_SEVERAL = 2
_Read = TypeVar("_Read")


class MarketBoard:
    """What the keys may see of the market."""

    def __init__(self, door: HttpDoor, clock: Clock) -> None:
        self._door = door
        self._clock = clock
        self._opra_again_at: datetime | None = None  # None: `opra` is asked

    async def view(self, symbols: Iterable[str], underlyings: frozenset[str]) -> MarketView:
        """Gather quotes of options, and quotes and last trades of underlyings."""
        quotes: dict[str, Quote] = {}
        stock_quotes: dict[str, Quote] = {}
        trades: dict[str, LastTrade] = {}
        for batch in wire_market.batches(symbols):
            quotes.update(await self._options(batch))
        indices = frozenset(filter(wire_market.is_index, underlyings))
        for batch in wire_market.batches(underlyings - indices):
            for found in await self._split(batch, self._stocks):
                stock_quotes.update(_read(wire_market.stock_quotes, found))
                trades.update(_read(wire_market.stock_trades, found))
        for batch in wire_market.batches(indices):
            for found in await self._split(batch, self._indices):
                trades.update(_read(wire_market.index_values, found))
        return MarketView(
            as_of=self._clock.now(),
            quotes=_only(quotes, frozenset(symbols)),
            underlying_quotes=_only(stock_quotes, underlyings),
            last_trades=_only(trades, underlyings),
        )

    async def daily_close(self, symbol: str, day: date, closed_at: datetime) -> Decimal | None:
        """
        Read the consolidated close of a day that is over; None: it is not told (yet).

        The last quarter of an hour of this feed needs a subscription; without one the
        broker says 403, and the close is known when that time has passed.
        """
        params = (
            ("symbols", symbol),
            ("timeframe", "1Day"),
            ("adjustment", "raw"),
            ("feed", "sip"),
            ("start", wire_market.midnight(day).isoformat()),
            ("end", closed_at.isoformat()),
            ("limit", "1"),
        )
        answer = await self._ask("/v2/stocks/bars", params)
        if answer.status in {*_NOT_SUBSCRIBED, _NOT_FOUND, _BAD_REQUEST}:
            return None
        return _read(lambda found: wire_market.daily_close(found, symbol, day), _json(answer))

    async def _options(self, batch: tuple[str, ...]) -> dict[str, Quote]:
        quotes: dict[str, Quote] = {}
        now = self._clock.now()
        if self._opra_again_at is not None and now < self._opra_again_at:
            found = None
        else:
            found = await self._opra(batch)
            self._opra_again_at = None if found is not None else now + _ASK_AGAIN
        is_indicative = found is None
        if found is None:
            found = await self._split(batch, self._indicative)
        for each in found:
            read = _read(
                lambda body: wire_market.option_quotes(body, is_indicative=is_indicative), each
            )
            quotes.update(read)
        return quotes

    async def _opra(self, batch: tuple[str, ...]) -> list[object] | None:
        """Ask for real quotes; None: the keys may not see them."""
        try:
            return await self._split(batch, self._real)
        except _NotSubscribed:
            return None

    async def _real(self, batch: tuple[str, ...]) -> Answer:
        answer = await self._quotes(batch, "opra")
        if answer.status in _NOT_SUBSCRIBED:
            raise _NotSubscribed
        return answer

    async def _indicative(self, batch: tuple[str, ...]) -> Answer:
        return await self._quotes(batch, "indicative")

    async def _quotes(self, batch: tuple[str, ...], feed: str) -> Answer:
        params = (("symbols", ",".join(batch)), ("feed", feed))
        return await self._ask("/v1beta1/options/quotes/latest", params)

    async def _stocks(self, batch: tuple[str, ...]) -> Answer:
        return await self._ask("/v2/stocks/snapshots", (("symbols", ",".join(batch)),))

    async def _indices(self, batch: tuple[str, ...]) -> Answer:
        answer = await self._ask("/v1beta1/indices/latest/values", (("symbols", ",".join(batch)),))
        is_lacking = answer.status in {*_NOT_SUBSCRIBED, _NOT_FOUND}
        return Answer(200, {}, b'{"values": {}}') if is_lacking else answer

    async def _split(
        self, batch: tuple[str, ...], ask: Callable[[tuple[str, ...]], Awaitable[Answer]]
    ) -> list[object]:
        """
        Ask for a batch; where the request is called bad, ask for its halves.

        One symbol that the broker does not take for one spoils the whole request.
        """
        answer = await ask(batch)
        if answer.status != _BAD_REQUEST:
            return [_json(answer)]
        if len(batch) < _SEVERAL:
            return []
        middle = len(batch) // 2
        return [
            *await self._split(batch[:middle], ask),
            *await self._split(batch[middle:], ask),
        ]

    async def _ask(self, path: str, params: tuple[tuple[str, str], ...]) -> Answer:
        return await self._door.ask("GET", path, lane=Lane.READ, params=params)


class _NotSubscribed(Exception):  # noqa: N818 - what keys may not see
    """The feed is not for these keys."""


def _json(answer: Answer) -> object:
    if not answer.is_success:
        raise words.unavailable(answer)
    return _read(parse_json, answer.body)


def _read(read: Callable[..., _Read], found: object) -> _Read:
    try:
        return read(found)
    except Unreadable as odd:
        raise OutcomeUnknown(f"market data: {odd}") from odd


def _only(found: dict[str, _Read], asked: frozenset[str]) -> dict[str, _Read]:
    """Keep what was asked for."""
    return {symbol: each for symbol, each in found.items() if symbol in asked}
