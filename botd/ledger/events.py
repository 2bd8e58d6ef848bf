"""
What happened to each position: append-only, numbered from 1, chained by hashes.

The first event, `opened`, carries every column; a later one carries those that it
changed. A position's row is the fold of its events, and its `head` the hash of the
newest, so that an event edited, left out or cut off is noticed.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, column, insert, select, table

from botd.ledger import schema
from botd.ledger.coding import JSON_COLUMNS, Stored, from_json, to_json
from botd.ledger.columns import Tx, instant_text, read_instant

# Without types: text goes in and out as it stands in the file.
_events = table("events", *(column(each.name) for each in schema.events.columns))
_positions = table("positions", *(column(each.name) for each in schema.positions.columns))
_COUNTERS = frozenset({"events", "head"})  # of the row itself, not folded


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a position."""

    number: int  # from 1, without gaps
    kind: str  # "opened", "taken", "refused" ...
    at: datetime
    by: str  # "bot", "broker", or a person's name
    changes: dict[str, Any]  # column -> what it became, as stored
    data: dict[str, Any] | None


def first(position_id: str, *, at: datetime, by: str, changes: Stored) -> Stored:
    """Make the event that opens a position, carrying every column."""
    nothing = {"id": position_id, "events": 0, "head": ""}
    return following(nothing, kind="opened", at=at, by=by, changes=changes, data=None)


def following(
    position: Stored,
    *,
    kind: str,
    at: datetime,
    by: str,
    changes: Stored,
    data: Mapping[str, Any] | None,
) -> Stored:
    """Make the event after the newest of a position's row."""
    event = {
        "position_id": position["id"],
        "number": position["events"] + 1,
        "kind": kind,
        "at": instant_text(at),
        "by": by,
        "changes": to_json(_unpacked(changes)),
        "data": None if data is None else to_json(dict(data)),
    }
    event["hash"] = _hash(position["head"], event)
    return event


def write(tx: Tx, event: Stored) -> None:
    """Append an event."""
    tx.execute(_INSERT, event)


_INSERT = insert(_events)
_OF_POSITION = (
    select(_events)
    .where(_events.c.position_id == bindparam("position_id"))
    .order_by(_events.c.number)
)


def of_position(tx: Tx, position_id: str) -> tuple[Event, ...]:
    """Read the events of a position, oldest first."""
    rows = tx.execute(_OF_POSITION, {"position_id": position_id}).mappings()
    return tuple(_event(dict(row)) for row in rows)


def _event(row: Mapping[str, Any]) -> Event:
    return Event(
        number=row["number"],
        kind=row["kind"],
        at=read_instant(row["at"]),
        by=row["by"],
        changes=from_json(row["changes"]),
        data=None if row["data"] is None else from_json(row["data"]),
    )


def _unpacked(changes: Stored) -> Stored:
    """Show JSON columns as JSON, not as text within text."""
    return {
        name: from_json(value) if name in JSON_COLUMNS and value is not None else value
        for name, value in changes.items()
    }


def _packed(changes: Stored) -> Stored:
    return {
        name: to_json(value) if name in JSON_COLUMNS and value is not None else value
        for name, value in changes.items()
    }


def _hash(head: str, row: Mapping[str, Any]) -> str:
    body = [head, *(row[name] for name in ("position_id", "number", "kind", "at", "by"))]
    return hashlib.sha256(to_json([*body, row["changes"], row["data"]]).encode()).hexdigest()


def verify(tx: Tx, *, is_unconfirmed: bool = False) -> tuple[str, ...]:
    """
    Recompute every position from its events; tell each difference in plain words.

    Nothing is told where the ledger is whole. *is_unconfirmed*: only those positions that
    the broker has not confirmed, which are few.
    """
    wanted, told = select(_positions), select(_events)
    if is_unconfirmed:
        wanted = wanted.where(_positions.c.confirmed == 0)
        told = told.where(_events.c.position_id.in_(select(wanted.subquery().c.id)))
    rows = {row["id"]: dict(row) for row in tx.execute(wanted).mappings()}
    history = tx.execute(told.order_by(_events.c.position_id, _events.c.number))
    faults: list[str] = []
    for position_id, events in groupby(history.mappings(), key=lambda row: row["position_id"]):
        faults.extend(_differences(position_id, rows.pop(position_id, None), list(events)))
    faults.extend(f"position {position_id!r}: has no events" for position_id in rows)
    return tuple(faults)


def _differences(
    position_id: str,
    row: Stored | None,
    events: list[Any],
) -> Iterator[str]:
    if row is None:
        yield f"position {position_id!r}: has {len(events)} events, but no row"
        return
    folded: Stored = {}
    head = ""
    for expected, event in enumerate(events, start=1):
        head = _hash(head, event)
        if event["number"] != expected or event["hash"] != head:
            yield f"position {position_id!r}: event {event['number']} is not what was written"
            return
        folded.update(_packed(from_json(event["changes"])))
    if (row["events"], row["head"]) != (len(events), head):
        yield f"position {position_id!r}: {row['events']} events were written, {len(events)} found"
    for name in sorted(row.keys() - _COUNTERS):
        if folded.get(name) != row[name]:
            yield (
                f"position {position_id!r}: {name} is {row[name]!r}, "
                f"its events make it {folded.get(name)!r}"
            )
