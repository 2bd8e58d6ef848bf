"""Observe mode: what would have been sent is priced and recorded, and nothing leaves."""

from dataclasses import replace
from datetime import timedelta

from botd.domain import ladder
from botd.domain.decide import Case
from botd.domain.decision import Close, Reason, Skip
from botd.domain.observed import Would
from botd.engine.cases import Decided
from botd.engine.desk import Desk
from botd.engine.pricing import Pricer

_LONG_ENOUGH = timedelta(minutes=5)  # for the whole ladder of any mode


async def priced(desk: Desk, one: Decided) -> Decided:
    """Note at which prices a position would have been closed."""
    if not one.would_close:
        return one
    would = [await _words(desk, one, case, close) for case, close in one.would_close]
    note = "; ".join(part for part in (one.note, *would) if part)
    return replace(one, decision=Skip(Reason.OBSERVING, note), note=note)


async def _words(desk: Desk, one: Decided, case: Case, close: Close) -> str:
    pricer = Pricer(desk, case, close, one.pricing)
    plan = ladder.plan_ladder(one.pricing, _LONG_ENOUGH, None)
    first = await pricer.ask(plan, 0)
    last = await pricer.ask(plan, len(plan.fractions) - 1)
    if first is None or last is None:
        return f"would close {close.units}, but {'; '.join(pricer.notes)}"
    if last.net_price is None:
        return f"would close {close.units} at the market"
    first_price = last.net_price if first.net_price is None else first.net_price
    return Would(close.units, first_price, last.net_price, last.cap).words
