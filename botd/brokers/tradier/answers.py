"""
What an answer as a whole means.

    success, `order.id`          the interface has taken it
    success, `errors`            a refusal, by its words; `Oms...`: nobody knows
    success, anything else       nobody knows
    4xx with a gateway's fault   of the token or the quota: not taken, may be repeated
    other 4xx                    a refusal, by its words

A read is only good as a success without `errors` and `fault`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from botd.brokers.tradier import wire
from botd.brokers.tradier.words import classify
from botd.brokers.transport.answer import Answer
from botd.brokers.transport.fields import Fields, Unreadable
from botd.errors import BrokerUnavailable, OutcomeUnknown, Refusal

_QUOTA = ("ratelimit", "quota")
_AUTH = ("access_token", "keymanagement", "oauth")


@dataclass(frozen=True, slots=True)
class Taken:
    """An order, a cancel: the interface has it."""

    broker_order_id: str


def taken(answer: Answer) -> Taken | Refusal:
    """
    Read the answer to an order or a cancel.

    Raises:
        OutcomeUnknown: it says nothing definite.
        BrokerUnavailable: it was not taken, for a reason that is not its own.
    """
    body = _object(answer)
    if answer.is_success and body is None:
        raise OutcomeUnknown(f"{answer.status}: no readable answer: {answer.words[:200]!r}")
    if body is not None:
        _raise_fault(body, answer.status)
    if answer.is_success and body is not None and (order_id := _order_id(body)) is not None:
        return Taken(order_id)
    words = wire.said(body) if body is not None else ()
    if answer.is_success and not words:
        raise OutcomeUnknown(f"{answer.status}: neither order nor errors: {answer.words[:200]!r}")
    verdict = classify(words or (answer.words.strip() or f"HTTP {answer.status}",), answer.status)
    if not verdict.is_definite:
        raise OutcomeUnknown(verdict.refusal.message)
    return verdict.refusal


def readable(answer: Answer) -> Fields:
    """
    Give the body of a read.

    Raises:
        OutcomeUnknown: it is none.
        BrokerUnavailable: the gateway did not let it through.
    """
    body = _object(answer)
    if body is not None:
        _raise_fault(body, answer.status)
    if not answer.is_success or body is None or wire.said(body):
        raise OutcomeUnknown(f"{answer.status}: {answer.words[:200]}")
    return body


def dated(answer: Answer) -> datetime | None:
    """Read the broker's clock off the `Date` header, to the second; None: there is none."""
    try:
        at = parsedate_to_datetime(answer.headers.get("date", ""))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def _object(answer: Answer) -> Fields | None:
    try:
        return wire.body_of(answer)
    except Unreadable:
        return None


def _order_id(body: Fields) -> str | None:
    order = body.values.get("order")
    try:
        return Fields.of(order, "order").text("id")
    except Unreadable:
        return None


def _raise_fault(body: Fields, status: int) -> None:
    fault = wire.fault_of(body)
    if fault is None:
        return
    words, code = fault
    said = f"{status}: {words} ({code})"
    if any(part in code.lower() for part in _QUOTA):
        raise BrokerUnavailable(said)
    if any(part in code.lower() for part in _AUTH):
        raise BrokerUnavailable(said, is_auth=True)
    raise OutcomeUnknown(said)
