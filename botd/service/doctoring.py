"""
`botd doctor`: everything that is looked at, and in which order it is told.

Brokers and channels are asked side by side, each for a bounded time. No order is sent, and
the ledger is only read.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from botd.brokers.port import Broker
from botd.calendar.load import CalendarLoad
from botd.clock import Clock
from botd.domain.position import Position
from botd.domain.session import Sessions
from botd.errors import BotdError, BrokerError, ConfigError, NotFoundError
from botd.ledger import Tx, open_ledger, positions
from botd.service import anchors, cards, doctor_account, inspection, wiring
from botd.service import doctor_house as house
from botd.service.doctor import Cause, Finding, Report, report
from botd.service.doctor_answers import Patient
from botd.service.doctor_house import Channels
from botd.service.inspection import Standing
from botd.service.lock import Holder
from botd.service.rules import Rules
from botd.settings.model import BrokerSettings, PaperSettings, Settings

Connect = Callable[[BrokerSettings, str, Path, Clock, Sessions], Broker]

_LET_GO = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Visit:
    """What a look needs."""

    settings: Settings
    calendar: CalendarLoad | str  # a text: why there is none
    clock: Clock
    holder: Holder | None
    channels: Channels
    is_sending: bool = False  # a test message on every channel
    connect: Connect = wiring.connect


@dataclass(frozen=True, slots=True)
class _Held:
    """What the ledger knows; without a ledger nothing."""

    live: tuple[Position, ...] = ()
    standing: Standing | None = None


async def look(visit: Visit) -> Report:
    """Look at everything; brokers take ten seconds at most, all of them together."""
    settings = visit.settings
    held = _held(visit)
    patients = _patients(settings, held.live)
    asked = (house.of_channels(settings, visit.channels, is_sending=visit.is_sending),)
    told, *accounts = await asyncio.gather(*asked, *(_account(visit, one) for one in patients))
    waiting = () if held.standing is None else house.of_standing(held.standing)
    found: Iterable[Finding] = (
        house.of_daemon(visit.holder),
        house.of_settings(settings),
        *(one for findings in accounts for one in findings),
        house.of_calendar(visit.calendar, visit.clock),
        house.of_ledger(settings),
        *waiting,
        house.of_state_dir(settings.state_dir),
        house.of_disk(settings.state_dir),
        *told,
    )
    return report(found)


def _held(visit: Visit) -> _Held:
    now, rules = visit.clock.now(), Rules.of(visit.settings)

    def work(tx: Tx) -> _Held:
        return _Held(positions.live(tx), inspection.standing(tx, rules, now))

    try:
        ledger = open_ledger(visit.settings.ledger_url, threaded=False)
    except (BotdError, NotFoundError):
        return _Held()  # why is told by its own check
    try:
        return ledger.read_now(work)
    except BotdError:
        return _Held()
    finally:
        ledger.close()


def _patients(settings: Settings, live: tuple[Position, ...]) -> tuple[Patient, ...]:
    keys = wiring.accounts_of(settings, (one.account_key for one in live))
    return tuple(
        Patient(
            key,
            settings.brokers[key[0]],
            tuple(one for one in live if one.account_key == key),
        )
        for key in keys
    )


async def _account(visit: Visit, patient: Patient) -> tuple[Finding, ...]:
    cutoff = _cutoff(visit.settings, patient)
    if (unopened := _unopened(visit, patient)) is not None:
        return (unopened, cutoff)
    if isinstance(visit.calendar, str):
        words = "not asked: no calendar is known to compare its own with"
        return (patient.notes.warn("answer", words, "botd calendar"), cutoff)
    sessions = visit.calendar.sessions
    try:
        broker = visit.connect(
            patient.chosen, patient.key[1], visit.settings.state_dir, visit.clock, sessions
        )
    except (ConfigError, BrokerError) as error:
        cause = Cause.CONFIG if isinstance(error, ConfigError) else Cause.WORLD
        return (patient.notes.fault("answer", str(error), patient.table, cause), cutoff)
    try:
        found = await doctor_account.examine(patient, broker, visit.clock, sessions)
    finally:
        await _let_go(broker, visit.clock)
    return (*found, cutoff)


def _unopened(visit: Visit, patient: Patient) -> Finding | None:
    """Say why an account is not asked at all; None: it is."""
    chosen, notes = patient.chosen, patient.notes
    if not isinstance(chosen, PaperSettings):
        faults = (secret.fault() for secret in chosen.credentials)
        said = "; ".join(fault for fault in faults if fault is not None)
        return (
            notes.fault("answer", f"not asked: {said}", "botd check", Cause.CONFIG)
            if said
            else None
        )
    path = wiring.paper_file(chosen, patient.key[1], visit.settings.state_dir)
    if path.exists():
        return None
    return notes.ok("answer", "a paper account that its first start makes")


async def _let_go(broker: Broker, clock: Clock) -> None:
    try:
        await clock.within(broker.aclose(), clock.now() + _LET_GO)
    except (TimeoutError, BrokerError):
        return  # what was found counts; the process ends soon


def _cutoff(settings: Settings, patient: Patient) -> Finding:
    """Say when the broker may act on its own, and whether the bots know it."""
    notes, chosen = patient.notes, patient.chosen
    unsaid = [
        one
        for one in anchors.differences(settings)
        if (one.bot.broker, one.bot.account) == patient.key
    ]
    if unsaid:
        help_ = f"{unsaid[0].file}: expiration.anchor"
        if faults := "; ".join(str(one) for one in unsaid if one.is_fault):
            return notes.fault("cut-off", faults, help_, Cause.CONFIG)
        return notes.warn("cut-off", "; ".join(one.brief() for one in unsaid), help_)
    cutoff = cards.cutoff_of(chosen)
    if cutoff is None:
        return notes.ok("cut-off", "none of its own is known")
    return notes.ok("cut-off", f"it may act from {cutoff:%H:%M} New York on, as the bots know")
