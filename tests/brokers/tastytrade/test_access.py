import asyncio
import json
from datetime import timedelta

import pytest

from botd.brokers.tastytrade.adapter import TastytradeBroker
from botd.clock import VirtualClock
from botd.errors import BrokerUnavailable, ConfigError, OrderRefused
from tests.brokers.paper.day import PUT_745, PUT_750
from tests.brokers.tastytrade.answers import intent
from tests.brokers.tastytrade.standing import ACCOUNT, BUY, Standing
from tests.brokers.transport.virtual import play
from tests.servers.faults import Call, Fault, FaultKind
from tests.servers.tastytrade import CLIENT_SECRET, REFRESH_TOKEN


async def test_token_is_renewed_before_it_ends() -> None:
    """Two minutes before a quarter of an hour is over, nobody has seen a 401."""
    standing = Standing()
    await standing.broker.holdings()

    standing.hand.at += timedelta(minutes=13)
    await standing.broker.holdings()

    assert 2 == standing.face.issued
    assert 401 not in {visit.status for visit in standing.gate.visits}


async def test_ended_token_is_renewed_once_and_the_call_repeated() -> None:
    """After a 401 the same request goes once more, with another token."""
    standing = Standing()
    await standing.broker.holdings()
    standing.face.expire_tokens()

    found = await standing.broker.holdings()

    assert {PUT_750: -3, PUT_745: 3} == {each.symbol: each.quantity for each in found}
    assert [200, 401, 200] == [
        visit.status for visit in standing.gate.visits if visit.call is Call.HOLDINGS
    ]


def test_many_at_once_fetch_one_token() -> None:
    """Whoever asks while a token is fetched waits for it."""

    async def main(clock: VirtualClock) -> int:
        standing = Standing(clock)
        standing.gate.faults.plan(
            Fault(FaultKind.LATE_ANSWER, Call.LOGIN, duration=timedelta(seconds=1))
        )
        await asyncio.gather(*(standing.broker.holdings() for _ in range(5)))
        return standing.face.issued

    assert 1 == play(main)


async def test_wrong_secret_stops_the_account() -> None:
    """A person must look; no message shows a secret."""
    standing = Standing(secret="another-secret")  # noqa: S106 - of nobody

    with pytest.raises(BrokerUnavailable) as caught:
        await standing.broker.account()

    assert caught.value.is_auth
    assert "another-secret" not in str(caught.value)
    assert REFRESH_TOKEN not in str(caught.value)


async def test_missing_secret_sends_nothing() -> None:
    """A secret that cannot be read is told, and nobody is asked."""
    standing = Standing()

    def missing() -> str:
        raise ConfigError("no such credential")

    access = type(standing.access)(
        standing.access.url, standing.access.environment, missing, missing
    )
    broker = TastytradeBroker(access, standing.clock, account=ACCOUNT, carriers=standing.carriers())

    with pytest.raises(BrokerUnavailable) as caught:
        await broker.account()

    assert caught.value.is_auth
    assert 0 == standing.gate.requests


@pytest.mark.parametrize("body", [b"{}", b"[]", b"access_token=abc"])
async def test_odd_token_is_no_token(body: bytes) -> None:
    """Nothing was sent, and nothing of the answer is told."""
    standing = Standing()
    standing.gate.faults.plan(Fault(FaultKind.ODD_BODY, Call.LOGIN, body=body))

    with pytest.raises(BrokerUnavailable) as caught:
        await standing.broker.holdings()

    assert not caught.value.is_auth
    assert "abc" not in str(caught.value)


async def test_no_answer_repeats_a_secret() -> None:
    """What the broker says back is cleaned before anybody keeps it."""
    standing = Standing()
    await standing.broker.holdings()
    token = next(iter(standing.face.tokens))
    words = f"no {CLIENT_SECRET} {REFRESH_TOKEN} {token}"
    words = json.dumps({"error": {"code": "x", "message": words}})
    standing.gate.faults.plan(Fault(FaultKind.REFUSE, Call.SUBMIT, status=422, body=words.encode()))

    with pytest.raises(OrderRefused) as caught:
        await standing.broker.submit(intent(*BUY, net_price="-0.50"))

    for secret in (CLIENT_SECRET, REFRESH_TOKEN, token):
        assert secret not in caught.value.refusal.message
        assert secret not in repr(standing.access)
