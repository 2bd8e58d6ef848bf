"""Access tokens for twenty minutes, and the cookie that renews them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from botd.brokers.intotes.access import IntotesAccess
from botd.brokers.intotes.adapter import IntotesBroker
from botd.brokers.port import Environment
from botd.brokers.transport.door import Carriers
from botd.clock import VirtualClock
from botd.errors import BrokerUnavailable, ConfigError
from tests.brokers.transport.virtual import play
from tests.contract.intotes_stand import ACCOUNT, YES, IntotesStand
from tests.servers.exchange import Exchange
from tests.servers.face import FaceTransport, Gate, Request
from tests.servers.faults import Call, Fault, FaultKind
from tests.servers.intotes import REFRESH, IntotesFace


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[IntotesStand]:
    made = IntotesStand(tmp_path)
    yield made
    await made.broker.aclose()


def logins(stand: IntotesStand) -> list[Request]:
    return [visit.request for visit in stand.gate.visits if visit.call is Call.LOGIN]


def cookies(stand: IntotesStand) -> list[str]:
    return [request.headers["cookie"] for request in logins(stand)]


async def test_the_example_of_a_refresh(stand: IntotesStand) -> None:
    """No body; the refresh token is a cookie, and the token that comes is a bearer's."""
    await stand.broker.holdings()

    [login] = logins(stand)
    [read] = [visit.request for visit in stand.gate.visits if visit.call is Call.HOLDINGS]

    assert ("POST", "/api/v1/auth/refresh", b"") == (login.method, login.path, login.body)
    assert f"refresh_token={REFRESH}" == login.headers["cookie"]
    assert "authorization" not in login.headers
    assert "Bearer access-token-of-a-test-1" == read.headers["authorization"]
    assert "cookie" not in read.headers


async def test_a_token_is_renewed_before_it_ends(stand: IntotesStand) -> None:
    """Two minutes before twenty are over, nobody has seen a 401."""
    await stand.broker.holdings()

    stand.clock.at += timedelta(minutes=18)
    await stand.broker.holdings()

    assert 2 == len(logins(stand))
    assert 401 not in {visit.status for visit in stand.gate.visits}


async def test_a_401_is_answered_with_one_renewal(stand: IntotesStand) -> None:
    """The same read goes once more, with another token."""
    stand.hold({YES: 5})
    await stand.broker.holdings()
    stand.web.tokens.clear()

    found = await stand.broker.holdings()

    assert {YES: 5} == {each.symbol: each.quantity for each in found}
    assert [200, 401, 200] == [
        visit.status for visit in stand.gate.visits if visit.call is Call.HOLDINGS
    ]


async def test_the_newest_refresh_token_is_used(stand: IntotesStand) -> None:
    """Where a refresh gives a new pair, the old one opens nothing any more."""
    stand.web.dialect.rotates = True
    await stand.broker.holdings()
    stand.clock.at += timedelta(minutes=19)
    await stand.broker.holdings()

    assert [f"refresh_token={REFRESH}", "refresh_token=rotated-token-of-a-test-1"] == cookies(stand)


async def test_a_new_sign_in_is_taken_up(stand: IntotesStand) -> None:
    """When the one it was given opens nothing, the one that is written down is tried."""
    stand.web.dialect.rotates = True
    await stand.broker.holdings()
    stand.web.refresh = REFRESH  # a person has signed in anew, and written it down
    stand.clock.at += timedelta(minutes=19)

    await stand.broker.holdings()

    assert [
        f"refresh_token={REFRESH}",
        "refresh_token=rotated-token-of-a-test-1",
        f"refresh_token={REFRESH}",
    ] == cookies(stand)


async def test_an_ended_refresh_token_stops_the_account(stand: IntotesStand) -> None:
    """A person has to sign in again; nobody is told the token."""
    stand.web.refresh = "another"

    with pytest.raises(BrokerUnavailable) as caught:
        await stand.broker.account()

    assert caught.value.is_auth
    assert REFRESH not in str(caught.value)


async def test_a_credential_that_is_gone_stops_the_account(stand: IntotesStand) -> None:
    """Nothing is sent without it."""

    def nothing() -> str:
        raise ConfigError("botd.toml: brokers.x.refresh_token: INTOTES is not set")

    carriers = Carriers(
        orders=FaceTransport(stand.gate, stand.clock), reads=FaceTransport(stand.gate, stand.clock)
    )
    access = IntotesAccess("https://intotes.invalid", Environment.LIVE, nothing)
    broker = IntotesBroker(access, stand.clock, account=ACCOUNT, carriers=carriers)

    with pytest.raises(BrokerUnavailable, match="INTOTES is not set") as caught:
        await broker.holdings()

    assert caught.value.is_auth
    assert [] == stand.gate.visits
    await broker.aclose()


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        pytest.param(
            [("set-cookie", "access_token=abcdefgh.1; Path=/; HttpOnly")],
            b"{}",
            "Bearer abcdefgh.1",
            id="one cookie",
        ),
        pytest.param(
            [
                ("set-cookie", "refresh_token=next; Expires=Sun, 05 Apr 2026 18:20:00 GMT"),
                ("set-cookie", "access_token=abcdefgh.2; Expires=Thu, 02 Apr 2026 18:40:00 GMT"),
            ],
            b"{}",
            "Bearer abcdefgh.2",
            id="a pair, with dates",
        ),
        pytest.param([], b'{"access_token": "abcdefgh.3"}', "Bearer abcdefgh.3", id="in the body"),
    ],
)
async def test_where_the_token_stands(
    stand: IntotesStand, headers: list[tuple[str, str]], body: bytes, expected: str
) -> None:
    """In a cookie, as the documents say, or in the body under the same name."""
    heard: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/refresh"):
            return httpx.Response(200, headers=headers, content=body)
        heard.append(request.headers["authorization"])
        return httpx.Response(200, json=[])

    carrier = httpx.MockTransport(answer)
    access = IntotesAccess("https://intotes.invalid", Environment.LIVE, lambda: REFRESH)
    broker = IntotesBroker(
        access, stand.clock, account=ACCOUNT, carriers=Carriers(carrier, carrier)
    )

    assert () == await broker.holdings()
    assert [expected] == heard
    await broker.aclose()


@pytest.mark.parametrize("body", [b"{}", b"<html>", b'{"access_token": ""}'])
async def test_an_answer_without_a_token_is_none(stand: IntotesStand, body: bytes) -> None:
    """It is tried again later, and no fault of the credentials."""
    stand.gate.faults.plan(Fault(FaultKind.REFUSE, Call.LOGIN, status=200, body=body))

    with pytest.raises(BrokerUnavailable) as caught:
        await stand.broker.holdings()

    assert not caught.value.is_auth


def test_many_at_once_fetch_one_token() -> None:
    """Whoever asks while a token is fetched waits for it."""

    async def main(clock: VirtualClock) -> int:
        gate = Gate(IntotesFace(Exchange(account=ACCOUNT, now=clock.now)))
        gate.faults.plan(Fault(FaultKind.LATE_ANSWER, Call.LOGIN, duration=timedelta(seconds=1)))
        carriers = Carriers(orders=FaceTransport(gate, clock), reads=FaceTransport(gate, clock))
        access = IntotesAccess("https://intotes.invalid", Environment.LIVE, lambda: REFRESH)
        broker = IntotesBroker(access, clock, account=ACCOUNT, carriers=carriers)
        await asyncio.gather(*(broker.holdings() for _ in range(5)))
        await broker.aclose()
        return gate.by_call[Call.LOGIN]

    assert 1 == play(main)
