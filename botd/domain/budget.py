"""
How many orders the request budget allows, and who goes first when it is short.

Brokers count requests by the minute. 70 % of them may be spent on steps, less the order
polls and quote reads that go on meanwhile; the rest stays for cancels and look-ups. A
step takes two requests: the order, and the cancel of the one before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from botd.domain.contract import Delivery, Leg, OptionContract, option_legs
from botd.domain.decision import LegMoneyness, Moneyness

_MOST_POLLS = 60  # a minute: one order poll per account and second
_MOST_READS = 70  # those, and batched quotes
_PERCENT_FOR_READS = 35  # at the most: a slow broker is polled less often
_PERCENT_FOR_STEPS = 70
_REQUESTS_PER_STEP = 2
_MINUTE = timedelta(minutes=1)


def reads_per_minute(rate_per_minute: int) -> int:
    """Tell how many order polls and quote reads a minute may go on while steps are taken."""
    return max(min(rate_per_minute * _PERCENT_FOR_READS // 100, _MOST_READS), 1)


def poll_every(rate_per_minute: int | None) -> timedelta:
    """Tell how often the orders of an account are polled: each second, or as the rate allows."""
    if rate_per_minute is None:
        return _MINUTE / _MOST_POLLS
    polls = max(reads_per_minute(rate_per_minute) * _MOST_POLLS // _MOST_READS, 1)
    return _MINUTE / polls


def orders_per_minute(rate_per_minute: int) -> int:
    """Tell how many orders a minute leave room for reads and the cancel of each; at least one."""
    spare = rate_per_minute * _PERCENT_FOR_STEPS // 100 - reads_per_minute(rate_per_minute)
    return max(spare // _REQUESTS_PER_STEP, 1)


def requests_for_steps(rate_per_minute: int, available: timedelta) -> int:
    """Count the requests that steps may spend within *available*, never below zero."""
    reads = reads_per_minute(rate_per_minute)
    a_minute = rate_per_minute * _PERCENT_FOR_STEPS - reads * 100
    return max(a_minute * available // (100 * _MINUTE), 0)


def steps_allowed(
    mode_steps: int,
    rate_per_minute: int | None,
    available: timedelta,
    positions: int,
) -> int:
    """
    Tell how many prices each position may try until the next attempt or T.

    At most the mode's, at least one: the final price. Whether even that fits for every
    position is `capacity`'s to say. A broker without a limit (None) allows the mode's.
    """
    if rate_per_minute is None or positions == 0:
        return mode_steps
    budget = requests_for_steps(rate_per_minute, available)
    return min(max(budget // (_REQUESTS_PER_STEP * positions), 1), mode_steps)


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the budget is good for until the next attempt or T."""

    positions: int  # that want an order
    served: int  # that can have at least the final price, the most dangerous first
    steps: int  # that each of these may try

    @property
    def fits(self) -> bool:
        """Whether every position can have at least its final price."""
        return self.served == self.positions


def capacity(
    positions: int,
    mode_steps: int,
    rate_per_minute: int | None,
    available: timedelta,
) -> Capacity:
    """Say how far the request budget reaches for *positions*."""
    steps = steps_allowed(mode_steps, rate_per_minute, available, positions)
    if rate_per_minute is None:
        return Capacity(positions, positions, steps)
    budget = requests_for_steps(rate_per_minute, available)
    return Capacity(positions, min(budget // _REQUESTS_PER_STEP, positions), steps)


def danger(
    legs: tuple[Leg, ...], units: int, moneyness: tuple[LegMoneyness, ...]
) -> tuple[int, Decimal]:
    """
    Rank a lot by what its end would move, as a sort key: the most dangerous sorts first.

    Shorts in the money come first, then shorts that are at the strike or unknown, then
    longs in the money, then the rest; within these the larger sum of dollars: strike x
    multiplier x units for shares, intrinsic value for cash.
    """
    known = {one.symbol: one for one in moneyness}
    held = [
        (option, quantity * units, known[option.symbol])
        for option, quantity in option_legs(legs)
        if option.symbol in known
    ]
    for rank, belongs in enumerate(_RANKS):
        if moved := [_moved(*one) for one in held if belongs(one[1], one[2].state)]:
            return (rank, -sum(moved, Decimal(0)))
    return (len(_RANKS), Decimal(0))


_RANKS: tuple[Callable[[int, Moneyness], bool], ...] = (
    lambda quantity, state: quantity < 0 and state is Moneyness.ITM,
    lambda quantity, state: quantity < 0 and state in {Moneyness.ATM, Moneyness.UNKNOWN},
    lambda quantity, state: quantity > 0 and state is not Moneyness.OTM,
)


def _moved(option: OptionContract, quantity: int, judged: LegMoneyness) -> Decimal:
    """Tell the dollars that change hands for shares, or instead of them."""
    if option.spec.delivery is Delivery.CASH and judged.spot is not None:
        return option.intrinsic(judged.spot) * option.dollars_per_point * abs(quantity)
    return option.strike * option.dollars_per_point * abs(quantity)
