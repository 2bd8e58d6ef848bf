"""
What is done with one position at one attempt.

    what expires                                            decision
    nothing                                                 leave
    a future                                                the policy: nothing judges it but time
    an adjusted contract                                    hand over: the spot does not judge it
    all out of the money, or at the strike without a band   leave, send nothing
    any leg in the money, within the pin band or unknown    the position's policy, else its bot's:
      close                                                 close
      hand_over                                             hand over, no order
      settle, all cash-settled                              let it settle
      settle, physical delivery                             close, noted
      accept, all cash-settled                              let it settle, noted
      accept                                                accept; covered or it pages

One leg in the money is enough: the whole option position goes as one order. Unknown is
not out of the money. Shares are never sold.

    legs of different expirations   closed
    scope position                  all options
    scope expiring                  the expiring ones
    scope auto                      the expiring ones; all, where an expiring long leg
                                    covers a short that lives on
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from botd.domain.bot import Expiration, Legging, Scope
from botd.domain.contract import (
    Delivery,
    Future,
    Leg,
    OptionContract,
    Right,
    Shares,
    option_legs,
)
from botd.domain.decision import (
    Accept,
    Close,
    Decision,
    HandOver,
    Leave,
    LegMoneyness,
    Moneyness,
    Reason,
    Settle,
    Skip,
)
from botd.domain.delivery import need_of, shares_of, shortfall
from botd.domain.legging import shorts_alone, without_worthless
from botd.domain.position import Lot, Management, ManualReason, Policy, Position
from botd.domain.quote import Quote
from botd.domain.session import Session

_UNCOVERED = "a later short is left uncovered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that one decision looks at: one lot of a position, at one attempt."""

    position: Position
    lot: Lot
    expiring: tuple[Leg, ...]  # legs of the lot that stop trading at this T
    moneyness: tuple[LegMoneyness, ...]  # of the expiring option legs
    rules: Expiration
    shares_held: int  # of the underlying in the account, that no other position counts on
    cash: Decimal | None  # dollars that no other position counts on; None: unknown
    attempt_number: int  # counts from 0 over the attempts of this T
    is_last: bool
    quotes: Mapping[str, Quote]  # by option symbol
    session: Session

    @property
    def spot(self) -> Decimal | None:
        """The spot that the expiring legs were judged by."""
        return next((one.spot for one in self.moneyness if one.spot is not None), None)

    def state_of(self, symbol: str) -> Moneyness:
        """Tell an expiring leg's moneyness; one that nobody judged is unknown."""
        states = (one.state for one in self.moneyness if one.symbol == symbol)
        return next(states, Moneyness.UNKNOWN)

    def state_of_leg(self, leg: Leg) -> Moneyness | None:
        """Tell the moneyness of a leg of the lot; None: it lives on."""
        return self.state_of(leg.symbol) if leg in self.expiring else None

    @property
    def is_flagged(self) -> bool:
        """Whether it is judged on old, implied or missing data."""
        states = (self.state_of(option.symbol) for option in _options(self.expiring))
        return Moneyness.UNKNOWN in states or any(one.note for one in self.moneyness)

    def is_threat(self, state: Moneyness) -> bool:
        """Tell whether a leg in this state must not be left alone."""
        if state is Moneyness.ATM:
            return self.rules.pin_band.value > 0
        return state is not Moneyness.OTM


def decide(case: Case) -> Decision:
    """Say what is done with a lot of a position at this attempt; never raises."""
    if case.position.managed_by is Management.MANUAL:
        return Skip(Reason.MANUAL)
    expiring = _options(case.expiring)
    if any(isinstance(leg.instrument, Future) for leg in case.expiring):
        return _by_policy(case, Reason.LAST_TRADING_DAY)
    if not expiring:
        return Leave(Reason.NOTHING_EXPIRES)
    if any(option.spec.is_adjusted for option in expiring):
        return HandOver(Reason.ADJUSTED, ManualReason.UNSUPPORTED, _notes(case))
    reason = _reason(case)
    if reason is None:
        return _leave(case)
    return _by_policy(case, reason)


def legged(case: Case) -> Close | None:
    """
    Offer the in-the-money shorts alone, for a package that the last attempt does not fill.

    None before the last attempt, where the rules say never, where the package is not
    closed at all, and where a long leg is or may be in the money.
    """
    decision = decide(case)
    may_leg = case.is_last and case.rules.legging is Legging.LAST_RESORT
    if not may_leg or not isinstance(decision, Close):
        return None
    legs = shorts_alone(decision.legs, case.state_of_leg, case.is_threat)
    if not legs:
        return None
    note = _joined(decision.note, "the shorts in the money alone")
    return replace(decision, legs=legs, note=note)


def _by_policy(case: Case, reason: Reason) -> Decision:
    is_cash = all(_is_cash_settled(leg) for leg in case.expiring)
    why = _joined(reason.value, _notes(case))
    match case.position.policy or case.rules.itm_policy:
        case Policy.HAND_OVER:
            return HandOver(Reason.POLICY, ManualReason.POLICY, why)
        case Policy.SETTLE if is_cash:
            return Settle(Reason.POLICY, why)
        case Policy.ACCEPT if is_cash:
            return Settle(Reason.POLICY, _joined(why, "cash-settled: nothing is delivered"))
        case Policy.ACCEPT:
            return _accept(case, why)
        case Policy.SETTLE:
            return _close(case, reason, "physical delivery does not settle: closed instead")
        case Policy.CLOSE:  # pragma: no branch - the last one; mypy holds that none is missing
            return _close(case, reason, "")


def _is_cash_settled(leg: Leg) -> bool:
    if isinstance(leg.instrument, Future):
        return leg.instrument.is_cash_settled
    return isinstance(leg.instrument, OptionContract) and (
        leg.instrument.spec.delivery is Delivery.CASH
    )


def _close(case: Case, reason: Reason, note: str) -> Close:
    legs, scope_note = _scope(case)
    left_out = ""
    if case.attempt_number > 0 and case.rules.legging is Legging.LAST_RESORT:
        kept = without_worthless(legs, case.state_of_leg, case.quotes, case.session)
        left = ", ".join(leg.symbol for leg in legs if leg not in kept)
        left_out = f"left out, without a bid: {left}" if left else ""
        legs = kept
    return Close(
        reason,
        legs,
        case.lot.units,
        is_flagged=case.is_flagged,
        note=_joined(note, scope_note, left_out, _notes(case)),
    )


def _accept(case: Case, why: str) -> Accept:
    if any(isinstance(leg.instrument, Future) for leg in case.expiring):
        note = _joined(why, "what its delivery needs is not known")
        return Accept(Reason.POLICY, note, is_covered=False)
    need = need_of(case.expiring, case.lot.units, lambda option: case.state_of(option.symbol))
    own = shares_of(case.lot.legs, case.lot.units)
    missing = shortfall(need, shares=max(case.shares_held, own), cash=case.cash)
    return Accept(Reason.POLICY, _joined(why, missing), is_covered=not missing)


def _scope(case: Case) -> tuple[tuple[Leg, ...], str]:
    """Give the legs to close, and a note where that is more or less than expected."""
    whole = tuple(leg for leg in case.lot.legs if not isinstance(leg.instrument, Shares))
    expiring = tuple(leg for leg in whole if leg in case.expiring)
    if case.rules.scope is Scope.POSITION:
        return whole, ""
    if not _uncovers(case):
        return expiring, ""
    if case.rules.scope is Scope.EXPIRING:
        return expiring, _UNCOVERED
    return whole, "whole position: an expiring long covers a later short"


def _uncovers(case: Case) -> bool:
    """
    Tell whether an expiring long covers a short of its right that lives on.

    Later longs cover first, then shares of the position: long ones calls, short ones
    puts. What they leave short is what the expiring long covers until T.
    """
    covered_now = {option.right for option, quantity in option_legs(case.expiring) if quantity > 0}
    later = tuple(leg for leg in case.lot.legs if leg not in case.expiring)
    shares = shares_of(later, 1)
    for right in covered_now:
        nets = [(one.multiplier, held) for one, held in option_legs(later) if one.right is right]
        cover = shares if right is Right.CALL else -shares
        if sum(multiplier * held for multiplier, held in nets) + max(cover, 0) < 0:
            return True
    return False


def _reason(case: Case) -> Reason | None:
    """Say why an expiring leg must not be left alone; None: all may be."""
    states = {case.state_of(option.symbol) for option in _options(case.expiring)}
    threats = {state for state in states if case.is_threat(state)}
    if Moneyness.ITM in threats:
        return Reason.IN_THE_MONEY
    if Moneyness.ATM in threats:
        return Reason.PINNED
    return Reason.UNKNOWN if threats else None


def _leave(case: Case) -> Leave:
    at_strike = any(one.state is Moneyness.ATM for one in case.moneyness)
    return Leave(
        Reason.OUT_OF_THE_MONEY,
        _joined(
            "at the strike: holders may still exercise" if at_strike else "",
            _UNCOVERED if _uncovers(case) else "",
            _notes(case),
        ),
    )


def _options(legs: tuple[Leg, ...]) -> tuple[OptionContract, ...]:
    return tuple(option for option, _ in option_legs(legs))


def _notes(case: Case) -> str:
    return _joined(*dict.fromkeys(one.note for one in case.moneyness))


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
