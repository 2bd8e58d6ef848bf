"""
APScheduler, which runs nothing here: at due instants it wakes whoever looks what is due.

Its defaults drop a job that is one second late and cannot see a step of the clock, so
every job may run late, and a ticker makes it look at the clock each second.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler


class WakeScheduler:
    """Calls *wake* at planned instants."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._planned: set[str] = set()
        self._scheduler: Any = AsyncIOScheduler(
            timezone=UTC,  # else it asks the host for its zone
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        """Begin; inside a running loop."""
        self._scheduler.start()

    def plan(self, instants: Iterable[datetime]) -> None:
        """Wake at each of *instants*, and at no others; one job id per instant."""
        wanted = {at.isoformat(): at for at in instants}
        for name in self._planned - wanted.keys():
            if self._scheduler.get_job(name) is not None:
                self._scheduler.remove_job(name)
        for name in wanted.keys() - self._planned:
            self._scheduler.add_job(
                self._due, "date", run_date=wanted[name], id=name, replace_existing=True
            )
        self._planned = set(wanted)

    def tick(self) -> None:
        """Look at the clock again: it may have stepped, or the host have slept."""
        self._scheduler.wakeup()

    def stop(self) -> None:
        """End; nothing that was started is cancelled, because nothing was."""
        self._scheduler.shutdown(wait=False)

    async def _due(self) -> None:
        self._wake()
