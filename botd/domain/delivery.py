"""What exercise and assignment would move, and whether an account can bear it."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from botd.domain.contract import Leg, OptionContract, Right, Shares, option_legs
from botd.domain.decision import Moneyness


@dataclass(frozen=True, slots=True)
class Need:
    """What must be at hand before the close, for all units together."""

    shares: int  # to deliver, never negative
    cash: Decimal  # dollars to pay, never negative


def need_of(
    legs: tuple[Leg, ...], units: int, state_of: Callable[[OptionContract], Moneyness]
) -> Need:
    """
    Tell what physically settled *legs* ask of the account if they end as they stand.

    Every leg that is not out of the money may end in a delivery: short calls and long
    puts take shares (multiplier x units), short puts and long calls cash (strike x
    multiplier x units). Only the exercise of a long leg in the money is certain enough
    to bring what another needs; a short one's assignment is the holder's choice.
    """
    shares, cash = 0, Decimal(0)
    for option, quantity in option_legs(legs):
        state = state_of(option)
        if state is Moneyness.OTM:
            continue
        count = abs(quantity) * option.multiplier * units
        gives_shares = (option.right is Right.CALL) is (quantity < 0)
        is_certain = quantity > 0 and state is Moneyness.ITM
        if gives_shares or is_certain:
            shares += count if gives_shares else -count
        if not gives_shares or is_certain:
            cash += option.strike * (-count if gives_shares else count)
    return Need(max(shares, 0), max(cash, Decimal(0)))


def shares_of(legs: tuple[Leg, ...], units: int) -> int:
    """Count the shares among *legs*, short ones below zero."""
    return units * sum(leg.quantity for leg in legs if isinstance(leg.instrument, Shares))


def shortfall(need: Need, *, shares: int, cash: Decimal | None) -> str:
    """Say what is missing for *need*, in words; empty: nothing."""
    missing = []
    if need.shares > shares:
        missing.append(f"needs {need.shares} shares, {max(shares, 0)} held")
    if need.cash > 0 and (cash is None or need.cash > cash):
        at_hand = "cash unknown" if cash is None else f"{cash:.2f} at hand"
        missing.append(f"needs {need.cash:.2f} dollars, {at_hand}")
    return ", ".join(missing)
