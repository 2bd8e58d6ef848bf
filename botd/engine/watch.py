"""
One order poll a second for a whole account, and waking whoever waits for an order.

A broker's own word that something changed only brings the next poll forward.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from botd.brokers.port import Broker
from botd.clock import Clock
from botd.domain import budget
from botd.domain.orders import OrderReport
from botd.errors import BrokerError, LedgerError, OutcomeUnknown

_BURST = timedelta(milliseconds=200)
_MINUTE = timedelta(minutes=1)
_EARLY_POLLS = 20  # a minute; the request budget counts one poll a second
_PATIENCE = timedelta(seconds=8)
_DAY = timedelta(days=1)
_OLDEST = timedelta(days=2)  # then the window moves on: a daemon runs for months

Apply = Callable[[tuple[OrderReport, ...]], Awaitable[None]]


class OrderWatch:
    """
    Follows the live orders of one account.

    It polls while anybody waits, hands every report that changed to *apply*, and then
    wakes the waiters. A poll that fails concludes nothing.
    """

    def __init__(self, broker: Broker, clock: Clock) -> None:
        self._broker = broker
        self._clock = clock
        self._apply: Apply | None = None
        self._since: datetime | None = None
        self._seen: dict[str, OrderReport] = {}
        self._waiters: dict[str, set[asyncio.Event]] = {}
        self._news: set[str] = set()  # applied while nobody waited
        self._failure: Exception | None = None
        self._task: asyncio.Task[None] | None = None
        self._asked = self._answered = 0  # lists, by the order in which they were asked for
        self._early: deque[datetime] = deque()  # polls of the last minute that a push caused

    @property
    def every(self) -> timedelta:
        """How often it polls while anybody waits."""
        return budget.poll_every(self._broker.card.requests_per_minute)

    def connect(self, apply: Apply) -> None:
        """Say who takes the reports."""
        self._apply = apply

    def begin_day(self, since: datetime) -> None:
        """Look at orders submitted since *since* from now on."""
        if self._since != since:
            self._since = since
            self._seen.clear()
            self._news.clear()

    async def wait(self, client_order_id: str, until: datetime) -> bool:
        """
        Wait until a report of this order was applied; tell whether one was.

        One that was applied since the last wait counts, too.

        Raises:
            LedgerError: a report could not be written down.
            Exception: the bug that ended the poll.
        """
        if client_order_id in self._news:
            self._news.discard(client_order_id)
            return True
        self._keep_polling()
        event = asyncio.Event()
        waiters = self._waiters.setdefault(client_order_id, set())
        waiters.add(event)
        try:
            is_told = await self._clock.wait(event, until)
        finally:
            waiters.discard(event)
            if not waiters:
                self._waiters.pop(client_order_id, None)
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        return is_told

    def _keep_polling(self) -> None:
        """Begin the poll, or go on with it; a bug in it is no silence."""
        ended, self._task = self._task, None
        if ended is not None and not ended.done():
            self._task = ended
            return
        if ended is not None and not ended.cancelled():
            ended.result()  # raises what ended it
        self._task = asyncio.ensure_future(self._poll())

    async def read(self) -> tuple[OrderReport, ...]:
        """
        Read all orders of the day once, and apply what changed.

        A list that comes after one that was asked for later tells nothing new.

        Raises:
            BrokerError: the broker gave no readable answer.
        """
        now = self._clock.now()
        if self._since is None or now - self._since > _OLDEST:
            self.begin_day(now - _DAY)
        since = self._since or now
        self._asked += 1
        number = self._asked
        try:
            reports = await self._clock.within(self._broker.orders(since), now + _PATIENCE)
        except TimeoutError as error:
            raise OutcomeUnknown("the broker did not list the orders in time") from error
        if number > self._answered:
            self._answered = number
            await self._take(reports)
        return reports

    async def take(self, report: OrderReport) -> None:
        """Apply one report that came another way, also when a poll has seen the same."""
        self._seen.pop(report.client_order_id or "", None)
        await self._take((report,))

    async def stop(self) -> None:
        """End the poll."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _poll(self) -> None:
        while self._waiters:
            await self._until_next()
            try:
                await self.read()
            except BrokerError:
                continue
            except LedgerError as error:
                self._failure = error
                for event in set().union(*self._waiters.values()):
                    event.set()
                return

    async def _until_next(self) -> None:
        """Wait for a second, or until the broker says of its own that an order changed."""
        now = self._clock.now()
        while self._early and now - self._early[0] >= _MINUTE:
            self._early.popleft()
        if not self._broker.card.pushes or len(self._early) >= _EARLY_POLLS:
            await self._clock.sleep_until(now + self.every)
            return
        try:
            await self._clock.within(self._broker.pushed(), now + self.every)
        except TimeoutError:
            return
        self._early.append(self._clock.now())
        # What is pushed comes in bursts: one poll for all of it.
        await self._clock.sleep_until(min(self._clock.now() + _BURST, now + self.every))

    async def _take(self, reports: tuple[OrderReport, ...]) -> None:
        news = tuple(
            report
            for report in reports
            if report.client_order_id and self._seen.get(report.client_order_id) != report
        )
        if not news or self._apply is None:
            return
        await self._apply(news)
        for report in news:
            name = report.client_order_id or ""
            self._seen[name] = report
            for event in self._waiters.get(name, ()):
                event.set()
            if name not in self._waiters:
                self._news.add(name)
