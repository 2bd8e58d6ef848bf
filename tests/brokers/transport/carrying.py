"""A door whose requests a test answers itself, in virtual time."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from botd.brokers.transport.budget import Quota, RequestBudget
from botd.brokers.transport.credentials import Credentials, StaticCredentials
from botd.brokers.transport.door import Carriers, HttpDoor
from botd.clock import VirtualClock

CANARY = "canary-0123456789"
Handler = Callable[[httpx.Request], Awaitable[httpx.Response]]


@dataclass
class Carrier(httpx.AsyncBaseTransport):
    """Answers with *handler*, and keeps what it was sent."""

    handler: Handler
    requests: list[httpx.Request] = field(default_factory=list)
    is_closed: bool = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return await self.handler(request)

    async def aclose(self) -> None:
        self.is_closed = True


def answering(*replies: httpx.Response | Exception) -> Carrier:
    """Give the replies in turn, the last one for ever."""
    left = list(replies)

    async def handler(request: httpx.Request) -> httpx.Response:
        reply = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(reply, Exception):
            raise reply
        return httpx.Response(
            reply.status_code, headers=reply.headers, content=reply.content, request=request
        )

    return Carrier(handler)


def quota_of(headers: Mapping[str, str]) -> Quota | None:
    """Read the headers of a made-up dialect: `x-left` and `x-reset`, epoch seconds."""
    if "x-left" not in headers:
        return None
    resets_at = datetime.fromtimestamp(int(headers["x-reset"]), UTC)
    return Quota(None, int(headers["x-left"]), resets_at)


def keys() -> StaticCredentials:
    """Make credentials whose value is the canary."""
    return StaticCredentials(lambda: {"X-Key": CANARY})


def door(
    clock: VirtualClock,
    orders: httpx.AsyncBaseTransport,
    reads: httpx.AsyncBaseTransport | None = None,
    *,
    credentials: Credentials | None = None,
    per_minute: int | None = None,
) -> HttpDoor:
    """Make a door before *orders* and *reads*; one carrier may be both."""
    return HttpDoor(
        base_url="https://broker.test/v1/",
        clock=clock,
        budget=RequestBudget(clock, per_minute=per_minute),
        credentials=credentials or keys(),
        quota=quota_of,
        carriers=Carriers(orders, reads or orders),
        headers={"User-Agent": "botd-test/1", "Accept-Version": "20261001"},
    )
