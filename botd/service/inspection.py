"""How daemon and ledger stand at this moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from botd.domain.orders import OrderStatus
from botd.domain.position import Status
from botd.ledger import Tx, alerts, attempts, halts, orders, positions
from botd.ledger.halts import Halt
from botd.service.lock import Holder
from botd.service.rules import NextAttempt, Rules, next_attempt
from botd.service.shapes import Shape, instant

_LOCK = "botd.lock"
DAEMON = "run"  # the purpose that the daemon's lock tells
_LOOK_BACK = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Standing:
    """What `status` tells, apart from the daemon."""

    next_attempt: NextAttempt | None
    positions: dict[Status, int]
    live_orders: int
    unknown_orders: int
    halts: tuple[Halt, ...]
    undelivered_alerts: int


def lock_path(ledger_path: Path) -> Path:
    """Give the file whose lock the holder of a ledger has."""
    return ledger_path.with_name(_LOCK)


def standing(tx: Tx, rules: Rules, now: datetime) -> Standing:
    """Read how everything stands."""
    live, working = positions.live(tx), orders.live(tx)
    with_order = {order.intent.position_id for order in working} & {
        position.id for position in live if position.status is Status.OPEN
    }
    counts = dict.fromkeys(Status, 0) | positions.counts(tx)
    counts[Status.OPEN] -= len(with_order)
    counts[Status.CLOSING] += len(with_order)
    taken = attempts.taken(tx, now - _LOOK_BACK)
    return Standing(
        next_attempt=next_attempt(rules.schedules(live), taken, now),
        positions=counts,
        live_orders=len(working),
        unknown_orders=sum(order.status is OrderStatus.UNKNOWN for order in working),
        halts=halts.current(tx),
        undelivered_alerts=alerts.undelivered_count(tx),
    )


def shape(found: Standing, holder: Holder | None, ledger_path: Path) -> Shape:
    """Give what `status` tells as JSON has it."""
    return {
        **holder_shape(holder),
        "next_attempt": next_shape(found.next_attempt),
        "positions": {status.value: count for status, count in found.positions.items()},
        "live_orders": found.live_orders,
        "unknown_orders": found.unknown_orders,
        "halted": bool(found.halts),
        "halts": [halt_shape(halt) for halt in found.halts],
        "undelivered_alerts": found.undelivered_alerts,
        "ledger": str(ledger_path),
    }


def holder_shape(holder: Holder | None) -> Shape:
    """Give who holds the ledger as JSON has it; only the daemon counts as running."""
    is_running = holder is not None and holder.purpose in {DAEMON, ""}
    return {
        "running": is_running,
        "pid": holder.pid if holder is not None and is_running else None,
        "since": instant(holder.since) if holder is not None and is_running else None,
        "held_by": None if holder is None else holder.purpose or "starting",
    }


def next_shape(found: NextAttempt | None) -> Shape | None:
    """Give the next attempt as JSON has it."""
    if found is None:
        return None
    return {"lead": found.lead, "at": instant(found.at), "positions": found.positions}


def halt_shape(halt: Halt) -> Shape:
    """Give a stop in force as JSON has it."""
    return {
        "scope": halt.scope,
        "kind": halt.kind.value,
        "reason": halt.reason,
        "by": halt.by,
        "at": instant(halt.at),
    }
