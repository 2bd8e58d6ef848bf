"""A stream that repeats our credentials and breaks off, and nothing that tells them."""

import asyncio
import io
import json
from contextlib import suppress
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from botd.brokers.transport.door import Carriers
from botd.clock import SystemClock
from botd.service.logging import LogStyle, logging_to
from tests.brokers.canary import CAGES, Caged, Parrot, found_in
from tests.contract.server_stand import ServerStand
from tests.servers.face import FaceTransport

pytestmark = pytest.mark.slow  # the stream's own pauses
_PATIENCE = 20  # seconds, for three connections with pauses of one and two seconds


class Mocker:
    """Says everything back, closes with it, and answers the next handshake with it."""

    def __init__(self, cage: Caged) -> None:
        self._cage = cage
        self.heard: list[str] = []
        self.handshakes = 0
        self.is_enough = asyncio.Event()

    async def shake(self, _: ServerConnection, request: Request) -> Response | None:
        """Take the first connection and the third; refuse the second in its own words."""
        self.handshakes += 1
        said = " ".join([str(request.headers), *self.heard, *self._cage.canaries])
        if self.handshakes == 1:
            return None
        if self.handshakes > 2:
            self.is_enough.set()
        headers = Headers({"content-type": "text/plain", "x-said": said.replace("\n", " ")[:500]})
        return Response(401, "Unauthorized", headers, said.encode())

    async def speak(self, line: ServerConnection) -> None:
        """Repeat frames: as they came, as an error, as something odd; then close."""
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                while len(self.heard) < 2:
                    frame = await line.recv()
                    self.heard.append(frame if isinstance(frame, str) else frame.decode())
        said = " ".join([*self.heard, *self._cage.canaries])
        for odd in (said, json.dumps({"error": said}), json.dumps([said]), said.encode()):
            await line.send(odd)
        await line.close(4401, said[:100])


@pytest.mark.parametrize("name", CAGES)
async def test_failing_stream_tells_no_credential(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither the log nor standard error, also where everything is told."""
    cage, clock, logs = CAGES[name], SystemClock(), io.StringIO()

    class Stand(ServerStand):
        dialect = cage.dialect

    stand = Stand(Path())
    mocker = Mocker(cage)
    parrot = Parrot(FaceTransport(stand.gate, stand.clock), cage, lambda _: None)
    style = LogStyle(is_json=True, is_verbose=True)
    async with serve(mocker.speak, "127.0.0.1", 0, process_request=mocker.shake) as server:
        port = server.sockets[0].getsockname()[1]
        with logging_to(logs, style, clock):
            broker = cage.broker(Carriers(parrot, parrot), clock, f"ws://127.0.0.1:{port}/")
            waiting = asyncio.create_task(broker.pushed())
            async with asyncio.timeout(_PATIENCE):
                await mocker.is_enough.wait()
            waiting.cancel()
            await asyncio.wait((waiting,))
            await broker.aclose()

    secrets = cage.secrets(stand.gate.face)
    told = capfd.readouterr()
    lines = logs.getvalue().splitlines()
    theirs = [line for line in lines if "websockets.server" in line]
    ours = [line for line in lines if "websockets.server" not in line]
    assert found_in("\n".join(theirs), secrets)  # the log would have it: the server tells all
    assert [] == found_in("\n".join(ours), secrets)
    assert [] == found_in(told.out + told.err + repr(waiting) + repr(vars(broker)), secrets)
