"""What may stand in a log line: plain values, no secrets, nothing that steers a terminal."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from enum import Enum
from urllib.parse import quote

MASK = "[redacted]"
_SHORTEST_SECRET = 4  # characters; a shorter one would mask ordinary words
_SECRET_NAMES = ("secret", "password", "token", "authorization", "api_key", "key_id")
_CONTROL = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # controls, direction marks, odd line ends

Change = Callable[[str], str]


def plain(value: object) -> object:
    """
    Give *value* as JSON has it.

    Money stays exact (text), instants are UTC with a Z, states are their values, and
    what is under a name like "password" is masked.
    """
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Enum():
            return plain(value.value)
        case Mapping():
            return {str(name): _named(str(name), inner) for name, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(inner) for inner in value]
        case _:
            return _as_text(value)


def each_text(value: object, change: Change) -> object:
    """Apply *change* to every text in a plain value, names included."""
    match value:
        case str():
            return change(value)
        case dict():
            return {change(name): each_text(inner, change) for name, inner in value.items()}
        case list():
            return [each_text(inner, change) for inner in value]
        case _:
            return value


def masking(secrets: Iterable[str]) -> Change:
    """Give a function that masks *secrets* in a text, also where they are percent-encoded."""
    known = {secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}
    known |= {quote(secret, safe="") for secret in known}
    ordered = sorted(known, key=len, reverse=True)

    def mask(text: str) -> str:
        for secret in ordered:
            text = text.replace(secret, MASK)
        return text

    return mask


def visible(text: str) -> str:
    """Write control characters out, an escape as four letters, so that they act on nothing."""
    if text.isprintable():
        return text
    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) in _CONTROL else char
        for char in text
    )


def _named(name: str, value: object) -> object:
    is_secret = any(word in name.lower() for word in _SECRET_NAMES)
    return MASK if is_secret and value is not None else plain(value)


def _as_text(value: object) -> str:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)
