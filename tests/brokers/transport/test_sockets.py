"""The door and the stream over real sockets on loopback."""

import asyncio
import logging
import ssl
import subprocess
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

from botd.brokers.transport.answer import Answer, Lane
from botd.brokers.transport.budget import RequestBudget
from botd.brokers.transport.door import Carriers, HttpDoor
from botd.brokers.transport.stream import Frame, PushStream
from botd.clock import SystemClock
from botd.errors import BrokerUnavailable, OutcomeUnknown
from tests.brokers.transport.carrying import CANARY, keys, quota_of
from tests.brokers.transport.virtual import settle

pytestmark = pytest.mark.system
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def door_to(url: str) -> HttpDoor:
    clock = SystemClock()
    return HttpDoor(
        base_url=url,
        clock=clock,
        budget=RequestBudget(clock, per_minute=None),
        credentials=keys(),
        quota=quota_of,
        carriers=Carriers(),
    )


@asynccontextmanager
async def serving(handle: Handle, context: ssl.SSLContext | None = None) -> AsyncGenerator[int]:
    """Serve each connection with *handle*, and give the port; nothing of it stays behind."""
    tasks: list[asyncio.Task[None]] = []

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handle(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the caller has gone
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.create_task(served(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await settle(tasks)


async def request_of(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


async def asked(handle: Handle) -> Answer:
    """Ask once for an order's sake."""
    async with serving(handle) as port:
        door = door_to(f"http://127.0.0.1:{port}")
        try:
            return await asyncio.wait_for(door.ask("DELETE", "/orders/7", lane=Lane.ORDER), 20)
        finally:
            await door.aclose()


def saying(words: bytes) -> Handle:
    """Answer with *words*, and hang up."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(words)
        await writer.drain()
        writer.close()

    return handle


async def test_an_answer_comes_back() -> None:
    """The plain case, through the real carrier."""
    assert b"ok" == (await asked(saying(OK))).body


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(b"", id="hangs up"),
        pytest.param(b"hello\r\n\r\n", id="is no HTTP"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok", id="breaks off"),
        pytest.param(b"HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n", id="away"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 50_000, id="endless headers"),
    ],
)
async def test_what_is_no_answer_leaves_the_outcome_open(words: bytes) -> None:
    """The order had arrived by then."""
    with pytest.raises(OutcomeUnknown):
        await asked(saying(words))


async def test_no_server() -> None:
    """Where nobody listens nothing was sent."""
    async with serving(saying(OK)) as port:
        pass
    door = door_to(f"http://127.0.0.1:{port}")

    with pytest.raises(BrokerUnavailable, match="ConnectError"):
        await door.ask("POST", "/orders", lane=Lane.ORDER)
    await door.aclose()


@pytest.fixture
def own_certificate(tmp_path: Path) -> ssl.SSLContext:
    """A server's certificate that it has signed for itself."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


async def test_an_unknown_certificate_gets_no_credentials(own_certificate: ssl.SSLContext) -> None:
    """TLS is verified: a server that signed for itself sees no request."""
    seen: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await request_of(reader))
        writer.close()

    async with serving(handle, own_certificate) as port:
        door = door_to(f"https://127.0.0.1:{port}")
        with pytest.raises(BrokerUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
            await door.ask("POST", "/orders", lane=Lane.ORDER)
        await door.aclose()

    assert [] == seen


@dataclass
class Echo:
    """A server that answers with the path, once it may."""

    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            path = (await request_of(reader)).split()[1]
            self.arrived.put_nowait(path)
            await self.may_answer.wait()
            length = str(len(path)).encode()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: " + length + b"\r\n\r\n" + path)

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[HttpDoor]:
        async with serving(self.handle) as port:
            door = door_to(f"http://127.0.0.1:{port}")
            try:
                yield door
            finally:
                await door.aclose()


def ask(door: HttpDoor, path: str) -> asyncio.Task[Answer]:
    return asyncio.create_task(door.ask("GET", path, lane=Lane.CANCEL))


async def turns_of_the_loop(number: int) -> None:
    """Let everything that is ready run, so many times."""
    loop = asyncio.get_running_loop()
    for _ in range(number):
        turned = asyncio.Event()
        loop.call_soon(turned.set)
        await turned.wait()


@pytest.mark.parametrize("turns", range(12))
async def test_cancelled_requests_leave_the_door_usable(turns: int) -> None:
    """Callers leave at any stage; their connections are neither lost nor taken for free ones."""
    echo = Echo()
    async with echo.opened() as door:
        for _ in range(10):
            asking = [ask(door, "/lost") for _ in range(4)]
            await turns_of_the_loop(turns)
            for each in asking:
                each.cancel()
            await settle(asking)
        echo.may_answer.set()
        answers = await asyncio.gather(*(ask(door, f"/{n}") for n in range(8)))

    assert [f"/{n}".encode() for n in range(8)] == [answer.body for answer in answers]


async def test_who_leaves_does_not_disturb_who_stays() -> None:
    """Answers on their way arrive, though another caller was cancelled meanwhile."""
    echo = Echo()
    async with echo.opened() as door:
        staying, leaving = [ask(door, f"/{n}") for n in range(4)], ask(door, "/lost")
        for _ in range(5):
            await echo.arrived.get()
        leaving.cancel()
        await settle([leaving])
        later = ask(door, "/later")
        await echo.arrived.get()
        echo.may_answer.set()
        answers = await asyncio.gather(*staying, later)

    assert [b"/0", b"/1", b"/2", b"/3", b"/later"] == [answer.body for answer in answers]


async def test_no_log_holds_a_credential(caplog: pytest.LogCaptureFixture) -> None:
    """Not even the HTTP library's own words at its lowest level."""
    with caplog.at_level(logging.DEBUG):
        await asked(saying(OK))

    assert CANARY not in caplog.text


def is_order(frame: Frame) -> bool:
    return frame in ("order", b"order")


async def opening() -> Sequence[Frame]:
    return (f"let me in: {CANARY}",)


async def test_a_push_wakes_through_drops_and_garbage(caplog: pytest.LogCaptureFixture) -> None:
    """The server drops the connection, and sends garbage; each order still wakes who waits."""
    greetings: list[Frame] = []

    async def handle(connection: ServerConnection) -> None:
        greetings.append(await connection.recv())
        if len(greetings) == 1:
            await connection.send(b"\x00\xff garbage")
            await connection.send("order")
            connection.transport.abort()
            return
        await connection.send("x" * 100_000)
        await connection.send(b"order")
        await connection.wait_closed()

    servers = logging.getLogger("tests.server")
    servers.setLevel(logging.CRITICAL + 1)  # it may tell what it was sent
    with caplog.at_level(logging.DEBUG):
        async with serve(handle, "127.0.0.1", 0, logger=servers) as server:
            port = server.sockets[0].getsockname()[1]
            stream = PushStream(
                f"ws://127.0.0.1:{port}", SystemClock(), is_news=is_order, opening=opening
            )
            for _ in range(2):
                await asyncio.wait_for(stream.wait(), 10)
            await stream.aclose()

    assert [f"let me in: {CANARY}"] * 2 == greetings
    assert CANARY not in caplog.text


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(b"", id="hangs up"),
        pytest.param(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n", id="refuses"),
        pytest.param(b"HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n", id="away"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n", id="is no web server"),
    ],
)
async def test_what_is_no_stream_never_raises(words: bytes) -> None:
    """Who waits goes on waiting, while it is tried again."""
    tries: list[bytes] = []
    again = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tries.append(await request_of(reader))
        writer.write(words)
        writer.close()
        if len(tries) == 2:
            again.set()

    async with serving(handle) as port:
        stream = PushStream(f"ws://127.0.0.1:{port}", SystemClock(), is_news=is_order)
        waiting = asyncio.create_task(stream.wait())
        await asyncio.wait_for(again.wait(), 15)
        assert not waiting.done()
        await stream.aclose()
        waiting.cancel()
        await settle([waiting])
