"""The push stream in virtual time: when it connects, wakes, tries again and gives up nothing."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from websockets.exceptions import ConnectionClosedError

from botd.brokers.transport.fields import Fields, parse_json
from botd.brokers.transport.stream import Frame, Heartbeat, Line, PushStream
from botd.clock import VirtualClock
from botd.errors import BrokerUnavailable
from tests.brokers.transport.virtual import START, at, pause, play, settle


@dataclass
class Exchange:
    """A server's end: what it was sent, and what it sends. Frames come from *scripts*."""

    clock: VirtualClock
    scripts: list[Sequence[tuple[float, Frame | Exception]]]  # seconds after the one before
    dialled_at: list[datetime] = field(default_factory=list)
    received: list[Frame] = field(default_factory=list)
    is_open: bool = False

    def dial(self, url: str) -> AbstractAsyncContextManager[Line]:
        assert "wss://push.test" == url
        return self._dialled()

    @asynccontextmanager
    async def _dialled(self) -> AsyncGenerator[Line, None]:
        self.dialled_at.append(self.clock.now())
        script = list(self.scripts.pop(0) if self.scripts else [])
        if script and script[0][0] < 0:
            raise OSError("connection refused")
        self.is_open = True
        try:
            yield End(self, script)
        finally:
            self.is_open = False


@dataclass
class End:
    exchange: Exchange
    script: list[tuple[float, Frame | Exception]]

    async def send(self, frame: Frame) -> None:
        self.exchange.received.append(frame)

    async def recv(self) -> Frame:
        if not self.script:
            await pause(self.exchange.clock, 1_000_000)
        after, frame = self.script.pop(0)
        await pause(self.exchange.clock, after)
        if isinstance(frame, Exception):
            raise frame
        return frame


REFUSED = [(-1.0, "")]


def is_order(frame: Frame) -> bool:
    body = frame if isinstance(frame, bytes) else frame.encode()
    return Fields.of(parse_json(body)).text("stream") == "order"


def stream_of(exchange: Exchange) -> PushStream:
    return PushStream("wss://push.test", exchange.clock, is_news=is_order, dial=exchange.dial)


async def wakes(stream: PushStream, clock: VirtualClock, until: float) -> list[datetime]:
    """Wait again and again until *until*, and tell when it woke."""
    woken: list[datetime] = []
    while True:
        try:
            await clock.within(stream.wait(), at(until))
        except TimeoutError:
            await stream.aclose()
            return woken
        woken.append(clock.now())


def woken(
    *scripts: Sequence[tuple[float, Frame | Exception]], until: float = 900
) -> tuple[list[datetime], list[datetime]]:
    """Play connections, one script each; tell when it woke and when it dialled."""

    async def main(clock: VirtualClock) -> tuple[list[datetime], list[datetime]]:
        exchange = Exchange(clock, list(scripts))
        found = await wakes(stream_of(exchange), clock, until)
        assert not exchange.is_open
        return found, exchange.dialled_at

    return play(main)


def test_nobody_waits_nobody_connects() -> None:
    """A stream that was made and closed never dialled."""

    async def main(clock: VirtualClock) -> list[datetime]:
        exchange = Exchange(clock, [])
        stream = stream_of(exchange)
        await pause(clock, 60)
        await stream.aclose()
        return exchange.dialled_at

    assert [] == play(main)


@pytest.mark.parametrize("news", ['{"stream": "order"}', b'{"stream": "order"}'])
def test_news_wakes(news: Frame) -> None:
    """Text or bytes: each frame with news wakes who waits."""
    assert ([at(3), at(5)], [START]) == woken([(3, news), (2, news)])


@pytest.mark.parametrize(
    "garbage",
    ["", "<html>", "7", "[]", "{}", '{"stream": null}', '{"stream": []}', b"\xff\x00", "[" * 9000],
    ids=lambda frame: str(frame[:12]),
)
def test_garbage_is_ignored(garbage: Frame) -> None:
    """A frame that nobody understands neither wakes nor ends the connection."""
    assert ([at(2)], [START]) == woken([(1, garbage), (1, '{"stream": "order"}')])


def test_news_is_not_lost_between_two_waits() -> None:
    """What comes while nobody waits wakes the next at once, and once."""

    async def main(clock: VirtualClock) -> list[datetime]:
        news = '{"stream": "order"}'
        stream = stream_of(Exchange(clock, [[(1, news), (1, news), (1, news)]]))
        await stream.wait()
        await pause(clock, 9)
        return await wakes(stream, clock, 100)

    assert [at(10)] == play(main)


def test_connected_again_is_news() -> None:
    """What happened meanwhile nobody told: the list of orders must be read."""
    closed = ConnectionClosedError(None, None)

    assert ([at(6)], [START, at(6)]) == woken([(5, closed)], [])


def test_pauses_double_to_half_a_minute() -> None:
    """A server that is away is not hammered."""
    _, dialled = woken(*[REFUSED] * 9, until=130)

    assert [at(each) for each in (0, 1, 3, 7, 15, 31, 61, 91, 121)] == dialled


def test_a_connection_that_held_makes_the_next_pause_small() -> None:
    """Only failures in a row are waited out."""
    held = [(30, EOFError())]

    _, dialled = woken(REFUSED, REFUSED, REFUSED, held, [])

    assert [at(0), at(1), at(3), at(7), at(38)] == dialled


@pytest.mark.parametrize(
    "failure",
    [
        BrokerUnavailable("no session"),
        OSError("gone"),
        ValueError("odd"),
        KeyError("token"),
        TimeoutError(),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_failing_opening_reaches_nobody(failure: Exception) -> None:
    """A session that cannot be had now is asked for again, and who waits hears nothing."""

    async def main(clock: VirtualClock) -> tuple[list[datetime], list[Frame]]:
        exchange = Exchange(clock, [[], [(1, '{"stream": "order"}')]])
        failures = [failure]

        async def opening() -> Sequence[Frame]:
            if failures:
                raise failures.pop()
            return ("hello", b"there")

        stream = PushStream(
            "wss://push.test", clock, is_news=is_order, opening=opening, dial=exchange.dial
        )
        return await wakes(stream, clock, 60), exchange.received

    assert ([at(2)], ["hello", b"there"]) == play(main)


def test_heartbeats_are_sent_and_made_anew() -> None:
    """Each carries the token of its moment; they stop with the connection."""

    async def main(clock: VirtualClock) -> list[Frame]:
        exchange = Exchange(clock, [[(25, EOFError())], []])

        async def frame() -> Frame:
            return f"beat at {(clock.now() - START).total_seconds():.0f}"

        stream = PushStream(
            "wss://push.test",
            clock,
            is_news=is_order,
            heartbeat=Heartbeat(timedelta(seconds=10), frame),
            dial=exchange.dial,
        )
        await wakes(stream, clock, 40)
        return exchange.received

    assert ["beat at 10", "beat at 20", "beat at 36"] == play(main)


def test_a_failing_heartbeat_leaves_the_connection() -> None:
    """Without a token for it the server would go silent anyway."""

    async def main(clock: VirtualClock) -> list[datetime]:
        exchange = Exchange(clock, [])

        async def frame() -> Frame:
            raise BrokerUnavailable("no access token")

        stream = PushStream(
            "wss://push.test",
            clock,
            is_news=is_order,
            heartbeat=Heartbeat(timedelta(seconds=10), frame),
            dial=exchange.dial,
        )
        await wakes(stream, clock, 20)
        return exchange.dialled_at

    assert [START, at(11)] == play(main)


def test_a_cancelled_waiter_ends_nothing() -> None:
    """The engine waits with a bound; the connection stays, and the next wait works."""

    async def main(clock: VirtualClock) -> tuple[list[datetime], list[datetime]]:
        exchange = Exchange(clock, [[(5, '{"stream": "order"}')]])
        stream = stream_of(exchange)
        waiting = asyncio.create_task(stream.wait())
        await pause(clock, 1)
        waiting.cancel()
        await settle([waiting])
        return await wakes(stream, clock, 60), exchange.dialled_at

    assert ([at(5)], [START]) == play(main)
