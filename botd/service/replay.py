"""
A recorded day through the same engine: only clock, loop and broker differ.

The day is played from the opening to the next morning's reconcile, in virtual time, so
that every outcome that the paper broker can show is there when it ends.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from botd.brokers.paper.adapter import PaperBroker
from botd.brokers.paper.align import Feed
from botd.brokers.paper.faults import fault_of
from botd.brokers.paper.pack import Pack
from botd.brokers.paper.pack_files import SAMPLE, load_pack
from botd.brokers.paper.store import Store
from botd.clock import VirtualClock, VirtualTimeLoop
from botd.domain.bot import Bot
from botd.domain.position import Position
from botd.domain.session import Session, Sessions
from botd.engine.loop import AccountEngine
from botd.errors import ConfigError, RefusalReason
from botd.ledger import Ledger, Tx, open_ledger, positions
from botd.service import intake, requests, wiring
from botd.service.wiring import AccountKey, Surroundings
from botd.settings.positions_file import PositionsFile, parse_positions
from botd.settings.scenario import Happening, Scenario

POSITIONS_FILE = "positions.toml"
PAPER = "paper"

_AFTER_MORNING = timedelta(minutes=6)
_LOOK = timedelta(seconds=1)
_BY = "scenario"
_TRADER = "trader"


@dataclass(frozen=True, slots=True)
class Script:
    """What is played: a recorded day, a book, and what is made to happen."""

    pack: Pack
    session: Session
    sessions: Sessions
    positions: PositionsFile
    bots: Mapping[str, Bot]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Played:
    """A day that was played to its end."""

    script: Script
    ledger: Ledger
    feeds: dict[AccountKey, Feed] = field(default_factory=dict)
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
        ConfigError: the pack or the positions file is at fault, or there is none.
    """
    folder = pack_folder or SAMPLE
    pack = load_pack(folder)
    session = sessions.on(pack.day)
    if session is None:
        raise ConfigError(f"{folder}: {pack.day} is no session of the calendar")
    file = positions_file or folder / POSITIONS_FILE
    if not file.is_file():
        raise ConfigError(
            f"{file}: no such positions file; a pack without one needs --positions FILE"
        )
    book = parse_positions(file.read_bytes(), str(file), bots=bots, must_know_bots=False)
    unknown = sorted({entry.bot for entry in book.entries} - set(bots))
    on_paper = {name: _on_paper(bot) for name, bot in bots.items()}
    on_paper |= {name: Bot(name, PAPER, PAPER) for name in unknown}
    notes = tuple(f"bot {name!r} is in no file: it gets the defaults" for name in unknown)
    return Script(pack, session, sessions, book, on_paper, notes)


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
    """
    played = Played(script, open_ledger(ledger_url, create=True, threaded=False))
    loop = VirtualTimeLoop(script.session.opens_at, speed=speed)
    with closing(loop):
        clock = VirtualClock(loop)
        if watch is not None:
            watch(clock)
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(_play(played, clock))
        finally:
            asyncio.set_event_loop(None)
    return played


def _on_paper(bot: Bot) -> Bot:
    """Give a configured bot with the replay's own broker; its account keeps its name."""
    return Bot(bot.name, PAPER, bot.account, bot.expiration, bot.pricing)


async def _play(played: Played, clock: VirtualClock) -> None:
    script = played.script
    around = Surroundings(played.ledger, clock, script.sessions, "replay")
    book = tuple(
        intake.position_of(entry, script.bots[entry.bot], script.sessions)
        for entry in script.positions.entries
    )
    _import(played.ledger, book, clock.now())
    brokers = _open_brokers(script, book, clock)
    played.feeds = {key: broker.feed for key, broker in brokers.items()}
    engines = [
        AccountEngine(wiring.make_desk(key, broker, around, script.bots.values()))
        for key, broker in brokers.items()
    ]
    await _drive(played, engines, clock, _people(script, book))
    for engine in engines:
        await engine.stop()
    played.ended_at = clock.now()


def _import(ledger: Ledger, book: tuple[Position, ...], at: datetime) -> None:
    def work(tx: Tx) -> None:
        for position in book:
            positions.add(tx, position, at)

    ledger.write_now(work)


def _open_brokers(
    script: Script, book: tuple[Position, ...], clock: VirtualClock
) -> dict[AccountKey, PaperBroker]:
    """Open one paper account for each account that the bots trade, holding its positions."""
    accounts = sorted({position.account_key for position in book}) or [(PAPER, PAPER)]
    brokers = {
        key: PaperBroker(Store(), script.pack, clock, script.sessions, account=key[1])
        for key in accounts
    }
    by_id = {position.id: position for position in book}
    for position in book:
        quantities: dict[str, int] = {}
        for leg in position.legs:
            quantity = quantities.get(leg.symbol, 0) + leg.quantity * position.units
            quantities[leg.symbol] = quantity
        brokers[position.account_key].book(quantities, key=position.id)
    for scenario in script.positions.scenarios:
        if scenario.do in _PEOPLE or scenario.position is None:
            continue
        position = by_id[scenario.position]
        at = _instant(scenario, position, script.session)
        fault = fault_of(
            scenario.do.value,
            at,
            position.legs,
            leg=scenario.leg,
            units=scenario.units,
            late=scenario.late or timedelta(0),
            reason=scenario.refusal or RefusalReason.OTHER,
            message=scenario.message,
            code=scenario.code,
            net_price=scenario.net_price,
        )
        brokers[position.account_key].plan(fault)
    return brokers


_PEOPLE = frozenset({Happening.TAKE, Happening.RELEASE, Happening.HALT, Happening.RESUME})


def _instant(scenario: Scenario, position: Position | None, session: Session) -> datetime:
    if isinstance(scenario.at, datetime):
        return scenario.at
    closes_at = position.closes_at if position is not None else None
    return (closes_at or session.closes_at) + scenario.at


def _people(script: Script, book: tuple[Position, ...]) -> list[tuple[datetime, Scenario]]:
    """List what people do during the day, in order."""
    by_id = {position.id: position for position in book}
    found = [
        (_instant(one, by_id.get(one.position or ""), script.session), one)
        for one in script.positions.scenarios
        if one.do in _PEOPLE
    ]
    return sorted(found, key=lambda pair: pair[0])


async def _drive(
    played: Played,
    engines: list[AccountEngine],
    clock: VirtualClock,
    people: list[tuple[datetime, Scenario]],
) -> None:
    """Wake the engines whenever something is due, until the next morning is over."""
    session = played.script.session
    until = played.script.sessions.after(session.day).opens_at + _AFTER_MORNING
    for engine in engines:
        await engine.start(clock.now() + timedelta(minutes=1))
    while clock.now() < until:
        while people and people[0][0] <= clock.now():
            _act(played.ledger, people.pop(0)[1], clock.now(), engines)
            for engine in engines:
                await engine.refresh()
        for engine in engines:
            await engine.wake()
        await clock.sleep_until(_next_instant(engines, clock.now(), until, people))
    for engine in engines:
        await engine.settled()


def _next_instant(
    engines: list[AccountEngine],
    now: datetime,
    until: datetime,
    people: list[tuple[datetime, Scenario]],
) -> datetime:
    instants = [until, *(at for at, _ in people[:1])]
    for engine in engines:
        if engine.is_busy:
            instants.append(now + _LOOK)
        elif (at := engine.next_at()) is not None:
            instants.append(max(at, now + timedelta(milliseconds=1)))
    return min(instants)


def _act(ledger: Ledger, scenario: Scenario, at: datetime, engines: list[AccountEngine]) -> None:
    """Do what a person does in the scenario, through the same rows as the command line."""
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

    ledger.write_now(work)
