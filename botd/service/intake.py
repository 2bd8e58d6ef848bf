"""
Taking positions under management: from a file's entry to the ledger's position.

    all or nothing        one transaction; every fault of every entry is told
    again, the same       no change
    again, another        refused: the ledger's and the file's content, side by side
    stopped trading       refused
    nets out              refused: one leg long and short in one account

On a paper broker the legs go into its account, too: before the ledger commits, so that
no daemon sees a position that the account lacks. A crash between the two leaves legs
that nobody manages; the same import again books nothing twice and goes on.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from botd.calendar.new_york import to_wall
from botd.domain import lots, schedule, strategy
from botd.domain.bot import Bot
from botd.domain.contract import Leg, OptionContract, ending_legs
from botd.domain.position import Position
from botd.domain.session import Sessions
from botd.errors import ConfigError, NotFoundError, StateError
from botd.ledger import Ledger, Tx, positions
from botd.service import products, wheel
from botd.settings.model import BrokerKind
from botd.settings.positions_file import UNKNOWN, PositionEntry

AccountKey = tuple[str, str]  # (broker, account)
Book = Callable[[Position], None]

_HOSTS_DIFFER = timedelta(minutes=5)  # a bot's clock may be ahead of ours


@dataclass(frozen=True, slots=True)
class Offered:
    """One entry of a file, or of a bot's standard input."""

    file: str
    entry: PositionEntry

    @property
    def where(self) -> str:
        """Name it for messages."""
        return f"{self.file}: position {self.entry.id!r}"


@dataclass(frozen=True, slots=True)
class Imported:
    """A position that stands in the ledger after an import."""

    position: Position
    is_new: bool  # False: it was there before, the same
    is_held: bool = False  # by its account already: nothing is booked


def position_of(entry: PositionEntry, bot: Bot, sessions: Sessions) -> Position:
    """
    Make the position that an entry of a positions file describes, with its T.

    Raises:
        LookupError: a leg stops trading beyond the calendar's horizon.
    """
    return lots.open_position(
        Position(
            id=entry.id,
            number=0,  # the ledger gives the next one
            bot=entry.bot,
            broker=bot.broker,
            account=bot.account,
            underlying=entry.legs[0].instrument.underlying,
            strategy=strategy.name(entry.legs),
            legs=entry.legs,
            units=entry.units,
            opened_at=entry.opened_at,
            open_net_price=entry.net_price,
            expiration=schedule.expiration_of(entry.legs, sessions),
            closes_at=schedule.closes_at(entry.legs, sessions),
            policy=entry.policy,
        )
    )


@dataclass(slots=True)
class Intake:
    """What an import needs to know of the house."""

    bots: Mapping[str, Bot]
    sessions: Sessions
    book: Book  # puts a position's legs into the account, where that is ours to do
    moved: Callable[[AccountKey, tuple[Leg, ...]], tuple[Leg, ...]] = lambda _, legs: legs
    remember: Book = lambda _: None  # sees that no later import books what is held already
    kinds: Mapping[str, BrokerKind] = field(default_factory=dict)  # of the brokers, by name
    file_faults: list[str] = field(default_factory=list)
    state_faults: list[str] = field(default_factory=list)

    def take(
        self,
        ledger: Ledger,
        offered: Iterable[Offered],
        *,
        at: datetime,
        by: str,
        first: Callable[[Tx], object] = lambda _: None,
    ) -> tuple[Imported, ...]:
        """
        Take all of *offered* into the ledger, or none.

        *first* looks at the ledger in the same transaction; what it raises takes nothing.

        Raises:
            ConfigError: entries at fault, with every fault found.
            StateError: what the ledger holds forbids it; every conflict is told.
            BrokerError: a paper account could not be written.
        """

        def work(tx: Tx) -> tuple[Imported, ...]:
            first(tx)
            self.file_faults, self.state_faults = [], []
            sides = _Sides(tx)
            found = [self._take_one(tx, one, sides, at=at, by=by) for one in offered]
            if self.file_faults:
                raise ConfigError(*self.file_faults, *self.state_faults)
            if self.state_faults:
                raise StateError("\n".join(self.state_faults))
            imported = tuple(one for one in found if one is not None)
            for one in imported:
                if one.position.is_live:
                    (self.remember if one.is_held else self.book)(one.position)
            return imported

        return ledger.write_now(work)

    def _take_one(
        self, tx: Tx, offered: Offered, sides: "_Sides", *, at: datetime, by: str
    ) -> Imported | None:
        bot = self.bots.get(offered.entry.bot)
        if bot is None:
            self.file_faults.append(f"{offered.where}: no such bot: {offered.entry.bot!r}")
            return None
        known = _known(tx, offered.entry.id)
        if known is not None:
            return self._again(tx, offered, bot, known)
        legs = self.moved((bot.broker, bot.account), offered.entry.legs)
        entry = replace(offered.entry, legs=legs)
        position = self._sound(offered, entry, bot, at)
        if position is None or not self._fits(offered, position, sides):
            return None
        policy = position.policy or bot.expiration.itm_policy
        positions.add(tx, wheel.placed(tx, position, policy), at, by=by)
        sides.note(position)
        taken = positions.get(tx, position.id)
        return Imported(taken, is_new=True, is_held=entry.is_held)

    def _again(self, tx: Tx, offered: Offered, bot: Bot, known: Position) -> Imported | None:
        """Look whether an entry says what the ledger has under its id."""
        entry, key = offered.entry, (bot.broker, bot.account)
        if differences := _differences(tx, entry, key, known, self.moved(key, entry.legs)):
            self.state_faults.append(
                f"{offered.where}: is in the ledger as position {known.number} with other "
                f"content: {'; '.join(differences)}. Give it another id, or leave it out"
            )
            return None
        return Imported(known, is_new=False, is_held=entry.is_held)

    def _sound(
        self, offered: Offered, entry: PositionEntry, bot: Bot, at: datetime
    ) -> Position | None:
        """Make the position of an entry by itself; None after a fault."""
        faults = []
        if entry.opened_at > at + _HOSTS_DIFFER:
            faults.append(f"opened_at: {entry.opened_at:%Y-%m-%dT%H:%M:%SZ} lies in the future")
        kind = self.kinds.get(bot.broker)
        misfits = (products.misfit(kind, leg.instrument) for leg in entry.legs)
        faults += [f"legs: {why}" for why in misfits if why is not None]
        try:
            for contract, _ in ending_legs(entry.legs):
                stopped_at = schedule.stops_trading_at(contract, self.sessions)
                if stopped_at <= at:
                    when = f"{to_wall(stopped_at):%Y-%m-%d %H:%M} New York"
                    faults.append(f"legs: {contract.symbol} stopped trading at {when}")
            position = position_of(entry, bot, self.sessions)
        except LookupError as error:
            faults.append(f"legs: {error}")
        self.file_faults += [f"{offered.where}: {fault}" for fault in faults]
        return None if faults else position

    def _fits(self, offered: Offered, position: Position, sides: "_Sides") -> bool:
        """Whether no leg of it nets out with another position of its account."""
        clashes = sides.clashes(position)
        self.state_faults += [f"{offered.where}: legs: {clash}" for clash in clashes]
        return not clashes


class _Sides:
    """On which side each account holds each leg, and in which position."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._held: dict[AccountKey, dict[str, tuple[bool, str]]] = {}

    def clashes(self, position: Position) -> list[str]:
        """Tell which legs are held with the other sign."""
        held = self._of(position.account_key)
        found = []
        for leg in position.legs:
            is_long, name = held.get(leg.symbol, (leg.quantity > 0, ""))
            if is_long != (leg.quantity > 0):
                here, there = ("short", "long") if is_long else ("long", "short")
                found.append(
                    f"{leg.symbol} is {here} here and {there} in {name}; "
                    "in one account they net out"
                )
        return found

    def note(self, position: Position) -> None:
        """Remember a position that has just been added."""
        self._note(self._of(position.account_key), position)

    def _of(self, key: AccountKey) -> dict[str, tuple[bool, str]]:
        if key not in self._held:
            held = self._held[key] = {}
            for known in (*positions.live(self._tx, key), *positions.unconfirmed(self._tx, key)):
                self._note(held, known)
        return self._held[key]

    @staticmethod
    def _note(held: dict[str, tuple[bool, str]], position: Position) -> None:
        for leg in lots.remaining_legs(position):
            held.setdefault(leg.symbol, (leg.quantity > 0, f"position {position.id!r}"))


def _known(tx: Tx, position_id: str) -> Position | None:
    try:
        return positions.get(tx, position_id)
    except NotFoundError:
        return None


def _differences(
    tx: Tx, entry: PositionEntry, key: AccountKey, known: Position, moved: tuple[Leg, ...]
) -> list[str]:
    """
    Tell what an entry says otherwise than the ledger did when it took the position.

    A policy that a person gave it since is no difference, nor is the session that a
    recorded day was moved to.
    """
    first = positions.events(tx, known.id)[0].changes
    pairs = (
        ("bot", known.bot, entry.bot),
        ("account", "/".join(known.account_key), "/".join(key)),
        ("opened_at", known.opened_at.isoformat(), entry.opened_at.isoformat()),
        ("units", known.units, entry.units),
        ("net_price", _price(known.open_net_price), _price(entry.net_price)),
        ("policy", first.get("policy"), None if entry.policy is None else entry.policy.value),
        ("legs", _listed(known.legs), _listed(_as_known(entry.legs, moved, known.legs))),
    )
    return [f"{name} {said} (ledger: {had})" for name, had, said in pairs if had != said]


def _price(net_price: Decimal | None) -> Decimal | str:
    return UNKNOWN if net_price is None else net_price


def _as_known(
    legs: tuple[Leg, ...], moved: tuple[Leg, ...], known: tuple[Leg, ...]
) -> tuple[Leg, ...]:
    """Move recorded legs to the session that the ledger has them on, not to today's."""
    by_shape = {_shape(leg): leg.instrument for leg in known}
    return tuple(
        replace(leg, instrument=by_shape.get(_shape(leg), after.instrument))
        if leg != after
        else leg
        for leg, after in zip(legs, moved, strict=True)
    )


def _shape(leg: Leg) -> tuple[object, ...]:
    """What a leg keeps when its recorded day is moved."""
    one = leg.instrument
    if isinstance(one, OptionContract):
        return one.root, one.right, one.strike, leg.quantity
    return one.symbol, leg.quantity


def _listed(legs: tuple[Leg, ...]) -> str:
    return ", ".join(sorted(f"{leg.symbol} {leg.quantity:+d}" for leg in legs))
