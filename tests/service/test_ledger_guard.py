import asyncio
import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
import structlog

from botd.clock import VirtualClock, VirtualTimeLoop
from botd.errors import LedgerError
from botd.notify.message import Level, Message
from botd.service.ledger_guard import LedgerGuard
from tests.engine.market import instant
from tests.service.daemon_world import FailingLedger, Manager

BEGAN = instant("17:00")


@pytest.fixture(autouse=True, scope="module")
def silence() -> Iterator[None]:
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


class Post:
    """A guard in virtual time, over a ledger that may fail."""

    def __init__(self, manager: Manager) -> None:
        self.loop = VirtualTimeLoop(BEGAN)
        self.clock = VirtualClock(self.loop)
        self.ledger = FailingLedger(self.clock)
        self.manager = manager
        self.told: list[Message] = []
        self.guard = LedgerGuard(self.ledger, self.clock, manager, self.told.append)

    def run_for(self, seconds: float) -> None:
        async def scene() -> None:
            running = asyncio.ensure_future(self.guard.run())
            passed = asyncio.ensure_future(
                self.clock.sleep_until(self.clock.now() + timedelta(seconds=seconds))
            )
            await asyncio.wait((running, passed), return_when=asyncio.FIRST_COMPLETED)
            passed.cancel()
            if running.done():
                running.result()
            running.cancel()
            await asyncio.wait((running,))

        self.loop.run_until_complete(scene())

    def shut(self) -> None:
        self.loop.close()
        self.ledger.close()


@pytest.fixture
def post() -> Iterator[Post]:
    made = Post(Manager("@nobody", timedelta(seconds=10)))
    yield made
    made.shut()


def test_the_watchdog_is_fed_while_the_ledger_answers(post: Post) -> None:
    """As often as systemd wants it, from the first moment on."""
    post.run_for(25)

    assert 3 == post.manager.count("WATCHDOG=1")
    assert [] == post.told


def test_without_systemd_the_ledger_is_asked_all_the_same() -> None:
    """Somebody who runs it by hand hears of a ledger that fails, too."""
    post = Post(Manager(None))
    post.ledger.fault = "the disk is full"
    post.run_for(40)
    post.shut()

    assert ["the ledger fails"] == [message.title for message in post.told]


def test_a_silent_ledger_starves_the_watchdog(post: Post) -> None:
    """Waits are bounded: after five seconds a person is told, and nothing is fed."""
    post.run_for(5)
    post.ledger.is_silent = True
    post.run_for(30)

    assert 1 == post.manager.count("WATCHDOG=1")
    [message] = post.told
    assert Level.PAGE is message.level
    assert "no answer in 5 s" in message.body


def test_a_ledger_that_comes_back(post: Post) -> None:
    """The watchdog is fed again."""
    post.ledger.fault = "busy"
    post.run_for(30)
    post.ledger.fault = None
    post.run_for(5)

    assert 1 == post.manager.count("WATCHDOG=1")


def test_a_minute_of_silence_ends_the_process(post: Post) -> None:
    """Only a new process can help then; systemd starts one."""
    post.ledger.fault = "the disk failed"

    with pytest.raises(LedgerError, match="the disk failed"):
        post.run_for(90)

    assert timedelta(seconds=60) == post.clock.now() - BEGAN


class BrokenLedger(FailingLedger):
    """It failed so that this process will not write it again."""

    @property
    def is_broken(self) -> bool:
        return self.fault is not None


def test_a_broken_ledger_cost_the_last_minute(post: Post) -> None:
    """Where only a new process can write, it is begun as soon as the page has left."""
    post.ledger.close()
    post.ledger = BrokenLedger(post.clock)
    post.guard = LedgerGuard(post.ledger, post.clock, post.manager, post.told.append)
    post.run_for(7)
    post.ledger.fault = "the disk failed"
    post.guard.tell("the disk failed")

    with pytest.raises(LedgerError, match="the disk failed"):
        post.run_for(90)

    assert timedelta(seconds=7 + 15) >= post.clock.now() - BEGAN
    assert ["the ledger fails"] == [message.title for message in post.told]


def test_a_fault_that_goes_on_is_told_once_an_hour(post: Post) -> None:
    """Another fault is told at once."""

    async def scene() -> None:
        for minutes in (0, 30, 59, 60):
            await post.clock.sleep_until(BEGAN + timedelta(minutes=minutes))
            post.guard.tell("the disk is full")
        post.guard.tell("it is damaged")

    post.loop.run_until_complete(scene())

    assert ["the disk is full", "the disk is full", "it is damaged"] == [
        message.body.splitlines()[0] for message in post.told
    ]
