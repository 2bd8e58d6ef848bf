"""Claiming what is due, and recording what was missed: one transaction for all."""

from datetime import datetime

from botd.domain.decision import Reason
from botd.domain.label import label
from botd.domain.schedule import Due, DueAttempt
from botd.engine.attempt import Attempt
from botd.engine.desk import Desk, log
from botd.ledger import alerts, attempts, halts
from botd.ledger.columns import Tx


async def claim(desk: Desk, due: Due, now: datetime) -> tuple[DueAttempt, ...]:
    """
    Claim what is due and record what was missed; give what is ours to carry out.

    Raises:
        LedgerError: nothing was claimed, and nothing may be sent.
    """

    def work(tx: Tx) -> tuple[frozenset[str], list[DueAttempt]]:
        # Row by row: an attempt that was made, perhaps by the daemon before, is no news.
        news = [
            found
            for found in due.missed
            if attempts.missed(tx, (_row(found, now),), desk.owner, Reason.MISSED.value)
        ]
        _tell_missed(tx, desk, news)
        claims = tuple(_row(found, now) for found in due.run)
        return attempts.claim(tx, claims, desk.owner), news

    won, news = await desk.ledger.write(work)
    for found in news:
        log.warning("attempt_missed", position=found.position_id, lead=found.lead)
    return tuple(found for found in due.run if found.position_id in won)


def _tell_missed(tx: Tx, desk: Desk, missed: list[DueAttempt]) -> None:
    """Page what nothing will be tried for any more: its contracts have stopped trading."""
    now = desk.now()
    names = {found.position_id for found in missed if found.closes_at <= now}
    lost = sorted((desk.book[name] for name in names), key=lambda one: one.number)
    if not lost:
        return
    alerts.add(
        tx,
        key=f"missed/{halts.scope_of(desk.key)}/{now:%Y%m%dT%H%M%S}",
        level=alerts.Level.PAGE,
        title=f"{halts.scope_of(desk.key)}: {len(lost)} were missed, T has passed",
        body="\n".join(
            f"{one.number}  {label(one)} ({one.account})  was not tried before it stopped "
            f"trading: botd positions show {one.number}"
            for one in lost
        ),
        at=now,
    )


def claim_one(tx: Tx, desk: Desk, attempt: Attempt) -> None:
    """Claim a person's extra attempt."""
    row = attempts.Claim(attempt.position_id, attempt.due_at, attempt.lead, desk.now(), 0)
    attempts.claim(tx, (row,), desk.owner)


def _row(found: DueAttempt, now: datetime) -> attempts.Claim:
    return attempts.Claim(
        found.position_id, found.due_at, found.lead, now, found.late.total_seconds()
    )
