"""
Takes alerts from the ledger to the channels, in the background.

Nothing that trades waits for it: whoever has something to tell writes an alert to the
ledger and goes on. An alert stays undelivered, and is counted so in `botd status`,
until every channel has taken it. Its first failure is logged as a warning, with the
whole text; later ones are not, or a day without a channel would be a log of nothing
else. Without a channel nobody can be told: each alert goes out once one is configured.

    failure   next try after
    1st       30 s
    2nd       1 min
    3rd       2 min
    4th       5 min
    later     15 min; 24 h for an alert that was written 24 h ago or earlier
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from botd.clock import Clock
from botd.notify.message import Delivery, Level, Message

_PAUSES = tuple(timedelta(seconds=n) for n in (30, 60, 120, 300, 900))
_STALE_AFTER = _STALE_PAUSE = timedelta(hours=24)
_LATE_AFTER = timedelta(minutes=2)  # then the text says when it was written
_LOOK_EVERY = timedelta(seconds=5)  # the command line writes alerts too
_HURRY = {Level.PAGE: 0, Level.WARN: 1, Level.INFO: 2}

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Undelivered:
    """An alert of the ledger that is due for a try."""

    alert_id: int
    message: Message
    created_at: datetime
    tries: int  # failed ones so far


@dataclass(frozen=True, slots=True)
class Outbox:
    """The ledger's alerts, as three calls; a ledger's fault goes through to the caller."""

    due: Callable[[datetime], Awaitable[Sequence[Undelivered]]]  # whose next try is at most now
    delivered: Callable[[int, datetime], Awaitable[None]]
    failed: Callable[[int, str, datetime], Awaitable[None]]  # why, and the next try


class Deliver(Protocol):
    """`Notifier.deliver`."""

    def __call__(self, message: Message, *, skip: frozenset[int] = ...) -> Awaitable[Delivery]:
        """Hand *message* to every channel but those in *skip*."""
        ...


class Courier:
    """
    One alert at a time: the most urgent first, then the oldest.

    It remembers which channels have taken an alert and asks only the others again. A
    restart forgets that: an alert may then come twice on a channel, but not never.
    """

    def __init__(self, outbox: Outbox, deliver: Deliver, clock: Clock) -> None:
        self._outbox = outbox
        self._deliver = deliver
        self._clock = clock
        self._taken: dict[int, frozenset[int]] = {}
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look for alerts now, not within five seconds."""
        self._woken.set()

    def change_channels(self, deliver: Deliver) -> None:
        """Go on with other channels: which of the old ones took an alert says nothing there."""
        self._deliver = deliver
        self._taken.clear()

    async def run(self) -> None:
        """Deliver until cancelled. Raises `LedgerError` when the ledger does."""
        while True:
            self._woken.clear()
            await self.deliver_due()
            await self._clock.wait(self._woken, self._clock.now() + _LOOK_EVERY)

    async def deliver_due(self) -> None:
        """Try every alert that is due once; new and more urgent ones go first."""
        while due := await self._outbox.due(self._clock.now()):
            await self._try(min(due, key=_hurry))

    async def _try(self, alert: Undelivered) -> None:
        now = self._clock.now()
        taken = self._taken.get(alert.alert_id, frozenset())
        delivery = await self._deliver(_dated(alert, now), skip=taken)
        # Kept until it is recorded: a ledger that fails must not repeat a page for ever.
        self._taken[alert.alert_id] = taken | delivery.taken
        if delivery.ok:
            await self._outbox.delivered(alert.alert_id, self._clock.now())
            del self._taken[alert.alert_id]
            return
        await self._fail(alert, delivery.error or "not taken")

    async def _fail(self, alert: Undelivered, error: str) -> None:
        next_try_at = _next_try(alert, self._clock.now())
        said = {"alert_id": alert.alert_id, "error": error, "next_try_at": next_try_at}
        if alert.tries:
            _log.debug("alert_undelivered_again", **said, tries=alert.tries + 1)
        else:  # the whole text, so that the log has what a person did not get
            text = {"title": alert.message.title, "body": alert.message.body}
            _log.warning("alert_undelivered", **said, **text)
        await self._outbox.failed(alert.alert_id, error, next_try_at)


def _next_try(alert: Undelivered, now: datetime) -> datetime:
    if now - alert.created_at >= _STALE_AFTER:
        return now + _STALE_PAUSE
    return now + _PAUSES[min(alert.tries, len(_PAUSES) - 1)]


def _hurry(alert: Undelivered) -> tuple[int, datetime, int]:
    return (_HURRY[alert.message.level], alert.created_at, alert.alert_id)


def _dated(alert: Undelivered, now: datetime) -> Message:
    """Give the message; one that comes late says so, since it may speak of minutes left."""
    if now - alert.created_at < _LATE_AFTER:
        return alert.message
    written = f"{alert.created_at:%Y-%m-%d %H:%M:%S} UTC"
    body = f"Late: this was written {written}.\n{alert.message.body}"
    return replace(alert.message, body=body)
