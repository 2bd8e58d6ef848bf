from datetime import timedelta

import pytest

from botd.errors import NotFoundError
from botd.ledger import Ledger, alerts
from botd.ledger.alerts import Level
from tests.ledger.given import DUE, T

SECOND = timedelta(seconds=1)


def tell(ledger: Ledger, key: str, level: Level = Level.INFO, title: str = "ready") -> bool:
    return ledger.write_now(
        lambda tx: alerts.add(tx, key=key, level=level, title=title, body="all well", at=DUE),
    )


def due(ledger: Ledger, limit: int = 100) -> list[str]:
    return [alert.key for alert in ledger.read_now(lambda tx: alerts.due(tx, DUE, limit))]


def test_one_key_is_one_message(ledger: Ledger) -> None:
    """A restart does not tell it again; the first words stand."""
    assert [True, False] == [tell(ledger, "a"), tell(ledger, "a", title="other")]

    alert = ledger.read_now(lambda tx: alerts.get(tx, "a"))

    assert ("a", Level.INFO, "ready", "all well", DUE, None, 0, DUE, None) == (
        alert.key,
        alert.level,
        alert.title,
        alert.body,
        alert.created_at,
        alert.delivered_at,
        alert.tries,
        alert.next_try_at,
        alert.last_error,
    )


def test_pages_come_first(ledger: Ledger) -> None:
    """Then the order of their writing, and no more than asked."""
    for key, level in (("a", Level.INFO), ("b", Level.PAGE), ("c", Level.WARN), ("d", Level.PAGE)):
        tell(ledger, key, level)

    assert ["b", "d", "a", "c"] == due(ledger)
    assert ["b", "d", "a"] == due(ledger, limit=3)


def test_message_is_tried_until_it_arrives(ledger: Ledger) -> None:
    """A failure puts it off, and counts; the arrival ends it."""
    tell(ledger, "a")
    alert = ledger.read_now(lambda tx: alerts.get(tx, "a"))
    ledger.write_now(lambda tx: alerts.failed(tx, alert.id, "no route", DUE + SECOND))

    assert [] == due(ledger)
    assert DUE + SECOND == ledger.read_now(alerts.next_try_at)
    assert 1 == len(ledger.read_now(lambda tx: alerts.due(tx, DUE + SECOND)))
    assert 1 == ledger.read_now(alerts.undelivered_count)

    failed = ledger.read_now(lambda tx: alerts.get(tx, "a"))

    assert (1, "no route") == (failed.tries, failed.last_error)

    ledger.write_now(lambda tx: alerts.delivered(tx, alert.id, T))
    arrived = ledger.read_now(lambda tx: alerts.get(tx, "a"))

    assert (2, None, T) == (arrived.tries, arrived.last_error, arrived.delivered_at)
    assert 0 == ledger.read_now(alerts.undelivered_count)
    assert None is ledger.read_now(alerts.next_try_at)
    assert [] == due(ledger)


def test_unknown_key_is_not_found(ledger: Ledger) -> None:
    """The caller is told that there is none."""
    with pytest.raises(NotFoundError, match="no alert 'x'"):
        ledger.read_now(lambda tx: alerts.get(tx, "x"))
