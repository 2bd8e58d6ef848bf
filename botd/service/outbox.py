"""The ledger's alerts as the courier takes them."""

from collections.abc import Sequence
from datetime import datetime

from botd.ledger import Ledger, alerts
from botd.notify.courier import Outbox, Undelivered
from botd.notify.message import Level, Message


def outbox_of(ledger: Ledger) -> Outbox:
    """Give the three calls that a courier needs."""

    async def due(now: datetime) -> Sequence[Undelivered]:
        found = await ledger.read(lambda tx: alerts.due(tx, now))
        return tuple(
            Undelivered(
                alert.id,
                Message(alert.title, alert.body, Level(alert.level.value)),
                alert.created_at,
                alert.tries,
            )
            for alert in found
        )

    async def delivered(alert_id: int, at: datetime) -> None:
        await ledger.write(lambda tx: alerts.delivered(tx, alert_id, at))

    async def failed(alert_id: int, error: str, next_try_at: datetime) -> None:
        await ledger.write(lambda tx: alerts.failed(tx, alert_id, error, next_try_at))

    return Outbox(due=due, delivered=delivered, failed=failed)
