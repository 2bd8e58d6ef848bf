"""
tastytrade, from its documents: OAuth, accounts, orders, market data, the account stream.

    POST /oauth/token                      a token that ends after 15 minutes
    any other request                      401 without a User-Agent, or without a live token
    GET  /customers/me/accounts
    GET  /accounts/{a}/trading-status | balances | positions | transactions
    GET  /accounts/{a}/orders[/live | /{id}]
    POST /accounts/{a}/orders              PUT | PATCH | DELETE /accounts/{a}/orders/{id}
    GET  /market-data/by-type              GET /market-time/sessions
    GET  /instruments/equities             GET /instruments/equity-options

Lists come in pages, of ten where nothing else is asked for. Source: reference/brokers.md
section 3, and the documents named in the files beside this one.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from tests.servers import tastytrade_account as accounts
from tests.servers import tastytrade_market as market
from tests.servers import tastytrade_words as say
from tests.servers.exchange import Exchange
from tests.servers.exchange_rules import Rules
from tests.servers.face import Frame, PushSession, Reply, Request
from tests.servers.faults import Call
from tests.servers.limits import Standing
from tests.servers.orders import ExchangeOrder, Rejected
from tests.servers.tastytrade_orders import OrderDesk
from tests.servers.tastytrade_words import Json, Refused, Words, words_of

CLIENT_SECRET = "tasty-client-secret"  # noqa: S105 - of nobody
REFRESH_TOKEN = "tasty-refresh-token"  # noqa: S105 - of nobody
RULES = Rules(takes_ids_once=False, lets_open=True, takes_when_closed=True)
_LIFE = timedelta(minutes=15)
_PER_MINUTE = 120  # unpublished; the least that clients count on
_AGENT = re.compile(r"[^/\s]+/\S+")
_Item = tuple[datetime, Json]


class TastytradeFace:
    """The dialect over one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.desk = OrderDesk(exchange)
        self.tokens: dict[str, datetime] = {}  # and when they end
        self.issued = 0

    def handle(self, request: Request) -> Reply:
        """Do what is asked, and answer."""
        try:
            return self._routed(request)
        except Refused as refused:
            return self._worded(refused.words)
        except Rejected as rejected:
            return self._worded(words_of(rejected))

    def expire_tokens(self) -> None:
        """Let no token count any more."""
        self.tokens.clear()

    def call_of(self, request: Request) -> Call:
        """Tell what a request is."""
        path = request.path
        if "/orders" in path:
            return self._order_call(request)
        return next((call for words, call in _CALLS if words in path), Call.OTHER)

    def bucket(self, request: Request) -> tuple[str, int] | None:  # noqa: ARG002 - all count
        """Count every request."""
        return ("all", _PER_MINUTE)

    def quota_headers(self, standing: Standing) -> Mapping[str, str]:  # noqa: ARG002 - untold
        """Tell nothing: there are no such headers."""
        return {}

    def too_many(self, standing: Standing | None) -> Reply:  # noqa: ARG002 - untold
        """Word a 429."""
        return self._worded(say.TOO_MANY)

    def unauthorized(self) -> Reply:
        """Word a 401."""
        return self._worded(say.NO_TOKEN)

    def push(self, path: str) -> PushSession | None:  # noqa: ARG002 - one host, one stream
        """Open the account stream, at any path."""
        return AccountStream(self)

    def is_live(self, token: str) -> bool:
        """Whether an access token counts now."""
        ends_at = self.tokens.get(token)
        return ends_at is not None and self.exchange.now() < ends_at

    def _order_call(self, request: Request) -> Call:
        if request.method == "GET":
            one = re.search(r"/orders/\d+$", request.path)
            return Call.LOOK_UP if one else Call.ORDERS
        methods = {"POST": Call.SUBMIT, "DELETE": Call.CANCEL}
        return methods.get(request.method, Call.REPLACE)

    def _routed(self, request: Request) -> Reply:
        if not _AGENT.fullmatch(request.headers.get("user-agent", "")):
            raise Refused(say.NO_AGENT)
        if (request.method, request.path) == ("POST", "/oauth/token"):
            return self._token(_object(request))
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not self.is_live(token):
            raise Refused(say.NO_TOKEN)
        for method, pattern, answer in _ROUTES:
            found = re.fullmatch(pattern, request.path)
            if method == request.method and found:
                self._check_account(found.groupdict().get("account"))
                return answer(self, request, found.groupdict().get("id") or "")
        raise Refused(say.NOT_FOUND)

    def _check_account(self, account: str | None) -> None:
        if account not in {None, self.exchange.account}:
            raise Refused(say.NOT_PERMITTED)

    def _token(self, body: Mapping[str, Any]) -> Reply:
        asked = (body.get("grant_type"), body.get("refresh_token"), body.get("client_secret"))
        if asked != ("refresh_token", REFRESH_TOKEN, CLIENT_SECRET):
            raise Refused(say.NO_GRANT)
        self.issued += 1
        token = f"access-token-{self.issued:08d}"
        self.tokens[token] = self.exchange.now() + _LIFE
        seconds = int(_LIFE.total_seconds())
        return self.reply(
            200, {"access_token": token, "token_type": "Bearer", "expires_in": seconds}
        )

    def reply(self, status: int, body: Json) -> Reply:
        """Make an answer, dated."""
        at = format_datetime(self.exchange.now().astimezone(UTC), usegmt=True)
        headers = {"content-type": "application/json", "date": at}
        return Reply(status, json.dumps(body).encode(), headers)

    def _worded(self, words: Words) -> Reply:
        return self.reply(words.status, words.body())

    def one(self, request: Request, data: Json, status: int = 200) -> Reply:
        """Answer with one thing."""
        return self.reply(status, {"data": data, "context": request.path})

    def whole(self, request: Request, items: Sequence[Json]) -> Reply:
        """Answer with a list that has no pages."""
        return self.one(request, {"items": list(items)})

    def paged(self, request: Request, items: list[_Item]) -> Reply:
        """Answer with one page of a list; *items* are the oldest first."""
        start = request.asked("start-at")
        if start is not None:
            items = [item for item in items if item[0] >= datetime.fromisoformat(start)]
        if request.asked("sort") != "Asc":
            items = items[::-1]
        size, number = int(request.asked("per-page") or 10), int(request.asked("page-offset") or 0)
        shown = [item for _, item in items[number * size : (number + 1) * size]]
        pagination = {
            "per-page": size,
            "page-offset": number,
            "item-offset": number * size,
            "total-items": len(items),
            "total-pages": -(-len(items) // size),
            "current-item-count": len(shown),
        }
        body: Json = {"data": {"items": shown}, "context": request.path, "pagination": pagination}
        return self.reply(200, body)


class AccountStream:
    """The WebSocket that tells of orders."""

    def __init__(self, face: TastytradeFace) -> None:
        self._face = face
        self._is_connected = False

    def hear(self, frame: Frame) -> Sequence[Frame]:
        """Answer to connect and heartbeat; both need a live token."""
        asked = json.loads(frame)
        token = str(asked.get("auth-token", "")).removeprefix("Bearer ")
        action = asked.get("action")
        if not self._face.is_live(token):
            return [json.dumps({"status": "error", "action": action, "message": "unauthorized"})]
        if action == "connect" and asked.get("value") == [self._face.exchange.account]:
            self._is_connected = True
        elif action != "heartbeat" or not self._is_connected:
            return [json.dumps({"status": "error", "action": action, "message": "not implemented"})]
        return [json.dumps({"status": "ok", "action": action, "web-socket-session-id": "5b6e2799"})]

    def tell(self, event: str, order: ExchangeOrder) -> Sequence[Frame]:  # noqa: ARG002 - untold
        """Tell of an order, whole, once connected."""
        if not self._is_connected:
            return []
        at = int(self._face.exchange.now().timestamp() * 1000)
        data = self._face.desk.order(order)
        return [json.dumps({"type": "Order", "data": data, "timestamp": at})]


_Answer = Callable[[TastytradeFace, Request, str], Reply]


def _own_accounts(face: TastytradeFace, request: Request, _: str) -> Reply:
    account = {"account-number": face.exchange.account, "is-closed": False}
    return face.whole(request, [{"account": account, "authority-level": "owner"}])


def _orders(face: TastytradeFace, request: Request, _: str) -> Reply:
    wanted = request.all_asked("status[]")
    told = [(order.submitted_at, face.desk.order(order)) for order in face.exchange.visible()]
    return face.paged(request, [item for item in told if not wanted or item[1]["status"] in wanted])


def _live(face: TastytradeFace, request: Request, _: str) -> Reply:
    return face.whole(request, [face.desk.order(order) for order in face.exchange.visible()])


def _transactions(face: TastytradeFace, request: Request, _: str) -> Reply:
    kinds, symbol = request.all_asked("types[]"), request.asked("symbol")
    return face.paged(
        request,
        [
            (at, line)
            for at, line in accounts.transactions(face.exchange)
            if (not kinds or line["transaction-type"] in kinds) and symbol in {None, line["symbol"]}
        ],
    )


def _sessions(face: TastytradeFace, request: Request, _: str) -> Reply:
    last = request.asked("to-date")
    if last is None:
        raise Refused(say.BAD_BODY)
    first = date.fromisoformat(request.asked("from-date") or last)
    return face.whole(request, market.sessions(face.exchange, first, date.fromisoformat(last)))


def _object(request: Request) -> Mapping[str, Any]:
    try:
        found = json.loads(request.body)
    except ValueError as error:
        raise Refused(say.BAD_BODY) from error
    if not isinstance(found, dict):
        raise Refused(say.BAD_BODY)
    return found


_ACCOUNT = r"/accounts/(?P<account>[^/]+)"
_ORDER = rf"{_ACCOUNT}/orders/(?P<id>\d+)"
_ROUTES: tuple[tuple[str, str, _Answer], ...] = (
    ("GET", "/customers/me/accounts", _own_accounts),
    (
        "GET",
        f"{_ACCOUNT}/trading-status",
        lambda face, asked, _: face.one(asked, accounts.trading_status(face.exchange)),
    ),
    (
        "GET",
        f"{_ACCOUNT}/balances",
        lambda face, asked, _: face.one(asked, accounts.balances(face.exchange)),
    ),
    (
        "GET",
        f"{_ACCOUNT}/positions",
        lambda face, asked, _: face.whole(asked, accounts.positions(face.exchange)),
    ),
    ("GET", f"{_ACCOUNT}/transactions", _transactions),
    ("GET", f"{_ACCOUNT}/orders", _orders),
    ("GET", f"{_ACCOUNT}/orders/live", _live),
    ("GET", _ORDER, lambda face, asked, name: face.one(asked, face.desk.one(name))),
    (
        "POST",
        f"{_ACCOUNT}/orders",
        lambda face, asked, _: face.one(asked, face.desk.submit(_object(asked)), 201),
    ),
    (
        "PUT",
        _ORDER,
        lambda face, asked, name: face.one(
            asked, face.desk.replace(name, _object(asked), is_whole=True)
        ),
    ),
    (
        "PATCH",
        _ORDER,
        lambda face, asked, name: face.one(
            asked, face.desk.replace(name, _object(asked), is_whole=False)
        ),
    ),
    ("DELETE", _ORDER, lambda face, asked, name: face.one(asked, face.desk.cancel(name))),
    (
        "GET",
        "/market-data/by-type",
        lambda face, asked, _: face.whole(asked, market.by_type(face.exchange, asked)),
    ),
    ("GET", "/market-time/sessions", _sessions),
    (
        "GET",
        "/instruments/equities",
        lambda face, asked, _: face.whole(
            asked, market.equities(face.exchange, asked.all_asked("symbol[]"))
        ),
    ),
    (
        "GET",
        "/instruments/equity-options",
        lambda face, asked, _: face.whole(
            asked, market.equity_options(face.exchange, asked.all_asked("symbol[]"))
        ),
    ),
)
_CALLS = (
    ("/oauth/token", Call.LOGIN),
    ("/trading-status", Call.ACCOUNT),
    ("/balances", Call.ACCOUNT),
    ("/customers/", Call.ACCOUNT),
    ("/positions", Call.HOLDINGS),
    ("/transactions", Call.SETTLEMENTS),
    ("/market-data/", Call.MARKET),
    ("/market-time/", Call.SESSION),
    ("/instruments/", Call.TERMS),
)
