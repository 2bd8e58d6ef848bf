import pytest

from botd.notify.redact import redact, scheme_of


@pytest.mark.parametrize(
    ("expected", "text", "url"),
    [
        pytest.param(
            "POST [redacted] failed", "POST slack://T0KEN/other1 failed", "slack://T0KEN/other1"
            , id="the whole URL",
        ),
        pytest.param(
            "token [redacted] is wrong", "token T0KEN is wrong", "slack://T0KEN/other1",
            id="a host that is a token",
        ),
        pytest.param(
            "bad login [redacted]", "bad login pa/ss word", "mailto://me:pa%2Fss%20word@host.org",
            id="a password with its percent signs decoded",
        ),
        pytest.param(
            "key [redacted]", "key abcd", "json://h.org/?to=abcd", id="four characters of a query",
        ),
        pytest.param("key abc", "key abc", "json://h.org/?to=abc", id="three are an ordinary word"),
        pytest.param("[redacted]", "plain-secret", "plain-secret", id="a URL without a scheme"),
        pytest.param("a b", " a\r\n\tb ", "json://h.org", id="several lines become one"),
    ],
)  # fmt: skip
def test_secrets_leave_a_text(expected: str, text: str, url: str) -> None:
    """Each row is one place where a channel's URL may hold its secret."""
    assert expected == redact(text, (url,))


def test_the_longest_part_is_masked_first() -> None:
    """A part that lies inside another leaves nothing of the longer one behind."""
    assert "[redacted]" == redact("tokentoken", ("a://token/tokentoken",))


def test_a_long_text_is_cut() -> None:
    """A broker's page of HTML doesn't fill the ledger."""
    assert 500 == len(redact("x" * 2000, ()))


@pytest.mark.parametrize(
    ("expected", "url"),
    [
        pytest.param("slack", "slack://a/b", id="a kind of channel"),
        pytest.param("unreadable URL", "secret", id="no scheme at all"),
        pytest.param("unreadable URL", "se cret://x", id="a scheme that is none"),
    ],
)
def test_scheme(expected: str, url: str) -> None:
    """Only a well-formed scheme is shown."""
    assert expected == scheme_of(url)
