from collections.abc import Iterator
from contextlib import closing
from datetime import date

import pytest

from botd.domain.position import Position
from botd.domain.session import Override
from botd.ledger import Ledger, Tx, open_ledger, positions
from botd.service.reschedule import reschedule
from tests.domain.trading_days import weekdays
from tests.engine.given import position
from tests.engine.market import SESSIONS, instant

NOON = instant("17:00")
EARLIER = SESSIONS.with_overrides([Override(date(2015, 12, 24), instant("17:30"))])
CLOSED = SESSIONS.with_overrides([Override(date(2015, 12, 24), None)])


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with closing(open_ledger("sqlite://", create=True, threaded=False)) as found:
        yield found


def hold(ledger: Ledger, *book: Position) -> None:
    def work(tx: Tx) -> None:
        for one in book:
            positions.add(tx, one, NOON)

    ledger.write_now(work)


def test_an_override_moves_t(ledger: Ledger) -> None:
    """What was imported under the old hours stops trading by the new ones, with an event."""
    hold(ledger, position("short", "-1 750P"), position("later", "-1 750P 160115"))

    changed = ledger.write_now(lambda tx: reschedule(tx, EARLIER, NOON))

    assert [("short", instant("17:30"))] == [(one.id, one.closes_at) for one in changed]
    assert instant("17:30") == ledger.read_now(lambda tx: positions.get(tx, "short")).closes_at
    events = ledger.read_now(lambda tx: positions.events(tx, "short"))
    assert ("rescheduled", "botd", NOON) == (events[-1].kind, events[-1].by, events[-1].at)
    assert () == ledger.write_now(lambda tx: reschedule(tx, EARLIER, NOON)), "only once"


def test_a_closed_day_moves_t_to_the_session_before(ledger: Ledger) -> None:
    """A contract that expires on a day off trades the session before for the last time."""
    hold(ledger, position("short", "-1 750P"))

    [changed] = ledger.write_now(lambda tx: reschedule(tx, CLOSED, instant("12-23 15:00")))

    assert instant("12-23 21:00") == changed.closes_at


def test_what_has_stopped_trading_stays(ledger: Ledger) -> None:
    """What is being judged keeps the close that it is judged by; shares have none."""
    hold(ledger, position("short", "-1 750P"), position("shares", "+100 shares"))

    assert () == ledger.write_now(lambda tx: reschedule(tx, EARLIER, instant("18:00")))


def test_beyond_the_horizon_nothing_is_known(ledger: Ledger) -> None:
    """A position whose day the calendar does not reach keeps its T."""
    hold(ledger, position("later", "-1 750P 160115"))
    short = weekdays(date(2015, 12, 1), date(2015, 12, 31))

    assert () == ledger.write_now(lambda tx: reschedule(tx, short, NOON))
