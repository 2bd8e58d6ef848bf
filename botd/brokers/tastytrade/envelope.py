"""
What is around every answer of tastytrade.

    one thing     {"data": {...}, "context": "..."}
    a list        {"data": {"items": [...]}, "context": "...", "pagination": {...}}

Source: api-overview.md, Response Schema.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from botd.brokers.transport.fields import Fields, parse_json


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; *pages* is how many there are, None where that is not told."""

    items: tuple[Fields, ...]
    pages: int | None


def data_of(body: bytes) -> Fields:
    """Open an answer that holds one thing."""
    return Fields.of(parse_json(body)).inner("data")


def page_of(body: bytes) -> Page:
    """Open an answer that holds a list."""
    whole = Fields.of(parse_json(body))
    pagination = whole.maybe_inner("pagination")
    pages = None if pagination is None else pagination.maybe_whole("total-pages")
    return Page(whole.inner("data").items("items"), pages)


def answered_at(headers: Mapping[str, str]) -> datetime | None:
    """Tell the broker's clock by an answer's `date`, in whole seconds; None: it is not there."""
    try:
        at = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
