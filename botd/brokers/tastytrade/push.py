"""
The account stream: it says that something changed, and `orders` what.

    connect      with the account's number and an access token, once connected
    heartbeat    with a token of the moment, every 2 to 60 s
    news         a message of type Order; the answers to the two above are none

Source: streaming-account-data.md.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from json import dumps

from botd.brokers.transport.credentials import BearerCredentials
from botd.brokers.transport.fields import Fields, parse_json
from botd.brokers.transport.stream import Frame, Heartbeat, Line, PushStream
from botd.clock import Clock

_EVERY = timedelta(seconds=20)
Dial = Callable[[str], AbstractAsyncContextManager[Line]]


def account_stream(
    url: str,
    clock: Clock,
    *,
    account: str,
    bearer: BearerCredentials,
    dial: Dial | None = None,
) -> PushStream:
    """
    Make the stream of one account; it connects once somebody waits.

    *dial* opens a connection; None: a real one.
    """

    async def opening() -> Sequence[Frame]:
        return [await _frame("connect", bearer, {"value": [account]})]

    async def heartbeat() -> Frame:
        return await _frame("heartbeat", bearer, {})

    return PushStream(
        url,
        clock,
        is_news=_is_news,
        opening=opening,
        heartbeat=Heartbeat(_EVERY, heartbeat),
        dial=dial,
    )


async def _frame(action: str, bearer: BearerCredentials, more: dict[str, object]) -> str:
    return dumps({"action": action, **more, "auth-token": f"Bearer {await bearer.token()}"})


def _is_news(frame: Frame) -> bool:
    body = frame.encode() if isinstance(frame, str) else frame
    return Fields.of(parse_json(body)).maybe_text("type") == "Order"
