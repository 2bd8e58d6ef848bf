"""All legs of one order taken together: where their market is, and which prices are legal."""

from dataclasses import dataclass
from decimal import Decimal
from math import gcd

from botd.domain.contract import Leg, TickRule, option_legs
from botd.domain.leg_price import LegPrice, leg_price
from botd.domain.ticks import observed, round_in_favour, tick_at
from botd.domain.worth import Sight

AT_MID = 50  # percent of the spread away from us; 100 is the natural price


@dataclass(frozen=True, slots=True)
class PackagePrice:
    """Net prices per unit and share toward the account; *natural* is never above *mid*."""

    mid: Decimal
    natural: Decimal
    notes: tuple[str, ...]  # the legs that were estimated

    def at(self, percent: int) -> Decimal:
        """Tell the net price *percent* of the spread away from us."""
        return self.mid + (self.natural - self.mid) * (percent - AT_MID) / AT_MID


@dataclass(frozen=True, slots=True)
class Grid:
    """
    The net prices that an order of these legs may have.

    Brokers quote a package by its smallest ratio, so -2/+2 moves in two ticks. An order
    that only sells asks for something, and one that only buys pays something; zero is
    legal only between legs of both signs.
    """

    rule: TickRule
    n_legs: int
    ratio: int
    direction: int  # > 0: all legs are held long and sold, < 0: all are bought back, 0: both

    def up(self, net_price: Decimal) -> Decimal:
        """Round onto the grid in our favour."""
        each = round_in_favour(net_price / self.ratio, rule=self.rule, n_legs=self.n_legs)
        return each * self.ratio

    def is_for_nothing(self, net_price: Decimal) -> bool:
        """Tell whether one side would give something and get nothing."""
        return self.direction * net_price <= 0 and self.direction != 0

    def smallest(self) -> Decimal:
        """Give the net price nearest to zero that is legal, where zero is not."""
        return self.direction * self.ratio * tick_at(Decimal(0), self.rule, self.n_legs)


def price_package(
    legs_held: tuple[Leg, ...], sight: Sight, *, gives_away: bool
) -> PackagePrice | None:
    """
    Price the options among *legs_held*; None: nothing is known of one of them.

    With *gives_away* a long leg of which nothing is known counts as nothing. That suits
    a package whose cap is a debit: the cap bounds what the leg could have been worth.
    """
    mid = natural = Decimal(0)
    notes = []
    for option, quantity in option_legs(legs_held):
        leg = leg_price(option, sight, is_long=quantity > 0)
        if leg is None and gives_away and quantity > 0:
            leg = LegPrice(Decimal(0), Decimal(0), f"{option.symbol}: nothing known, given away")
        if leg is None:
            return None
        mid += quantity * leg.mid
        natural += quantity * leg.natural
        notes.append(leg.note)
    return PackagePrice(mid, natural, tuple(note for note in notes if note))


def grid_of(legs_held: tuple[Leg, ...], sight: Sight, previous: Decimal | None) -> Grid:
    """
    Tell the grid of an order of *legs_held*, which hold an option.

    A single option's own quotes, and the price it was offered at before, may prove a
    finer tick than its class is known to have.
    """
    options = option_legs(legs_held)
    quantities = [quantity for _, quantity in options]
    ratio = gcd(*quantities)
    rule = options[0][0].spec.tick_rule
    if len(options) == 1:
        sides = sight.sides(options[0][0])
        before = None if previous is None else abs(previous) / ratio
        rule = observed(rule, (seen for seen in (*sides, before) if seen is not None))
    signs = {quantity > 0 for quantity in quantities}
    direction = 0 if len(signs) > 1 else 1 if True in signs else -1
    return Grid(rule, len(options), ratio, direction)
