"""
What a broker has to be put on, so that the contract suite can ask it.

An adapter joins by adding a stand to `STANDS`: its broker, and a world behind it (the
paper exchange, or a server on loopback) that holds positions and misbehaves to order.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from botd.brokers.paper.faults import Fault, FaultKind
from botd.brokers.port import Broker
from botd.domain.contract import Leg
from botd.domain.orders import OrderIntent
from botd.errors import Refusal
from tests.brokers.paper.day import PUT_745, PUT_750, Day, Recorded, instant, legs

SHORT_PUT = PUT_750  # bid 0.70, ask 1.00, five each
LONG_PUT = PUT_745  # bid 0.05, ask 0.10, five each
UNDERLYING = "GOOG"  # last trade 749.62
ACCOUNT = "paper"


class Stand(Protocol):
    """One adapter with a world behind it, at an instant in a session."""

    broker: Broker

    def now(self) -> datetime:
        """Tell the world's instant."""
        ...

    def hold(self, quantities: Mapping[str, int]) -> None:
        """Let the account hold signed quantities."""
        ...

    def rest_foreign_order(self, symbol: str, quantity: int, net_price: Decimal) -> None:
        """Let somebody else's order of *quantity*, as sent, rest in the account."""
        ...

    def refuse(self, refusal: Refusal) -> None:
        """Let the next order be refused in these words."""
        ...

    def lose_answer(self, *, has_arrived: bool) -> None:
        """Let the next order's answer be lost, after or before it arrived."""
        ...

    def cut_off(self) -> None:
        """Let the next call find nobody at the other end."""
        ...

    def fill_only(self, units: int) -> None:
        """Let no more than *units* of the next order fill."""
        ...

    def assign(self, symbol: str) -> None:
        """Let what the account holds of *symbol* be assigned now."""
        ...


class PaperStand:
    """The paper broker, whose world is its own exchange."""

    def __init__(self, folder: Path) -> None:
        quotes = [
            ("17:49", SHORT_PUT, "0.70", "1.00", "5", "5"),
            ("17:49", LONG_PUT, "0.05", "0.10", "5", "5"),
        ]
        pack = Recorded(quotes=quotes, bars=[("17:50", "749.62")]).load(folder / "pack")
        self._day = Day(pack)
        self.broker: Broker = self._day.broker

    def now(self) -> datetime:
        """Tell the exchange's instant."""
        return self._day.clock.now()

    def hold(self, quantities: Mapping[str, int]) -> None:
        """Book positions."""
        self._day.broker.book(quantities)

    def rest_foreign_order(self, symbol: str, quantity: int, net_price: Decimal) -> None:
        """Plant an order."""
        sign = 1 if quantity > 0 else -1
        self._day.broker.plant_order(legs((symbol, sign)), abs(quantity), net_price)

    def refuse(self, refusal: Refusal) -> None:
        """Plan a refusal."""
        self._plan(FaultKind.REFUSE, refusal=refusal)

    def lose_answer(self, *, has_arrived: bool) -> None:
        """Plan a lost answer, or a lost request."""
        self._plan(FaultKind.LOSE_ANSWER if has_arrived else FaultKind.LOSE_REQUEST)

    def cut_off(self) -> None:
        """Plan an outage of one call."""
        self._plan(FaultKind.UNAVAILABLE)

    def fill_only(self, units: int) -> None:
        """Plan a partial fill."""
        self._plan(FaultKind.PARTIAL, units=units)

    def assign(self, symbol: str) -> None:
        """Plan an assignment for now."""
        self._plan(FaultKind.ASSIGN, legs=legs((symbol, -1)))

    def _plan(
        self,
        kind: FaultKind,
        *,
        refusal: Refusal | None = None,
        units: int | None = None,
        legs: tuple[Leg, ...] = (),
    ) -> None:
        fault = Fault(kind, instant("17:50"), legs, units, timedelta(0), refusal=refusal)
        self._day.broker.plan(fault)


STANDS: dict[str, Callable[[Path], Stand]] = {"paper": PaperStand}


def order(
    stand: Stand,
    client_order_id: str,
    pairs: tuple[tuple[str, int], ...],
    net_price: str | None,
    *,
    units: int = 1,
) -> OrderIntent:
    """Make an order of legs as sent."""
    return OrderIntent(
        client_order_id=client_order_id,
        position_id="p",
        account=ACCOUNT,
        attempt_due_at=stand.now(),
        step=1,
        legs=legs(*pairs),
        units=units,
        net_price=None if net_price is None else Decimal(net_price),
        cap=None,
        give_up_at=stand.now() + timedelta(seconds=10),
    )
