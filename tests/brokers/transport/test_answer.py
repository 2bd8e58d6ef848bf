"""An answer's class, and its words."""

import pytest

from botd.brokers.transport.answer import Answer


@pytest.mark.parametrize(
    ("expected", "status"), [(False, 199), (True, 200), (True, 299), (False, 300), (False, 404)]
)
def test_success(expected: bool, status: int) -> None:  # noqa: FBT001
    """The class of 200 is success, and nothing else."""
    assert expected is Answer(status, {}, b"").is_success


@pytest.mark.parametrize(
    ("expected", "body"),
    [
        pytest.param("no such order", b"no such order", id="short"),
        pytest.param("x" * 2000, b"x" * 2001, id="cut at two thousand characters"),
        pytest.param("é" * 2000, "é".encode() * 3000, id="characters, not bytes"),
        pytest.param("\N{REPLACEMENT CHARACTER}a", b"\xffa", id="no text"),
        pytest.param("", b"", id="empty"),
    ],
)
def test_words(expected: str, body: bytes) -> None:
    """A broker's words are kept verbatim, as far as a person reads."""
    assert expected == Answer(422, {}, body).words
