"""
Sharing an account's request budget among the positions that one attempt closes.

    this attempt fits       each position gets as many prices as the budget allows
    it does not fit         one price each, those without an order first, then as many new
                            prices for working orders as are left, the most dangerous first
    the next does not fit   what works at the end of this attempt is kept, to the bell
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from botd.domain import budget, ladder
from botd.domain.orders import OrderStatus
from botd.engine.attempt import Attempt
from botd.engine.cases import Decided
from botd.engine.desk import Desk
from botd.engine.pace import Allotment, Danger
from botd.ledger.orders import Order


@dataclass(frozen=True, slots=True)
class Shares:
    """What each position may do, by id; *following* keep their order as it is."""

    of: dict[str, Allotment]
    following: frozenset[str] = frozenset()


def danger(one: Decided) -> Danger:
    """Rank a position that is to be closed; the most dangerous sorts first."""
    case, close = one.closes[0]
    return (*budget.danger(case.lot.legs, close.units, one.moneyness), one.position.id)


def allot(desk: Desk, closing: Collection[Decided], working: Collection[str]) -> Shares:
    """
    Share the budget of the broker's card; where it has no limit nobody waits.

    *closing* comes most dangerous first; *working* are those with a kept order.
    """
    rate = desk.broker.card.requests_per_minute
    if rate is None or not closing:
        return Shares({one.position.id: Allotment(danger(one)) for one in closing})
    now = desk.now()
    here = _reach(closing, rate, min(one.attempt.give_up_at for one in closing) - now)
    then = min((one.attempt.next_lasts for one in closing), default=timedelta(0))
    is_kept = not _reach(closing, rate, then).fits
    without = [one for one in closing if one.position.id not in working]
    having = [one.position.id for one in closing if one.position.id in working]
    repriced = len(having) if here.fits else max(here.served - len(without), 0)
    return Shares(
        {one.position.id: Allotment(danger(one), here.steps, is_kept) for one in closing},
        frozenset(having[repriced:]),
    )


def kept(own: list[Order], attempt: Attempt) -> Order | None:
    """Give the order that an earlier attempt left working for this one, if there is one."""
    match own:
        case [only] if (
            only.status is OrderStatus.WORKING
            and not only.intent.is_extra
            and only.intent.attempt_due_at < attempt.due_at < only.intent.give_up_at
        ):
            return only
        case _:
            return None


def _reach(closing: Collection[Decided], rate: int, available: timedelta) -> budget.Capacity:
    most = max(ladder.steps_of(one.pricing) for one in closing)
    return budget.capacity(len(closing), most, rate, available)
