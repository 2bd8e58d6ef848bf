"""What the steps of one account share: its broker, the ledger, the clock, the rules."""

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from botd.brokers.port import Broker, Environment
from botd.clock import Clock
from botd.domain.bot import Bot, Mode, Pricing, PricingMode
from botd.domain.orders import OrderReport
from botd.domain.position import Policy, Position
from botd.domain.schedule import around_the_clock
from botd.domain.session import Session, Sessions
from botd.engine.breaker import Breaker
from botd.engine.guard import EgressGuard
from botd.engine.market import MarketFeed
from botd.engine.pace import Pace
from botd.engine.terms import KnownTerms
from botd.engine.watch import OrderWatch
from botd.ledger import Ledger

log = structlog.get_logger("botd.engine")

ANSWER_PATIENCE = timedelta(seconds=8)  # then an answer counts as lost
LOOK_AGAIN = timedelta(seconds=1)


@dataclass(slots=True)
class Desk:
    """One account at work. Everything comes in from outside; nothing reads the world."""

    key: tuple[str, str]  # (broker, account)
    broker: Broker
    ledger: Ledger
    clock: Clock
    sessions: Sessions
    bots: dict[str, Bot]
    owner: str  # who claims: host and process
    mode: Mode
    guard: EgressGuard
    breaker: Breaker
    feed: MarketFeed
    watch: OrderWatch
    environment: Environment | None = None  # as configured; None: whichever it is
    stranger: str | None = None  # why the account that the credentials open is not this one
    bound_as: tuple[str, str] | None = None  # environment and mode, as the ledger has them
    terms: KnownTerms = field(default_factory=KnownTerms)
    cutoff_before_close: timedelta | None = None  # the broker's own cut-off, by which it may act
    other_closes: dict[datetime, datetime] = field(default_factory=dict)  # T -> another source's
    clock_skew: timedelta | None = None  # host clock less the broker's, when last compared
    book: dict[str, Position] = field(default_factory=dict)  # live positions by id
    changes: int = 0  # of the book, ever
    is_judging: bool = False
    judged_at: datetime | None = None  # when what had stopped trading was last looked at
    is_stale: bool = False  # the schedules must be made anew
    runs_attempts: bool = True  # False: a command stands in for the daemon, and nothing is due
    told: set[str] = field(default_factory=set)  # moments begun by this process
    heartbeats: int = 0  # how often the watcher outside is to be pinged, ever
    needs_recovery: bool = True  # until the orders of the day were compared with the broker's
    alike_shape: object = None  # the last refusal of a still held position
    alike_count: int = 0
    pace: Pace = field(default_factory=Pace)
    by_hand: set[str] = field(default_factory=set)  # positions that a person's close works on
    revived: set[str] = field(default_factory=set)  # orders that live though they had ended
    unseen: list[Callable[[], Coroutine[Any, Any, None]]] = field(
        default_factory=list
    )  # looks owed
    ledger_fault: str | None = None  # that delayed an attempt, and is to be told

    def now(self) -> datetime:
        """Tell the present instant."""
        return self.clock.now()

    def bot_of(self, position: Position) -> Bot:
        """Give the rules of a position's bot; a bot that no file names has the defaults."""
        bot = self.bots.get(position.bot)
        return bot or Bot(position.bot, position.broker, position.account)

    def pricing_of(self, position: Position) -> Pricing:
        """Give the prices of a position's bot; where the broker takes none, the market's."""
        own = self.bot_of(position).pricing
        if self.broker.card.market_orders_only:
            return replace(own, mode=PricingMode.MARKET)
        return own

    def policy_of(self, position: Position) -> Policy:
        """Give a position's own policy, or its bot's."""
        return position.policy or self.bot_of(position).expiration.itm_policy

    def keep(self, position: Position) -> Position:
        """Remember how a position stands now."""
        self.changes += 1
        if position.is_live or not position.confirmed:
            self.book[position.id] = position
        else:
            self.book.pop(position.id, None)
        return position

    def observe(self, reports: Iterable[OrderReport]) -> None:
        """Let the guard count what the broker reported."""
        for report in reports:
            self.guard.observe_report(report)

    def cutoff_at(self, closes_at: datetime) -> datetime | None:
        """Tell when the broker stops taking closing orders before *closes_at*."""
        if self.cutoff_before_close is None:
            return None
        return closes_at - self.cutoff_before_close

    def claimed_closes(self, closes_at: datetime) -> tuple[datetime, ...]:
        """Give every close that a source claims where *closes_at* is ours (DESIGN 1.1)."""
        other = self.other_closes.get(closes_at)
        return (closes_at,) if other is None else (closes_at, other)

    def latest_close(self, closes_at: datetime) -> datetime:
        """Give the latest close that a source claims where *closes_at* is ours."""
        return max(self.claimed_closes(closes_at))

    def session_ending_at(self, closes_at: datetime) -> Session:
        """Give the session of T; what trades around the clock has the day before it."""
        session = self.sessions.containing_day(closes_at)
        if session is not None and self.latest_close(session.closes_at) == closes_at:
            return replace(session, closes_at=closes_at)
        return around_the_clock(closes_at, self.now())

    def patience(self) -> datetime:
        """Tell until when an answer is waited for."""
        return self.clock.now() + ANSWER_PATIENCE
