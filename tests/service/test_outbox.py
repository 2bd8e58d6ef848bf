from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from botd.ledger import Ledger, alerts, open_ledger
from botd.notify.courier import Undelivered
from botd.notify.message import Level, Message
from botd.service.outbox import outbox_of
from tests.engine.market import instant

NOW = instant("17:45")
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with closing(open_ledger("sqlite://", create=True, threaded=False)) as found:
        yield found


async def written(ledger: Ledger) -> int:
    await ledger.write(
        lambda tx: alerts.add(
            tx, key="k", level=alerts.Level.PAGE, title="ready", body="2 positions", at=NOW
        )
    )
    [found] = await outbox_of(ledger).due(NOW)
    return found.alert_id


async def test_what_is_due(ledger: Ledger) -> None:
    """An alert comes with its words, its age and the tries it has had."""
    number = await written(ledger)

    message = Message("ready", "2 positions", Level.PAGE)
    assert (Undelivered(number, message, NOW, 0),) == await outbox_of(ledger).due(NOW)


async def test_what_has_arrived_is_not_due(ledger: Ledger) -> None:
    """Once delivered it is never tried again, nor counted as undelivered."""
    number = await written(ledger)
    await outbox_of(ledger).delivered(number, NOW)

    assert () == await outbox_of(ledger).due(LATER)
    assert 0 == await ledger.read(alerts.undelivered_count)


async def test_what_has_failed_is_due_later(ledger: Ledger) -> None:
    """It stays undelivered, with the reason, and waits for its next try."""
    number = await written(ledger)
    await outbox_of(ledger).failed(number, "no channel", LATER)

    assert () == await outbox_of(ledger).due(NOW)
    [again] = await outbox_of(ledger).due(LATER)
    assert 1 == again.tries
    assert 1 == await ledger.read(alerts.undelivered_count)
    assert "no channel" == (await ledger.read(lambda tx: alerts.get(tx, "k"))).last_error
