"""An Alpaca whose every answer a test writes, and an adapter before it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx

from botd.brokers.alpaca.adapter import AlpacaAccess, AlpacaBroker
from botd.brokers.port import Environment
from botd.brokers.transport.door import Carriers
from tests.brokers.alpaca.answers import AT
from tests.brokers.paper.day import HandClock

Answering = Callable[["Asked"], tuple[int, object]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived."""

    method: str
    host: str
    path: str
    query: dict[str, str]
    body: object
    headers: httpx.Headers


@dataclass
class Hosts(httpx.AsyncBaseTransport):
    """Both hosts: each request is kept, and answered by a function."""

    answer: Answering
    asked: list[Asked] = field(default_factory=list)
    is_closed: bool = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer as the function says; bytes go out as they are."""
        content = await request.aread()
        asked = Asked(
            method=request.method,
            host=request.url.host,
            path=request.url.path,
            query=dict(request.url.params.multi_items()),
            body=json.loads(content) if content else None,
            headers=request.headers,
        )
        self.asked.append(asked)
        status, found = self.answer(asked)
        body = found if isinstance(found, bytes) else json.dumps(found).encode()
        return httpx.Response(status, content=body)

    async def aclose(self) -> None:
        """Remember that nothing is to come."""
        self.is_closed = True

    def paths(self) -> list[str]:
        """Tell what was asked for, in order."""
        return [each.path for each in self.asked]

    def queries(self, name: str) -> Sequence[str | None]:
        """Tell one field of each query, in order."""
        return [each.query.get(name) for each in self.asked]


def broker_of(
    hosts: Hosts, clock: HandClock | None = None, *, stream_url: str | None = None
) -> AlpacaBroker:
    """Make an adapter before *hosts*."""
    access = AlpacaAccess(
        trading_url="https://trading.invalid",
        data_url="https://data.invalid",
        environment=Environment.PAPER,
        key_id=lambda: "KEY",
        secret_key=lambda: "hidden-secret",
        stream_url=stream_url,
    )
    return AlpacaBroker(
        access, clock or HandClock(AT), carriers=Carriers(orders=hosts, reads=hosts)
    )
