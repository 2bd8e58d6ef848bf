"""Where CrossTrade is reached, with what, and over which of its two ways."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from botd.brokers.port import Environment


class Transport(Enum):
    """How positions are read and closed; the account itself is always read over REST."""

    REST = "rest"
    WEBSOCKET = "websocket"


@dataclass(frozen=True, slots=True)
class CrosstradeAccess:
    """
    The way to CrossTrade, which relays every call to an add-on in a running NinjaTrader 8.

    The token is asked for whenever it is needed, so that it can be renewed in its file,
    and is never shown.
    """

    url: str  # "https://app.crosstrade.io"
    stream_url: str  # "wss://app.crosstrade.io/ws/stream"
    environment: Environment  # `PAPER`: NinjaTrader's own simulator
    token: Callable[[], str]
    transport: Transport = Transport.REST
