"""
What an answer as a whole means.

    success, the documented object    it
    success, anything else            nobody knows: an empty object, markup, odd JSON
    4xx                               nobody knows; `ApiErrorV1` tells why, and a request id
                                      that their support asks for

429, 401, 408, 3xx and 5xx never come here: the door has read them. Of a 404 only who asks
for one position by its id may conclude that there is none.

    ApiErrorV1    error, message, requestId, details

Source: docs.clickoptions.ai, "Trading API v1 Positions" (OpenAPI 3.1); every field there is
optional, a reader has to say which he cannot do without.
"""

from dataclasses import dataclass

from botd.brokers.clickoptions.wire import Position, position_of
from botd.brokers.transport.answer import Answer
from botd.brokers.transport.fields import Fields, Unreadable, distinct, parse_json, shown
from botd.errors import OutcomeUnknown

_NOT_FOUND = 404
_LONGEST_ID = 80


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list of positions."""

    total: int  # of all pages
    positions: tuple[Position, ...]


def page_of(answer: Answer, number: int) -> Page:
    """
    Read a page that was asked for by its *number*, from 1.

    Raises:
        OutcomeUnknown: it is none, or another one.
        Unreadable: it holds what cannot be read.
    """
    body = _success(answer)
    told = body.maybe_whole("page")
    if told is not None and told != number:
        raise Unreadable(f"page {told}, where {number} was asked for")
    total = body.whole("total")
    if total < 0:
        raise Unreadable(f"total: {total}")
    items = distinct(body.items("items"), "positionId")
    return Page(total, tuple(position_of(each) for each in items))


def one_of(answer: Answer) -> Position | None:
    """
    Read the position that was asked for by its id; None: there is none.

    Raises:
        OutcomeUnknown: it is neither.
        Unreadable: it cannot be read.
    """
    if answer.status == _NOT_FOUND and _said(answer) is not None:
        return None
    return position_of(_success(answer))


def _success(answer: Answer) -> Fields:
    said = _said(answer)
    if answer.is_success and said is None:
        return Fields.of(parse_json(answer.body))
    raise OutcomeUnknown(f"{answer.status}: {said or answer.words[:200]}")


def _said(answer: Answer) -> str | None:
    """Read an error for a person, with its request id; None: the body is none."""
    try:
        body = Fields.of(parse_json(answer.body))
        code, words = body.maybe_text("error"), body.maybe_text("message")
        request_id = body.maybe_text("requestId")
    except Unreadable:
        return None
    if code is None and words is None:
        return None
    told = ": ".join(each for each in (code, words) if each is not None)
    details = body.values.get("details")
    beside = f"; {shown(details)}" if details else ""
    return f"{told[:400]}{beside} (request id {(request_id or 'not told')[:_LONGEST_ID]})"
