"""What nobody manages, on the board."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from botd.domain.orders import Holding
from botd.domain.position import Position
from botd.domain.session import Sessions
from botd.ledger import Ledger, marks, open_ledger, positions, unmanaged
from botd.ledger.marks import Mark
from botd.service import board
from botd.service.board_strays import Stray
from botd.service.rules import Rules
from tests.cli.book import CLOSE, KEY, NOW, OPENED_AT, position
from tests.domain.trading_days import weekdays
from tests.service.test_board import DAYS

PUT = "IWM151224P00195000"


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    opened = open_ledger("sqlite://", threaded=False)
    yield opened
    opened.close()


def saw(ledger: Ledger, quantity: int, at: datetime = NOW) -> None:
    """Let the engine have seen contracts that nobody manages."""
    ledger.write_now(lambda tx: unmanaged.replace(tx, KEY, [Holding(PUT, quantity)], at))


def mark(ledger: Ledger, price: str, at: datetime = NOW) -> None:
    """Write down a spot of the underlying."""
    found = Mark(KEY, "IWM", None, None, Decimal(price), at)
    ledger.write_now(lambda tx: marks.put(tx, [found]))


def take_in(ledger: Ledger, found: Position, at: datetime) -> None:
    """Import a position."""
    ledger.write_now(lambda tx: positions.add(tx, found, at))


def drawn(
    ledger: Ledger, now: datetime = NOW, sessions: Sessions | None = DAYS
) -> tuple[Stray, ...]:
    facts = ledger.read_now(lambda tx: board.read(tx, now))
    return board.draw(facts, Rules(), sessions, now).strays


@pytest.mark.parametrize(
    ("spot", "threat"),
    [
        pytest.param("194.20", "ITM 0.80", id="in the money"),
        pytest.param("195", "at the strike", id="at the strike"),
        pytest.param("200", "2.5 % away", id="out of the money"),
        pytest.param(None, "spot unknown", id="no mark"),
    ],
)
def test_how_it_stands_to_the_market(ledger: Ledger, spot: str | None, threat: str) -> None:
    """By the newest mark, where one is known."""
    saw(ledger, -1)
    if spot is not None:
        mark(ledger, spot)

    [row] = drawn(ledger)

    assert ("IWM 195P -1", "NOBODY MANAGES THIS", threat, "", "botd positions sync") == (
        row.label,
        row.doing,
        row.threat,
        row.words,
        row.command,
    )
    assert CLOSE == row.closes_at


def test_json_has_the_row_before_what_has_ended(ledger: Ledger) -> None:
    """The same keys as a position's row, and the symbol for the import."""
    saw(ledger, -1, NOW - timedelta(seconds=30))
    mark(ledger, "194.20", NOW - timedelta(seconds=2))
    facts = ledger.read_now(lambda tx: board.read(tx, NOW))

    [row] = board.draw(facts, Rules(), DAYS, NOW).shape(None)["rows"]

    assert {
        "mark": "?",
        "number": None,
        "id": None,
        "label": "IWM 195P -1",
        "status": "unmanaged",
        "managed_by": None,
        "doing": "NOBODY MANAGES THIS",
        "threat": "ITM 0.80",
        "words": None,
        "command": "botd positions sync",
        "closes_at": "2015-12-24T18:00:00Z",
        "spot": "194.20",
        "spot_at": "2015-12-24T17:52:09Z",
        "symbol": PUT,
        "quantity": -1,
        "as_of": "2015-12-24T17:51:41Z",
    } == row


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        pytest.param(timedelta(minutes=6), "", id="between two attempts"),
        pytest.param(timedelta(minutes=7), "seen 7 min ago", id="older"),
    ],
)
def test_an_old_look_says_so(ledger: Ledger, passed: timedelta, words: str) -> None:
    """Whoever has sold it meanwhile must not be frightened."""
    saw(ledger, -1, NOW - passed)

    [row] = drawn(ledger)

    assert words == row.words


@pytest.mark.parametrize(
    ("now", "count"),
    [
        pytest.param(datetime(2015, 12, 25, 4, 59, tzinfo=UTC), 1, id="the same evening"),
        pytest.param(datetime(2015, 12, 25, 5, 0, tzinfo=UTC), 0, id="the next day"),
    ],
)
def test_it_is_of_one_day(ledger: Ledger, now: datetime, count: int) -> None:
    """A day ends at midnight in New York."""
    saw(ledger, -1)

    assert count == len(drawn(ledger, now))


@pytest.mark.parametrize(
    ("held", "taken_at", "quantity"),
    [
        pytest.param("-1", NOW + timedelta(seconds=1), -1, id="one of two imported since"),
        pytest.param("-2", NOW + timedelta(seconds=1), None, id="both imported since"),
        pytest.param("-2", NOW, -2, id="imported before the look"),
    ],
)
def test_what_was_imported_since_is_managed(
    ledger: Ledger, held: str, taken_at: datetime, quantity: int | None
) -> None:
    """The row goes with the import, not with the next look at the account."""
    saw(ledger, -2)
    take_in(ledger, position("iwm", f"{held} {PUT}"), taken_at)

    assert [quantity] * (quantity is not None) == [row.held.quantity for row in drawn(ledger)]


def test_an_import_into_another_account_changes_nothing(ledger: Ledger) -> None:
    """The same contract is held in two accounts."""
    saw(ledger, -1)
    other = replace(position("iwm", f"-1 {PUT}"), broker="other", opened_at=OPENED_AT)
    take_in(ledger, other, NOW + timedelta(seconds=1))

    assert [-1] == [row.held.quantity for row in drawn(ledger)]


@pytest.mark.parametrize(
    "sessions",
    [
        pytest.param(None, id="no calendar"),
        pytest.param(weekdays(date(2015, 1, 5), date(2015, 1, 9)), id="a calendar that ends"),
    ],
)
def test_without_a_calendar_it_is_shown_too(ledger: Ledger, sessions: Sessions | None) -> None:
    """Only the instant of the close is missing then."""
    saw(ledger, 3)

    [row] = drawn(ledger, sessions=sessions)

    assert ("IWM 195P +3", None) == (row.label, row.closes_at)
