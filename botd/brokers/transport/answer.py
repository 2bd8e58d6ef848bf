"""One answer of a server, before anybody has understood it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

_WORDS = 2_000  # of a broker's answer that are kept, verbatim


class Lane(Enum):
    """What a request is for; it decides what may be spent on it (DESIGN 2)."""

    ORDER = "order"  # a new order, a replacement: never repeated, never redirected
    CANCEL = "cancel"  # a cancel, or a look-up of one order
    POLL = "poll"  # the list of orders
    READ = "read"  # everything else


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers by lower-case name, and the whole bounded body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the server says that it did what was asked."""
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP's own classes

    @property
    def words(self) -> str:
        """The body as far as a person reads it."""
        words = self.body[: 4 * _WORDS].decode("utf-8", "replace")[:_WORDS]
        return words.replace("\0", "\N{REPLACEMENT CHARACTER}")  # which no database takes
