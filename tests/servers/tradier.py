"""
Tradier over the test exchange: paths, forms, the event stream, counters.

    Accept            without application/json the answer is XML
    accounts/{id}     another account than the token's: 401
    orders            taken first, refused downstream: 200 with `errors`
    tags              a label: the same one is taken twice, and told on request only
    lists             the present day's session; pages of 25, or as asked
    history           posted the next morning
    counters          orders 60 a minute; accounts and markets 120, 60 in the sandbox

Sources: reference/brokers.md section 2; docs.tradier.com and documentation.tradier.com.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from email.utils import format_datetime
from typing import Any

from botd.calendar import new_york
from tests.servers import tradier_json as say
from tests.servers import tradier_orders as desk
from tests.servers.exchange import Exchange
from tests.servers.face import Frame, PushSession, Reply, Request
from tests.servers.faults import Call
from tests.servers.limits import Standing
from tests.servers.orders import ActivityKind, ExchangeOrder, Rejected
from tests.servers.tradier_words import (
    TOO_MANY,
    UNAUTHORIZED,
    BadRequest,
    errors,
    finalized,
    one_or_many,
)

TOKEN = "tradier-token-of-a-test"  # noqa: S105 - opens nothing
STREAM = "/v1/accounts/events"
_ROOT = "/v1/"
_PAGE = 25
_ORDERS_PER_MINUTE = 60
_READS_PER_MINUTE = {"paper": 60, "live": 120}
_CALLS = {
    ("GET", "profile"): Call.ACCOUNT,
    ("GET", "balances"): Call.ACCOUNT,
    ("GET", "clock"): Call.SESSION,
    ("GET", "calendar"): Call.SESSION,
    ("GET", "positions"): Call.HOLDINGS,
    ("GET", "quotes"): Call.MARKET,
    ("POST", "quotes"): Call.MARKET,
    ("POST", "orders"): Call.SUBMIT,
    ("GET", "orders"): Call.ORDERS,
    ("POST", "session"): Call.LOGIN,
}


class TradierFace:
    """Tradier's REST interface and event stream over one account."""

    def __init__(
        self, exchange: Exchange, *, token: str = TOKEN, names: str | None = "symbol"
    ) -> None:
        """
        Open an account.

        Args:
            exchange: what the account stands on.
            token: the one that opens it.
            names: where history names a contract: "symbol", "description", nowhere.
        """
        self.exchange = exchange
        self.token = token
        self.names = names
        self.other_accounts: list[str] = []  # that the token opens, too
        self.sessions: list[str] = []  # of the stream; the newest is the only one

    def handle(self, request: Request) -> Reply:
        """Do what is asked, and answer in JSON."""
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return self.unauthorized()
        try:
            found = self._found(request)
        except BadRequest as error:
            return self._reply(400, str(error))
        if found is None:
            return self._reply(404, "not found")
        if isinstance(found, Reply):
            return found
        if "application/json" not in request.headers.get("accept", ""):
            return self._reply(200, "<?xml version='1.0' encoding='UTF-8'?><xml/>")
        return self._reply(200, found)

    def call_of(self, request: Request) -> Call:
        """Tell what a request is."""
        parts = request.path.split("/")
        if len(parts) > 2 and parts[-2] == "orders":
            changing = {"PUT": Call.REPLACE, "DELETE": Call.CANCEL}
            return changing.get(request.method, Call.LOOK_UP)
        if parts[-1] == "history":
            return Call.SETTLEMENTS if "accounts" in parts else Call.OTHER
        return _CALLS.get((request.method, parts[-1]), Call.OTHER)

    def bucket(self, request: Request) -> tuple[str, int]:
        """Name the counter of a request, and its limit per minute."""
        if self.call_of(request) in {Call.SUBMIT, Call.REPLACE, Call.CANCEL}:
            return ("trading", _ORDERS_PER_MINUTE)
        kind = "markets" if "/markets/" in request.path else "standard"
        return (kind, _READS_PER_MINUTE[self.exchange.environment])

    def quota_headers(self, standing: Standing) -> Mapping[str, str]:
        """Tell what is left of a minute's requests."""
        return {
            "X-Ratelimit-Allowed": str(standing.limit),
            "X-Ratelimit-Used": str(standing.used),
            "X-Ratelimit-Available": str(standing.remaining),
            "X-Ratelimit-Expiry": str(int(standing.resets_at.timestamp() * 1000)),
        }

    def too_many(self, standing: Standing | None) -> Reply:
        """Word a 429."""
        reply = self._reply(429, TOO_MANY)
        headers = {} if standing is None else self.quota_headers(standing)
        return Reply(reply.status, reply.body, {**reply.headers, **headers})

    def unauthorized(self) -> Reply:
        """Word a 401."""
        return self._reply(401, UNAUTHORIZED)

    def push(self, path: str) -> PushSession | None:
        """Open the event stream."""
        return _Events(self) if path == STREAM else None

    def _found(self, request: Request) -> dict[str, Any] | Reply | None:
        path = request.path.removeprefix(_ROOT).split("/")
        match (request.method, *path):
            case ("GET", "user", "profile"):
                return say.profile(self.exchange, self.other_accounts)
            case ("POST", "accounts", "events", "session"):
                return self._session()
            case (_, "accounts", account, *rest):
                if account not in {self.exchange.account, *self.other_accounts}:
                    return self._reply(401, f"Unauthorized Account: {account}")
                return self._of_account(request, tuple(rest))
            case ("GET" | "POST", "markets", *rest):
                return self._of_markets(request, tuple(rest))
            case _:
                return None

    def _of_account(self, request: Request, rest: tuple[str, ...]) -> dict[str, Any] | Reply | None:
        match (request.method, *rest):
            case ("GET", "balances"):
                return say.balances(self.exchange)
            case ("GET", "positions"):
                self.exchange.advance()
                held = enumerate(sorted(self.exchange.held.items()))
                found = [say.position(*pair, number) for number, pair in held]
                return say.translated("positions", "position", found)
            case ("GET", "history"):
                return self._history(request)
            case (_, "orders", *number):
                return self._of_orders(request, "".join(number))
            case _:
                return None

    def _of_orders(self, request: Request, number: str) -> dict[str, Any] | None:
        match (request.method, bool(number)):
            case ("GET", False):
                return self._orders(request)
            case ("GET", True):
                return self._order(request, number)
            case ("POST", False):
                return self._traded(lambda: desk.place(self.exchange, request.form), request)
            case ("PUT", True):
                return self._traded(
                    lambda: desk.change(self.exchange, number, request.form), request
                )
            case ("DELETE", True):
                return self._traded(lambda: self.exchange.cancel(number), request)
            case _:
                return None

    def _of_markets(self, request: Request, rest: tuple[str, ...]) -> dict[str, Any] | None:
        match rest:
            case ("clock",):
                return say.clock(self.exchange)
            case ("calendar",):
                today = new_york.day_of(self.exchange.now())
                year = int(request.asked("year") or today.year)
                return say.calendar(self.exchange, year, int(request.asked("month") or today.month))
            case ("history",):
                return self._prices(request)
            case ("quotes",):
                asked = dict(request.form).get("symbols") or request.asked("symbols") or ""
                names = [each.replace("/", ".") for each in asked.split(",") if each]
                return say.quotes(self.exchange, names)
            case _:
                return None

    def _orders(self, request: Request) -> dict[str, Any]:
        today = new_york.day_of(self.exchange.now())
        found = [
            say.order(each, with_tag=request.asked("includeTags") == "true")
            for each in self.exchange.visible()
            if not each.is_final or new_york.day_of(each.submitted_at) == today
        ]
        return say.translated("orders", "order", self._page(found, request))

    def _order(self, request: Request, number: str) -> dict[str, Any]:
        try:
            found = self.exchange.order(number)
        except Rejected as error:
            raise BadRequest(finalized(error)) from error
        return {"order": say.order(found, with_tag=request.asked("includeTags") == "true")}

    def _traded(self, work: Callable[[], ExchangeOrder], request: Request) -> dict[str, Any]:
        """Do what is asked of the order desk."""
        try:
            found = work()
        except Rejected as error:
            if request.method == "POST" and error.reason not in desk.MALFORMED:
                return one_or_many(errors(error, desk.legs_of(request.form)))
            words = str(error.detail.get("words", "")) or finalized(error)
            raise BadRequest(words) from error
        partner = "c4998eb7-06e8-4820-a7ab-55d9760065fb"
        return {"order": {"id": found.number, "status": "ok", "partner_id": partner}}

    def _history(self, request: Request) -> dict[str, Any]:
        first = date.fromisoformat(request.asked("start") or "2000-01-01")
        last = date.fromisoformat(request.asked("end") or "2199-12-31")
        is_options = request.asked("type") == "option"
        found = [
            say.record(each, self.names)
            for each in reversed(self.exchange.posted())
            if first <= each.day <= last and not (is_options and each.kind is ActivityKind.SHARES)
        ]
        return say.translated("history", "event", self._page(found, request))

    def _prices(self, request: Request) -> dict[str, Any]:
        symbol = (request.asked("symbol") or "").replace("/", ".")
        first = date.fromisoformat(request.asked("start") or "2000-01-01")
        last = date.fromisoformat(request.asked("end") or "2199-12-31")
        return say.history(self.exchange, symbol, first, last)

    def _page(self, found: list[dict[str, Any]], request: Request) -> list[dict[str, Any]]:
        size = int(request.asked("limit") or _PAGE)
        start = (int(request.asked("page") or 1) - 1) * size
        return found[start : start + size]

    def _session(self) -> dict[str, Any]:
        self.sessions.append(f"5f5e9a1c-{len(self.sessions):04d}")
        url = "wss://ws.tradier.com/v1/accounts/events"
        return {"stream": {"url": url, "sessionid": self.sessions[-1]}}

    def _reply(self, status: int, found: dict[str, Any] | str) -> Reply:
        is_json = not isinstance(found, str)
        kind = "application/json" if is_json else "text/plain"
        body = json.dumps(found) if is_json else str(found)
        date_header = format_datetime(self.exchange.now(), usegmt=True)
        return Reply(status, body.encode(), {"content-type": kind, "date": date_header})


class _Events:
    """One client of the event stream; silent until it names a session."""

    def __init__(self, face: TradierFace) -> None:
        self._face = face
        self._is_told = False

    def hear(self, frame: Frame) -> Sequence[Frame]:
        """Take what the client wants to hear of."""
        asked = json.loads(frame)
        known = self._face.sessions[-1:]
        self._is_told = asked.get("sessionid") in known and "order" in asked.get("events", [])
        if not self._is_told:
            return (json.dumps({"error": "session not found"}),)
        return (json.dumps({"event": "heartbeat", "status": "active"}),)

    def tell(self, event: str, order: ExchangeOrder) -> Sequence[Frame]:
        """Say that an order changed."""
        del event
        if not self._is_told:
            return ()
        return (json.dumps(say.event(order, self._face.exchange.account)),)
