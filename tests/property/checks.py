"""
What must hold of every day, whatever happened: checked by code that is not the engine's.

    from the exchange's side: `egress` (what left, and when), `holdings` (what it did)
    from the ledger's side: `record` (attempts, outcomes, refusals)
"""

from collections.abc import Callable, Iterator
from contextlib import closing

from tests.property import egress, holdings, record
from tests.property.world import Lived

Check = Callable[[Lived], Iterator[str]]

CHECKS: tuple[Check, ...] = (
    holdings.no_leg_changes_sign,
    holdings.no_position_is_closed_twice,
    holdings.one_order_lives,
    egress.written_down_before,
    egress.one_id_is_one_body,
    egress.within_the_time_box,
    egress.nothing_after_a_stop,
    egress.no_order_for_what_is_worthless,
    egress.never_dearer_than_the_worst,
    egress.absent_is_proved,
    egress.guard_stopped_nothing,
    record.every_attempt_is_there,
    record.every_position_has_an_outcome,
    record.refusals_are_told_whole,
    record.nothing_else_is_a_refusal,
    record.every_end_is_told,
    record.orders_agree_with_the_exchange,
    record.ledger_agrees_with_itself,
)


def violations(lived: Lived) -> list[str]:
    """List everything that did not hold, and let go of the day."""
    with closing(lived):
        return [f"{check.__name__}: {words}" for check in CHECKS for words in check(lived)]
