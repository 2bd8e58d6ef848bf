"""
The one door to a broker's HTTP interface.

    nothing was sent          no turn, no name, no connection in time   BrokerUnavailable
    definitely not taken      429; 401 after one renewal (is_auth)      BrokerUnavailable
    may have been taken       a time-out or a break after connecting,   OutcomeUnknown
                              408, 3xx, 5xx, a body too large or coded
    2xx and the other 4xx     the adapter reads it                      Answer

Nothing is repeated, except once after a renewal that followed a 401. Redirects are never
followed, proxies of the environment are not used, TLS is always verified, and no cookie is
kept. A caller may be cancelled at any time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from json import dumps
from urllib.parse import urlencode

import httpx

from botd.brokers.transport.answer import Answer, Lane
from botd.brokers.transport.budget import Quota, RequestBudget, Turn
from botd.brokers.transport.credentials import Credentials
from botd.brokers.transport.dates import http_date
from botd.brokers.transport.redaction import Redactor
from botd.brokers.transport.way import Way
from botd.clock import Clock
from botd.errors import BrokerError, BrokerUnavailable, OutcomeUnknown

_UNAUTHORIZED, _TIMED_OUT, _TOO_MANY = 401, 408, 429
_SUCCESS, _REDIRECT, _CLIENT, _SERVER = 200, 300, 400, 500
_MIB = 1024 * 1024
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_LOST = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError, RuntimeError, ValueError)
_SELF = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "botd/1"}


@dataclass(frozen=True, slots=True)
class _Bounds:
    """What one exchange may take."""

    # Then it is not sent; both together well inside the engine's own patience, after which
    # nobody could tell.
    who: timedelta
    turn: timedelta
    read: float  # seconds without a byte
    whole: timedelta  # from the turn to the last byte
    body: int  # bytes


_ORDERS = _Bounds(timedelta(seconds=3), timedelta(seconds=2), 6.0, timedelta(seconds=12), _MIB)
_READS = _Bounds(timedelta(seconds=4), timedelta(seconds=3), 5.0, timedelta(seconds=20), 8 * _MIB)
_BOUNDS = {Lane.ORDER: _ORDERS, Lane.CANCEL: _ORDERS, Lane.POLL: _READS, Lane.READ: _READS}


@dataclass(frozen=True, slots=True)
class Carriers:
    """What carries requests, orders apart from reads; None: a real connection."""

    orders: httpx.AsyncBaseTransport | None = None
    reads: httpx.AsyncBaseTransport | None = None


class HttpDoor:
    """A broker's base URL, with its budget, credentials and connections."""

    def __init__(
        self,
        *,
        base_url: str,
        clock: Clock,
        budget: RequestBudget,
        credentials: Credentials,
        quota: Callable[[Mapping[str, str]], Quota | None],
        carriers: Carriers,
        headers: Mapping[str, str] | None = None,
        secrets: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        """
        Open nothing yet.

        Args:
            base_url: with its path, without a slash at the end.
            clock: the time.
            budget: may be shared by several doors of one counter.
            credentials: headers that are secret.
            quota: reads a broker's count from headers by lower-case name; None: untold.
            carriers: of requests.
            headers: others than credentials, sent with each request (`User-Agent`, ...).
            secrets: values beside the credentials that no answer may repeat.
        """
        self._base_url = base_url.rstrip("/")
        self._clock = clock
        self._budget = budget
        self._credentials = credentials
        self._quota = quota
        self._headers = httpx.Headers(_SELF)
        self._headers.update(headers or {})
        self._secrets = secrets
        orders, reads = Way(carriers.orders), Way(carriers.reads)
        self._ways = {
            **dict.fromkeys((Lane.ORDER, Lane.CANCEL), orders),
            **dict.fromkeys((Lane.POLL, Lane.READ), reads),
        }

    async def ask(
        self,
        method: str,
        path: str,
        *,
        lane: Lane,
        params: Sequence[tuple[str, str]] = (),
        json: object | None = None,
        form: Sequence[tuple[str, str]] | None = None,
    ) -> Answer:
        """
        Send one request and return the answer, whole, without credentials in it.

        Args:
            method: HTTP's.
            path: from the base URL on, begins with a slash, already quoted.
            lane: what it is for.
            params: the query, in order.
            json: the body, if it is JSON.
            form: the body, if it is a form, in order.

        Raises:
            BrokerUnavailable: it was not sent, or is definitely not taken.
            OutcomeUnknown: it may have been taken.
        """
        query = f"?{urlencode(list(params))}" if params else ""  # httpx would sort equal names
        request = _Request(method, self._base_url + path, query, lane, _body(json, form))
        sent_as = await self._who(request)
        answer = await self._exchange(request, sent_as)
        if answer.status == _UNAUTHORIZED and await self._renewed(request, sent_as):
            answer = await self._exchange(request, await self._who(request))
        return self._taken(request, answer)

    async def aclose(self) -> None:
        """Close all connections."""
        for way in set(self._ways.values()):
            await way.aclose()

    async def _who(self, request: "_Request") -> Mapping[str, str]:
        """Give the credentials; whatever goes wrong, the request was not sent."""
        until = self._clock.now() + _BOUNDS[request.lane].who
        try:
            headers = await self._clock.within(self._credentials.headers(), until)
        except TimeoutError:
            failure = BrokerUnavailable(f"{request}: no credentials in time")
        except OutcomeUnknown as error:
            failure = BrokerUnavailable(str(error))
        else:
            if all(value.isascii() and value.isprintable() for value in headers.values()):
                return headers
            failure = BrokerUnavailable("the credentials hold odd characters", is_auth=True)
        raise failure

    async def _renewed(self, request: "_Request", stale: Mapping[str, str]) -> bool:
        until = self._clock.now() + _BOUNDS[request.lane].who
        try:
            return await self._clock.within(self._credentials.renew(stale), until)
        except TimeoutError:
            failure = BrokerUnavailable(f"{request}: no other credentials in time")
        except OutcomeUnknown as error:
            failure = BrokerUnavailable(str(error))
        raise failure

    async def _exchange(self, request: "_Request", who: Mapping[str, str]) -> Answer:
        """Send *request* once, in its turn; tell the budget what came of it."""
        redactor = Redactor([*who.values(), *self._secrets()])
        turn = await self._turn(request)
        try:
            bounds = _BOUNDS[request.lane]
            until = self._clock.now() + bounds.whole
            found = await self._clock.within(self._carry(request, who, redactor), until)
        except TimeoutError:
            found = OutcomeUnknown(f"{request}: no whole answer in time")
        finally:
            self._budget.end(turn)
        if isinstance(found, BrokerError):
            raise found
        self._count(found)
        return found

    async def _turn(self, request: "_Request") -> Turn:
        until = self._clock.now() + _BOUNDS[request.lane].turn
        try:
            return await self._budget.take(request.lane, until)
        except TimeoutError:
            failure = BrokerUnavailable(f"{request}: the request budget is spent")
        raise failure

    async def _carry(
        self, request: "_Request", who: Mapping[str, str], redactor: Redactor
    ) -> Answer | BrokerError:
        """
        Send and read.

        An error is returned and raised elsewhere, so that it carries no httpx error:
        these hold the request with its headers.
        """
        bounds = _BOUNDS[request.lane]
        try:
            built = request.built(self._headers, who, bounds.read)
            async with self._ways[request.lane].lent() as carrier:
                response = await carrier.handle_async_request(built)
                try:
                    return await _read(request, response, bounds.body, redactor)
                finally:
                    await response.aclose()
        except _NOT_SENT as error:
            return BrokerUnavailable(f"{request}: {_named(error, redactor)}")
        except _LOST as error:
            return OutcomeUnknown(f"{request}: {_named(error, redactor)}")

    def _count(self, answer: Answer) -> None:
        quota = self._quota(answer.headers)
        if quota is not None:
            self._budget.observe(quota)
        if answer.status != _TOO_MANY:
            self._budget.resume()
            return
        at = _retry_at(answer.headers, self._clock.now())
        if at is None and quota is not None and quota.remaining == 0:
            at = quota.resets_at
        self._budget.hold(at)

    def _taken(self, request: "_Request", answer: Answer) -> Answer:
        """Return what the adapter may read; raise what means the same with every broker."""
        status = answer.status
        said = f"{request}: {status} {answer.words[:200]}".rstrip()
        if status == _TOO_MANY:
            raise BrokerUnavailable(said)
        if status == _UNAUTHORIZED:
            raise BrokerUnavailable(said, is_auth=True)
        if answer.is_success or (_CLIENT <= status < _SERVER and status != _TIMED_OUT):
            return answer
        raise OutcomeUnknown(said)


@dataclass(frozen=True, slots=True)
class _Request:
    """One request without its credentials; `str` is how messages name it."""

    method: str
    url: str
    query: str
    lane: Lane
    body: tuple[str, bytes] | None  # content type, bytes

    def __str__(self) -> str:
        return f"{self.method} {self.url}"

    def built(self, ours: httpx.Headers, who: Mapping[str, str], read: float) -> httpx.Request:
        """Make it ready to be sent; *read* in seconds."""
        headers, content = ours.copy(), None
        headers.update(who)
        if self.body is not None:
            headers["content-type"], content = self.body
        return httpx.Request(
            self.method,
            self.url + self.query,
            headers=headers,
            content=content,
            extensions={"timeout": {"connect": 3.0, "write": 3.0, "read": read, "pool": 2.0}},
        )


async def _read(
    request: _Request, response: httpx.Response, bound: int, redactor: Redactor
) -> Answer | BrokerError:
    headers = {name.lower(): redactor.text(value) for name, value in response.headers.items()}
    if headers.get("content-encoding", "identity") != "identity":
        return OutcomeUnknown(f"{request}: {response.status_code} in a coding not asked for")
    body = bytearray()
    if not isinstance(response.stream, httpx.AsyncByteStream):
        raise TypeError("a carrier's body is read asynchronously")
    async for chunk in response.stream:
        body += chunk
        if len(body) > bound:
            return OutcomeUnknown(f"{request}: {response.status_code} with too large a body")
    return Answer(response.status_code, headers, redactor.body(bytes(body)))


def _body(json: object | None, form: Sequence[tuple[str, str]] | None) -> tuple[str, bytes] | None:
    if json is not None:
        return "application/json", dumps(json, allow_nan=False).encode()
    if form is not None:
        return "application/x-www-form-urlencoded", urlencode(list(form)).encode()
    return None


def _named(error: Exception, redactor: Redactor) -> str:
    return redactor.text(f"{type(error).__name__} {error}".strip())[:200]


def _retry_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Read a Retry-After: seconds, or an HTTP date (RFC 9110)."""
    found = headers.get("retry-after", "").strip()
    if found.isascii() and found.isdigit():
        return now + timedelta(seconds=min(int(found[:6]), 86_400))
    return http_date(found)
