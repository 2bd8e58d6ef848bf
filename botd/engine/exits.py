"""Other closing orders that hold the quantity: a resting take-profit, a stop."""

from botd.domain.orders import OrderIntent, OrderReport
from botd.engine.desk import LOOK_AGAIN, Desk, log
from botd.engine.reads import AccountFacts, read_account
from botd.errors import BrokerError

_TRIES = 5


async def cancel(desk: Desk, resting: tuple[OrderReport, ...]) -> AccountFacts | None:
    """
    Cancel resting exits and wait until the broker says that they ended.

    Returns the account as it then stands, or None where that could not be read or an
    exit would not end.
    """
    names = {report.broker_order_id for report in resting}
    for _ in range(_TRIES):
        for name in names:
            await _ask(desk, name)
        try:
            facts = await read_account(desk)
        except BrokerError:
            facts = None
        if facts is not None:
            names = {
                report.broker_order_id
                for report in facts.orders
                if report.broker_order_id in names and not report.is_final
            }
            if not names:
                return facts
        await desk.clock.sleep_until(desk.now() + LOOK_AGAIN)
    return None


async def cancel_on_legs(desk: Desk, intent: OrderIntent, *, only_ours: bool) -> None:
    """Cancel what works on the legs of an order that was told they are held."""
    symbols = {leg.symbol for leg in intent.legs}
    try:
        facts = await read_account(desk)
    except BrokerError:
        return
    blocking = tuple(
        report
        for report in facts.orders
        if not report.is_final
        and symbols & {leg.symbol for leg in report.legs}
        and not (only_ours and report.client_order_id not in facts.own_orders)
    )
    if blocking:
        await cancel(desk, blocking)


async def _ask(desk: Desk, broker_order_id: str) -> None:
    try:
        await desk.clock.within(desk.broker.cancel(broker_order_id), desk.patience())
    except (BrokerError, TimeoutError) as error:
        log.warning("exit_not_cancelled", broker_order_id=broker_order_id, error=str(error))
