"""The order stream, as the stand-in speaks it."""

import pytest

from botd.brokers.alpaca import wire_stream
from tests.brokers.alpaca.answers import AT
from tests.servers.alpaca import KEY_ID, SECRET_KEY, STREAM_PATH, AlpacaFace
from tests.servers.exchange import Exchange


def test_greeting_opens_the_stream() -> None:
    """Keys first, then what is listened to; neither answer is news."""
    session = AlpacaFace(Exchange(account="PA1", now=lambda: AT)).push(STREAM_PATH)
    assert session is not None

    answers = [
        answer
        for frame in wire_stream.greeting(KEY_ID, SECRET_KEY)
        for answer in session.hear(frame)
    ]

    assert [
        b'{"stream": "authorization", "data": {"status": "authorized", "action": "authenticate"}}',
        b'{"stream": "listening", "data": {"streams": ["trade_updates"]}}',
    ] == answers
    assert not any(map(wire_stream.is_news, answers))


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (b'{"stream": "trade_updates", "data": {"event": "fill"}}', True),
        ('{"stream": "trade_updates"}', True),
        (b'{"stream": "authorization", "data": {"status": "unauthorized"}}', False),
        (b"[]", False),
    ],
)
def test_news_is_what_happens_to_an_order(*, frame: bytes | str, expected: bool) -> None:
    """Greetings wake nobody."""
    assert expected is wire_stream.is_news(frame)


def test_frame_without_json_is_no_news() -> None:
    """The stream goes on past what it cannot read."""
    with pytest.raises(ValueError, match="Expecting value"):
        wire_stream.is_news(b"\x00")
