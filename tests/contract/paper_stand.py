"""The stand of the paper broker, whose world is its own exchange."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

from botd.brokers.paper.faults import Fault, FaultKind
from botd.brokers.paper.words import words_for
from botd.brokers.port import Broker
from botd.domain.contract import Leg
from botd.errors import Refusal, RefusalReason
from tests.brokers.paper.day import Day, Recorded, legs
from tests.contract.options import OPTIONS
from tests.contract.product import Product
from tests.contract.stand import (
    LATER,
    LONG_PUT,
    OFFICIAL_CLOSE,
    ONE_SIDED,
    SHORT_PUT,
)
from tests.contract.trouble import Trouble

_QUOTES = [
    ("17:49", SHORT_PUT, "0.70", "1.00", "5", "5"),
    ("17:49", LONG_PUT, "0.05", "0.10", "5", "5"),
    ("17:49", ONE_SIDED, "", "0.40", "", "5"),
    ("17:49", LATER, "12.00", "12.50", "5", "5"),
]
_FAULTS = {
    Trouble.CUT_OFF: FaultKind.UNAVAILABLE,
    Trouble.ERROR_BEFORE: FaultKind.SERVER_ERROR,
    Trouble.RESET_BEFORE: FaultKind.LOSE_REQUEST,
    Trouble.RESET_AFTER: FaultKind.LOSE_ANSWER,
}
_OF_EVERY_CALL = frozenset({Trouble.CUT_OFF, Trouble.ERROR_BEFORE})


class PaperStand:
    """The paper broker over a small recorded day."""

    product: ClassVar[Product] = OPTIONS

    def __init__(self, folder: Path) -> None:
        recorded = Recorded(
            quotes=_QUOTES,
            bars=[("17:50", "749.62"), ("18:00", str(OFFICIAL_CLOSE))],
            meta={"official_close": str(OFFICIAL_CLOSE)},
        )
        self._pack = recorded.load(folder / "pack")
        self._day = Day(self._pack)
        self.broker: Broker = self._day.broker
        self.account = "paper"

    def now(self) -> datetime:
        """Tell the exchange's instant."""
        return self._day.clock.now()

    def at(self, instant: datetime) -> None:
        """Set the clock."""
        self._day.clock.at = instant

    def hold(self, quantities: Mapping[str, int]) -> None:
        """Book positions."""
        self._day.broker.book(quantities)

    def rest_foreign_order(
        self, symbol: str, quantity: int, net_price: Decimal, *, closes: bool = True
    ) -> None:
        """Plant an order; whether it closes is not asked here."""
        assert closes
        sign = 1 if quantity > 0 else -1
        self._day.broker.plant_order(legs((symbol, sign)), abs(quantity), net_price)

    def crowd(self, n_orders: int) -> None:
        """Plant orders; what they would close has to be held."""
        self.hold({LONG_PUT: n_orders})
        for number in range(n_orders):
            self._day.clock.at += timedelta(milliseconds=number % 2)
            self.rest_foreign_order(LONG_PUT, -1, Decimal("0.50"))

    def hold_foreign(self) -> bool:
        """Leave it: nothing else than options and shares can be held here."""
        return False

    def rest_foreign(self) -> bool:
        """Leave it, for the same reason."""
        return False

    def refuse(self, reason: RefusalReason) -> Refusal | None:
        """Plan a refusal in the usual words."""
        refusal = words_for(reason, SHORT_PUT)
        self._plan(FaultKind.REFUSE, refusal=refusal)
        return refusal

    def trouble(self, trouble: Trouble, *, is_order: bool = True) -> bool:
        """Plan what this exchange can do to a call."""
        if trouble not in (_FAULTS if is_order else _OF_EVERY_CALL):
            return False
        self._plan(_FAULTS[trouble])
        return True

    def calm(self) -> None:
        """Do nothing: a fault befalls one call."""

    def fill_only(self, units: int) -> None:
        """Plan a partial fill."""
        self._plan(FaultKind.PARTIAL, units=units)

    def cross_next(self) -> None:
        """Plan a fill in the moment of a cancel."""
        self._plan(FaultKind.FILL_ACROSS_CANCEL)

    def accept_late(self, after: timedelta) -> None:
        """Plan an answer that is lost, of an order that arrives late."""
        self._plan(FaultKind.LOSE_ANSWER, duration=after)

    def reject_later(self, reason: RefusalReason, after: timedelta) -> None:
        """Plan a rejection."""
        self._plan(FaultKind.REJECT, refusal=words_for(reason), duration=after)

    def assign(self, symbol: str) -> None:
        """Plan an assignment for now."""
        self._plan(FaultKind.ASSIGN, legs=legs((symbol, -1)))

    def liquidate(self, symbol: str) -> None:
        """Plan a liquidation for now."""
        self._plan(FaultKind.LIQUIDATE_LEG, legs=legs((symbol, -1)))

    def block(self) -> bool:
        """Leave it: nothing blocks a paper account."""
        return False

    def tell_official_close(self) -> None:
        """Do nothing: the recorded day has it, from the close on."""

    def too_many(self) -> int:
        """Give none: nothing is counted here."""
        return 0

    def secrets(self) -> frozenset[str]:
        """Give none: nobody logs in here."""
        return frozenset()

    def echo_secrets(self) -> bool:
        """Leave it: there are none."""
        return False

    def reopen(self) -> Broker:
        """Open the same store with another broker."""
        self._day = Day(self._pack, store=self._day.store, clock=self._day.clock)
        self.broker = self._day.broker
        return self.broker

    def _plan(
        self,
        kind: FaultKind,
        *,
        refusal: Refusal | None = None,
        units: int | None = None,
        legs: tuple[Leg, ...] = (),
        duration: timedelta = timedelta(0),
    ) -> None:
        fault = Fault(kind, self.now(), legs, units, duration, refusal=refusal)
        self._day.broker.plan(fault)
