"""
What a test tells a server in another process, and what it reads of it.

A command is one JSON object; `do` names it. `at` (ISO 8601) puts it off until then, and
`on_order` until the client's next order of that symbol comes, before the exchange looks:

    hold            quantities {symbol: signed}
    quote           symbol, bid, ask (dollars as strings, or null), size
    trade           symbol, price
    official_close  symbol, day, price
    close_day       day, close ("13:00" New York, or null): an early close, a holiday
    rest            symbol, quantity (as sent), net_price, closes: somebody else's order
    assign          symbol, quantity
    exercise        symbol, quantity
    liquidate       symbol, quantity, price
    gone            symbol, quantity: so much of it vanishes without a trace
    refuse          reason, detail: the next order
    reject_later    reason, detail, seconds: the next order
    fill_only       units: the next order
    accept_late     seconds: the next order
    pending_for     seconds: the next order
    cross           units (null: all): the next cancel or replacement meets a fill
    slow_cancel     seconds
    slow_replace    seconds
    lock            symbol: an assignment is being processed
    unlock          symbol
    block           words, or null
    halt            symbol; quotes stay, nothing is matched
    fault           kind, call, method, path, said, times, skip, status, body, headers, seconds
    clear_faults
    push_away       streams are closed, and none is opened for `seconds`
    deaf            no connection is taken for `seconds`
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from tests.servers.face import Gate
from tests.servers.faults import Call, Fault, FaultKind
from tests.servers.orders import ExchangeOrder, Reason, Rejected, Ticket

Command = Mapping[str, Any]


class Control:
    """The commands of one server, at once or put off."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._exchange = gate.face.exchange
        self._later: list[tuple[datetime, Command]] = []
        self._on_order: list[Command] = []
        self._exchange.arrivals.append(self._meet)
        self.away_until = datetime.min.replace(tzinfo=UTC)  # streams
        self.deaf_until = datetime.min.replace(tzinfo=UTC)

    def take(self, *commands: Command) -> None:
        """Do what is asked, each at its instant; the order of those due together stays."""
        for command in commands:
            at = datetime.fromisoformat(command["at"]) if "at" in command else None
            if "on_order" in command:
                self._on_order.append(command)
            elif at is not None and at > self._exchange.now():
                self._later.append((at, command))
            else:
                self.do(command)

    def advance(self) -> None:
        """Do what has become due."""
        due = [pair for pair in self._later if pair[0] <= self._exchange.now()]
        for pair in sorted(due, key=lambda pair: pair[0]):
            self._later.remove(pair)
            self.do(pair[1])
        self._exchange.advance()

    def _meet(self, ticket: Ticket) -> None:
        """Do what waits for an order of these legs."""
        symbols = {symbol for symbol, _ in ticket.legs}
        for command in [each for each in self._on_order if each["on_order"] in symbols]:
            self._on_order.remove(command)
            self.do(command)

    def do(self, command: Command) -> None:
        """
        Do one command now.

        Raises:
            ValueError: nobody knows it, or it lacks something.
        """
        known: dict[str, Callable[[Command], None]] = {
            **self._market(),
            **self._account(),
            **self._surprises(),
            **self._connection(),
        }
        name = command.get("do")
        if name not in known:
            raise ValueError(f"{name!r} is not among {sorted(known)}")
        try:
            known[name](command)
        except KeyError as error:
            raise ValueError(f"{name}: {error} is missing") from error

    def state(self) -> dict[str, Any]:
        """Give everything that a test may ask about, as JSON has it."""
        exchange = self._exchange
        exchange.advance()
        return {
            "now": exchange.now().isoformat(),
            "held": exchange.held,
            "book": [[at.isoformat(), *change] for at, *change in exchange.book],
            "cash": str(exchange.cash),
            "orders": [told(order) for order in exchange.orders.values()],
            "activities": [
                {
                    "kind": each.kind.value,
                    "symbol": each.symbol,
                    "quantity": each.quantity,
                    "posted_at": each.posted_at.isoformat(),
                }
                for each in exchange.activities
            ],
            "requests": self._gate.requests,
            "too_many": self._gate.too_many,
            "by_call": {call.value: count for call, count in self._gate.by_call.items()},
            "faults": len(self._gate.faults.waiting),
        }

    def visits(self) -> list[dict[str, Any]]:
        """Give every request that came, oldest first."""
        return [
            {
                "at": visit.at.isoformat(),
                "call": visit.call.value,
                "method": visit.request.method,
                "path": visit.request.path,
                "query": visit.request.query,
                "body": visit.request.body.decode("utf-8", "replace"),
                "status": visit.status,
            }
            for visit in self._gate.visits
        ]

    def _market(self) -> dict[str, Callable[[Command], None]]:
        exchange = self._exchange

        def close_day(what: Command) -> None:
            close = what["close"]
            day = date.fromisoformat(what["day"])
            exchange.calendar.closes[day] = None if close is None else time.fromisoformat(close)

        return {
            "quote": lambda what: exchange.quote(
                what["symbol"], what["bid"], what["ask"], what.get("size", 10)
            ),
            "trade": lambda what: exchange.trade(what["symbol"], what["price"]),
            "official_close": lambda what: exchange.close_at(
                what["symbol"], date.fromisoformat(what["day"]), what["price"]
            ),
            "close_day": close_day,
            "halt": lambda what: exchange.halted.add(what["symbol"]),
        }

    def _account(self) -> dict[str, Callable[[Command], None]]:
        exchange = self._exchange

        def block(what: Command) -> None:
            exchange.blocked = what["words"]

        def liquidate(what: Command) -> None:
            exchange.liquidate(what["symbol"], what["quantity"], what["price"])

        return {
            "hold": lambda what: exchange.hold(what["quantities"]),
            "gone": lambda what: exchange.vanish(what["symbol"], what["quantity"]),
            "rest": self._rest,
            "assign": lambda what: exchange.assign(what["symbol"], what["quantity"]),
            "exercise": lambda what: exchange.exercise(what["symbol"], what["quantity"]),
            "liquidate": liquidate,
            "lock": lambda what: exchange.locked.add(what["symbol"]),
            "unlock": lambda what: exchange.locked.discard(what["symbol"]),
            "block": block,
        }

    def _surprises(self) -> dict[str, Callable[[Command], None]]:
        surprises = self._exchange.surprises

        def cross(what: Command) -> None:
            surprises.is_crossed, surprises.crossed_units = True, what.get("units")

        def reject_later(what: Command) -> None:
            surprises.reject_later = (_seconds(what), _rejected(what))

        def lay(name: str) -> Callable[[Command], None]:
            return lambda what: setattr(surprises, name, _seconds(what))

        return {
            "refuse": lambda what: surprises.refusals.append(_rejected(what)),
            "reject_later": reject_later,
            "fill_only": lambda what: setattr(surprises, "fill_only", what["units"]),
            "cross": cross,
            **{
                name: lay(name)
                for name in ("accept_late", "pending_for", "slow_cancel", "slow_replace")
            },
        }

    def _connection(self) -> dict[str, Callable[[Command], None]]:
        faults, now = self._gate.faults, self._exchange.now

        def push_away(what: Command) -> None:
            self.away_until = now() + _seconds(what)

        def deaf(what: Command) -> None:
            self.deaf_until = now() + _seconds(what)

        return {
            "fault": lambda what: faults.plan(_fault(what)),
            "clear_faults": lambda _: faults.clear(),
            "push_away": push_away,
            "deaf": deaf,
        }

    def _rest(self, what: Command) -> None:
        quantity, price = what["quantity"], what["net_price"]
        self._exchange.place(
            Ticket(
                what.get("client_order_id"),
                ((what["symbol"], 1 if quantity > 0 else -1),),
                abs(quantity),
                None if price is None else Decimal(price),
                what.get("closes", True),
                is_foreign=True,
            )
        )


def told(order: ExchangeOrder) -> dict[str, Any]:
    """Give an order as JSON has it."""
    average = order.average_net_price
    return {
        "id": order.id,
        "client_order_id": order.client_order_id,
        "state": order.state.value,
        "legs": [list(leg) for leg in order.legs],
        "units": order.units,
        "filled_units": order.filled_units,
        "net_limit": None if order.net_limit is None else str(order.net_limit),
        "average_net_price": None if average is None else str(average),
        "is_foreign": order.is_foreign,
        "replaces": order.replaces,
        "replaced_by": order.replaced_by,
        "submitted_at": order.submitted_at.isoformat(),
        "updated_at": order.updated_at.isoformat(),
    }


def _seconds(what: Command) -> timedelta:
    return timedelta(seconds=what["seconds"])


def _rejected(what: Command) -> Rejected:
    return Rejected(Reason(what["reason"]), what.get("detail"))


def _fault(what: Command) -> Fault:
    return Fault(
        FaultKind(what["kind"]),
        Call(what["call"]) if "call" in what else None,
        what.get("method"),
        what.get("path"),
        what.get("times", 1),
        what.get("skip", 0),
        what.get("status"),
        what.get("body", "").encode(),
        what.get("headers", {}),
        timedelta(seconds=what.get("seconds", 0)),
        what.get("said"),
    )
