"""
Credentials that nobody else uses, brokers that repeat them in every way, and a search.

A canary has letters that JSON, URLs and HTML escape. Faces know other credentials: on the
way there the canaries are changed into those, so that what an adapter holds is a canary.
"""

import html
import json
import re
import traceback
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, unquote_plus

import httpx

from botd.brokers.alpaca.adapter import AlpacaAccess, AlpacaBroker
from botd.brokers.port import Broker, Environment
from botd.brokers.tastytrade.access import TastytradeAccess
from botd.brokers.tastytrade.adapter import TastytradeBroker
from botd.brokers.tradier.access import TradierAccess
from botd.brokers.tradier.adapter import TradierBroker
from botd.brokers.transport.door import Carriers
from botd.clock import Clock
from tests.contract import tastytrade_stand, tradier_stand
from tests.contract.alpaca_stand import AlpacaStand
from tests.contract.server_stand import Dialect
from tests.servers import alpaca, tastytrade, tradier
from tests.servers.face import Face

_ISSUED = re.compile(r"access-token-\d{8}")  # what tastytrade's face hands out
_KEY, _SECRET = "CANARYKEY/id+0001", "CANARYsecret/key+0002=="
_TOKEN = "CANARYtoken/of+0003=="  # noqa: S105 - of nobody
_CLIENT, _REFRESH = "CANARYclient/secret+0004==", "CANARYrefresh/token+0005=="


@dataclass(frozen=True, slots=True)
class Caged:
    """One adapter with canaries in all its credentials."""

    dialect: Dialect
    canaries: Mapping[str, str]  # in place of what the face knows
    broker: Callable[[Carriers, Clock, str | None], Broker]  # the last: the stream's address

    def secrets(self, face: Face) -> tuple[str, ...]:
        """Give all values that must be seen nowhere, the tokens that a face handed out too."""
        return (*self.canaries, *getattr(face, "tokens", ()))


def _alpaca(carriers: Carriers, clock: Clock, stream: str | None) -> Broker:
    access = AlpacaAccess(
        trading_url="https://trading.invalid",
        data_url="https://data.invalid",
        environment=Environment.PAPER,
        key_id=lambda: _KEY,
        secret_key=lambda: _SECRET,
        stream_url=stream,
    )
    return AlpacaBroker(access, clock, carriers=carriers)


def _tradier(carriers: Carriers, clock: Clock, stream: str | None) -> Broker:
    access = TradierAccess(
        "https://tradier.invalid/v1", Environment.PAPER, lambda: _TOKEN, stream_url=stream
    )
    return TradierBroker(access, clock, account=tradier_stand.ACCOUNT, carriers=carriers)


def _tastytrade(carriers: Carriers, clock: Clock, stream: str | None) -> Broker:
    access = TastytradeAccess(
        "https://tastytrade.invalid",
        Environment.PAPER,
        client_secret=lambda: _CLIENT,
        refresh_token=lambda: _REFRESH,
        stream_url=stream,
    )
    return TastytradeBroker(access, clock, account=tastytrade_stand.ACCOUNT, carriers=carriers)


CAGES: dict[str, Caged] = {
    "alpaca": Caged(
        AlpacaStand.dialect,
        {_KEY: alpaca.KEY_ID, _SECRET: alpaca.SECRET_KEY},
        _alpaca,
    ),
    "tradier": Caged(tradier_stand.TradierStand.dialect, {_TOKEN: tradier.TOKEN}, _tradier),
    "tastytrade": Caged(
        tastytrade_stand.TastytradeStand.dialect,
        {_CLIENT: tastytrade.CLIENT_SECRET, _REFRESH: tastytrade.REFRESH_TOKEN},
        _tastytrade,
    ),
}


class Parrot(httpx.AsyncBaseTransport):
    """
    The way to a face, on which some answers are replaced by all that was sent, repeated.

    *next_word* names what happens to the next request: a row of `SQUAWKS`; None: nothing.
    """

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        cage: Caged,
        next_word: Callable[[httpx.Request], str | None],
    ) -> None:
        self._inner = inner
        self._cage = cage
        self._next_word = next_word
        self.heard: list[str] = []  # what was repeated, so that a test knows that it was

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on, or repeat what is in it."""
        word = self._next_word(request)
        if word is None:
            return await self._inner.handle_async_request(self._known(request))
        said = self._said(request)
        self.heard.append(said)
        return SQUAWKS[word](request, said)

    def _said(self, request: httpx.Request) -> str:
        """Say everything that came, in every way of writing."""
        headers = " ".join(f"{name}={value}" for name, value in request.headers.items())
        body = request.content.decode()
        plain = f"{headers} {body} {unquote_plus(body)}"
        found = [secret for secret in self._cage.canaries if secret in plain]
        found += dict.fromkeys(_ISSUED.findall(plain))
        return " ".join([plain, *(form for secret in found for form in written(secret))])

    def _known(self, request: httpx.Request) -> httpx.Request:
        """Change the canaries into what the face knows."""
        body = request.content.decode()
        headers = dict(request.headers)
        for canary, known in self._cage.canaries.items():
            body = body.replace(canary, known)
            headers = {name: value.replace(canary, known) for name, value in headers.items()}
        headers.pop("content-length", None)
        return httpx.Request(
            request.method,
            request.url,
            headers=headers,
            content=body.encode(),
            extensions=request.extensions,
        )


def _json(status: int, found: object) -> httpx.Response:
    return httpx.Response(status, content=json.dumps(found).replace("/", "\\/").encode())


def _raises(kind: type[httpx.RequestError]) -> Callable[[httpx.Request, str], httpx.Response]:
    def act(request: httpx.Request, said: str) -> httpx.Response:
        raise kind(said, request=request)

    return act


def _echoed(_: httpx.Request, said: str) -> httpx.Response:
    headers = {"location": quote(said[:900]), "date": said[:200], "x-request-id": said[:900]}
    clean = {name: value.replace("\n", " ") for name, value in headers.items()}
    return httpx.Response(503, headers=clean, content=said.encode())


SQUAWKS: dict[str, Callable[[httpx.Request, str], httpx.Response]] = {
    "401": lambda _, said: _json(401, {"message": said, "error": {"code": "x", "message": said}}),
    "429": lambda _, said: httpx.Response(429, headers={"retry-after": "1"}, content=said.encode()),
    "503 with headers": _echoed,
    "500 as a page": lambda _, said: httpx.Response(
        500, content=f"<html>{html.escape(said)}</html>".encode()
    ),
    "400 in plain words": lambda _, said: httpx.Response(400, content=said.encode()),
    "403 of the keys": lambda _, said: _json(403, {"message": said}),
    "422 in the words of Alpaca": lambda _, said: _json(422, {"code": 42210000, "message": said}),
    "422 in the words of tastytrade": lambda _, said: _json(
        422, {"error": {"code": said, "message": said, "errors": [{"code": "x", "message": said}]}}
    ),
    "200 in the words of Tradier": lambda _, said: _json(200, {"errors": {"error": [said, said]}}),
    "400 with a fault": lambda _, said: _json(
        400, {"fault": {"faultstring": said, "detail": {"errorcode": f"oauth {said}"}}}
    ),
    "200 of another shape": lambda _, said: _json(200, {said: [said], "data": said, "id": said}),
    "200 with a list": lambda _, said: _json(200, [{"id": said, "symbol": said, "status": said}]),
    "200 in no JSON": lambda _, said: httpx.Response(200, content=said.encode()),
    "200 in code points": lambda _, said: httpx.Response(
        200,
        content=json.dumps({"message": "".join(f"@u{ord(each):04x}" for each in said[:6_000])})
        .replace("@u", "\\u")
        .encode(),
    ),
    "302": lambda _, said: httpx.Response(302, headers={"location": quote(said[:900])}),
    "no connection": _raises(httpx.ConnectError),
    "no pool": _raises(httpx.PoolTimeout),
    "reset": _raises(httpx.ReadError),
    "time-out": _raises(httpx.ReadTimeout),
    "odd protocol": _raises(httpx.RemoteProtocolError),
}


def written(secret: str) -> tuple[str, ...]:
    """Give the ways in which somebody may write a secret."""
    return (
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        secret.replace("/", "\\/"),
        html.escape(secret),
        *_in_base64(secret),
    )


def forms(secret: str) -> tuple[str, ...]:
    """Give what a text holds in which a secret is written; of base64 the middle."""
    inside = [each.rstrip("=")[4:-2] for each in _in_base64(secret)]
    return (*(each for each in written(secret) if each not in _in_base64(secret)), *inside)


def _in_base64(secret: str) -> list[str]:
    raw = secret.encode()
    return [
        encode(b"a" * before + raw).decode()
        for before in (0, 1, 2)
        for encode in (b64encode, urlsafe_b64encode)
    ]


def found_in(text: str, secrets: tuple[str, ...]) -> list[str]:
    """Give what of *secrets*, however written, stands in a text; with what is around it."""
    return [
        f"{form!r} in {text[max(0, at - 80) : at + 80]!r}"
        for secret in secrets
        for form in dict.fromkeys(forms(secret))
        if (at := text.find(form)) >= 0
    ]


def told_by(error: BaseException) -> str:
    """Give everything that an error tells, and every error behind it."""
    trace = "".join(traceback.format_exception(error))
    return "\n".join([trace, *(part for each in chain(error) for part in _parts(each))])


def chain(error: BaseException) -> Iterator[BaseException]:
    """Give an error and all that it came of."""
    left, seen = [error], set()
    while left:
        each = left.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        left += [one for one in (each.__cause__, each.__context__) if one is not None]
        if isinstance(each, BaseExceptionGroup):
            left += each.exceptions


def _parts(error: BaseException) -> Iterator[str]:
    yield str(error)
    yield repr(error)
    yield repr(vars(error))
    if isinstance(error, httpx.RequestError):  # it holds the request with its headers
        yield repr(error.request.headers.raw)
