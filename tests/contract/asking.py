"""How the cards of the suite ask a broker, whatever it can do."""

from datetime import datetime, timedelta
from decimal import Decimal

from botd.domain.orders import OrderReport
from tests.contract.cards import lacks
from tests.contract.product import Need
from tests.contract.stand import Stand


def is_lacking(stand: Stand, number: int, row: str | None = None) -> bool:
    """Whether the broker's card says that it does not keep this one."""
    return lacks(stand.broker.card, number, row)


def has(stand: Stand, need: Need) -> bool:
    """Whether the stand's product has something."""
    return need in stand.product.has


async def listed(stand: Stand) -> tuple[OrderReport, ...]:
    """List everything of the last day."""
    return await stand.broker.orders(stand.now() - timedelta(days=1))


async def found(stand: Stand, client_order_id: str) -> OrderReport | None:
    """Look an order up as the engine does on a broker of this card."""
    if stand.broker.card.looks_up_client_ids:
        return await stand.broker.look_up(client_order_id)
    every = await listed(stand)
    return next((each for each in every if each.client_order_id == client_order_id), None)


async def known(stand: Stand, client_order_id: str) -> OrderReport:
    """Look an order up that has to be there."""
    report = await found(stand, client_order_id)
    assert report is not None, f"{client_order_id!r} is not there"
    return report


async def held(stand: Stand) -> dict[str, int]:
    """Tell what the account holds."""
    return {each.symbol: each.quantity for each in await stand.broker.holdings()}


def totals(report: OrderReport) -> dict[str, int]:
    """Give what an order trades in all, by symbol: the same however its units are cut."""
    return {leg.symbol: leg.quantity * report.units for leg in report.legs}


def dollars(report: OrderReport) -> Decimal:
    """Give what has filled, times its price: the same however its units are cut."""
    return sum((fill.units * fill.net_price for fill in report.fills), Decimal(0))


def day(stand: Stand, hour: str, days: int = 0) -> datetime:
    """Give an instant of the stand's day, or of a later one: "18:30"."""
    hours, minutes = (int(part) for part in hour.split(":"))
    return midnight(stand) + timedelta(days=days, hours=hours, minutes=minutes)


def midnight(stand: Stand) -> datetime:
    """Give the instant at which the stand's day began."""
    return stand.now().replace(hour=0, minute=0, second=0, microsecond=0)
