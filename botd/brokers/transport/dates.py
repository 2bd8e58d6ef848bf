"""Dates of HTTP headers, as strangers write them."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_FIRST_YEAR, _LAST_YEAR = 1900, 2200  # what one may still count with


def http_date(found: str) -> datetime | None:
    """Read an HTTP date (RFC 9110), in whole seconds; None: it is none, or of no time of ours."""
    try:
        at = parsedate_to_datetime(found)
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if _FIRST_YEAR < at.year < _LAST_YEAR else None
