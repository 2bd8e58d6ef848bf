"""
What became of a close, told from what is held before and after it.

    answered     held after it     told
    yes          nothing           filled; at the price of the record, if that is exact
    yes          less              working with the part; final once nothing more goes
    yes          as much           working; canceled once it has had its time
    no           nothing           filled, once the record says that it was closed by hand
    no           less              as if it had been answered
    no           as much           nothing: nobody knows whether it arrived
    either       settled           canceled: the event has ended, and its record tells the rest

Intotes answers a close with a message alone, so this is all there is to know. It is kept
in this process: another one knows of no close of this one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from botd.brokers.intotes.wire import Ended
from botd.domain.orders import Fill, OrderIntent, OrderReport, ReportState

SETTLES = timedelta(seconds=5)  # an answered close that has not moved anything for so long is over
_KEPT = 1_000  # final closes that are remembered
_ASKEW = timedelta(seconds=2)  # their instants are of another clock, and cut to seconds


@dataclass(slots=True)
class Close:
    """One close that was sent, and what is known of it."""

    intent: OrderIntent
    symbol: str
    before: int  # shares held when it was sent
    sent_at: datetime  # on the broker's clock
    is_whole: bool  # nothing of the position was closed before it, as far as is known
    is_answered: bool = False
    done: int = 0  # shares gone so far
    moved_at: datetime | None = None  # answered, or seen to be less, last
    report: OrderReport | None = None  # the final one

    @property
    def is_open(self) -> bool:
        """Whether its fate may still change."""
        return self.report is None

    def answered(self, at: datetime) -> None:
        """Note that Intotes has said that it took it."""
        self.is_answered, self.moved_at = True, at

    def judge(
        self, held: Mapping[str, int], ended: Iterable[Ended], at: datetime
    ) -> OrderReport | None:
        """
        Say what became of it; None: nobody knows.

        Args:
            held: shares by symbol, read after it was sent.
            ended: lines of the record, read after *held*; wanted where all is gone.
            at: the broker's present instant.
        """
        if self.report is not None:
            return self.report
        gone = min(max(self.before - held.get(self.symbol, 0), 0), self.before)
        if gone > self.done:
            self.done, self.moved_at = gone, at
        if self.done == self.before and not held.get(self.symbol, 0):
            return self._gone(ended, at)
        if self.moved_at is None:
            return None
        is_over = at - self.moved_at >= SETTLES
        return self._told(ReportState.CANCELED if is_over else ReportState.WORKING, self.done, at)

    def _gone(self, ended: Iterable[Ended], at: datetime) -> OrderReport | None:
        lines = [
            one
            for one in ended
            if one.symbol == self.symbol and one.closed_at >= self.sent_at - _ASKEW
        ]
        if any(one.winner is not None for one in lines):
            return self._told(ReportState.CANCELED, 0, at)
        if not lines:
            if not self.is_answered:
                return None
            is_over = self.moved_at is not None and at - self.moved_at >= SETTLES
            # Its line comes; with it the price, which nobody could add later.
            state = ReportState.FILLED if is_over else ReportState.WORKING
            return self._told(state, self.before if is_over else 0, at)
        return self._told(ReportState.FILLED, self.before, at, self._fills(lines))

    def _fills(self, lines: list[Ended]) -> tuple[Fill, ...]:
        """Give the one fill whose price is exact; none where it may be that of something else."""
        if not self.is_whole or len(lines) != 1 or lines[0].amount != self.before:
            return ()
        price = lines[0].price
        size = -self.intent.legs[0].quantity
        if price is None:
            return ()
        return (Fill("", self.intent.units, price * size, lines[0].closed_at),)

    def _told(
        self, state: ReportState, shares: int, at: datetime, fills: tuple[Fill, ...] = ()
    ) -> OrderReport:
        size = -self.intent.legs[0].quantity
        report = OrderReport(
            broker_order_id=self.intent.client_order_id,
            client_order_id=self.intent.client_order_id,
            state=state,
            legs=self.intent.legs,
            units=self.intent.units,
            filled_units=shares // size,
            net_price=None,
            submitted_at=self.sent_at,
            as_of=at,
            fills=fills,
        )
        if report.is_final:
            self.report = report
        return report


@dataclass(slots=True)
class Closes:
    """The closes of this process, by client order id, oldest first."""

    _found: dict[str, Close] = field(default_factory=dict)

    def begin(self, intent: OrderIntent, symbol: str, before: int, sent_at: datetime) -> Close:
        """Remember a close that is about to be sent; what was open in its market is over."""
        is_whole = not any(one.symbol == symbol and one.done for one in self._found.values())
        for one in tuple(self._found.values()):
            if one.is_open and one.symbol == symbol:
                del self._found[one.intent.client_order_id]
        finals = [name for name, one in self._found.items() if not one.is_open]
        for name in finals[: max(len(finals) - _KEPT, 0)]:
            del self._found[name]
        close = Close(intent, symbol, before, sent_at, is_whole)
        self._found[intent.client_order_id] = close
        return close

    def forget(self, close: Close) -> None:
        """Drop one that is proved never to have been taken."""
        self._found.pop(close.intent.client_order_id, None)

    def get(self, name: str) -> Close | None:
        """Give a close by its order's id."""
        return self._found.get(name)

    def since(self, since: datetime) -> tuple[Close, ...]:
        """Give what was sent since *since*, and what is open."""
        return tuple(
            one for one in self._found.values() if one.is_open or one.sent_at >= since - _ASKEW
        )

    def undecided(self, symbols: Iterable[str], after: datetime) -> Close | None:
        """Give a close of one of *symbols* that may still execute; None: there is none."""
        wanted = set(symbols)
        return next(
            (
                one
                for one in self._found.values()
                if one.is_open and one.symbol in wanted and one.sent_at > after
            ),
            None,
        )
