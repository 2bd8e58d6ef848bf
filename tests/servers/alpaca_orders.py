"""
Orders as Alpaca's JSON has them.

    ids       of this face: the exchange's number, and the leg's, in the form of a UUID
    mleg      the parent's symbol, side, asset_class and asset_id are "", not null;
              its price is a debit above zero, a credit below
    a leg     has an id and a client order id of its own; qty is units x ratio
    instants  UTC with nanoseconds, no two orders of one instant alike

Source: reference/brokers.md section 1.4, and the mleg example of trading-api.json.
"""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.servers.alpaca_rules import Contract
from tests.servers.alpaca_words import text
from tests.servers.exchange import Exchange
from tests.servers.orders import ExchangeOrder, OrderState

Json = dict[str, Any]

_SPACE = uuid.UUID("2f8a3a52-5a3e-4d0e-9a55-3d0b6d1c9a10")
_FIRST_NUMBER = 257_459  # where the exchange begins to count
_FINEST = Decimal("0.000000001")
STATUS = {
    OrderState.PENDING: "pending_new",
    OrderState.WORKING: "new",
    OrderState.CANCEL_PENDING: "pending_cancel",
    OrderState.REPLACE_PENDING: "pending_replace",
    OrderState.FILLED: "filled",
    OrderState.CANCELED: "canceled",
    OrderState.EXPIRED: "expired",
    OrderState.REJECTED: "rejected",
    OrderState.REPLACED: "replaced",
}
_ENDED = {
    OrderState.FILLED: "filled_at",
    OrderState.CANCELED: "canceled_at",
    OrderState.EXPIRED: "expired_at",
    OrderState.REJECTED: "failed_at",
    OrderState.REPLACED: "replaced_at",
}


def order_id(number: int, leg: int = 0) -> str:
    """Give an order's id; legs of mleg orders count from 1."""
    return str(uuid.UUID(f"a19aca00-0000-4000-8{leg:03x}-{number:012x}"))


def numbers_of(found: str) -> tuple[int, int] | None:
    """Read an id back: the order's number, and the leg's (0: the order itself)."""
    try:
        read = uuid.UUID(found)
    except ValueError:
        return None
    number, leg = read.int & (1 << 48) - 1, read.int >> 48 & 0xFFF
    return (number, leg) if order_id(number, leg) == str(read) else None


def asset_id(symbol: str) -> str:
    """Give the asset's id; of an option, the contract's."""
    return str(uuid.uuid5(_SPACE, symbol))


def asset_class(symbol: str) -> str:
    """Tell what a symbol stands for."""
    if Contract.of(symbol):
        return "us_option"
    return "crypto" if "/" in symbol else "us_equity"


def stamp(at: datetime, nanoseconds: int = 0) -> str:
    """Write an instant with nine digits, some nanoseconds later."""
    exact, rest = moved(at, nanoseconds)
    return f"{exact.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}{rest:03d}Z"


def moved(at: datetime, nanoseconds: int) -> tuple[datetime, int]:
    """Move an instant on: to the microsecond, and the nanoseconds beyond."""
    return at + timedelta(microseconds=nanoseconds // 1000), nanoseconds % 1000


def serial(order: ExchangeOrder) -> int:
    """Tell how many orders came before, so that no two have the same instant."""
    return order.number - _FIRST_NUMBER


def instant_key(order: ExchangeOrder) -> tuple[datetime, int]:
    """Give the instant of submission as it is told."""
    return moved(order.submitted_at, serial(order))


def price(value: Decimal | None) -> str | None:
    """Write a price, nine decimals at most; None: there is none."""
    return None if value is None else text(value.quantize(_FINEST))


def is_package(order: ExchangeOrder) -> bool:
    """Whether an order is of the class mleg."""
    return len(order.legs) > 1


def own_client_id(order: ExchangeOrder) -> str:
    """Give the client order id; Alpaca makes one where the client sent none."""
    return order.client_order_id or str(uuid.uuid5(_SPACE, f"client/{order.number}"))


class OrderScribe:
    """Writes the orders of one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        # The documents leave open which sign filled_avg_price of a credit has.
        self.is_credit_negative = True

    def order(self, order: ExchangeOrder, *, is_nested: bool = True) -> Json:
        """Write an order; *is_nested* puts the legs of a package under "legs"."""
        if not is_package(order):
            return self._single(order)
        return {
            **self._state(order),
            **_instrument(""),
            **_kind(order),
            "id": order_id(order.number),
            "client_order_id": own_client_id(order),
            "qty": str(order.units),
            "filled_qty": str(order.filled_units),
            "filled_avg_price": price(self._signed(order.average_net_price)),
            "limit_price": price(None if order.net_limit is None else -order.net_limit),
            "side": "",
            "order_class": "mleg",
            "legs": self.legs(order) if is_nested else None,
            **order.extra.get("alpaca", {}),
        }

    def as_taken(self, order: ExchangeOrder) -> Json:
        """
        Write an order as the answer to its own request: taken, and no more.

        Execution comes later at this broker, also where it takes no time here.
        """
        blank = replace(
            order,
            state=OrderState.PENDING,
            updated_at=order.submitted_at,
            executions=[],
            replaced_by=None,
            ended_at=None,
        )
        return self.order(blank)

    def legs(self, order: ExchangeOrder) -> list[Json]:
        """Write the legs of a package, each as an order."""
        return [self._leg(order, number) for number in range(1, len(order.legs) + 1)]

    def status(self, order: ExchangeOrder) -> str:
        """Name the state of an order."""
        if order.state in {OrderState.WORKING, OrderState.PENDING}:
            if order.filled_units:
                return "partially_filled"
            if not self._exchange.calendar.is_open(self._exchange.now()):
                return "accepted"
        if order.state is OrderState.CANCELED and order.replaces is not None:
            replaced = self._exchange.orders[order.replaces]
            if replaced.state is OrderState.FILLED:
                return "rejected"  # the order that it was to replace filled first
        return STATUS[order.state]

    def _single(self, order: ExchangeOrder) -> Json:
        ((symbol, ratio),) = order.legs
        limit = order.net_limit
        return {
            **self._state(order),
            **_instrument(symbol),
            **_kind(order),
            **_until(order),
            "id": order_id(order.number),
            "client_order_id": own_client_id(order),
            "qty": str(order.units * abs(ratio)),
            "filled_qty": str(order.filled_units * abs(ratio)),
            "filled_avg_price": price(order.average_leg_price(symbol)),
            "limit_price": price(None if limit is None else abs(limit) / abs(ratio)),
            "side": _side(ratio),
            "position_intent": _intent(order, 1),
            "order_class": "simple",
            "legs": None,
            **order.extra.get("alpaca", {}),
        }

    def _leg(self, order: ExchangeOrder, number: int) -> Json:
        symbol, ratio = order.legs[number - 1]
        return {
            **self._state(order),
            **_instrument(symbol),
            **_until(order),
            "id": order_id(order.number, number),
            "client_order_id": str(uuid.uuid5(_SPACE, f"leg/{order.number}/{number}")),
            "replaces": None,
            "replaced_by": None,
            "qty": str(order.units * abs(ratio)),
            "ratio_qty": str(abs(ratio)),
            "filled_qty": str(order.filled_units * abs(ratio)),
            "filled_avg_price": price(order.average_leg_price(symbol)),
            "limit_price": None,
            "side": _side(ratio),
            "position_intent": _intent(order, number),
            "order_class": "mleg",
            "order_type": "",
            "type": "",
            "time_in_force": order.extra.get("time_in_force", "day"),
            "legs": None,
        }

    def _signed(self, net: Decimal | None) -> Decimal | None:
        """Turn a net price toward the account into a debit above zero."""
        if net is None or net <= 0 or self.is_credit_negative:
            return None if net is None else -net
        return net

    def _state(self, order: ExchangeOrder) -> Json:
        times: Json = dict.fromkeys(_ENDED.values())
        if order.state in _ENDED:
            times[_ENDED[order.state]] = stamp(order.ended_at or order.updated_at, serial(order))
        if order.executions:
            times["filled_at"] = stamp(order.executions[-1].at, serial(order))
        submitted = stamp(order.submitted_at, serial(order))
        return {
            **times,
            "status": self.status(order),
            "created_at": submitted,
            "submitted_at": submitted,
            "updated_at": stamp(order.updated_at, serial(order)),
            "replaces": _other(order.replaces),
            "replaced_by": _other(order.replaced_by),
            **dict.fromkeys(("notional", "stop_price", "trail_price", "trail_percent", "hwm")),
            "extended_hours": False,
            "source": None,
            "subtag": None,
        }


def _until(order: ExchangeOrder) -> Json:
    """Tell when a day order ends."""
    return {"expires_at": f"{order.ends_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}


def _other(number: str | None) -> str | None:
    return None if number is None else order_id(int(number))


def _instrument(symbol: str) -> Json:
    """Name an instrument; a package's is empty, not null."""
    return {
        "symbol": symbol,
        "asset_class": asset_class(symbol) if symbol else "",
        "asset_id": asset_id(symbol) if symbol else "",
    }


def _kind(order: ExchangeOrder) -> Json:
    kind = "market" if order.net_limit is None else "limit"
    lasts = order.extra.get("time_in_force", "day")
    return {"type": kind, "order_type": kind, "time_in_force": lasts}


def _side(ratio: int) -> str:
    return "buy" if ratio > 0 else "sell"


def _intent(order: ExchangeOrder, number: int) -> str:
    """Give the intent of a leg as it was sent, else as the order's kind has it."""
    sent = order.extra.get("intents")
    if sent:
        return str(sent[number - 1])
    return f"{_side(order.legs[number - 1][1])}_to_{'close' if order.closes else 'open'}"
