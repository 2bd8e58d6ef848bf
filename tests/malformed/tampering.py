"""
What goes wrong with an answer on its way: its JSON, its bytes, its headers, its status.

    a case        one answer of a scene, spoiled once, or twice
    kept          the change keeps the meaning: the call must come to what it came to before
"""

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from random import Random
from typing import Any

from tests.malformed.recording import Exchanged
from tests.malformed.trees import spoiled
from tests.servers.face import Reply

_TWO = 0.2  # of cases that are spoiled twice
_STATUSES = (
    *(100, 101, 200, 200, 201, 202, 203, 204, 205, 206, 207, 299, 300, 301, 302, 303, 304, 307),
    *(308, 400, 400, 401, 402, 403, 403, 404, 404, 405, 406, 408, 409, 410, 413, 415, 418, 422),
    *(422, 425, 429, 431, 451, 499, 500, 500, 501, 502, 503, 503, 504, 505, 520, 599, 600, 999),
)
_HTML = (
    b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>",
    b"<html><body>Request unsuccessful. Incapsula incident ID: 1</body></html>",
    b"<?xml version='1.0' encoding='UTF-8'?><order><id>1</id><status>ok</status></order>",
)
_BODIES = (
    *(b"", b" ", b"\n\n", b"null", b"[]", b"{}", b'""', b"0", b"true", b"[[]]", b"[{}]", b'"null"'),
    *(b"{", b"[", b"}", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"NaN", b"-", b"OK", b"not found"),
    *(b"[" * 10_000, b"[" * 10_000 + b"]" * 10_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
    *(b"{}{}", b'{"data":{}}', b'{"error":{}}', b'{"errors":[]}', b'{"order":{}}', b'{"id":1}'),
    *(b'{"message":""}', b'{"code":null}', b'{"fault":{}}', b'{"data":{"items":{}}}'),
    *(b'{"orders":"null"}', b'{"positions":"null"}', b'{"message":"forbidden."}'),
)
_HEADERS: tuple[tuple[str, bytes], ...] = (
    *(("content-type", each) for each in (b"text/html", b"", b"application/xml", b"\xff")),
    *(("content-length", each) for each in (b"-1", b"0", b"99999999999", b"x")),
    *(("content-encoding", each) for each in (b"gzip", b"br", b"identity, gzip", b"", b"x" * 99)),
    *(("date", each) for each in (b"yesterday", b"", b"Thu, 99 Dec 2015 99:99:99 GMT")),
    ("date", b"Fri, 31 Dec 9999 23:59:59 -2359"),
    ("date", b"Mon, 01 Jan 0001 00:00:00 +2359"),
    ("date", b"Thu, 24 Dec 2015 17:50:00 +9959"),
    *(("retry-after", each) for each in (b"-1", b"999999999999999", b"soon", b"1e9", b"\xb2")),
    ("retry-after", b"Fri, 31 Dec 9999 23:59:59 GMT"),
    *(("location", each) for each in (b"https://elsewhere.invalid/", b"//", b"\xff")),
    *(("x-ratelimit-remaining", each) for each in (b"-1", b"0", b"NaN", b"9" * 40, b"\xb2")),
    *(("x-ratelimit-reset", each) for each in (b"0", b"-1", b"9" * 11, b"9" * 40, b"x")),
    *(("x-ratelimit-available", each) for each in (b"-1", b"0", b"1e999", b"9" * 40, b"x")),
    *(("x-ratelimit-expiry", each) for each in (b"0", b"-1", b"9" * 15, b"9" * 40, b"x")),
    *(("set-cookie", each) for each in (b"a=b", b"\0", b"x" * 10_000)),
    ("transfer-encoding", b"chunked"),
    ("x-" + "y" * 5_000, b"z" * 60_000),
)


class Pace(Enum):
    """How the body comes."""

    WHOLE = "whole"
    BYTEWISE = "a few bytes at a time"
    ENDLESS = "endless"
    SLOW = "slow"
    BREAKS = "breaks off"
    NEVER = "never comes"
    UNREACHED = "no connection"


@dataclass(frozen=True, slots=True)
class Tampered:
    """An answer as it arrives after all."""

    status: int
    headers: tuple[tuple[str, bytes], ...]
    body: bytes
    pace: Pace = Pace.WHOLE
    kept: bool = False
    done: tuple[str, ...] = ()  # to it, in order

    @classmethod
    def of(cls, reply: Reply) -> "Tampered":
        """Begin with what was recorded."""
        pairs = tuple((name, value.encode()) for name, value in reply.headers.items())
        return cls(reply.status, pairs, reply.body)


@dataclass(frozen=True, slots=True)
class Wardrobe:
    """What a case may be made of: the rest of the recording."""

    others: Sequence[Exchanged]

    def any_of(self, rng: Random) -> Exchanged:
        """Give another answer."""
        return rng.choice(self.others)


_Spoil = Callable[[Random, Tampered, Wardrobe], Tampered]


def tamper(rng: Random, reply: Reply, wardrobe: Wardrobe) -> Tampered:
    """Spoil an answer."""
    found = _spoil(rng, Tampered.of(reply), wardrobe)
    if rng.random() < _TWO:
        found = _spoil(rng, replace(found, kept=False), wardrobe)
        found = replace(found, kept=False)
    return found


def _spoil(rng: Random, found: Tampered, wardrobe: Wardrobe) -> Tampered:
    name, spoil = rng.choices(_SPOILS, _WEIGHTS)[0]
    spoilt = spoil(rng, found, wardrobe)
    if len(spoilt.done) == len(found.done):
        spoilt = replace(spoilt, done=(*spoilt.done, name))
    return spoilt


def _tree(rng: Random, found: Tampered, wardrobe: Wardrobe) -> Tampered:
    try:
        words, body = spoiled(rng, found.body, wardrobe.any_of(rng).tree)
    except (ValueError, RecursionError):
        return _bytes(rng, found, wardrobe)
    return replace(found, body=body, done=(*found.done, words))


def _bytes(rng: Random, found: Tampered, _: Wardrobe) -> Tampered:
    body, at = found.body, rng.randrange(len(found.body) + 1)
    odd = rng.randbytes(rng.randrange(1, 4))
    bodies = (body[:at] + odd + body[at:], body[:at] + odd + body[at + len(odd) :], odd + body)
    return replace(found, body=rng.choice((*bodies, body + odd, body + b"\0", body + body)))


def _truncated(rng: Random, found: Tampered, _: Wardrobe) -> Tampered:
    return replace(found, body=found.body[: rng.randrange(len(found.body) + 1)])


def _encoded(rng: Random, found: Tampered, _: Wardrobe) -> Tampered:
    text = found.body.decode("utf-8", "replace")
    coding = rng.choice(["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7", "cp500", "latin-1"])
    return replace(
        found,
        body=text.encode(coding, "replace"),
        done=(*found.done, f"encoded in {coding}"),
    )


def _replaced(rng: Random, found: Tampered, _: Wardrobe) -> Tampered:
    body = rng.choice((*_HTML, *_HTML, *_BODIES))
    return replace(found, body=body, done=(*found.done, f"body {body[:40]!r}"))


def _swapped(rng: Random, found: Tampered, wardrobe: Wardrobe) -> Tampered:
    other = wardrobe.any_of(rng).reply
    status = other.status if rng.random() < 0.5 else found.status
    return replace(found, status=status, body=other.body)


def _status(rng: Random, found: Tampered, _: Wardrobe) -> Tampered:
    status = rng.choice(_STATUSES)
    body = b"" if rng.random() < 0.15 else found.body
    return replace(found, status=status, body=body, done=(*found.done, f"status {status}"))


def _header(rng: Random, found: Tampered, _: Wardrobe) -> Tampered:
    extra = rng.choice(_HEADERS)
    is_instead = rng.random() < 0.5
    others = tuple(each for each in found.headers if each[0] != extra[0])
    headers = (*(others if is_instead else found.headers), extra)
    return replace(found, headers=headers, done=(*found.done, f"header {extra[0][:30]}"))


def _bomb(rng: Random, found: Tampered, _: Wardrobe) -> Tampered:
    body = _BOMB if rng.random() < 0.5 else gzip.compress(found.body)
    return replace(found, body=body, headers=(*found.headers, ("content-encoding", b"gzip")))


def _big(rng: Random, found: Tampered, _: Wardrobe) -> Tampered:
    return replace(found, body=rng.choice(_BIG))


def _paced(rng: Random, found: Tampered, _: Wardrobe) -> Tampered:
    pace = rng.choice(list(Pace)[1:])
    is_kept = pace is Pace.BYTEWISE
    return replace(found, pace=pace, kept=is_kept, done=(*found.done, pace.value))


def _kept(rng: Random, found: Tampered, wardrobe: Wardrobe) -> Tampered:
    """Change what carries no meaning: spaces, order of keys, escapes, keys that nobody knows."""
    try:
        tree = json.loads(found.body)
    except (ValueError, RecursionError):
        return replace(found, headers=(*found.headers, ("x-other", b"1")), kept=True)
    body = rng.choice(_WRITERS)(rng, tree, found.body)
    return replace(found, body=body, kept=True)


def _beside(_: Random, tree: Any, __: bytes) -> bytes:  # noqa: ANN401 - any JSON
    if isinstance(tree, dict):
        tree = {"x-unknown": [1, {"y": None}], **tree, "zz": "1"}
    return json.dumps(tree).encode()


def _turned(rng: Random, tree: Any, _: bytes) -> bytes:  # noqa: ANN401 - any JSON
    return json.dumps(_reordered(rng, tree), indent=rng.choice([None, 1, "\t"])).encode()


def _reordered(rng: Random, tree: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(tree, dict):
        keys = list(tree)
        rng.shuffle(keys)
        return {key: _reordered(rng, tree[key]) for key in keys}
    return [_reordered(rng, each) for each in tree] if isinstance(tree, list) else tree


def _escaped(_: Random, __: object, body: bytes) -> bytes:
    """Write a letter and every slash inside strings as escapes."""
    return body.replace(b'"id"', b'"\\u0069d"').replace(b"/", b"\\/")


def _spaced(_: Random, __: object, body: bytes) -> bytes:
    return b" \r\n\t" + body + b"\n \t\r\n"


_WRITERS: tuple[Callable[[Random, Any, bytes], bytes], ...] = (_beside, _turned, _escaped, _spaced)
_BOMB = gzip.compress(b"[" + b"0," * 5_000_000 + b"0]")
_BIG = (
    b"[" + b"0," * 3_000_000 + b"0]",
    b'{"a":"' + b"x" * 5_000_000 + b'"}',
    b"[" + b"{}," * 900_000 + b"{}]",
    b" " * 9_000_000,
)
_TABLE: tuple[tuple[str, float, _Spoil], ...] = (
    ("tree", 60, _tree),
    ("bytes", 4, _bytes),
    ("truncated", 5, _truncated),
    ("encoded", 2.5, _encoded),
    ("another body", 4, _replaced),
    ("another answer", 4, _swapped),
    ("status", 8, _status),
    ("header", 4, _header),
    ("gzip", 0.5, _bomb),
    ("big", 0.02, _big),
    ("pace", 1.5, _paced),
    ("kept", 4, _kept),
)
_SPOILS = [(name, spoil) for name, _, spoil in _TABLE]
_WEIGHTS = [weight for _, weight, _ in _TABLE]
