"""Every command of a server's control does what its table says."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.servers.face import Gate
from tests.servers.faults import Call, Fault, FaultKind
from tests.servers.orders import ActivityKind, OrderState, Reason
from tests.servers.plain import PlainFace
from tests.servers.serve_control import Control
from tests.servers.world import DAY, LOWER_PUT, PUT, World, reason


class Controlled:
    """A world whose exchange is told commands."""

    def __init__(self) -> None:
        self.world = World()
        self.exchange = self.world.exchange
        self.gate = Gate(PlainFace(self.exchange))
        self.control = Control(self.gate)

    def do(self, name: str, **rest: Any) -> None:  # noqa: ANN401 - JSON
        """Tell one command."""
        self.control.take({"do": name, **rest})


@pytest.fixture
def told() -> Controlled:
    made = Controlled()
    made.do("hold", quantities={PUT: -2, LOWER_PUT: 2})
    return made


def test_quotes_trades_and_closes(told: Controlled) -> None:
    """The market is what it is told to be; a missing side is null."""
    told.do("quote", symbol=PUT, bid=None, ask="0.55", size=7)
    told.do("trade", symbol="GOOG", price="749.62")
    told.do("official_close", symbol="GOOG", day="2015-12-24", price="748.40")
    told.do("close_day", day="2015-12-28", close="13:00")
    told.do("close_day", day="2015-12-29", close=None)
    shown = told.exchange.quotes[PUT]
    monday = told.exchange.calendar.hours(date(2015, 12, 28))

    assert (None, Decimal("0.55"), 7) == (shown.bid, shown.ask, shown.ask_size)
    assert Decimal("749.62") == told.exchange.trades["GOOG"].price
    assert Decimal("748.40") == told.exchange.official["GOOG", DAY]
    assert monday is not None
    assert datetime(2015, 12, 28, 18, 0, tzinfo=UTC) == monday.closes_at
    assert None is told.exchange.calendar.hours(date(2015, 12, 29))


def test_what_waits_for_an_order(told: Controlled) -> None:
    """The position vanishes in the moment in which its close arrives, and the book tells it."""
    told.do("gone", symbol=PUT, quantity=2, on_order=PUT)
    early = dict(told.exchange.held)
    refused = reason(lambda: told.world.buy("-1.00"))

    assert {PUT: -2, LOWER_PUT: 2} == early
    assert Reason.POSITION_GONE is refused
    assert [[PUT, -2], [LOWER_PUT, 2], [PUT, 0]] == [
        change for _, *change in told.control.state()["book"]
    ]


def test_a_halt(told: Controlled) -> None:
    """Orders rest while it lasts."""
    told.do("halt", symbol="GOOG")

    assert OrderState.WORKING is told.world.buy("-1.00").state


def test_what_befalls_positions(told: Controlled) -> None:
    """Assigned, exercised, liquidated, or just gone."""
    told.do("assign", symbol=PUT, quantity=1)
    told.do("exercise", symbol=LOWER_PUT, quantity=1)
    told.do("liquidate", symbol=PUT, quantity=1, price="1.10")
    told.do("gone", symbol=LOWER_PUT, quantity=1)
    kinds = [each.kind for each in told.exchange.activities]

    assert {} == told.exchange.held
    assert [
        *(ActivityKind.ASSIGNMENT, ActivityKind.SHARES),
        *(ActivityKind.EXERCISE, ActivityKind.SHARES),
    ] == kinds


def test_a_resting_order(told: Controlled) -> None:
    """Somebody's take-profit holds the quantity."""
    told.do("rest", symbol=PUT, quantity=2, net_price="-0.05")

    assert Reason.HELD_BY_OTHER_ORDER is reason(lambda: told.world.buy("-1.00"))


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        pytest.param(
            {"do": "refuse", "reason": "funds"}, Reason.FUNDS, id="the next order is refused"
        ),
        pytest.param({"do": "lock", "symbol": PUT}, Reason.ASSIGNMENT_LOCK, id="a lock"),
        pytest.param({"do": "block", "words": "closed"}, Reason.ACCOUNT_BLOCKED, id="a block"),
    ],
)
def test_refusals(told: Controlled, command: dict[str, Any], expected: Reason) -> None:
    """Each for its reason."""
    told.control.take(command)

    assert expected is reason(lambda: told.world.buy("-1.00"))


def test_refusals_end(told: Controlled) -> None:
    """A lock is lifted, and so is a block."""
    told.do("lock", symbol=PUT)
    told.do("unlock", symbol=PUT)
    told.do("block", words="closed")
    told.do("block", words=None)

    assert None is reason(lambda: told.world.buy("-1.00"))


@pytest.mark.parametrize(
    ("command", "at_once", "later"),
    [
        pytest.param({"do": "accept_late", "seconds": 9}, "pending", "filled", id="late"),
        pytest.param({"do": "pending_for", "seconds": 9}, "pending", "filled", id="pending"),
        pytest.param(
            {"do": "reject_later", "reason": "position_gone", "seconds": 9},
            "pending",
            "rejected",
            id="rejected",
        ),
        pytest.param({"do": "fill_only", "units": 1}, "working", "working", id="a part"),
    ],
)
def test_the_next_order(
    told: Controlled, command: dict[str, Any], at_once: str, later: str
) -> None:
    """It meets what was planned."""
    told.control.take(command)
    order = told.world.buy("-1.00", 2)
    first = order.state
    told.world.later(seconds=9)

    assert (at_once, later) == (first.value, order.state.value)


@pytest.mark.parametrize(
    ("command", "at_once", "later"),
    [
        pytest.param({"do": "cross"}, "filled", "filled", id="a fill crosses"),
        pytest.param({"do": "cross", "units": 1}, "canceled", "canceled", id="a part crosses"),
        pytest.param({"do": "slow_cancel", "seconds": 9}, "cancel_pending", "canceled", id="slow"),
    ],
)
def test_the_next_cancel(
    told: Controlled, command: dict[str, Any], at_once: str, later: str
) -> None:
    """It meets what was planned."""
    told.control.take(command)
    order = told.world.buy("-0.50", 2)
    told.exchange.cancel(order.id)
    first = order.state
    told.world.later(seconds=9)

    assert (at_once, later) == (first.value, order.state.value)


def test_the_next_replacement(told: Controlled) -> None:
    """It takes its time."""
    told.do("slow_replace", seconds=9)
    order = told.world.buy("-0.50")
    told.exchange.replace(order.id, Decimal("-0.55"), "b")
    first = order.state
    told.world.later(seconds=9)

    assert (OrderState.REPLACE_PENDING, OrderState.REPLACED) == (first, order.state)


def test_faults_are_planned_and_forgotten(told: Controlled) -> None:
    """With all that a fault may have."""
    told.do(
        "fault",
        kind="refuse",
        call="submit",
        method="POST",
        path="^/orders",
        times=2,
        skip=1,
        status=403,
        body="no",
        headers={"a": "b"},
        seconds=4,
    )
    planned = told.gate.faults.waiting
    told.do("clear_faults")

    assert (
        Fault(
            FaultKind.REFUSE,
            Call.SUBMIT,
            "POST",
            "^/orders",
            2,
            1,
            403,
            b"no",
            {"a": "b"},
            timedelta(seconds=4),
        ),
    ) == planned
    assert () == told.gate.faults.waiting


def test_commands_wait_for_their_instant(told: Controlled) -> None:
    """Those that are due are done in the order of their instants."""
    soon = [told.world.now + timedelta(seconds=seconds) for seconds in (1, 2, 60)]
    told.control.take(
        {"do": "block", "words": "second", "at": soon[1].isoformat()},
        {"do": "block", "words": "first", "at": soon[0].isoformat()},
        {"do": "block", "words": "third", "at": soon[2].isoformat()},
    )
    before = told.exchange.blocked
    told.world.now = soon[1]
    told.control.advance()

    assert (None, "second") == (before, told.exchange.blocked)


def test_connections_are_away_for_a_while(told: Controlled) -> None:
    """Until an instant of the exchange's clock."""
    told.do("push_away", seconds=5)
    told.do("deaf", seconds=6)

    assert told.world.now + timedelta(seconds=5) == told.control.away_until
    assert told.world.now + timedelta(seconds=6) == told.control.deaf_until
