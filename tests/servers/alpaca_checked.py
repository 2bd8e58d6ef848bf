"""
Every request and reply of the Alpaca face, held against the vendor's own descriptions.

A request or reply that the description does not allow is a `Violation`, named by method,
path and the field that is wrong; so is a query field that it does not know. `EXEMPT` lists,
each with its reason, where the live API is known to differ. "Valid" is not "accepted": the
description leaves out rules that the face has.

The descriptions are no part of this repository; without them `checked` gives the face as
it is, and a test that is about nothing else asks `are_described` and skips.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tests.servers.alpaca import AlpacaFace
from tests.servers.face import PushSession, Reply, Request
from tests.servers.faults import Call
from tests.servers.limits import Standing

SPECS = Path(__file__).resolve().parents[2].parent / "shared" / "specs" / "alpaca"
TRADING, DATA = "trading-relaxed.json", "market-data-api.json"
MISSING = "the published descriptions (../shared/specs/alpaca) are not at hand"
_DATA_PATHS = ("/v1beta1/", "/v2/stocks/")
_ERRORS = range(400, 500)
_LONG = 20  # of a longer list the first and the last ten are read


@dataclass(frozen=True, slots=True)
class Exempt:
    """One way in which the live API differs from its description."""

    where: str  # a regular expression over "<method> <path>", with -> and the status of a reply
    what: str  # a regular expression over what is wrong
    reason: str


_ORDERS = r"(GET|POST|PATCH) /v2/orders\S* -> 200"
EXEMPT: tuple[Exempt, ...] = (
    Exempt(
        _ORDERS,
        r"(\$|\$\[\d+\])\.(side|asset_class|asset_id|symbol): '' ",
        "the parent of a package has these empty, as in the description's own mleg example",
    ),
    Exempt(
        _ORDERS,
        r"\.legs\[\d+\]\.type: '' ",
        "legs of a package have an empty type, as in the same example",
    ),
    Exempt(
        _ORDERS,
        r"^\$(\[\d+\])?\.type: '' ",
        "the same legs, where one stands alone",
    ),
    Exempt(
        r"GET /v2/(calendar|account/activities)",
        r"field (start|end|date|after|until): .*date-time",
        "the field's own words allow a date as well as an instant",
    ),
    Exempt(
        r"GET /v1beta1/|GET /v2/stocks/",
        r"field (start|end|updated_since): .*date-time",
        "the field's own words allow a date as well as an instant",
    ),
    Exempt(
        r"(GET|PATCH|DELETE) /v2/orders/[^/]+$",
        r"field order_id: .*uuid",
        "who asks about an id that this broker never gave is told so by 404, not by a form",
    ),
    Exempt(
        r" -> 401$",
        "undocumented status",
        "keys are answered alike on every path, and listed on few",
    ),
    Exempt(
        r"(GET|PATCH|DELETE) /v2/orders\S* -> 404$",
        "undocumented status",
        "an order that is not there is 404 with code 40410000 (trading overview)",
    ),
    Exempt(
        r"(PATCH|GET) /v2/\S+ -> 422$",
        "undocumented status",
        "a replacement or a query that is not taken is 422 (trading overview, issue tracker)",
    ),
    Exempt(
        r"POST /v2/orders -> 400$",
        "undocumented status",
        "a body that cannot be read",
    ),
    Exempt(
        r"(GET /v1beta1/|GET /v2/stocks/)\S+ -> 422$",
        "undocumented status",
        "some keys are told of a missing subscription by 422",
    ),
)


class Violation(AssertionError):  # noqa: N818 - what a test fails with
    """The description does not allow it."""


class CheckedFace:
    """A face whose every word is checked; it answers as the face below does."""

    def __init__(self, face: AlpacaFace, *, tolerates_requests: bool = False) -> None:
        """
        Stand before *face*.

        Args:
            face: who answers.
            tolerates_requests: check replies only, where a test asks wrongly on purpose.
        """
        self.exchange = face.exchange
        self.face = face
        self.violations: list[str] = []  # also the ones that a server turned into a 500
        self.exempted: set[Exempt] = set()  # what was met of the table
        self.n_checked = 0
        self._tolerates_requests = tolerates_requests

    def handle(self, request: Request) -> Reply:
        """Check the request, let it be answered, check the reply."""
        if not self._tolerates_requests:
            self._note(_request_faults(request), _name(request))
        reply = self.face.handle(request)
        self._note(_reply_faults(request, reply), f"{_name(request)} -> {reply.status}")
        self.n_checked += 1
        return reply

    def call_of(self, request: Request) -> Call:
        """Tell what a request is."""
        return self.face.call_of(request)

    def bucket(self, request: Request) -> tuple[str, int] | None:
        """Name the bucket."""
        return self.face.bucket(request)

    def quota_headers(self, standing: Standing) -> Mapping[str, str]:
        """Tell the standing."""
        return self.face.quota_headers(standing)

    def too_many(self, standing: Standing | None) -> Reply:
        """Word a 429."""
        return self.face.too_many(standing)

    def unauthorized(self) -> Reply:
        """Word a 401."""
        return self.face.unauthorized()

    def push(self, path: str) -> PushSession | None:
        """Open a WebSocket; the descriptions have none."""
        return self.face.push(path)

    def _note(self, faults: Iterator[str], where: str) -> None:
        found = []
        for what in faults:
            known = exemption(where, what)
            if known is None:
                found.append(f"{where}: {what}")
            else:
                self.exempted.add(known)
        self.violations.extend(found)
        if found:
            raise Violation("\n".join(found))


def are_described() -> bool:
    """Tell whether the descriptions are at hand."""
    return all((SPECS / name).is_file() for name in (TRADING, DATA))


def checked(face: AlpacaFace) -> AlpacaFace | CheckedFace:
    """Put a check before a face, if the descriptions are at hand."""
    return CheckedFace(face) if are_described() else face


def exemption(where: str, what: str) -> Exempt | None:
    """Give the way in which the live API is known to differ here, if it is known."""
    known = (each for each in EXEMPT if re.search(each.where, where))
    return next((each for each in known if re.search(each.what, what)), None)


def _name(request: Request) -> str:
    return f"{request.method} {request.path}"


class _Asked:
    """A request as openapi-core wants it."""

    def __init__(self, request: Request, host_url: str) -> None:
        self.host_url = host_url
        self.path = request.path
        self.method = request.method.lower()
        self.body = request.body or None
        self.content_type = request.headers.get("content-type", "application/json")
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(request.query),
            header=Headers(dict(request.headers)),
            cookie=ImmutableMultiDict(),
            path={},
        )


class _Answered:
    """A reply as openapi-core wants it."""

    def __init__(self, reply: Reply) -> None:
        self.status_code = reply.status
        self.data = _sampled(reply.body)
        self.headers = Headers(dict(reply.headers))
        self.content_type = reply.headers.get("content-type", "application/json").split(";")[0]


def _sampled(body: bytes) -> bytes:
    """Shorten a long list: each line takes milliseconds to check."""
    if not body.startswith(b"["):
        return body
    lines = json.loads(body)
    half = _LONG // 2
    return body if len(lines) <= _LONG else json.dumps(lines[:half] + lines[-half:]).encode()


@lru_cache(maxsize=2)
def _described(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SPECS / name).read_text())
    return found


@lru_cache(maxsize=2)
def description(name: str) -> OpenAPI:
    """Load a description once; that it is a good one itself is not asked here."""
    return OpenAPI.from_dict(_described(name), config=Config(spec_validator_cls=None))


def _file_of(request: Request) -> str:
    return DATA if request.path.startswith(_DATA_PATHS) else TRADING


def _asked(request: Request) -> _Asked:
    return _Asked(request, _described(_file_of(request))["servers"][0]["url"])


def _request_faults(request: Request) -> Iterator[str]:
    try:
        description(_file_of(request)).validate_request(_asked(request))
    except OpenAPIError as error:
        yield from _told(error)
    known = _query_fields(_file_of(request), request.method.lower(), request.path)
    if known is not None:
        yield from (f"field {name}: unknown" for name, _ in request.query if name not in known)


def _reply_faults(request: Request, reply: Reply) -> Iterator[str]:
    is_error = reply.status in _ERRORS
    if is_error:
        yield from _error_faults(request, reply)
    documented = _statuses(_file_of(request), request.method.lower(), request.path)
    if documented is not None and str(reply.status) not in documented:
        yield "undocumented status"
        return
    if is_error and not documented:
        return
    try:
        description(_file_of(request)).validate_response(_asked(request), _Answered(reply))
    except OpenAPIError as error:
        yield from _told(error)


def _error_faults(request: Request, reply: Reply) -> Iterator[str]:
    """Hold what the description leaves without a schema to the vendor's `Error`."""
    try:
        found = json.loads(reply.body)
    except ValueError:
        yield "$: no JSON"
        return
    needs_code = _file_of(request) == TRADING
    if not isinstance(found.get("message"), str):
        yield "$.message: not text"
    if needs_code and not isinstance(found.get("code"), int):
        yield "$.code: not a number"


def _told(error: BaseException) -> Iterator[str]:
    """Flatten what openapi-core found wrong, into fields and what is wrong with them."""
    name = getattr(error, "name", None)
    inner = [*getattr(error, "errors", ()), *([error.__cause__] if error.__cause__ else ())]
    schema_errors = tuple(getattr(error, "schema_errors", ()))
    for each in schema_errors:
        yield f"{each.json_path}: {each.message}"
    if schema_errors:
        return
    told = [what for each in inner for what in _told(each)]
    prefix = f"field {name}: " if name else ""
    yield from ([f"{prefix}{what}" for what in told] or [f"{prefix}{error}"])


def _operation(name: str, method: str, path: str) -> dict[str, Any] | None:
    paths = _described(name)["paths"]
    for template in sorted(paths, key=lambda each: each.count("{")):
        pattern = re.sub(r"\\\{.+?\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path) and method in paths[template]:
            found: dict[str, Any] = paths[template][method]
            return found
    return None


@lru_cache(maxsize=256)
def _statuses(name: str, method: str, path: str) -> frozenset[str] | None:
    operation = _operation(name, method, path)
    return None if operation is None else frozenset(operation["responses"])


@lru_cache(maxsize=256)
def _query_fields(name: str, method: str, path: str) -> frozenset[str] | None:
    operation = _operation(name, method, path)
    if operation is None:
        return None
    kept = _described(name)["components"].get("parameters", {})
    fields = (
        kept[each["$ref"].rsplit("/", 1)[1]] if "$ref" in each else each
        for each in operation.get("parameters", ())
    )
    return frozenset(each["name"] for each in fields if each["in"] == "query")
