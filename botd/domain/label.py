"""How a position is called where a person is in a hurry: `SPY 430P -1`, `GOOG 745/750P x1`."""

from decimal import Decimal

from botd.domain.contract import OptionContract, Right, option_legs
from botd.domain.position import Position

_LEGS_IN_FULL = 2


def label(position: Position) -> str:
    """Name a position in a few characters: underlying, strikes, size."""
    options = option_legs(position.legs)
    units = position.units
    if not options:
        return f"{position.underlying} {position.strategy} x{units}"
    has_shares = len(options) < len(position.legs)
    if len(options) == 1:
        contract, quantity = options[0]
        size = "covered" if has_shares and quantity < 0 else f"{quantity * units:+d}"
        return f"{position.underlying} {short(contract)} {size}"
    if len(options) == _LEGS_IN_FULL and _is_one_right(options):
        strikes = "/".join(strike_text(contract.strike) for contract, _ in options)
        return f"{position.underlying} {strikes}{_letter(options[0][0])} x{units}"
    return f"{position.underlying} {position.strategy} x{units}"


def short(contract: OptionContract) -> str:
    """Name a contract by strike and right: `430P`."""
    return f"{strike_text(contract.strike)}{_letter(contract)}"


def strike_text(strike: Decimal) -> str:
    """Write a strike without trailing zeros."""
    return f"{strike.normalize():f}"


def _letter(contract: OptionContract) -> str:
    return "C" if contract.right is Right.CALL else "P"


def _is_one_right(options: tuple[tuple[OptionContract, int], ...]) -> bool:
    return len({contract.right for contract, _ in options}) == 1
