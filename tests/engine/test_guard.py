"""Every question of the egress guard, on its boundary."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from botd.domain.bot import Mode
from botd.domain.contract import Leg
from botd.domain.orders import Holding, OrderIntent, OrderReport, ReportState
from botd.engine.guard import Check, EgressGuard, Permit
from tests.engine.market import instant, legs, symbol

OPENS, CLOSES = instant("17:50"), instant("18:00")
NOW = instant("17:52")
SPREAD = legs("-1 745P", "+1 750P")  # as sent
HELD = (Holding(symbol("745P"), 2), Holding(symbol("750P"), -2))


def intent(
    name: str = "o1",
    sent: tuple[Leg, ...] = SPREAD,
    units: int = 1,
    price: str | None = "-2.50",
    cap: str | None = "-5.00",
) -> OrderIntent:
    return OrderIntent(
        client_order_id=name,
        position_id="p",
        account="paper",
        attempt_due_at=OPENS,
        step=1,
        legs=sent,
        units=units,
        net_price=None if price is None else Decimal(price),
        cap=None if cap is None else Decimal(cap),
        give_up_at=CLOSES,
    )


def permit(order: OrderIntent, **changes: object) -> Permit:
    made = Permit(order.body_hash(), OPENS, CLOSES, is_halted=False, mode=Mode.ARMED)
    return replace(made, **changes)  # type: ignore[arg-type]  # a permit's own fields


def guard(*, position: int = 3, minute: int = 100) -> EgressGuard:
    made = EgressGuard(orders_per_position=position, orders_per_minute=minute)
    made.observe_holdings(HELD)
    return made


def report(name: str, state: ReportState, filled: int = 0, units: int = 1) -> OrderReport:
    return OrderReport("b1", name, state, SPREAD, units, filled, None, NOW, NOW)


def asked(
    made: EgressGuard, order: OrderIntent, at: datetime = NOW, **changes: object
) -> Check | None:
    stop = made.stop(order, permit(order, **changes), at)
    return None if stop is None else stop.check


def test_a_proper_order_passes() -> None:
    """Committed, in time, to close only, within what is held, inside the cap."""
    assert asked(guard(), intent()) is None


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param("17:49:59.999999", Check.MOMENT, id="before the first lead"),
        pytest.param("17:50:00", None, id="at the first lead"),
        pytest.param("17:59:58", None, id="two seconds before the bell"),
        pytest.param("17:59:58.000001", Check.MOMENT, id="less than that"),
        pytest.param("18:00:00", Check.MOMENT, id="at the bell"),
    ],
)
def test_time_box(at: str, expected: Check | None) -> None:
    """From the first lead until two seconds before T."""
    assert expected is asked(guard(), intent(), instant(at))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"is_halted": True}, Check.MOMENT, id="halted"),
        pytest.param({"mode": Mode.OBSERVE}, Check.MOMENT, id="observing"),
        pytest.param({"committed_hash": "other"}, Check.BUG, id="not the committed body"),
    ],
)
def test_permit(changes: dict[str, object], expected: Check) -> None:
    """What the ledger and the configuration say stops it."""
    assert expected is asked(guard(), intent(), NOW, **changes)


@pytest.mark.parametrize(
    ("sent", "units", "expected"),
    [
        pytest.param(SPREAD, 2, None, id="all that is held"),
        pytest.param(SPREAD, 3, Check.GONE, id="one more than is held"),
        pytest.param(legs("+2 750P"), 1, None, id="two in one unit"),
        pytest.param(legs("+3 750P"), 1, Check.GONE, id="three in one unit"),
        pytest.param(legs("-1 750P"), 1, Check.GONE, id="the same sign opens more"),
        pytest.param(legs("+1 740P"), 1, Check.GONE, id="nothing of it is held"),
        pytest.param(SPREAD, 0, Check.BUG, id="no units"),
        pytest.param((), 1, Check.BUG, id="no legs"),
    ],
)
def test_to_close_only(sent: tuple[Leg, ...], units: int, expected: Check | None) -> None:
    """The opposite sign of what is held, and no more than that."""
    assert expected is asked(guard(), intent(sent=sent, units=units))


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        pytest.param(1, None, id="both together are what is held"),
        pytest.param(2, Check.COUNT, id="both together are one more"),
    ],
)
def test_live_orders_are_reserved(units: int, expected: Check | None) -> None:
    """What another order may still close is not free."""
    made = guard()
    asked(made, intent("o1"))

    assert expected is asked(made, replace(intent("o2", units=units), position_id="q"))


@pytest.mark.parametrize(
    ("price", "cap", "expected"),
    [
        pytest.param("-5.00", "-5.00", None, id="at the cap"),
        pytest.param("-5.01", "-5.00", Check.BUG, id="a cent beyond"),
        pytest.param("-9.99", None, None, id="no cap is known"),
        pytest.param(None, "-5.00", None, id="a market order"),
        pytest.param("0.99", "1.00", Check.BUG, id="sold below the least"),
    ],
)
def test_cap(price: str | None, cap: str | None, expected: Check | None) -> None:
    """Never worse than what justified it."""
    assert expected is asked(guard(), intent(price=price, cap=cap))


@pytest.mark.parametrize(
    ("seconds", "price", "expected"),
    [
        pytest.param(4.999999, "-2.50", Check.BUG, id="the same within five seconds"),
        pytest.param(5, "-2.50", None, id="five seconds later"),
        pytest.param(1, "-2.55", None, id="another price"),
    ],
)
def test_twin(seconds: float, price: str, expected: Check | None) -> None:
    """The same legs, units and price of one position twice is a bug."""
    made = guard()
    asked(made, intent("o1"))
    made.observe_report(report("o1", ReportState.CANCELED))

    later = NOW + timedelta(seconds=seconds)

    assert (expected is Check.BUG) is made.is_twin(intent("o2", price=price), later)
    assert expected is asked(made, intent("o2", price=price), later)


def test_an_id_is_sent_once() -> None:
    """Unless it is a permitted resend of the same order."""
    made = guard()
    asked(made, intent("o1", units=2))

    assert Check.BUG is asked(made, intent("o1", units=2))
    assert asked(made, intent("o1", units=2), is_resend=True) is None


@pytest.mark.parametrize(
    ("orders", "expected"),
    [pytest.param(2, None, id="the third"), pytest.param(3, Check.BUG, id="the fourth")],
)
def test_orders_of_a_position_in_a_day(orders: int, expected: Check | None) -> None:
    """Three are allowed here."""
    made = guard(position=3)
    for number in range(orders):
        asked(made, intent(f"o{number}", price=f"-{number + 1}"))
        made.observe_report(report(f"o{number}", ReportState.CANCELED))

    assert expected is asked(made, intent("last"))


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [pytest.param(59.9, Check.BUG, id="within the minute"), pytest.param(60, None, id="after it")],
)
def test_orders_of_an_account_in_a_minute(seconds: float, expected: Check | None) -> None:
    """One is allowed here."""
    made = guard(minute=1)
    asked(made, intent("o1"))
    made.observe_report(report("o1", ReportState.CANCELED))

    assert expected is asked(made, intent("o2"), NOW + timedelta(seconds=seconds))


def test_order_that_never_left_is_not_counted() -> None:
    """Neither against the budget nor as a twin, nor as reserved."""
    made = guard(position=1)
    asked(made, intent("o1", units=2))
    made.never_left(intent("o1", units=2))
    made.never_left(intent("o1", units=2))

    assert asked(made, intent("o2", units=2)) is None

    made.observe_report(report("o2", ReportState.CANCELED, 0, 2))

    assert Check.BUG is asked(made, intent("o3", price="-3"))


@pytest.mark.parametrize(
    ("prepare", "free"),
    [
        pytest.param(
            lambda made: made.observe_report(report("o1", ReportState.WORKING, 1, 2)),
            0,
            id="part of it filled, the rest works",
        ),
        pytest.param(
            lambda made: made.observe_report(report("o1", ReportState.CANCELED, 1, 2)),
            1,
            id="part of it filled, the rest was cancelled",
        ),
        pytest.param(lambda made: made.forget("o1"), 2, id="proved absent"),
        pytest.param(lambda made: made.forget("unknown"), 0, id="another one is forgotten"),
        pytest.param(lambda made: made.retract(intent("o1", units=2)), 2, id="refused"),
        pytest.param(
            lambda made: made.observe_report(report("somebody's", ReportState.FILLED, 2, 2)),
            0,
            id="a report of another order",
        ),
    ],
)
def test_what_is_left_after(prepare: Callable[[EgressGuard], None], free: int) -> None:
    """The guard counts fills and ends by itself."""
    made = guard(position=99)
    asked(made, intent("o1", units=2))
    prepare(made)

    passed = []
    for units in (1, 2):
        probe = replace(intent(f"x{units}", units=units), position_id=f"q{units}")
        if made.stop(probe, permit(probe), NOW) is None:
            passed.append(units)
            made.forget(probe.client_order_id)

    assert list(range(1, free + 1)) == passed


def test_an_order_told_in_lowest_terms_was_counted_twice_over() -> None:
    """Two of -2 are told as four of -1: half of them filled is one, and one may follow."""
    made = guard()
    made.observe_holdings([Holding(symbol("750P"), -5)])
    made.adopt(intent("o1", legs("+2 750P"), 2), 0)
    told = replace(report("o1", ReportState.CANCELED, 2, 4), legs=legs("+1 750P"))
    made.observe_report(told)

    assert Check.GONE is asked(made, intent("o2", legs("+2 750P"), 2))
    assert asked(made, intent("o3", legs("+2 750P"), 1)) is None


def test_adopted_order_is_reserved_once() -> None:
    """An order of an earlier process counts, less what it has filled."""
    made = guard()
    made.adopt(intent("o1", units=2), 1)
    made.adopt(intent("o1", units=2), 0)

    assert asked(made, replace(intent("o2", units=1), position_id="q")) is None
    assert Check.COUNT is asked(made, replace(intent("o3", units=1), position_id="r"))
