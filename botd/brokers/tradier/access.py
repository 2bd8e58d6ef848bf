"""Where an account at Tradier is reached, and with what."""

from collections.abc import Callable
from dataclasses import dataclass

from botd.brokers.port import Environment


@dataclass(frozen=True, slots=True)
class TradierAccess:
    """
    The way to Tradier's API.

    A personal token does not expire. It is asked for whenever it is needed, so that it
    can be renewed in its file, and is never shown.
    """

    url: str  # "https://api.tradier.com/v1"; the sandbox: "https://sandbox.tradier.com/v1"
    environment: Environment  # `PAPER`: the sandbox, whose quotes are 15 minutes old
    token: Callable[[], str]
    stream_url: str | None = None  # "wss://ws.tradier.com/v1/accounts/events"; None: no push
