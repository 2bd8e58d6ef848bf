"""
The stand of an adapter whose broker is a face over the exchange, in process.

A dialect's own stand says how its face and its adapter are made, and in which words its
broker refuses:

    class AlpacaStand(ServerStand):
        dialect = Dialect(account="...", face=AlpacaFace, broker=make, refusals=REFUSALS)
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

from botd.brokers.port import Broker
from botd.brokers.transport.door import Carriers
from botd.clock import Clock
from botd.errors import Refusal, RefusalReason
from tests.brokers.paper.day import HandClock, instant
from tests.contract.options import OPTIONS
from tests.contract.product import Product
from tests.contract.stand import (
    CRYPTO,
    FLEX,
    FOREIGN_SHARES,
    LONG_PUT,
    OFFICIAL_CLOSE,
    SHORT_PUT,
    UNDERLYING,
)
from tests.contract.trouble import Trouble
from tests.servers.exchange import Exchange
from tests.servers.exchange_calendar import ExchangeCalendar
from tests.servers.exchange_rules import Rules
from tests.servers.face import Face, FaceTransport, Gate, Reply
from tests.servers.faults import Call, Fault, FaultKind
from tests.servers.orders import Reason, Rejected, Ticket

_DAY = date(2015, 12, 24)
_OFTEN = 10  # more tries than an adapter makes of one call
_REQUEST_TIMEOUT = 408
_SECRET = 8  # characters; a shorter word is no credential
_CALLS = tuple(call for call in Call if call is not Call.LOGIN)
_FAULTS = {
    Trouble.TOO_MANY: Fault(FaultKind.TOO_MANY),
    Trouble.UNAUTHORIZED: Fault(FaultKind.UNAUTHORIZED),
    Trouble.ERROR_BEFORE: Fault(FaultKind.ERROR_BEFORE),
    Trouble.ERROR_AFTER: Fault(FaultKind.ERROR_AFTER),
    Trouble.REQUEST_TIMEOUT: Fault(FaultKind.ERROR_BEFORE, status=_REQUEST_TIMEOUT),
    Trouble.RESET_BEFORE: Fault(FaultKind.LOSE_BEFORE),
    Trouble.RESET_AFTER: Fault(FaultKind.LOSE_AFTER),
    Trouble.SILENCE_BEFORE: Fault(FaultKind.HANG_BEFORE),
    Trouble.SILENCE_AFTER: Fault(FaultKind.HANG_AFTER),
    Trouble.ODD_BODY: Fault(FaultKind.ODD_BODY, body=b"<html>Welcome</html>"),
    Trouble.EMPTY_BODY: Fault(FaultKind.ODD_BODY, body=b"{}"),
    Trouble.REDIRECT: Fault(FaultKind.REDIRECT, headers={"location": "https://elsewhere.invalid/"}),
    Trouble.CUT_OFF: Fault(FaultKind.CUT_OFF),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A refusal in a dialect's own words, and what the adapter has to make of it."""

    reply: Reply
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a stand has to know of a broker."""

    account: str
    face: Callable[[Exchange], Face]
    broker: Callable[[Carriers, Clock], Broker]
    refusals: Mapping[RefusalReason, Said]
    rules: Rules = field(default_factory=Rules)


class ServerStand:
    """An adapter, a face, and the exchange behind it; time stands until it is waited for."""

    dialect: ClassVar[Dialect]
    product: ClassVar[Product] = OPTIONS
    starts_at: ClassVar[datetime] = instant("17:50")

    def __init__(self, _: Path) -> None:
        self.account = self.dialect.account
        self.clock = HandClock(self.starts_at)
        self.exchange = Exchange(
            account=self.account,
            now=self.clock.now,
            rules=self.dialect.rules,
            calendar=ExchangeCalendar({_DAY: time(13, 0), date(2015, 12, 25): None}),
        )
        self.furnish()
        self.gate = Gate(self.dialect.face(self.exchange))
        self.broker = self._connected()

    def furnish(self) -> None:
        """Show quotes and trades of the product."""
        product = self.product
        for side in (product.first, product.second, product.one_sided, product.later):
            self.exchange.quote(side.symbol, side.bid, side.ask, side.size)
        self.exchange.quote(UNDERLYING, "749.60", "749.64", 100)
        self.exchange.trade(product.underlying, str(product.spot))

    def now(self) -> datetime:
        """Tell the exchange's instant."""
        return self.clock.now()

    def at(self, instant: datetime) -> None:
        """Set the clock, and let the exchange come up to it."""
        self.clock.at = instant
        self.exchange.advance()

    def hold(self, quantities: Mapping[str, int]) -> None:
        """Book positions."""
        self.exchange.hold(dict(quantities))

    def rest_foreign_order(
        self, symbol: str, quantity: int, net_price: Decimal, *, closes: bool = True
    ) -> None:
        """Place an order that is not checked."""
        sign = 1 if quantity > 0 else -1
        self.exchange.place(
            Ticket(None, ((symbol, sign),), abs(quantity), net_price, closes, is_foreign=True)
        )

    def crowd(self, n_orders: int) -> None:
        """Place orders that are not checked, two in every millisecond."""
        for number in range(n_orders):
            self.clock.at += timedelta(milliseconds=number % 2)
            self.rest_foreign_order(LONG_PUT, -1, Decimal("0.50"))

    def hold_foreign(self) -> bool:
        """Book them."""
        self.exchange.hold({FOREIGN_SHARES: 10, CRYPTO: 1, FLEX: -1})
        return True

    def rest_foreign(self) -> bool:
        """Place an order for each, one of them without a limit."""
        for symbol, units, limit in (
            (FOREIGN_SHARES, 10, Decimal(-150)),
            (CRYPTO, 1, None),
            (FLEX, 1, Decimal("-2.50")),
        ):
            self.exchange.place(
                Ticket(None, ((symbol, 1),), units, limit, closes=False, is_foreign=True)
            )
        return True

    def refuse(self, reason: RefusalReason) -> Refusal | None:
        """Plan an answer in the dialect's own words."""
        said = self.dialect.refusals.get(reason)
        if said is None:
            return None
        reply = said.reply
        self.gate.faults.plan(
            Fault(
                FaultKind.REFUSE,
                Call.SUBMIT,
                status=reply.status,
                body=reply.body,
                headers=reply.headers,
            )
        )
        return said.refusal

    def trouble(self, trouble: Trouble, *, is_order: bool = True) -> bool:
        """Plan a fault for whatever is asked next, except for a login."""
        found = _FAULTS[trouble]
        for call in (Call.SUBMIT,) if is_order else _CALLS:
            self.gate.faults.plan(
                Fault(
                    found.kind,
                    call,
                    times=_OFTEN,
                    status=found.status,
                    body=found.body,
                    headers=found.headers,
                )
            )
        return True

    def calm(self) -> None:
        """Forget planned faults."""
        self.gate.faults.clear()

    def fill_only(self, units: int) -> None:
        """Plan a partial fill."""
        self.exchange.surprises.fill_only = units

    def cross_next(self) -> None:
        """Plan a fill that crosses."""
        self.exchange.surprises.is_crossed = True

    def accept_late(self, after: timedelta) -> None:
        """Plan a lost answer of an order that shows itself late."""
        self.exchange.surprises.accept_late = after
        self.gate.faults.plan(Fault(FaultKind.LOSE_AFTER, Call.SUBMIT))

    def reject_later(self, reason: RefusalReason, after: timedelta) -> None:
        """Plan a rejection."""
        detail = {
            "symbol": SHORT_PUT,
            "is_buy": True,
            "requested": 1,
            "existing_qty": 0,
            "held_for_orders": 0,
            "available": 0,
            "related_orders": [],
        }
        rejected = Rejected(Reason(reason.value), detail)
        self.exchange.surprises.reject_later = (after, rejected)

    def assign(self, symbol: str) -> None:
        """Assign all that is held."""
        self.exchange.assign(symbol, -self.exchange.held[symbol])

    def liquidate(self, symbol: str) -> None:
        """Close all that is held, at a dollar."""
        self.exchange.liquidate(symbol, abs(self.exchange.held[symbol]), "1.00")

    def block(self) -> bool:
        """Block the account."""
        self.exchange.blocked = "account is blocked"
        return True

    def tell_official_close(self) -> None:
        """Make the close of the day known."""
        self.exchange.close_at(UNDERLYING, _DAY, str(OFFICIAL_CLOSE))

    def too_many(self) -> int:
        """Count at the gate."""
        return self.gate.too_many

    def secrets(self) -> frozenset[str]:
        """Read them off every request: long words of headers and forms that log in."""
        texts = [
            value
            for visit in self.gate.visits
            for name, value in visit.request.headers.items()
            if name == "authorization" or "key" in name
        ]
        texts += [
            visit.request.body.decode()
            for visit in self.gate.visits
            if visit.request.path.endswith("/token")
        ]
        words = (word for text in texts for word in re.split(r"[\s\"&=:,{}]+", text))
        return frozenset(word for word in words if len(word) >= _SECRET and "_" not in word)

    def echo_secrets(self) -> bool:
        """Refuse as for no known reason, and tell all secrets with it."""
        said = self.dialect.refusals[RefusalReason.OTHER]
        found = (word for word in said.refusal.message.split() if word.encode() in said.reply.body)
        word = max(found, key=len)
        told = " ".join((word, *sorted(self.secrets())))
        body = said.reply.body.replace(word.encode(), told.encode())
        self.gate.faults.plan(
            Fault(FaultKind.REFUSE, Call.SUBMIT, status=said.reply.status, body=body)
        )
        return True

    def reopen(self) -> Broker:
        """Connect once more."""
        self.broker = self._connected()
        return self.broker

    def _connected(self) -> Broker:
        carriers = Carriers(
            orders=FaceTransport(self.gate, self.clock), reads=FaceTransport(self.gate, self.clock)
        )
        return self.dialect.broker(carriers, self.clock)
