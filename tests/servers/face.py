"""
A dialect over the exchange, and how a client reaches it: in process, or through `serve`.

Both ways go through a `Gate`, which counts requests, keeps to the quota and lets faults
happen; a face only reads requests and words answers.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol
from urllib.parse import parse_qsl

import httpx

from botd.clock import Clock
from tests.servers.exchange import Exchange
from tests.servers.faults import Call, Fault, FaultKind, Faults
from tests.servers.limits import RateLimits, Standing
from tests.servers.orders import ExchangeOrder

_UNAVAILABLE, _TEMPORARY, _TOO_MANY = 503, 307, 429
_PATIENCE = 60.0  # seconds, of a client that sets itself no bound


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived."""

    method: str
    path: str  # decoded, without the query
    query: tuple[tuple[str, str], ...]  # decoded, in order
    headers: Mapping[str, str]  # by lower-case name
    body: bytes = b""
    host: str = ""

    def asked(self, name: str) -> str | None:
        """Give the first value of a query's field; None: it is not there."""
        return next((value for key, value in self.query if key == name), None)

    def all_asked(self, name: str) -> tuple[str, ...]:
        """Give all values of a query's field."""
        return tuple(value for key, value in self.query if key == name)

    @property
    def form(self) -> tuple[tuple[str, str], ...]:
        """The body as a form."""
        return tuple(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Frame = str | bytes


class PushSession(Protocol):
    """One WebSocket of a client, as a dialect speaks on it."""

    def hear(self, frame: Frame) -> Sequence[Frame]:
        """Give what is answered to a frame of the client."""
        ...

    def tell(self, event: str, order: ExchangeOrder) -> Sequence[Frame]:
        """Give what is said when something happens to an order; nothing before it may be."""
        ...


class Face(Protocol):
    """A dialect over one exchange."""

    exchange: Exchange

    def handle(self, request: Request) -> Reply:
        """Do what is asked, and answer."""
        ...

    def call_of(self, request: Request) -> Call:
        """Tell what a request is."""
        ...

    def bucket(self, request: Request) -> tuple[str, int] | None:
        """Name the bucket a request counts in, and its limit per minute; None: no limit."""
        ...

    def quota_headers(self, standing: Standing) -> Mapping[str, str]:
        """Tell a bucket's standing, as on every answer; empty where the dialect has none."""
        ...

    def too_many(self, standing: Standing | None) -> Reply:
        """Word a 429; None: of a bucket that nobody knows."""
        ...

    def unauthorized(self) -> Reply:
        """Word a 401."""
        ...

    def push(self, path: str) -> PushSession | None:
        """Open a WebSocket at a path; None: there is none."""
        ...


class Loss(Enum):
    """How a client gets no answer."""

    NOBODY = "nobody"  # no connection
    RESET = "reset"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Passage:
    """What becomes of a request at the gate."""

    reply: Reply | None
    loss: Loss | None = None
    wait: timedelta = timedelta(0)  # before the answer


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that was made, when, and the status it was answered with; None: no answer."""

    at: datetime
    call: Call
    request: Request
    status: int | None


Wait = Callable[[timedelta], Awaitable[None]]


class Gate:
    """What stands before a face: counters, quota, faults."""

    def __init__(self, face: Face, faults: Faults | None = None) -> None:
        self.face = face
        self.faults = faults or Faults()
        self.visits: list[Visit] = []
        self._limits = RateLimits(face.exchange.now)

    @property
    def requests(self) -> int:
        """How many requests came, also those that were not answered."""
        return len(self.visits)

    @property
    def too_many(self) -> int:
        """How many requests were answered with 429."""
        return sum(visit.status == _TOO_MANY for visit in self.visits)

    @property
    def by_call(self) -> Counter[Call]:
        """How many requests came of each kind."""
        return Counter(visit.call for visit in self.visits)

    async def pass_through(self, request: Request, wait: Wait) -> Passage:
        """Let a request through to the face, or let it meet its fault; *wait* lets time pass."""
        call = self.face.call_of(request)
        at = self.face.exchange.now()
        body = request.body.decode("utf-8", "replace")
        fault = self.faults.meet(request.method, request.path, call, body)
        passage = await self._passage(request, fault, wait)
        status = passage.reply.status if passage.reply and not passage.loss else None
        self.visits.append(Visit(at, call, request, status))
        return passage

    async def _passage(self, request: Request, fault: Fault | None, wait: Wait) -> Passage:
        if fault is None:
            return Passage(self._counted(request))
        if fault.kind in _INSTEAD:
            return Passage(_instead(self.face, fault))
        if fault.kind in _LOSSES:
            is_arriving, loss = _LOSSES[fault.kind]
            return Passage(self._counted(request) if is_arriving else None, loss)
        if fault.kind is FaultKind.LATE_ARRIVAL:
            await wait(fault.duration)
        reply = self._counted(request)
        if fault.kind is FaultKind.TWICE:
            reply = self._counted(request)
        if fault.kind is FaultKind.ERROR_AFTER:
            reply = Reply(fault.status or _UNAVAILABLE, fault.body, fault.headers)
        if fault.kind is FaultKind.ODD_BODY:
            reply = Reply(fault.status or reply.status, fault.body, reply.headers)
        is_late = fault.kind is FaultKind.LATE_ANSWER
        return Passage(reply, wait=fault.duration if is_late else timedelta(0))

    def _counted(self, request: Request) -> Reply:
        found = self.face.bucket(request)
        if found is None:
            return self.face.handle(request)
        is_taken, standing = self._limits.take(*found)
        if not is_taken:
            return self.face.too_many(standing)
        reply = self.face.handle(request)
        headers = {**reply.headers, **self.face.quota_headers(standing)}
        return Reply(reply.status, reply.body, headers)


_INSTEAD = frozenset(
    {
        FaultKind.REFUSE,
        FaultKind.ERROR_BEFORE,
        FaultKind.TOO_MANY,
        FaultKind.UNAUTHORIZED,
        FaultKind.REDIRECT,
    },
)
_LOSSES = {
    FaultKind.LOSE_BEFORE: (False, Loss.RESET),
    FaultKind.LOSE_AFTER: (True, Loss.RESET),
    FaultKind.HANG_BEFORE: (False, Loss.SILENCE),
    FaultKind.HANG_AFTER: (True, Loss.SILENCE),
    FaultKind.CUT_OFF: (False, Loss.NOBODY),
}


def _instead(face: Face, fault: Fault) -> Reply:
    """Give the answer to a request that does not get to the face."""
    if fault.kind is FaultKind.TOO_MANY:
        return face.too_many(None)
    if fault.kind is FaultKind.UNAUTHORIZED:
        return face.unauthorized()
    usual = _TEMPORARY if fault.kind is FaultKind.REDIRECT else _UNAVAILABLE
    return Reply(fault.status or usual, fault.body, fault.headers)


class FaceTransport(httpx.AsyncBaseTransport):
    """A gate as the far end of an httpx client, in process; time passes on *clock* only."""

    def __init__(self, gate: Gate, clock: Clock) -> None:
        self.gate = gate
        self._clock = clock

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer, or raise what httpx raises where no answer comes."""
        patience = _patience(request)
        give_up_at = self._clock.now() + patience

        async def wait(duration: timedelta) -> None:
            await self._clock.sleep_until(self._clock.now() + duration)

        passage = await self.gate.pass_through(await _read(request), wait)
        if passage.loss is Loss.NOBODY:
            raise httpx.ConnectError("connection refused", request=request)
        if passage.loss is Loss.RESET:
            raise httpx.ReadError("connection reset by peer", request=request)
        answer_at = self._clock.now() + passage.wait
        if passage.loss is Loss.SILENCE or answer_at > give_up_at or passage.reply is None:
            await self._clock.sleep_until(give_up_at)
            raise httpx.ReadTimeout("timed out", request=request)
        await self._clock.sleep_until(answer_at)
        reply = passage.reply
        return httpx.Response(reply.status, headers=dict(reply.headers), content=reply.body)


def _patience(request: httpx.Request) -> timedelta:
    bounds: Mapping[str, float | None] = request.extensions.get("timeout", {})
    return timedelta(seconds=bounds.get("read") or _PATIENCE)


async def _read(request: httpx.Request) -> Request:
    return Request(
        method=request.method,
        path=request.url.path,
        query=tuple(parse_qsl(request.url.query.decode(), keep_blank_values=True)),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=await request.aread(),
        host=request.url.host,
    )
