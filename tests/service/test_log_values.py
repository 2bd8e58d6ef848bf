from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum

import pytest

from botd.service.log_values import each_text, masking, plain, visible


class State(Enum):
    OPEN = "open"


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        pytest.param("1.10", Decimal("1.10"), id="money keeps its cents"),
        pytest.param("open", State.OPEN, id="a state is its value"),
        pytest.param(None, None, id="absence"),
        pytest.param(True, True, id="a yes"),
        pytest.param(3, 3, id="a number"),
        pytest.param("2015-12-24T17:50:00Z", datetime(2015, 12, 24, 17, 50, tzinfo=UTC), id="UTC"),
        pytest.param(
            "2015-12-24T17:50:00Z",
            datetime(2015, 12, 24, 12, 50, tzinfo=timezone(timedelta(hours=-5))),
            id="another zone becomes UTC",
        ),
        pytest.param(
            "2015-12-24 17:50:00",
            datetime(2015, 12, 24, 17, 50),  # noqa: DTZ001 - the subject
            id="an instant without a zone claims none",
        ),
        pytest.param("0:00:30", timedelta(seconds=30), id="a duration"),
        pytest.param("b'x'", b"x", id="bytes"),
        pytest.param(["open", "1"], (State.OPEN, Decimal(1)), id="a tuple"),
        pytest.param({"3": ["1"]}, {3: {Decimal(1)}}, id="a mapping and a set"),
        pytest.param({"Secret_Key": "[redacted]"}, {"Secret_Key": "abc"}, id="a telling name"),
        pytest.param({"a": {"token": "[redacted]"}}, {"a": {"token": [1]}}, id="deep inside"),
        pytest.param({"password": None}, {"password": None}, id="no password is no secret"),
    ],
)
def test_plain(expected: object, value: object) -> None:
    """Each row is a value as a log line has it."""
    assert expected == plain(value)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        pytest.param("key [redacted].", "key s3cr/et.", id="as it stands"),
        pytest.param("?k=[redacted]", "?k=s3cr%2Fet", id="percent-encoded"),
        pytest.param("[redacted]", "s3cr/et-longer", id="the longer of two"),
        pytest.param("abc", "abc", id="three characters are an ordinary word"),
    ],
)
def test_masking(expected: str, text: str) -> None:
    """Each row is one shape in which a secret gets into a text."""
    assert expected == masking(("s3cr/et", "s3cr/et-longer", "abc"))(text)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        pytest.param("Größe 1 €", "Größe 1 €", id="letters of any language stay"),
        pytest.param("\\x1b[2Jgone", "\x1b[2Jgone", id="an escape sequence"),
        pytest.param("a\\nb", "a\nb", id="a line end, which could forge a line"),
        pytest.param("\\u202eevil", "\u202eevil", id="a direction mark"),
        pytest.param("\\x9b1m", "\x9b1m", id="an escape of one byte"),
        pytest.param("\\ud800", "\ud800", id="half a character"),
        pytest.param("a\u00a0b\\x00", "a\u00a0b\0", id="an odd space stays beside a control"),
    ],
)
def test_visible(expected: str, text: str) -> None:
    """Each row is something that a broker could send to steer a terminal."""
    assert expected == visible(text)


def test_every_text_is_reached() -> None:
    """Names, lists and mappings change; numbers stay."""
    assert {"A": ["B", {"C": "D"}, 1, None]} == each_text(
        {"a": ["b", {"c": "d"}, 1, None]}, str.upper
    )
