"""What an attempt's wave has to tell: only what a person may want to act on, as one message."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from botd.domain.decision import Accept, Close, Decision, HandOver, Reason, Skip
from botd.domain.label import label
from botd.domain.position import Position
from botd.domain.quote import MarketView
from botd.engine import notices
from botd.engine.attempt import Attempt, Ending
from botd.engine.desk import Desk
from botd.engine.notices import Notice
from botd.ledger import alerts, positions
from botd.ledger.alerts import Level
from botd.ledger.columns import Tx
from botd.ledger.halts import scope_of

_LATE = timedelta(seconds=5)
_TOGETHER = timedelta(seconds=2)
_QUIET_SKIPS = frozenset({Reason.MANUAL, Reason.OBSERVING})
_DONE = frozenset({Ending.FILLED, Ending.NONE})
_COMING = frozenset({"opened", "released"})  # events from which on a bot manages a position
_SECOND = 1  # unfilled is told from the second attempt on


@dataclass(frozen=True, slots=True)
class Told:
    """How one attempt ended, for the message about all of them."""

    attempt: Attempt
    position: Position
    decision: Decision
    ending: Ending
    notes: tuple[str, ...]
    finding: str = ""  # where the account does not hold what the ledger expects


class Teller:
    """
    Tells of attempts as they end: those that end within moments in one message.

    Nobody waits for the slowest of a wave: in its last minutes that is after the bell.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._waiting: list[Told] = []

    async def tell(self, told: Told) -> None:
        """Tell of one attempt soon, if it is worth it."""
        if await _reason(self._desk, told) is None:
            return
        self._waiting.append(told)
        if len(self._waiting) > 1:
            return  # whoever was first tells of this one, too
        await self._desk.clock.sleep_until(self._desk.now() + _TOGETHER)
        waiting, self._waiting = tuple(self._waiting), []
        await tell_attempts(self._desk, waiting)


async def tell_attempts(desk: Desk, told: tuple[Told, ...]) -> None:
    """Put one message about a wave where the courier finds it; none if all went well."""
    worth = [(one, why) for one in told if (why := await _reason(desk, one)) is not None]
    if not worth:
        return
    view, now = desk.feed.last, desk.now()
    lines = tuple(
        f"{_line(desk, one, view, now)}  [{_truth(desk, one)}{why}]"
        for one, why in sorted(worth, key=lambda pair: pair[0].position.number)
    )
    first = worth[0][0].attempt
    notice = Notice("attempt", "page", f"{first.lead}: {len(worth)} need a look", lines)
    key = f"attempt/{scope_of(desk.key)}/{first.due_at:%Y%m%dT%H%M%S}/{now:%H%M%S%f}"

    def work(tx: Tx) -> None:
        title = f"{scope_of(desk.key)}: {notice.title}"
        body = "\n".join(notice.lines)
        alerts.add(tx, key=key, level=Level(notice.level), title=title, body=body, at=now)

    await desk.ledger.write(work)


def _line(desk: Desk, one: Told, view: MarketView | None, now: datetime) -> str:
    position = desk.book.get(one.position.id, one.position)
    spot = notices.spot_of(view, position.underlying)
    command = notices.command_of(position, now, can_close=desk.broker.card.closes)
    return notices.line(position, spot, now, command)


def _truth(desk: Desk, one: Told) -> str:
    """Give the plain words of a refused position before the broker's own."""
    position = desk.book.get(one.position.id, one.position)
    if one.ending is not Ending.REFUSED or position.fact is None:
        return ""
    return f"{position.fact}; "


async def _reason(desk: Desk, one: Told) -> str | None:
    """Say why a person should hear of it; None: no need."""
    why = _why(one)
    if why is not None or one.attempt.late <= _LATE or one.attempt.is_extra:
        return why
    if one.ending in _DONE and await _came_late(desk, one.attempt):
        return None
    return f"{one.attempt.lead} ran {one.attempt.late.total_seconds():.0f} s late"


async def _came_late(desk: Desk, attempt: Attempt) -> bool:
    """Tell whether the position came to its bot so late that no attempt could be in time."""
    events = await desk.ledger.read(lambda tx: positions.events(tx, attempt.position_id))
    latest = attempt.due_at + attempt.late
    came_at = [
        event.at
        for event in events
        if event.kind in _COMING and attempt.due_at < event.at <= latest
    ]
    return bool(came_at) and latest - max(came_at) <= _LATE


def _why(one: Told) -> str | None:
    """Say why a person should hear how it ended, whenever it ran."""
    if one.ending is Ending.REFUSED:
        return one.notes[-1] if one.notes else "refused"
    if one.ending is Ending.UNKNOWN:
        return "the fate of an order is not known"
    match one.decision:
        case HandOver(reason=reason, note=note):
            return f"handed over: {note or reason.value}"
        case Accept(is_covered=False, note=note):
            return f"assignment accepted, but {note}"
        case Skip(reason=reason, note=note) if reason not in _QUIET_SKIPS:
            return f"not tried: {reason.value} {note}".rstrip()
        case _:
            return one.finding or _blind(one) or _unfilled(one)


def _blind(one: Told) -> str | None:
    """Say what was tried without knowing on which side of the strike it stands."""
    match one.decision:
        case Close(reason=Reason.UNKNOWN, note=note):
            return f"{one.ending.value}, moneyness unknown: {note}"
        case _:
            return None


def _unfilled(one: Told) -> str | None:
    if one.ending in {Ending.UNFILLED, Ending.PARTIAL} and one.attempt.number >= _SECOND:
        return f"{label(one.position)} is not closed after {one.attempt.lead}"
    return None
