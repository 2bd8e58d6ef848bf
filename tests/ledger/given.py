"""Positions, orders and reports that the ledger's tests start from."""

import os
import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from botd.domain.contract import Leg
from botd.domain.occ import parse_instrument
from botd.domain.orders import Fill, OrderIntent, OrderReport, ReportState
from botd.domain.position import Lot, Management, ManualReason, Position, Status
from botd.ledger import Ledger, attempts, orders, positions

T = datetime(2015, 12, 24, 18, 0, tzinfo=UTC)  # the half-day's close
DUE = T - timedelta(minutes=10)
ACCOUNT = ("paper", "PA1")  # (broker, account)
LEGS = (
    Leg(parse_instrument("GOOG151224P00735000"), 1),
    Leg(parse_instrument("GOOG151224P00740000"), -1),
)


def a_position(name: str = "goog-1", *, units: int = 2, **changes: object) -> Position:
    """Make a short put vertical of some units."""
    position = Position(
        id=name,
        number=0,
        bot="verticals",
        broker=ACCOUNT[0],
        account=ACCOUNT[1],
        underlying="GOOG",
        strategy="vertical",
        legs=LEGS,
        units=units,
        opened_at=T - timedelta(days=6),
        open_net_price=Decimal("1.25"),
        expiration=date(2015, 12, 24),
        closes_at=T,
        lots=(Lot(units, LEGS),),
    )
    return replace(position, **changes)  # type: ignore[arg-type]  # the fields of a position


def an_intent(position_id: str = "goog-1", *, step: int = 1, **changes: object) -> OrderIntent:
    """Make the order that closes it at 2.10."""
    intent = OrderIntent(
        client_order_id=f"bd1-{position_id}-12241750-{step:02d}",
        position_id=position_id,
        account=ACCOUNT[1],
        attempt_due_at=DUE,
        step=step,
        legs=tuple(Leg(leg.instrument, -leg.quantity) for leg in LEGS),
        units=2,
        net_price=Decimal("-2.10"),
        cap=Decimal("-5.00"),
        give_up_at=T - timedelta(minutes=5, seconds=5),
    )
    return replace(intent, **changes)  # type: ignore[arg-type]  # the fields of an intent


def a_report(
    intent: OrderIntent,
    state: ReportState = ReportState.WORKING,
    filled_units: int = 0,
    fills: tuple[Fill, ...] = (),
    **changes: object,
) -> OrderReport:
    """Make what a broker says of that order."""
    report = OrderReport(
        broker_order_id=f"broker-{intent.client_order_id}",
        client_order_id=intent.client_order_id,
        state=state,
        legs=intent.legs,
        units=intent.units,
        filled_units=filled_units,
        net_price=intent.net_price,
        submitted_at=DUE,
        as_of=DUE + timedelta(seconds=1),
        fills=fills,
    )
    return replace(report, **changes)  # type: ignore[arg-type]  # the fields of a report


def a_fill(execution_id: str, units: int = 1, net_price: str = "-2.05") -> Fill:
    """Make one execution."""
    return Fill(execution_id, units, Decimal(net_price), DUE + timedelta(seconds=1))


def hold(ledger: Ledger, *held: Position) -> None:
    """Take positions into the book; without any, the usual one."""
    ledger.write_now(lambda tx: [positions.add(tx, each, DUE) for each in held or (a_position(),)])


def intend(ledger: Ledger, intent: OrderIntent) -> orders.Block | None:
    """Write an intent down."""
    return ledger.write_now(lambda tx: orders.add_intent(tx, intent, DUE))


def send(ledger: Ledger, intent: OrderIntent) -> orders.Block | None:
    """Write an intent down and mark it as leaving."""
    block = intend(ledger, intent)
    if block is not None:
        return block
    return ledger.write_now(lambda tx: orders.start_sending(tx, intent.client_order_id, DUE))


def hear(ledger: Ledger, report: OrderReport) -> orders.AppliedReport:
    """Apply a report of an order that the ledger knows."""
    applied = ledger.write_now(lambda tx: orders.apply_report(tx, report, DUE))
    assert applied is not None
    return applied


def take(ledger: Ledger, position_id: str = "goog-1") -> None:
    """Let a person take a position."""
    ledger.write_now(
        lambda tx: positions.change(tx, position_id, "taken", _taken, at=DUE, by="ann"),
    )


def _taken(position: Position) -> Position:
    return replace(
        position,
        managed_by=Management.MANUAL,
        manual_reason=ManualReason.PERSON,
        epoch=position.epoch + 1,
    )


def end(ledger: Ledger, status: Status, position_id: str = "goog-1", *, left: int = 0) -> None:
    """End a position with some units left."""
    lots = (Lot(left, LEGS),) if left else ()
    ledger.write_now(
        lambda tx: positions.change(
            tx,
            position_id,
            "ended",
            lambda position: replace(position, status=status, lots=lots, closed_at=T),
            at=T,
            by="bot",
        ),
    )


def a_claim(position_id: str = "goog-1", due_at: datetime = DUE) -> attempts.Claim:
    """Make the claim of an attempt that is half a second late."""
    return attempts.Claim(position_id, due_at, "T-10", due_at + timedelta(seconds=0.5), 0.5)


NOBODY = 65534


def give_to_nobody(folder: Path) -> None:
    """Let an ordinary user reach and own one of the tests' folders."""
    base = Path(tempfile.gettempdir())
    for each in (each for each in folder.parents if base in each.parents):
        each.chmod(each.stat().st_mode | 0o055)
    os.chown(folder, NOBODY, NOBODY)
