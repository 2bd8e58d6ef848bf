"""
What a broker's answers mean, judged without asking anything.

    account     another number or environment than the configured one: FAULT
    trading     blocked, or a spread held without the level that trades it: FAULT
    clock       more than 1 s off: warn; more than 5 s: FAULT (DESIGN 1.1)
    calendar    another close, or another day off: FAULT
    quotes      none while the market is open: FAULT; delayed or modified: warn
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from botd.brokers.port import AccountState, SessionHours
from botd.calendar.new_york import to_wall
from botd.domain.contract import option_legs
from botd.domain.orders import Holding
from botd.domain.position import Position
from botd.domain.quote import MarketView
from botd.domain.session import Session
from botd.service.doctor import Finding, Notebook
from botd.settings.model import BrokerSettings

SPREADS = 3  # the options level that trades them, as the port has it

_WARN_SKEW = timedelta(seconds=1)
_FAULT_SKEW = timedelta(seconds=5)
_STALE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Patient:
    """One account as it is configured, with what the ledger says that it holds."""

    key: tuple[str, str]
    chosen: BrokerSettings
    held: tuple[Position, ...] = ()

    @property
    def notes(self) -> Notebook:
        """Write about it by the name that halts and pages have for it."""
        return Notebook("/".join(self.key))

    @property
    def table(self) -> str:
        """Name its table in botd.toml."""
        return f"botd.toml: brokers.{self.chosen.name}"


def of_account(patient: Patient, state: AccountState) -> tuple[Finding, ...]:
    """Say whose account it is, and whether it can close what is held."""
    notes, wanted = patient.notes, patient.chosen.environment.value
    found = f"{state.account}, {state.environment.value}"
    if (state.account, state.environment.value) != (patient.key[1], wanted):
        words = f"the credentials open {found}; configured is {patient.key[1]}, {wanted}"
        return (notes.fault("account", words, f"{patient.table}, or account in the bot's file"),)
    return (notes.ok("account", f"{found}, {patient.chosen.mode.value}"), _trading(patient, state))


def _trading(patient: Patient, state: AccountState) -> Finding:
    notes, level = patient.notes, state.options_level
    if not state.can_trade or state.blocked:
        words = "; ".join(state.blocked) or "the broker says that it may not trade"
        return notes.fault("trading", words, "the broker's support")
    spreads = [one for one in patient.held if len(option_legs(one.legs)) > 1]
    if level is None:
        return notes.ok("trading", "it may trade; the broker tells no options level")
    words = f"options level {level}"
    if level == 0 or (level < SPREADS and spreads):
        need = f"; {len(spreads)} spreads are held, which need {SPREADS}" if spreads else ""
        return notes.fault("trading", f"{words}{need}", "the broker: ask for a higher level")
    if level < SPREADS:
        words = f"{words}: closes single legs; spreads need {SPREADS}"
        return notes.warn("trading", words, "the broker: ask for a higher level")
    return notes.ok("trading", words)


def of_clock(notes: Notebook, asked_at: datetime, told_at: datetime, as_of: datetime) -> Finding:
    """Compare the host's clock with the broker's, as far as the answer's way lets it be told."""
    way = (told_at - asked_at) / 2
    skew = asked_at + way - as_of
    least = max(abs(skew) - way, timedelta())
    side = "ahead of" if skew > timedelta() else "behind"
    words = f"{abs(skew).total_seconds():.1f} s {side} the broker's"
    if least > _FAULT_SKEW:
        return notes.fault("clock", words, "timedatectl status")
    if least > _WARN_SKEW:
        return notes.warn("clock", words, "timedatectl status")
    return notes.ok("clock", words)


def of_holdings(notes: Notebook, holdings: Iterable[Holding], orders: int) -> Finding:
    """Say that positions and orders can be read, and how many there are."""
    count = len(tuple(holdings))
    return notes.ok("reads", f"{count} holdings, {orders} orders of the day")


def of_calendar(
    notes: Notebook,
    ours: Mapping[date, Session | None],
    theirs: Mapping[date, SessionHours | None],
) -> Finding:
    """Compare our calendar with the broker's, day by day."""
    told = {day: hours for day, hours in theirs.items() if hours is not None}
    if not told:
        return notes.ok("calendar", "the broker tells none")
    odd = [
        f"{day}: ours {_close(our_close)}, the broker's {_close(told[day].closes_at)}"
        for day, session in sorted(ours.items())
        if day in told
        and (our_close := None if session is None else session.closes_at) != told[day].closes_at
    ]
    if odd:
        return notes.fault("calendar", "; ".join(odd), "calendar.toml: [[override]]")
    count = sum(session is not None for session in ours.values())
    return notes.ok("calendar", f"agrees on the next {count} sessions, to {max(ours)}")


def _close(at: datetime | None) -> str:
    return "closed" if at is None else f"{to_wall(at):%H:%M}"


def of_quotes(
    notes: Notebook,
    view: MarketView,
    asked: frozenset[str],
    session: Session | None,
    now: datetime,
) -> Finding:
    """Say whether quotes arrive, and of which kind they are."""
    is_open = session is not None and session.opens_at <= now < session.closes_at
    shown = {**view.quotes, **view.underlying_quotes}
    missing = sorted(asked - shown.keys() - view.last_trades.keys())
    instants = [one.quoted_at for one in shown.values()]
    instants += [trade.traded_at for trade in view.last_trades.values()]
    if not instants:
        words = f"none of {', '.join(missing)}"
        if is_open:
            return notes.fault("quotes", words, "botd plan")
        return notes.ok("quotes", f"{words}; the market is closed")
    age = max(now - max(instants), timedelta())
    words = f"{len(asked) - len(missing)} of {len(asked)}, the newest {_age(age)} old"
    if any(one.is_indicative for one in shown.values()):
        words = f"indicative (delayed or modified): {words}"
        return notes.warn("quotes", words, "a subscription to real-time quotes at the broker")
    if is_open and (missing or age > _STALE):
        lacks = f"; none of {', '.join(missing)}" if missing else ""
        return notes.warn("quotes", f"{words}{lacks}", "botd plan")
    return notes.ok("quotes", f"real-time: {words}" if is_open else f"{words}; closed now")


def _age(age: timedelta) -> str:
    seconds = age.total_seconds()
    if seconds < 120:  # noqa: PLR2004 - two minutes
        return f"{seconds:.0f} s"
    minutes = int(seconds // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"  # noqa: PLR2004 - two hours
