"""What the position tells of the closes that were sent."""

from datetime import timedelta

import pytest

from botd.brokers.crosstrade.closes import Closes, Sent
from botd.domain.contract import Leg
from botd.domain.instruments import parse_instrument
from botd.domain.orders import OrderIntent, ReportState
from tests.brokers.paper.day import instant

NOW = instant("17:50")
LATE = timedelta(minutes=4)
ES, NQ = "future:ES 12-25", "future:NQ 12-25"


def intent(name: str = "a", *, symbol: str = ES, quantity: int = -1, units: int = 4) -> OrderIntent:
    return OrderIntent(
        client_order_id=name,
        position_id="p",
        account="Sim101",
        attempt_due_at=NOW,
        step=1,
        legs=(Leg(parse_instrument(symbol), quantity),),
        units=units,
        net_price=None,
        cap=None,
        give_up_at=NOW,
    )


@pytest.mark.parametrize(
    ("before", "quantity", "units", "held", "state", "filled"),
    [
        pytest.param(4, -1, 4, 4, ReportState.WORKING, 0, id="nothing has gone"),
        pytest.param(4, -1, 4, 1, ReportState.WORKING, 3, id="a part has gone"),
        pytest.param(4, -1, 4, 0, ReportState.FILLED, 4, id="all has gone"),
        pytest.param(9, -1, 4, 5, ReportState.FILLED, 4, id="a part of more"),
        pytest.param(9, -1, 4, 0, ReportState.FILLED, 4, id="more than was asked for"),
        pytest.param(4, -1, 4, -3, ReportState.FILLED, 4, id="the other way now"),
        pytest.param(4, -1, 4, 7, ReportState.WORKING, 0, id="somebody bought"),
        pytest.param(-4, 1, 4, -1, ReportState.WORKING, 3, id="a short, in part"),
        pytest.param(-4, 1, 4, 0, ReportState.FILLED, 4, id="a short"),
        pytest.param(6, -3, 2, 2, ReportState.WORKING, 1, id="units of three: one and a third"),
        pytest.param(6, -3, 2, 0, ReportState.FILLED, 2, id="units of three"),
    ],
)
def test_what_has_gone(
    before: int, quantity: int, units: int, held: int, state: ReportState, filled: int
) -> None:
    """Each row is a position before and after a close that was taken."""
    sent = Sent(intent(quantity=quantity, units=units), NOW, before, is_taken=True)
    sent.observe(held)

    report = sent.report(NOW)

    assert (state, filled) == (report.state, report.filled_units)
    assert ((), None) == (report.fills, report.net_price)


def test_what_was_counted_stays() -> None:
    """A person who buys again takes no fill back."""
    sent = Sent(intent(), NOW, 4, is_taken=True)
    for held in (1, 3):
        sent.observe(held)

    assert 3 == sent.report(NOW).filled_units


def test_lost_close_is_told_once_it_shows() -> None:
    """Before that nobody knows whether it arrived."""
    closes = Closes(arrives_within=LATE)
    closes.begin(intent(), NOW).before = 4

    closes.observe({ES: 4})
    early = closes.reports(NOW, NOW)
    closes.observe({ES: 1})
    [later] = closes.reports(NOW, NOW)

    assert () == early
    assert (ReportState.WORKING, 3) == (later.state, later.filled_units)


@pytest.mark.parametrize(
    ("expected", "after", "is_taken"),
    [
        pytest.param(True, LATE - timedelta(seconds=1), False, id="a lost one, within its time"),
        pytest.param(False, LATE, False, id="a lost one, later"),
        pytest.param(True, 10 * LATE, True, id="one that was taken, for ever"),
    ],
)
def test_one_at_a_time(*, expected: bool, after: timedelta, is_taken: bool) -> None:
    """Each row is a close that shows nowhere, and whether it is in the way of another."""
    closes = Closes(arrives_within=LATE)
    sent = closes.begin(intent(), NOW)
    sent.before, sent.is_taken = 4, is_taken

    assert expected is (closes.under_way(ES, NOW + after) is not None)
    assert closes.under_way(NQ, NOW) is None


def test_fill_of_the_next_close_is_not_that_of_the_lost_one() -> None:
    """What goes after another close began is that one's."""
    closes = Closes(arrives_within=LATE)
    closes.begin(intent("a"), NOW).before = 4
    second = closes.begin(intent("b"), NOW + LATE)
    second.before, second.is_taken = 4, True

    closes.observe({ES: 0})

    assert ["b"] == [each.client_order_id for each in closes.reports(NOW, NOW)]


def test_other_instruments_are_closed_beside_it() -> None:
    """Two closes of two instruments are counted each by its own position."""
    closes = Closes(arrives_within=LATE)
    for name, symbol in (("a", ES), ("b", NQ)):
        sent = closes.begin(intent(name, symbol=symbol), NOW)
        sent.before, sent.is_taken = 4, True

    closes.observe({ES: 0, NQ: 4})

    states = {each.client_order_id: each.state for each in closes.reports(NOW, NOW)}
    assert {"a": ReportState.FILLED, "b": ReportState.WORKING} == states


def test_list_begins_where_it_is_asked_to() -> None:
    """An older close is left out; its own instant is not."""
    closes = Closes(arrives_within=LATE)
    closes.begin(intent(), NOW).is_taken = True

    assert 1 == len(closes.reports(NOW, NOW))
    assert () == closes.reports(NOW + timedelta(seconds=1), NOW)


def test_forgotten_close_is_in_nobodys_way() -> None:
    """What was definitely not taken leaves no trace."""
    closes = Closes(arrives_within=LATE)
    sent = closes.begin(intent(), NOW)
    sent.before, sent.is_taken = 4, True
    closes.forget(sent)

    assert closes.under_way(ES, NOW) is None
    assert () == closes.reports(NOW, NOW)
