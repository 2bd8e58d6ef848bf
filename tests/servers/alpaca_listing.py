"""
What a list of orders holds at Alpaca.

    status      open (the usual), closed, all
    limit       50 usually, 500 at most; of a list that is not nested, legs count too
    after       exclusive, as until, to the nanosecond of the submission
    direction   newest first, unless asc
    symbols     of the orders and their legs; with asset_class=us_option underlyings too

Source: trading-api.json, GET /v2/orders.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from tests.servers import alpaca_words as say
from tests.servers.alpaca_orders import asset_class, instant_key, is_package, numbers_of
from tests.servers.alpaca_rules import Contract
from tests.servers.alpaca_words import Refused
from tests.servers.face import Request
from tests.servers.orders import ExchangeOrder

_USUAL, _MOST = 50, 500
_STAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
Key = tuple[datetime, int]  # an instant: to the microsecond, and the nanoseconds beyond


@dataclass(frozen=True, slots=True)
class Listing:
    """A query for orders."""

    status: str
    limit: int
    after: Key | None
    until: Key | None
    after_number: int | None
    before_number: int | None
    is_newest_first: bool
    is_nested: bool
    symbols: frozenset[str]
    classes: frozenset[str]
    side: str | None

    @classmethod
    def of(cls, request: Request) -> "Listing":
        """Read a query."""
        ask = request.asked
        classes = {name for each in request.all_asked("asset_class") for name in each.split(",")}
        return cls(
            status=_one_of(ask("status") or "open", "status", ("open", "closed", "all")),
            limit=_limit(ask("limit")),
            after=key(ask("after"), "after"),
            until=key(ask("until"), "until"),
            after_number=_number(ask("after_order_id")),
            before_number=_number(ask("before_order_id")),
            is_newest_first=_one_of(ask("direction") or "desc", "direction", ("asc", "desc"))
            == "desc",
            is_nested=(ask("nested") or "").lower() == "true",
            symbols=frozenset((ask("symbols") or "").split(",")) - {""},
            classes=frozenset(classes) - {"all"},
            side=ask("side"),
        )

    def wants(self, order: ExchangeOrder) -> bool:
        """Whether an order belongs into the list."""
        return self._is_in_time(order) and self._is_of_kind(order)

    def _is_in_time(self, order: ExchangeOrder) -> bool:
        at = instant_key(order)
        return (
            (self.after is None or at > self.after)
            and (self.until is None or at < self.until)
            and (self.after_number is None or order.number > self.after_number)
            and (self.before_number is None or order.number < self.before_number)
        )

    def _is_of_kind(self, order: ExchangeOrder) -> bool:
        if self.status != "all" and order.is_final is (self.status == "open"):
            return False
        names = {symbol for symbol, _ in order.legs}
        if self.classes and not self.classes & {asset_class(name) for name in names}:
            return False
        if self.side and (is_package(order) or (order.legs[0][1] > 0) is (self.side != "buy")):
            return False
        if "us_option" in self.classes:
            names |= {found.underlying for name in names if (found := Contract.of(name))}
        return not self.symbols or bool(self.symbols & names)


def key(text: str | None, name: str) -> Key | None:
    """Read an instant or a date; None: none is given."""
    if not text:
        return None
    if _DAY.fullmatch(text):
        return (datetime.combine(date.fromisoformat(text), time(), UTC), 0)
    found = _STAMP.fullmatch(text)
    if found is None:
        raise Refused(say.invalid(f"invalid {name}"))
    seconds, fraction, offset = found.groups()
    digits = f"{fraction or '':0<9}"
    at = datetime.fromisoformat(f"{seconds}.{digits[:6]}{offset}")
    return (at.astimezone(UTC), int(digits[6:]))


def _one_of(found: str, name: str, known: tuple[str, ...]) -> str:
    if found not in known:
        raise Refused(say.invalid(f"invalid {name}"))
    return found


def _limit(found: str | None) -> int:
    if found is None:
        return _USUAL
    if not found.isdigit() or not 1 <= int(found) <= _MOST:
        raise Refused(say.invalid(f"invalid limit, limit must be between 1 and {_MOST}"))
    return int(found)


def _number(found: str | None) -> int | None:
    if found is None:
        return None
    read = numbers_of(found)
    if read is None:
        raise Refused(say.NO_ORDER)
    return read[0]
