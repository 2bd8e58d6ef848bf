"""
The closes of this process, and what the position tells of each.

CrossTrade knows no order of ours: a close has no id, and its answer tells neither how much
was filled nor at what price. What became of it is what has gone from the position since it
was looked at right before.

    the position            a close that was taken     one whose answer was lost
    as it was               working                    not listed: nobody knows
    smaller                 working, filled in part    working, filled in part
    smaller by all of it    filled                     filled

Of one instrument one close is under way at a time, since two could not be told apart. One
that was lost no longer stands in the way once it cannot arrive any more.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from botd.domain.orders import OrderIntent, OrderReport, ReportState

_MOST = 2_000  # of a process


@dataclass(slots=True, eq=False)
class Sent:
    """One close, and what is known of it."""

    intent: OrderIntent
    sent_at: datetime
    before: int = 0  # signed; what was held right before, and at least as much as it closes
    is_taken: bool = False  # the broker said so
    filled: int = 0  # contracts; never shrinks
    note: str = ""  # what a person should know of it
    is_left: bool = False  # another close of the instrument began: it is counted no more

    @property
    def symbol(self) -> str:
        """The instrument."""
        return self.intent.legs[0].symbol

    @property
    def contracts(self) -> int:
        """How many contracts it closes."""
        return abs(self.intent.legs[0].quantity) * self.intent.units

    @property
    def is_over(self) -> bool:
        """Whether nothing more can come of it."""
        return self.filled >= self.contracts

    @property
    def is_known(self) -> bool:
        """Whether the broker has it: it said so, or the position shows it."""
        return self.is_taken or self.filled > 0

    def observe(self, held: int) -> None:
        """Count what has gone from the position since; *held* is signed."""
        gone = (self.before - held) * (1 if self.before > 0 else -1)
        self.filled = max(self.filled, min(gone, self.contracts))

    def report(self, as_of: datetime) -> OrderReport:
        """Tell what is known. At what price is not: it has no fills."""
        return OrderReport(
            broker_order_id=self.intent.client_order_id,
            client_order_id=self.intent.client_order_id,
            state=ReportState.FILLED if self.is_over else ReportState.WORKING,
            legs=self.intent.legs,
            units=self.intent.units,
            filled_units=self.filled // abs(self.intent.legs[0].quantity),
            net_price=None,
            submitted_at=self.sent_at,
            as_of=as_of,
            note=self.note,
        )


class Closes:
    """What this process has sent. After a restart it knows nothing."""

    def __init__(self, *, arrives_within: timedelta) -> None:
        """Begin; *arrives_within* is how late a close whose answer was lost may still arrive."""
        self._arrives_within = arrives_within
        self._sent: deque[Sent] = deque(maxlen=_MOST)

    def under_way(self, symbol: str, now: datetime) -> Sent | None:
        """Give the close of an instrument that may still change its position."""
        return next((each for each in self._open(now) if each.symbol == symbol), None)

    def begin(self, intent: OrderIntent, now: datetime) -> Sent:
        """Remember a close before anything of it is sent; none of the instrument is under way."""
        sent = Sent(intent, now)
        for each in self._sent:
            each.is_left = each.is_left or each.symbol == sent.symbol
        self._sent.append(sent)
        return sent

    def forget(self, sent: Sent) -> None:
        """Drop a close that was definitely not taken."""
        self._sent.remove(sent)

    def observe(self, held: Mapping[str, int]) -> None:
        """Let every close that is not over see what is held, by symbol and signed."""
        for each in self._sent:
            if not each.is_over and not each.is_left:
                each.observe(held.get(each.symbol, 0))

    def reports(self, since: datetime, as_of: datetime) -> tuple[OrderReport, ...]:
        """Tell every close since *since* that the broker is known to have."""
        return tuple(
            each.report(as_of) for each in self._sent if each.is_known and each.sent_at >= since
        )

    def _open(self, now: datetime) -> tuple[Sent, ...]:
        oldest = now - self._arrives_within
        return tuple(
            each
            for each in self._sent
            if not each.is_over and not each.is_left and (each.is_taken or each.sent_at > oldest)
        )
