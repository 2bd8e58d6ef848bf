"""How a position is called where a person is in a hurry: `SPY 430P -1`, `GOOG 745/750P x1`."""

from decimal import Decimal

from botd.domain import strategy
from botd.domain.contract import Future, OptionContract, Right, ending_legs, option_legs
from botd.domain.position import Position

_LEGS_IN_FULL = 2


def label(position: Position) -> str:
    """
    Name a position in a few characters: underlying, strikes, size.

    An adjusted contract goes by its root, `AAPL1`: it delivers something else than
    the underlying's shares. Only a call whose shares are all there is `covered`.
    """
    options = option_legs(position.legs)
    if len(position.legs) == 1 and (own := _own_words(position)):
        return own
    units, root = position.units, _root(position, options)
    if len(options) == 1:
        contract, quantity = options[0]
        is_covered = strategy.name(position.legs) == strategy.COVERED_CALL
        size = "covered" if is_covered else f"{quantity * units:+d}"
        return f"{root} {short(contract)} {size}"
    if len(options) == _LEGS_IN_FULL and _is_one_right(options):
        strikes = "/".join(strike_text(contract.strike) for contract, _ in options)
        return f"{root} {strikes}{_letter(options[0][0])} x{units}"
    return f"{root} {position.strategy} x{units}"


def _own_words(position: Position) -> str:
    """Name what is no listed option in its own market's words; empty: it is one."""
    match ending_legs(position.legs):
        case [(Future() as future, quantity)]:
            return f"{called(future)} {quantity * position.units:+d}"
        case [(OptionContract(spec=spec) as contract, quantity)] if spec.ends_alone:
            return f"{called(contract)} {quantity * position.units:+d}"
        case _:
            return ""


def called(instrument: OptionContract | Future) -> str:
    """Name what ends by itself: `GOOG 750P`, `ES 12-25`, `BTC 27NOV26 90000C`, `event 100 YES`."""
    if isinstance(instrument, Future):
        return instrument.symbol.removeprefix("future:")
    if instrument.spec.payout is not None:
        return instrument.symbol.replace(":", " ")
    if instrument.spec.ends_alone:
        day = instrument.symbol.split("-")[1]
        return f"{instrument.root} {day} {short(instrument)}"
    return f"{instrument.underlying} {short(instrument)}"


def short(contract: OptionContract) -> str:
    """Name a contract by strike and right: `430P`."""
    return f"{strike_text(contract.strike)}{_letter(contract)}"


def strike_text(strike: Decimal) -> str:
    """Write a strike without trailing zeros."""
    return f"{strike.normalize():f}"


def _root(position: Position, options: tuple[tuple[OptionContract, int], ...]) -> str:
    adjusted = (contract.root for contract, _ in options if contract.spec.is_adjusted)
    return next(adjusted, position.underlying)


def _letter(contract: OptionContract) -> str:
    return "C" if contract.right is Right.CALL else "P"


def _is_one_right(options: tuple[tuple[OptionContract, int], ...]) -> bool:
    return len({contract.right for contract, _ in options}) == 1
