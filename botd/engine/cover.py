"""What an account has left for one accepted assignment, beside what others count on."""

from decimal import Decimal

from botd.domain.decision import Moneyness
from botd.domain.delivery import Need, need_of, shares_of
from botd.domain.position import Policy, Position
from botd.domain.schedule import expiring_legs
from botd.engine.desk import Desk
from botd.engine.reads import AccountFacts


def free_for(desk: Desk, position: Position, facts: AccountFacts) -> tuple[int, Decimal | None]:
    """
    Tell the shares and the cash of the account that no other position counts on.

    Shares that other positions hold themselves are theirs. Of positions that accept an
    assignment, the oldest has the first claim; each is taken to be assigned whole.
    """
    shares, cash = facts.held.get(position.underlying, 0), facts.cash
    for other in desk.book.values():
        if other.id == position.id:
            continue
        same = other.underlying == position.underlying
        own = sum(shares_of(lot.legs, lot.units) for lot in other.lots)
        need = _need(desk, other) if _is_before(desk, other, position) else Need(0, Decimal(0))
        if same:
            shares -= own + max(need.shares - own, 0)
        if cash is not None:
            cash -= need.cash
    return shares, cash


def _is_before(desk: Desk, other: Position, position: Position) -> bool:
    return (
        other.is_live
        and desk.policy_of(other) is Policy.ACCEPT
        and (other.opened_at, other.id) < (position.opened_at, position.id)
    )


def _need(desk: Desk, position: Position) -> Need:
    if position.closes_at is None:
        return Need(0, Decimal(0))
    shares, cash = 0, Decimal(0)
    for lot in position.lots:
        legs = expiring_legs(lot.legs, position.closes_at, desk.sessions)
        need = need_of(legs, lot.units, lambda _: Moneyness.ITM)
        shares, cash = shares + need.shares, cash + need.cash
    return Need(shares, cash)
