"""Keeps what a channel's URL holds (tokens, passwords, hosts) out of every text."""

import re
from collections.abc import Iterable
from urllib.parse import unquote

_MASK = "[redacted]"
_SHORTEST = 4  # characters; masking shorter parts would eat ordinary words
_LONGEST = 500  # characters of a fault that are kept
_SEPARATORS = re.compile(r"[/:@?&=,;#\s]+")


def redact(text: str, urls: Iterable[str]) -> str:
    """
    Give *text* as one line of at most 500 characters without any part of *urls*.

    A channel's URL may carry its secret in any place (`slack://token/token`,
    `mailto://user:password@host`), so everything behind the scheme is masked, as it
    stands and with its percent signs decoded.
    """
    parts = {part for url in urls for part in _parts(url)}
    for part in sorted(parts, key=len, reverse=True):
        text = text.replace(part, _MASK)
    return " ".join(text.split())[:_LONGEST]


def scheme_of(url: str) -> str:
    """Tell the kind of channel, the only part of a URL that is no secret."""
    scheme, separator, _ = url.partition("://")
    return scheme if separator and scheme.isalnum() else "unreadable URL"


def _parts(url: str) -> set[str]:
    rest = url.partition("://")[2] or url
    pieces = {url, rest, *_SEPARATORS.split(rest)}
    pieces |= {unquote(piece) for piece in pieces}
    return {piece for piece in pieces if len(piece) >= _SHORTEST}
