"""Other closing orders that hold the quantity: a resting take-profit, a stop."""

import asyncio
from datetime import datetime, timedelta

from botd.domain.orders import OrderIntent, OrderReport
from botd.domain.position import Position
from botd.domain.reconcile import resting_exits
from botd.engine.desk import LOOK_AGAIN, Desk, log
from botd.engine.reads import AccountFacts, read_account
from botd.errors import BrokerError

_PATIENCE = timedelta(seconds=10)  # then the attempt goes on: others wait for it
_CANCEL_PATIENCE = timedelta(seconds=3)


def are_in_the_way(desk: Desk, position: Position, facts: AccountFacts) -> bool:
    """
    Whether an order that is not ours could close the same legs beside one of ours.

    A broker that watches over closes refuses the second one; any other fills both.
    """
    if desk.broker.card.enforces_close_only:
        return False
    return bool(resting_exits(position, facts.orders, facts.own_orders))


async def cancel(
    desk: Desk, resting: tuple[OrderReport, ...], until: datetime
) -> AccountFacts | None:
    """
    Cancel resting exits and wait until the broker says that they ended, at most until *until*.

    Returns the account as it then stands, or None where that could not be read or an
    exit would not end in time.
    """
    until = min(until, desk.now() + _PATIENCE)
    names = {report.broker_order_id for report in resting}
    while desk.now() < until:
        await asyncio.gather(*(_ask(desk, name, until) for name in names))
        facts = await _read(desk, until)
        if facts is not None:
            names = {
                report.broker_order_id
                for report in facts.orders
                if report.broker_order_id in names and not report.is_final
            }
            if not names:
                return facts
        await desk.clock.sleep_until(min(desk.now() + LOOK_AGAIN, until))
    return None


async def _read(desk: Desk, until: datetime) -> AccountFacts | None:
    try:
        return await desk.clock.within(read_account(desk), until)
    except (BrokerError, TimeoutError):
        return None


async def cancel_on_legs(
    desk: Desk, intent: OrderIntent, until: datetime, *, only_ours: bool
) -> None:
    """Cancel what works on the legs of an order that was told they are held."""
    symbols = {leg.symbol for leg in intent.legs}
    facts = await _read(desk, until)
    if facts is None:
        return
    blocking = tuple(
        report
        for report in facts.orders
        if not report.is_final
        and symbols & {leg.symbol for leg in report.legs}
        and not (only_ours and report.client_order_id not in facts.own_orders)
    )
    if blocking:
        await cancel(desk, blocking, until)


async def _ask(desk: Desk, broker_order_id: str, until: datetime) -> None:
    until = min(until, desk.now() + _CANCEL_PATIENCE)
    try:
        await desk.clock.within(desk.broker.cancel(broker_order_id), until)
    except (BrokerError, TimeoutError) as error:
        log.warning("exit_not_cancelled", broker_order_id=broker_order_id, error=str(error))
