"""A wave: a thousand positions in the money fall due at one instant."""

import json
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks import floors, stand
from benchmarks.figure import Figure

COUNT = 1_000
_LEAD = timedelta(seconds=40)
_START = timedelta(seconds=30)  # from now to the attempt
_WORST = timedelta(seconds=30)  # for the whole wave
_RULES = f'[expiration]\nattempts = ["{_LEAD.seconds}s"]\n'
_FLOOR_IS = f"2 durable commits of {COUNT:,} rows + {COUNT:,} commits of the exchange"


def measure(directory: Path) -> list[Figure]:
    """Measure from the due instant to the last intent committed, and sent."""
    place = stand.make(directory / "wave", closes_in=_START + _LEAD)
    due_at = place.closes_at - _LEAD
    place.write_bots(["shorts"], _RULES)
    place.import_book(["shorts"] * COUNT, stand.IN_THE_MONEY)
    with stand.running(place.command("run")):
        place.sleep_until(due_at + _WORST)
    committed = _last(place.ledger, "SELECT created_at FROM orders WHERE step = 1")
    bodies = _column(place.exchange, "SELECT body FROM paper_order")
    sent = sorted(json.loads(body)["submitted_at"] for body in bodies)[:COUNT]
    if len(sent) < COUNT:
        raise RuntimeError(f"{len(sent)} of {COUNT} orders were sent")
    bare = floors.two_commits_and_sends(
        directory / "ledger.floor", directory / "exchange.floor", COUNT
    )
    return [
        Figure("wave: first order sent", _after(due_at, sent[0]), "s"),
        Figure("wave: last intent committed", _after(due_at, committed), "s", bare, _FLOOR_IS),
        Figure("wave: last order sent", _after(due_at, sent[-1]), "s", bare, _FLOOR_IS, aim=1),
    ]


def _last(file: Path, query: str) -> str:
    return max(_column(file, query))


def _column(file: Path, query: str) -> list[str]:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return [value for (value,) in connection.execute(query)]


def _after(due_at: datetime, text: str) -> float:
    return (datetime.fromisoformat(text) - due_at).total_seconds()
