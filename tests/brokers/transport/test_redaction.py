"""Credentials in a stranger's words."""

import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botd.brokers.transport.redaction import HIDDEN, Redactor


@pytest.mark.parametrize(
    ("expected", "secret", "words"),
    [
        pytest.param("key [hidden]!", "12345678", "key 12345678!", id="the value"),
        pytest.param("key 1234567!", "1234567", "key 1234567!", id="too short to be told apart"),
        pytest.param("[hidden]", "Bearer abcdefgh", "Bearer abcdefgh", id="a whole header"),
        pytest.param("token [hidden]", "Bearer abcdefgh", "token abcdefgh", id="its value alone"),
        pytest.param("Bearer of news", "Bearer abcdefgh", "Bearer of news", id="not its scheme"),
        pytest.param("?k=[hidden]", "ab/cd+ef gh", "?k=ab%2Fcd%2Bef%20gh", id="in a URL"),
        pytest.param("k=[hidden]", "ab/cd+ef gh", "k=ab%2Fcd%2Bef+gh", id="in a form"),
        pytest.param('{"k":"[hidden]"}', 'ab"cd\\efgh', '{"k":"ab\\"cd\\\\efgh"}', id="in JSON"),
        pytest.param("k [hidden]", "ab/cd+ef=gh", "k ab\\/cd+ef=gh", id="with a slash escaped"),
        pytest.param("k [hidden]", "ab/cd+ef=gh", "k \\u0061b\\u002Fcd+ef=gh", id="in code points"),
        pytest.param("k [hidden]", "ab/cd+ef=gh", "k ab%2fcd+%65f%3dgh", id="half in a URL"),
        pytest.param("k [hidden]", 'ab<cd&ef"gh', "k ab&lt;cd&amp;ef&#34;&#x67;h", id="in HTML"),
        pytest.param("k [hidden]", "ab/cd+ef=gh", "k ab\\\\\\/cd%252Bef=gh", id="escaped again"),
        pytest.param("k YTp[hidden]A==", "secret-word", "k YTpzZWNyZXQtd29yZA==", id="in base64"),
    ],
)
def test_each_way_of_writing(expected: str, secret: str, words: str) -> None:
    """Each row is a way in which a broker may quote what it was sent."""
    redactor = Redactor([secret])

    assert expected == redactor.text(words)
    assert expected.encode() == redactor.body(words.encode())


def test_a_longer_secret_goes_first() -> None:
    """Where one value begins another, no tail of the longer stays."""
    assert "[hidden]" == Redactor(["abcdefgh", "abcdefgh-ijklmnop"]).text("abcdefgh-ijklmnop")


def test_its_repr_tells_nothing() -> None:
    """It holds the values, and shows none."""
    assert "abcdefgh" not in repr(Redactor(["abcdefgh"]))


@given(secret=st.text('aZ0+/=_-"\\ é', min_size=8).filter(lambda it: it == it.strip()))
def test_no_form_survives(secret: str) -> None:
    """Whatever the secret is made of, none of its forms is left in the words."""
    forms = [secret, json.dumps(secret)[1:-1], quote(secret, safe=""), quote_plus(secret)]

    found = Redactor([secret]).text(" <> ".join(forms))

    assert [] == [form for form in forms if form in found]


def test_a_token_escaped_in_two_ways_stood_in_an_error() -> None:
    """Percent-encoded, and that once more in code points: nothing of the words is told."""
    twice = "".join(f"\\u{ord(letter):04x}" for letter in quote("s3cr3t/token+value", safe=""))
    redactor = Redactor(["s3cr3t/token+value"])

    assert HIDDEN == redactor.text(f"no such key: {twice}")
    assert HIDDEN.encode() == redactor.body(f'{{"error": "{twice}"}}'.encode())


def test_escapes_of_other_words_are_left_alone() -> None:
    """Only what holds a value is hidden."""
    redactor = Redactor(["s3cr3t/token+value"])

    assert r"100%25 \u0041 &amp;" == redactor.text(r"100%25 \u0041 &amp;")
    assert b"100%25 \\u0041" == redactor.body(b"100%25 \\u0041")
