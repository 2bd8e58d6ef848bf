"""
What is around every answer of tastytrade.

    one thing     {"data": {...}, "context": "..."}
    a list        {"data": {"items": [...]}, "context": "...", "pagination": {...}}

Source: api-overview.md, Response Schema.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from botd.brokers.transport.dates import http_date
from botd.brokers.transport.fields import Fields, parse_json


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list."""

    items: tuple[Fields, ...]
    pages: int | None  # how many there are; None: it is not told
    total: int | None  # items on all pages; None: it is not told


def data_of(body: bytes) -> Fields:
    """Open an answer that holds one thing."""
    return Fields.of(parse_json(body)).inner("data")


def page_of(body: bytes) -> Page:
    """Open an answer that holds a list."""
    whole = Fields.of(parse_json(body))
    pagination = whole.maybe_inner("pagination")
    told = Fields({}) if pagination is None else pagination
    return Page(
        whole.inner("data").items("items"),
        told.maybe_whole("total-pages"),
        told.maybe_whole("total-items"),
    )


def answered_at(headers: Mapping[str, str]) -> datetime | None:
    """Tell the broker's clock by an answer's `date`, in whole seconds; None: it is not there."""
    return http_date(headers.get("date", ""))
