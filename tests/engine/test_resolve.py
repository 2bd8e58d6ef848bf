"""Orders of unknown fate, and orders that must end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from botd.brokers.paper.card import PAPER_CARD
from botd.domain.orders import OrderStatus
from botd.engine import resolve
from botd.engine.send import Window, send
from botd.ledger import orders
from botd.ledger.orders import Order
from tests.engine.given import Day, Days, position
from tests.engine.market import instant, market, symbol

PUT = {"750P": "2.40/2.60"}
WINDOW = Window(instant("17:40"), instant("18:00"))
SLOW = replace(PAPER_CARD, dedupes_client_ids=False, absent_after=timedelta(seconds=30))
BLIND = replace(SLOW, looks_up_client_ids=False)


def with_order(open_day: Days, do: str | None, card: object = PAPER_CARD, **more: float) -> Day:
    day = open_day(market("748", PUT, size=0), position("p", "-1 750P", units=2), card=card)
    day.start()
    if do is not None:
        day.befall(do, "17:40", seconds=more.get("seconds", 0))
    day.run(send(day.desk, day.intent("p", "+1 750P"), WINDOW))
    return day


def order(day: Day) -> Order:
    return day.ledger.read_now(lambda tx: orders.get(tx, "p-01"))


@pytest.mark.parametrize("card", [SLOW, BLIND], ids=["looked up by its id", "found in the list"])
def test_taken_order_is_found(open_day: Days, card: object) -> None:
    """Its answer was lost, it works."""
    day = with_order(open_day, "lose_answer", card)

    found = day.run(resolve.find(day.desk, order(day), instant("17:59"), None))

    assert OrderStatus.WORKING is found.status


def test_absent_after_three_misses_over_the_horizon(open_day: Days) -> None:
    """Not before thirty seconds have passed since it was sent."""
    day = with_order(open_day, "lose_request", SLOW)

    found = day.run(resolve.find(day.desk, order(day), instant("17:59"), None))

    assert OrderStatus.ABSENT is found.status
    assert instant("17:40:30") <= day.clock.now() <= instant("17:40:32")


def test_errors_are_no_misses(open_day: Days) -> None:
    """Three look-ups that fail prove nothing, however much time passes."""
    day = with_order(open_day, "lose_request", SLOW)
    day.befall("unavailable", "17:40", seconds=60)

    found = day.run(resolve.find(day.desk, order(day), instant("17:40:58"), None))

    assert OrderStatus.UNKNOWN is found.status

    found = day.run(resolve.find(day.desk, order(day), instant("17:41:01.500000"), None))

    assert OrderStatus.UNKNOWN is found.status


def test_positions_that_changed_are_no_proof_of_absence(open_day: Days) -> None:
    """Less is held than the ledger has: it may have been this order's doing."""
    day = with_order(open_day, "lose_request", SLOW)
    day.broker.book({symbol("750P"): 1})

    found = day.run(resolve.find(day.desk, order(day), instant("17:42"), None))

    assert OrderStatus.UNKNOWN is found.status


def test_holdings_that_cannot_be_read_prove_nothing(open_day: Days) -> None:
    """No evidence, no conclusion."""
    day = with_order(open_day, "lose_request", SLOW)
    day.broker.is_locked_until = instant("17:41")

    found = day.run(resolve.find(day.desk, order(day), instant("17:40:50"), None))

    assert OrderStatus.UNKNOWN is found.status


def test_resend_moves_the_horizon(open_day: Days) -> None:
    """Its bytes may arrive as late as the first's."""
    card = replace(PAPER_CARD, absent_after=timedelta(seconds=30))
    day = open_day(market("748", PUT, size=0), position("p", "-1 750P"), card=card)
    day.start()
    day.befall("lose_request", "17:40", times=4)
    day.run(send(day.desk, day.intent("p", "+1 750P"), WINDOW))

    found = day.run(resolve.find(day.desk, order(day), instant("17:59"), WINDOW))

    assert OrderStatus.ABSENT is found.status
    assert instant("17:40:32") <= day.clock.now()


def test_order_of_a_position_that_has_ended_is_judged_by_itself(open_day: Days) -> None:
    """The book holds nothing of it any more: its own units count."""
    day = with_order(open_day, "lose_request", SLOW)
    day.desk.book.clear()

    found = day.run(resolve.find(day.desk, order(day), instant("17:59"), None))

    assert OrderStatus.ABSENT is found.status


def test_end_cancels_and_waits_for_the_end(open_day: Days) -> None:
    """A cancel's own answer proves nothing."""
    day = with_order(open_day, None)

    assert (
        OrderStatus.CANCELED is day.run(resolve.end(day.desk, order(day), instant("17:59"))).status
    )


def test_end_of_what_has_just_filled(open_day: Days) -> None:
    """The cancel is refused, because it is too late."""
    day = with_order(open_day, None)
    day.befall("fill_across_cancel", "17:40")

    assert OrderStatus.FILLED is day.run(resolve.end(day.desk, order(day), instant("17:59"))).status
    assert 1 == day.position("p").units_open


def test_end_of_what_has_ended_unseen(open_day: Days) -> None:
    """The broker refuses the cancel of a final order; the look-up tells the truth."""
    day = with_order(open_day, None)
    stale = order(day)
    day.run(day.broker.cancel(stale.broker_order_id or ""))

    assert OrderStatus.CANCELED is day.run(resolve.end(day.desk, stale, instant("17:59"))).status


def test_end_of_an_intent_withdraws_it(open_day: Days) -> None:
    """Nothing has left."""
    day = open_day(market("748", PUT), position("p", "-1 750P"))
    day.leave_intent(day.intent("p", "+1 750P"))

    assert (
        OrderStatus.WITHDRAWN is day.run(resolve.end(day.desk, order(day), instant("17:59"))).status
    )


def test_end_of_an_unknown_order_finds_it_first(open_day: Days) -> None:
    """Then it is cancelled."""
    day = with_order(open_day, "lose_answer", SLOW)

    assert (
        OrderStatus.CANCELED is day.run(resolve.end(day.desk, order(day), instant("17:59"))).status
    )


def test_end_gives_up_in_time(open_day: Days) -> None:
    """The broker is away: cancel pending, and still reserved."""
    day = with_order(open_day, None)
    day.befall("unavailable", "17:40", seconds=600)

    found = day.run(resolve.end(day.desk, order(day), instant("17:40:10")))

    assert OrderStatus.CANCEL_PENDING is found.status
    assert instant("17:40:10") == day.clock.now()


def test_end_of_an_order_without_the_brokers_id_waits_for_it(open_day: Days) -> None:
    """What was never answered cannot be cancelled by an id that nobody knows."""
    day = open_day(market("748", PUT, size=0), position("p", "-1 750P"))
    day.leave_unknown(day.intent("p", "+1 750P"))
    day.run(day.broker.submit(day.intent("p", "+1 750P")))
    lost = replace(order(day), status=OrderStatus.WORKING)

    found = day.run(resolve.end(day.desk, lost, instant("17:41")))

    assert OrderStatus.CANCELED is found.status


def test_mark_leaves_what_is_final(open_day: Days) -> None:
    """A report has ended it meanwhile."""
    day = with_order(open_day, None)
    ended = day.run(resolve.end(day.desk, order(day), instant("17:59")))

    assert (
        OrderStatus.CANCELED is day.run(resolve.mark(day.desk, ended, OrderStatus.UNKNOWN)).status
    )
