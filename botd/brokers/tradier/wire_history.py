"""
What Tradier's history says of contracts that ended.

The history is the clearing firm's: updated nightly, with dates and without times, ids or
orders. One event of the type `option` is documented (`OPTEXP`, "Expired"); the words for
the other endings are not, so that they are only taken where they speak of one ending.

    words in option_type and description      kind
    OPTEXP, expir...                          expiration
    assign...                                 assignment
    exercis...                                exercise
    cash settle...                            cash settlement
    none of these, two kinds, unreadable      left out: nothing is concluded

    quantity      the change of the account: -1 takes a long contract away, +1 a short one;
                  an assignment is always of shorts, an exercise of longs
    symbol        the event's own, else read from its description ("CALL GE 06/22/18 14");
                  without either it is left out
    record_id     a hash of all that is told, and a count where two events say the same

Sources: docs.tradier.com, "History" (sample and definitions).
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal

from botd.brokers.port import RecordKind, SettlementRecord
from botd.brokers.tradier.wire import is_option, symbol_of
from botd.brokers.transport.fields import Fields, Unreadable
from botd.domain import occ

_WORDS = (
    (re.compile(r"OPTEXP|\bexpir", re.IGNORECASE), RecordKind.EXPIRATION),
    (re.compile(r"assign", re.IGNORECASE), RecordKind.ASSIGNMENT),
    (re.compile(r"exercis", re.IGNORECASE), RecordKind.EXERCISE),
    (re.compile(r"cash.?settle", re.IGNORECASE), RecordKind.CASH_SETTLEMENT),
)
_NAMED = re.compile(
    r"(?P<right>CALL|PUT)\s+(?P<root>[A-Z]{1,6}[0-9]?)\s+"
    r"(?P<month>\d\d)/(?P<day>\d\d)/(?P<year>\d\d)\s+(?P<strike>\d{1,5}(\.\d{1,3})?)\b",
)


def records_of(events: Iterable[Fields], since: datetime) -> tuple[SettlementRecord, ...]:
    """Read what ended on the day of *since* (UTC) or later."""
    seen: Counter[str] = Counter()
    found = []
    for event in events:
        try:
            content = _content(event)
            seen[content] += 1
            record = _record(event, f"{content}-{seen[content]}")
        except (Unreadable, ArithmeticError):
            continue  # not certain, like words that are not known
        if record is not None and record.recorded_at.date() >= since.date():
            found.append(record)
    return tuple(found)


def _record(event: Fields, record_id: str) -> SettlementRecord | None:
    if event.maybe_text("type") != "option":
        return None
    option = event.inner("option")
    kind, symbol = _kind(option), _symbol(event, option)
    if kind is None or symbol is None:
        return None
    change = option.whole("quantity")
    quantity = {
        RecordKind.ASSIGNMENT: -abs(change),
        RecordKind.EXERCISE: abs(change),
        RecordKind.EXPIRATION: -change,
        RecordKind.CASH_SETTLEMENT: -change,
    }[kind]
    if not quantity:
        return None
    contract = occ.parse(symbol)
    price: Decimal | None = None
    if kind in {RecordKind.ASSIGNMENT, RecordKind.EXERCISE}:
        price = contract.strike
    elif kind is RecordKind.CASH_SETTLEMENT:
        price = _value(event, quantity, contract.multiplier)
    return SettlementRecord(record_id, kind, symbol, quantity, price, _day(event))


def _kind(option: Fields) -> RecordKind | None:
    words = f"{option.maybe_text('option_type') or ''} {option.maybe_text('description') or ''}"
    found = {kind for pattern, kind in _WORDS if pattern.search(words)}
    return found.pop() if len(found) == 1 else None


def _symbol(event: Fields, option: Fields) -> str | None:
    for fields in (option, event):
        told = fields.maybe_text("symbol")
        if told is not None and is_option(told):
            return symbol_of(told)
    named = _NAMED.search(option.maybe_text("description") or "")
    if named is None:
        return None
    strike = int(Decimal(named["strike"]) * 1000)
    text = (
        f"{named['root']}{named['year']}{named['month']}{named['day']}"
        f"{named['right'][0]}{strike:08d}"
    )
    return text if is_option(text) else None


def _value(event: Fields, quantity: int, multiplier: int) -> Decimal | None:
    """Give the settlement value per share, from the dollars that moved."""
    amount = event.maybe_decimal("amount")
    return None if amount is None else abs(amount) / abs(quantity) / multiplier


def _day(event: Fields) -> datetime:
    day: date = event.day("date")
    return datetime.combine(day, time(0), tzinfo=UTC)


def _content(event: Fields) -> str:
    """Hash what an event tells, however its numbers are written."""
    option = event.maybe_inner("option") or Fields({})
    numbers = (event.maybe_decimal("amount"), option.maybe_decimal("quantity"))
    words = (
        *(event.maybe_text(key) for key in ("date", "type", "symbol")),
        *(option.maybe_text(key) for key in ("option_type", "description", "symbol")),
        *(None if number is None else f"{number:.6f}" for number in numbers),
    )
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()[:24]
