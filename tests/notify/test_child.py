import io
import json
from typing import Any

import pytest

from botd.notify.child import answer
from tests.notify.loopback import Receiver

# The library still imports a module that Python 3.13 no longer has, where it is there.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

DELIVER = {"do": "deliver", "title": "NOT ready", "body": "SPY :smile: *x*", "level": "page"}


def answers_to(request: dict[str, Any], *urls: str) -> dict[int, str | None]:
    out = io.StringIO()
    answer({**request, "urls": list(urls), "seconds": 5}, out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    return {line["channel"]: line["error"] for line in lines}


def test_a_message_arrives_as_it_was_written(http: Receiver) -> None:
    """Title, body and urgency reach the channel; nothing in the text is interpreted."""
    assert {0: None} == answers_to(DELIVER, http.url("/alerts"))

    [sent] = http.bodies["/alerts"]
    arrived = json.loads(sent)

    assert ("NOT ready", "SPY :smile: *x*", "failure") == (
        arrived["title"],
        arrived["message"],
        arrived["type"],
    )


def test_each_channel_has_its_own_answer(http: Receiver) -> None:
    """A channel that refuses, one that isn't there and one that is unknown stop no other."""
    unknown = "nosuch://secret-token"

    answers = answers_to(
        DELIVER, http.url("/refuse/s3cret"), http.url("/fine"), "json://127.0.0.1:1/x", unknown
    )

    assert {1} == {channel for channel, error in answers.items() if error is None}
    assert "the notification library does not know this kind of URL" == answers[3]
    assert "error=500" in (answers[0] or "")
    assert "Connection error" in (answers[2] or "")
    assert "127.0.0.1" not in str(answers)


@pytest.mark.parametrize(
    ("expected", "path"),
    [
        pytest.param(None, "/beat", id="answered"),
        pytest.param("500", "/refuse", id="refused"),
    ],
)
def test_ping(http: Receiver, expected: str | None, path: str) -> None:
    """The heartbeat URL is asked for once, and its answer counts."""
    assert {0: expected} == answers_to({"do": "ping"}, http.url(path, "http"))
    assert 1 == len(http.bodies[path])


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://127.0.0.1:1/s3cret", id="nobody listens"),
        pytest.param("http://[s3cret", id="no URL"),
        pytest.param("http://127.0.0.1:x/s3cret", id="no port"),
    ],
)
def test_ping_that_goes_nowhere(url: str) -> None:
    """What can't be reached is told, without the address."""
    error = answers_to({"do": "ping"}, url)[0]

    assert error
    assert "s3cret" not in error


def test_check_sends_nothing(http: Receiver) -> None:
    """URLs are read and judged, and no message leaves."""
    answers = answers_to({"do": "check"}, http.url("/alerts"), "slack://tooshort")

    assert [None, "the notification library does not know this kind of URL"] == [
        answers[0],
        answers[1],
    ]
    assert {} == http.bodies


def test_an_exception_is_an_answer(http: Receiver) -> None:
    """Where sending raises, each channel has an error, and the parent learns of it."""
    request = {"do": "deliver", "level": "page"}

    assert {0: "KeyError: 'title'"} == answers_to(request, http.url("/alerts"))
