"""Three ambiguous answers in a row: reads and cancels only, until a read succeeds."""

from dataclasses import dataclass

_LIMIT = 3


@dataclass(slots=True)
class Breaker:
    """Counts ambiguous answers of one broker."""

    ambiguous: int = 0

    @property
    def is_open(self) -> bool:
        """Whether new orders must wait for a successful read."""
        return self.ambiguous >= _LIMIT

    def record_ambiguous(self) -> None:
        """Count an answer that may mean anything."""
        self.ambiguous += 1

    def record_clear(self) -> None:
        """Count an answer that could be read."""
        self.ambiguous = 0
