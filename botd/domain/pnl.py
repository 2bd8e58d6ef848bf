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

from botd.domain.position import Outcome, Position

_CENTICENT = Decimal("0.0001")


def realized_pnl(position: Position) -> tuple[Decimal | None, bool]:
    """
    Tell the dollars that the known parts brought, and whether that is all.

    None: no part is known. Complete: every unit has ended at a known price.
    """
    known = _known(position)
    if not known:
        return None, False
    per_point = position.multiplier
    dollars = sum(
        (
            (position.open_net_price + net_price) * per_point * outcome.units
            for outcome, net_price in known
        ),
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


def fees(position: Position) -> Decimal | None:
    """Tell the dollars of fees, once every part's are known; else None."""
    told = [outcome.fees for outcome in position.outcomes]
    if not told or None in told:
        return None
    return sum((each for each in told if each is not None), Decimal(0))


def opening_dollars(position: Position) -> Decimal:
    """Tell what opening brought (> 0, a credit) or cost (< 0, a debit), all units."""
    return position.open_net_price * position.multiplier * position.units


def _known(position: Position) -> list[tuple[Outcome, Decimal]]:
    return [
        (outcome, outcome.net_price)
        for outcome in position.outcomes
        if outcome.net_price is not None
    ]
