"""
One case played: an adapter of its own, a clock of its own, and one answer spoiled.

The carrier hands out what was recorded for a request, and the spoiled answer once where it
belongs, or for ever after. What was never recorded gets the answer of the same path, and
else a 404 of nobody's.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import httpx

from botd.brokers.transport.door import Carriers
from botd.clock import VirtualClock, VirtualTimeLoop
from tests.malformed.day import Recording
from tests.malformed.recording import Asked, Ending, Exchanged, Scene, ended
from tests.malformed.tampering import Pace, Tampered, Wardrobe, tamper
from tests.servers.face import Reply

START = datetime.fromisoformat("2015-12-24T00:00:00+00:00")
MOST_REQUESTS = 200  # of one call
LONGEST = timedelta(seconds=120)  # of one call, in virtual time
_MOST_SENT = 9 * 1024 * 1024  # bytes that a reader may take of a body without an end
_CHUNK = b" " * 65_536
_UNKNOWN = Reply(404, b'{"message":"not recorded"}')
_LOGIN = 0.05  # of the cases of a scene with a login
_FOR_EVER = 0.3


class CaseClock(VirtualClock):
    """A loop's time, counted from the instant of a scene."""

    def __init__(self, loop: VirtualTimeLoop, at: datetime) -> None:
        super().__init__(loop)
        self._at = at
        self._began = loop.time()

    def now(self) -> datetime:
        """Tell the instant in the scene."""
        elapsed = self._loop.time() - self._began
        return self._at + timedelta(microseconds=round(elapsed * 1_000_000))


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that was handed out."""

    asked: Asked
    reply: Reply | Tampered


@dataclass(frozen=True, slots=True)
class Case:
    """What is played: a scene, which of its answers is spoiled, and into what."""

    index: int
    scene: Scene
    place: int
    tampered: Tampered
    is_lasting: bool  # every answer to that path is it from then on


@dataclass(slots=True)
class Played:
    """What came of a case."""

    case: Case
    ending: Ending
    given: list[Given] = field(default_factory=list)
    took: timedelta = timedelta(0)


class Cases:
    """All cases of a recording that come from one seed."""

    def __init__(self, recording: Recording, seed: int) -> None:
        self.recording = recording
        self._seed = seed
        self._weights = [_weight(scene) for scene in recording.scenes]
        small = [
            each
            for scene in recording.scenes
            for each in scene.exchanges
            # A token that stands elsewhere is hidden there, which is no fault.
            if not each.asked.is_login and len(each.reply.body) < 30_000
        ]
        self._wardrobe = Wardrobe(small)

    def case(self, index: int) -> Case:
        """Make the case of a number; always the same one."""
        rng = Random(f"{self._seed} {self.recording.name} {index}")  # noqa: S311 - to be had again
        [scene] = rng.choices(self.recording.scenes, self._weights)
        first = 1 if scene.exchanges[0].asked.is_login and len(scene.exchanges) > 1 else 0
        place = rng.randrange(first, len(scene.exchanges))
        if first and rng.random() < _LOGIN:
            place = 0
        tampered = tamper(rng, scene.exchanges[place].reply, self._wardrobe)
        is_lasting = rng.random() < _FOR_EVER and not tampered.kept  # pages differ
        return Case(index, scene, place, tampered, is_lasting)


class TamperingCarrier(httpx.AsyncBaseTransport):
    """The far end of an adapter in one case."""

    def __init__(self, case: Case, clock: CaseClock) -> None:
        self._case = case
        self._clock = clock
        self._left = list(enumerate(case.scene.exchanges))
        self._is_done = False
        self.given: list[Given] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        asked = Asked.of(request)
        reply = self._reply(asked)
        self.given.append(Given(asked, reply))
        assert len(self.given) <= MOST_REQUESTS, "an adapter that does not stop asking"
        if isinstance(reply, Reply):
            return httpx.Response(reply.status, headers=dict(reply.headers), content=reply.body)
        return self._tampered(reply, request)

    def _reply(self, asked: Asked) -> Reply | Tampered:
        place, found = self._recorded(asked)
        spoiled = self._case.scene.exchanges[self._case.place].asked
        is_it = place == self._case.place and not self._is_done
        is_like = self._case.is_lasting and self._is_done and asked.path == spoiled.path
        if is_it or is_like:
            self._is_done = True
            return self._case.tampered
        return _UNKNOWN if found is None else found.reply

    def _recorded(self, asked: Asked) -> tuple[int, Exchanged | None]:
        """Find the answer that was recorded, each once, in its order."""
        for number, (place, each) in enumerate(self._left):
            if each.asked == asked:
                del self._left[number]
                return place, each
        again = [
            (place, each)
            for place, each in enumerate(self._case.scene.exchanges)
            if each.asked.method == asked.method and each.asked.path == asked.path
        ]
        return again[-1] if again else (-1, None)

    def _tampered(self, reply: Tampered, request: httpx.Request) -> httpx.Response:
        if reply.pace is Pace.UNREACHED:
            raise httpx.ConnectError("connection refused", request=request)
        if reply.pace is Pace.NEVER:
            raise httpx.ReadTimeout("timed out", request=request)
        headers = [(name.encode(), value) for name, value in reply.headers]
        if reply.pace is Pace.WHOLE:
            return httpx.Response(reply.status, headers=headers, stream=_Body(reply, self._clock))
        return httpx.Response(reply.status, headers=headers, stream=_Body(reply, self._clock))


class _Body(httpx.AsyncByteStream):
    """The bytes of an answer, as they come."""

    def __init__(self, reply: Tampered, clock: CaseClock) -> None:
        self._reply = reply
        self._clock = clock

    async def __aiter__(self) -> AsyncIterator[bytes]:
        body, pace = self._reply.body, self._reply.pace
        if pace is Pace.WHOLE:
            yield body
        elif pace is Pace.BYTEWISE:
            for start in range(0, len(body), max(7, len(body) // 40)):
                yield body[start : start + max(7, len(body) // 40)]
        elif pace is Pace.ENDLESS:
            for sent in range(0, 2 * _MOST_SENT, len(_CHUNK)):
                assert sent <= _MOST_SENT, "a body without an end is read on and on"
                yield _CHUNK
        elif pace is Pace.SLOW:
            while True:
                await self._clock.sleep_until(self._clock.now() + timedelta(seconds=4))
                yield b" "
        else:
            yield body[: len(body) // 2]
            raise httpx.RemoteProtocolError("peer closed connection")


async def played(recording: Recording, case: Case) -> Played:
    """
    Play one case to its end.

    Raises:
        Exception: whatever escapes from the adapter that is no `BrokerError`.
    """
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    clock = CaseClock(loop, case.scene.at)
    carrier = TamperingCarrier(case, clock)
    broker = recording.broker(Carriers(carrier, carrier), clock)
    ending = await ended(case.scene.ask(broker))
    took = clock.now() - case.scene.at
    await broker.aclose()
    return Played(case, ending, carrier.given, took)


def _weight(scene: Scene) -> float:
    """Say how often a scene is played: orders and lists of ours more often, long ones seldom."""
    usual = {"submit": 2.0, "replace": 8.0, "orders": 10.0, "holdings": 12.0, "look_up": 6.0}
    return min(usual.get(scene.call, 4.0), 150_000 / (scene.size + 1))
