"""
Every request and reply of the ClickOptions face, held against the document's own OpenAPI.

The document is no part of this repository; without it `checked` gives the face as it is,
and a test that is about nothing else asks `is_described` and skips. What the vendor's
gateway may say before an operation is reached (401, 429) is not in it, and not checked.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS31Validator

from tests.servers.clickoptions import ClickOptionsFace
from tests.servers.face import Reply, Request

_FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "reference" / "seeds"
_FILES = "004_*.txt"
MISSING = "the document (../shared/reference/seeds/004_*) is not at hand"
_BLOCK = re.compile(r"^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PREFIX = "/api"
_UNDOCUMENTED = frozenset({401, 405, 429})


class Violation(AssertionError):  # noqa: N818 - what a test fails with
    """The description does not allow it."""


class CheckedClickOptions(ClickOptionsFace):
    """A face whose every word is checked."""

    n_checked = 0
    tolerates_requests = False  # where a test asks wrongly on purpose

    def handle(self, request: Request) -> Reply:
        """Check the request, answer, check the reply."""
        if not self.tolerates_requests:
            _hold(request_faults(request), f"{request.method} {request.path}")
        reply = super().handle(request)
        where = f"{request.method} {request.path} -> {reply.status}"
        _hold(reply_faults(request, reply), where)
        self.n_checked += 1
        return reply


def is_described() -> bool:
    """Tell whether the document is at hand."""
    return any(_FOLDER.glob(_FILES))


def face_class() -> type[ClickOptionsFace]:
    """Give the face with a check, if the document is at hand."""
    return CheckedClickOptions if is_described() else ClickOptionsFace


@lru_cache(maxsize=1)
def description() -> dict[str, Any]:
    """Read what the document embeds: an object for each of its operations."""
    [path] = _FOLDER.glob(_FILES)
    parts = [json.loads(block) for block in _BLOCK.findall(path.read_text())]
    whole: dict[str, Any] = {"paths": {}, "components": {"schemas": {}}}
    for part in parts:
        whole["paths"] |= part["paths"]
        whole["components"]["schemas"] |= part["components"]["schemas"]
    return whole


def request_faults(request: Request) -> Iterator[str]:
    """Tell what is wrong with a request: its path, a field that is unknown, or of no number."""
    found = _operation(request)
    if found is None:
        yield "no such operation"
        return
    operation, values = found
    known = {each["name"]: each for each in operation["parameters"]}
    for name, value in (*request.query, *values.items()):
        if name not in known:
            yield f"field {name}: unknown"
        elif known[name]["schema"]["type"] == "integer" and not value.isdigit():
            yield f"field {name}: {value!r} is no number"


def reply_faults(request: Request, reply: Reply) -> Iterator[str]:
    """Tell what is wrong with a reply: its status, a field, a name that nobody knows."""
    found = _operation(request)
    if found is None or reply.status in _UNDOCUMENTED:
        return
    told = found[0]["responses"].get(str(reply.status))
    if told is None:
        yield "undocumented status"
        return
    schema = told["content"]["*/*"]["schema"]
    body = json.loads(reply.body)
    whole = {**schema, "components": description()["components"]}
    for error in OAS31Validator(whole).iter_errors(_without_null(body)):
        yield f"{error.json_path}: {error.message}"
    yield from _unknown(body, schema, "$")


def _without_null(found: Any) -> Any:  # noqa: ANN401 - any JSON
    """Leave null out: what is optional there is null in practice, as with most such servers."""
    if isinstance(found, dict):
        return {key: _without_null(value) for key, value in found.items() if value is not None}
    return [_without_null(each) for each in found] if isinstance(found, list) else found


def _unknown(found: Any, schema: Mapping[str, Any], path: str) -> Iterator[str]:  # noqa: ANN401
    """Tell names that the schema has not, and of a position those that are left out."""
    name = schema.get("$ref", "").rpartition("/")[2]
    resolved = description()["components"]["schemas"][name] if name else schema
    if isinstance(found, list):
        for number, each in enumerate(found):
            yield from _unknown(each, resolved["items"], f"{path}[{number}]")
    elif isinstance(found, dict) and "properties" in resolved:
        yield from (
            f"{path}.{key}: unknown" for key in found.keys() - resolved["properties"].keys()
        )
        yield from (
            f"{path}.{key}: missing" for key in resolved["properties"].keys() - found.keys()
        )
        for key in found.keys() & resolved["properties"].keys():
            yield from _unknown(found[key], resolved["properties"][key], f"{path}.{key}")


def _operation(request: Request) -> tuple[dict[str, Any], dict[str, str]] | None:
    """Find the operation of a request, and the values of its path."""
    path = request.path.removeprefix(_PREFIX)
    for template, methods in description()["paths"].items():
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template)
        found = re.fullmatch(pattern, path)
        if found is not None and request.method.lower() in methods:
            return methods[request.method.lower()], found.groupdict()
    return None


def _hold(faults: Iterator[str], where: str) -> None:
    found = [f"{where}: {fault}" for fault in faults]
    if found:
        raise Violation("\n".join(found))
