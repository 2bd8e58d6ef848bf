"""Giving positions the T of the calendar that counts now."""

from datetime import datetime

from botd.domain.after_close import rescheduled
from botd.domain.position import Position
from botd.domain.session import Sessions
from botd.ledger import Tx, positions


def reschedule(tx: Tx, sessions: Sessions, at: datetime) -> tuple[Position, ...]:
    """
    Write down anew when live positions stop trading; give those for which that is news.

    A calendar changes after an import: by a person's override, by an ad-hoc closure that
    a newer library knows. What has stopped trading already, and what stops beyond the
    calendar's horizon, stays as it is.
    """
    changed = []
    for found in positions.live(tx):
        if found.closes_at is None or found.closes_at <= at:
            continue
        try:
            after = rescheduled(found, sessions)
        except LookupError:
            continue
        if after != found:
            changed.append(
                positions.change(
                    tx,
                    found.id,
                    "rescheduled",
                    lambda before: rescheduled(before, sessions),
                    at=at,
                    by="botd",
                )
            )
    return tuple(changed)
