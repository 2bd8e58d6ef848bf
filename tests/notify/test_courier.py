import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from botd.clock import VirtualClock, VirtualTimeLoop
from botd.errors import LedgerError
from botd.notify.courier import Courier, Outbox, Undelivered
from botd.notify.message import Delivery, Level, Message

NOW = datetime(2015, 12, 24, 17, 50, tzinfo=UTC)
PAGE = Undelivered(1, Message("REFUSED", "botd close 3", Level.PAGE), NOW, 0)


@dataclass
class Alerts:
    """Alerts as a ledger keeps them: due again when told so, gone once delivered."""

    waiting: dict[int, tuple[Undelivered, datetime]] = field(default_factory=dict)
    delivered_at: dict[int, datetime] = field(default_factory=dict)
    errors: list[tuple[str, datetime]] = field(default_factory=list)

    def add(self, *alerts: Undelivered) -> None:
        self.waiting |= {alert.alert_id: (alert, alert.created_at) for alert in alerts}

    async def due(self, now: datetime) -> Sequence[Undelivered]:
        return [alert for alert, at in self.waiting.values() if at <= now]

    async def delivered(self, alert_id: int, at: datetime) -> None:
        del self.waiting[alert_id]
        self.delivered_at[alert_id] = at

    async def failed(self, alert_id: int, error: str, next_try_at: datetime) -> None:
        alert, _ = self.waiting[alert_id]
        self.waiting[alert_id] = (replace(alert, tries=alert.tries + 1), next_try_at)
        self.errors.append((error, next_try_at))


@dataclass
class Channels:
    """Channels that take what the next of *answers* says, and everything after that."""

    answers: list[Delivery] = field(default_factory=list)
    heard: list[tuple[Message, frozenset[int]]] = field(default_factory=list)

    async def deliver(self, message: Message, *, skip: frozenset[int] = frozenset()) -> Delivery:
        self.heard.append((message, skip))
        return self.answers.pop(0) if self.answers else Delivery(ok=True)


@pytest.fixture
def loop() -> Iterator[VirtualTimeLoop]:
    running = VirtualTimeLoop(NOW)
    yield running
    running.close()


def courier(loop: VirtualTimeLoop, alerts: Alerts, channels: Channels) -> Courier:
    outbox = Outbox(alerts.due, alerts.delivered, alerts.failed)
    return Courier(outbox, channels.deliver, VirtualClock(loop))


def run_for(loop: VirtualTimeLoop, made: Courier, span: timedelta) -> None:
    async def scene() -> None:
        running = asyncio.ensure_future(made.run())
        await VirtualClock(loop).sleep_until(NOW + span)
        running.cancel()
        await asyncio.wait((running,))

    loop.run_until_complete(scene())


def test_the_most_urgent_goes_first(loop: VirtualTimeLoop) -> None:
    """A page overtakes a warning and news; among equals the oldest goes first."""
    alerts, channels = Alerts(), Channels()
    earlier = NOW - timedelta(seconds=1)
    alerts.add(
        Undelivered(1, Message("news", "", Level.INFO), earlier, 0),
        Undelivered(2, Message("warning", "", Level.WARN), earlier, 0),
        Undelivered(3, Message("second page", "", Level.PAGE), NOW, 0),
        Undelivered(4, Message("first page", "", Level.PAGE), earlier, 0),
    )

    loop.run_until_complete(courier(loop, alerts, channels).deliver_due())

    assert ["first page", "second page", "warning", "news"] == [
        message.title for message, _ in channels.heard
    ]
    assert {1, 2, 3, 4} == set(alerts.delivered_at)


@pytest.mark.parametrize(
    ("expected", "tries", "age"),
    [
        pytest.param(timedelta(seconds=30), 0, timedelta(0), id="first failure"),
        pytest.param(timedelta(minutes=1), 1, timedelta(0), id="second"),
        pytest.param(timedelta(minutes=2), 2, timedelta(0), id="third"),
        pytest.param(timedelta(minutes=5), 3, timedelta(0), id="fourth"),
        pytest.param(timedelta(minutes=15), 4, timedelta(0), id="fifth"),
        pytest.param(timedelta(minutes=15), 40, timedelta(hours=23, minutes=59), id="for a day"),
        pytest.param(timedelta(days=1), 40, timedelta(hours=24), id="then once a day"),
        pytest.param(timedelta(days=1), 0, timedelta(days=9), id="first try after an outage"),
    ],
)
def test_pause(loop: VirtualTimeLoop, expected: timedelta, tries: int, age: timedelta) -> None:
    """Tries move apart, and an alert is never given up."""
    alerts, channels = Alerts(), Channels([Delivery(ok=False, error="away")])
    alerts.add(replace(PAGE, tries=tries, created_at=NOW - age))

    loop.run_until_complete(courier(loop, alerts, channels).deliver_due())

    assert [("away", NOW + expected)] == alerts.errors


def test_an_alert_is_tried_until_it_arrives(loop: VirtualTimeLoop) -> None:
    """Channels that come back after ten minutes get it at the next try."""
    alerts, channels = Alerts(), Channels([Delivery(ok=False, error="away")] * 5)
    alerts.add(PAGE)

    run_for(loop, courier(loop, alerts, channels), timedelta(hours=1))

    assert 5 == len(alerts.errors)
    assert {1} == set(alerts.delivered_at)


def test_only_the_channels_that_refused_are_asked_again(loop: VirtualTimeLoop) -> None:
    """Who has been told isn't told twice; with the last channel it is delivered."""
    alerts = Alerts()
    channels = Channels(
        [
            Delivery(ok=False, error="second and third away", taken=frozenset({0})),
            Delivery(ok=False, error="third away", taken=frozenset({1})),
            Delivery(ok=True, taken=frozenset({2})),
        ]
    )
    alerts.add(PAGE)

    run_for(loop, courier(loop, alerts, channels), timedelta(minutes=5))

    assert [frozenset(), frozenset({0}), frozenset({0, 1})] == [skip for _, skip in channels.heard]
    assert {1} == set(alerts.delivered_at)


@pytest.mark.parametrize(
    ("expected", "age"),
    [
        pytest.param("botd close 3", timedelta(seconds=119), id="fresh"),
        pytest.param(
            "Late: this was written 2015-12-24 17:48:00 UTC.\nbotd close 3",
            timedelta(minutes=2),
            id="two minutes old",
        ),
    ],
)
def test_a_late_message_says_so(loop: VirtualTimeLoop, expected: str, age: timedelta) -> None:
    """Minutes left in a text count from when it was written, so an old one is dated."""
    alerts, channels = Alerts(), Channels()
    alerts.add(replace(PAGE, created_at=NOW - age))

    loop.run_until_complete(courier(loop, alerts, channels).deliver_due())

    assert [expected] == [message.body for message, _ in channels.heard]


def test_a_wake_is_faster_than_the_next_look(loop: VirtualTimeLoop) -> None:
    """An alert that is announced leaves at once; one that isn't, within five seconds."""
    alerts, channels = Alerts(), Channels()
    made = courier(loop, alerts, channels)

    async def announce() -> None:
        clock = VirtualClock(loop)
        await clock.sleep_until(NOW + timedelta(seconds=1))
        alerts.add(PAGE)
        made.wake()
        await clock.sleep_until(NOW + timedelta(seconds=2))
        alerts.add(replace(PAGE, alert_id=2))

    task = loop.create_task(announce())
    run_for(loop, made, timedelta(seconds=10))

    assert task.done()
    assert {1: NOW + timedelta(seconds=1), 2: NOW + timedelta(seconds=6)} == alerts.delivered_at


def test_a_failure_without_words(loop: VirtualTimeLoop) -> None:
    """What isn't taken is kept, even if nobody says why."""
    alerts, channels = Alerts(), Channels([Delivery(ok=False)])
    alerts.add(PAGE)

    loop.run_until_complete(courier(loop, alerts, channels).deliver_due())

    assert [("not taken", NOW + timedelta(seconds=30))] == alerts.errors


def test_a_page_is_not_repeated_while_the_ledger_fails(loop: VirtualTimeLoop) -> None:
    """What a full disk keeps from being recorded has been heard, and is not said again."""
    alerts = Alerts()
    channels = Channels([Delivery(ok=True, taken=frozenset({0, 1}))] * 2)
    alerts.add(PAGE)
    is_full = [True]

    async def delivered(alert_id: int, at: datetime) -> None:
        if is_full.pop():
            raise LedgerError("the disk is full")
        await alerts.delivered(alert_id, at)

    outbox = Outbox(alerts.due, delivered, alerts.failed)
    made = Courier(outbox, channels.deliver, VirtualClock(loop))
    with pytest.raises(LedgerError):
        loop.run_until_complete(made.deliver_due())
    is_full.append(False)
    loop.run_until_complete(made.deliver_due())

    assert [frozenset(), frozenset({0, 1})] == [skip for _, skip in channels.heard]
    assert {1} == set(alerts.delivered_at)


def test_a_day_without_a_channel_is_no_flood(loop: VirtualTimeLoop) -> None:
    """The first failure is a warning with the whole text; no later one is, and it stays due."""
    alerts = Alerts()
    alerts.add(PAGE)
    nobody = [Delivery(ok=False, error="no notification channel is configured")] * 40

    with structlog.testing.capture_logs() as said:
        run_for(loop, courier(loop, alerts, Channels(nobody)), timedelta(hours=4))

    loud = [line for line in said if line["log_level"] != "debug"]
    assert [("alert_undelivered", "REFUSED", "botd close 3")] == [
        (line["event"], line["title"], line["body"]) for line in loud
    ]
    assert len(alerts.errors) > 10
    assert {1} == alerts.waiting.keys()


def test_other_channels_are_asked_from_the_start(loop: VirtualTimeLoop) -> None:
    """Which of the old channels took an alert says nothing about the new ones."""
    alerts, old, new = Alerts(), Channels(), Channels()
    old.answers = [Delivery(ok=False, error="channel 2", taken=frozenset({0}))]
    alerts.add(PAGE)
    made = courier(loop, alerts, old)
    run_for(loop, made, timedelta(seconds=10))

    made.change_channels(new.deliver)
    run_for(loop, made, timedelta(minutes=1))

    assert [frozenset()] == [skip for _, skip in new.heard]
    assert {1} == alerts.delivered_at.keys()
