"""
One brokerage account with an exchange behind it: stateful, exact, without a dialect.

Everything happens in the call that asks for it, after what time has brought about by
then (`advance`): late acceptance, rejections, slow cancels, the end of the day. What is
to go wrong is told beforehand and befalls the next order, cancel or replacement.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from tests.servers import exchange_nights
from tests.servers.exchange_account import Account
from tests.servers.exchange_calendar import ExchangeCalendar
from tests.servers.exchange_checks import check, check_price
from tests.servers.exchange_matching import consume, fillable, natural, worth
from tests.servers.exchange_rules import Rules, multiplier, series
from tests.servers.exchange_surprises import Surprises
from tests.servers.orders import (
    NEVER,
    Activity,
    BidAsk,
    ExchangeOrder,
    Execution,
    OrderState,
    Reason,
    Rejected,
    Ticket,
)

_FIRST_NUMBER = 257_459
Listener = Callable[[str, ExchangeOrder], None]


class Exchange(Account):
    """
    The account with an exchange behind it.

    Faces read its fields freely and change it through its methods only.
    """

    def __init__(
        self,
        *,
        account: str,
        now: Callable[[], datetime],
        cash: Decimal = Decimal(100_000),
        environment: str = "paper",
        rules: Rules = Rules(),  # noqa: B008 - frozen
        calendar: ExchangeCalendar | None = None,
    ) -> None:
        super().__init__(
            account=account,
            now=now,
            cash=cash,
            environment=environment,
            rules=rules,
            calendar=calendar or ExchangeCalendar(),
        )
        self.surprises = Surprises()
        self.listeners: list[Listener] = []
        self.arrivals: list[Callable[[Ticket], None]] = []  # told before a client's order is
        self._number = _FIRST_NUMBER
        self._due_at = NEVER  # the earliest timer of an order

    # What a test puts there.

    def quote(self, symbol: str, bid: str | None, ask: str | None, size: int = 10) -> None:
        """Show a quote, and let resting orders meet it; None: nobody on that side."""
        self.advance()
        self.quotes[symbol] = BidAsk(symbol, _price(bid), _price(ask), size, size, self.now())
        self.match()

    # What a client asks.

    def place(self, ticket: Ticket) -> ExchangeOrder:
        """
        Take an order, and fill what fills at once.

        Raises:
            Rejected: it is not taken.
        """
        self.advance()
        if not ticket.is_foreign:
            for tell in self.arrivals:
                tell(ticket)
            if refusal := self.surprises.take_refusal():
                raise refusal
            check(self, ticket)
        order = self._entered(ticket)
        if not ticket.is_foreign:
            self.surprises.befall(order)
        self.orders[order.id] = order
        self.tell("pending_new", order)
        self._begin(order)
        return order

    def cancel(self, order_id: str) -> ExchangeOrder:
        """
        Ask for a cancel; it may take time, and a fill may come first.

        Raises:
            Rejected: no such order, or it is final, or waits for another cancel.
        """
        self.advance()
        order = self.order(order_id)
        if order.state not in {OrderState.WORKING, OrderState.PENDING}:
            raise Rejected(Reason.NOT_CANCELABLE, {"order_id": order_id, "state": order.state})
        crossing = self.surprises.take_crossing()
        if crossing is not None:
            self._fill_across(order, crossing)
        if order.is_final:
            return order
        delay = self.surprises.take_cancel_delay()
        if delay is None:
            self.end(order, OrderState.CANCELED)
        else:
            order.cancels_at = self.now() + delay
            self._due_at = self.now()
            self._move(order, OrderState.CANCEL_PENDING, "pending_cancel")
        return order

    def replace(
        self,
        order_id: str,
        net_limit: Decimal,
        client_order_id: str | None = None,
        extra: dict[str, object] | None = None,
    ) -> ExchangeOrder:
        """
        Ask that an order be replaced by one at another price; give the new order.

        Where orders are replaced in place it is the same one. A slow replacement waits
        as `PENDING`, and is canceled when the old order fills first.

        Raises:
            Rejected: no such order, it does not work, or the price is not taken.
        """
        self.advance()
        order = self.order(order_id)
        if order.state is not OrderState.WORKING:
            raise Rejected(Reason.NOT_REPLACEABLE, {"order_id": order_id, "state": order.state})
        if refusal := self.surprises.take_refusal():
            raise refusal
        check_price(self, order.legs, net_limit)
        if self.rules.replaces_in_place:
            return self._reprice(order, net_limit, extra or {})
        return self._succeed(order, net_limit, client_order_id, extra or {})

    def order(self, order_id: str) -> ExchangeOrder:
        """
        Give the order of an id, as far as anybody can see it.

        Raises:
            Rejected: no such order.
        """
        self.advance()
        order = self.orders.get(order_id)
        if order is None or order.visible_at > self.now():
            raise Rejected(Reason.NO_SUCH_ORDER, {"order_id": order_id})
        return order

    def find(self, client_order_id: str) -> ExchangeOrder | None:
        """Give the newest visible order of a client's id."""
        found = [each for each in self.visible() if each.client_order_id == client_order_id]
        return found[-1] if found else None

    def visible(self) -> list[ExchangeOrder]:
        """Give all orders that anybody can see, oldest first."""
        self.advance()
        return [each for each in self.orders.values() if each.visible_at <= self.now()]

    def posted(self) -> list[Activity]:
        """Give the record as it can be read now."""
        self.advance()
        return [each for each in self.activities if each.posted_at <= self.now()]

    # What befalls the account.

    def assign(self, symbol: str, quantity: int) -> None:
        """Assign *quantity* short contracts: positions move now, the record comes next morning."""
        exchange_nights.assign(self, symbol, quantity)
        self._cancel_uncovered()

    def exercise(self, symbol: str, quantity: int) -> None:
        """Exercise *quantity* long contracts, as `assign`."""
        exchange_nights.exercise(self, symbol, quantity)
        self._cancel_uncovered()

    def vanish(self, symbol: str, quantity: int) -> None:
        """Take *quantity* contracts away without a trace."""
        held = self.held.get(symbol, 0)
        self.hold({symbol: quantity if held < 0 else -quantity})
        self._cancel_uncovered()

    def expire(self, day: date) -> None:
        """Settle every held contract that expires on *day*, by the official close."""
        exchange_nights.expire(self, day)

    def liquidate(self, symbol: str, quantity: int, price: str) -> ExchangeOrder:
        """Let the broker close *quantity* contracts under an id that is not the client's."""
        held = self.held.get(symbol, 0)
        ratio = 1 if held < 0 else -1
        ticket = Ticket(None, ((symbol, ratio),), quantity, None, is_foreign=True)
        order = self._entered(ticket)
        self.orders[order.id] = order
        self._execute(order, quantity, -ratio * Decimal(price), {symbol: Decimal(price)})
        self._cancel_uncovered()
        return order

    # Time.

    def advance(self) -> None:
        """Let everything happen whose instant has come."""
        now = self.now()
        if now >= self._due_at:
            for order in list(self.live()):
                self._run_timers(order, now)
            self._due_at = min(
                (at for order in self.live() for at in order.timers() if at > now),
                default=NEVER,
            )
        exchange_nights.settle_nights(self)

    def match(self) -> None:
        """Let working orders meet the quotes, oldest first."""
        for order in list(self.live()):
            self._match(order)

    def tell(self, event: str, order: ExchangeOrder) -> None:
        """Tell everybody who listens what happened to an order."""
        for listener in tuple(self.listeners):
            listener(event, order)

    def end(self, order: ExchangeOrder, state: OrderState) -> None:
        """Bring an order to a final state; what was to take its place does so only now."""
        order.ended_at = self.now()
        self._move(order, state, state.value)
        if state is not OrderState.REPLACED:
            self._abort_successor(order)

    def _run_timers(self, order: ExchangeOrder, now: datetime) -> None:
        if order.rejects_at is not None and order.rejects_at <= now:
            order.rejection = order.pending_rejection
            self.end(order, OrderState.REJECTED)
        elif order.cancels_at is not None and order.cancels_at <= now:
            self.end(order, OrderState.CANCELED)
        elif order.replaces_at is not None and order.replaces_at <= now:
            self._hand_over(order)
        elif order.ends_at <= now:
            self.end(order, OrderState.EXPIRED)
        elif order.state is OrderState.PENDING and order.replaces is None:
            self._begin(order)

    def _entered(self, ticket: Ticket) -> ExchangeOrder:
        self._number += 1
        now = self.now()
        self._due_at = now
        return ExchangeOrder(
            number=self._number,
            ends_at=exchange_nights.ends_at(self.calendar, now),
            ticket=ticket,
            submitted_at=now,
            visible_at=now,
            state=OrderState.PENDING,
            updated_at=now,
            net_limit=ticket.net_limit,
            client_order_id=ticket.client_order_id,
        )

    def _begin(self, order: ExchangeOrder) -> None:
        """Let a pending order work, if nothing keeps it."""
        if order.visible_at > self.now() or order.rejects_at is not None:
            return
        if order.begins_at is not None and order.begins_at > self.now():
            return
        if not self.calendar.is_open(self.now()):
            order.begins_at = self.calendar.next_open(self.now())
            return
        self._move(order, OrderState.WORKING, "new")
        self._match(order)

    def _match(self, order: ExchangeOrder) -> None:
        if order.state not in {
            OrderState.WORKING,
            OrderState.CANCEL_PENDING,
            OrderState.REPLACE_PENDING,
        }:
            return
        if not self.calendar.is_open(self.now()) or self._is_halted(order):
            return
        shown = natural(order.legs, self.quotes)
        units = fillable(order, shown)
        if units and shown is not None:
            consume(order.legs, units, self.quotes)
            self._execute(order, units, shown.net_price, shown.leg_prices)

    def _is_halted(self, order: ExchangeOrder) -> bool:
        found = ((series(symbol), symbol) for symbol, _ in order.legs)
        return any((each.underlying if each else symbol) in self.halted for each, symbol in found)

    def _execute(
        self,
        order: ExchangeOrder,
        units: int,
        net_price: Decimal,
        leg_prices: dict[str, Decimal],
    ) -> None:
        number = len(order.executions) + 1
        order.executions.append(
            Execution(f"{order.id}-{number}", units, net_price, leg_prices, self.now())
        )
        for symbol, ratio in order.legs:
            self.hold({symbol: ratio * units})
            self.cash -= ratio * units * leg_prices[symbol] * multiplier(symbol)
        if order.remaining_units:
            order.updated_at = self.now()
            self.tell("partial_fill", order)
        else:
            order.ended_at = self.now()
            self._move(order, OrderState.FILLED, "fill")
            self._abort_successor(order)

    def _cancel_uncovered(self) -> None:
        """Cancel closing orders, newest first, that would close more than is held."""
        for order in reversed(list(self.live())):
            for symbol, ratio in order.legs:
                holders = self.holders(symbol, is_buy=ratio > 0)
                free = max(self.held.get(symbol, 0) * (-1 if ratio > 0 else 1), 0)
                if order.closes and order.id in holders and sum(holders.values()) > free:
                    self.end(order, OrderState.CANCELED)
                    break

    def _fill_across(self, order: ExchangeOrder, units: int | None) -> None:
        """Fill an order in the moment in which its cancel or replacement arrives."""
        size = min(units or order.remaining_units, order.remaining_units)
        shown = natural(order.legs, self.quotes)
        limit = order.net_limit
        if shown is not None and (limit is None or shown.net_price >= limit):
            self._execute(order, size, shown.net_price, shown.leg_prices)
        elif limit is not None:
            self._execute(order, size, limit, worth(order, limit, self.quotes))

    def _reprice(
        self, order: ExchangeOrder, net_limit: Decimal, extra: dict[str, object]
    ) -> ExchangeOrder:
        crossing = self.surprises.take_crossing()
        if crossing is not None:
            self._fill_across(order, crossing)
        if order.is_final:
            raise Rejected(Reason.NOT_REPLACEABLE, {"order_id": order.id, "state": order.state})
        order.net_limit = net_limit
        order.ticket.extra.update(extra)
        order.updated_at = self.now()
        self.tell("replaced", order)
        self._match(order)
        return order

    def _succeed(
        self,
        order: ExchangeOrder,
        net_limit: Decimal,
        client_order_id: str | None,
        extra: dict[str, object],
    ) -> ExchangeOrder:
        ticket = replace(
            order.ticket,
            client_order_id=client_order_id,
            units=order.remaining_units,
            net_limit=net_limit,
            extra=order.extra | extra,
        )
        if self.rules.takes_ids_once and client_order_id is not None:
            used = {each.client_order_id: each.id for each in self.orders.values()}
            if client_order_id in used:
                detail = {
                    "client_order_id": client_order_id,
                    "existing_order_id": used[client_order_id],
                }
                raise Rejected(Reason.DUPLICATE_CLIENT_ID, detail)
        new = self._entered(ticket)
        new.replaces, order.replaced_by = order.id, new.id
        self.orders[new.id] = new
        delay = self.surprises.take_replace_delay()
        order.replaces_at = self.now() + (delay or timedelta(0))
        self._due_at = self.now()
        self._move(order, OrderState.REPLACE_PENDING, "pending_replace")
        crossing = self.surprises.take_crossing()
        if crossing is not None:
            self._fill_across(order, crossing)
        if not order.is_final and delay is None:
            self._hand_over(order)
        return new

    def _hand_over(self, order: ExchangeOrder) -> None:
        """Let a replaced order's successor work in its place, for what is left."""
        new = self.orders[order.replaced_by or ""]
        new.ticket = replace(new.ticket, units=order.remaining_units)
        self.end(order, OrderState.REPLACED)
        self._begin(new)

    def _abort_successor(self, order: ExchangeOrder) -> None:
        successor = self.orders.get(order.replaced_by or "")
        if successor is not None and successor.state is OrderState.PENDING:
            self.end(successor, OrderState.CANCELED)

    def _move(self, order: ExchangeOrder, state: OrderState, event: str) -> None:
        order.state = state
        order.updated_at = self.now()
        self.tell(event, order)


def _price(found: str | None) -> Decimal | None:
    return None if found is None else Decimal(found)
