"""What happens in one transaction when a broker reports."""

from dataclasses import replace
from decimal import Decimal

import pytest

from botd.domain.orders import Fill, OrderReport, ReportState
from botd.engine.record import record_reports
from botd.engine.send import Window, send
from tests.engine.given import Day, Days, outcomes, position
from tests.engine.market import instant, market

PUT = {"750P": "2.40/2.60"}
WINDOW = Window(instant("17:40"), instant("18:00"))


@pytest.fixture
def day(open_day: Days) -> Day:
    """Open a day with an order that works for two of three units."""
    found = open_day(market("748", PUT, size=0), position("p", "-1 750P", units=3))
    found.start()
    order = found.intent("p", "+1 750P", units=2, net_price="-2.50")
    found.run(send(found.desk, order, WINDOW))
    return found


def told(day: Day, state: ReportState, filled: int, *fills: Fill) -> None:
    """Let the broker tell something of that order."""
    (report,) = day.run(day.broker.orders(instant("17:00")))
    news: OrderReport = replace(report, state=state, filled_units=filled, fills=fills)
    day.run(record_reports(day.desk, (news,)))


def fill(units: int, name: str = "e1", price: str = "-2.45") -> Fill:
    return Fill(name, units, Decimal(price), instant("17:40"))


def test_fill_reaches_order_position_and_book(day: Day) -> None:
    """Once, however often it is told."""
    told(day, ReportState.FILLED, 2, fill(2))
    told(day, ReportState.FILLED, 2, fill(2))

    assert [(2, "closed", "-2.45")] == outcomes(day.position("p"))
    assert 1 == day.desk.book["p"].units_open
    assert () == day.halts()


def test_total_without_executions_is_booked_at_the_limit(day: Day) -> None:
    """A fill is never worse than that."""
    told(day, ReportState.FILLED, 2)

    assert [(2, "closed", "-2.50")] == outcomes(day.position("p"))


def test_more_than_was_ordered_stops_the_account(day: Day) -> None:
    """Three of two: booked, stopped, and paged."""
    told(day, ReportState.FILLED, 3, fill(3))

    assert ["guard"] == [halt.kind.value for halt in day.halts()]
    assert "more than it may" in day.words("stop/")
    assert 0 == day.position("p").units_open


def test_more_than_was_held_stops_the_account(day: Day) -> None:
    """Five of three: what is there is booked, the rest is in excess."""
    told(day, ReportState.FILLED, 5, fill(5))

    assert 3 == sum(part.units for part in day.position("p").outcomes)
    assert 1 == len(day.halts())


def test_fill_of_what_has_ended_stops_the_account(day: Day) -> None:
    """A person has resolved it meanwhile: nothing is left to take the fill."""
    day.take("p")
    day.resolve("p")
    told(day, ReportState.FILLED, 2, fill(2))

    assert 1 == len(day.halts())
    assert [(3, "closed", "-1")] == outcomes(day.position("p"))


def test_correction_pages(day: Day) -> None:
    """Cancelled, and then filled after all."""
    told(day, ReportState.CANCELED, 0)
    told(day, ReportState.FILLED, 2, fill(2))

    assert "though that order had ended" in day.words("correction/")
    assert [(2, "closed", "-2.45")] == outcomes(day.position("p"))
    assert () == day.halts()


def test_unpriced_fill_has_an_unknown_price(open_day: Days) -> None:
    """A market order whose total comes without executions: null, never 0, and paged."""
    day = open_day(market("748", PUT, size=0), position("p", "-1 750P", units=3))
    day.start()
    day.run(send(day.desk, day.intent("p", "+1 750P", units=2, net_price=None), WINDOW))

    told(day, ReportState.FILLED, 2)

    assert [(2, "closed", None)] == outcomes(day.position("p"))
    assert "at a price that it does not tell" in day.words("correction/")


def test_unpriced_fill_of_what_has_ended(open_day: Days) -> None:
    """Nothing is there to take it: in excess."""
    day = open_day(market("748", PUT, size=0), position("p", "-1 750P", units=2))
    day.start()
    day.run(send(day.desk, day.intent("p", "+1 750P", units=2, net_price=None), WINDOW))
    day.take("p")
    day.resolve("p")

    told(day, ReportState.FILLED, 2)

    assert 1 == len(day.halts())


def test_order_of_somebody_else_is_not_recorded(day: Day) -> None:
    """Its id is not in this ledger."""
    (report,) = day.run(day.broker.orders(instant("17:00")))
    day.run(record_reports(day.desk, (replace(report, client_order_id="outside-7"),)))

    assert ["working"] == day.statuses("p")
