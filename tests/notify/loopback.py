"""A real HTTP server on loopback that takes notifications, refuses them or stays silent."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


class Receiver:
    """What arrived, by path; a path starting with /refuse or /silent does as it says."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.bodies: dict[str, list[str]] = {}
        self.closing = Event()

    def url(self, path: str, scheme: str = "json") -> str:
        """Give the address under which *path* is reached."""
        return f"{scheme}://127.0.0.1:{self.port}{path}"


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Serve until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            text = self.rfile.read(length).decode()
            received.bodies.setdefault(self.path, []).append(text)
            if self.path.startswith("/silent"):
                received.closing.wait()
            self.send_response(500 if self.path.startswith("/refuse") else 200)
            self.end_headers()

        do_GET = do_POST  # noqa: N815 - the name that the library looks for

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        received = Receiver(server.server_port)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield received
        finally:
            received.closing.set()
            server.shutdown()
            thread.join()
