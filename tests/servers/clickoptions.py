"""
ClickOptions over the test exchange: two calls, which read positions.

    /v1/positions        filters symbol and status, pages from 1, newest first
    /v1/positions/{id}   one; an id is a number in the path and a string in the body
    errors               ApiErrorV1 with a request id: 400, 404, 500
    the token            behind "Bearer"; without it 401, which the documents do not have

The exchange holds `crypto:BTC-27NOV26-90000-C` in contracts, each purchase a position of its
own. The last trade of a coin is the index; its official close of a day, once it is told,
settles at 08:00 UTC what ends on that day.

    ends in the money       exercised
    ends out of the money   closed, without a closePrice
    liquidate               liquidated
    gone                    closed, at what it was opened for

Source: docs.clickoptions.ai, "Trading API v1 Positions" (OpenAPI 3.1) and "Trade".
"""

import json
from collections.abc import Mapping, Sequence
from email.utils import format_datetime
from typing import Any

from tests.servers.clickoptions_book import Book, Row
from tests.servers.exchange import Exchange
from tests.servers.face import PushSession, Reply, Request
from tests.servers.faults import Call
from tests.servers.limits import Standing

TOKEN = "clickoptions-token-of-a-test"  # noqa: S105 - opens nothing
_ROOT = "/api/v1/positions"
_PER_MINUTE = 60
_PAGE = 20
_LARGEST = 100
_STATUSES = frozenset({"open", "closed", "exercised", "liquidated"})
_BAD, _UNAUTHORIZED, _NOT_FOUND, _TOO_MANY = 400, 401, 404, 429


class ClickOptionsFace:
    """ClickOptions' REST interface over one account."""

    def __init__(
        self,
        exchange: Exchange,
        *,
        headers: Mapping[str, str] | None = None,
        counts_exercised: bool = True,
    ) -> None:
        """
        Open an account.

        Args:
            exchange: what the account stands on.
            headers: by lower-case name, what opens it; left out, a bearer token.
            counts_exercised: exercised contracts are told as closed ones, too.
        """
        self.exchange = exchange
        self.headers = headers or {"authorization": f"Bearer {TOKEN}"}
        self.book = Book(exchange, counts_exercised=counts_exercised)
        self._n_answers = 0

    def handle(self, request: Request) -> Reply:
        """Do what is asked, and answer in JSON."""
        if any(request.headers.get(name) != value for name, value in self.headers.items()):
            return self.unauthorized()
        if request.method != "GET":
            return self.fault(405, "METHOD_NOT_ALLOWED", request.method)
        self.book.catch_up()
        if request.path == _ROOT:
            return self._list(request)
        if request.path.startswith(f"{_ROOT}/"):
            return self._one(request.path.rpartition("/")[2])
        return self.fault(_NOT_FOUND, "NOT_FOUND", f"No static resource {request.path}")

    def call_of(self, request: Request) -> Call:
        """Tell what a request is: reading positions is all there is."""
        return Call.HOLDINGS if request.path.startswith(_ROOT) else Call.OTHER

    def bucket(self, _: Request) -> tuple[str, int]:
        """Count everything together; a limit is not documented."""
        return ("all", _PER_MINUTE)

    def quota_headers(self, _: Standing) -> Mapping[str, str]:
        """Tell nothing of it."""
        return {}

    def too_many(self, _: Standing | None) -> Reply:
        """Word a 429."""
        return self.fault(_TOO_MANY, "TOO_MANY_REQUESTS", "Too many requests")

    def unauthorized(self) -> Reply:
        """Word a 401."""
        return self.fault(_UNAUTHORIZED, "UNAUTHORIZED", "Full authentication is required")

    def push(self, path: str) -> PushSession | None:
        """Open no stream: none is documented."""
        del path
        return None

    def fault(
        self, status: int, error: str, message: str, details: Mapping[str, object] | None = None
    ) -> Reply:
        """Word an error as `ApiErrorV1`."""
        request_id = f"req-{self._n_answers + 1:06}"
        body = {"error": error, "message": message, "requestId": request_id}
        return self._reply(status, body | {"details": dict(details or {})})

    def _list(self, request: Request) -> Reply:
        try:
            page = int(request.asked("page") or 1)
            size = min(int(request.asked("size") or _PAGE), _LARGEST)
        except ValueError as error:
            return self.fault(
                _BAD, "BAD_REQUEST", "Invalid request parameters", {"why": str(error)}
            )
        status, symbol = request.asked("status"), request.asked("symbol")
        if page < 1 or size < 1 or status not in {None, *_STATUSES}:
            asked = {"page": page, "size": size, "status": status}
            return self.fault(_BAD, "BAD_REQUEST", "Invalid request parameters", asked)
        rows = [
            row
            for row in reversed(self.book.rows)
            if status in {None, row.status} and symbol in {None, row.symbol}
        ]
        shown: Sequence[Row] = rows[(page - 1) * size : page * size]
        items = [self.book.told(row) for row in shown]
        return self._reply(
            200, {"total": len(rows), "page": page, "pageSize": size, "items": items}
        )

    def _one(self, name: str) -> Reply:
        if not name.isdigit():
            return self.fault(_BAD, "BAD_REQUEST", "Invalid request parameters", {"id": name})
        found = next((row for row in self.book.rows if row.number == int(name)), None)
        if found is None:
            return self.fault(_NOT_FOUND, "POSITION_NOT_FOUND", f"Position {name} not found")
        return self._reply(200, self.book.told(found))

    def _reply(self, status: int, found: dict[str, Any]) -> Reply:
        self._n_answers += 1
        headers = {
            "content-type": "application/json",
            "date": format_datetime(self.exchange.now(), usegmt=True),
        }
        return Reply(status, json.dumps(found).encode(), headers)
