"""The plainest dialect there can be, for tests of what every face stands behind."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal

from tests.servers.exchange import Exchange
from tests.servers.face import Frame, PushSession, Reply, Request
from tests.servers.faults import Call
from tests.servers.limits import Standing
from tests.servers.orders import ExchangeOrder, Rejected, Ticket

_CALLS = {"POST": Call.SUBMIT, "DELETE": Call.CANCEL, "GET": Call.HOLDINGS}


class PlainFace:
    """`GET /held`, `POST /orders`, `DELETE /orders/ID`, and a stream at `/stream`."""

    def __init__(self, exchange: Exchange, *, per_minute: int | None = None) -> None:
        self.exchange = exchange
        self._per_minute = per_minute

    def handle(self, request: Request) -> Reply:
        """Answer in JSON."""
        try:
            return _json(200, self._answer(request))
        except Rejected as rejected:
            return _json(422, {"reason": rejected.reason.value})

    def call_of(self, request: Request) -> Call:
        """Tell it from the method."""
        return _CALLS[request.method]

    def bucket(self, _: Request) -> tuple[str, int] | None:
        """Count everything together."""
        return None if self._per_minute is None else ("all", self._per_minute)

    def quota_headers(self, standing: Standing) -> Mapping[str, str]:
        """Tell what is left."""
        return {"x-left": str(standing.remaining)}

    def too_many(self, standing: Standing | None) -> Reply:
        """Say how long to wait."""
        return _json(429, {"resets_at": standing and standing.resets_at.isoformat()})

    def unauthorized(self) -> Reply:
        """Say no more."""
        return _json(401, {})

    def push(self, path: str) -> PushSession | None:
        """Stream at one path."""
        return PlainSession() if path == "/stream" else None

    def _answer(self, request: Request) -> object:
        if request.method == "POST":
            legs = tuple((symbol, int(ratio)) for symbol, ratio in request.query)
            limit = Decimal(request.body.decode())
            return self.exchange.place(Ticket("id", legs, 1, limit)).id
        if request.method == "DELETE":
            return self.exchange.cancel(request.path.rsplit("/", 1)[1]).state.value
        return self.exchange.held


class PlainSession:
    """Tells everything to a client that has said hello."""

    def __init__(self) -> None:
        self._is_known = False

    def hear(self, frame: Frame) -> Sequence[Frame]:
        """Say hello back, in the same kind of frame."""
        self._is_known = frame in {"hello", b"hello"}
        return [frame]

    def tell(self, event: str, order: ExchangeOrder) -> Sequence[Frame]:
        """Say what happened to which order."""
        return [f"{event} {order.id}"] if self._is_known else []


def _json(status: int, found: object) -> Reply:
    return Reply(status, json.dumps(found).encode(), {"content-type": "application/json"})
