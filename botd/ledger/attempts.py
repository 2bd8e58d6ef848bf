"""
Claims: at most one attempt per position and due instant, over all hosts.

Whoever inserts the row owns the attempt. A row whose owner died is taken over by its
epoch, which every take-over raises.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, column, select, table, text, update

from botd.domain.decision import LegMoneyness
from botd.errors import NotFoundError
from botd.ledger import schema
from botd.ledger.coding import moneyness_text, read_moneyness, reading
from botd.ledger.columns import Tx, instant_text, read_instant

# Without types: text goes in and out as it stands in the file.
_rows = table("attempts", *(column(each.name) for each in schema.attempts.columns))
_positions = table("positions", column("id"), column("broker"), column("account"))


@dataclass(frozen=True, slots=True)
class Claim:
    """One attempt that is due."""

    position_id: str
    due_at: datetime
    lead: str  # "T-10"
    started_at: datetime
    late_seconds: float = 0  # kept to the millisecond


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt as it was made, or missed."""

    position_id: str
    due_at: datetime
    lead: str
    started_at: datetime
    late_seconds: float
    owner: str
    epoch: int
    decision: str | None  # "close", "leave", "hand_over", "accept", "settle", "skip"
    reason: str | None
    moneyness: tuple[LegMoneyness, ...]
    note: str | None
    outcome: str | None  # "filled", "partial", "unfilled", "refused", "unknown", "none"
    finished_at: datetime | None


# The same text on SQLite and PostgreSQL.
_CLAIM = text(
    "INSERT INTO attempts (position_id, due_at, lead, started_at, late_milliseconds, owner, "
    "epoch, decision, reason, outcome, finished_at) VALUES (:position_id, :due_at, :lead, "
    ":started_at, :late_milliseconds, :owner, 1, :decision, :reason, :outcome, :finished_at) "
    "ON CONFLICT DO NOTHING RETURNING position_id",
)


def claim(tx: Tx, claims: Iterable[Claim], owner: str) -> frozenset[str]:
    """Claim attempts for *owner*; give the positions whose attempt is now its own."""
    return _insert(tx, claims, owner, _NOT_DECIDED)


_NOT_DECIDED = {"decision": None, "reason": None, "outcome": None, "finished_at": None}


def missed(tx: Tx, claims: Iterable[Claim], owner: str, reason: str = "missed") -> frozenset[str]:
    """Record attempts that were not made; give the positions for which that is news."""
    return _insert(tx, claims, owner, {"decision": "skip", "reason": reason, "outcome": "none"})


def _insert(
    tx: Tx,
    claims: Iterable[Claim],
    owner: str,
    decided: Mapping[str, str | None],
) -> frozenset[str]:
    taken: set[str] = set()
    for each in claims:
        started_at = instant_text(each.started_at)
        row = {
            "position_id": each.position_id,
            "due_at": instant_text(each.due_at),
            "lead": each.lead,
            "started_at": started_at,
            "late_milliseconds": round(each.late_seconds * 1000),
            "owner": owner,
            "finished_at": started_at,
            **decided,
        }
        if tx.execute(_CLAIM, row).first() is not None:
            taken.add(each.position_id)
    return frozenset(taken)


_KEY = (_rows.c.position_id == bindparam("key")) & (_rows.c.due_at == bindparam("due"))
_DECIDE = (
    update(_rows)
    .where(_KEY)
    .values(
        decision=bindparam("new_decision"),
        reason=bindparam("new_reason"),
        moneyness=bindparam("new_moneyness"),
        note=bindparam("new_note"),
    )
)
_FINISH = text(
    "UPDATE attempts SET outcome = :new_outcome, finished_at = :new_finished_at, note = CASE "
    "WHEN :more_note = '' THEN note WHEN COALESCE(note, '') = '' THEN :more_note "
    "ELSE note || '; ' || :more_note END WHERE position_id = :key AND due_at = :due",
)
_TAKE_OVER = text(
    "UPDATE attempts SET owner = :owner, epoch = epoch + 1 WHERE position_id = :position_id "
    "AND due_at = :due_at AND epoch = :seen AND outcome IS NULL RETURNING epoch",
)


def take_over(tx: Tx, attempt: Attempt, owner: str) -> int | None:
    """
    Take an unfinished attempt over from a dead owner; give its new epoch.

    None: it is finished, or somebody else was first.
    """
    key = {"position_id": attempt.position_id, "due_at": instant_text(attempt.due_at)}
    row = tx.execute(_TAKE_OVER, {**key, "seen": attempt.epoch, "owner": owner}).first()
    return None if row is None else int(row[0])


def decide(  # noqa: PLR0917 - position and instant are the key, the rest what was decided
    tx: Tx,
    position_id: str,
    due_at: datetime,
    decision: str,
    reason: str,
    moneyness: tuple[LegMoneyness, ...] = (),
    note: str = "",
) -> None:
    """
    Record what was decided at an attempt.

    Raises:
        NotFoundError: it was never claimed.
    """
    values = {
        "new_decision": decision,
        "new_reason": reason,
        "new_moneyness": moneyness_text(moneyness),
        "new_note": note,
    }
    _update(tx, _DECIDE, position_id, due_at, values)


def finish(
    tx: Tx, position_id: str, due_at: datetime, outcome: str, at: datetime, note: str = ""
) -> None:
    """
    Record what came of an attempt; *note* is added to the decision's.

    Raises:
        NotFoundError: it was never claimed.
    """
    values = {
        "new_outcome": outcome,
        "new_finished_at": instant_text(at),
        "more_note": note,
    }
    _update(tx, _FINISH, position_id, due_at, values)


def _update(
    tx: Tx,
    statement: Any,  # noqa: ANN401 - one of the two above
    position_id: str,
    due_at: datetime,
    values: Mapping[str, str],
) -> None:
    written = tx.execute(statement, {"key": position_id, "due": instant_text(due_at), **values})
    if written.rowcount != 1:
        raise NotFoundError(f"no attempt of {position_id!r} at {instant_text(due_at)}")


def of_position(tx: Tx, position_id: str) -> tuple[Attempt, ...]:
    """Read the attempts of a position, oldest first."""
    found = select(_rows).where(_rows.c.position_id == position_id).order_by(_rows.c.due_at)
    return tuple(_attempt(dict(row)) for row in tx.execute(found).mappings())


def taken(tx: Tx, since: datetime) -> frozenset[tuple[str, datetime]]:
    """Read which attempts, due at *since* or later, are claimed or missed already."""
    found = select(_rows.c.position_id, _rows.c.due_at).where(
        _rows.c.due_at >= instant_text(since),
    )
    return frozenset(
        (position_id, read_instant(due_at)) for position_id, due_at in tx.execute(found)
    )


def between(
    tx: Tx, since: datetime, until: datetime, account_key: tuple[str, str] | None = None
) -> tuple[Attempt, ...]:
    """Read the attempts due from *since* (inclusive) to *until* (exclusive), oldest first."""
    found = (
        select(_rows)
        .where(_rows.c.due_at >= instant_text(since), _rows.c.due_at < instant_text(until))
        .order_by(_rows.c.due_at, _rows.c.position_id)
    )
    return _read_all(tx, found, account_key)


def unfinished(tx: Tx, account_key: tuple[str, str] | None = None) -> tuple[Attempt, ...]:
    """Read the attempts without an outcome, of one account or of all, oldest first."""
    found = select(_rows).where(_rows.c.outcome.is_(None)).order_by(_rows.c.due_at)
    return _read_all(tx, found, account_key)


def _read_all(
    tx: Tx, found: Select[Any], account_key: tuple[str, str] | None
) -> tuple[Attempt, ...]:
    if account_key is not None:
        broker, account = account_key
        found = found.join(_positions, _positions.c.id == _rows.c.position_id).where(
            _positions.c.broker == broker,
            _positions.c.account == account,
        )
    return tuple(_attempt(dict(row)) for row in tx.execute(found).mappings())


def _attempt(row: Mapping[str, Any]) -> Attempt:
    with reading("attempt of position", row["position_id"]):
        return _read_attempt(row)


def _read_attempt(row: Mapping[str, Any]) -> Attempt:
    finished_at = row["finished_at"]
    return Attempt(
        position_id=row["position_id"],
        due_at=read_instant(row["due_at"]),
        lead=row["lead"],
        started_at=read_instant(row["started_at"]),
        late_seconds=row["late_milliseconds"] / 1000,
        owner=row["owner"],
        epoch=row["epoch"],
        decision=row["decision"],
        reason=row["reason"],
        moneyness=read_moneyness(row["moneyness"]),
        note=row["note"],
        outcome=row["outcome"],
        finished_at=None if finished_at is None else read_instant(finished_at),
    )
