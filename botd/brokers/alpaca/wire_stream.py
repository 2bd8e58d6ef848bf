"""
Alpaca's order stream: JSON in binary frames.

    sent      authenticate, with the keys; listen, to `trade_updates`
    received  authorization, listening: greetings; trade_updates: something about an order

Nothing is told of what happened while nobody listened. Source: the vendor's page on
streaming of the trading API.
"""

import json
from collections.abc import Mapping

from botd.brokers.transport.stream import Frame

_UPDATES = "trade_updates"


def greeting(key_id: str, secret_key: str) -> tuple[Frame, ...]:
    """Write what is sent on each new connection, in order."""
    keys = {"key_id": key_id, "secret_key": secret_key}
    frames = (
        {"action": "authenticate", "data": keys},
        {"action": "listen", "data": {"streams": [_UPDATES]}},
    )
    return tuple(json.dumps(frame) for frame in frames)


def is_news(frame: Frame) -> bool:
    """Tell whether a frame speaks of an order; `ValueError`: it is no JSON."""
    found = json.loads(frame)
    return isinstance(found, Mapping) and found.get("stream") == _UPDATES
