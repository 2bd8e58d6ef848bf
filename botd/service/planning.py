"""What would happen on an expiration day, as ledger and configuration have it now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from botd.brokers.port import CapabilityCard
from botd.calendar.new_york import day_of
from botd.domain import budget, ladder
from botd.domain.budget import Capacity
from botd.domain.contract import Leg, option_legs
from botd.domain.decision import LegMoneyness, Reason
from botd.domain.lots import remaining_legs
from botd.domain.moneyness import classify
from botd.domain.position import Management, Policy, Position
from botd.domain.schedule import AttemptTime, expiring_legs
from botd.domain.session import Session, Sessions
from botd.ledger import Tx, halts, marks, positions
from botd.ledger.halts import Halt
from botd.ledger.marks import Mark
from botd.service import shapes
from botd.service.board import spots_of
from botd.service.board_rows import Sight
from botd.service.days import kind_of
from botd.service.inspection import halt_shape
from botd.service.rules import Rules
from botd.service.shapes import Shape, instant

_NEXT_DAY_AT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class PlannedPosition:
    """One position that stops trading that day."""

    position: Position
    policy: Policy
    attempts: tuple[AttemptTime, ...]  # none under manual override
    moneyness: tuple[LegMoneyness, ...]  # by the newest marks; they decide nothing
    reason: str | None = None  # why something else than its policy applies

    def shape(self) -> Shape:
        """Give it as JSON has it."""
        return {
            **shapes.position(self.position),
            "effective_policy": self.policy.value,
            "policy_reason": self.reason,
            "planned_attempts": {one.lead: instant(one.due_at) for one in self.attempts},
            "moneyness": [shapes.leg_moneyness(leg) for leg in self.moneyness],
        }


@dataclass(frozen=True, slots=True)
class PlannedAccount:
    """One account that day: its cut-off, and how far its request budget reaches."""

    broker: str
    account: str
    environment: str | None
    mode: str | None
    cutoff_at: datetime | None  # from when on the broker may act on its own
    after_cutoff: int  # attempts that come later than that
    requests_per_minute: int | None  # None: no limit is known
    capacity: Capacity

    def shape(self) -> Shape:
        """Give it as JSON has it."""
        return {
            "broker": self.broker,
            "account": self.account,
            "environment": self.environment,
            "mode": self.mode,
            "cutoff_at": instant(self.cutoff_at),
            "attempts_after_cutoff": self.after_cutoff,
            "requests_per_minute": self.requests_per_minute,
            "positions": self.capacity.positions,
            "steps_each": self.capacity.steps,
            "fits": self.capacity.fits,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """An expiration day, as it would go."""

    day: date | None  # None: nothing that is held stops trading
    session: Session | None
    positions: tuple[PlannedPosition, ...]
    accounts: tuple[PlannedAccount, ...]
    halts: tuple[Halt, ...]

    def shape(self) -> Shape:
        """Give it as JSON has it."""
        session = self.session
        return {
            "date": None if self.day is None else self.day.isoformat(),
            "kind": None if self.day is None else kind_of(session),
            "closes_at": None if session is None else instant(session.closes_at),
            "positions": [one.shape() for one in self.positions],
            "accounts": [one.shape() for one in self.accounts],
            "halts": [halt_shape(halt) for halt in self.halts],
        }


@dataclass(frozen=True, slots=True)
class Book:
    """What the ledger knows of everything that is held."""

    live: tuple[Position, ...]
    marks: tuple[Mark, ...]
    halts: tuple[Halt, ...]


def read(tx: Tx) -> Book:
    """Read what a plan needs."""
    return Book(positions.live(tx), marks.get(tx), halts.current(tx))


class Planner:
    """Makes plans from rules, calendar and capability cards."""

    def __init__(
        self, rules: Rules, sessions: Sessions, cards: Mapping[str, CapabilityCard], now: datetime
    ) -> None:
        """Plan as of *now*; *cards* by the name of the broker's table."""
        self._rules = rules
        self._sessions = sessions
        self._cards = cards
        self._now = now

    def plan(self, book: Book, day: date | None = None) -> Plan:
        """Plan *day*; None: the next on which anything that is held stops trading."""
        chosen = day or self._next_day(book)
        if chosen is None:
            return Plan(None, None, (), (), book.halts)
        found = [one for one in book.live if chosen in {day for day, _ in _ends(one)}]
        spots = spots_of(book.marks, self._now)
        planned = tuple(
            self._position(one, spots.get((one.account_key, one.underlying))) for one in found
        )
        keys = sorted({one.account_key for one in found})
        accounts = tuple(self._account(key, planned) for key in keys)
        return Plan(chosen, self._sessions.on(chosen), planned, accounts, book.halts)

    def _next_day(self, book: Book) -> date | None:
        ends = (end for one in book.live for end in _ends(one))
        return min((day for day, closes_at in ends if closes_at > self._now), default=None)

    def _position(self, position: Position, spot: Sight | None) -> PlannedPosition:
        is_bots = position.managed_by is Management.BOT
        options = option_legs(self._expiring(position))
        is_adjusted = any(contract.spec.is_adjusted for contract, _ in options)
        policy, reason = self._rules.policy_of(position), None
        if is_adjusted:
            policy, reason = Policy.HAND_OVER, Reason.ADJUSTED.value
        elif policy is Policy.CLOSE and not self._rules.can_close(position):
            policy, reason = Policy.HAND_OVER, Reason.NO_CLOSE_CALL.value
        return PlannedPosition(
            position=position,
            policy=policy,
            reason=reason,
            attempts=self._rules.attempts_of(position) if is_bots else (),
            moneyness=self._moneyness(position, spot),
        )

    def _moneyness(self, position: Position, spot: Sight | None) -> tuple[LegMoneyness, ...]:
        rules = self._rules.bot_of(position).expiration
        price, at = (None, None) if spot is None else (spot.price, spot.as_of)
        return tuple(
            LegMoneyness(
                one.symbol,
                classify(one, price, pin_band=rules.pin_band.of(one.strike)),
                one.strike,
                price,
                at,
            )
            for one, _ in option_legs(self._expiring(position))
        )

    def _expiring(self, position: Position) -> tuple[Leg, ...]:
        """Give what stops trading at the position's T."""
        held = remaining_legs(position)
        return tuple(
            leg
            for _, closes_at in _ends(position)
            for leg in expiring_legs(held, closes_at, self._sessions)
        )

    def _account(
        self, key: tuple[str, str], planned: tuple[PlannedPosition, ...]
    ) -> PlannedAccount:
        broker, account = key
        own = [one for one in planned if one.position.account_key == key]
        closes = [closes_at for one in own for _, closes_at in _ends(one.position)]
        configured, card = self._rules.brokers.get(broker), self._cards.get(broker)
        rate = None if card is None else card.requests_per_minute
        cutoff_at = self._rules.cutoff_at(broker, min(closes))
        return PlannedAccount(
            broker=broker,
            account=account,
            environment=None if configured is None else configured.environment.value,
            mode=None if configured is None else configured.mode.value,
            cutoff_at=cutoff_at,
            after_cutoff=0 if cutoff_at is None else _after(own, cutoff_at),
            requests_per_minute=rate,
            capacity=self._capacity(own, rate),
        )

    def _capacity(self, own: list[PlannedPosition], rate: int | None) -> Capacity:
        """Say how far the budget reaches if everything had to be closed at one attempt."""
        wanted = [one for one in own if one.attempts and one.policy is Policy.CLOSE]
        pricing = [self._rules.pricing_of(one.position) for one in wanted]
        steps = max(map(ladder.steps_of, pricing), default=0)
        return budget.capacity(len(wanted), steps, rate, _shortest_gap(wanted))


def _after(found: list[PlannedPosition], cutoff_at: datetime) -> int:
    """Count the instants at which attempts come when the broker may have acted already."""
    return len({each.due_at for one in found for each in one.attempts if each.due_at > cutoff_at})


def _ends(position: Position) -> tuple[tuple[date, datetime], ...]:
    """Give T with its New York date; nothing where no option is held."""
    closes_at = position.closes_at
    return () if closes_at is None else ((day_of(closes_at), closes_at),)


def _shortest_gap(found: list[PlannedPosition]) -> timedelta:
    """Tell the shortest time that an attempt has until the next, or until T."""
    gaps = [_NEXT_DAY_AT]
    for one in found:
        ends = [closes_at for _, closes_at in _ends(one.position)]
        instants = [*(attempt.due_at for attempt in one.attempts), *ends]
        gaps += [later - earlier for earlier, later in pairwise(instants)]
    return min(gaps)
