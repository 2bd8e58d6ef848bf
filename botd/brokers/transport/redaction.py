"""Credentials out of what strangers say, before anybody keeps it."""

from collections.abc import Iterable
from json import dumps
from urllib.parse import quote, quote_plus

HIDDEN = "[hidden]"
_SHORTEST = 8  # a shorter value would also be found where it does not stand for itself


class Redactor:
    """Replaces the given values, also as JSON or a URL writes them. Its `repr` tells none."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Hide *secrets*: whole header values are also taken word by word ("Bearer ...")."""
        words = {word for secret in secrets for word in (secret, *secret.split())}
        forms = {form for word in words if len(word) >= _SHORTEST for form in _forms(word)}
        self._forms = sorted(forms, key=len, reverse=True)  # a longer one may hold a shorter

    def text(self, words: str) -> str:
        """Return *words* without the values."""
        for form in self._forms:
            words = words.replace(form, HIDDEN)
        return words

    def body(self, body: bytes) -> bytes:
        """Return *body* without the values."""
        for form in self._forms:
            body = body.replace(form.encode(), HIDDEN.encode())
        return body


def _forms(word: str) -> set[str]:
    return {word, dumps(word)[1:-1], quote(word, safe=""), quote_plus(word)}
