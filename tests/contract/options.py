"""The listed options that the suite asks for where a broker trades them."""

from datetime import timedelta
from decimal import Decimal

from botd.brokers.port import RecordKind
from tests.contract.product import Ending, Product, Side
from tests.contract.stand import (
    FOREIGN_SHARES,
    LATER,
    LONG_PUT,
    OFFICIAL_CLOSE,
    ONE_SIDED,
    SHORT_PUT,
    UNDERLYING,
)

_MANY_STRIKES = 600
_MANY_RECORDS = 300  # with their shares, more than two pages

OPTIONS = Product(
    first=Side(SHORT_PUT, -1, "0.70", "1.00", 5),
    second=Side(LONG_PUT, 1, "0.05", "0.10", 5),
    later=Side(LATER, -1, "12.00", "12.50", 5),
    one_sided=Side(ONE_SIDED, -1, None, "0.40", 5),
    underlying=UNDERLYING,
    spot=Decimal("749.62"),
    official_close=OFFICIAL_CLOSE,
    official_close_by=timedelta(hours=19, minutes=30),
    ending=Ending(RecordKind.ASSIGNMENT, Decimal(750), timedelta(days=4, hours=14, minutes=35)),
    unknown=tuple(f"GOOG151224C00{strike:03}000" for strike in (900, *range(100, 350))),
    many=tuple(f"GOOG160115C00{strike:03}000" for strike in range(100, 100 + _MANY_STRIKES)),
    many_ending=tuple(f"GOOG151224P00{strike:03}000" for strike in range(400, 400 + _MANY_RECORDS)),
    resting="-0.50",
    dearer="-0.60",
    filling="-1.00",
    beyond="-1.10",
    second_resting="0.50",
    filled_at=Decimal("-1.00"),
    beside={UNDERLYING: 100},
    foreign={FOREIGN_SHARES: 10},
    n_foreign=3,
    other_way={SHORT_PUT: 1},
)
