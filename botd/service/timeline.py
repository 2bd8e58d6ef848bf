"""A replayed day as lines for a person who watches, one for each thing that happens."""

from collections.abc import Callable, Mapping
from datetime import date
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
_ENDS_ORDERS = frozenset({"cancel", "halt"})  # commands that end orders that live


class Timeline:
    """Turns the engine's log events into lines; everything else is dropped."""

    def __init__(self, book: Mapping[str, Position], clock: Clock, write: Line) -> None:
        self._book = book
        self._clock = clock
        self._write = write
        self._day: date | None = None  # of the last line; the first needs no date above it

    def __call__(self, _: object, __: str, event: dict[str, Any]) -> dict[str, Any]:
        """Write the line of an event, as the last of structlog's processors."""
        known = _WORDS.get(event["event"])
        if known is not None:
            kind, words = known
            now = to_wall(self._clock.now())
            self._turn_to(now.date())
            name = self._name(event.get("position"))
            self._write(f"{now:%H:%M:%S}  {kind(event):<10}  {name}{words(event)}".rstrip())
        raise structlog.DropEvent

    def _turn_to(self, day: date) -> None:
        """Write the date where another day begins: `Mon 28 Dec`."""
        if self._day is not None and day != self._day:
            self._write(f"{day:%a} {day.day} {day:%b}")
        self._day = day

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


def _answered(event: Event) -> str:
    """Say what came of a person's word: given back or not, orders ended or still alive."""
    if event["kind"] not in _ENDS_ORDERS:
        return str(event.get("message") or "given back to its bot")
    ended = event["orders"]
    living = sum(order["lives"] for order in ended)
    gone = f"{len(ended) - living} of {len(ended)} orders ended" if ended else "no order lived"
    return gone + (f", {living} MAY STILL FILL" if living else "")


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
    "command_done": (lambda event: str(event["kind"]), _answered),
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
