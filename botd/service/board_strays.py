"""What nobody manages, on the board: options at a broker that stop trading today."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from botd.calendar.new_york import day_of
from botd.domain.contract import Instrument, Leg, OptionContract, Shares
from botd.domain.instruments import parse_instrument
from botd.domain.label import called
from botd.domain.lots import quantities
from botd.domain.position import Position
from botd.domain.schedule import stops_trading_at
from botd.domain.session import Sessions
from botd.ledger import Tx, positions, unmanaged
from botd.ledger.unmanaged import Unmanaged
from botd.service.board_rows import Sight, standing
from botd.service.shapes import Shape, instant, money

MARK = "?"
_DOING = "NOBODY MANAGES THIS"
_COMMAND = "botd positions sync"
_RECENT = timedelta(minutes=6)  # the account is read at every attempt, five minutes apart


@dataclass(frozen=True, slots=True)
class Stray:
    """Contracts that an account holds beyond the ledger."""

    held: Unmanaged
    label: str
    threat: str  # how it stands to the market
    words: str  # how old the look at the account is, where it is old
    closes_at: datetime | None  # None: the calendar is not known
    spot: Sight | None
    doing: str = _DOING
    command: str = _COMMAND

    def shape(self) -> Shape:
        """Give the row as JSON has it: as one of a position, and what it is."""
        return {
            "mark": MARK,
            "number": None,
            "id": None,
            "label": self.label,
            "status": "unmanaged",
            "managed_by": None,
            "doing": self.doing,
            "threat": self.threat or None,
            "words": self.words or None,
            "command": self.command,
            "closes_at": instant(self.closes_at),
            "spot": None if self.spot is None else money(self.spot.price),
            "spot_at": None if self.spot is None else instant(self.spot.as_of),
            "symbol": self.held.symbol,
            "quantity": self.held.quantity,
            "as_of": instant(self.held.as_of),
        }


def read(tx: Tx, now: datetime) -> tuple[Unmanaged, ...]:
    """Read what is nobody's today, less what was taken into the ledger since that look."""
    seen = (row for row in unmanaged.get(tx) if day_of(row.as_of) == day_of(now))
    left = ((row, row.quantity - _taken_in(tx, row)) for row in seen)
    return tuple(replace(row, quantity=count) for row, count in left if row.quantity * count > 0)


def draw(
    held: Iterable[Unmanaged],
    spots: Mapping[tuple[tuple[str, str], str], Sight],
    sessions: Sessions | None,
    now: datetime,
) -> tuple[Stray, ...]:
    """Say how each stands to the market, by its underlying's spot where that is known."""
    return tuple(_stray(row, spots, sessions, now) for row in held)


def _stray(
    held: Unmanaged,
    spots: Mapping[tuple[tuple[str, str], str], Sight],
    sessions: Sessions | None,
    now: datetime,
) -> Stray:
    instrument = _instrument(held.symbol)
    spot = None
    if instrument is not None:
        spot = spots.get((held.account_key, instrument.underlying))
    threat = "" if instrument is None else _threat(instrument, spot, now)
    passed = now - held.as_of
    return Stray(
        held=held,
        label=f"{_name(instrument, held.symbol)} {held.quantity:+d}",
        threat=threat,
        words="" if passed <= _RECENT else f"seen {passed // timedelta(minutes=1)} min ago",
        closes_at=_ends_at(instrument, sessions),
        spot=spot,
    )


def _instrument(symbol: str) -> Instrument | None:
    """Read a broker's symbol; None: it is shown as it stands."""
    try:
        return parse_instrument(symbol)
    except ValueError:
        return None


def _name(instrument: Instrument | None, symbol: str) -> str:
    return symbol if instrument is None or isinstance(instrument, Shares) else called(instrument)


def _threat(instrument: Instrument, spot: Sight | None, now: datetime) -> str:
    contracts = (instrument,) if isinstance(instrument, OptionContract) else ()
    return standing((Leg(instrument, 1),), contracts, spot, now)[0]


def _ends_at(instrument: Instrument | None, sessions: Sessions | None) -> datetime | None:
    """Tell when it stops trading; None: never, or nobody knows."""
    if sessions is None or instrument is None or isinstance(instrument, Shares):
        return None
    try:
        return stops_trading_at(instrument, sessions)
    except LookupError:
        return None


def _taken_in(tx: Tx, row: Unmanaged) -> int:
    """Count what positions hold of it that the look at the account did not know yet."""
    return sum(
        quantities(one).get(row.symbol, 0)
        for one in positions.live(tx, row.account_key)
        if _is_younger(tx, one, row.as_of)
    )


def _is_younger(tx: Tx, position: Position, at: datetime) -> bool:
    first, *_ = positions.events(tx, position.id)
    return first.at > at
