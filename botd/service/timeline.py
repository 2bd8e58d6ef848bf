"""A replayed day as lines for a person who watches, one for each thing that happens."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import structlog

from botd.calendar.new_york import to_wall
from botd.clock import Clock
from botd.domain.label import label
from botd.domain.position import Position
from botd.service import shapes

Line = Callable[[str], None]
Event = Mapping[str, Any]

_WIDTH = 24  # of a position's name


class Timeline:
    """Turns the engine's log events into lines; everything else is dropped."""

    def __init__(self, book: Mapping[str, Position], clock: Clock, write: Line) -> None:
        self._book = book
        self._clock = clock
        self._write = write

    def __call__(self, _: object, __: str, event: dict[str, Any]) -> dict[str, Any]:
        """Write the line of an event, as the last of structlog's processors."""
        known = _WORDS.get(event["event"])
        if known is not None:
            kind, words = known
            at = f"{to_wall(self._clock.now()):%H:%M:%S}"
            name = self._name(event.get("position"))
            self._write(f"{at}  {kind(event):<10}  {name}{words(event)}".rstrip())
        raise structlog.DropEvent

    def _name(self, position_id: str | None) -> str:
        if position_id is None:
            return ""
        position = self._book.get(position_id)
        return f"{label(position) if position else position_id:<{_WIDTH}}  "


def priced(net_price: Decimal | None) -> str:
    """Say a net price as a person does: pay 0.72, get 3.10."""
    if net_price is None:
        return "at the market"
    return f"{'pay' if net_price < 0 else 'get'} {shapes.money(net_price.copy_abs())}"


def _attempt(event: Event) -> str:
    decision = event["decision"]
    result = event["outcome"] if decision == "close" else decision.replace("_", " ")
    return f"{result}: {event['reason']}"


def _order(event: Event) -> str:
    return f"step {event['step']}: {priced(event['net_price'])}"


def _fill(event: Event) -> str:
    return f"{event['units']} filled: {priced(Decimal(event['net_price']))}"


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""


def _says(word: str) -> Callable[[Event], str]:
    return lambda _: word


# What is shown of each event: the word in front, and what follows the position's name.
_WORDS: dict[str, tuple[Callable[[Event], str], Callable[[Event], str]]] = {
    "attempt": (lambda event: str(event["lead"]), _attempt),
    "attempt_missed": (_says("MISSED"), lambda event: str(event["lead"])),
    "order_sent": (_says("order"), _order),
    "order_filled": (_says("FILLED"), _fill),
    "close_refused": (_says("REFUSED"), lambda event: str(event["words"])),
    "reconciled": (_says("account"), lambda event: str(event["fact"])),
    "account_stopped": (_says("STOPPED"), lambda event: f"{event['account']}: {event['reason']}"),
    "person": (_says("person"), lambda event: f"{event['do']}{_because(event['reason'])}"),
    "person_refused": (
        _says("person"),
        lambda event: f"{event['do']}, which is refused: {event['error']}",
    ),
    "order_guarded": (_says("GUARDED"), lambda event: str(event["reason"])),
    "position_judged": (
        lambda event: str(event["status"]).replace("_", " "),
        lambda event: str(event["fact"] or "at the close"),
    ),
    "morning": (
        _says("morning"),
        lambda event: f"{event['records']} records, {event['differences']} differ",
    ),
}
