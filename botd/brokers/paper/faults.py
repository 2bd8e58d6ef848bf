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
        partial            of the next order that fills, no more than `units` ever do
        fill_across_cancel `units` of it (all) fill in the moment in which its cancel arrives
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

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

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
    FILL_ACROSS_CANCEL = "fill_across_cancel"
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


def fault_of(
    do: str,
    at: datetime,
    legs: tuple[Leg, ...],
    *,
    leg: str | None = None,
    units: int | None = None,
    late: timedelta = timedelta(0),
    reason: RefusalReason = RefusalReason.OTHER,
    message: str | None = None,
    code: str | None = None,
    net_price: Decimal | None = None,
) -> Fault:
    """
    Make a fault of a scenario's word and what its entry says.

    Args:
        do: one of the words above.
        at: when it happens, or from when on it lies in wait.
        legs: the position's, as held, per unit.
        leg: only the leg of this symbol is meant.
        units: of the position; None: all that the account holds of its legs.
        late: how long it takes, lasts, or how late it is.
        reason: of a refusal.
        message: of a refusal; None: the usual words.
        code: of a refusal; None: the usual one.
        net_price: limit of a resting exit, per share toward the account.

    Raises:
        ConfigError: no such word, or no such leg.
    """
    chosen = tuple(each for each in legs if leg in (None, each.symbol))
    if legs and not chosen:
        raise ConfigError(f"{do}: {leg!r} is no leg of the position")
    try:
        kind = FaultKind(do)
    except ValueError:
        allowed = ", ".join(known.value for known in FaultKind)
        raise ConfigError(f"{do!r} is not among the faults: {allowed}") from None
    usual = words_for(reason, chosen[0].symbol if chosen else "", message)
    return Fault(
        kind=kind,
        at=at,
        legs=chosen,
        units=units,
        duration=late,
        net_price=net_price,
        refusal=replace(usual, code=code or usual.code),
    )
