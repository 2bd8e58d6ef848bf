"""
From the bytes of a file to a table; the only place that reads TOML and JSON.

Windows line ends and a byte order mark are legal. Numbers with a point become
`Decimal`: money never passes through a `float`.
"""

import json
import tomllib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_bytes(path: Path) -> bytes:
    """
    Read a whole file.

    Raises:
        ValueError: it cannot be read; the message says why.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ValueError("no such file") from None
    except IsADirectoryError:
        raise ValueError("is a folder, not a file") from None
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror or error}") from None


def parse_toml(data: bytes) -> dict[str, Any]:
    """
    Read TOML.

    Raises:
        ValueError: it is no TOML; the message names line and column.
    """
    found: dict[str, Any] = _parse(
        data,
        "TOML",
        lambda words: tomllib.loads(words, parse_float=Decimal),
    )
    return found


def parse_json(data: bytes) -> dict[str, Any]:
    """
    Read a JSON document whose top is an object.

    Raises:
        ValueError: it is none; the message names line and column.
    """
    found = _parse(
        data,
        "JSON",
        lambda words: json.loads(words, parse_float=Decimal, object_pairs_hook=_once_each),
    )
    if isinstance(found, dict):
        return found
    raise ValueError('not a JSON object; allowed: {"position": [...]}')


def _parse(data: bytes, language: str, parse: Callable[[str], Any]) -> Any:  # noqa: ANN401 - raw
    try:
        words = data.removeprefix(_BYTE_ORDER_MARK).decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line} is not UTF-8 text") from None
    try:
        return parse(words)
    except RecursionError:
        raise ValueError(f"not valid {language}: nested too deep") from None
    except ValueError as error:
        raise ValueError(f"not valid {language}: {error}") from None


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice; JSON itself would let the last one win."""
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"key {twice!r} stands twice in one object")
    return found
