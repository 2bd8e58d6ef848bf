r"""
Credentials out of what strangers say, before anybody keeps it.

    as it stands      also as JSON, a URL or a form writes it
    mixed             some letters escaped, once or more, as in JSON, URLs, HTML: \/ %2F &#47;
    in several ways   one after the other: all of it is hidden, since no part can be told
    base64            by itself, or in the middle of something longer
"""

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable
from html import escape, unescape
from json import dumps
from urllib.parse import quote, quote_plus, unquote

HIDDEN = "[hidden]"
_SHORTEST = 8  # a shorter value would also be found where it does not stand for itself
_LAYERS = 8
_UNICODE = re.compile(r"\\+u([0-9a-fA-F]{4})")
_MARKS = "\\%&"  # what any escaped letter begins with
_FIRST_WHOLE = (0, 2, 3)  # letter of base64 that no byte before the value has a part in


class Redactor:
    """Replaces the given values, however they are written. Its `repr` tells none."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Hide *secrets*: whole header values are also taken word by word ("Bearer ...")."""
        words = {word for secret in secrets for word in (secret, *secret.split())}
        self._words = [word for word in words if len(word) >= _SHORTEST]
        forms = {form for word in self._words for form in _forms(word)}
        self._forms = sorted(forms, key=len, reverse=True)  # a longer one may hold a shorter

    def text(self, words: str) -> str:
        """Return *words* without the values."""
        for form in self._forms:
            words = words.replace(form, HIDDEN)
        if self._words and any(mark in words for mark in _MARKS):
            words = re.sub(self._mixed(), HIDDEN, words)
            if self._is_inside(words):
                return HIDDEN
        return words

    def body(self, body: bytes) -> bytes:
        """Return *body* without the values."""
        for form in self._forms:
            body = body.replace(form.encode(), HIDDEN.encode())
        if self._words and any(mark.encode() in body for mark in _MARKS):
            body = re.sub(self._mixed().encode(), HIDDEN.encode(), body)
            if self._is_inside(body.decode("utf-8", "replace")):
                return HIDDEN.encode()
        return body

    def _is_inside(self, words: str) -> bool:
        """Whether a value shows once what was escaped in several ways is undone, layer by layer."""
        for _ in range(_LAYERS):
            plain = unescape(unquote(_UNICODE.sub(_letter_of, words.replace("\\/", "/"))))
            if plain == words:
                return False
            words = plain
            if any(word in words for word in self._words):
                return True
        return False

    def _mixed(self) -> str:
        """Give the pattern of all values, each letter as it is or escaped."""
        words = sorted(self._words, key=len, reverse=True)
        return "|".join("".join(map(_letter, word)) for word in words)


def _letter_of(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))


def _forms(word: str) -> set[str]:
    plain = {word, dumps(word)[1:-1], quote(word, safe=""), quote_plus(word)}
    return plain | set(_encoded(word.encode()))


def _encoded(word: bytes) -> Iterable[str]:
    """Give what any base64 of a text that holds *word* holds, wherever the text begins."""
    for offset, first in enumerate(_FIRST_WHOLE):
        whole = (offset + len(word)) * 8 // 6  # letters that nothing after it has a part in
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(b"\0" * offset + word).decode()[first:whole]


def _letter(letter: str) -> str:
    """Give the pattern of one letter, escaped in whatever way, and however often."""
    code, percent = ord(letter), quote(letter, safe="")
    hexes = percent[1:].split("%") if percent.startswith("%") else [f"{code:02X}"]
    ways = [
        rf"\\*{re.escape(letter)}",
        rf"\\+(?i:u{code:04x})",
        "".join(f"%(?:25)*(?i:{each})" for each in hexes),
        rf"&(?:amp;)*\#0*{code};",
        rf"&(?:amp;)*\#(?i:x0*{code:x});",
    ]
    if (named := escape(letter)) != letter:
        ways.append(f"&(?:amp;)*{re.escape(named[1:])}")
    if letter == " ":
        ways.append(r"\+")
    return f"(?:{'|'.join(ways)})"
