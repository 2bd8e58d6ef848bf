"""
How a position stands at the end of the day, in a trader's words.

    rank  standing                                     who acts
    0     unresolved                                   a person, now
    1     refused: presumed assigned                   a person, now
    2     still held, though it stopped trading        a person, now
    3     under manual override                        a person
    4     open (later legs, or accepted)               the bot
    5     awaiting settlement                          nobody: a value is missing
    6     assigned, exercised                          nobody: it is known
    7     closed
    8     settled
    9     expired
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

from botd.domain.contract import Right
from botd.domain.pnl import price_beside_shares
from botd.domain.position import (
    Assignment,
    ClosedBy,
    How,
    Management,
    ManualReason,
    Outcome,
    Position,
    Status,
)
from botd.web.report.data import ReportDay, ReportPosition
from botd.web.report.figures import count, done_at

FIRST_QUIET_RANK = 4  # below it a person must act


class Tone(Enum):
    """How loud a standing is shown; never by colour alone, its mark says the same."""

    DANGER = "danger"
    WARNING = "warning"
    GOOD = "good"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a position stands, how loud that is, and what a person types next."""

    rank: int
    mark: str  # as on the board: `!!`, `!`, `=`, `.`, `?`
    label: str
    tone: Tone
    words: str
    command: str | None = None

    @property
    def needs_person(self) -> bool:
        """Whether nothing will happen unless a person acts."""
        return self.rank < FIRST_QUIET_RANK


_MANUAL_WORDS: dict[ManualReason, str] = {
    ManualReason.PERSON: "A person took it over; botd sends nothing for it.",
    ManualReason.POLICY: "Handed over to a person by its policy.",
    ManualReason.REFUSED: "The broker refused the close; botd sends nothing more for it.",
    ManualReason.GONE: "Gone from the account, and no order explains it.",
    ManualReason.BROKEN_SPREAD: "The spread has lost a leg; selling the rest would remove a hedge.",
    ManualReason.MISMATCH: "The broker holds something else than the ledger says.",
    ManualReason.NETTED: "Nets against another position of the same account.",
    ManualReason.UNRESOLVED: "Its end could not be told; botd sends nothing for it.",
    ManualReason.UNSUPPORTED: "botd cannot trade this kind of position.",
}
_CLOSED_WORDS: dict[ClosedBy | None, str] = {
    ClosedBy.BOT: "Closed by botd",
    ClosedBy.PERSON: "Closed by a person",
    ClosedBy.BROKER: "Closed by the broker's own order, not by botd",
    ClosedBy.OTHER: "Closed by somebody else's order, not by botd",
    None: "Closed; by whom is not recorded",
}
_ENDS: dict[Status, tuple[int, str, str, Tone, str]] = {
    Status.AWAITING_SETTLEMENT: (
        5, "…", "awaiting settlement", Tone.WARNING,
        "Stopped trading; its settlement value is not known yet.",
    ),
    Status.ASSIGNED: (6, "=", "assigned", Tone.WARNING, "Assigned, as the broker's records say."),
    Status.EXERCISED: (6, "=", "exercised", Tone.WARNING, "Exercised: shares were bought or sold."),
    Status.SETTLED: (8, "$", "settled", Tone.GOOD, "Settled in cash."),
    Status.EXPIRED: (9, ".", "expired", Tone.QUIET, "Expired out of the money."),
}  # fmt: skip


def standing_of(entry: ReportPosition, day: ReportDay) -> Standing:
    """Tell how a position stands once the day has been played."""
    position = entry.position
    standing = _accepted(entry) or _by_state(position, day.session.closes_at)
    command = entry.command or standing.command
    words = " ".join(
        part for part in (standing.words, _parts(position), _estimate(position)) if part
    )
    return Standing(
        standing.rank, standing.mark, standing.label, standing.tone, words, command,
    )  # fmt: skip


def _accepted(entry: ReportPosition) -> Standing | None:
    """Tell of an exercise or assignment taken on purpose: it stays open over night."""
    is_accepted = bool(entry.attempts) and entry.attempts[-1].decision == "accept"
    is_bots = entry.position.managed_by is Management.BOT and entry.position.is_live
    if not (is_accepted and is_bots):
        return None
    words = "Exercise or assignment is taken on purpose; the next morning's records confirm it."
    return Standing(4, "=", "open, assignment accepted", Tone.QUIET, words)


def _by_state(position: Position, day_closes_at: datetime) -> Standing:
    if position.status is Status.UNRESOLVED:
        return Standing(
            0, "!!", "unresolved", Tone.DANGER,
            "How it ended is not known; it is not booked as worthless.",
            f"botd override resolve {position.number} --as HOW",
        )  # fmt: skip
    if position.status is Status.ASSIGNED and position.assignment is not Assignment.CONFIRMED:
        is_refused = position.manual_reason is ManualReason.REFUSED
        label = "refused, presumed assigned" if is_refused else "presumed assigned"
        return Standing(
            1, "!!", label, Tone.DANGER, _refused_words(position),
            f"botd override resolve {position.number} --as HOW",
        )  # fmt: skip
    if position.is_live:
        return _live(position, day_closes_at)
    if position.status is Status.CLOSED:
        words = f"{_CLOSED_WORDS[position.closed_by]}{_price(position)}."
        return Standing(7, "✓", "closed", Tone.GOOD, words)
    if position.status in _ENDS:
        return Standing(*_ENDS[position.status])
    return Standing(
        2, "!!", position.status.value, Tone.DANGER, "Nothing is held, and no outcome is booked.",
        f"botd positions show {position.number}",
    )  # fmt: skip


def _live(position: Position, day_closes_at: datetime) -> Standing:
    number = position.number
    if position.closes_at is not None and position.closes_at <= day_closes_at:
        return Standing(
            2, "!!", "still held after its close", Tone.DANGER,
            "It stopped trading while held; what became of it is not booked.",
            f"botd override resolve {number} --as HOW",
        )  # fmt: skip
    if position.managed_by is Management.MANUAL:
        words = _MANUAL_WORDS[position.manual_reason or ManualReason.PERSON]
        return Standing(
            3, "!", "open, manual override", Tone.WARNING, words, f"botd close {number}",
        )  # fmt: skip
    return Standing(4, "=", "open", Tone.QUIET, _open_words(position))


def _open_words(position: Position) -> str:
    """Say what is still held: options that end later, or shares alone."""
    price = price_beside_shares(position)
    if price is not None:
        is_call = all(contract.right is Right.CALL for contract in position.options())
        ended = "its call ended" if is_call else "its options ended"
        return f"Still open: its shares remain; {ended}{f', {done_at(price)}' if price else ''}."
    if not position.options():
        return "Still open: shares, and no option beside them."
    return "Still open and managed; legs with a later end remain."


def _refused_words(position: Position) -> str:
    if position.manual_reason in (None, ManualReason.REFUSED):
        return (
            "The broker refused the close, so it is taken for assigned until the broker's "
            "records say otherwise."
        )
    return f"{_MANUAL_WORDS[position.manual_reason]} Taken for assigned."


def _price(position: Position) -> str:
    """Tell the price where all units ended alike; several ways are told one by one."""
    if len(position.outcomes) != 1 or position.outcomes[0].net_price is None:
        return ""
    return f", {done_at(position.outcomes[0].net_price)}"


def _parts(position: Position) -> str:
    """Tell each way apart, where units ended in several or some are left."""
    if len(position.outcomes) < 2 and not (position.outcomes and position.units_open):  # noqa: PLR2004
        return ""
    parts = [_part(outcome) for outcome in position.outcomes]
    if position.units_open:
        parts.append(f"{count(position.units_open, 'unit')} left")
    return f"Of {count(position.units, 'unit')}: {'; '.join(parts)}."


def _part(outcome: Outcome) -> str:
    price = "price not known" if outcome.net_price is None else done_at(outcome.net_price)
    if outcome.how is How.EXPIRED and outcome.net_price == Decimal(0):
        return f"{outcome.units} expired worthless"
    return f"{outcome.units} {outcome.how.value}, {price}"


def _estimate(position: Position) -> str:
    """Say where tomorrow's records may still correct what is booked."""
    is_booked = position.status in (Status.EXPIRED, Status.SETTLED)
    return (
        "Not yet confirmed by the broker's records." if is_booked and not position.confirmed else ""
    )


def by_need(day: ReportDay) -> tuple[tuple[ReportPosition, Standing], ...]:
    """Give the positions, those first that need a person, then the largest losses."""
    pairs = [(entry, standing_of(entry, day)) for entry in day.positions]

    def key(pair: tuple[ReportPosition, Standing]) -> tuple[int, Decimal, int, str]:
        entry, standing = pair
        loss = Decimal("-Infinity") if entry.realized_pnl is None else entry.realized_pnl
        return (standing.rank, loss, entry.position.number, entry.position.id)

    return tuple(sorted(pairs, key=key))
