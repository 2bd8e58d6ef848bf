"""The calendar, day by day: sessions, closes, attempts; and when a contract trades last."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from botd.domain import occ, schedule
from botd.domain.bot import Expiration
from botd.domain.contract import OptionContract, Right, RootSpec
from botd.domain.roots import CRYPTO_ASSETS, crypto_spec, spec_of
from botd.domain.session import Session, Sessions
from botd.service.shapes import Shape, instant

_AROUND_THE_CLOCK = "24/7"


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the calendar, or the last trading day of what expires on it."""

    day: date
    kind: str  # "full", "half", "closed", "24/7"
    closes_at: datetime | None
    attempts: tuple[tuple[str, datetime], ...]  # lead and instant, in order
    last_trading_day: date | None = None  # only with a root

    def shape(self) -> Shape:
        """Give the day as JSON has it."""
        shape: Shape = {
            "date": self.day.isoformat(),
            "kind": self.kind,
            "closes_at": instant(self.closes_at),
            "attempts": {lead: instant(at) for lead, at in self.attempts},
        }
        if self.last_trading_day is not None:
            shape["last_trading_day"] = self.last_trading_day.isoformat()
        return shape


def root_named(text: str) -> RootSpec:
    """
    Give the rules of an option root; `BTC` and `ETH` are the ones around the clock.

    Raises:
        ValueError: no root is written like that.
    """
    if text in CRYPTO_ASSETS:
        return crypto_spec(text)
    try:
        occ.parse(f"{text}151224C00001000")
    except ValueError:
        raise ValueError(f"{text!r} is no option root; roots look like SPX, SPXW, GOOG") from None
    return spec_of(text)


def days(first: date, last: date, sessions: Sessions, root: RootSpec | None = None) -> list[Day]:
    """
    List the days from *first* to *last*; with a *root*, each read as an expiration date.

    Raises:
        LookupError: a day lies outside the calendar's horizon.
    """
    count = (last - first).days + 1
    each = (first + timedelta(days=passed) for passed in range(count))
    if root is None:
        return [_day(day, sessions.on(day)) for day in each]
    return [_expiration(day, root, sessions) for day in each]


def kind_of(session: Session | None) -> str:
    """Name a day: `full`, `half` or `closed`."""
    if session is None:
        return "closed"
    return "half" if session.early_close else "full"


def _day(day: date, session: Session | None) -> Day:
    closes_at = None if session is None else session.closes_at
    return Day(day, kind_of(session), closes_at, _attempts(closes_at))


def _expiration(day: date, root: RootSpec, sessions: Sessions) -> Day:
    contract = OptionContract(root, day, Right.CALL, Decimal(1))
    closes_at = schedule.stops_trading_at(contract, sessions)
    last = schedule.last_trading_day(contract, sessions)
    is_fixed = root.ends_at_utc is not None
    kind = _AROUND_THE_CLOCK if is_fixed else kind_of(sessions.on(last))
    return Day(day, kind, closes_at, _attempts(closes_at), last)


def _attempts(closes_at: datetime | None) -> tuple[tuple[str, datetime], ...]:
    """Count the attempts back that a bot makes unless its file says otherwise."""
    if closes_at is None:
        return ()
    found = schedule.attempt_times((closes_at,), Expiration(), None)
    return tuple((one.lead, one.due_at) for one in found)
