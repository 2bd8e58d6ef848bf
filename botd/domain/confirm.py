"""
The broker's own records, the morning after, beside what was booked at T.

    the broker's record   the leg ends                    the unit is
    expiration            worthless                       expired
    cash settlement       at the record's value           settled
    assignment            at 0, shares at the strike      assigned, confirmed
    exercise              at 0, shares at the strike      exercised

    what it finds                            what it does
    units that still hold the leg            the leg leaves them, as recorded
    units booked at T                        agrees, or corrects how they ended and the price
    units gone at an unknown price           tells how they ended, and the price where one
                                             option was all they held
    nothing of this position                 is left for the next position

A record counts once, by its id. Nothing is concluded from a record that is missing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from botd.domain import by_hand
from botd.domain.after_close import awaits_delivery
from botd.domain.booked import booked_of, told_by_hand, with_booked, with_by_hand
from botd.domain.campaign import ShareMove, share_move, shares_moved
from botd.domain.contract import Leg, option_legs
from botd.domain.lots import (
    GRAVITY,
    end_legs,
    merge_lots,
    merge_outcomes,
    named_after_outcomes,
    remaining_legs,
    worth_of,
)
from botd.domain.override import hand_over
from botd.domain.position import (
    DELIVERIES,
    ENDED_STATUSES,
    LIVE_STATUSES,
    Assignment,
    How,
    Lot,
    Management,
    ManualReason,
    Outcome,
    Position,
    Status,
)
from botd.domain.settlement import Ending, FactKind, SettlementFact, ending_of

_RECORD = "record:"  # tag: how much of a broker's record this position has used


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A position after the broker's records."""

    position: Position
    is_changed: bool
    difference: str | None  # where the records say otherwise than was booked, in plain words
    moves: tuple[ShareMove, ...]  # to be booked into its campaign, once by record id
    left: tuple[SettlementFact, ...]  # what it had no use for, for the next position
    undone: tuple[ShareMove, ...] = ()  # takes back what a person told, and is not so


def confirm(position: Position, facts: Iterable[SettlementFact]) -> Confirmation:
    """
    Lay the broker's records beside *position*, and correct it where they disagree.

    Give records to the positions of an account in the order of their opening, each what
    the one before has left. An assigned or exercised position without a campaign starts
    one, by its own id, because the shares live on. Where later legs remain the caller
    tells anew when these stop trading (`after_close.rescheduled`).
    """
    work = _Work(position)
    left = []
    for fact in sorted(facts, key=lambda fact: (GRAVITY[fact.how], fact.recorded_at)):
        rest = work.use(fact)
        if rest:
            left.append(replace(fact, quantity=rest))
    return Confirmation(
        position=(after := work.concluded()),
        is_changed=after != position,
        difference="; ".join(work.differences) or None,
        moves=tuple(work.moves),
        left=tuple(left),
        undone=tuple(work.undone),
    )


class _Work:
    """One position while records are laid beside it."""

    def __init__(self, position: Position) -> None:
        self.before = position
        self.position = position
        self.moves: list[ShareMove] = []
        self.undone: list[ShareMove] = []
        self.differences: list[str] = []
        self.delivered: set[str] = set()  # legs that were assigned or exercised
        self.is_used = False

    def use(self, fact: SettlementFact) -> int:
        """Use what *fact* tells of this position; give the quantity that is left of it."""
        if used := int(self.position.tags.get(_RECORD + fact.record_id, 0)):
            return fact.quantity - used
        leg = self._leg_of(fact)
        ending = None if leg is None else ending_of(fact, leg)
        if leg is None or ending is None:
            return fact.quantity
        wanted = fact.quantity // leg.quantity
        units = self._from_lots(ending, wanted)
        units += self._from_booked(ending, wanted - units)
        units += self._from_unknown(ending, wanted - units)
        if not units:
            return fact.quantity
        quantity = units * leg.quantity
        self.is_used = True
        self._tag(_RECORD + fact.record_id, str(quantity))
        self.delivered |= {ending.symbol} if ending.is_delivery else set()
        self._move(ending, quantity)
        if fact.kind is FactKind.ASSIGNMENT:
            self.position = replace(self.position, assignment=Assignment.CONFIRMED)
        return fact.quantity - quantity

    def concluded(self) -> Position:
        """Give the position as the records leave it."""
        if not self.is_used:
            return self.before
        self._keep_netted_shares()
        position = self.position
        if self.moves and position.campaign is None:
            position = replace(position, campaign=position.id)
        if position.lots:
            return self._still_open(position)
        position = named_after_outcomes(position)
        is_known = all(outcome.net_price is not None for outcome in position.outcomes)
        return replace(
            position,
            confirmed=is_known and not booked_of(position),
            fact="; ".join(self.differences) or None,
        )

    def _keep_netted_shares(self) -> None:
        """
        Book shares that came and went between its own legs as the position's price.

        A vertical in the money with both legs: the short put buys at its strike, the long
        one sells at its own. No share is left for a campaign, and what the two strikes
        cost is what the unit ended at.
        """
        delivered = [each for each in self.position.outcomes if each.how in DELIVERIES]
        comes_to_nothing = self.moves and not sum(move.quantity for move in self.moves)
        if not comes_to_nothing or len(delivered) != 1 or self.position.lots:
            return
        [outcome] = delivered
        if outcome.net_price is None:
            return
        dollars = -sum((move.quantity * move.price for move in self.moves), Decimal(0))
        each_unit = dollars / (outcome.units * self.position.multiplier)
        priced = replace(outcome, net_price=outcome.net_price + each_unit)
        outcomes = (priced if each is outcome else each for each in self.position.outcomes)
        self.position = replace(self.position, outcomes=tuple(outcomes))
        self.moves.clear()

    def _still_open(self, position: Position) -> Position:
        """
        Look at a position that holds something after its records.

        A hedge without its short is a person's: the bot would sell it. One that waited
        for its records opens again once only later legs or shares are left.
        """
        words = "; ".join(self.differences) or None
        if self._is_broken(position):
            return hand_over(position, ManualReason.BROKEN_SPREAD, words or "a leg was delivered")
        days = [contract.expiration for contract, _ in option_legs(remaining_legs(position))]
        first = self.before.expiration
        if position.status in LIVE_STATUSES or first is None or any(d <= first for d in days):
            return position
        return replace(position, status=Status.OPEN, fact=words)

    def _is_broken(self, position: Position) -> bool:
        return position.managed_by is Management.BOT and any(
            option_legs(lot.legs) and self.delivered - {leg.symbol for leg in lot.legs}
            for lot in position.lots
        )

    def _leg_of(self, fact: SettlementFact) -> Leg | None:
        for leg in self.position.legs:
            is_same_side = leg.quantity * fact.quantity > 0
            if leg.symbol == fact.symbol and is_same_side:
                return leg
        return None

    def _from_lots(self, ending: Ending, wanted: int) -> int:
        """Let units that still hold the leg lose it."""
        lots = self.position.lots
        holding = [lot for lot in lots if any(leg.symbol == ending.symbol for leg in lot.legs)]
        units = min(wanted, sum(lot.units for lot in holding))
        if not units:
            return 0
        value = {ending.symbol: ending.value}
        own = ending.shares_delivered(holding[0])
        if own is not None:
            value[own.symbol] = ending.contract.strike
            ending.delivered += units * own.quantity
        if not self._is_expected(ending):
            self._differ(ending, units)
        others = tuple(lot for lot in lots if lot not in holding)
        self.position = end_legs(
            replace(self.position, lots=(*holding, *others)),
            value.keys(),
            value,
            ending.how,
            ending.at,
            units=units,
        )
        return units

    def _is_expected(self, ending: Ending) -> bool:
        if self.before.status is Status.ASSIGNED:
            return ending.how is How.ASSIGNED
        if self.before.status is Status.AWAITING_SETTLEMENT:
            return ending.how in {How.SETTLED, How.EXPIRED}
        return awaits_delivery(self.before)

    def _from_booked(self, ending: Ending, wanted: int) -> int:
        """Confirm or correct units whose leg was booked at T."""
        quantity, booked = booked_of(self.position).get(ending.symbol, (0, Decimal(0)))
        units = min(wanted, quantity // ending.leg.quantity)
        if not units:
            return 0
        multiplier = self.position.multiplier
        delta = worth_of(ending.leg, ending.value, multiplier)
        delta -= worth_of(ending.leg, booked, multiplier)
        in_lots = self._correct_lots(ending, units, delta)
        is_other = self._correct_outcomes(ending, units - in_lots, delta)
        if is_other or delta or (in_lots and ending.is_delivery):
            self._differ(ending, units)
        self._compare_with_word(ending, units, quantity)
        rest = quantity - units * ending.leg.quantity
        self.position = with_booked(self.position, ending.symbol, rest, booked)
        return units

    def _compare_with_word(self, ending: Ending, units: int, booked: int) -> None:
        """
        Take what a person told off the shares that move, or take the person's word back.

        Of *booked* contracts a record of a delivery speaks first of those so told, any
        other record of the others.
        """
        each = ending.leg.quantity
        told = told_by_hand(self.position, ending.symbol) // each
        used = min(units, told) if ending.is_delivery else max(units - booked // each + told, 0)
        if not used:
            return
        if ending.is_delivery:
            ending.delivered -= shares_moved(ending.contract, used * each)
        else:
            at = self.position.closed_at or ending.at
            self.undone.append(by_hand.undone(self.position, ending.contract, used * each, at))
        self.position = with_by_hand(self.position, ending.symbol, (told - used) * each)

    def _correct_lots(self, ending: Ending, units: int, delta: Decimal) -> int:
        """Correct what units remember that have lost the leg and hold others."""
        kept: list[Lot] = []
        taken: list[Lot] = []
        left = units
        for lot in self.position.lots:
            is_without = all(leg.symbol != ending.symbol for leg in lot.legs)
            count = min(left, lot.units) if is_without else 0
            left -= count
            kept.append(replace(lot, units=lot.units - count))
            taken.append(replace(lot, units=count, accrued=lot.accrued + delta))
        self.position = replace(self.position, lots=merge_lots((*taken, *kept)))
        self._deliver(ending, merge_lots(taken))
        return units - left

    def _deliver(self, ending: Ending, lots: tuple[Lot, ...]) -> None:
        """Let shares go that an expired call had left behind, and that were called away."""
        for lot in lots:
            own = ending.shares_delivered(lot)
            if own is None:
                continue
            ending.delivered += lot.units * own.quantity
            value = {own.symbol: ending.contract.strike}
            self.position = end_legs(
                self.position, value.keys(), value, ending.how, ending.at, units=lot.units
            )

    def _correct_outcomes(self, ending: Ending, units: int, delta: Decimal) -> bool:
        """Correct outcomes booked at T, those that agree first; tell whether one was other."""
        is_single = len(option_legs(self.position.legs)) == 1
        outcomes = sorted(self.position.outcomes, key=lambda each: each.how is not ending.how)
        corrected: list[Outcome] = []
        is_other = False
        for outcome in outcomes:
            net_price = outcome.net_price
            if outcome.how is How.CLOSED or net_price is None or not units:
                corrected.append(outcome)
                continue
            count = min(units, outcome.units)
            units -= count
            how = ending.how if is_single else _graver(outcome.how, ending.how)
            is_other |= how is not outcome.how
            rest = replace(outcome, units=outcome.units - count)
            corrected += [rest] if rest.units else []
            corrected.append(replace(outcome, units=count, how=how, net_price=net_price + delta))
        self.position = replace(self.position, outcomes=merge_outcomes(corrected))
        return is_other

    def _from_unknown(self, ending: Ending, wanted: int) -> int:
        """Tell how units ended that were gone at an unknown price."""
        net_price = self._whole_price(ending)
        units, told = wanted, []
        for outcome in self.position.outcomes:
            count = min(units, outcome.units) if outcome.net_price is None else 0
            units -= count
            if count < outcome.units:
                told.append(replace(outcome, units=outcome.units - count))
            if count:
                told.append(replace(outcome, units=count, how=ending.how, net_price=net_price))
                if outcome.how is not ending.how:
                    self._differ(ending, count)
        self.position = replace(self.position, outcomes=merge_outcomes(told))
        return wanted - units

    def _whole_price(self, ending: Ending) -> Decimal | None:
        """Tell what a whole unit brought; None: other options of it ended, too."""
        legs = self.position.legs
        if len(option_legs(legs)) > 1:
            return None
        multiplier = self.position.multiplier
        price = worth_of(ending.leg, ending.value, multiplier)
        own = ending.shares_delivered(Lot(1, legs))
        if own is None:
            return price if len(legs) == 1 else None
        return price + worth_of(own, ending.contract.strike, multiplier)

    def _move(self, ending: Ending, quantity: int) -> None:
        """Note the shares that moved, save those that the position held itself."""
        if not ending.is_delivery:
            return
        move = share_move(ending.contract, quantity, ending.at)
        if move is not None and (shares := move.quantity + ending.delivered):
            named = replace(move, quantity=shares, record_id=ending.record_id)
            self.moves.append(named)

    def _differ(self, ending: Ending, units: int) -> None:
        booked = self.before.status
        known = f"booked as {booked.value}, " if booked in ENDED_STATUSES else ""
        at = f" at {ending.value}" if ending.how is How.SETTLED else ""
        quantity = units * ending.leg.quantity
        words = f"the broker's records say {quantity:+d} {ending.symbol} {ending.how.value}{at}"
        self.differences.append(known + words)

    def _tag(self, key: str, value: str) -> None:
        self.position = replace(self.position, tags={**self.position.tags, key: value})


def _graver(one: How, other: How) -> How:
    return max(one, other, key=GRAVITY.__getitem__)
