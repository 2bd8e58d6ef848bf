"""
Orders from before, that still work: a take-profit that somebody left good till cancelled.

The list of orders begins at an instant and has those only that came since. The others are
asked for by their status, now and then; one that is missing there has ended, and is read
once more by its id, so that its fill is known.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from botd.brokers.transport.fields import Fields

_LIVE = (
    *("Received", "Routed", "In Flight", "Live", "Contingent"),
    *("Cancel Requested", "Replace Requested"),
)
LIVE_STATUSES = tuple(("status[]", status) for status in _LIVE)
_EVERY = timedelta(seconds=30)
_KEPT = timedelta(days=1)  # after it ended, an order explains nothing any more


class OlderOrders:
    """What is known of orders that came before the list begins."""

    def __init__(
        self,
        live: Callable[[], Awaitable[tuple[Fields, ...]]],
        one: Callable[[str], Awaitable[Fields | None]],
    ) -> None:
        """Know of none; *live* lists the orders that work, *one* reads one by its id."""
        self._live = live
        self._one = one
        self._working: dict[str, Fields] = {}
        self._ended: dict[str, tuple[Fields, datetime]] = {}  # and when that was seen
        self._due_at: datetime | None = None

    def expect_change(self) -> None:
        """Ask again with the next list: one of them may end now."""
        self._due_at = None

    async def beside(self, listed: tuple[Fields, ...], now: datetime) -> tuple[Fields, ...]:
        """Give the orders that *listed* lacks."""
        names = {order.text("id"): order for order in listed}
        if self._due_at is None or now >= self._due_at:
            await self._refresh(names, now)
            self._due_at = now + _EVERY
        known = {name: order for name, (order, _) in self._ended.items()} | self._working
        return tuple(order for name, order in known.items() if name not in names)

    async def _refresh(self, listed: dict[str, Fields], now: datetime) -> None:
        working = {order.text("id"): order for order in await self._live()}
        seen = {
            name: (order, at)
            for name, (order, at) in self._ended.items()
            if now - at < _KEPT and name not in working
        }
        for name in sorted(self._working.keys() - working.keys()):
            order = listed.get(name) or await self._one(name)
            if order is not None:
                seen[name] = (order, now)
        self._working, self._ended = working, seen
