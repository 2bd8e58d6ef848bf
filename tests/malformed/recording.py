"""
A day of an adapter before its broker's face, kept request by request.

A `Scene` is one call of the port: what was asked, every answer that it was given, and
what came of it. Played again with the same answers it comes to the same.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import httpx

from botd.brokers.port import Broker
from botd.domain.orders import OrderIntent
from botd.errors import BrokerError
from tests.servers.face import Reply

Ask = Callable[[Broker], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What tells one request from another."""

    method: str
    path: str
    query: bytes
    body: bytes

    @classmethod
    def of(cls, request: httpx.Request) -> "Asked":
        """Read a request."""
        return cls(request.method, request.url.path, request.url.query, request.content)

    @property
    def is_order(self) -> bool:
        """Whether it brings a new order, or another price for one."""
        return self.method in {"POST", "PUT", "PATCH"} and "/orders" in self.path

    @property
    def is_login(self) -> bool:
        """Whether it asks for a token."""
        return self.path.endswith(("/oauth/token", "/auth/refresh"))


@dataclass(frozen=True)
class Exchanged:
    """A request and its answer."""

    asked: Asked
    reply: Reply

    @cached_property
    def tree(self) -> object:
        """The answer's JSON; None where it is none."""
        try:
            return json.loads(self.reply.body)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Ending:
    """What came of a call: a value, or an error."""

    value: object = None
    error: Exception | None = None

    @property
    def word(self) -> str:
        """Name it for a table."""
        return "value" if self.error is None else type(self.error).__name__


@dataclass(frozen=True)
class Scene:
    """One call of the port, with all that was said."""

    name: str
    call: str  # the port's own name of it
    ask: Ask
    at: datetime
    exchanges: tuple[Exchanged, ...]
    ending: Ending
    intent: OrderIntent | None = None  # of an order
    wanted: str = ""  # of a look-up: the client order id; of a replacement: the old order's id

    @cached_property
    def size(self) -> int:
        """How many bytes were answered."""
        return sum(len(each.reply.body) for each in self.exchanges)


class Recorder(httpx.AsyncBaseTransport):
    """Passes requests on, and keeps them with their answers."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.heard: list[Exchanged] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass it on."""
        asked = Asked.of(request)
        response = await self._inner.handle_async_request(request)
        body = await response.aread()
        headers = dict(response.headers)
        self.heard.append(Exchanged(asked, Reply(response.status_code, body, headers)))
        return httpx.Response(response.status_code, headers=headers, content=body)


async def ended(call: Awaitable[object]) -> Ending:
    """Await a call that ends in a value or in one of the errors that the port declares."""
    try:
        return Ending(await call)
    except BrokerError as error:
        return Ending(error=error)
