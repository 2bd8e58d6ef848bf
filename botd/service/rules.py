"""What the configuration says about a position: its bot's rules, its broker's cut-off."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from botd.brokers.port import CapabilityCard
from botd.domain import schedule
from botd.domain.bot import Bot, Pricing, PricingMode
from botd.domain.position import Management, Policy, Position
from botd.domain.schedule import AttemptTime, PositionSchedule, Taken
from botd.service import cards
from botd.settings.model import BrokerSettings, Settings


@dataclass(frozen=True, slots=True)
class Rules:
    """Bots and brokers by name; what is not among them has the defaults."""

    bots: Mapping[str, Bot] = field(default_factory=dict)
    brokers: Mapping[str, BrokerSettings] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings | None) -> "Rules":
        """Take the rules out of a configuration; None: there is none, the defaults count."""
        return cls() if settings is None else cls(settings.bots, settings.brokers)

    def bot_of(self, position: Position) -> Bot:
        """Give the rules of a position's bot; one that no file names has the defaults."""
        bot = self.bots.get(position.bot)
        return bot or Bot(position.bot, position.broker, position.account)

    def policy_of(self, position: Position) -> Policy:
        """Give a position's own policy, or its bot's."""
        return position.policy or self.bot_of(position).expiration.itm_policy

    def pricing_of(self, position: Position) -> Pricing:
        """Give the prices of a position's bot; where its broker takes none, the market's."""
        own, card = self.bot_of(position).pricing, self._card_of(position)
        is_forced = card is not None and card.market_orders_only
        return replace(own, mode=PricingMode.MARKET) if is_forced else own

    def can_close(self, position: Position) -> bool:
        """Whether its broker has a call that closes; of one that nobody knows it is assumed."""
        card = self._card_of(position)
        return card is None or card.closes

    def _card_of(self, position: Position) -> CapabilityCard | None:
        broker = self.brokers.get(position.broker)
        return None if broker is None else cards.card_of(broker)

    def cutoff_at(self, broker: str, closes_at: datetime) -> datetime | None:
        """Tell when a broker stops taking closing orders before *closes_at*; None: never."""
        found = self.brokers.get(broker)
        cutoff = None if found is None else cards.cutoff_of(found)
        return None if cutoff is None else closes_at - cards.before_close(cutoff)

    def attempts_of(self, position: Position) -> tuple[AttemptTime, ...]:
        """List the attempts of a position; none without options."""
        if position.closes_at is None:
            return ()
        cutoff_at = self.cutoff_at(position.broker, position.closes_at)
        rules = self.bot_of(position).expiration
        return schedule.attempt_times((position.closes_at,), rules, cutoff_at)

    def schedules(self, positions: Iterable[Position]) -> tuple[PositionSchedule, ...]:
        """Make the schedules of the positions that are under bot management."""
        return tuple(
            PositionSchedule(one.id, one.opened_at, one.closes_at, self.attempts_of(one))
            for one in positions
            if one.closes_at is not None and one.is_live and one.managed_by is Management.BOT
        )


@dataclass(frozen=True, slots=True)
class NextAttempt:
    """The attempt that comes next, over all accounts."""

    lead: str
    at: datetime
    positions: int


def next_attempt(
    schedules: tuple[PositionSchedule, ...], taken: Taken, now: datetime
) -> NextAttempt | None:
    """Find the next attempt after *now*; None: none lies ahead."""
    at = schedule.next_due(schedules, taken, now)
    if at is None:
        return None
    leads = [
        attempt.lead
        for plan in schedules
        for attempt in plan.attempts
        if attempt.due_at == at
        and plan.opened_at <= at < plan.closes_at
        and (plan.position_id, at) not in taken
    ]
    return NextAttempt(leads[0], at, len(leads))
