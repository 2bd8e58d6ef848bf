"""The only file that knows every part: it puts brokers, ledger, rules and engines together."""

import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from botd.brokers.paper.adapter import PaperBroker
from botd.brokers.paper.card import PAPER_CARD
from botd.brokers.paper.pack_files import SAMPLE, load_pack
from botd.brokers.paper.store import OPENING_CASH, Store
from botd.brokers.port import Broker, CapabilityCard, Environment
from botd.clock import Clock
from botd.domain.bot import Bot, Mode
from botd.domain.label import label
from botd.domain.position import Position
from botd.domain.session import Sessions
from botd.engine.breaker import Breaker
from botd.engine.desk import Desk
from botd.engine.guard import EgressGuard
from botd.engine.loop import AccountEngine
from botd.engine.market import MarketFeed
from botd.engine.record import record_reports
from botd.engine.watch import OrderWatch
from botd.errors import ConfigError
from botd.ledger import Ledger
from botd.service import cards
from botd.settings.model import (
    RECORDED_ONLY,
    Align,
    BrokerSettings,
    PaperSettings,
    Settings,
)

AccountKey = tuple[str, str]  # (broker, account)

_ORDERS_PER_POSITION = 60  # in a day: three attempts of five prices, corrected and by hand
_ORDERS_PER_MINUTE = 6_000  # where the broker sets no limit


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every account shares."""

    ledger: Ledger
    clock: Clock
    sessions: Sessions
    owner: str


def owner_name() -> str:
    """Name this process among all that may claim attempts."""
    return f"{socket.gethostname()}:{os.getpid()}"


def accounts_of(settings: Settings, held: Iterable[AccountKey]) -> tuple[AccountKey, ...]:
    """List the accounts that bots trade, and those of *held* whose broker is configured."""
    named = {(bot.broker, bot.account) for bot in settings.bots.values()}
    return tuple(sorted(named | {key for key in held if key[0] in settings.brokers}))


def homeless(settings: Settings, live: Iterable[Position]) -> tuple[tuple[str, str], ...]:
    """
    Name what live positions belong to and the configuration lacks, with what that means.

    A broker that is gone: nobody looks after its positions. A bot that is gone: its
    positions go by the defaults, whatever its file said before.
    """
    found: dict[str, str] = {}
    for position in live:
        if position.broker not in settings.brokers:
            found[f"brokers.{position.broker}"] = (
                f"{label(position)} ({position.account}) and others of this broker are looked "
                f"after by nobody: restore [brokers.{position.broker}], or botd take "
                f"{position.number}"
            )
        elif position.bot not in settings.bots:
            found[f"bot {position.bot}"] = (
                f"{label(position)} ({position.account}) and others of this bot go by the "
                f"default rules: restore its file, or botd policy {position.number} ..."
            )
    return tuple(sorted(found.items()))


def open_engine(settings: Settings, key: AccountKey, around: Surroundings) -> AccountEngine:
    """Make the engine of one account."""
    chosen = settings.brokers[key[0]]
    broker = open_broker(chosen, key[1], settings.state_dir, around)
    desk = make_desk(key, broker, around, settings.bots.values())
    apply_settings(settings, key, desk)
    return AccountEngine(desk)


def apply_settings(settings: Settings, key: AccountKey, desk: Desk) -> None:
    """Give an account the rules of a configuration, at its start or on a reload."""
    chosen = settings.brokers.get(key[0])
    desk.bots = dict(settings.bots)
    if chosen is not None:
        desk.mode = chosen.mode
        desk.environment = Environment(chosen.environment.value)
        cutoff = cards.cutoff_of(chosen, desk.broker.card)
        desk.cutoff_before_close = None if cutoff is None else cards.before_close(cutoff)


def make_desk(
    key: AccountKey,
    broker: Broker,
    around: Surroundings,
    bots: Iterable[Bot],
    *,
    mode: Mode = Mode.ARMED,
) -> Desk:
    """Put together what the steps of one account share."""
    rate = broker.card.requests_per_minute
    watch = OrderWatch(broker, around.clock)
    desk = Desk(
        key=key,
        broker=broker,
        ledger=around.ledger,
        clock=around.clock,
        sessions=around.sessions,
        bots={bot.name: bot for bot in bots},
        owner=around.owner,
        mode=mode,
        guard=EgressGuard(
            orders_per_position=_ORDERS_PER_POSITION,
            orders_per_minute=_ORDERS_PER_MINUTE if rate is None else rate,
        ),
        breaker=Breaker(),
        feed=MarketFeed(broker, around.clock),
        watch=watch,
    )
    watch.connect(lambda reports: record_reports(desk, reports))
    return desk


def open_broker(
    chosen: BrokerSettings, account: str, state_dir: Path, around: Surroundings
) -> Broker:
    """
    Open the adapter of one account; nothing is sent yet.

    Raises:
        ConfigError: it cannot be set up.
    """
    return connect(chosen, account, state_dir, around.clock, around.sessions)


def connect(
    chosen: BrokerSettings, account: str, state_dir: Path, clock: Clock, sessions: Sessions
) -> Broker:
    """
    Open the adapter of one account where there may be no ledger yet.

    Raises:
        ConfigError: it cannot be set up.
    """
    if isinstance(chosen, PaperSettings):
        return open_paper(chosen, account, state_dir, clock, sessions)
    from botd.service.adapters import open_remote  # noqa: PLC0415 - HTTP; paper needs none

    return open_remote(chosen, account, clock)


def open_paper(
    chosen: PaperSettings,
    account: str,
    state_dir: Path | None,
    clock: Clock,
    sessions: Sessions,
    card: CapabilityCard = PAPER_CARD,
) -> PaperBroker:
    """
    Open a paper account: its exchange lies in the state directory, or in memory.

    Raises:
        ConfigError: its recorded day cannot be read.
    """
    if chosen.quotes.broker is not None:
        raise ConfigError(f"brokers.{chosen.name}.quotes: {RECORDED_ONLY}")
    pack = load_pack(chosen.quotes.pack or SAMPLE)
    cash = OPENING_CASH if chosen.cash is None else chosen.cash
    path = None if state_dir is None else paper_file(chosen, account, state_dir)
    return PaperBroker(
        Store(path, cash=cash),
        pack,
        clock,
        sessions,
        account=account,
        card=card,
        is_aligned=chosen.quotes.align is Align.CLOSE,
    )


def paper_file(chosen: PaperSettings, account: str, state_dir: Path) -> Path:
    """Name the file that a paper account's exchange is kept in."""
    return state_dir / f"paper-{chosen.name}-{account}.sqlite3"
