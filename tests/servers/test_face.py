"""What stands before a face: faults, the quota, counters, and a client's transport."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import pytest

from botd.clock import VirtualClock
from tests.brokers.transport.virtual import START, at, play
from tests.servers.exchange import Exchange
from tests.servers.face import FaceTransport, Gate
from tests.servers.faults import Call, Fault, FaultKind, Faults
from tests.servers.limits import RateLimits
from tests.servers.plain import PlainFace

PUT = "SPY261120P00660000"
Play = Callable[[httpx.AsyncClient, Gate, VirtualClock], Awaitable[None]]


def ask(main: Play, *faults: Fault, per_minute: int | None = None) -> Gate:
    """Let *main* speak to a plain face in virtual time; give its gate."""

    async def whole(clock: VirtualClock) -> Gate:
        exchange = Exchange(account="A1", now=clock.now)
        exchange.hold({PUT: -2})
        gate = Gate(PlainFace(exchange, per_minute=per_minute))
        gate.faults.plan(*faults)
        transport = FaceTransport(gate, clock)
        async with httpx.AsyncClient(transport=transport, base_url="http://broker") as client:
            await main(client, gate, clock)
        return gate

    return play(whole)


async def place(client: httpx.AsyncClient) -> httpx.Response:
    """Send an order that rests."""
    return await client.post("/orders", params={PUT: "1"}, content=b"-0.50", timeout=5)


def test_a_request_reaches_the_exchange() -> None:
    """With its path, its decoded query and its body."""

    async def main(client: httpx.AsyncClient, gate: Gate, _: VirtualClock) -> None:
        assert 200 == (await place(client)).status_code
        assert {PUT: -2} == (await client.get("/held?a=b%20c")).json()
        assert (("a", "b c"),) == gate.visits[1].request.query
        assert "broker" == gate.visits[1].request.host

    gate = ask(main)

    assert {Call.SUBMIT: 1, Call.HOLDINGS: 1} == gate.by_call
    assert [200, 200] == [visit.status for visit in gate.visits]


@pytest.mark.parametrize(
    ("fault", "error", "arrived", "after"),
    [
        pytest.param(Fault(FaultKind.CUT_OFF), httpx.ConnectError, 0, 0, id="cut off"),
        pytest.param(Fault(FaultKind.LOSE_BEFORE), httpx.ReadError, 0, 0, id="lost before"),
        pytest.param(Fault(FaultKind.LOSE_AFTER), httpx.ReadError, 1, 0, id="lost after"),
        pytest.param(Fault(FaultKind.HANG_BEFORE), httpx.ReadTimeout, 0, 5, id="silent before"),
        pytest.param(Fault(FaultKind.HANG_AFTER), httpx.ReadTimeout, 1, 5, id="silent after"),
        pytest.param(
            Fault(FaultKind.LATE_ANSWER, duration=timedelta(seconds=9)),
            httpx.ReadTimeout,
            1,
            5,
            id="an answer that comes too late",
        ),
    ],
)
def test_an_answer_does_not_come(
    fault: Fault, error: type[httpx.TransportError], arrived: int, after: int
) -> None:
    """Each kind is the error that httpx would raise, after as long; then all is well."""

    async def main(client: httpx.AsyncClient, gate: Gate, clock: VirtualClock) -> None:
        with pytest.raises(error):
            await place(client)
        assert at(after) == clock.now()
        assert arrived == len(gate.face.exchange.orders)
        assert 200 == (await client.get("/held")).status_code

    gate = ask(main, fault)

    assert 200 == gate.visits[-1].status
    assert (200 if fault.duration else None) == gate.visits[0].status


@pytest.mark.parametrize(
    ("fault", "status", "body", "arrived"),
    [
        pytest.param(Fault(FaultKind.ERROR_BEFORE), 503, b"", 0, id="an error before"),
        pytest.param(Fault(FaultKind.ERROR_AFTER, status=500), 500, b"", 1, id="an error after"),
        pytest.param(
            Fault(FaultKind.REFUSE, status=403, body=b"no"), 403, b"no", 0, id="a refusal"
        ),
        pytest.param(Fault(FaultKind.ODD_BODY, body=b"<html>"), 200, b"<html>", 1, id="odd"),
        pytest.param(Fault(FaultKind.REDIRECT), 307, b"", 0, id="a redirect"),
        pytest.param(Fault(FaultKind.UNAUTHORIZED), 401, b"{}", 0, id="no credentials"),
        pytest.param(Fault(FaultKind.TOO_MANY), 429, b'{"resets_at": null}', 0, id="too many"),
        pytest.param(Fault(FaultKind.TWICE), 422, None, 1, id="sent twice, the id is taken once"),
    ],
)
def test_another_answer_comes(fault: Fault, status: int, body: bytes | None, arrived: int) -> None:
    """In place of the face's own; the order has arrived, or it has not."""

    async def main(client: httpx.AsyncClient, gate: Gate, _: VirtualClock) -> None:
        reply = await place(client)
        assert status == reply.status_code
        assert body in {None, reply.content}
        assert arrived == len(gate.face.exchange.orders)

    gate = ask(main, fault)

    assert [status] == [visit.status for visit in gate.visits]


@pytest.mark.parametrize("kind", [FaultKind.LATE_ANSWER, FaultKind.LATE_ARRIVAL])
def test_an_answer_comes_late(kind: FaultKind) -> None:
    """The order is taken at once, or only when it has arrived."""
    expected = START if kind is FaultKind.LATE_ANSWER else at(3)

    async def main(client: httpx.AsyncClient, gate: Gate, clock: VirtualClock) -> None:
        await place(client)
        (order,) = gate.face.exchange.orders.values()
        assert (at(3), expected) == (clock.now(), order.submitted_at)

    ask(main, Fault(kind, duration=timedelta(seconds=3)))


def test_a_quota_is_exact() -> None:
    """Never more in any sixty seconds; what is refused does not count, and is told."""

    async def main(client: httpx.AsyncClient, _: Gate, clock: VirtualClock) -> None:
        replies = []
        for second in (0, 30, 40, 59, 60, 89, 90):
            await clock.sleep_until(at(second))
            replies.append(await client.get("/held"))
        assert [200, 200, 429, 429, 200, 429, 200] == [reply.status_code for reply in replies]
        assert ["1", "0", "0", "0"] == [
            reply.headers["x-left"] for reply in replies if reply.status_code == 200
        ]
        assert at(60).isoformat() == json.loads(replies[2].content)["resets_at"]

    assert 3 == ask(main, per_minute=2).too_many


def test_buckets_do_not_share() -> None:
    """One that is spent leaves the others alone."""
    limits = RateLimits(lambda: START)
    taken = [limits.take(bucket, 1)[0] for bucket in ("a", "a", "b")]

    assert [True, False, True] == taken


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        pytest.param(Fault(FaultKind.CUT_OFF), [0], id="any request"),
        pytest.param(Fault(FaultKind.CUT_OFF, times=2), [0, 1], id="twice"),
        pytest.param(Fault(FaultKind.CUT_OFF, skip=1), [1], id="after another"),
        pytest.param(Fault(FaultKind.CUT_OFF, Call.CANCEL), [2], id="one kind of call"),
        pytest.param(Fault(FaultKind.CUT_OFF, method="POST"), [1], id="a method"),
        pytest.param(Fault(FaultKind.CUT_OFF, path=r"^/orders"), [1], id="a path"),
        pytest.param(Fault(FaultKind.CUT_OFF, said="C0060"), [1], id="words of a body"),
        pytest.param(Fault(FaultKind.CUT_OFF, Call.LOGIN), [], id="nothing of the kind"),
    ],
)
def test_a_fault_lies_in_wait(fault: Fault, expected: list[int]) -> None:
    """For the first requests that it is about, and for no more of them than it should."""
    requests = [
        ("GET", "/held", Call.HOLDINGS, ""),
        ("POST", "/orders", Call.SUBMIT, '{"symbol": "SPY261127C00600000"}'),
        ("DELETE", "/orders/1", Call.CANCEL, ""),
    ]
    faults = Faults()
    faults.plan(fault)

    befallen = [number for number, request in enumerate(requests) if faults.meet(*request)]

    assert expected == befallen
    assert (() if expected else (fault,)) == faults.waiting
