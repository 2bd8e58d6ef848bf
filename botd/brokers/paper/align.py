"""Move a recorded day onto another session, so that it can be lived through."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from botd.brokers.paper.pack import Pack, Tape
from botd.domain.contract import Instrument, OptionContract
from botd.domain.session import Session, Sessions
from botd.errors import ConfigError


def align(pack: Pack, session: Session, recorded_close: datetime | None = None) -> Pack:
    """
    Move every instant so that the pack's close falls on *session*'s close.

    Contracts are re-dated with it (`redate`).
    *recorded_close* is used where the pack does not tell its own.

    Raises:
        ConfigError: nobody knows when the recorded session closed.
    """
    closed_at = pack.closes_at or recorded_close
    if closed_at is None:
        raise ConfigError(f"{pack.name}: meta.json needs session_close_utc to be moved")
    shift = session.closes_at - closed_at
    contracts = {
        symbol: redate(contract, pack.day, session.day)
        for symbol, contract in pack.contracts.items()
    }
    redated = {
        symbol: contract.symbol
        for symbol, contract in contracts.items()
        if contract.symbol != symbol
    }
    return replace(
        pack,
        day=session.day,
        contracts={contract.symbol: contract for contract in contracts.values()},
        tapes={
            (symbol := redated.get(old, old)): _move(tape, symbol, shift)
            for old, tape in pack.tapes.items()
        },
        trades=tuple(replace(trade, traded_at=trade.traded_at + shift) for trade in pack.trades),
        underlying_tape=pack.underlying_tape
        and _move(pack.underlying_tape, pack.underlying, shift),
        closes_at=session.closes_at,
        redated=redated,
    )


def redate(contract: OptionContract, recorded: date, day: date) -> OptionContract:
    """
    Give the contract that plays its part when *recorded* is moved to *day*.

    What expired on the recorded day expires on the other (GOOG151224P00740000 becomes
    GOOG261127P00740000). A later contract keeps its distance in days, and expires on the
    Monday where that is a weekend; an earlier one keeps its date.
    """
    distance = contract.expiration - recorded
    if distance < timedelta(0):
        return contract
    moved = day + distance
    if distance and moved.weekday() >= _SATURDAY:
        moved += timedelta(days=7 - moved.weekday())
    return replace(contract, expiration=moved)


def _move(tape: Tape, symbol: str, shift: timedelta) -> Tape:
    return replace(tape, moved_by=(tape.moved_by or timedelta(0)) + shift, symbol=symbol)


_SATURDAY = 5  # as Python counts weekdays
_DAYS_KEPT = 3  # moved packs in memory: today's, and those of contracts that end later
_BEHIND_UTC = timedelta(hours=5)  # at most, in New York: no evening belongs to the next day


@dataclass(frozen=True, slots=True)
class Shown:
    """The day that the exchange shows at an instant."""

    pack: Pack
    session: Session


class Feed:
    """
    Which recorded day is shown when.

    A fixed pack shows its own session. An aligned one is moved to the session of
    each day that has one, and to the latest one before on the days between.
    """

    def __init__(self, pack: Pack, sessions: Sessions, *, is_aligned: bool = False) -> None:
        self.recorded = pack
        self._sessions = sessions
        self._fixed = None if is_aligned else Shown(pack, _session_of(pack, sessions))
        self._moved: dict[date, Shown] = {}

    def at(self, instant: datetime) -> Shown:
        """
        Give the day shown at *instant*.

        Raises:
            LookupError: an aligned pack, and an instant beyond the calendar.
        """
        if self._fixed is not None:
            return self._fixed
        session = self._sessions.containing_day(instant)
        if session is None:
            session = self._sessions.on_or_before((instant - _BEHIND_UTC).date())
        if session.day not in self._moved:
            while len(self._moved) >= _DAYS_KEPT:
                del self._moved[next(iter(self._moved))]
            self._moved[session.day] = Shown(align(self.recorded, session), session)
        return self._moved[session.day]

    def redate(self, instrument: Instrument, now: datetime) -> Instrument:
        """
        Give the instrument that plays a recorded one's part from *now* on.

        Of an aligned pack that is the contract of the session that closes next; a fixed
        pack, and shares, stay as they are.

        Raises:
            LookupError: an aligned pack, and an instant beyond the calendar.
        """
        if self._fixed is not None or not isinstance(instrument, OptionContract):
            return instrument
        session = self._sessions.containing_day(now)
        if session is None or session.closes_at <= now:
            session = self._sessions.after((now - _BEHIND_UTC).date())
        return redate(instrument, self.recorded.day, session.day)


def _session_of(pack: Pack, sessions: Sessions) -> Session:
    try:
        session = sessions.on(pack.day)
    except LookupError as fault:
        raise ConfigError(f"{pack.name}: {fault}") from fault
    if session is None:
        raise ConfigError(f"{pack.name}: {pack.day} is no session of the calendar")
    return session
