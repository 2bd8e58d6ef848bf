"""
The egress guard: the last thing between an intent and the wire.

It knows nothing of the engine and trusts none of its arithmetic. Pricing clamps and
the ledger reserves; the guard stops only bugs, and then the account.

    to close only      each leg's order has the opposite sign of what is held
    enough held        this order and every live one together fit into what is held
    committed          the body is the one that was written down
    inside the cap     the limit is no worse than the intent's cap
    inside the time    from the first lead before the close until two seconds before it
    no twin            same position, legs, units and price within five seconds
    budgets            orders of one position in a day, orders of the account in a minute
"""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from botd.domain.bot import Mode
from botd.domain.orders import (
    FINAL_REPORT_STATES,
    Holding,
    OrderIntent,
    OrderReport,
    in_units_of,
)

_TWIN_WINDOW = timedelta(seconds=5)
_MINUTE = timedelta(minutes=1)
_BELL_MARGIN = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Permit:
    """What this one order may rely on, from the ledger and the configuration."""

    committed_hash: str
    opens_at: datetime  # the earliest instant an order of this kind may leave
    closes_at: datetime  # T of the contract's session
    is_halted: bool
    mode: Mode
    is_resend: bool = False  # same id and body again, after an unknown outcome


class Check(Enum):
    """Which of the guard's questions stopped an order."""

    MOMENT = "moment"  # the clock, a halt or the mode: no bug, the order is only too late
    GONE = "gone"  # less is held than it closes: the account changed meanwhile, no bug
    COUNT = "count"  # more than is held, with what lives: a bug, unless a fresh look says no
    BUG = "bug"  # what the rest of the program should never have asked for


@dataclass(frozen=True, slots=True)
class Stop:
    """Why an order must not leave."""

    check: Check
    reason: str


@dataclass(slots=True)
class _Live:
    intent: OrderIntent
    filled_units: int = 0


class EgressGuard:
    """Counts for itself what one account holds and what still lives on it."""

    def __init__(self, *, orders_per_position: int, orders_per_minute: int) -> None:
        self._orders_per_position = orders_per_position
        self._orders_per_minute = orders_per_minute
        self._held: dict[str, int] = {}
        self._live: dict[str, _Live] = {}
        self._reserved: Counter[str] = Counter()  # signed quantity that live orders may still move
        self._sent_at: deque[datetime] = deque()
        self._sent_today: Counter[str] = Counter()
        self._recent: dict[str, tuple[datetime, object]] = {}

    def observe_holdings(self, holdings: Iterable[Holding]) -> None:
        """Take the broker's own word on what is held."""
        self._held = {holding.symbol: holding.quantity for holding in holdings}

    def observe_report(self, report: OrderReport) -> None:
        """Count a fill of an order of ours against what is held; forget what is final."""
        live = self._live.get(report.client_order_id or "")
        if live is None:
            return
        filled = in_units_of(live.intent.legs, report).filled_units
        news = filled - live.filled_units
        for leg in live.intent.legs:
            self._held[leg.symbol] = self._held.get(leg.symbol, 0) + leg.quantity * news
        self._reserve(live.intent, -news)
        live.filled_units = filled
        if report.state in FINAL_REPORT_STATES:
            self.forget(live.intent.client_order_id)

    def forget(self, client_order_id: str) -> None:
        """Drop an order that is final, or proved never to have reached the broker."""
        live = self._live.pop(client_order_id, None)
        if live is not None:
            self._reserve(live.intent, live.filled_units - live.intent.units)

    def adopt(self, intent: OrderIntent, filled_units: int) -> None:
        """Count an order that an earlier process sent, or one that lives after all."""
        if intent.client_order_id not in self._live:
            self._live[intent.client_order_id] = _Live(intent, filled_units)
            self._reserve(intent, intent.units - filled_units)

    def retract(self, intent: OrderIntent) -> None:
        """Undo the count of an order that the broker is proved not to have taken."""
        self.forget(intent.client_order_id)
        self._recent.pop(intent.position_id, None)

    def never_left(self, intent: OrderIntent) -> None:
        """Undo the count of an order that is proved never to have been sent, budget included."""
        sent = self._recent.get(intent.position_id)
        if sent is not None and sent[1] == _shape(intent):
            self._sent_today[_day_key(intent, sent[0])] -= 1
        self.retract(intent)

    def stop(self, intent: OrderIntent, permit: Permit, now: datetime) -> Stop | None:
        """Say why *intent* must not leave; None lets it pass, and counts it as live."""
        questions = (
            (Check.BUG, self._wrong_body(intent, permit)),
            (Check.MOMENT, self._wrong_moment(permit, now)),
            (Check.GONE, self._not_held(intent)),
            (Check.COUNT, self._too_much(intent)),
            (Check.BUG, self._outside_cap(intent)),
            (Check.BUG, self._twin_or_budget(intent, permit, now)),
        )
        for check, reason in questions:
            if reason is not None:
                return Stop(check, reason)
        self._count(intent, permit, now)
        return None

    def is_twin(self, intent: OrderIntent, now: datetime) -> bool:
        """Tell whether the same legs, units and price left less than five seconds ago."""
        sent = self._recent.get(intent.position_id)
        return sent is not None and now - sent[0] < _TWIN_WINDOW and sent[1] == _shape(intent)

    def _wrong_body(self, intent: OrderIntent, permit: Permit) -> str | None:
        if permit.committed_hash != intent.body_hash():
            return "the order differs from the committed intent"
        if intent.units < 1 or not intent.legs:
            return f"an order for {intent.units} units of {len(intent.legs)} legs"
        if intent.client_order_id in self._live and not permit.is_resend:
            return f"{intent.client_order_id} was sent before"
        return None

    def _wrong_moment(self, permit: Permit, now: datetime) -> str | None:
        if permit.mode is not Mode.ARMED:
            return "the account is in observe mode"
        if permit.is_halted:
            return "a halt is in force"
        latest = permit.closes_at - _BELL_MARGIN
        if not permit.opens_at <= now <= latest:
            return f"{now:%H:%M:%S} UTC is outside {permit.opens_at:%H:%M:%S}-{latest:%H:%M:%S}"
        return None

    def _not_held(self, intent: OrderIntent) -> str | None:
        for leg in intent.legs:
            held = self._held.get(leg.symbol, 0)
            if held * leg.quantity >= 0:
                return f"{leg.symbol}: {leg.quantity:+d} does not close the {held:+d} held"
            after = held + leg.quantity * self._unsent(intent)
            if after * held < 0:
                return f"{leg.symbol}: {held:+d} held would become {after:+d}"
        return None

    def _too_much(self, intent: OrderIntent) -> str | None:
        for leg in intent.legs:
            held = self._held.get(leg.symbol, 0)
            after = held + self._reserved[leg.symbol] + leg.quantity * self._unsent(intent)
            if after * held < 0:
                return f"{leg.symbol}: with what lives, {held:+d} held would become {after:+d}"
        return None

    def _unsent(self, intent: OrderIntent) -> int:
        """Count the units that this order would add; one sent again is reserved already."""
        return 0 if intent.client_order_id in self._live else intent.units

    def _outside_cap(self, intent: OrderIntent) -> str | None:
        if intent.net_price is None or intent.cap is None or intent.net_price >= intent.cap:
            return None
        return f"{intent.net_price} is beyond the cap {intent.cap}"

    def _twin_or_budget(self, intent: OrderIntent, permit: Permit, now: datetime) -> str | None:
        if permit.is_resend:
            return None
        if self.is_twin(intent, now):
            return "the same order left less than five seconds ago"
        if self._sent_today[_day_key(intent, now)] >= self._orders_per_position:
            return f"more than {self._orders_per_position} orders of one position in a day"
        while self._sent_at and now - self._sent_at[0] >= _MINUTE:
            self._sent_at.popleft()
        if len(self._sent_at) >= self._orders_per_minute:
            return f"more than {self._orders_per_minute} orders in a minute"
        return None

    def _count(self, intent: OrderIntent, permit: Permit, now: datetime) -> None:
        self.adopt(intent, 0)
        self._sent_at.append(now)
        self._sent_today[_day_key(intent, now)] += not permit.is_resend  # it is the same order
        self._recent[intent.position_id] = (now, _shape(intent))

    def _reserve(self, intent: OrderIntent, units: int) -> None:
        for leg in intent.legs:
            self._reserved[leg.symbol] += leg.quantity * units


def _shape(intent: OrderIntent) -> object:
    return (intent.legs, intent.units, intent.net_price)


def _day_key(intent: OrderIntent, now: datetime) -> str:
    return f"{intent.position_id} {now:%Y%m%d}"
