"""
Which strategies the legs of an account make, where nobody has said it.

    step  what is made                  of what is left, per option root
    1     verticals                     a short and a long of one right and expiration, the
                                        nearest first; where several can be made, the lowest
                                        short goes with the lowest long, so that widths agree
    2     box                           a call and a put vertical of the same strikes
          iron condor, iron butterfly   a put vertical below a call vertical
          condor, butterfly             two verticals of one right, one above the other
                                        always two that point away from or at each other;
                                        the same width first, then the nearest
    3     covered call                  a short call and the shares that it delivers
    4     calendar, diagonal            a short, and a long of its right that ends later:
                                        the nearest strike first, then the nearest date
    5     straddle, strangle            a put and a call of one expiration, both short or
                                        both long, the put's strike not above the call's
    6     single legs                   everything else

A short is covered where it can be, by what defines its risk best: hence this order. Of
every step as many units are made as there are; the remainder goes on to the next.

Legs of two roots never meet: they may differ in settlement and multiplier. An adjusted
contract stays alone, and shares do not cover it. Shares that cover nothing are no group.

Grouping is a guess, and a person's to judge. It says nothing of how the legs came there;
but it is exact: what the groups hold together is what was held, no more and no less.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from botd.domain import strategy
from botd.domain.contract import (
    Delivery,
    Instrument,
    Leg,
    OptionContract,
    Right,
    RootSpec,
    Shares,
    multiplier_of,
    option_legs,
)
from botd.domain.payoff import worst_at_expiration

_Legs = tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Legs that are taken for one strategy."""

    legs: _Legs  # per unit: shares first, then by expiration and strike
    units: int

    @property
    def strategy(self) -> str:
        """Its everyday name."""
        return strategy.name(self.legs)

    @property
    def worst_case(self) -> Decimal | None:
        """What all units are worth at the least when the first leg ends, in dollars, if bound."""
        worst = worst_at_expiration(self.legs)
        return None if worst is None else worst * multiplier_of(self.legs) * self.units


@dataclass(frozen=True, slots=True)
class Grouping:
    """Everything that was held: as groups, and the shares that belong to none."""

    groups: tuple[Group, ...]
    bare_shares: dict[str, int]  # ticker -> quantity, signed


def group(holdings: Iterable[tuple[Instrument, int]]) -> Grouping:
    """
    Group what one account holds; quantities are signed, and the order does not matter.

    An instrument that stands twice counts with its sum.
    """
    held: Counter[Instrument] = Counter()
    for instrument, quantity in holdings:
        held[instrument] += quantity
    book = _Book(held)
    for spec in book.roots():
        if not spec.is_adjusted:
            _make_spreads(book, spec)
            _cover_calls(book, spec)
            _make_calendars(book, spec)
            _make_straddles(book, spec)
    for contract, quantity in book.options():
        book.take((Leg(contract, 1 if quantity > 0 else -1),), abs(quantity))
    return Grouping(book.groups(), book.shares())


class _Book:
    """What is left to be grouped, and the groups so far."""

    def __init__(self, held: Counter[Instrument]) -> None:
        self._left = {instrument: quantity for instrument, quantity in held.items() if quantity}
        self._made: Counter[_Legs] = Counter()

    def roots(self) -> list[RootSpec]:
        """Give the roots that are held."""
        return list(dict.fromkeys(contract.spec for contract, _ in self.options()))

    def options(self, spec: RootSpec | None = None) -> list[tuple[OptionContract, int]]:
        """Give the options that are left, of one root or of all, in a fixed order."""
        found = [
            (instrument, quantity)
            for instrument, quantity in self._left.items()
            if isinstance(instrument, OptionContract) and spec in (None, instrument.spec)
        ]
        return sorted(found, key=lambda held: (held[0].underlying, held[0].root, _order(held[0])))

    def left(self, instrument: Instrument) -> int:
        """Tell what is left of one instrument, signed."""
        return self._left.get(instrument, 0)

    def shares(self) -> dict[str, int]:
        """Give the shares that are left."""
        found = [(one, count) for one, count in self._left.items() if isinstance(one, Shares)]
        return {one.underlying: count for one, count in sorted(found, key=lambda h: h[0].symbol)}

    def take(self, legs: _Legs, units: int) -> None:
        """Make *units* units of *legs* out of what is left."""
        for leg in legs:
            rest = self._left[leg.instrument] - leg.quantity * units
            self._left[leg.instrument] = rest
            if not rest:
                del self._left[leg.instrument]
        self._made[legs] += units

    def groups(self) -> tuple[Group, ...]:
        """Give the groups by underlying, root, first expiration and strikes."""
        return tuple(Group(legs, self._made[legs]) for legs in sorted(self._made, key=_place))


@dataclass(frozen=True, slots=True)
class _Vertical:
    """Two contracts of one right and expiration, on different sides."""

    low: OptionContract
    high: OptionContract
    side: int  # 1: the low strike is long, -1: short

    @property
    def width(self) -> Decimal:
        return self.high.strike - self.low.strike

    def legs(self) -> _Legs:
        return (Leg(self.low, self.side), Leg(self.high, -self.side))


def _make_spreads(book: _Book, spec: RootSpec) -> None:
    """Make the verticals of every expiration, and packages of two of them."""
    held = book.options(spec)
    for day in sorted({contract.expiration for contract, _ in held}):
        of_day = [one for one in held if one[0].expiration == day]
        made: Counter[_Vertical] = Counter()
        for right in Right:
            made += _verticals([one for one in of_day if one[0].right is right])
        for legs, units in _packages(made):
            book.take(legs, units)


def _verticals(held: list[tuple[OptionContract, int]]) -> Counter[_Vertical]:
    """Pair shorts and longs of one right and expiration."""
    shorts = Counter({contract: -quantity for contract, quantity in held if quantity < 0})
    longs = Counter({contract: quantity for contract, quantity in held if quantity > 0})
    near = _paired(shorts, longs, _nearness)
    made: Counter[_Vertical] = Counter()
    for short, long, units in _in_order(
        [(short, count) for short, _, count in near], [(long, count) for _, long, count in near]
    ):
        is_low_long = long.strike < short.strike
        low, high = (long, short) if is_low_long else (short, long)
        made[_Vertical(low, high, 1 if is_low_long else -1)] += units
    return made


def _nearness(short: OptionContract, long: OptionContract) -> tuple[object, ...]:
    """Order pairs: the nearest first; as near, the one whose long is worth more."""
    gap = long.strike - short.strike
    is_worth_less = gap > 0 if short.right is Right.CALL else gap < 0
    return (abs(gap), is_worth_less, short.strike)


def _in_order(
    shorts: list[tuple[OptionContract, int]], longs: list[tuple[OptionContract, int]]
) -> Iterator[tuple[OptionContract, OptionContract, int]]:
    """Give as many of the lowest shorts with the lowest longs as both have, and so on up."""
    left = sorted(longs, key=lambda each: each[0].strike)
    for short, wanted in sorted(shorts, key=lambda each: each[0].strike):
        rest = wanted
        while rest:
            long, count = left.pop(0)
            units = min(rest, count)
            yield short, long, units
            rest -= units
            if count > units:
                left.insert(0, (long, count - units))


def _packages(made: Counter[_Vertical]) -> Iterator[tuple[_Legs, int]]:
    """Join verticals two by two where they make one package; give the rest as they are."""
    left = Counter(made)
    ranked = [
        (rank, lower, upper)
        for lower, upper in product(made, made)
        if (rank := _rank(lower, upper)) is not None
    ]
    for _, lower, upper in sorted(ranked, key=lambda each: each[0]):
        units = min(left[lower], left[upper])
        if units:
            left.subtract({lower: units, upper: units})
            yield _joined((*lower.legs(), *upper.legs())), units
    for vertical, units in left.items():
        if units:
            yield vertical.legs(), units


def _rank(lower: _Vertical, upper: _Vertical) -> tuple[int | Decimal, ...] | None:
    """Say how well two verticals make one package, the best first; None: they make none."""
    if lower.side == upper.side:
        return None
    is_put_below = lower.low.right is Right.PUT and upper.low.right is Right.CALL
    strikes = (lower.low.strike, lower.high.strike, upper.low.strike, upper.high.strike)
    if is_put_below and strikes[:2] == strikes[2:]:
        kind = 0  # box
    elif lower.high.strike > upper.low.strike:
        return None
    elif is_put_below:
        kind = 1  # iron condor, iron butterfly
    elif lower.low.right is upper.low.right:
        kind = 2  # condor, butterfly
    else:
        return None
    gap = upper.low.strike - lower.high.strike
    return (kind, abs(lower.width - upper.width), gap, lower.low.right is Right.CALL, *strikes)


def _cover_calls(book: _Book, spec: RootSpec) -> None:
    """Put short calls on the shares that they would deliver, the first to end first."""
    if spec.delivery is not Delivery.SHARES:
        return
    shares = Shares(spec.underlying)
    for contract, quantity in book.options(spec):
        units = min(book.left(shares) // spec.multiplier, -quantity)
        if contract.right is Right.CALL and units > 0:
            book.take((Leg(shares, spec.multiplier), Leg(contract, -1)), units)


def _make_calendars(book: _Book, spec: RootSpec) -> None:
    """Pair shorts with longs that end later."""

    def distance(short: OptionContract, long: OptionContract) -> tuple[object, ...] | None:
        if short.right is not long.right or long.expiration <= short.expiration:
            return None
        days = long.expiration - short.expiration
        return (abs(long.strike - short.strike), days, _order(short), _order(long))

    held = book.options(spec)
    shorts = Counter({contract: -quantity for contract, quantity in held if quantity < 0})
    longs = Counter({contract: quantity for contract, quantity in held if quantity > 0})
    for short, long, units in _paired(shorts, longs, distance):
        book.take((Leg(short, -1), Leg(long, 1)), units)


def _make_straddles(book: _Book, spec: RootSpec) -> None:
    """Pair puts with calls on the same side."""

    def distance(put: OptionContract, call: OptionContract) -> tuple[object, ...] | None:
        if put.expiration != call.expiration or put.strike > call.strike:
            return None
        return (call.strike - put.strike, _order(put))

    for side in (-1, 1):
        held = [(one, quantity * side) for one, quantity in book.options(spec)]
        puts = Counter({one: n for one, n in held if one.right is Right.PUT and n > 0})
        calls = Counter({one: n for one, n in held if one.right is Right.CALL and n > 0})
        for put, call, units in _paired(puts, calls, distance):
            book.take((Leg(put, side), Leg(call, side)), units)


def _paired(
    ones: Counter[OptionContract],
    others: Counter[OptionContract],
    rank: Callable[[OptionContract, OptionContract], tuple[object, ...] | None],
) -> list[tuple[OptionContract, OptionContract, int]]:
    """Pair as many as there are, by *rank*, the lowest first; None: these two never."""
    ranked = [
        (place, one, other)
        for one, other in product(ones, others)
        if (place := rank(one, other)) is not None
    ]
    left_ones, left_others = Counter(ones), Counter(others)
    pairs = []
    for _, one, other in sorted(ranked, key=lambda each: each[0]):
        if units := min(left_ones[one], left_others[other]):
            left_ones[one] -= units
            left_others[other] -= units
            pairs.append((one, other, units))
    return pairs


def _joined(legs: _Legs) -> _Legs:
    """Give each contract once, in order."""
    total: Counter[OptionContract] = Counter()
    for contract, quantity in option_legs(legs):
        total[contract] += quantity
    return tuple(Leg(contract, total[contract]) for contract in sorted(total, key=_order))


def _order(contract: OptionContract) -> tuple[str, Decimal, bool]:
    return (contract.expiration.isoformat(), contract.strike, contract.right is Right.CALL)


def _place(legs: _Legs) -> tuple[object, ...]:
    options = [contract for contract, _ in option_legs(legs)]
    first = options[0]
    quantities = [leg.quantity for leg in legs]
    return (first.underlying, first.root, [_order(one) for one in options], len(legs), quantities)
