"""
One position on the board: how much it needs somebody, and what is being done about it.

    !!   a person must act: refused, gone, unresolved, handed over, an order of unknown fate
    !    being closed, in the money, or its moneyness is not known on its last day
    =    in the money on purpose (accept, settle, hand over), or looked after by a person
    .    out of the money, or its day has not come
    ?    held at the broker, and nobody's (`board_strays`)
    done ended today

What is shown as spot is the newest mark of the ledger; nothing is decided by it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from botd.domain import budget
from botd.domain.bot import Mode
from botd.domain.contract import Future, Leg, OptionContract, ending_legs, option_legs
from botd.domain.decision import LegMoneyness, Moneyness
from botd.domain.ladder import steps_of
from botd.domain.lots import remaining_legs
from botd.domain.moneyness import classify
from botd.domain.orders import OrderStatus
from botd.domain.pnl import realized_pnl
from botd.domain.position import Management, ManualReason, Policy, Position, Status
from botd.domain.quoted import currency, price_text
from botd.domain.quoted import standing as standing_alone
from botd.domain.refusal import without_moment
from botd.domain.schedule import AttemptTime
from botd.ledger.halts import EVERYTHING, Halt, scope_of
from botd.ledger.orders import Order
from botd.service import listing
from botd.service.rules import Rules

FRESH = timedelta(seconds=60)  # a mark this old needs no remark
_LAST_DAY = timedelta(hours=20)  # T lies no farther ahead
_BY_POLICY = {
    Policy.ACCEPT: "accept assignment",
    Policy.SETTLE: "let it settle in cash",
    Policy.HAND_OVER: "handed to you if in the money",
}
_GRAVEST = (Moneyness.ITM, Moneyness.UNKNOWN, Moneyness.ATM, Moneyness.OTM)
_ENDED_FOR_GOOD = frozenset({ManualReason.GONE, ManualReason.UNRESOLVED})
_BY_CHOICE = {ManualReason.PERSON: "yours", ManualReason.POLICY: "handed to you"}


class Danger(Enum):
    """How much a position needs somebody; the value is the mark on the board."""

    PERSON = "!!"
    ACTIVE = "!"
    MEANT = "="
    QUIET = "."
    DONE = ""


_RANKS = {danger: rank for rank, danger in enumerate(Danger)}


@dataclass(frozen=True, slots=True)
class Sight:
    """The newest known price of an underlying."""

    price: Decimal
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """One position on the board."""

    danger: Danger
    position: Position
    doing: str  # what is being done about it
    threat: str  # how it stands to the market
    words: str  # the broker's, or why a person has it
    command: str  # what takes it over
    is_last_day: bool
    has_order: bool  # that may still fill
    spot: Sight | None
    moves: tuple[int, Decimal]  # `budget.danger`: the most dangerous sorts first

    @property
    def rank(self) -> tuple[int, bool, tuple[int, Decimal], int]:
        """Sort the board by this."""
        return (_RANKS[self.danger], not self.is_last_day, self.moves, self.position.number)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a position comes to: danger, what is being done, the command for it."""

    danger: Danger
    doing: str
    command: str = ""


class Judge:
    """Judges one position after the other, from what was read in one transaction."""

    def __init__(
        self,
        rules: Rules,
        now: datetime,
        live_orders: Mapping[str, Order],
        stops: tuple[Halt, ...],
    ) -> None:
        """
        Judge at *now*.

        Args:
            rules: of bots and brokers.
            now: the present instant.
            live_orders: by position id.
            stops: what is in force.
        """
        self._rules = rules
        self._now = now
        self._live_orders = live_orders
        self._stops = stops

    def row(self, position: Position, spot: Sight | None) -> Row:
        """Say how dangerous a position is, and what is being done."""
        legs = remaining_legs(position)
        threat, state = standing(legs, _first_contracts(position), spot, self._now)
        verdict = self._rule_for(position)(position, state)
        is_done = verdict.danger is Danger.DONE
        return Row(
            danger=verdict.danger,
            position=position,
            doing=verdict.doing,
            threat="" if is_done else threat,
            words=_result(position) if is_done else _words(position),
            command=verdict.command,
            is_last_day=self._is_last_day(position),
            has_order=position.id in self._live_orders,
            spot=spot,
            moves=_moves(position, spot),
        )

    def _rule_for(self, position: Position) -> Callable[[Position, Moneyness], Verdict]:
        if position.id in self._live_orders:
            return self._at_work
        if listing.waits_for_person(position):
            return self._with_person
        return self._with_bot if position.is_live else self._ended

    def _at_work(self, position: Position, _: Moneyness) -> Verdict:
        order, look = self._live_orders[position.id], f"botd positions show {position.number}"
        if order.status is OrderStatus.UNKNOWN:
            return Verdict(Danger.PERSON, "FATE OF AN ORDER UNKNOWN", look)
        is_bots = position.managed_by is Management.BOT
        command = f"botd take {position.number}" if is_bots else look
        return Verdict(Danger.ACTIVE, self._closing(position, order), command)

    def _closing(self, position: Position, order: Order) -> str:
        """Say `closing at 0.72 (step 2 of 4, cap 5.00)`."""
        intent = order.intent
        pricing = self._rules.pricing_of(position)
        steps = steps_of(pricing)
        is_within = intent.step <= steps and not intent.is_extra
        details = [f"step {intent.step} of {steps}" if is_within else f"step {intent.step}"]
        if intent.cap is not None:
            details.append(f"cap {_cost(intent.cap, intent.legs)}")
        if order.filled_units:
            details.append(f"{order.filled_units} of {intent.units} filled")
        doing = "cancelling" if order.status is OrderStatus.CANCEL_PENDING else "closing"
        price = "the market" if intent.net_price is None else _cost(intent.net_price, intent.legs)
        return f"{doing} at {price} ({', '.join(details)})"

    def _with_person(self, position: Position, state: Moneyness) -> Verdict:
        can_trade = position.closes_at is None or self._now < position.closes_at
        can_close = can_trade and position.units_open > 0
        reason, number = position.manual_reason, position.number
        word = "close" if self._rules.can_close(position) else "positions show"
        close = f"botd {word} {number}"
        resolve = f"botd override resolve {number} --as ..."
        if reason in _BY_CHOICE:
            if not can_close:
                return Verdict(Danger.PERSON, f"{_BY_CHOICE[reason]}: trading stopped", resolve)
            is_urgent = state is not Moneyness.OTM and self._is_last_day(position)
            command = close if state is Moneyness.ITM else f"botd release {number}"
            return Verdict(
                Danger.ACTIVE if is_urgent else Danger.MEANT, _BY_CHOICE[reason], command
            )
        is_gone = reason in _ENDED_FOR_GOOD or not can_close
        return Verdict(Danger.PERSON, _verdict_in(position), resolve if is_gone else close)

    def _with_bot(self, position: Position, state: Moneyness) -> Verdict:
        if position.closes_at is None:
            return Verdict(Danger.QUIET, "shares: never sold")
        command = f"botd take {position.number}"
        if not self._is_last_day(position):
            return Verdict(Danger.QUIET, f"until {position.closes_at:%Y-%m-%d}", command)
        policy = self._rules.policy_of(position)
        if meant := _meant(position, policy):
            return Verdict(Danger.MEANT, meant, command)
        if self._now >= position.closes_at:
            danger = Danger.QUIET if state is Moneyness.OTM else Danger.ACTIVE
            return Verdict(danger, "waits for the official close", command)
        if state is Moneyness.OTM:
            return Verdict(Danger.QUIET, "leave", command)
        return Verdict(Danger.ACTIVE, self._prospect(position), command)

    def _prospect(self, position: Position) -> str:
        """Say what a position that is to be closed can expect."""
        if not self._rules.can_close(position):
            return "goes to you: the broker has no call that closes"
        scopes = {EVERYTHING, scope_of(position.account_key)}
        if any(stop.scope in scopes for stop in self._stops):
            return "HALTED: nothing is sent"
        coming = self._coming(position)
        if coming is None:
            return "NO ATTEMPT IS LEFT"
        broker = self._rules.brokers.get(position.broker)
        if broker is not None and broker.mode is Mode.OBSERVE:
            return f"observed at {coming.lead}, nothing is sent"
        return f"to be closed at {coming.lead}"

    def _coming(self, position: Position) -> AttemptTime | None:
        attempts = self._rules.attempts_of(position)
        return next((one for one in attempts if one.due_at > self._now), None)

    def _ended(self, position: Position, _: Moneyness) -> Verdict:
        if position.status is Status.AWAITING_SETTLEMENT:
            return Verdict(Danger.MEANT, "awaits the settlement value")
        return Verdict(Danger.DONE, position.status.value)

    def _is_last_day(self, position: Position) -> bool:
        """Whether T is near, or has passed."""
        closes_at = position.closes_at
        return closes_at is not None and closes_at - self._now < _LAST_DAY


def standing(
    legs: tuple[Leg, ...], contracts: tuple[OptionContract, ...], spot: Sight | None, now: datetime
) -> tuple[str, Moneyness]:
    """
    Say how *legs* stand to the spot, in words and as the state of the gravest.

    *contracts* are the options among them that count now. A future is judged by nothing
    but time, so that it is never out of danger.
    """
    is_future = any(isinstance(one, Future) for one, _ in ending_legs(legs))
    if not contracts and not is_future:
        return "", Moneyness.OTM
    if spot is None:
        return "" if is_future else "spot unknown", Moneyness.UNKNOWN
    passed = now - spot.as_of
    age = "" if passed <= FRESH else f" ({int(passed.total_seconds()) // 60} min ago)"
    if alone := standing_alone(legs, spot.price):
        states = {classify(one, spot.price, pin_band=Decimal(0)) for one in contracts}
        gravest = (one for one in _GRAVEST if one in states)
        return f"{alone}{age}", next(gravest, Moneyness.UNKNOWN)
    deepest = max(contract.intrinsic(spot.price) for contract in contracts)
    if deepest:
        return f"ITM {deepest:.2f}{age}", Moneyness.ITM
    nearest = min(abs(contract.strike - spot.price) for contract in contracts)
    if not nearest:
        return f"at the strike{age}", Moneyness.ATM
    return f"{nearest / spot.price * 100:.1f} % away{age}", Moneyness.OTM


def _first_contracts(position: Position) -> tuple[OptionContract, ...]:
    """Give the options that any unit still holds and that stop trading first."""
    held = [contract for contract, _ in option_legs(remaining_legs(position))]
    first = min((contract.expiration for contract in held), default=None)
    return tuple(contract for contract in held if contract.expiration == first)


def _moves(position: Position, spot: Sight | None) -> tuple[int, Decimal]:
    price = None if spot is None else spot.price
    judged = tuple(
        LegMoneyness(
            one.symbol,
            classify(one, price, pin_band=Decimal(0)),
            one.strike,
            price,
            None if spot is None else spot.as_of,
        )
        for one in _first_contracts(position)
    )
    return budget.danger(remaining_legs(position), position.units_open, judged)


def _meant(position: Position, policy: Policy) -> str:
    """Say what is meant to become of it by policy; empty: it is closed."""
    futures = [one for one, _ in ending_legs(position.legs) if isinstance(one, Future)]
    if not futures or policy is Policy.HAND_OVER:
        return "handed to you" if futures else _BY_POLICY.get(policy, "")
    if policy is not Policy.CLOSE and all(one.is_cash_settled for one in futures):
        return _BY_POLICY[Policy.SETTLE]
    return "accept delivery" if policy is Policy.ACCEPT else ""


def _verdict_in(position: Position) -> str:
    """Give the verdict a person reads first: a fact in capitals, else the reason in capitals."""
    fact = without_moment(position.fact or "")
    if _is_verdict(fact):
        return fact
    reason = position.manual_reason
    return "NEEDS A PERSON" if reason is None else reason.value.replace("_", " ").upper()


def _words(position: Position) -> str:
    """Give what explains the verdict: the broker's words, or the fact in plain words."""
    is_persons = position.managed_by is Management.MANUAL
    if is_persons and position.broker_error is not None:
        return f'"{position.broker_error.message}"'
    fact = without_moment(position.fact or "")
    return "" if _is_verdict(fact) else fact


def _result(position: Position) -> str:
    pnl, is_complete = realized_pnl(position)
    if pnl is None:
        return "P/L not known yet"
    return f"P/L {pnl:+,.2f}{currency(position.legs)}" + ("" if is_complete else " so far")


def _is_verdict(fact: str) -> bool:
    return fact.split(",", maxsplit=1)[0].isupper()


def _cost(net_price: Decimal, legs: tuple[Leg, ...]) -> str:
    """Write what closing costs, as its market quotes it; a credit is named as one."""
    text = price_text(legs, abs(net_price))
    return f"{text} credit" if net_price > 0 else text
