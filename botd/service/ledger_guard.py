"""Whether the ledger answers: what feeds systemd's watchdog, and pages when it does not."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from botd.clock import Clock
from botd.errors import LedgerError
from botd.ledger import Ledger, alerts
from botd.notify.message import Level, Message
from botd.service.systemd import Systemd

_EVERY = timedelta(seconds=15)  # where systemd does not say
_PATIENCE = timedelta(seconds=5)
_DEAD = timedelta(minutes=1)  # then only a new process can help
_BROKEN = timedelta(seconds=10)  # for the page to leave; this process writes nothing any more
_WHILE_IT_FAILS = timedelta(seconds=5)
_TELL_AGAIN = timedelta(hours=1)  # a fault that goes on

log = structlog.get_logger("botd.daemon")


class LedgerGuard:
    """
    Asks the ledger again and again.

    Its faults are handed to *deliver* past the ledger, since it is the ledger itself that
    fails; the same one once an hour.
    """

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        systemd: Systemd,
        deliver: Callable[[Message], None],
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._systemd = systemd
        self._deliver = deliver
        self._told_at: dict[str, datetime] = {}
        self._told = asyncio.Event()  # somebody met a fault: ask at once

    async def run(self) -> None:
        """
        Feed systemd's watchdog while loop and ledger answer.

        A transaction that writes nothing shows whether the ledger could be written.

        Raises:
            LedgerError: it has not answered for a minute, or only a new process can write it.
        """
        answered_at = self._clock.now()
        while True:
            self._told.clear()
            fault = await self._ask()
            now = self._clock.now()
            pause = self._systemd.watchdog_every or _EVERY
            if fault is None:
                answered_at = now
                self._systemd.alive()
            else:
                self.tell(fault)
                self._told.clear()
                if now - answered_at >= (_BROKEN if self._ledger.is_broken else _DEAD):
                    raise LedgerError(fault)
                pause = min(pause, _WHILE_IT_FAILS)
            await self._clock.wait(self._told, now + pause)

    async def _ask(self) -> str | None:
        """Say what is wrong with the ledger; None: it answers."""
        answer = self._ledger.write(alerts.undelivered_count)
        try:
            await self._clock.within(answer, self._clock.now() + _PATIENCE)
        except TimeoutError:
            return f"ledger {self._ledger.path}: no answer in {_PATIENCE.seconds} s"
        except LedgerError as error:
            return str(error)
        return None

    def tell(self, fault: str) -> None:
        """Page a fault, unless the same one was paged within the hour."""
        now = self._clock.now()
        told_at = self._told_at.get(fault)
        if told_at is not None and now - told_at < _TELL_AGAIN:
            return
        self._told_at[fault] = now
        self._told.set()
        log.critical("ledger_fault", fault=fault)
        body = f"{fault}\nNothing is sent without a record. Look: botd ledger check"
        self._deliver(Message("the ledger fails", body, Level.PAGE))
