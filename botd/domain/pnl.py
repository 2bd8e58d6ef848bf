"""
What a position brought, from the parts that are known.

    a part brought    (opening net price + closing net price) x multiplier x units
    unknown           stays None and is never counted as 0
    before fees       fees are told apart

An assigned or exercised option ends at 0: the shares are booked at the strike, in the
position where it holds them itself, else in its campaign. So nothing counts twice, and
the premium is realized when the assignment is certain, not before.
"""

from decimal import Decimal

from botd.domain.contract import Shares, option_legs
from botd.domain.position import DELIVERED, Outcome, Position

_CENTICENT = Decimal("0.0001")


def realized_pnl(position: Position) -> tuple[Decimal | None, bool]:
    """
    Tell the dollars that the known parts brought, and whether that is all.

    None: no part is known, or the opening price is not. Complete: every unit has ended
    at a known price.
    """
    known, opening = _known(position), position.open_net_price
    if not known or opening is None:
        return None, False
    per_point = position.multiplier
    dollars = sum(
        ((opening + net_price) * per_point * outcome.units for outcome, net_price in known),
        Decimal(0),
    )
    is_complete = position.units == sum(outcome.units for outcome, _ in known)
    return dollars, is_complete and not position.lots


def close_net_price(position: Position) -> Decimal | None:
    """
    Tell the average net price of the known parts, per share toward the account.

    An average that does not come out even is rounded to a hundredth of a cent. None: no
    part is known.
    """
    known = _known(position)
    if not known:
        return None
    units = sum(outcome.units for outcome, _ in known)
    total = sum((net_price * outcome.units for outcome, net_price in known), Decimal(0))
    average = total / units
    rounded = average.quantize(_CENTICENT)
    return average if average == rounded else rounded


def leaves_shares_out(position: Position) -> bool:
    """
    Tell whether shares were delivered that the position's own P/L knows nothing of.

    They are in its campaign then. Shares that are legs of the position are in its price,
    and so is a spread that was delivered whole: what its strikes differ by.
    """
    is_outside = position.campaign is not None and not _has_shares(position)
    return position.status in DELIVERED and is_outside


def price_beside_shares(position: Position) -> Decimal | None:
    """
    Tell what the options brought that left nothing but the position's shares behind.

    Average net price per share toward the account, rounded to a hundredth of a cent.
    None: an option is still held, or none ever was.
    """
    lots = position.lots
    if not lots or not position.options() or any(option_legs(lot.legs) for lot in lots):
        return None
    total = sum((lot.accrued * lot.units for lot in lots), Decimal(0))
    average = total / position.units_open
    rounded = average.quantize(_CENTICENT)
    return average if average == rounded else rounded


def fees(position: Position) -> Decimal | None:
    """Tell the dollars of fees, once every part's are known; else None."""
    told = [outcome.fees for outcome in position.outcomes]
    if not told or None in told:
        return None
    return sum((each for each in told if each is not None), Decimal(0))


def opening_dollars(position: Position) -> Decimal | None:
    """Tell what opening brought (> 0, a credit) or cost (< 0, a debit), all units, if known."""
    if position.open_net_price is None:
        return None
    return position.open_net_price * position.multiplier * position.units


def _has_shares(position: Position) -> bool:
    return any(isinstance(leg.instrument, Shares) for leg in position.legs)


def _known(position: Position) -> list[tuple[Outcome, Decimal]]:
    return [
        (outcome, outcome.net_price)
        for outcome in position.outcomes
        if outcome.net_price is not None
    ]
