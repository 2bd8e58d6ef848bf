from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from botd.domain import lots
from botd.domain.orders import OrderReport, ReportState
from botd.domain.position import How, Position, Status
from botd.domain.session import Sessions
from botd.ledger import Ledger, accounts, marks, open_ledger, orders, positions
from botd.ledger.marks import Mark
from botd.service import board
from botd.service.board import Board
from botd.service.rules import Rules
from tests.cli.book import CLOSE, NOW, OPENED_AT, intent, position, spread
from tests.domain.trading_days import weekdays

DAYS = weekdays(
    date(2015, 12, 1), date(2015, 12, 31), closed={date(2015, 12, 25)}, half={date(2015, 12, 24)}
)


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with closing(open_ledger("sqlite://", threaded=False)) as found:
        yield found


def add(ledger: Ledger, held: Position) -> None:
    """Take a position into the book."""
    ledger.write_now(lambda tx: positions.add(tx, held, OPENED_AT))


def drawn(ledger: Ledger, now: datetime = NOW, sessions: Sessions | None = DAYS) -> Board:
    """Draw the board of a ledger without a configuration."""
    facts = ledger.read_now(lambda tx: board.read(tx, now))
    return board.draw(facts, Rules(), sessions, now)


def test_accounts_that_no_file_names(ledger: Ledger) -> None:
    """What the ledger was bound to is told; where nothing is known, nothing is claimed."""
    other = replace(spread("b"), broker="other", account="1234")
    ledger.write_now(
        lambda tx: (
            positions.add(tx, spread("a"), NOW),
            positions.add(tx, other, NOW),
            accounts.bind(
                tx, broker="paper", account="paper", environment="live", mode="observe", at=NOW
            ),
        )
    )

    assert [
        ("other", "1234", None, None),
        ("paper", "paper", "live", "observe"),
    ] == [(one.broker, one.account, one.environment, one.mode) for one in drawn(ledger).accounts]


@pytest.mark.parametrize(
    ("now", "following"),
    [
        pytest.param(NOW, date(2015, 12, 28), id="before a holiday"),
        pytest.param(
            datetime(2015, 12, 28, 1, 0, tzinfo=UTC),
            date(2015, 12, 28),
            id="Sunday evening is not Monday yet",
        ),
        pytest.param(
            datetime(2015, 12, 29, 1, 0, tzinfo=UTC), date(2015, 12, 29), id="Monday evening"
        ),
    ],
)
def test_the_next_session_is_new_yorks(ledger: Ledger, now: datetime, following: date) -> None:
    """A day ends at midnight in New York, not in UTC."""
    found = drawn(ledger, now).following

    assert found is not None
    assert following == found.day


@pytest.mark.parametrize(
    "sessions",
    [
        pytest.param(None, id="no calendar"),
        pytest.param(weekdays(date(2015, 1, 5), date(2015, 1, 9)), id="a calendar that ends"),
    ],
)
def test_without_a_calendar(ledger: Ledger, sessions: Sessions | None) -> None:
    """Positions are shown also where no session is known."""
    ledger.write_now(lambda tx: positions.add(tx, spread(), NOW))

    found = drawn(ledger, sessions=sessions)

    assert (None, None, 1) == (found.session, found.following, len(found.rows))


def test_yesterdays_ends_are_off_the_board(ledger: Ledger) -> None:
    """Completed today is today in New York."""
    ledger.write_now(lambda tx: positions.add(tx, spread(), OPENED_AT))
    ledger.write_now(
        lambda tx: positions.change(
            tx,
            "goog-1",
            "expired",
            lambda one: lots.end_legs(
                one, [leg.symbol for leg in one.legs], {}, How.EXPIRED, CLOSE
            ),
            at=CLOSE,
            by="bot",
        )
    )

    assert 1 == len(drawn(ledger, datetime(2015, 12, 25, 4, 59, tzinfo=UTC)).rows)
    assert 0 == len(drawn(ledger, datetime(2015, 12, 25, 5, 0, tzinfo=UTC)).rows)


def test_an_end_at_an_unknown_price(ledger: Ledger) -> None:
    """P/L that is not known is never 0."""
    ledger.write_now(lambda tx: positions.add(tx, spread(), OPENED_AT))
    ledger.write_now(
        lambda tx: positions.change(
            tx,
            "goog-1",
            "gone",
            lambda one: lots.end_unknown(one, 1, How.CLOSED, NOW),
            at=NOW,
            by="broker",
        )
    )

    [row] = drawn(ledger).rows
    assert ("closed", "P/L not known yet") == (row.doing, row.words)


def test_what_awaits_settlement_is_on_the_board(ledger: Ledger) -> None:
    """An AM-settled series is over for its bot, and not yet booked."""
    waiting = replace(position("spx", "-1 SPX151224P02000000"), status=Status.AWAITING_SETTLEMENT)
    ledger.write_now(lambda tx: positions.add(tx, waiting, OPENED_AT))

    [row] = drawn(ledger).rows
    assert ("=", "awaits the settlement value") == (row.danger.value, row.doing)


def test_part_of_an_order_is_filled(ledger: Ledger) -> None:
    """How much of a closing order is done stands beside its price."""
    held = spread(units=10)
    order = intent(held)
    filled = OrderReport(
        "b-1",
        order.client_order_id,
        ReportState.WORKING,
        order.legs,
        10,
        2,
        Decimal("-0.72"),
        NOW,
        NOW,
    )
    ledger.write_now(lambda tx: positions.add(tx, held, OPENED_AT))
    ledger.write_now(lambda tx: orders.add_intent(tx, order, NOW))
    ledger.write_now(lambda tx: orders.start_sending(tx, order.client_order_id, NOW))
    ledger.write_now(lambda tx: orders.apply_report(tx, filled, NOW))

    [row] = drawn(ledger).rows
    assert "closing at 0.72 (step 1 of 4, cap 5.00, 2 of 10 filled)" == row.doing


def test_the_largest_assignment_comes_first(ledger: Ledger) -> None:
    """Within the same danger, what assignment would move decides, then the number."""
    small, large = position("a", "-1 GOOG151224P00750000"), position("b", "-9 GOOG151224P00750000")
    for held in (small, large):
        add(ledger, held)

    assert ["b", "a"] == [row.position.id for row in drawn(ledger).rows]


def test_days_before_nothing_is_urgent(ledger: Ledger) -> None:
    """A position whose day has not come is quiet, whatever its moneyness."""
    ledger.write_now(lambda tx: positions.add(tx, spread(), OPENED_AT))

    [row] = drawn(ledger, CLOSE - timedelta(hours=20)).rows

    assert (".", "until 2015-12-24") == (row.danger.value, row.doing)


def test_only_the_legs_that_stop_first_are_judged(ledger: Ledger) -> None:
    """A calendar's later leg threatens nothing today."""
    add(ledger, position("cal", "-1 GOOG151224P00750000", "+1 GOOG160115P00760000"))
    seen = Mark(("paper", "paper"), "GOOG", None, None, Decimal(755), NOW)
    ledger.write_now(lambda tx: marks.put(tx, [seen]))

    [row] = drawn(ledger).rows

    assert (".", "0.7 % away") == (row.danger.value, row.threat)
