"""
Taking under management what a broker holds and nobody manages.

    ask      which accounts, and which bot would manage what is found in each
    know     what the ledger manages there already, from before the account is read
    read     orders, then holdings; the account must be the one that the bots name
    propose  what is beyond the ledger, grouped (`sync_proposal`): pure
    take     all of it or nothing, in one transaction that sees that the ledger is still as
             it was known: so a second sync, or one beside an import, takes nothing twice

A fill that is booked between *know* and *read* makes the holdings smaller, never larger:
what is proposed is then too little, and the next sync finds the rest.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TypeVar

from botd.brokers.port import AccountState, Broker
from botd.calendar.new_york import day_of, from_wall
from botd.clock import Clock
from botd.domain.bot import Bot
from botd.domain.lots import quantities
from botd.domain.position import Position
from botd.domain.session import Sessions
from botd.errors import (
    BrokerUnavailable,
    ConfigError,
    NotFoundError,
    OutcomeUnknown,
    StateError,
)
from botd.ledger import Ledger, Tx, positions
from botd.ledger.positions import PositionQuery
from botd.service import wheel, wiring
from botd.service.intake import Imported, Intake, Offered
from botd.service.sync_proposal import Proposal, Seen, is_wanted, nobodys, propose
from botd.service.wiring import AccountKey, Surroundings
from botd.settings.model import BrokerSettings, PaperSettings, Settings

LOOK_BACK = timedelta(days=7)  # for the orders that opened what is held
_ALL = 1_000_000
_PATIENCE = timedelta(seconds=30)  # of one answer, however many pages it takes

OpenBroker = Callable[[AccountKey], Broker]
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Target:
    """An account to look at, and the bots that may manage what is found in it."""

    key: AccountKey
    bots: tuple[Bot, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """What looking at accounts needs of the house."""

    settings: Settings
    sessions: Sessions
    clock: Clock
    open_broker: OpenBroker


def site_of(settings: Settings, sessions: Sessions, clock: Clock, ledger: Ledger) -> Site:
    """Open brokers as the daemon does."""

    def open_broker(key: AccountKey) -> Broker:
        around = Surroundings(ledger, clock, sessions, wiring.owner_name())
        return wiring.open_broker(settings.brokers[key[0]], key[1], settings.state_dir, around)

    return Site(settings, sessions, clock, open_broker)


def targets(settings: Settings, broker: str | None, bot: str | None) -> tuple[Target, ...]:
    """
    Choose the accounts: those that bots name, at *broker* alone, or of *bot* alone.

    Raises:
        NotFoundError: there is no such broker or bot.
        ConfigError: no bot trades there.
    """
    if broker is not None and broker not in settings.brokers:
        raise NotFoundError(f"no such broker: {broker!r}; configured: {_all(settings.brokers)}")
    if bot is not None and bot not in settings.bots:
        raise NotFoundError(f"no such bot: {bot!r}; configured: {_all(settings.bots)}")
    found: dict[AccountKey, list[Bot]] = {}
    for one in settings.bots.values():
        if broker in {None, one.broker} and bot in {None, one.name}:
            found.setdefault((one.broker, one.account), []).append(one)
    if not found:
        where = "" if broker is None else f" at broker {broker!r}"
        who = "no bot trades" if bot is None else f"bot {bot!r} does not trade"
        raise ConfigError(f"{who}{where}: what is held there has nobody to manage it")
    return tuple(Target(key, tuple(bots)) for key, bots in sorted(found.items()))


async def look(site: Site, ledger: Ledger, chosen: Iterable[Target]) -> tuple[Seen, ...]:
    """
    Read every account, one after the other.

    Raises:
        ConfigError: a credential cannot be had, or an account is another than its bots name.
        BrokerError: a broker could not be reached, or its answer cannot be read.
    """
    wanted = tuple(chosen)
    brokers = {target.key[0]: site.settings.brokers[target.key[0]] for target in wanted}
    if faults := [fault for one in brokers.values() for fault in _faults(one)]:
        raise ConfigError(*faults)
    return tuple([await _look(site, ledger, target.key) for target in wanted])


def _faults(broker: BrokerSettings) -> Iterator[str]:
    """Say of each credential that cannot be had why."""
    for secret in () if isinstance(broker, PaperSettings) else broker.credentials:
        if (fault := secret.fault()) is not None:
            yield fault


async def _look(site: Site, ledger: Ledger, key: AccountKey) -> Seen:
    known, delivered = ledger.read_now(lambda tx: (known_of(tx, key), delivered_to(tx, key)))
    broker = site.open_broker(key)
    try:
        _refuse_stranger(site.settings, key, await _answer(site, key, broker.account()))
        since = _since(site.clock.now())
        orders = await _answer(site, key, broker.orders(since))
        holdings = await _answer(site, key, broker.holdings())
    finally:
        await broker.aclose()
    return Seen(key, holdings, orders, since, site.clock.now(), known, delivered)


def known_of(tx: Tx, key: AccountKey) -> tuple[Position, ...]:
    """Read the positions that may hold anything of an account, ended ones too."""
    found = (*positions.live(tx, key), *positions.unconfirmed(tx, key))
    return tuple(one for one in found if one.lots)


def delivered_to(tx: Tx, key: AccountKey) -> dict[str, int]:
    """
    Count the shares of an account that campaigns hold and no position does, by ticker.

    They came by assignment or exercise. A call sold on them is their campaign's: taken as
    a covered call they would be counted twice.
    """
    query = PositionQuery(broker=key[0], account=key[1])
    members: dict[str, list[Position]] = {}
    for one in positions.find(tx, query, size=_ALL).items:
        if one.campaign is not None:
            members.setdefault(one.campaign, []).append(one)
    found: Counter[str] = Counter()
    for name, own in members.items():
        ticker = own[0].underlying
        in_positions = sum(quantities(one).get(ticker, 0) for one in own)
        found[ticker] += wheel.read(tx, name).shares - in_positions
    return {ticker: count for ticker, count in found.items() if count}


async def _answer(site: Site, key: AccountKey, asked: Awaitable[_Answer]) -> _Answer:
    """Wait for a broker; what goes wrong names it, and its settings where they may be why."""
    table = f"brokers.{key[0]}"
    try:
        return await site.clock.within(asked, site.clock.now() + _PATIENCE)
    except BrokerUnavailable as error:
        words = f"{table}: not reached, see botd doctor: {error}"
        if error.is_auth:
            words = f"{table}: it refuses the credentials for account {key[1]!r}: {error}"
        raise BrokerUnavailable(words, is_auth=error.is_auth) from error
    except TimeoutError as error:
        seconds = int(_PATIENCE.total_seconds())
        raise OutcomeUnknown(f"broker {key[0]!r} did not answer within {seconds} s") from error


def _refuse_stranger(settings: Settings, key: AccountKey, state: AccountState) -> None:
    """Refuse an account that is not the one that the configuration speaks of."""
    broker, account = key
    environment = settings.brokers[broker].environment.value
    if state.account != account:
        raise ConfigError(
            f"brokers.{broker}: the credentials open account {state.account!r}, "
            f"the bots' files say account = {account!r}; correct one of them"
        )
    if state.environment.value != environment:
        raise ConfigError(
            f"brokers.{broker}: the credentials open the {state.environment.value} account "
            f"{account!r}, botd.toml says environment = {environment!r}; correct one of them"
        )


def _since(now: datetime) -> datetime:
    """Begin the look back at a New York midnight, so that it is the same all day."""
    return from_wall(day_of(now - LOOK_BACK), time())


def proposals(
    site: Site,
    ledger: Ledger,
    seen: Sequence[Seen],
    chosen: Sequence[Target],
    only: Collection[str],
) -> tuple[Proposal, ...]:
    """
    Propose positions for everything that nobody manages, account by account.

    Raises:
        NotFoundError: *only* names something that no account holds.
        ConfigError: several bots could manage what was found, and none was named.
    """
    held = [holding.symbol for each in seen for holding in each.holdings if holding.quantity]
    if lacking := [name for name in only if not any(is_wanted(one, (name,)) for one in held)]:
        raise NotFoundError(f"no account holds {', '.join(lacking)}")
    found = [nobodys(each, only, site.sessions) for each in seen]
    faults = [
        _which_bot(target)
        for target, what in zip(chosen, found, strict=True)
        if what.held and len(target.bots) > 1
    ]
    if faults:
        raise ConfigError(*faults)

    def work(tx: Tx) -> tuple[Proposal, ...]:
        return tuple(
            propose(each, what, target.bots[0], site.sessions, lambda name: _is_taken(tx, name))
            for each, what, target in zip(seen, found, chosen, strict=True)
        )

    return ledger.read_now(work)


def take(
    intake: Intake,
    ledger: Ledger,
    seen: Sequence[Seen],
    offered: Sequence[Proposal],
    *,
    at: datetime,
    by: str,
) -> tuple[Imported, ...]:
    """
    Take everything that is proposed into the ledger, or nothing.

    Raises:
        StateError: the ledger has changed since the accounts were read.
        ConfigError: a leg has stopped trading meanwhile.
        BrokerError: a paper account could not be written.
    """

    def is_as_known(tx: Tx) -> None:
        for each, proposal in zip(seen, offered, strict=True):
            symbols = {leg.symbol for one in proposal.found for leg in one.entry.legs}
            if _claims(each.known, symbols) != _claims(known_of(tx, each.key), symbols):
                raise StateError(
                    f"{'/'.join(each.key)}: positions changed while it was read; nothing was "
                    "taken, do it again"
                )

    entries = [Offered("sync", one.entry) for each in offered for one in each.found]
    return intake.take(ledger, entries, at=at, by=by, first=is_as_known)


def _claims(known: Iterable[Position], symbols: Collection[str]) -> dict[str, dict[str, int]]:
    """Tell what each position claims of *symbols*; nothing of it is no claim."""
    held = {
        one.id: {name: count for name, count in quantities(one).items() if name in symbols}
        for one in known
    }
    return {name: claim for name, claim in held.items() if claim}


def _is_taken(tx: Tx, position_id: str) -> bool:
    try:
        positions.get(tx, position_id)
    except NotFoundError:
        return False
    return True


def _which_bot(target: Target) -> str:
    names = [bot.name for bot in target.bots]
    return (
        f"{'/'.join(target.key)}: {len(names)} bots could manage what is held there: "
        f"{_all(names)}; name one: --bot {names[0]}"
    )


def _all(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
