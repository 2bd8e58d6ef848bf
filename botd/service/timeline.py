"""A replayed day as lines for a person who watches, one for each thing that happens."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import structlog

from botd.calendar.new_york import to_wall
from botd.clock import Clock
from botd.domain.label import label
from botd.domain.position import Position

Line = Callable[[str], None]

_WIDTH = 24  # of a position's name


class Timeline:
    """Turns the engine's log events into lines; everything else is dropped."""

    def __init__(self, book: Mapping[str, Position], clock: Clock, write: Line) -> None:
        self._book = book
        self._clock = clock
        self._write = write

    def __call__(self, _: object, __: str, event: dict[str, Any]) -> dict[str, Any]:
        """Write the line of an event, as the last of structlog's processors."""
        words = self._words(event)
        if words is not None:
            self._write(f"{to_wall(self._clock.now()):%H:%M:%S}  {words}")
        raise structlog.DropEvent

    def _words(self, event: Mapping[str, Any]) -> str | None:
        name = self._name(event.get("position"))
        match event["event"]:
            case "attempt":
                return self._attempt(name, event)
            case "order_sent":
                return f"order    {name}  step {event['step']}: {priced(event['net_price'])}"
            case "order_filled":
                units, price = event["units"], priced(Decimal(event["net_price"]))
                return f"FILLED   {name}  {units} filled: {price}"
            case "close_refused":
                return f"REFUSED  {name}  {event['words']}"
            case "reconciled":
                return f"account  {name}  {event['fact']}"
            case "attempt_missed":
                return f"MISSED   {name}  {event['lead']}"
            case "position_judged":
                words = event["fact"] or "at the close"
                return f"{event['status']:<8} {name}  {words}"
            case "account_stopped":
                return f"STOPPED  {event['account']}: {event['reason']}"
            case "command_begun":
                return f"person   {event['kind']} ({event['by']})"
            case "morning":
                return f"morning  {event['records']} records, {event['differences']} differ"
            case _:
                return None

    def _attempt(self, name: str, event: Mapping[str, Any]) -> str:
        lead, decision, outcome = event["lead"], event["decision"], event["outcome"]
        result = outcome if decision == "close" else decision
        return f"{lead:<8} {name}  {result}: {event['reason']}"

    def _name(self, position_id: str | None) -> str:
        position = self._book.get(position_id or "")
        return f"{label(position) if position else position_id or '':<{_WIDTH}}"


def priced(net_price: Decimal | None) -> str:
    """Say a net price as a person does: pay 0.72, get 3.10."""
    if net_price is None:
        return "at the market"
    return f"pay {-net_price:.2f}" if net_price < 0 else f"get {net_price:.2f}"
