"""
The rules of futures, as data: dollars per point, and when the last trading day ends.

    root              dollars per point   trading ends
    ES MES            50, 5               opening of the session of the third Friday
    NQ MNQ            20, 2                 of the delivery month, or of the one before
    RTY M2K           50, 5                 where that is no session
    YM MYM            5, 0.50
    CL MCL            1,000, 100          its own calendar: told with the position
    GC MGC            100, 10
    SI SIL            5,000, 1,000
    ZB ZN ZF          1,000
    ZT                2,000
    6E M6E            125,000, 12,500
    any other         not known

Source: CME Group contract specifications. Of an unknown root P/L can't be told, so that
it is refused where a position is taken under management.
"""

import re
from datetime import date
from decimal import Decimal

from botd.domain.contract import Future

_ON_THIRD_FRIDAY = {
    "ES": "50",
    "MES": "5",
    "NQ": "20",
    "MNQ": "2",
    "RTY": "50",
    "M2K": "5",
    "YM": "5",
    "MYM": "0.50",
}
_BY_OWN_CALENDAR = {
    "CL": "1000",
    "MCL": "100",
    "GC": "100",
    "MGC": "10",
    "SI": "5000",
    "SIL": "1000",
    "ZB": "1000",
    "ZN": "1000",
    "ZF": "1000",
    "ZT": "2000",
    "6E": "125000",
    "M6E": "12500",
}
_NAME = re.compile(r"(?P<root>[A-Z0-9]{1,4}) (?P<month>\d{2})-(?P<year>\d{2})")
_LAST_MONTH = 12


def parse(name: str) -> Future:
    """
    Read `ES 12-25`: root, and month and year of delivery.

    Raises:
        ValueError: the message names the wrong part, and why.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        raise ValueError(f"future {name!r}: write root, month and year, as in 'ES 12-25'")
    root, month, year = found["root"], int(found["month"]), 2000 + int(found["year"])
    if not 1 <= month <= _LAST_MONTH:
        raise ValueError(f"future {name!r}: month {found['month']!r} is not 01 to 12")
    point = _ON_THIRD_FRIDAY.get(root) or _BY_OWN_CALENDAR.get(root)
    if point is None:
        known = ", ".join((*_ON_THIRD_FRIDAY, *_BY_OWN_CALENDAR))
        raise ValueError(f"future {name!r}: root {root!r} is not known; known: {known}")
    return Future(
        root,
        date(year, month, 1),
        Decimal(point),
        ends_on_third_friday=root in _ON_THIRD_FRIDAY,
    )
