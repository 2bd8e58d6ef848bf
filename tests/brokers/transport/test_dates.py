"""Dates of headers."""

from datetime import UTC, datetime

import pytest

from botd.brokers.transport.dates import http_date


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("Thu, 24 Dec 2015 17:50:00 GMT", datetime(2015, 12, 24, 17, 50, tzinfo=UTC)),
        ("Thu, 24 Dec 2015 12:50:00 -0500", datetime(2015, 12, 24, 17, 50, tzinfo=UTC)),
        ("Thu, 24 Dec 2015 17:50:00", datetime(2015, 12, 24, 17, 50, tzinfo=UTC)),
        ("", None),
        ("yesterday", None),
        ("Thu, 99 Dec 2015 99:99:99 GMT", None),
        ("Thu, 24 Dec 2015 17:50:00 +9959", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
        ("Mon, 01 Jan 1600 00:00:00 GMT", None),
    ],
)
def test_date_of_a_header(found: str, expected: datetime | None) -> None:
    """A date is an instant, and anything else is none: never an error."""
    assert expected == http_date(found)
