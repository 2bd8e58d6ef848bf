"""What the broker says of one account."""

from datetime import timedelta
from decimal import Decimal

import pytest

from botd.domain.orders import OrderReport, ReportState
from botd.domain.reconcile import FindingKind
from botd.engine.findings import reconcile_book
from botd.engine.reads import is_clock_wrong, read_account, read_account_until
from botd.errors import OutcomeUnknown
from tests.engine.given import Day, Days, position
from tests.engine.market import instant, legs, market, symbol


@pytest.fixture
def day(open_day: Days) -> Day:
    return open_day(market("748"), position("p", "-1 750P"))


def test_account_is_read_whole(day: Day) -> None:
    """Orders, holdings, cash, and the broker's clock."""
    day.broker.skew = timedelta(seconds=-3)

    facts = day.run(read_account(day.desk))

    assert {symbol("750P"): -1} == facts.held
    assert facts.can_trade
    assert timedelta(seconds=3) == day.desk.clock_skew


def test_an_assigned_unit_was_taken_for_closed_by_our_own_order(open_day: Days) -> None:
    """Two of three units filled, told in lowest terms; nothing explains the third."""
    day = open_day(market("748"), position("p", "-2 750P", units=3))
    day.leave_unknown(day.intent("p", "+2 750P", units=3))
    told = OrderReport(
        broker_order_id="b1",
        client_order_id="p-01",
        state=ReportState.CANCELED,
        legs=legs("+1 750P"),
        units=6,
        filled_units=4,
        net_price=Decimal("-0.50"),
        submitted_at=day.clock.now(),
        as_of=day.clock.now(),
    )
    day.broker.extra_reports = (told,)
    day.run(day.engine.refresh())
    day.broker.book({symbol("750P"): 6})

    facts = day.run(read_account(day.desk))

    assert {} == facts.held
    assert FindingKind.GONE is reconcile_book(day.desk, facts)["p"].kind


def test_holdings_that_do_not_come_are_unknown(day: Day) -> None:
    """A time-out is no empty account."""
    day.broker.slow = {"holdings": ("17:00", 60)}

    with pytest.raises(OutcomeUnknown):
        day.run(read_account(day.desk))


def test_account_is_read_again_until_it_answers(day: Day) -> None:
    """Each second, as long as there is time."""
    day.befall("server_error", "17:40", times=3)

    assert day.run(read_account_until(day.desk, instant("17:41"))) is not None


def test_account_that_never_answers_is_given_up(day: Day) -> None:
    """At the instant that was given."""
    day.befall("unavailable", "17:40", seconds=600)

    assert day.run(read_account_until(day.desk, instant("17:41"))) is None
    assert instant("17:41") == day.clock.now()


def test_locked_account_is_stopped_at_once(day: Day) -> None:
    """A key that opens nothing will not open a second later."""
    day.broker.is_locked_until = instant("17:50")

    assert day.run(read_account_until(day.desk, instant("17:59"))) is None
    assert instant("17:40") == day.clock.now()
    assert 1 == len(day.halts())


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(None, False, id="never compared"),
        pytest.param(30, False, id="thirty seconds"),
        pytest.param(31, True, id="thirty-one"),
        pytest.param(-31, True, id="thirty-one behind"),
    ],
)
def test_is_clock_wrong(day: Day, seconds: int | None, *, expected: bool) -> None:
    """Beyond thirty seconds no new order may leave."""
    day.desk.clock_skew = None if seconds is None else timedelta(seconds=seconds)

    assert expected is is_clock_wrong(day.desk)
