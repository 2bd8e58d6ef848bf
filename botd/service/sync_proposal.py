"""
What an account holds that nobody manages, as positions that could be taken.

    of each symbol                         comes
    what positions of the ledger claim     not at all: it is managed, by whomever
    shares that a campaign holds           not at all: the next call joins them there
    held with another sign than claimed    not at all, and is named: the ledger comes first
    what botd cannot name                  not at all, and is named: FLEX, currencies
    what nobody told the end of            not at all, and is named: events, some futures
    what has stopped trading               not at all, and is named
    shares that cover no call              not at all, and are named
    futures                                each month alone
    everything else                        grouped into strategies (`domain.grouping`)

An id is computed from account, legs and units. Where the ledger has it already, from a
position that has ended since, a number is added: the same legs may be opened again.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import count as counting

from botd.calendar.new_york import to_wall
from botd.domain.allocation import Allocation, allocate
from botd.domain.bot import Bot
from botd.domain.contract import Future, Instrument, Leg, Shares, ending_legs
from botd.domain.grouping import Group, group
from botd.domain.instruments import parse_instrument
from botd.domain.opening import opening_of
from botd.domain.orders import Holding, OrderReport
from botd.domain.position import Position
from botd.domain.schedule import stops_trading_at
from botd.domain.session import Sessions
from botd.service import intake
from botd.settings.positions_file import PositionEntry

AccountKey = tuple[str, str]  # (broker, account)

_HASH_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Seen:
    """One account as its broker shows it, and what the ledger knew just before."""

    key: AccountKey
    holdings: tuple[Holding, ...]
    orders: tuple[OrderReport, ...]  # since `since`
    since: datetime
    read_at: datetime
    known: tuple[Position, ...]  # all that may hold anything of it
    delivered: Mapping[str, int] = field(default_factory=dict)  # to campaigns, by ticker


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What is held and not proposed."""

    symbol: str
    quantity: int
    reason: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """A position that could be taken."""

    entry: PositionEntry
    position: Position  # as it would stand in the ledger; its number is 0
    worst_case: Decimal | None  # dollars, all units; None: no bound


@dataclass(frozen=True, slots=True)
class Proposal:
    """What nobody manages in one account."""

    key: AccountKey
    bot: Bot | None  # who would manage it; None: nothing is proposed
    found: tuple[Proposed, ...]
    left_out: tuple[LeftOut, ...]
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Nobodys:
    """What an account holds beyond the ledger, sorted by what can be done with it."""

    held: tuple[tuple[Instrument, int], ...]
    left_out: tuple[LeftOut, ...]


def nobodys(seen: Seen, only: Collection[str], sessions: Sessions) -> Nobodys:
    """
    Find what nobody manages of what *seen* shows.

    *only* names underlyings and symbols; without any, everything counts.
    """
    allocation = allocate(seen.known, seen.holdings)
    held: list[tuple[Instrument, int]] = []
    left_out: list[LeftOut] = []
    for symbol, there in sorted(allocation.account.items()):
        if not there or not is_wanted(symbol, only):
            continue
        claimed = allocation.claims.get(symbol, 0) + seen.delivered.get(symbol, 0)
        quantity, reason = _beyond(allocation, symbol, there, claimed)
        instrument = None
        if quantity and not reason:
            instrument, reason = _known(symbol, sessions, seen.read_at)
        if reason:
            left_out.append(LeftOut(symbol, quantity, reason))
        elif instrument is not None:
            held.append((instrument, quantity))
    return Nobodys(tuple(held), tuple(left_out))


def is_wanted(symbol: str, only: Collection[str]) -> bool:
    """Whether *only* names a symbol or its underlying, or nothing at all."""
    if not only or symbol in only:
        return True
    try:
        return parse_instrument(symbol).underlying in only
    except ValueError:
        return False


def propose(
    seen: Seen,
    found: Nobodys,
    bot: Bot | None,
    sessions: Sessions,
    is_id_taken: Callable[[str], bool],
) -> Proposal:
    """
    Group what nobody manages into positions for *bot*.

    Raises:
        ValueError: there is something to manage, and no bot for it.
    """
    grouping = group((one, count) for one, count in found.held if not isinstance(one, Future))
    groups = (*grouping.groups, *_futures(found.held))
    bare = (
        LeftOut(ticker, quantity, "shares that cover no call")
        for ticker, quantity in grouping.bare_shares.items()
    )
    left_out = tuple(sorted((*found.left_out, *bare), key=lambda each: each.symbol))
    if not groups:
        return Proposal(seen.key, None, (), left_out, seen.read_at)
    if bot is None:
        raise ValueError(f"no bot for {len(groups)} positions of {seen.key}")
    shared = _shared(groups, seen.known)
    proposed = []
    for one in groups:
        entry = _entry(one, seen, bot, shared, is_id_taken)
        position = intake.position_of(entry, bot, sessions)
        proposed.append(Proposed(entry, position, one.worst_case))
    return Proposal(seen.key, bot, tuple(proposed), left_out, seen.read_at)


def _futures(held: Iterable[tuple[Instrument, int]]) -> Iterator[Group]:
    """Take each month of a future for a position of its own."""
    for one, count in held:
        if isinstance(one, Future):
            yield Group((Leg(one, 1 if count > 0 else -1),), abs(count))


def _beyond(allocation: Allocation, symbol: str, there: int, claimed: int) -> tuple[int, str]:
    """Tell how much of a symbol nobody manages, or why that cannot be said."""
    if symbol in allocation.netted:
        return there, "positions hold it long and short: settle these first"
    if claimed * there < 0:
        return there, f"positions of the ledger hold {claimed:+d}: settle these first"
    return (0 if abs(there) <= abs(claimed) else there - claimed), ""


def _known(symbol: str, sessions: Sessions, now: datetime) -> tuple[Instrument | None, str]:
    """Read a symbol; None, and why it cannot be managed."""
    try:
        instrument = parse_instrument(symbol)
    except ValueError as error:
        return None, f"nothing that botd can name: {error}"
    if isinstance(instrument, Shares):
        return instrument, ""
    try:
        stopped_at = stops_trading_at(instrument, sessions)
    except LookupError as error:
        words = str(error)
        is_untold = "is not told" in words
        return None, f"{words}: botd positions import, with ends_at" if is_untold else words
    if stopped_at <= now:
        return None, f"stopped trading at {to_wall(stopped_at):%Y-%m-%d %H:%M} New York"
    return instrument, ""


def _shared(groups: Iterable[Group], known: Iterable[Position]) -> frozenset[str]:
    """Name the symbols that more than one group or position holds."""
    holders: Counter[str] = Counter()
    for legs in (*(one.legs for one in groups), *(one.legs for one in known)):
        holders.update({leg.symbol for leg in legs})
    return frozenset(symbol for symbol, number in holders.items() if number > 1)


def _entry(
    found: Group,
    seen: Seen,
    bot: Bot,
    shared: frozenset[str],
    is_id_taken: Callable[[str], bool],
) -> PositionEntry:
    opening = opening_of(found, seen.orders, shared)
    return PositionEntry(
        id=next(name for name in _ids(found, seen.key) if not is_id_taken(name)),
        bot=bot.name,
        opened_at=seen.since if opening is None else opening.opened_at,  # then, or before
        units=found.units,
        net_price=None if opening is None else opening.net_price,
        legs=found.legs,
        is_held=True,
    )


def _ids(found: Group, key: AccountKey) -> Iterator[str]:
    """Give the ids that these legs may have in an account, the first choice first."""
    legs = sorted(f"{leg.symbol} {leg.quantity}" for leg in found.legs)
    content = "|".join(("sync", *key, str(found.units), *legs))
    digest = hashlib.sha256(content.encode()).hexdigest()[:_HASH_LENGTH]
    ending = [one for one, _ in ending_legs(found.legs)]
    first = min(one.month if isinstance(one, Future) else one.expiration for one in ending)
    name = f"{ending[0].underlying.lower()}-{first:%y%m%d}-{digest}"
    yield name
    for number in counting(2):
        yield f"{name}-{number}"
