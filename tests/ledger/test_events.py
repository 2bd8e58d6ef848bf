from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from botd.domain.position import Status
from botd.ledger import Ledger, Tx, open_ledger, positions
from tests.ledger.given import a_position, end, hold, take


@pytest.fixture
def whole() -> Iterator[Ledger]:
    """A ledger with a history whose triggers are gone, as in a hand-edited file."""
    ledger = open_ledger("sqlite://", threaded=False)
    hold(ledger, a_position("a"), a_position("b"))
    take(ledger, "a")
    end(ledger, Status.CLOSED, "a")
    for trigger in ("events_never_change", "events_never_go", "positions_never_go"):
        ledger.write_now(_drop(trigger))
    yield ledger
    ledger.close()


def _drop(trigger: str) -> Callable[[Tx], object]:
    return lambda tx: tx.exec_driver_sql(f"DROP TRIGGER {trigger}")


def test_history_that_is_whole_has_no_faults(whole: Ledger) -> None:
    """The state of every position is the fold of its events."""
    assert () == whole.read_now(positions.verify)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        pytest.param(
            "UPDATE positions SET status = 'open' WHERE id = 'a'",
            "position 'a': status is 'open', its events make it 'closed'",
            id="a row edited",
        ),
        pytest.param(
            "UPDATE events SET by = 'bob' WHERE position_id = 'a' AND number = 2",
            "position 'a': event 2 is not what was written",
            id="an event edited",
        ),
        pytest.param(
            "DELETE FROM events WHERE position_id = 'a' AND number = 2",
            "position 'a': event 3 is not what was written",
            id="an event left out",
        ),
        pytest.param(
            "DELETE FROM events WHERE position_id = 'a' AND number = 3",
            "position 'a': 3 events were written, 2 found",
            id="the log cut off",
        ),
        pytest.param(
            "DELETE FROM events WHERE position_id = 'b'",
            "position 'b': has no events",
            id="a history gone",
        ),
    ],
)
def test_edited_history_is_noticed(whole: Ledger, statement: str, expected: str) -> None:
    """Each edit is told in plain words."""
    whole.write_now(lambda tx: tx.execute(text(statement)))

    assert expected in whole.read_now(positions.verify)


def test_history_without_its_position_is_noticed(whole: Ledger) -> None:
    """A position's row cannot be taken away unseen."""

    def work(tx: Tx) -> None:
        tx.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        tx.exec_driver_sql("UPDATE positions SET id = 'c', number = 9 WHERE id = 'b'")
        assert (
            "position 'b': has 1 events, but no row",
            "position 'c': has no events",
        ) == positions.verify(tx)
        tx.exec_driver_sql("UPDATE positions SET id = 'b' WHERE id = 'c'")

    whole.write_now(work)


def test_only_what_is_worked_with(whole: Ledger) -> None:
    """What the broker has confirmed is left alone: there may be years of it."""
    edit = "UPDATE positions SET bot = 'x', confirmed = {} WHERE id = 'a'"
    whole.write_now(lambda tx: tx.exec_driver_sql(edit.format(1)))
    assert () == whole.read_now(lambda tx: positions.verify(tx, is_unconfirmed=True))

    whole.write_now(lambda tx: tx.exec_driver_sql(edit.format(0)))

    (fault,) = whole.read_now(lambda tx: positions.verify(tx, is_unconfirmed=True))
    assert "position 'a': bot is 'x'" in fault
