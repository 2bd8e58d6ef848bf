"""
A recorded day through the same engine: only clock, loop and broker differ.

The day is played from the opening to the next morning's reconcile, in virtual time, so
that every outcome that the paper broker can show is there when it ends.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from botd.brokers.paper.adapter import PaperBroker
from botd.brokers.paper.faults import Fault, fault_of
from botd.brokers.paper.pack import Pack
from botd.brokers.paper.pack_files import SAMPLE, load_pack
from botd.brokers.paper.store import Store
from botd.clock import VirtualClock, VirtualTimeLoop
from botd.domain import lots
from botd.domain.bot import Bot
from botd.domain.position import Position
from botd.domain.session import Session, Sessions
from botd.engine.loop import AccountEngine
from botd.errors import ConfigError, LedgerError, RefusalReason, StateError
from botd.ledger import Ledger, Tx, open_ledger, positions
from botd.service import intake, requests, wiring
from botd.service.wiring import AccountKey, Surroundings
from botd.settings.positions_file import PositionEntry, PositionsFile, parse_positions
from botd.settings.scenario import Happening, Scenario

POSITIONS_FILE = "positions.toml"
PAPER = "paper"

_AFTER_MORNING = timedelta(minutes=6)
_LOOK = timedelta(seconds=1)
_TRADER = "trader"

log = structlog.get_logger("botd.replay")

Act = tuple[datetime, Scenario]  # what a person does, and when


@dataclass(frozen=True, slots=True)
class Script:
    """What is played: a recorded day, a book, and what is made to happen."""

    pack: Pack
    session: Session
    sessions: Sessions
    positions: PositionsFile
    book: tuple[Position, ...]
    bots: Mapping[str, Bot]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Played:
    """A day that was played to its end; whoever asked for it closes the ledger."""

    script: Script
    ledger: Ledger
    notes: list[str] = field(default_factory=list)  # of the script, and of the day
    ended_at: datetime | None = None


def prepare(
    pack_folder: Path | None,
    positions_file: Path | None,
    bots: Mapping[str, Bot],
    sessions: Sessions,
) -> Script:
    """
    Read what is to be played; the packaged sample where no folder is given.

    A bot that is not among *bots* gets the defaults, and a note says so.

    Raises:
        ConfigError: the pack or the positions file is at fault, or there is none; every
            fault of the file is told.
    """
    folder = pack_folder or SAMPLE
    pack = load_pack(folder)
    session = _session_of(folder, pack, sessions)
    file = positions_file or folder / POSITIONS_FILE
    if not file.is_file():
        raise ConfigError(
            f"{file}: no such positions file; a pack without one needs --positions FILE"
        )
    book = parse_positions(file.read_bytes(), str(file), bots=bots, must_know_bots=False)
    unknown = sorted({entry.bot for entry in book.entries} - set(bots))
    on_paper = _on_paper(bots.values()) | {name: Bot(name, PAPER, PAPER) for name in unknown}
    held = _held(file, book.entries, on_paper, sessions)
    notes = (
        *(f"{folder}: {count} {what} left out" for what, count in pack.skipped.items()),
        *(f"bot {name!r} is in no file: it gets the defaults" for name in unknown),
        *(
            f"position {one.id!r} stopped trading before the day"
            for one in held
            if one.closes_at is not None and one.closes_at <= session.opens_at
        ),
    )
    return Script(pack, session, sessions, book, held, on_paper, notes)


def play(
    script: Script,
    ledger_url: str = "sqlite://",
    *,
    speed: float | None = None,
    watch: Callable[[VirtualClock], None] | None = None,
) -> Played:
    """
    Play a day to its end.

    Args:
        script: from `prepare`.
        ledger_url: a ledger of its own; in memory unless it is to be kept.
        speed: times real time; None: as fast as it goes.
        watch: is told the clock before anything happens, to show the day live.

    Raises:
        LedgerError: the ledger cannot be made or written; the day is broken off.
        StateError: the ledger holds positions already.
    """
    played = Played(script, open_ledger(ledger_url, create=True, threaded=False))
    played.notes.extend(script.notes)
    try:
        with closing(VirtualTimeLoop(script.session.opens_at, speed=speed)) as loop:
            clock = VirtualClock(loop)
            if watch is not None:
                watch(clock)
            _run(loop, _play(played, clock))
    except BaseException:
        played.ledger.close()
        raise
    return played


def _run(loop: VirtualTimeLoop, work: Coroutine[Any, Any, None]) -> None:
    """Run *work* to its end; where it is broken off, let it end what it has begun."""
    task = loop.create_task(work)
    try:
        loop.run_until_complete(task)
    except BaseException:
        task.cancel()
        with suppress(asyncio.CancelledError, RuntimeError):  # nothing may hide the first error
            loop.run_until_complete(asyncio.wait((task,)))
        raise


def _session_of(folder: Path, pack: Pack, sessions: Sessions) -> Session:
    try:
        session = sessions.on(pack.day)
    except LookupError as error:
        raise ConfigError(f"{folder}: {error}") from error
    if session is None:
        raise ConfigError(f"{folder}: {pack.day} is no session of the calendar")
    return session


def _on_paper(bots: Iterable[Bot]) -> dict[str, Bot]:
    """
    Give configured bots with the replay's own broker.

    An account keeps its name, unless two brokers have one of that name.
    """
    brokers = defaultdict[str, set[str]](set)
    given = tuple(bots)
    for bot in given:
        brokers[bot.account].add(bot.broker)
    return {
        bot.name: replace(
            bot,
            broker=PAPER,
            account=bot.account
            if len(brokers[bot.account]) == 1
            else f"{bot.broker}-{bot.account}",
        )
        for bot in given
    }


def _held(
    file: Path, entries: Iterable[PositionEntry], bots: Mapping[str, Bot], sessions: Sessions
) -> tuple[Position, ...]:
    """Make the positions of a file, telling every fault of every entry."""
    held: list[Position] = []
    faults: list[str] = []
    for entry in entries:
        try:
            held.append(intake.position_of(entry, bots[entry.bot], sessions))
        except LookupError as error:
            faults.append(f"{file}: position {entry.id!r}: legs: {error}")
    if faults:
        raise ConfigError(*faults)
    return tuple(held)


async def _play(played: Played, clock: VirtualClock) -> None:
    script = played.script
    around = Surroundings(played.ledger, clock, script.sessions, "replay")
    _import(played.ledger, script.book, clock.now())
    with ExitStack() as opened:
        engines = [
            AccountEngine(wiring.make_desk(key, broker, around, script.bots.values()))
            for key, broker in _open_brokers(script, clock, opened).items()
        ]
        try:
            await _drive(played, engines, clock, _acts(script))
        finally:
            for engine in engines:
                await engine.stop()
    played.ended_at = clock.now()


def _import(ledger: Ledger, book: tuple[Position, ...], at: datetime) -> None:
    def work(tx: Tx) -> None:
        if positions.find(tx, positions.PositionQuery(), 1, 1).total:
            raise StateError("the ledger holds positions; a replay needs a new one of its own")
        for position in book:
            positions.add(tx, position, at)

    ledger.write_now(work)


def _open_brokers(
    script: Script, clock: VirtualClock, opened: ExitStack
) -> dict[AccountKey, PaperBroker]:
    """
    Open one paper account for each account that the bots trade, holding its positions.

    They are closed with *opened*.
    """
    faults = _faults(script)
    brokers = {
        key: PaperBroker(
            opened.enter_context(closing(Store())),
            script.pack,
            clock,
            script.sessions,
            account=key[1],
        )
        for key in sorted({position.account_key for position in script.book})
    }
    for position in script.book:
        broker = brokers[position.account_key]
        broker.book(lots.quantities(position), key=position.id)
    for key, fault in faults:
        brokers[key].plan(fault)
    return brokers


def _faults(script: Script) -> list[tuple[AccountKey, Fault]]:
    """List what goes wrong at the brokers."""
    by_id = {position.id: position for position in script.book}
    found = []
    for scenario in script.positions.scenarios:
        if scenario.do in _PEOPLE or scenario.position is None:
            continue
        position = by_id[scenario.position]
        fault = fault_of(
            scenario.do.value,
            _instant(scenario, position, script.session),
            position.legs,
            leg=scenario.leg,
            units=scenario.units,
            late=scenario.late or timedelta(0),
            reason=scenario.refusal or RefusalReason.OTHER,
            message=scenario.message,
            code=scenario.code,
            net_price=scenario.net_price,
        )
        found.append((position.account_key, fault))
    return found


_PEOPLE = frozenset({Happening.TAKE, Happening.RELEASE, Happening.HALT, Happening.RESUME})


def _instant(scenario: Scenario, position: Position | None, session: Session) -> datetime:
    if isinstance(scenario.at, datetime):
        return scenario.at
    closes_at = position.closes_at if position is not None else None
    return (closes_at or session.closes_at) + scenario.at


def _acts(script: Script) -> list[Act]:
    """List what people do during the day, in order."""
    by_id = {position.id: position for position in script.book}
    found = [
        (_instant(one, by_id.get(one.position or ""), script.session), one)
        for one in script.positions.scenarios
        if one.do in _PEOPLE
    ]
    return sorted(found, key=lambda pair: pair[0])


async def _drive(
    played: Played, engines: list[AccountEngine], clock: VirtualClock, acts: list[Act]
) -> None:
    """Wake the engines whenever something is due, until the next morning is over."""
    session = played.script.session
    until = played.script.sessions.after(session.day).opens_at + _AFTER_MORNING
    for engine in engines:
        await engine.start(clock.now() + timedelta(minutes=1))
    while clock.now() < until:
        while acts and acts[0][0] <= clock.now():
            _act(played, acts.pop(0)[1], clock.now(), engines)
            for engine in engines:
                await engine.refresh()
        for engine in engines:
            await engine.wake()
        _raise_fault(engines)
        await clock.sleep_until(_next_instant(engines, clock.now(), until, acts))
    for engine in engines:
        await engine.settled()
    _raise_fault(engines)


def _raise_fault(engines: list[AccountEngine]) -> None:
    """Break the day off where its record fails: it would not be what is played."""
    for engine in engines:
        if engine.fault is not None:
            raise LedgerError(engine.fault)


def _next_instant(
    engines: list[AccountEngine],
    now: datetime,
    until: datetime,
    acts: list[Act],
) -> datetime:
    instants = [until, *(at for at, _ in acts[:1])]
    for engine in engines:
        if engine.is_busy:
            instants.append(now + _LOOK)
        elif (at := engine.next_at()) is not None:
            instants.append(at if at > now else now + _LOOK)
    return min(instants)


def _act(played: Played, scenario: Scenario, at: datetime, engines: list[AccountEngine]) -> None:
    """
    Do what a person does in the scenario, through the same rows as the command line.

    What the state forbids is refused, as it is there, and the day goes on.
    """
    name = scenario.position or ""
    reason = scenario.reason or ""
    accounts = [engine.desk.key for engine in engines]

    def work(tx: Tx) -> None:
        match scenario.do:
            case Happening.TAKE:
                requests.take(tx, name, by=_TRADER, reason=reason, at=at)
            case Happening.RELEASE:
                requests.release(tx, name, by=_TRADER, at=at, try_now=False)
            case Happening.HALT:
                requests.halt(tx, accounts, reason=reason, by=_TRADER, at=at, keep_working=False)
            case Happening.RESUME:
                requests.resume(tx, by=_TRADER, at=at)
            case _:
                raise ValueError(f"{scenario.do.value!r} is not done by a person")

    what = {"do": scenario.do.value, "position": scenario.position, "by": _TRADER}
    try:
        played.ledger.write_now(work)
    except StateError as error:
        log.warning("person_refused", **what, error=str(error))
        played.notes.append(f"{scenario.do.value} {name}: refused: {error}".replace(" :", ":"))
    else:
        log.info("person", **what, reason=reason)
