"""
The order desk as Alpaca runs it: taking, listing, cancelling and replacing orders.

    intents    a closing one wants a position that stands against it; an opening one none.
               Where none is given (single orders) it is inferred from the position
    opening    refused in the last half hour of the contract's last session; a short call
               wants shares, a short put cash, mleg wants level 3
    lists      not nested, each leg of a package stands beside it as an order
    replace    a new order with a new id, taken and no more

Source: reference/brokers.md sections 1.4, 1.6 and 1.7; trading-api.json.
"""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from botd.calendar import new_york
from tests.servers import alpaca_rules as rules
from tests.servers import alpaca_words as say
from tests.servers.alpaca_listing import Listing
from tests.servers.alpaca_orders import (
    Json,
    OrderScribe,
    instant_key,
    is_package,
    numbers_of,
    order_id,
    own_client_id,
)
from tests.servers.alpaca_rules import Asked, AskedLeg, Contract
from tests.servers.alpaca_words import Refused
from tests.servers.exchange import Exchange
from tests.servers.exchange_checks import check
from tests.servers.face import Request
from tests.servers.orders import ExchangeOrder, OrderState, Ticket

_SPREADS = 3  # the level that trades them
_SHARES = 100
_LAST_HALF_HOUR = timedelta(minutes=30)


class OrderDesk:
    """The orders of one account."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.scribe = OrderScribe(exchange)
        self.unlisted: set[str] = set()  # contracts that are not found
        # Whether one order, asked for by an id without nested=true, comes with its legs.
        self.nests_look_ups = True

    def submit(self, body: Mapping[str, Any]) -> Json:
        """Take an order."""
        asked = rules.read(body)
        options = [contract for leg in asked.legs if (contract := Contract.of(leg.symbol))]
        for leg in asked.legs:
            if leg.symbol in self.unlisted:
                raise Refused(say.contract_is(leg.symbol, "not found"))
        if options and asked.limit is not None:
            rules.check_decimals(asked.limit)
        if asked.is_mleg and self._exchange.options_level < _SPREADS:
            raise Refused(say.UNCOVERED_SPREAD)
        if options and asked.limit is None and not self._is_open():
            raise Refused(say.NO_MARKET_ORDER_NOW)
        intents = tuple(self._intent(leg) for leg in asked.legs)
        closes = all(map(rules.closes, intents))
        if not closes:
            self._check_opening(asked, intents)
        ticket = Ticket(
            client_order_id=asked.client_order_id,
            legs=tuple((leg.symbol, leg.ratio) for leg in asked.legs),
            units=asked.units,
            net_limit=asked.net_limit,
            closes=closes,
            extra={"intents": intents, "time_in_force": asked.time_in_force},
        )
        return self.scribe.as_taken(self._exchange.place(ticket))

    def cancel(self, found: str) -> None:
        """Ask that an order be cancelled."""
        number, leg = _read_id(found)
        if leg:
            raise Refused(say.LEG_CANCEL)
        self._exchange.cancel(str(number))

    def cancel_all(self) -> list[Json]:
        """Ask that every order be cancelled which may be."""
        ids = [
            order.id
            for order in self._exchange.visible()
            if order.state in {OrderState.WORKING, OrderState.PENDING}
        ]
        return [{"id": order_id(self._exchange.cancel(each).number), "status": 200} for each in ids]

    def replace(self, found: str, body: Mapping[str, Any]) -> Json:
        """Ask that an order be replaced by one at another price."""
        number, leg = _read_id(found)
        if leg:
            raise Refused(say.LEG_REPLACE)
        order = self._exchange.order(str(number))
        self._check_replaceable(order)
        limit = rules.limit_of({"type": "limit", **body})
        if limit is None:
            raise Refused(say.invalid("limit_price is required"))
        rules.check_decimals(limit)
        self._check_quantity(order, body)
        net_limit = _toward_account(order, limit)
        if net_limit == order.net_limit:
            raise Refused(say.NOTHING_CHANGED)
        new = self._exchange.replace(order.id, net_limit, rules.client_id(body))
        return self.scribe.as_taken(new)

    def one(self, found: str, *, is_nested: bool) -> Json:
        """Write one order, or one leg of a package, by its id."""
        number, leg = _read_id(found)
        order = self._exchange.order(str(number))
        if not leg:
            return self.scribe.order(order, is_nested=is_nested or self.nests_look_ups)
        if leg > len(order.legs) or not is_package(order):
            raise Refused(say.NO_ORDER)
        return self.scribe.legs(order)[leg - 1]

    def by_client_id(self, client_order_id: str | None) -> Json:
        """Write one order by its client's id."""
        for order in reversed(self._exchange.visible()):
            if own_client_id(order) == client_order_id:
                return self.scribe.order(order, is_nested=self.nests_look_ups)
        raise Refused(say.NO_ORDER)

    def listed(self, request: Request) -> list[Json]:
        """Write the orders that a query asks for."""
        asked = Listing.of(request)
        orders = sorted(
            (order for order in self._exchange.visible() if asked.wants(order)),
            key=instant_key,
            reverse=asked.is_newest_first,
        )
        if asked.is_nested:
            return [self.scribe.order(order) for order in orders[: asked.limit]]
        flat: list[Json] = []
        for order in orders[: asked.limit]:
            flat.append(self.scribe.order(order, is_nested=False))
            flat.extend(self.scribe.legs(order) if is_package(order) else ())
        return flat[: asked.limit]

    def _is_open(self) -> bool:
        return self._exchange.calendar.is_open(self._exchange.now())

    def _intent(self, leg: AskedLeg) -> str:
        """Give the intent that counts; an opening one against a position is refused."""
        has_position = self._exchange.held.get(leg.symbol, 0) * leg.ratio < 0
        inferred = f"{leg.side}_to_{'close' if has_position else 'open'}"
        if leg.intent is None:
            return inferred
        if has_position and not rules.closes(leg.intent):
            raise Refused(say.intent_mismatch(inferred, leg.intent))
        return leg.intent

    def _check_opening(self, asked: Asked, intents: tuple[str, ...]) -> None:
        """Look at what opens; what closes beside it must be there."""
        pairs = list(zip(asked.legs, intents, strict=True))
        closing = tuple((leg.symbol, leg.ratio) for leg, what in pairs if rules.closes(what))
        if closing:
            check(self._exchange, Ticket(None, closing, asked.units, None))
        for leg, what in pairs:
            contract = Contract.of(leg.symbol)
            if contract is not None and not rules.closes(what):
                self._check_late(contract)
                if not asked.is_mleg and leg.ratio < 0:
                    self._check_cover(contract, asked.units)

    def _check_late(self, contract: Contract) -> None:
        last = self._exchange.calendar.on_or_before(contract.expiration)
        is_day = last.day == new_york.day_of(self._exchange.now())
        if is_day and self._exchange.now() >= last.closes_at - _LAST_HALF_HOUR:
            raise Refused(say.expires_soon(contract.symbol))

    def _check_cover(self, contract: Contract, units: int) -> None:
        if contract.right == "call":
            shares = max(self._exchange.held.get(contract.underlying, 0), 0)
            if shares < _SHARES * units:
                raise Refused(say.uncovered_call(contract.symbol, _SHARES * units, shares))
        elif (required := contract.strike * _SHARES * units) > self._exchange.cash:
            raise Refused(say.buying_power(required, self._exchange.cash))

    def _check_replaceable(self, order: ExchangeOrder) -> None:
        replaced = self._exchange.orders.get(order.replaces or "")
        if replaced is not None and replaced.state is OrderState.REPLACE_PENDING:
            raise Refused(say.CHAIN_NOT_REPLACED)
        if order.state is OrderState.REPLACED:
            raise Refused(say.REPLACED_ALREADY)
        if order.state is not OrderState.WORKING:
            raise Refused(say.not_replaceable(self.scribe.status(order)))
        if order.net_limit is None:
            raise Refused(say.not_replaceable("market"))

    def _check_quantity(self, order: ExchangeOrder, body: Mapping[str, Any]) -> None:
        if body.get("qty") in (None, ""):
            return
        quantity = rules.whole(body["qty"], "qty")
        if quantity <= order.filled_units:
            raise Refused(say.QUANTITY_IS_FILLED)
        if quantity != order.units:
            raise Refused(say.unprocessable("this server does not change a working order's qty"))


def _read_id(found: str) -> tuple[int, int]:
    read = numbers_of(found)
    if read is None:
        raise Refused(say.NO_ORDER)
    return read


def _toward_account(order: ExchangeOrder, limit: Decimal) -> Decimal:
    """Turn a limit as sent into one toward the account, per unit."""
    if is_package(order):
        return -limit
    if limit <= 0:
        raise Refused(say.invalid("limit price must be > 0"))
    ((_, ratio),) = order.legs
    return -limit * ratio
