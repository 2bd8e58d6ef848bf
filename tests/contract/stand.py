"""
What a broker has to be put on, so that the contract suite can ask it.

An adapter joins by adding a stand to `STANDS`: its broker, and a world behind it (the
paper exchange, or a server's face over the exchange of `tests.servers`) that holds
positions and misbehaves to order. Its `product` names the contracts that are traded. For
listed options it is 17:50 UTC, ten minutes before the early close of 2015-12-24; the next
session is 2015-12-28.

No card of the suite is skipped. What a dialect cannot have stands in
`CapabilityCard.lacks` as `"<number> <title>: <reason>"`, for instance
`"12 an id is taken once: a tag is a label"`, or with the name of a row in place of the
title: `"18 price_band: no such words are documented"` (`tests.contract.cards` has
titles and rows). The suite then holds that it is really lacking where that can be seen.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import ClassVar, Protocol

from botd.brokers.port import Broker
from botd.domain.orders import OrderIntent
from botd.errors import Refusal, RefusalReason
from tests.brokers.paper.day import CALL_750, LATER_CALL, PUT_745, PUT_750, legs
from tests.contract.product import Product
from tests.contract.trouble import Trouble

SHORT_PUT = PUT_750  # bid 0.70, ask 1.00, five each
LONG_PUT = PUT_745  # bid 0.05, ask 0.10, five each
ONE_SIDED = CALL_750  # no bid, ask 0.40, five
LATER = LATER_CALL  # of 2016-01-15; bid 12.00, ask 12.50, five each
UNDERLYING = "GOOG"  # last trade 749.62
OFFICIAL_CLOSE = Decimal("748.40")  # of 2015-12-24, once it is told
FLEX = "4SPX251219C05000000"  # the exchange's name of a FLEX option, which is no OCC root
CRYPTO = "BTC/USD"
FOREIGN_SHARES = "AAPL"


class Stand(Protocol):
    """One adapter with a world behind it, at an instant in a session."""

    product: ClassVar[Product]
    broker: Broker
    account: str  # its name

    def __init__(self, folder: Path) -> None: ...

    def now(self) -> datetime:
        """Tell the world's instant."""
        ...

    def at(self, instant: datetime) -> None:
        """Let time pass until *instant*."""
        ...

    def hold(self, quantities: Mapping[str, int]) -> None:
        """Let the account hold signed quantities."""
        ...

    def rest_foreign_order(
        self, symbol: str, quantity: int, net_price: Decimal, *, closes: bool = True
    ) -> None:
        """Let somebody else's order of *quantity*, as sent, rest in the account."""
        ...

    def crowd(self, n_orders: int) -> None:
        """Let so many orders of somebody else rest in the account."""
        ...

    def hold_foreign(self) -> bool:
        """Let the account hold what no bot of ours would; tell if it can."""
        ...

    def rest_foreign(self) -> bool:
        """Let orders for shares, a crypto pair and a FLEX option rest; tell if it can."""
        ...

    def refuse(self, reason: RefusalReason) -> Refusal | None:
        """Let the next order be refused for a reason; give what the adapter makes of it."""
        ...

    def trouble(self, trouble: Trouble, *, is_order: bool = True) -> bool:
        """
        Let the next call meet a trouble, as often as the adapter tries; tell if it can.

        Args:
            trouble: which one.
            is_order: the next call is an order, else a read or a cancel.
        """
        ...

    def calm(self) -> None:
        """End what trouble is left."""
        ...

    def fill_only(self, units: int) -> None:
        """Let no more than *units* of the next order fill."""
        ...

    def cross_next(self) -> None:
        """Let the next cancel or replacement of an order meet its fill."""
        ...

    def accept_late(self, after: timedelta) -> None:
        """Let the next order's answer be lost, and nobody see the order for so long."""
        ...

    def reject_later(self, reason: RefusalReason, after: timedelta) -> None:
        """Let the next order be taken, and rejected later."""
        ...

    def assign(self, symbol: str) -> None:
        """Let what the account holds of *symbol* end as `Product.ending` says."""
        ...

    def liquidate(self, symbol: str) -> None:
        """Let the broker close what the account holds of *symbol*."""
        ...

    def block(self) -> bool:
        """Let the account be blocked; tell if it can be."""
        ...

    def tell_official_close(self) -> None:
        """Let `Product.official_close` be known from now on."""
        ...

    def too_many(self) -> int:
        """Tell how many requests were answered with 429 so far."""
        ...

    def secrets(self) -> frozenset[str]:
        """Tell which credentials have crossed so far."""
        ...

    def echo_secrets(self) -> bool:
        """
        Let the next order be refused in words that hold the credentials; tell if it can.

        Where no orders are taken, it is the next read.
        """
        ...

    def reopen(self) -> Broker:
        """Give another adapter over the same world, as after a restart; it is `broker` now."""
        ...


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
        account=stand.account,
        attempt_due_at=stand.now(),
        step=1,
        legs=legs(*pairs),
        units=units,
        net_price=None if net_price is None else Decimal(net_price),
        cap=None,
        give_up_at=stand.now() + timedelta(seconds=10),
    )


def resting(stand: Stand, client_order_id: str, *, units: int = 1) -> OrderIntent:
    """Close units of the product's first contract where nobody trades yet."""
    return order(stand, client_order_id, stand.product.close, stand.product.resting, units=units)


def dearer(stand: Stand, client_order_id: str, *, units: int = 1) -> OrderIntent:
    """Close them at a price nearer the market."""
    return order(stand, client_order_id, stand.product.close, stand.product.dearer, units=units)


def filling(stand: Stand, client_order_id: str, *, units: int = 1) -> OrderIntent:
    """Close them at once."""
    return order(stand, client_order_id, stand.product.close, stand.product.filling, units=units)
