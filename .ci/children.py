# ruff: noqa: INP001 - a script of its own, no package
"""
Start the daemon's child processes for real, inside the unit's sandbox.

Exits 0 when a notification has reached a server on loopback, a heartbeat too, and the
calendar has computed its sessions.
"""

import asyncio
import os
import sys
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from botd.calendar.load import load_sessions
from botd.clock import SystemClock
from botd.notify.message import Level, Message
from botd.notify.notifier import Notifier


@dataclass(frozen=True)
class Address:
    """A channel on loopback."""

    url: str

    def reveal(self) -> str:
        """Give the URL."""
        return self.url


class Taker(BaseHTTPRequestHandler):
    """Takes whatever comes."""

    def do_GET(self) -> None:
        """Take a heartbeat."""
        self.send_response(204)
        self.end_headers()

    def do_POST(self) -> None:
        """Take a notification."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()


async def main() -> None:
    """Try all children, one after the other."""
    clock = SystemClock()
    with ThreadingHTTPServer(("127.0.0.1", 0), Taker) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        host = f"localhost:{server.server_port}/x"
        notifier = Notifier((Address(f"json://{host}"),), Address(f"http://{host}"), clock)
        delivery = await notifier.deliver(Message("title", "body", Level.PAGE))
        beat = await notifier.ping()
        server.shutdown()
    load = load_sessions(Path(os.environ["STATE_DIRECTORY"]), (), clock.now())
    faults = [fault for fault in (delivery.error, beat.error, load.fault) if fault]
    sys.exit("\n".join(faults) or None)


asyncio.run(main())
