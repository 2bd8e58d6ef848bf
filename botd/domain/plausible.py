"""
Whether what a person tells of an end agrees with what is known.

    closed or settled     all that is held is short, and money came in: refused
                          all that is held is long, and money was paid: refused
    expired               it ended in the money, as far as is known: told, and booked
"""

from decimal import Decimal

from botd.domain.contract import OptionContract, option_legs
from botd.domain.label import short
from botd.domain.override import untold
from botd.domain.position import How, ManualReason, Position

_ENDED_INSIDE = " ended in the money "
_PRICED = {How.CLOSED: ("buying back", "selling"), How.SETTLED: ("settling", "settling")}


def refuse_wrong_way(position: Position, how: How, net_price: Decimal | None) -> None:
    """
    Refuse a price that has the wrong sign for all that is left of *position*.

    *net_price* is per share toward the account; None and 0 agree with everything. What
    holds both longs and shorts may end either way.

    Raises:
        ValueError: its words tell the price that was meant.
    """
    quantities = [leg.quantity for _, legs in untold(position) for leg in legs]
    if not net_price or not quantities or how not in _PRICED:
        return
    of_short, of_long = _PRICED[how]
    size = abs(net_price)
    if net_price > 0 and all(quantity < 0 for quantity in quantities):
        raise ValueError(f"{of_short} a short costs: write --net-price -{size}")
    if net_price < 0 and all(quantity > 0 for quantity in quantities):
        raise ValueError(f"{of_long} a long brings money: write --net-price {size}")


def against_expiry(position: Position, spot: Decimal | None) -> str | None:
    """
    Tell what speaks against *position* having expired worthless; None: nothing known.

    That is how it was judged after the close, else *spot*, the underlying's last known
    price at the close.
    """
    fact = position.fact or ""
    if position.manual_reason is ManualReason.UNRESOLVED and _ENDED_INSIDE in fact:
        return fact
    inside = [one for one in _expiring(position) if spot is not None and one.intrinsic(spot)]
    if spot is None or not inside:
        return None
    worst = max(inside, key=lambda one: one.intrinsic(spot))
    name = f"{worst.underlying} {short(worst)}"
    return f"{name} was in the money by {worst.intrinsic(spot)} at the last known spot {spot}"


def _expiring(position: Position) -> list[OptionContract]:
    """Give the options that are left and stop trading first."""
    left = [contract for _, legs in untold(position) for contract, _ in option_legs(legs)]
    first = min((contract.expiration for contract in left), default=None)
    return [one for one in left if one.expiration == first and not one.spec.is_adjusted]
