"""The stand-in for Alpaca: its quota, its planned refusals, its order stream."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.servers import alpaca_words as say
from tests.servers.alpaca import KEY_ID, SECRET_KEY, STREAM_PATH
from tests.servers.alpaca_asking import KEYS, LONG, SHORT, World, package, single
from tests.servers.alpaca_refusals import TABLE, planned
from tests.servers.alpaca_words import Words
from tests.servers.face import Gate, PushSession, Reply, Request
from tests.servers.faults import Call
from tests.servers.orders import Reason, Rejected

CLOCK = Request("GET", "/v2/clock", (), KEYS)
SUBMIT = Request("POST", "/v2/orders", (), KEYS, json.dumps(single()).encode())


@pytest.fixture
def world() -> World:
    return World()


async def no_wait(_: timedelta) -> None:
    """Let no time pass."""


async def answer(gate: Gate, request: Request) -> Reply:
    reply = (await gate.pass_through(request, no_wait)).reply
    if reply is None:
        raise LookupError(f"no answer to {request}")
    return reply


async def test_quota_is_told_on_every_answer(world: World) -> None:
    """The 201st request of a minute is 429, and each answer says what is left."""
    gate = Gate(world.alpaca)
    replies = [await answer(gate, CLOCK) for _ in range(201)]

    assert [200] * 200 + [429] == [reply.status for reply in replies]
    assert ("200", "199", "1450979461") == tuple(
        replies[0].headers[f"x-ratelimit-{name}"] for name in ("limit", "remaining", "reset")
    )
    assert "0" == replies[-1].headers["x-ratelimit-remaining"]
    assert say.RATE_LIMIT.body() == json.loads(replies[-1].body)
    world.at(world.clock.at + timedelta(seconds=60))
    assert 200 == (await answer(gate, CLOCK)).status


async def test_market_data_has_a_quota_of_its_own(world: World) -> None:
    """The trading host's quota is not spent by reading quotes."""
    gate = Gate(world.alpaca)
    quotes = Request("GET", "/v1beta1/options/quotes/latest", (("symbols", SHORT),), KEYS)

    for _ in range(201):
        assert 200 == (await answer(gate, quotes)).status

    assert "199" == (await answer(gate, CLOCK)).headers["x-ratelimit-remaining"]


@pytest.mark.parametrize("words", TABLE.values(), ids=TABLE.keys())
async def test_every_known_refusal_can_be_planned(world: World, words: Words) -> None:
    """Each row of the table of errors comes word for word, and nothing is done."""
    world.exchange.hold({SHORT: -1})
    gate = Gate(world.alpaca)
    gate.faults.plan(planned(words))

    reply = await answer(gate, SUBMIT)

    assert (words.status, words.body()) == (reply.status, json.loads(reply.body))
    assert {} == world.exchange.orders
    assert 200 == (await answer(gate, SUBMIT)).status


def test_exchange_speaks_planned_words(world: World) -> None:
    """A refusal that is planned on the exchange is said word for word, too."""
    world.exchange.hold({SHORT: -1})
    world.exchange.surprises.refusals.append(
        Rejected(Reason.OTHER, {"words": TABLE["too many expiring"]})
    )

    answered = world.submit(single())

    assert TABLE["too many expiring"].body() == answered.found


def test_assignment_lock_is_told(world: World) -> None:
    """While an assignment is processed the contract is locked: the only answer that tells."""
    world.exchange.hold({SHORT: -1})
    world.exchange.locked.add(SHORT)

    assert say.assignment_lock(SHORT).message == world.submit(single()).no[2]


@pytest.mark.parametrize(
    ("method", "path", "call"),
    [
        pytest.param("POST", "/v2/orders", Call.SUBMIT, id="an order"),
        pytest.param("PATCH", "/v2/orders/a", Call.REPLACE, id="a replacement"),
        pytest.param("DELETE", "/v2/orders/a", Call.CANCEL, id="a cancel"),
        pytest.param("GET", "/v2/orders", Call.ORDERS, id="the list"),
        pytest.param("GET", "/v2/orders:by_client_order_id", Call.LOOK_UP, id="a look-up"),
        pytest.param("GET", "/v1beta1/options/snapshots/GOOG", Call.MARKET, id="a chain"),
        pytest.param("GET", "/v2/watchlists", Call.OTHER, id="anything else"),
    ],
)
def test_requests_are_known_by_kind(world: World, method: str, path: str, call: Call) -> None:
    """Faults lie in wait for kinds of requests."""
    assert call is world.alpaca.call_of(Request(method, path, (), KEYS))


def opened(world: World) -> PushSession:
    session = world.alpaca.push(STREAM_PATH)
    if session is None:
        raise LookupError("no stream")
    return session


def said(session: PushSession, **frame: Any) -> list[Any]:  # noqa: ANN401 - JSON
    return [json.loads(each) for each in session.hear(json.dumps(frame))]


def test_stream_wants_keys_before_it_speaks(world: World) -> None:
    """Nothing is told before the keys are shown and the stream is asked for."""
    session = opened(world)
    told: list[bytes | str] = []
    world.exchange.listeners.append(lambda event, order: told.extend(session.tell(event, order)))
    world.exchange.hold({SHORT: -2})
    listen = {"action": "listen", "data": {"streams": ["trade_updates", "other"]}}

    assert "unauthorized" == said(session, **listen)[0]["data"]["status"]
    wrong = {"key_id": KEY_ID, "secret_key": "wrong"}
    assert "unauthorized" == said(session, action="authenticate", data=wrong)[0]["data"]["status"]
    keys = {"key_id": KEY_ID, "secret_key": SECRET_KEY}
    assert "authorized" == said(session, action="authenticate", data=keys)[0]["data"]["status"]
    world.submit(single())
    assert [] == told
    assert [{"stream": "listening", "data": {"streams": ["trade_updates"]}}] == said(
        session, **listen
    )

    world.submit(single(client_order_id="x-2", limit_price="1.00"))

    assert all(isinstance(frame, bytes) for frame in told)
    assert ["pending_new", "new", "fill"] == [json.loads(each)["data"]["event"] for each in told]
    fill = json.loads(told[-1])["data"]
    assert ("1", "1", "-1", "filled") == (
        fill["price"],
        fill["qty"],
        fill["position_qty"],
        fill["order"]["status"],
    )


def test_stream_tells_a_package_once(world: World) -> None:
    """A package's fill is of the parent, at its net price; the legs stand in the order."""
    session = opened(world)
    keys = {"key_id": KEY_ID, "secret_key": SECRET_KEY}
    said(session, action="authenticate", data=keys)
    said(session, action="listen", data={"streams": ["trade_updates"]})
    told: list[Any] = []
    world.exchange.listeners.append(
        lambda event, order: told.extend(json.loads(each) for each in session.tell(event, order))
    )
    world.exchange.hold({SHORT: -1, LONG: 1})

    world.submit(package())

    fill = told[-1]["data"]
    assert ("fill", "0.95", "1") == (fill["event"], fill["price"], fill["qty"])
    assert [LONG, SHORT] == [leg["symbol"] for leg in fill["order"]["legs"]]


def test_stream_answers_nonsense(world: World) -> None:
    """A frame that is no message is told so; there is no other stream."""
    (reply,) = opened(world).hear("{")

    assert "error" == json.loads(reply)["stream"]
    assert None is world.alpaca.push("/v2/stream")
