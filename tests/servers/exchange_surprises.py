"""What is to befall the next order, cancel or replacement, each of it once."""

from dataclasses import dataclass, field
from datetime import timedelta

from tests.servers.orders import ExchangeOrder, Rejected


@dataclass(slots=True)
class Surprises:
    """
    Surprises in waiting; the client's orders meet them, other people's do not.

    Set by the test, spent by the exchange.
    """

    refusals: list[Rejected] = field(default_factory=list)  # of the next orders
    fill_only: int | None = None  # units of the next order that ever fill
    accept_late: timedelta | None = None  # the next order is invisible for so long
    reject_later: tuple[timedelta, Rejected] | None = None  # the next order, after so long
    pending_for: timedelta | None = None  # the next order is seen, and does not work yet
    is_crossed: bool = False  # the next cancel or replacement meets a fill
    crossed_units: int | None = None  # so many units of it; None: all that is left
    slow_cancel: timedelta | None = None
    slow_replace: timedelta | None = None

    def take_refusal(self) -> Rejected | None:
        """Give the next order's refusal, if one is planned."""
        return self.refusals.pop(0) if self.refusals else None

    def befall(self, order: ExchangeOrder) -> None:
        """Lay on a new order what waits for it."""
        if self.fill_only is not None:
            order.fill_cap, self.fill_only = self.fill_only, None
        if self.accept_late is not None:
            order.visible_at, self.accept_late = order.visible_at + self.accept_late, None
        if self.pending_for is not None:
            order.begins_at, self.pending_for = order.submitted_at + self.pending_for, None
        if self.reject_later is not None:
            delay, order.pending_rejection = self.reject_later
            order.rejects_at, self.reject_later = order.submitted_at + delay, None

    def take_crossing(self) -> int | None:
        """Give how many units fill across a cancel (0: all); None: no fill crosses it."""
        if not self.is_crossed:
            return None
        units, self.crossed_units, self.is_crossed = self.crossed_units or 0, None, False
        return units

    def take_cancel_delay(self) -> timedelta | None:
        """Give how long the next cancel takes."""
        delay, self.slow_cancel = self.slow_cancel, None
        return delay

    def take_replace_delay(self) -> timedelta | None:
        """Give how long the next replacement takes."""
        delay, self.slow_replace = self.slow_replace, None
        return delay
