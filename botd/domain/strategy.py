"""
The everyday name of a set of legs.

    one leg     long call, short call, long put, short put, shares
    two         vertical, ratio spread, calendar, diagonal, straddle, strangle,
                covered call, protective put
    three       butterfly, collar
    four        iron condor, iron butterfly, condor, box
    any other   custom

    alone       long future, short future; long YES, short NO and so on of an event

Shares cover a call where they are all that it delivers: 100 for each contract, and never
for an adjusted one. Else the position is custom.

A name is for people. No decision rests on it: what a position can lose is computed
from its legs.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from botd.domain.contract import Future, Instrument, Leg, OptionContract, Right

COVERED_CALL = "covered call"
_CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class _Option:
    """One option leg; *series* tells roots apart that share an expiration date."""

    series: tuple[date, str]
    is_call: bool
    strike: Decimal
    quantity: int


def name(legs: tuple[Leg, ...]) -> str:
    """Name *legs* as held; sizes count only in proportion to each other."""
    held: Counter[Instrument] = Counter()
    for leg in legs:
        held[leg.instrument] += leg.quantity
    return _own_kind(held) or _listed(held)


def _listed(held: Counter[Instrument]) -> str:
    options, shares, covered = [], 0, 0
    for instrument, quantity in held.items():
        if not quantity:
            continue
        if isinstance(instrument, OptionContract):
            options.append(_option(instrument, quantity))
            covered = max(covered, instrument.multiplier * abs(quantity))
        else:
            shares += quantity
    if len({instrument.underlying for instrument in held}) != 1:
        return _CUSTOM
    is_adjusted = any(isinstance(one, OptionContract) and one.spec.is_adjusted for one in held)
    options.sort(key=lambda option: (option.strike, option.is_call))
    if not shares:
        return _of_options(options)
    if not options:
        return "shares"
    return _beside_shares(options) if shares >= covered and not is_adjusted else _CUSTOM


def _own_kind(held: Counter[Instrument]) -> str:
    """Name what is no listed option and no shares, and stands alone; empty: it is none."""
    match list(held.items()):
        case [(Future(), quantity)]:
            return f"{_side(quantity)} future"
        case [(OptionContract() as contract, quantity)] if contract.spec.payout is not None:
            return f"{_side(quantity)} {'YES' if contract.right is Right.CALL else 'NO'}"
        case _ if any(isinstance(one, Future) for one in held):
            return _CUSTOM
        case _:
            return ""


def _side(quantity: int) -> str:
    return "long" if quantity > 0 else "short"


def _option(contract: OptionContract, quantity: int) -> _Option:
    series = (contract.expiration, contract.root)
    return _Option(series, contract.right is Right.CALL, contract.strike, quantity)


def _of_options(options: list[_Option]) -> str:
    match options:
        case [only]:
            return _single(only)
        case [low, high]:
            return _pair(low, high)
        case _:
            return _several(options)


def _several(options: list[_Option]) -> str:
    if len({option.series for option in options}) != 1:
        return _CUSTOM
    calls = [option.is_call for option in options]
    quantities = [option.quantity for option in options]
    if len(set(calls)) == 1:
        return _one_right(quantities)
    return _both_rights(calls, [option.strike for option in options], quantities)


def _single(option: _Option) -> str:
    return f"{_side(option.quantity)} {'call' if option.is_call else 'put'}"


def _pair(low: _Option, high: _Option) -> str:
    is_same_series = low.series == high.series
    if low.is_call == high.is_call:
        if low.quantity * high.quantity > 0:
            return _CUSTOM
        if not is_same_series:
            return "calendar" if low.strike == high.strike else "diagonal"
        return "vertical" if low.quantity == -high.quantity else "ratio spread"
    if not is_same_series or low.quantity != high.quantity:
        return _CUSTOM
    return "straddle" if low.strike == high.strike else "strangle"


def _one_right(quantities: list[int]) -> str:
    """Name three or more calls, or puts, of one series, in order of strike."""
    match quantities:
        case [low, body, high] if low == high and body == -2 * low:
            return "butterfly"
        case [low, second, third, high] if low == high == -second == -third:
            return "condor"
    return _CUSTOM


def _both_rights(calls: list[bool], strikes: list[Decimal], quantities: list[int]) -> str:
    """Name legs of one series, in order of strike, a put before a call."""
    match calls, quantities:
        # Put and call below, put and call above: a call and a put spread of the same strikes.
        case [False, True, False, True], [a, b, c, d] if a == d == -b == -c:
            pairs = strikes[0] == strikes[1] and strikes[2] == strikes[3]
            return "box" if pairs else _CUSTOM
        case [False, False, True, True], [a, b, c, d] if a == d == -b == -c:
            return "iron butterfly" if strikes[1] == strikes[2] else "iron condor"
    return _CUSTOM


def _beside_shares(options: list[_Option]) -> str:
    """Name options beside long shares that cover each of them."""
    kinds = sorted(_single(option) for option in options)
    if kinds == ["short call"]:
        return COVERED_CALL
    if kinds == ["long put"]:
        return "protective put"
    is_collar = kinds == ["long put", "short call"] and not sum(o.quantity for o in options)
    return "collar" if is_collar else _CUSTOM
