"""
What option legs are worth when they end: the worst and the best case.

The value of a set of legs is piecewise linear in the spot, with corners at the strikes.
Its extremes lie at a spot of zero, at a strike, or at infinity, where the slope tells
whether there is one.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from botd.domain.contract import (
    ExerciseStyle,
    Leg,
    OptionContract,
    Right,
    Settlement,
    Shares,
    multiplier_of,
    option_legs,
)


@dataclass(frozen=True, slots=True)
class _Line:
    """A lower bound of what legs are worth, as a function of the spot."""

    options: tuple[tuple[OptionContract, int], ...]
    shares: Decimal  # per share of the options' multiplier

    def at(self, spot: Decimal) -> Decimal:
        options = sum((q * option.intrinsic(spot) for option, q in self.options), Decimal(0))
        return options + self.shares * spot

    def slope_at_infinity(self) -> Decimal:
        return self.shares + sum(q for option, q in self.options if option.right is Right.CALL)

    def corners(self) -> tuple[Decimal, ...]:
        return (Decimal(0), *(option.strike for option, _ in self.options))


def worst_at_expiration(legs: tuple[Leg, ...]) -> Decimal | None:
    """
    Tell the least that *legs*, as held, are worth when the first of them ends.

    Per unit and per share, toward the account: a short 5-wide vertical -5, a long one 0.
    None where there is no bound (a naked call), or none that is certain: of legs that
    go on living only an American option held long is sure to be worth its intrinsic
    value; a European one is worth nothing for certain, and one held short has no bound.
    """
    line = _lower_bound(legs)
    if line is None or line.slope_at_infinity() < 0:
        return None
    return min(line.at(spot) for spot in line.corners())


def best_at_expiration(legs: tuple[Leg, ...]) -> Decimal | None:
    """Tell the most that *legs*, as held, are worth when the first of them ends, or None."""
    mirrored = tuple(Leg(leg.instrument, -leg.quantity) for leg in legs)
    worst = worst_at_expiration(mirrored)
    return None if worst is None else -worst


def has_width(legs: tuple[Leg, ...]) -> bool:
    """
    Tell whether *legs* are a spread whose worst case is a distance between strikes.

    Verticals, condors, butterflies and boxes are. No right is short on balance, else
    the worst case is a naked option's; and legs of both signs stand against each other.
    """
    options = option_legs(legs)
    nets = [sum(q for option, q in options if option.right is right) for right in Right]
    has_both_signs = len({quantity > 0 for _, quantity in options}) > 1
    return has_both_signs and min(nets) >= 0 and worst_at_expiration(legs) is not None


def ends_first(legs: tuple[Leg, ...]) -> tuple[OptionContract, ...]:
    """Give the options among *legs* that end first, as their dates and settlements say."""
    options = [option for option, _ in option_legs(legs)]
    first = min((_end(option) for option in options), default=None)
    return tuple(option for option in options if _end(option) == first)


def _end(option: OptionContract) -> tuple[date, bool]:
    """Order ends in time: of one date the AM-settled comes first."""
    return (option.expiration, option.spec.settlement is Settlement.PM)


def _lower_bound(legs: tuple[Leg, ...]) -> _Line | None:
    first = set(ends_first(legs))
    options = option_legs(legs)
    if any(option.spec.payout is not None for option, _ in options):
        return None  # a step at the strike, not a line
    later = [(option, quantity) for option, quantity in options if option not in first]
    if any(quantity < 0 for _, quantity in later):
        return None
    certain = tuple(
        (option, quantity)
        for option, quantity in options
        if option in first or option.spec.exercise_style is ExerciseStyle.AMERICAN
    )
    shares = sum(leg.quantity for leg in legs if isinstance(leg.instrument, Shares))
    return _Line(certain, Decimal(shares) / multiplier_of(legs))
