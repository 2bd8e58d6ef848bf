"""
What an answer as a whole means.

    success, `order` is ok       the interface has taken it
    success, `errors` alone      a refusal, by its words; `Oms...`: nobody knows
    4xx with a gateway's fault   of the token or the quota: not taken, may be repeated
    4xx, `errors` or a sentence  a refusal, by its words
    anything else                nobody knows: markup, odd JSON, an order beside errors

A read is only good as a success without `errors` and `fault`.
"""

from dataclasses import dataclass
from datetime import datetime

from botd.brokers.tradier import wire
from botd.brokers.tradier.words import classify
from botd.brokers.transport.answer import Answer
from botd.brokers.transport.dates import http_date
from botd.brokers.transport.fields import Fields, Unreadable
from botd.errors import BrokerUnavailable, OutcomeUnknown, Refusal

_OK = "ok"
_MARKS = '<{["'
_LITERALS = frozenset({"null", "true", "false"})
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
    if body is not None and not answer.is_success:
        _raise_fault(body, answer.status)
    if answer.is_success and body is not None and (order_id := _order_id(body)) is not None:
        return Taken(order_id)
    words = _words(answer, body)
    if not words:
        raise OutcomeUnknown(f"{answer.status}: neither order nor errors: {answer.words[:200]!r}")
    verdict = classify(words, answer.status)
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
    if not answer.is_success or body is None or wire.has_errors(body):
        raise OutcomeUnknown(f"{answer.status}: {answer.words[:200]}")
    return body


def dated(answer: Answer) -> datetime | None:
    """Read the broker's clock off the `Date` header, to the second; None: there is none."""
    return http_date(answer.headers.get("date", ""))


def _object(answer: Answer) -> Fields | None:
    try:
        return wire.body_of(answer)
    except Unreadable:
        return None


def _order_id(body: Fields) -> str | None:
    """Read the id of an order that is taken; None: the answer does not say so, or not only."""
    try:
        order = body.inner("order")
        is_ok = order.text("status") == _OK
        order_id = order.name("id")
    except Unreadable:
        return None
    is_alone = not wire.has_errors(body) and not body.has("fault")
    return order_id if is_ok and is_alone else None


def _words(answer: Answer, body: Fields | None) -> tuple[str, ...]:
    """Read what is said in place of an order; none: nothing that anybody says for a no."""
    if body is not None:
        is_alone = not body.values.keys() & {"order", "fault"}
        return wire.said(body) if is_alone else ()
    is_worded = not answer.is_success and _is_sentence(answer.body)
    return (answer.words.strip(),) if is_worded else ()


def _is_sentence(body: bytes) -> bool:
    """Tell whether a body is plain text of letters: no markup, no piece of JSON, no bytes."""
    try:
        words = body.decode().strip()
    except UnicodeDecodeError:
        return False
    is_clean = all(each.isprintable() or each in "\r\n\t" for each in words)
    is_text = any(each.isalpha() for each in words) and words[0] not in _MARKS
    return is_clean and is_text and words not in _LITERALS


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
