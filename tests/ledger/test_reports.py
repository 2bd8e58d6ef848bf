from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botd.domain.orders import Fill, OrderIntent, OrderReport, OrderStatus, ReportState
from botd.domain.position import Status
from botd.errors import NotFoundError, Refusal, RefusalReason
from botd.ledger import Ledger, open_ledger, orders
from botd.ledger.orders import AppliedReport
from tests.ledger.given import (
    DUE,
    T,
    a_fill,
    a_position,
    a_report,
    an_intent,
    end,
    hear,
    hold,
    intend,
    send,
)

INTENT = an_intent(units=5)
FILLED, WORKING, CANCELED = ReportState.FILLED, ReportState.WORKING, ReportState.CANCELED


@pytest.fixture
def sent(ledger: Ledger) -> Ledger:
    """A ledger with an order for five units that is leaving."""
    hold(ledger, a_position(units=5))
    send(ledger, INTENT)
    return ledger


def become(ledger: Ledger, status: OrderStatus) -> None:
    ledger.write_now(lambda tx: orders.set_status(tx, INTENT.client_order_id, status, DUE))


def booked(applied: AppliedReport) -> list[tuple[str, int]]:
    return [(fill.execution_id, fill.units) for fill in applied.new_fills]


def read(ledger: Ledger) -> orders.Order:
    return ledger.read_now(lambda tx: orders.get(tx, INTENT.client_order_id))


@pytest.mark.parametrize(
    ("before", "state", "filled", "expected"),
    [
        pytest.param("sending", "pending", 0, "working", id="received"),
        pytest.param("sending", "working", 0, "working", id="at the exchange"),
        pytest.param("unknown", "working", 2, "working", id="found after all, partly filled"),
        pytest.param("intent", "working", 0, "working", id="found though never recorded as sent"),
        pytest.param("working", "cancel_pending", 0, "cancel_pending", id="being canceled"),
        pytest.param("cancel_pending", "working", 1, "cancel_pending", id="cancel not seen yet"),
        pytest.param("cancel_pending", "pending", 0, "cancel_pending", id="cancel not seen at all"),
        pytest.param("cancel_pending", "canceled", 0, "canceled", id="canceled"),
        pytest.param("cancel_pending", "filled", 5, "filled", id="filled before the cancel"),
        pytest.param("working", "canceled", 1, "partially_filled", id="canceled after a part"),
        pytest.param("working", "expired", 0, "expired", id="expired"),
        pytest.param("working", "expired", 4, "partially_filled", id="expired after a part"),
        pytest.param("working", "filled", 5, "filled", id="filled"),
        pytest.param("working", "rejected", 0, "refused", id="rejected later"),
        pytest.param("working", "rejected", 2, "partially_filled", id="rejected after a part"),
        pytest.param("working", "replaced", 0, "canceled", id="replaced at the broker"),
        pytest.param("superseded", "working", 0, "superseded", id="replaced, still working"),
        pytest.param("superseded", "replaced", 0, "canceled", id="replaced, and final"),
        pytest.param("superseded", "filled", 5, "filled", id="filled before the replace"),
    ],
)
def test_status_follows_the_report(
    sent: Ledger,
    before: str,
    state: str,
    filled: int,
    expected: str,
) -> None:
    """Rows of the table at the top of the module."""
    if before == "intent":
        sent.write_now(lambda tx: tx.exec_driver_sql("UPDATE orders SET status = 'intent'"))
    else:
        become(sent, OrderStatus(before))
    applied = hear(sent, a_report(INTENT, ReportState(state), filled))

    assert OrderStatus(expected) is applied.order.status
    assert not applied.is_correction
    assert applied.order == read(sent)
    assert applied.order.is_final is (applied.order.finished_at is not None)


def test_unknown_id_is_nobodys(sent: Ledger) -> None:
    """A report of somebody else's order, or one without an id, changes nothing."""
    stranger = a_report(an_intent(step=9))
    nameless = replace(stranger, client_order_id=None)

    assert None is sent.write_now(lambda tx: orders.apply_report(tx, stranger, T))
    assert None is sent.write_now(lambda tx: orders.apply_report(tx, nameless, T))


def test_report_fills_in_what_the_broker_knows(sent: Ledger) -> None:
    """Its own id, and as of when; the instant of sending stays ours."""
    order = hear(sent, a_report(INTENT, broker_order_id="b-77", submitted_at=T)).order

    assert ("b-77", DUE, DUE + timedelta(seconds=1)) == (
        order.broker_order_id,
        order.submitted_at,
        order.reported_at,
    )

    order = hear(sent, a_report(INTENT, FILLED, 5, broker_order_id="")).order

    assert "b-77" == order.broker_order_id


def test_repeated_report_does_not_wear_the_disk(sent: Ledger) -> None:
    """A poll that tells nothing new writes nothing."""
    hear(sent, a_report(INTENT))
    changes = sent.read_now(lambda tx: tx.exec_driver_sql("SELECT total_changes()").scalar())
    again = hear(sent, a_report(INTENT, as_of=T))

    assert DUE + timedelta(seconds=1) == again.order.reported_at
    assert changes == sent.read_now(
        lambda tx: tx.exec_driver_sql("SELECT total_changes()").scalar(),
    )


def test_rejection_keeps_the_brokers_words(sent: Ledger) -> None:
    """They stay, also when a later report leaves them out."""
    refusal = Refusal(RefusalReason.POSITION_GONE, "position not found", None, 404)
    hear(sent, a_report(INTENT, ReportState.REJECTED, refusal=refusal))
    again = hear(sent, a_report(INTENT, ReportState.REJECTED))

    assert (OrderStatus.REFUSED, refusal) == (again.order.status, again.order.refusal)


def test_execution_is_booked_once(sent: Ledger) -> None:
    """However often and in whatever company it is told."""
    one, two = a_fill("x1", 2), a_fill("x2", 3, "-2.10")

    assert [("x1", 2)] == booked(hear(sent, a_report(INTENT, WORKING, 2, (one,))))
    assert [] == booked(hear(sent, a_report(INTENT, WORKING, 2, (one, one))))
    assert [("x2", 3)] == booked(hear(sent, a_report(INTENT, FILLED, 5, (two, one))))
    assert [] == booked(hear(sent, a_report(INTENT, FILLED, 5, (one, two))))

    order = read(sent)

    assert (5, (2 * Decimal("-2.05") + 3 * Decimal("-2.10")) / 5) == (
        order.filled_units,
        order.average_net_price,
    )


def test_same_execution_id_of_another_account_is_another_execution(ledger: Ledger) -> None:
    """Ids are the broker's, and only unique within an account."""
    hold(ledger, a_position(), a_position("goog-2", account="PA2"))
    one, other = an_intent(), an_intent("goog-2", account="PA2")
    for intent in (one, other):
        send(ledger, intent)

        assert [("x1", 2)] == booked(
            hear(ledger, a_report(intent, FILLED, 2, (a_fill("x1", 2),))),
        )


def test_execution_id_of_another_order_is_not_booked_twice(ledger: Ledger) -> None:
    """Within an account an id stands for one execution; the total still counts."""
    hold(ledger, a_position(), a_position("goog-2"))
    for name in ("goog-1", "goog-2"):
        send(ledger, an_intent(name))
    hear(ledger, a_report(an_intent(), FILLED, 2, (a_fill("x1", 2),)))
    applied = hear(ledger, a_report(an_intent("goog-2"), FILLED, 2, (a_fill("x1", 2),)))

    assert [(f"{an_intent('goog-2').client_order_id}/2", 2)] == booked(applied)


def test_total_without_executions_is_booked_by_its_growth(sent: Ledger) -> None:
    """At the limit, which a fill is never worse than."""
    first = hear(sent, a_report(INTENT, WORKING, 2))
    again = hear(sent, a_report(INTENT, WORKING, 2))
    more = hear(sent, a_report(INTENT, FILLED, 5))

    assert [[2], [], [3]] == [
        [fill.units for fill in applied.new_fills] for applied in (first, again, more)
    ]
    assert Decimal("-2.10") == more.order.average_net_price


def test_smaller_total_takes_nothing_back(sent: Ledger) -> None:
    """An older report that comes late is only old."""
    hear(sent, a_report(INTENT, WORKING, 3))
    late = hear(sent, a_report(INTENT, WORKING, 1))

    assert ([], 3) == (booked(late), late.order.filled_units)


@pytest.mark.parametrize(
    ("fills", "expected"),
    [
        pytest.param((("", 5, "-2.00"),), "-2.00", id="an average of everything"),
        pytest.param((("", 2, "-2.10"), ("", 3, "-1.90")), "-1.98", id="parts of everything"),
        pytest.param((("", 3, "-2.00"),), "-2.00", id="only what is new"),
        pytest.param((("", 4, "-2.00"),), "-2.10", id="neither: the limit"),
    ],
)
def test_price_of_fills_without_ids(
    sent: Ledger,
    fills: tuple[tuple[str, int, str], ...],
    expected: str,
) -> None:
    """They tell the whole or the part; the price of what is new follows."""
    hear(sent, a_report(INTENT, WORKING, 2, (a_fill("", 2, "-2.00"),)))
    applied = hear(sent, a_report(INTENT, FILLED, 5, tuple(a_fill(*fill) for fill in fills)))
    whole = sum(fill.units * fill.net_price for fill in applied.new_fills) + 2 * Decimal("-2.00")
    if sum(units for _, units, _ in fills) == INTENT.units:
        assert Decimal(expected) == whole / 5
    else:
        assert [Decimal(expected)] == [fill.net_price for fill in applied.new_fills]
    assert 5 == applied.order.filled_units


def test_executions_after_their_total_add_nothing(sent: Ledger) -> None:
    """The order's total came first, its executions explain it later, then new ones come."""
    hear(sent, a_report(INTENT, WORKING, 3))
    explained = hear(sent, a_report(INTENT, WORKING, 3, (a_fill("x1", 2), a_fill("x2", 1))))
    new = hear(sent, a_report(INTENT, FILLED, 5, (a_fill("x2", 1), a_fill("x3", 2))))

    assert ([], [("x3", 2)]) == (booked(explained), booked(new))
    assert 5 == new.order.filled_units


def test_execution_that_explains_a_part_adds_the_rest(sent: Ledger) -> None:
    """Of an execution of four units, one was booked from a total."""
    hear(sent, a_report(INTENT, WORKING, 1))
    applied = hear(sent, a_report(INTENT, WORKING, 4, (a_fill("x1", 4),)))

    assert [("x1", 3)] == booked(applied)


def test_executions_beyond_the_total_count(sent: Ledger) -> None:
    """Where executions run ahead of the order's total, they are the truth."""
    applied = hear(sent, a_report(INTENT, WORKING, 1, (a_fill("x1", 2), a_fill("x2", 1))))

    assert [("x1", 2), ("x2", 1)] == booked(applied)
    assert 3 == applied.order.filled_units


def test_market_order_filled_at_no_told_price_is_not_free(ledger: Ledger) -> None:
    """What is not known is not zero: the units are told apart, and the average is unknown."""
    intent = an_intent(net_price=None)
    hold(ledger)
    send(ledger, intent)
    applied = hear(ledger, a_report(intent, WORKING, 1))

    assert ((), 1, None, 1) == (
        applied.new_fills,
        applied.unpriced_units,
        applied.order.average_net_price,
        applied.order.filled_units,
    )

    rest = hear(ledger, a_report(intent, FILLED, 2, (a_fill("x1", 1), a_fill("x2", 1))))

    assert ([("x2", 1)], None) == (booked(rest), rest.order.average_net_price)


def test_limit_of_the_intent_stands_in_for_the_reports(sent: Ledger) -> None:
    """A broker that does not repeat the limit."""
    applied = hear(sent, a_report(INTENT, FILLED, 5, net_price=None))

    assert [Decimal("-2.10")] == [fill.net_price for fill in applied.new_fills]


def test_more_than_ordered_is_told(sent: Ledger) -> None:
    """The truth is recorded, and whoever asked must stop the account."""
    applied = hear(sent, a_report(INTENT, FILLED, 6))

    assert applied.is_overfilled
    assert 6 == applied.order.filled_units
    assert not hear(sent, a_report(INTENT, FILLED, 6)).new_fills


@pytest.mark.parametrize(
    ("state", "before", "after", "expected"),
    [
        pytest.param(CANCELED, 0, 2, "partially_filled", id="canceled, yet filled in part"),
        pytest.param(CANCELED, 2, 5, "filled", id="a part, then all"),
        pytest.param(ReportState.EXPIRED, 0, 5, "filled", id="expired, yet filled"),
        pytest.param(FILLED, 5, 6, "filled", id="filled more than all"),
    ],
)
def test_final_order_that_filled_more_is_corrected(
    sent: Ledger,
    state: ReportState,
    before: int,
    after: int,
    expected: str,
) -> None:
    """The fill is booked, and flagged for a person to see."""
    hear(sent, a_report(INTENT, state, before))
    applied = hear(sent, a_report(INTENT, FILLED, after))

    assert applied.is_correction
    assert after - before == sum(fill.units for fill in applied.new_fills)
    assert OrderStatus(expected) is applied.order.status


@pytest.mark.parametrize("state", [WORKING, CANCELED, FILLED, ReportState.REJECTED])
def test_final_order_is_not_reopened(sent: Ledger, state: ReportState) -> None:
    """A report that comes late, or tells less, does not correct anything."""
    hear(sent, a_report(INTENT, CANCELED))
    applied = hear(sent, a_report(INTENT, state))

    assert (OrderStatus.CANCELED, False) == (applied.order.status, applied.is_correction)


def test_filled_by_word_alone_stays_filled(sent: Ledger) -> None:
    """A broker that says filled and counts fewer units is taken by its word and its count."""
    applied = hear(sent, a_report(INTENT, FILLED, 3))

    assert (OrderStatus.FILLED, 3) == (applied.order.status, applied.order.filled_units)
    assert OrderStatus.FILLED is hear(sent, a_report(INTENT, FILLED, 3)).order.status


@pytest.mark.parametrize(
    "before",
    [OrderStatus.ABSENT, OrderStatus.REFUSED, OrderStatus.WITHDRAWN],
)
@pytest.mark.parametrize(
    ("state", "filled", "expected"),
    [(WORKING, 0, "working"), (FILLED, 5, "filled"), (CANCELED, 1, "partially_filled")],
)
def test_order_taken_never_to_have_worked_comes_back(
    sent: Ledger,
    before: OrderStatus,
    state: ReportState,
    filled: int,
    expected: str,
) -> None:
    """The broker's evidence corrects it, and it is live again where it works."""
    become(sent, before)
    applied = hear(sent, a_report(INTENT, state, filled))

    assert applied.is_correction
    assert OrderStatus(expected) is applied.order.status
    assert applied.order.is_final is (applied.order.finished_at is not None)


def test_order_that_comes_back_beside_a_live_one_is_watched(sent: Ledger) -> None:
    """The database allows one live order: the stray is asked about until it is final."""
    become(sent, OrderStatus.ABSENT)
    intend(sent, an_intent(step=2))
    applied = hear(sent, a_report(INTENT))

    assert (OrderStatus.SUPERSEDED, True) == (applied.order.status, applied.is_correction)
    assert 2 == len(sent.read_now(orders.unsettled))
    assert 1 == len(sent.read_now(orders.live))


def adopt(ledger: Ledger, intent: OrderIntent, report: OrderReport) -> AppliedReport:
    return ledger.write_now(lambda tx: orders.adopt(tx, intent, report, T))


def test_order_that_only_the_broker_knows_is_adopted(ledger: Ledger) -> None:
    """A restored ledger takes up an order of today, with its fills, and sends no second one."""
    hold(ledger, a_position(units=5))
    applied = adopt(ledger, INTENT, a_report(INTENT, WORKING, 1, (a_fill("x1"),)))

    assert ([("x1", 1)], False) == (booked(applied), applied.is_correction)
    assert INTENT == read(ledger).intent
    assert [OrderStatus.WORKING] == [order.status for order in ledger.read_now(orders.live)]
    assert orders.Block.LIVE_ORDER is intend(ledger, an_intent(step=2))


def test_adopted_order_may_be_final(ledger: Ledger) -> None:
    """What it filled is booked all the same, also for a position that has ended meanwhile."""
    hold(ledger)
    end(ledger, Status.CLOSED)
    applied = adopt(ledger, an_intent(), a_report(an_intent(), FILLED, 2))

    assert (OrderStatus.FILLED, [2]) == (
        applied.order.status,
        [fill.units for fill in applied.new_fills],
    )


def test_known_order_is_not_adopted_twice(sent: Ledger) -> None:
    """It is only reported on."""
    hear(sent, a_report(INTENT, WORKING, 1, (a_fill("x1"),)))
    applied = adopt(sent, INTENT, a_report(INTENT, WORKING, 2, (a_fill("x1"), a_fill("x2"))))

    assert [("x2", 1)] == booked(applied)
    assert 1 == len(sent.read_now(lambda tx: orders.of_position(tx, "goog-1")))


def test_order_of_unknown_position_is_not_adopted(ledger: Ledger) -> None:
    """Nobody's order is somebody's question."""
    with pytest.raises(NotFoundError):
        adopt(ledger, INTENT, a_report(INTENT))


SLICES = st.lists(st.integers(1, 3), min_size=1, max_size=6)


@settings(max_examples=50)
@given(
    units=SLICES,
    told=st.lists(
        st.tuples(st.integers(0, 6), st.sets(st.integers(0, 5)), st.integers(-2, 0)),
        max_size=8,
    ),
)
def test_each_unit_is_booked_once_whatever_is_told(
    units: list[int],
    told: list[tuple[int, set[int], int]],
) -> None:
    """Reports may repeat, overtake one another and leave executions out; units add up."""
    executions = [a_fill(f"x{number}", size) for number, size in enumerate(units)]
    total = sum(units)
    intent = an_intent(units=total)
    ledger = open_ledger("sqlite://", threaded=False)
    hold(ledger, a_position(units=total))
    send(ledger, intent)
    seen: list[int] = []
    for happened, named, behind in told:
        known = executions[: min(happened, len(executions))]
        count = max(sum(fill.units for fill in known) + behind, 0)
        fills = tuple(fill for number, fill in enumerate(known) if number in named)
        seen.append(sum(fill.units for fill in hear_more(ledger, intent, count, fills)))
    final = hear(ledger, a_report(intent, FILLED, total, tuple(executions)))
    ledger.close()

    assert total == sum(seen) + sum(fill.units for fill in final.new_fills)
    assert total == final.order.filled_units
    assert not final.is_overfilled


def hear_more(
    ledger: Ledger,
    intent: OrderIntent,
    filled: int,
    fills: tuple[Fill, ...],
) -> tuple[Fill, ...]:
    return hear(ledger, a_report(intent, WORKING, filled, fills)).new_fills


def test_package_reported_in_lowest_terms_is_filled_once(ledger: Ledger) -> None:
    """Two shorts a unit, told as four contracts of two units: closed, and not overfilled."""
    hold(ledger, a_position(units=5))
    intent = an_intent(units=2)
    doubled = replace(
        intent, legs=tuple(replace(leg, quantity=2 * leg.quantity) for leg in intent.legs)
    )
    send(ledger, doubled)
    lowest = replace(
        a_report(doubled, FILLED, 4),
        legs=intent.legs,
        units=4,
    )

    applied = hear(ledger, lowest)
    assert applied is not None
    assert (2, False) == (applied.order.filled_units, applied.is_overfilled)
