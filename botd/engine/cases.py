"""From facts to one position's decision, and the words that the ledger keeps of it."""

from dataclasses import dataclass, replace
from datetime import datetime

from botd.domain.bot import Mode, Pricing
from botd.domain.decide import Case, decide
from botd.domain.decision import (
    Accept,
    Close,
    Decision,
    HandOver,
    Leave,
    LegMoneyness,
    Reason,
    Settle,
    Skip,
)
from botd.domain.moneyness import assess
from botd.domain.override import hand_over as give_to_person
from botd.domain.position import Lot, ManualReason, Policy, Position
from botd.domain.quote import MarketView
from botd.domain.schedule import expiring_legs
from botd.engine.attempt import Attempt
from botd.engine.change import is_as_judged
from botd.engine.cover import free_for
from botd.engine.desk import Desk
from botd.engine.findings import Found
from botd.engine.reads import AccountFacts
from botd.ledger import positions
from botd.ledger.columns import Tx

_GRAVITY = (HandOver, Close, Accept, Settle, Skip, Leave)  # the gravest lot speaks for all


@dataclass(frozen=True, slots=True)
class Decided:
    """One attempt's decision, and the lots to be closed by it."""

    attempt: Attempt
    position: Position
    decision: Decision
    moneyness: tuple[LegMoneyness, ...]
    closes: tuple[tuple[Case, Close], ...]
    pricing: Pricing
    note: str
    finding: str = ""  # where the account does not hold what the ledger expects
    would_close: tuple[tuple[Case, Close], ...] = ()  # in observe mode


def decide_one(
    desk: Desk, attempt: Attempt, found: Found, facts: AccountFacts, view: MarketView
) -> Decided:
    """Decide one position anew from what was just gathered."""
    position = found.position
    pricing = desk.pricing_of(position)
    if found.decision is not None:
        return Decided(attempt, position, found.decision, (), (), pricing, found.note, found.note)
    built = [case_of(desk, attempt, position, lot, facts, view) for lot in position.lots]
    answers: list[tuple[Case, Decision]] = [(case, decide(case)) for case in built]
    answers.sort(key=lambda pair: _GRAVITY.index(type(pair[1])))
    if found.buy_back is not None and built:
        answers = [_buy_back(built[0], found, found.buy_back)]
    moneyness = tuple({leg.symbol: leg for case in built for leg in case.moneyness}.values())
    decision: Decision = answers[0][1] if answers else Skip(Reason.GONE)
    closes = tuple(
        (case, replace(answer, units=min(answer.units, found.units)))
        for case, answer in answers
        if isinstance(answer, Close)
    )
    if isinstance(decision, HandOver):
        closes = ()
    if closes and not desk.broker.card.closes:
        words = f"{Reason.NO_CLOSE_CALL.value}; {decision.reason.value}"
        decision = HandOver(Reason.NO_CLOSE_CALL, ManualReason.UNSUPPORTED, words)
        closes = ()
    note = "; ".join(part for part in (found.note, decision.note) if part)
    if closes and desk.mode is Mode.OBSERVE:
        seen = Skip(Reason.OBSERVING, note)
        return Decided(
            attempt, position, seen, moneyness, (), pricing, note, found.note, would_close=closes
        )
    return Decided(attempt, position, decision, moneyness, closes, pricing, note, found.note)


def case_of(
    desk: Desk,
    attempt: Attempt,
    position: Position,
    lot: Lot,
    facts: AccountFacts,
    view: MarketView,
) -> Case:
    """Gather what the decision about one lot looks at."""
    rules = desk.bot_of(position).expiration
    session = desk.session_ending_at(attempt.closes_at)
    expiring = expiring_legs(lot.legs, attempt.closes_at, desk.sessions)
    shares, cash = facts.held.get(position.underlying, 0), facts.cash
    if desk.policy_of(position) is Policy.ACCEPT:
        shares, cash = free_for(desk, position, facts)
    return Case(
        position=position,
        lot=lot,
        expiring=expiring,
        moneyness=assess(expiring, view, rules, session),
        rules=rules,
        shares_held=shares,
        cash=cash,
        attempt_number=attempt.number,
        is_last=attempt.is_last,
        quotes=view.quotes,
        session=session,
    )


def _buy_back(case: Case, found: Found, shorts: Lot) -> tuple[Case, Close]:
    """Buy shorts back that have lost their hedge, wherever the spot stands."""
    units = min(shorts.units, case.lot.units)
    return case, Close(Reason.BROKEN_SPREAD, shorts.legs, units, note=found.note)


def word_of(decision: Decision) -> str:
    """Name a decision as JSON does."""
    match decision:
        case Close():
            return "close"
        case Leave():
            return "leave"
        case HandOver():
            return "hand_over"
        case Accept():
            return "accept"
        case Settle():
            return "settle"
        case Skip():
            return "skip"


def hand_over(tx: Tx, one: Decided, at: datetime) -> Position:
    """
    Give a position to a person, by policy or because the rules end here.

    One that ended, or that a person took or resolved meanwhile, stays as it is.
    """
    decision = one.decision
    if not isinstance(decision, HandOver):
        raise TypeError(f"{decision!r} hands nothing over")
    found = positions.get(tx, one.position.id)
    if not is_as_judged(found, one.position):
        return found
    reason, fact = decision.manual_reason, decision.note or decision.reason.value
    return positions.change(
        tx,
        one.position.id,
        "handed_over",
        lambda position: give_to_person(position, reason, fact),
        at=at,
        by="botd",
        data={"reason": decision.reason.value},
    )
