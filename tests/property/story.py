"""What the ledger's events say of a position at an instant, folded here anew."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from botd.ledger import Tx, positions
from botd.ledger.positions import Event
from tests.property.scenario import position_id
from tests.property.world import Lived


@dataclass(frozen=True, slots=True)
class Story:
    """The events of one position."""

    name: str
    events: tuple[Event, ...]
    columns: tuple[dict[str, Any], ...] = field(default=())  # after each event

    def before(self, instant: datetime) -> dict[str, Any]:
        """Give the columns as they were strictly before *instant*."""
        found: dict[str, Any] = {}
        for event, columns in zip(self.events, self.columns, strict=True):
            if event.at < instant:
                found = columns
        return found or self.columns[0]

    def during(self, since: datetime, until: datetime) -> list[dict[str, Any]]:
        """Give every state that was so at any instant from *since* to *until*."""
        inside = [
            columns
            for event, columns in zip(self.events, self.columns, strict=True)
            if since <= event.at <= until
        ]
        return [self.before(since), *inside]


def _events(name: str, tx: Tx) -> tuple[Event, ...]:
    return positions.events(tx, name)


def stories(lived: Lived) -> dict[str, Story]:
    """Read the story of every position."""
    found = {}
    for index in range(len(lived.scenario.book)):
        name = position_id(index)
        events = lived.ledger.read_now(partial(_events, name))
        columns: list[dict[str, Any]] = []
        for event in events:
            columns.append({**(columns[-1] if columns else {}), **event.changes})
        found[name] = Story(name, events, tuple(columns))
    return found


def is_ours_to_close(columns: dict[str, Any]) -> bool:
    """Whether a bot manages it and something of it is left."""
    return columns["managed_by"] == "bot" and columns["status"] in {"open", "closing"}
