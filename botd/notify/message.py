"""What a person is told, and whether it reached them."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Level(Enum):
    """How much of a hurry a message is in."""

    INFO = "info"
    WARN = "warn"
    PAGE = "page"  # a person has to act


class Secret(Protocol):
    """A value that shows itself only when asked to: a channel's URL holds its password."""

    def reveal(self) -> str:
        """Tell the value."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """One message, plain text on every channel."""

    title: str
    body: str
    level: Level


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    What became of one message.

    *taken* holds the numbers (from 0, in the order of the configuration) of the
    channels that took it, so that another try goes to the others only.
    """

    ok: bool  # every channel that was asked took it
    error: str | None = None  # why not, one line, without secrets
    taken: frozenset[int] = frozenset()
