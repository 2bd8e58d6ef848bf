"""What an exchange with a broker comes to: one row for each thing that can happen."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
import pytest

from botd.brokers.transport.answer import Answer, Lane
from botd.brokers.transport.budget import RequestBudget
from botd.brokers.transport.credentials import StaticCredentials
from botd.brokers.transport.door import Carriers, HttpDoor
from botd.clock import VirtualClock
from botd.errors import BrokerError, BrokerUnavailable, ConfigError, OutcomeUnknown
from tests.brokers.transport.carrying import CANARY, Carrier, answering, door, quota_of
from tests.brokers.transport.virtual import START, at, pause, play

MIB = 1024 * 1024
SECOND = timedelta(seconds=1)


class Renewable:
    """Credentials whose renewal a test decides."""

    def __init__(self, *outcomes: bool | BrokerError) -> None:
        self.outcomes = list(outcomes)
        self.number = 1

    async def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {CANARY}-{self.number}"}

    async def renew(self, stale: Mapping[str, str]) -> bool:
        assert await self.headers() == stale
        self.number += 1
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, BrokerError):
            raise outcome
        return outcome


def asked(carrier: Carrier, lane: Lane = Lane.ORDER, *, times: int = 1) -> Answer:
    """Ask through *carrier*, *times* in all, and return the last answer."""

    async def main(clock: VirtualClock) -> Answer:
        it = door(clock, carrier)
        for _ in range(times - 1):
            await it.ask("GET", "/orders", lane=lane)
        return await it.ask("POST", "/orders", lane=lane)

    return play(main)


def failure(carrier: Carrier, lane: Lane = Lane.ORDER) -> BrokerError:
    """Ask, and return what was raised."""
    with pytest.raises(BrokerError) as raised:
        asked(carrier, lane)
    return raised.value


@dataclass
class Slow:
    """Credentials that come late."""

    clock: VirtualClock
    first: float  # seconds
    other: float = 0.0

    async def headers(self) -> Mapping[str, str]:
        await pause(self.clock, self.first)
        return {"Authorization": f"Bearer {CANARY}"}

    async def renew(self, stale: Mapping[str, str]) -> bool:
        assert stale
        await pause(self.clock, self.other)
        return True


@pytest.mark.parametrize(
    ("first", "other", "requests"),
    [pytest.param(60, 0, 0, id="the first"), pytest.param(0, 60, 1, id="after a 401")],
)
def test_an_order_that_waited_for_a_token_was_taken_for_unknown(
    first: float, other: float, requests: int
) -> None:
    """Its caller gives up after eight seconds; by then it is known that nothing was sent."""
    carrier = answering(httpx.Response(401))

    async def main(clock: VirtualClock) -> None:
        it = door(clock, carrier, credentials=Slow(clock, first, other))
        with pytest.raises(BrokerUnavailable, match="in time"):
            await clock.within(it.ask("POST", "/orders", lane=Lane.ORDER), at(8))

    play(main)
    assert requests == len(carrier.requests)


@pytest.mark.parametrize(
    ("expected", "error"),
    [
        (BrokerUnavailable, httpx.ConnectError("[Errno -2] Name or service not known")),
        (BrokerUnavailable, httpx.ConnectTimeout("")),
        (BrokerUnavailable, httpx.PoolTimeout("")),
        (OutcomeUnknown, httpx.ReadTimeout("")),
        (OutcomeUnknown, httpx.WriteTimeout("")),
        (OutcomeUnknown, httpx.ReadError("")),
        (OutcomeUnknown, httpx.WriteError("")),
        (OutcomeUnknown, httpx.CloseError("")),
        (OutcomeUnknown, httpx.RemoteProtocolError("Server disconnected")),
        (OutcomeUnknown, httpx.LocalProtocolError(f"Illegal header value b'{CANARY}'")),
        (OutcomeUnknown, httpx.UnsupportedProtocol("")),
        (OutcomeUnknown, httpx.DecodingError("")),
        (OutcomeUnknown, httpx.StreamClosed()),
        (OutcomeUnknown, ConnectionResetError(104, "reset")),
        (OutcomeUnknown, RuntimeError("the pool is closed")),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else type(value).__name__,
)
def test_broken_exchanges(expected: type[BrokerError], error: Exception) -> None:
    """Only what surely sent nothing may be repeated."""
    found = failure(answering(error))

    assert expected is type(found)
    assert type(error).__name__ in str(found)


@pytest.mark.parametrize(
    ("expected", "status"),
    [
        (OutcomeUnknown, 199),
        (None, 200),
        (None, 204),
        (None, 299),
        (OutcomeUnknown, 300),
        (OutcomeUnknown, 302),
        (OutcomeUnknown, 308),
        (OutcomeUnknown, 399),
        (None, 400),
        (BrokerUnavailable, 401),
        (None, 403),
        (None, 404),
        (None, 407),
        (OutcomeUnknown, 408),
        (None, 409),
        (None, 422),
        (BrokerUnavailable, 429),
        (None, 499),
        (OutcomeUnknown, 500),
        (OutcomeUnknown, 504),
        (OutcomeUnknown, 600),
    ],
)
def test_statuses(expected: type[BrokerError] | None, status: int) -> None:
    """Each class of statuses on its edges; None: the adapter reads the answer."""
    carrier = answering(httpx.Response(status, headers={"location": "/other"}, content=b"why"))

    if expected is None:
        assert Answer(status, {"location": "/other", "content-length": "3"}, b"why") == asked(
            carrier
        )
    else:
        found = failure(carrier)
        assert expected is type(found)
        assert f"POST https://broker.test/v1/orders: {status} why" == str(found)
        assert (status == 401) is getattr(found, "is_auth", False)
    assert 1 == len(carrier.requests)


def test_a_request_is_sent_as_it_was_asked() -> None:
    """Method, path, query in order, body, our own headers and the credentials arrive."""
    carrier = answering(httpx.Response(200))

    async def main(clock: VirtualClock) -> None:
        await door(clock, carrier).ask(
            "POST",
            "/accounts/7/orders",
            lane=Lane.ORDER,
            params=[("b", "2"), ("a", "x y"), ("b", "1")],
            json={"price": "1.05", "legs": [1]},
        )

    play(main)
    [request] = carrier.requests

    assert "POST" == request.method
    assert "https://broker.test/v1/accounts/7/orders?b=2&a=x+y&b=1" == str(request.url)
    assert {"price": "1.05", "legs": [1]} == json.loads(request.content)
    assert {
        "host": "broker.test",
        "accept": "application/json",
        "accept-encoding": "identity",
        "user-agent": "botd-test/1",
        "accept-version": "20261001",
        "x-key": CANARY,
        "content-type": "application/json",
        "content-length": str(len(request.content)),
    } == dict(request.headers)


def test_a_form_keeps_its_order() -> None:
    """Tradier reads indexed fields of a form in the order of the legs."""
    carrier = answering(httpx.Response(200))

    async def main(clock: VirtualClock) -> None:
        form = [("side[0]", "buy_to_close"), ("side[1]", "sell_to_close"), ("tag", "a b")]
        await door(clock, carrier).ask("POST", "/orders", lane=Lane.ORDER, form=form)

    play(main)
    [request] = carrier.requests

    assert b"side%5B0%5D=buy_to_close&side%5B1%5D=sell_to_close&tag=a+b" == request.content
    assert "application/x-www-form-urlencoded" == request.headers["content-type"]


@pytest.mark.parametrize(
    ("expected", "lane"),
    [
        (("orders", 6.0), Lane.ORDER),
        (("orders", 6.0), Lane.CANCEL),
        (("reads", 5.0), Lane.POLL),
        (("reads", 5.0), Lane.READ),
    ],
)
def test_orders_and_reads_go_their_own_ways(expected: tuple[str, float], lane: Lane) -> None:
    """A crowd of reads takes no connection from an order; each wait has its bound."""
    carriers = {name: answering(httpx.Response(200)) for name in ("orders", "reads")}

    async def main(clock: VirtualClock) -> None:
        it = door(clock, carriers["orders"], carriers["reads"])
        await it.ask("GET", "/", lane=lane)
        await it.aclose()

    play(main)
    [(name, request)] = [(name, it) for name, each in carriers.items() for it in each.requests]
    bounds = request.extensions["timeout"]

    assert expected == (name, bounds["read"])
    assert {"connect": 3.0, "write": 3.0, "pool": 2.0} == {
        key: value for key, value in bounds.items() if key != "read"
    }
    assert all(each.is_closed for each in carriers.values())


@pytest.mark.parametrize(
    ("expected", "size", "lane"),
    [
        pytest.param(True, MIB, Lane.ORDER, id="an order's answer of a mebibyte"),
        pytest.param(False, MIB + 1, Lane.CANCEL, id="a byte more"),
        pytest.param(True, 8 * MIB, Lane.POLL, id="a list of 8 MiB"),
        pytest.param(False, 8 * MIB + 1, Lane.READ, id="a byte more than 8 MiB"),
    ],
)
def test_bodies_are_bounded(expected: bool, size: int, lane: Lane) -> None:  # noqa: FBT001
    """What is too large is not read to its end."""
    carrier = answering(httpx.Response(200, content=b"x" * size))

    if expected:
        assert size == len(asked(carrier, lane).body)
    else:
        assert "too large" in str(failure(carrier, lane))


def test_a_compressed_body_is_not_unpacked() -> None:
    """Identity was asked for: a small body that unpacks to gigabytes does no harm."""
    coded = httpx.Response(200, content=b"")
    coded.headers["content-encoding"] = "gzip"

    assert OutcomeUnknown is type(failure(answering(coded)))


class Dripping(httpx.AsyncByteStream):
    """A body that never ends, a byte a second."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await pause(self.clock, 1)
            yield b" "

    async def aclose(self) -> None:
        self.is_closed = True


def test_a_dripping_body_ends() -> None:
    """No answer takes longer than its whole bound, and its connection is let go."""

    async def main(clock: VirtualClock) -> tuple[datetime, bool]:
        body = Dripping(clock)

        async def handler(_: httpx.Request) -> httpx.Response:
            return httpx.Response(200, stream=body)

        with pytest.raises(OutcomeUnknown):
            await door(clock, Carrier(handler)).ask("POST", "/", lane=Lane.ORDER)
        return clock.now(), body.is_closed

    assert (at(12), True) == play(main)


@pytest.mark.parametrize(
    ("expected", "statuses", "outcomes"),
    [
        pytest.param(200, [401, 200], [True], id="renewed"),
        pytest.param(BrokerUnavailable, [401, 401], [True], id="renewed in vain"),
        pytest.param(BrokerUnavailable, [401], [False], id="nothing else to try"),
        pytest.param(BrokerUnavailable, [401], [BrokerUnavailable("x")], id="cannot renew"),
        pytest.param(BrokerUnavailable, [401], [OutcomeUnknown("x")], id="renewal lost"),
        pytest.param(OutcomeUnknown, [401, 500], [True], id="lost after the renewal"),
    ],
)
def test_credentials_are_renewed_once(
    expected: int | type[BrokerError], statuses: list[int], outcomes: list[bool | BrokerError]
) -> None:
    """A 401 did nothing at the broker, so that even an order may be sent again."""
    carrier = answering(*map(httpx.Response, statuses))

    async def main(clock: VirtualClock) -> int | type[BrokerError]:
        it = door(clock, carrier, credentials=Renewable(*outcomes))
        try:
            return (await it.ask("POST", "/orders", lane=Lane.ORDER)).status
        except BrokerError as error:
            return type(error)

    assert expected == play(main)
    assert [f"Bearer {CANARY}-{number + 1}" for number in range(len(statuses))] == [
        request.headers["authorization"] for request in carrier.requests
    ]


@pytest.mark.parametrize("value", ["line\nbreak-" + CANARY, "umläut-" + CANARY, "nul\0-" + CANARY])
def test_odd_credentials_are_not_sent(value: str) -> None:
    """A header cannot hold them, and an error of the HTTP library would repeat them."""
    carrier = answering(httpx.Response(200))

    async def main(clock: VirtualClock) -> BrokerUnavailable:
        keys = StaticCredentials(lambda: {"X-Key": value})
        with pytest.raises(BrokerUnavailable) as raised:
            await door(clock, carrier, credentials=keys).ask("GET", "/", lane=Lane.READ)
        return raised.value

    found = play(main)

    assert found.is_auth
    assert CANARY not in str(found)
    assert [] == carrier.requests


@pytest.mark.parametrize(
    ("expected", "headers"),
    [
        pytest.param(at(7), {"retry-after": "7"}, id="seconds"),
        pytest.param(at(9), {"retry-after": "Fri, 20 Nov 2026 20:30:09 GMT"}, id="a date"),
        pytest.param(at(5), {"x-left": "0", "x-reset": str(int(at(5).timestamp()))}, id="quota"),
        pytest.param(at(1), {}, id="no word"),
        pytest.param(at(1), {"retry-after": "soon"}, id="an odd word"),
        pytest.param(at(1), {"retry-after": "-7"}, id="a negative number"),
        pytest.param(at(900), {"retry-after": "9" * 400}, id="an endless number"),
    ],
)
def test_too_many_requests(expected: datetime, headers: dict[str, str]) -> None:
    """After a 429 the next request goes at the broker's instant, not before."""
    carrier = answering(httpx.Response(429, headers=headers), httpx.Response(200))

    async def main(clock: VirtualClock) -> datetime:
        it = door(clock, carrier)
        while True:
            try:
                await it.ask("GET", "/", lane=Lane.CANCEL)
            except BrokerUnavailable:
                continue
            return clock.now()

    assert expected == play(main)
    assert 2 == len(carrier.requests)


def test_an_empty_quota_is_waited_for() -> None:
    """An answer whose headers say that nothing is left holds the next request back."""
    reset = str(int(at(1).timestamp()))
    carrier = answering(httpx.Response(200, headers={"x-left": "0", "x-reset": reset}))

    async def main(clock: VirtualClock) -> datetime:
        it = door(clock, carrier)
        await it.ask("GET", "/", lane=Lane.READ)
        await it.ask("GET", "/", lane=Lane.READ)
        return clock.now()

    assert at(1) == play(main)


@pytest.mark.parametrize(
    ("expected", "lane"), [(at(2), Lane.ORDER), (at(2), Lane.CANCEL), (at(3), Lane.READ)]
)
def test_without_a_turn_nothing_is_sent(expected: datetime, lane: Lane) -> None:
    """Well before the engine would take it for lost, it hears that nothing was sent."""
    carrier = answering(httpx.Response(200))

    async def main(clock: VirtualClock) -> datetime:
        it = door(clock, carrier, per_minute=1)
        await it.ask("GET", "/", lane=Lane.CANCEL)
        with pytest.raises(BrokerUnavailable, match="budget"):
            await it.ask("POST", "/", lane=lane)
        return clock.now()

    assert expected == play(main)
    assert 1 == len(carrier.requests)


@pytest.mark.parametrize("after", [0.0, 1.0])
def test_a_cancelled_caller_frees_its_place(after: float) -> None:
    """Cancelled on its way, a request occupies its place for a minute and not for ever."""

    async def main(clock: VirtualClock) -> datetime:
        async def handler(_: httpx.Request) -> httpx.Response:
            await pause(clock, 5 if clock.now() < at(10) else 0)
            return httpx.Response(200)

        it = door(clock, Carrier(handler), per_minute=1)
        with pytest.raises(TimeoutError):
            await clock.within(it.ask("GET", "/", lane=Lane.CANCEL), at(after + 0.5))
        await clock.sleep_until(at(59 + after))
        await it.ask("GET", "/", lane=Lane.CANCEL)
        return clock.now()

    assert at(60.5 + after) == play(main)


def secrets_in(error: BaseException | None, seen: set[int] | None = None) -> bool:
    """Whether the canary stands in an error, or in any that it drags along."""
    seen = set() if seen is None else seen
    if error is None or id(error) in seen:
        return False
    seen.add(id(error))
    told = f"{error} {error!r} {vars(error)!r} {error.args!r}"
    request = getattr(error, "_request", None)
    return (
        CANARY in told
        or request is not None
        or secrets_in(error.__cause__, seen)
        or secrets_in(error.__context__, seen)
    )


@pytest.mark.parametrize(
    "reply",
    [
        httpx.LocalProtocolError(f"Illegal header value b'{CANARY}'"),
        httpx.ConnectError(f"refused {CANARY}"),
        httpx.ReadTimeout(CANARY, request=httpx.Request("GET", "https://x.test")),
        httpx.Response(401, content=f"key {CANARY} is unknown".encode()),
        httpx.Response(429, content=f"key {CANARY} asks too much".encode()),
        httpx.Response(503, content=CANARY.encode()),
        httpx.Response(302, headers={"location": f"/?key={CANARY}"}, content=CANARY.encode()),
    ],
    ids=str,
)
def test_no_error_tells_a_credential(
    reply: httpx.Response | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither its words, nor what it holds, nor the errors behind it, nor any log."""
    with caplog.at_level(logging.DEBUG):
        found = failure(answering(reply))

    assert not secrets_in(found)
    assert CANARY not in caplog.text


def test_no_answer_repeats_a_credential() -> None:
    """A refusal that quotes our key is kept without it."""
    quoted = httpx.Response(403, headers={"x-echo": CANARY}, content=f"bad key {CANARY}".encode())

    found = asked(answering(quoted))

    assert ("bad key [hidden]", "[hidden]") == (found.words, found.headers["x-echo"])


def test_other_secrets_are_hidden_too() -> None:
    """What stands in a body, as a refresh token, is no header and secret all the same."""

    async def main(clock: VirtualClock) -> str:
        it = HttpDoor(
            base_url="https://broker.test",
            clock=clock,
            budget=RequestBudget(clock, per_minute=None),
            credentials=StaticCredentials(dict),
            quota=quota_of,
            carriers=Carriers(answering(httpx.Response(400, content=CANARY.encode()))),
            secrets=lambda: [CANARY],
        )
        return (await it.ask("POST", "/", lane=Lane.ORDER, json={"token": CANARY})).words

    assert "[hidden]" == play(main)


def test_credentials_that_cannot_be_read_stop_the_account() -> None:
    """A missing key file is a matter for a person, and nothing was sent."""

    def missing() -> Mapping[str, str]:
        raise ConfigError("accounts.live.key: env 'KEY' is not set")

    async def main(clock: VirtualClock) -> BrokerUnavailable:
        it = door(clock, answering(httpx.Response(200)), credentials=StaticCredentials(missing))
        with pytest.raises(BrokerUnavailable) as raised:
            await it.ask("GET", "/", lane=Lane.READ)
        return raised.value

    found = play(main)

    assert found.is_auth
    assert "accounts.live.key: env 'KEY' is not set" == str(found)


def test_credentials_that_get_lost_mean_that_nothing_was_sent() -> None:
    """A token whose request stays unanswered leaves no doubt about the order."""

    class Lost(Renewable):
        async def headers(self) -> Mapping[str, str]:
            raise OutcomeUnknown("POST /oauth/token: ReadTimeout")

    async def main(clock: VirtualClock) -> None:
        with pytest.raises(BrokerUnavailable, match="ReadTimeout"):
            await door(clock, carrier, credentials=Lost()).ask("POST", "/", lane=Lane.ORDER)

    carrier = answering(httpx.Response(200))
    play(main)

    assert [] == carrier.requests


def test_many_ask_at_once() -> None:
    """Answers go to who asked."""

    async def main(clock: VirtualClock) -> list[bytes]:
        async def handler(request: httpx.Request) -> httpx.Response:
            await pause(clock, 1 if request.url.path.endswith("0") else 0)
            return httpx.Response(200, content=request.url.path.encode())

        it = door(clock, Carrier(handler))
        answers = await asyncio.gather(
            *(it.ask("GET", f"/{number}", lane=Lane.READ) for number in range(20))
        )
        assert START + SECOND == clock.now()
        return [answer.body for answer in answers]

    assert [f"/v1/{number}".encode() for number in range(20)] == play(main)
