"""Quotes for everybody who prices in the same second, read once."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from botd.brokers.port import Broker
from botd.clock import Clock
from botd.domain.contract import OptionContract
from botd.domain.moneyness import parity_contracts
from botd.domain.position import Position
from botd.domain.quote import MarketView
from botd.errors import BrokerError

_FRESH = timedelta(milliseconds=900)  # steps that fall into one second share a read
_PATIENCE = timedelta(seconds=4)


class MarketFeed:
    """
    The newest view of what one account's positions need.

    When the broker does not answer, the last view stands with its own instants: its
    quotes then grow stale by their age, and the rules treat them as what they are.
    """

    def __init__(self, broker: Broker, clock: Clock) -> None:
        self._broker = broker
        self._clock = clock
        self._symbols: frozenset[str] = frozenset()
        self._underlyings: frozenset[str] = frozenset()
        self._view: MarketView | None = None
        self._read_at: datetime | None = None
        self._reading = asyncio.Lock()

    @property
    def last(self) -> MarketView | None:
        """The view last read, however old."""
        return self._view

    def cover(self, positions: tuple[Position, ...]) -> None:
        """Read what these positions need from now on, beside what is covered already."""
        legs = [leg for position in positions for leg in position.legs]
        options = {leg.symbol for leg in legs if isinstance(leg.instrument, OptionContract)}
        options |= {contract.symbol for contract in parity_contracts(tuple(legs))}
        underlyings = {leg.instrument.underlying for leg in legs}
        if not (options <= self._symbols and underlyings <= self._underlyings):
            self._symbols |= options
            self._underlyings |= underlyings
            self._read_at = None

    async def view(self) -> MarketView:
        """Give a view no older than a second, or the last one when none can be had."""
        async with self._reading:
            now = self._clock.now()
            if self._view is not None and self._is_fresh(now):
                return self._view
            try:
                self._view = await self._clock.within(
                    self._broker.market(self._symbols, self._underlyings), now + _PATIENCE
                )
            except (TimeoutError, BrokerError):
                # As of now: what it shows grows old, and is not taken for fresh.
                self._view = replace(self._view or MarketView(now, {}, {}, {}), as_of=now)
            # From the answer on: whoever waited for a call that hangs does not wait for another.
            self._read_at = self._clock.now()
            return self._view

    def _is_fresh(self, now: datetime) -> bool:
        # A clock that was set back makes nothing fresh.
        return self._read_at is not None and timedelta(0) <= now - self._read_at < _FRESH
