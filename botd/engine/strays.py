"""Options that an account holds, that stop trading today, and that nobody manages."""

from datetime import date

from botd.domain.contract import Shares
from botd.domain.instruments import parse_instrument
from botd.domain.orders import Holding
from botd.domain.reconcile import unmanaged
from botd.domain.schedule import last_trading_day
from botd.engine.desk import Desk, log
from botd.engine.reads import AccountFacts
from botd.errors import LedgerError
from botd.ledger import unmanaged as rows


def found(desk: Desk, facts: AccountFacts, day: date) -> tuple[Holding, ...]:
    """
    Give what is beyond the ledger in *facts*, of the options that stop trading on *day*.

    What an order of ours was closing during the read is left out: its fill may be booked
    while the holdings are from before it.
    """
    closing = {
        leg.symbol
        for report in facts.orders
        if not report.is_final and report.client_order_id in facts.own_orders
        for leg in report.legs
    }
    return unmanaged(
        desk.book.values(),
        facts.holdings,
        lambda symbol: symbol not in closing and _stops_on(desk, symbol, day),
    )


def found_today(desk: Desk, facts: AccountFacts) -> tuple[Holding, ...]:
    """Give the same for the present day; nothing where the calendar does not know it."""
    try:
        session = desk.sessions.containing_day(desk.now())
    except LookupError:
        return ()
    return () if session is None else found(desk, facts, session.day)


async def write(desk: Desk, facts: AccountFacts, nobodys: tuple[Holding, ...]) -> None:
    """Let the board show *nobodys*; a ledger that fails here keeps nothing else from its work."""
    try:
        await desk.ledger.write(lambda tx: rows.replace(tx, desk.key, nobodys, facts.read_at))
    except LedgerError as error:
        log.warning("unmanaged_not_written", error=str(error))


def _stops_on(desk: Desk, symbol: str, day: date) -> bool:
    """Whether a symbol that the account holds stops trading on *day*."""
    try:
        held = parse_instrument(symbol)
        return not isinstance(held, Shares) and last_trading_day(held, desk.sessions) == day
    except (ValueError, LookupError):
        return False  # what nobody can name, or tell the end of
