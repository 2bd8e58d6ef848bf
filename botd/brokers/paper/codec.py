"""Turn the exchange's values into JSON and back, exactly."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from botd.brokers.paper.book import PaperOrder, Planned
from botd.brokers.paper.faults import Fault, FaultKind
from botd.brokers.port import RecordKind, SettlementRecord
from botd.domain.contract import Leg
from botd.domain.instruments import parse_instrument
from botd.domain.orders import Fill, OrderReport, ReportState
from botd.errors import Refusal, RefusalReason

_Json = dict[str, Any]


def order_text(order: PaperOrder) -> str:
    """Write an order."""
    report = order.report
    return json.dumps(
        {
            "broker_order_id": report.broker_order_id,
            "client_order_id": report.client_order_id,
            "state": report.state.value,
            "legs": _legs_json(report.legs),
            "units": report.units,
            "net_price": _money_json(report.net_price),
            "submitted_at": instant_text(report.submitted_at),
            "as_of": instant_text(report.as_of),
            "fills": [
                [fill.execution_id, fill.units, str(fill.net_price), instant_text(fill.filled_at)]
                for fill in report.fills
            ],
            "refusal": _refusal_json(report.refusal),
            "expires_at": instant_text(order.expires_at),
            "starts_at": _instant_json(order.starts_at),
            "cancels_at": _instant_json(order.cancels_at),
            "rejects_at": _instant_json(order.rejects_at),
            "rejection": _refusal_json(order.rejection),
            "fill_limit": order.fill_limit,
        },
    )


def order_of(number: int, text: str) -> PaperOrder:
    """Read an order."""
    row: _Json = json.loads(text)
    fills = tuple(
        Fill(execution_id, units, Decimal(price), instant_of(at))
        for execution_id, units, price, at in row["fills"]
    )
    report = OrderReport(
        broker_order_id=row["broker_order_id"],
        client_order_id=row["client_order_id"],
        state=ReportState(row["state"]),
        legs=_legs_of(row["legs"]),
        units=row["units"],
        filled_units=sum(fill.units for fill in fills),
        net_price=_money_of(row["net_price"]),
        submitted_at=instant_of(row["submitted_at"]),
        as_of=instant_of(row["as_of"]),
        fills=fills,
        refusal=_refusal_of(row["refusal"]),
    )
    return PaperOrder(
        number,
        report,
        expires_at=instant_of(row["expires_at"]),
        starts_at=_instant_of(row["starts_at"]),
        cancels_at=_instant_of(row["cancels_at"]),
        rejects_at=_instant_of(row["rejects_at"]),
        rejection=_refusal_of(row["rejection"]),
        fill_limit=row["fill_limit"],
    )


def fault_text(planned: Planned) -> str:
    """Write a planned fault."""
    fault = planned.fault
    return json.dumps(
        {
            "kind": fault.kind.value,
            "at": instant_text(fault.at),
            "legs": _legs_json(fault.legs),
            "units": fault.units,
            "seconds": fault.duration.total_seconds(),
            "times": fault.times,
            "net_price": _money_json(fault.net_price),
            "refusal": _refusal_json(fault.refusal),
            "left": planned.left,
        },
    )


def fault_of(number: int, text: str) -> Planned:
    """Read a planned fault."""
    row: _Json = json.loads(text)
    fault = Fault(
        kind=FaultKind(row["kind"]),
        at=instant_of(row["at"]),
        legs=_legs_of(row["legs"]),
        units=row["units"],
        duration=timedelta(seconds=row["seconds"]),
        times=row["times"],
        net_price=_money_of(row["net_price"]),
        refusal=_refusal_of(row["refusal"]),
    )
    return Planned(number, fault, row["left"])


def record_text(record: SettlementRecord) -> str:
    """Write a settlement record."""
    return json.dumps(
        {
            "record_id": record.record_id,
            "kind": record.kind.value,
            "symbol": record.symbol,
            "quantity": record.quantity,
            "price": _money_json(record.price),
            "recorded_at": instant_text(record.recorded_at),
        },
    )


def record_of(text: str) -> SettlementRecord:
    """Read a settlement record."""
    row: _Json = json.loads(text)
    return SettlementRecord(
        record_id=row["record_id"],
        kind=RecordKind(row["kind"]),
        symbol=row["symbol"],
        quantity=row["quantity"],
        price=_money_of(row["price"]),
        recorded_at=instant_of(row["recorded_at"]),
    )


def instant_text(at: datetime) -> str:
    """Write an instant, to the microsecond."""
    return at.astimezone(UTC).isoformat()


def instant_of(text: str) -> datetime:
    """Read an instant."""
    return datetime.fromisoformat(text)


def _instant_json(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)


def _instant_of(text: str | None) -> datetime | None:
    return None if text is None else instant_of(text)


def _money_json(price: Decimal | None) -> str | None:
    return None if price is None else str(price)


def _money_of(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _legs_json(legs: tuple[Leg, ...]) -> list[tuple[str, int]]:
    return [(leg.symbol, leg.quantity) for leg in legs]


def _legs_of(rows: list[tuple[str, int]]) -> tuple[Leg, ...]:
    return tuple(Leg(parse_instrument(symbol), quantity) for symbol, quantity in rows)


def _refusal_json(refusal: Refusal | None) -> _Json | None:
    if refusal is None:
        return None
    return {
        "reason": refusal.reason.value,
        "message": refusal.message,
        "code": refusal.code,
        "http_status": refusal.http_status,
    }


def _refusal_of(row: _Json | None) -> Refusal | None:
    if row is None:
        return None
    return Refusal(
        RefusalReason(row["reason"]),
        row["message"],
        row["code"],
        row["http_status"],
    )
