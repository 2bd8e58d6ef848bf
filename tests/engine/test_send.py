"""The only place from which an order leaves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from botd.domain.orders import OrderIntent, OrderStatus
from botd.engine.send import Fate, Sent, Window, refuse, send, send_again
from botd.errors import LedgerError, Refusal, RefusalReason
from botd.ledger import orders
from botd.ledger.orders import Block
from tests.engine.given import Day, Days, position
from tests.engine.market import instant, legs, market, symbol

PUT = {"750P": "2.40/2.60"}
WINDOW = Window(instant("17:40"), instant("18:00"))


@pytest.fixture
def day(open_day: Days) -> Day:
    """Open a day at T-20 whose account has been read."""
    found = open_day(market("748", PUT, size=0), position("p", "-1 750P", units=2))
    found.start()
    return found


def sent(day: Day, intent: OrderIntent, window: Window = WINDOW) -> Sent:
    return day.run(send(day.desk, intent, window))


def test_taken(day: Day) -> None:
    """Committed, sent, and its report recorded."""
    assert Fate.TAKEN is sent(day, day.intent("p", "+1 750P")).fate
    assert ["working"] == day.statuses("p")


def test_refused(day: Day) -> None:
    """The refusal is handed on, for whoever decides what it means."""
    day.befall("refuse", "17:40", message="no")
    found = sent(day, day.intent("p", "+1 750P"))

    assert Fate.REFUSED is found.fate
    assert found.refusal is not None
    assert ["sending"] == day.statuses("p")

    day.run(refuse(day.desk, day.intent("p", "+1 750P"), found.refusal))
    day.run(refuse(day.desk, day.intent("p", "+1 750P"), found.refusal))

    assert ["refused"] == day.statuses("p")


@pytest.mark.parametrize(
    ("do", "fate", "status"),
    [
        pytest.param("unavailable", Fate.NOT_SENT, "withdrawn", id="connection refused"),
        pytest.param("server_error", Fate.UNKNOWN, "unknown", id="HTTP 503"),
        pytest.param("lose_answer", Fate.UNKNOWN, "unknown", id="no answer"),
    ],
)
def test_trouble(day: Day, do: str, fate: Fate, status: str) -> None:
    """Not sent is proved; everything else is unknown."""
    day.befall(do, "17:40")

    assert fate is sent(day, day.intent("p", "+1 750P")).fate
    assert [status] == day.statuses("p")


def test_answer_that_takes_too_long_is_unknown(day: Day) -> None:
    """Unless the order poll has seen the order meanwhile."""
    day.befall("answer_late", "17:40", seconds=20)

    assert "no answer in time" == sent(day, day.intent("p", "+1 750P")).note
    assert instant("17:40:08") == day.clock.now()


def test_order_seen_before_its_answer_stays_seen(day: Day) -> None:
    """A poll was quicker than the lost answer."""
    day.befall("answer_late", "17:40", seconds=20)

    async def both() -> None:
        day.run_later(day.desk.watch.wait("p-01", instant("17:41")))
        await send(day.desk, day.intent("p", "+1 750P"), WINDOW)

    day.run(both())

    assert ["working"] == day.statuses("p")


@pytest.mark.parametrize(
    ("prepare", "block"),
    [
        pytest.param("take", Block.MANUAL, id="a person has it"),
        pytest.param("halt", Block.HALTED, id="halted"),
        pytest.param("order", Block.LIVE_ORDER, id="another order lives"),
    ],
)
def test_blocked(day: Day, prepare: str, block: Block) -> None:
    """The ledger says no before anything leaves."""
    if prepare == "take":
        day.take("p")
    elif prepare == "halt":
        day.halt()
    else:
        sent(day, day.intent("p", "+1 750P", step=2, net_price="-0.05"))

    assert block is sent(day, day.intent("p", "+1 750P")).block


def test_taken_over_between_intent_and_bytes(day: Day) -> None:
    """The step to `sending` looks again: withdrawn."""
    intent = day.intent("p", "+1 750P")
    day.leave_intent(intent)
    day.take("p")

    assert Block.MANUAL is day.run(send_again(day.desk, intent, WINDOW)).block
    assert {} != day.held()


def test_more_than_the_ledger_has_is_blocked(day: Day) -> None:
    """Nine of two: no intent is written."""
    assert Block.ENDED is sent(day, day.intent("p", "+1 750P", units=9)).block
    assert () == day.orders("p")


def test_outside_its_window_it_is_withdrawn(day: Day) -> None:
    """Too late is no bug: the account goes on."""
    window = Window(instant("17:00"), instant("17:30"))

    assert Fate.GUARDED is sent(day, day.intent("p", "+1 750P"), window).fate
    assert ["withdrawn"] == day.statuses("p")
    assert () == day.halts()


def test_beyond_its_cap_it_stops_the_account(day: Day) -> None:
    """Only a bug asks for that: one page, and a person resumes."""
    capped = replace(day.intent("p", "+1 750P", net_price="-2"), cap=day.intent("p").net_price)

    assert Fate.GUARDED is sent(day, capped).fate
    assert ["guard"] == [halt.kind.value for halt in day.halts()]
    assert "beyond the cap" in day.words("stop/")


def test_account_that_lost_units_is_looked_at_again(day: Day) -> None:
    """Less is held than the order closes: withdrawn, and the account goes on."""
    day.broker.book({symbol("750P"): 1})
    day.desk.guard.observe_holdings(())

    assert Fate.GUARDED is sent(day, day.intent("p", "+1 750P", units=2)).fate
    assert () == day.halts()


def test_fresh_look_lets_it_pass(day: Day) -> None:
    """The guard had counted too little."""
    day.desk.guard.observe_holdings(())

    assert Fate.TAKEN is sent(day, day.intent("p", "+1 750P")).fate


def test_taken_over_during_the_fresh_look(day: Day) -> None:
    """Management is looked at once more after it."""
    day.desk.guard.observe_holdings(())
    day.broker.between_reads = lambda: day.take("p")
    day.broker.reads_begin = instant("17:00")

    assert Block.MANUAL is sent(day, day.intent("p", "+1 750P")).block
    assert "withdrawn" == day.statuses("p")[-1]


def test_account_that_cannot_be_looked_at_again(day: Day) -> None:
    """Then the guard's own count stands."""
    day.desk.guard.observe_holdings(())
    day.befall("unavailable", "17:40", seconds=30)

    assert Fate.GUARDED is sent(day, day.intent("p", "+1 750P")).fate


def test_breaker_waits_for_a_read(day: Day) -> None:
    """Three ambiguous answers: no order before the account was read."""
    for _ in range(3):
        day.desk.breaker.record_ambiguous()
    day.befall("unavailable", "17:40", seconds=1)

    assert "three ambiguous answers in a row" == sent(day, day.intent("p", "+1 750P")).note

    day.clock_to("17:40:02")

    assert Fate.TAKEN is sent(day, day.intent("p", "+1 750P", step=2)).fate


def test_resend_keeps_what_is_known(day: Day) -> None:
    """One that does not leave leaves the first as unknown as it was."""
    day.befall("lose_request", "17:40")
    intent = day.intent("p", "+1 750P")
    sent(day, intent)
    day.befall("unavailable", "17:40")

    assert Fate.NOT_SENT is day.run(send_again(day.desk, intent, WINDOW)).fate
    assert ["unknown"] == day.statuses("p")

    late = Window(instant("17:00"), instant("17:30"))

    assert Fate.GUARDED is day.run(send_again(day.desk, intent, late)).fate
    assert ["unknown"] == day.statuses("p")
    assert Fate.TAKEN is day.run(send_again(day.desk, intent, WINDOW)).fate


def test_without_a_ledger_nothing_leaves(day: Day) -> None:
    """No commit, no send."""
    day.ledger.close()

    with pytest.raises(LedgerError):
        sent(day, day.intent("p", "+1 750P"))

    assert () == day.run(day.broker.orders(day.clock.now() - timedelta(days=1)))


def test_refusal_of_what_a_report_has_ended_changes_nothing(day: Day) -> None:
    """The order poll was quicker."""
    intent = day.intent("p", "+1 750P")
    sent(day, intent)
    day.ledger.write_now(
        lambda tx: orders.set_status(tx, "p-01", OrderStatus.ABSENT, day.clock.now())
    )
    day.run(refuse(day.desk, intent, Refusal(RefusalReason.OTHER, "no")))

    assert ["absent"] == day.statuses("p")
    assert legs("-1 750P") == day.position("p").legs
