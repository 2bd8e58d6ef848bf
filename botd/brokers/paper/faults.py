"""
What can go wrong at a broker, to order.

    befalls one of our orders or calls, from `at` on, `times` times
        refuse             the order is refused, in the words given
        reject             it is taken, and rejected `duration` later
        answer_late        it is taken, and the answer comes `duration` later
        lose_request       it never arrives, and nobody can tell
        lose_answer        it is taken (`duration` later, if given), and nobody can tell
        server_error       HTTP 503 in place of an answer; it did not arrive
        unavailable        nothing can be sent; with `duration`: no call works for so long
        partial            no more than `units` of it ever fill
        fill_before_cancel the order fills in the moment in which its cancel arrives
        lose_cancel        the cancel never arrives, and nobody can tell
        slow_cancel        the cancel takes `duration`; until then the order may fill
    happens at `at`
        gone               legs vanish from the account, without a trace
        liquidate_leg      the broker closes legs by an order of its own
        outside_close      a person closes legs at another desk
        assign             short legs are assigned, long ones exercised; shares move
        resting_exit       a person's closing order at `net_price` begins to rest
        trading_halt       the underlying does not trade for `duration`
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, TypeVar

from botd.brokers.paper.words import words_for
from botd.domain.contract import Leg
from botd.errors import ConfigError, Refusal, RefusalReason


class FaultKind(Enum):
    """The faults, by the words that scenarios use."""

    REFUSE = "refuse"
    REJECT = "reject"
    ANSWER_LATE = "answer_late"
    LOSE_REQUEST = "lose_request"
    LOSE_ANSWER = "lose_answer"
    SERVER_ERROR = "server_error"
    UNAVAILABLE = "unavailable"
    PARTIAL = "partial"
    FILL_BEFORE_CANCEL = "fill_before_cancel"
    LOSE_CANCEL = "lose_cancel"
    SLOW_CANCEL = "slow_cancel"
    GONE = "gone"
    LIQUIDATE_LEG = "liquidate_leg"
    OUTSIDE_CLOSE = "outside_close"
    ASSIGN = "assign"
    RESTING_EXIT = "resting_exit"
    TRADING_HALT = "trading_halt"


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One thing that will go wrong.

    *legs* are as held, per unit: an order is befallen when it has any of these symbols
    among its own. Without legs any order, or any call, is meant.
    """

    kind: FaultKind
    at: datetime
    legs: tuple[Leg, ...] = ()
    units: int | None = None  # None: all that is held
    duration: timedelta = timedelta(0)
    times: int = 1
    net_price: Decimal | None = None  # per share toward the account, of a resting exit
    refusal: Refusal | None = None  # with refuse and reject

    @property
    def symbols(self) -> frozenset[str]:
        """Tell which instruments it is about; empty: all."""
        return frozenset(leg.symbol for leg in self.legs)

    def befalls(self, symbols: frozenset[str], now: datetime) -> bool:
        """Tell whether it is due for an order of *symbols*."""
        return self.at <= now and (not self.legs or bool(self.symbols & symbols))


_KEYS = frozenset(
    {"symbol", "units", "seconds", "times", "net_price", "reason", "message", "code"},
) | {"http_status"}


def fault_of(
    do: str,
    at: datetime,
    legs: tuple[Leg, ...],
    details: Mapping[str, Any],
) -> Fault:
    """
    Read one `[[scenario]]` entry: its word, its instant, the position's legs as held.

    Details: `symbol` (only this leg), `units`, `seconds`, `times`, `net_price`, and for
    refusals `reason` (a `RefusalReason` value), `message`, `code`, `http_status`.

    Raises:
        ConfigError: names everything in the entry that is not understood.
    """
    faults = [f"{do}: unknown key {key!r}" for key in sorted(set(details) - _KEYS)]
    kind = _enum(FaultKind, do, faults)
    chosen = _chosen(do, legs, details.get("symbol"), faults)
    units = _whole(do, "units", details.get("units"), faults)
    seconds = _whole(do, "seconds", details.get("seconds"), faults)
    times = _whole(do, "times", details.get("times", 1), faults)
    net_price = _money(do, details.get("net_price"), faults)
    reason = _enum(RefusalReason, details.get("reason", "other"), faults)
    if faults or kind is None or reason is None:
        raise ConfigError(*faults)
    return Fault(
        kind=kind,
        at=at,
        legs=chosen,
        units=units,
        duration=timedelta(seconds=seconds or 0),
        times=times or 1,
        net_price=net_price,
        refusal=_refusal(reason, chosen, details),
    )


def _refusal(
    reason: RefusalReason,
    legs: tuple[Leg, ...],
    details: Mapping[str, Any],
) -> Refusal:
    usual = words_for(reason, legs[0].symbol if legs else "")
    return Refusal(
        reason=reason,
        message=str(details.get("message", usual.message)),
        code=str(details.get("code", usual.code)),
        http_status=int(details.get("http_status", usual.http_status or 0)),
    )


_Word = TypeVar("_Word", bound=Enum)


def _enum(kinds: type[_Word], word: object, faults: list[str]) -> _Word | None:
    try:
        return kinds(word)
    except ValueError:
        allowed = ", ".join(kind.value for kind in kinds)
        faults.append(f"{word!r} is not one of {allowed}")
        return None


def _chosen(
    do: str,
    legs: tuple[Leg, ...],
    symbol: object,
    faults: list[str],
) -> tuple[Leg, ...]:
    if symbol is None:
        return legs
    chosen = tuple(leg for leg in legs if leg.symbol == str(symbol).replace(" ", ""))
    if not chosen:
        faults.append(f"{do}: {symbol!r} is no leg of the position")
    return chosen


def _whole(do: str, key: str, value: object, faults: list[str]) -> int | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    faults.append(f"{do}: {key} is {value!r}, and must be a whole number above 0")
    return None


def _money(do: str, value: object, faults: list[str]) -> Decimal | None:
    if value is None:
        return None
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        price = Decimal("NaN")
    if not price.is_finite():
        faults.append(f"{do}: net_price is {value!r}, and must be dollars like '-0.05'")
        return None
    return price
