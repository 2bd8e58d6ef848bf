"""
Positions files: what `positions import` and `replay --positions` read, TOML or JSON.

All or nothing: every fault of every entry is told in one run.

    net_price = "unknown"   nobody has told the opening price: P/L stays unknown
    held = true             the account holds the legs already: a paper account books none
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from botd.domain.bot import Bot
from botd.domain.contract import (
    Future,
    Instrument,
    LastSession,
    Leg,
    OptionContract,
    ending_legs,
    option_legs,
)
from botd.domain.instruments import ending, parse_instrument
from botd.domain.position import Policy
from botd.errors import ConfigError
from botd.settings.bots import PAPER_ACCOUNT
from botd.settings.document import parse_json, parse_toml
from botd.settings.reader import Faults, Table, did_you_mean
from botd.settings.scenario import Scenario, read_scenario
from botd.settings.values import flag, instant, money, name, one_of, shown, text, whole

UNKNOWN = "unknown"

_PAPER_KEY = ("paper", PAPER_ACCOUNT)
_NUMBER = re.compile(r"\d+")
_TICKER = re.compile(r"[A-Z][A-Z.]{0,5}")
_SYMBOLS = "an OCC symbol, a ticker, crypto:BTC-27NOV26-90000-C, event:100:YES or future:ES 12-25"
_MOST = 100_000
_HASH_LENGTH = 8
_SIGNS = "above 0 for a long leg, below 0 for a short one"
_SUNDAY = 6  # as Python counts weekdays
_units = whole(1, _MOST)
_any_quantity = whole(-_MOST, _MOST)


@dataclass(frozen=True, slots=True)
class PositionEntry:
    """One `[[position]]`. An id that the file leaves out is computed, and stable."""

    id: str
    bot: str
    opened_at: datetime
    units: int
    net_price: Decimal | None  # per share toward the account: credit > 0, debit < 0
    legs: tuple[Leg, ...]  # quantities signed, per unit
    policy: Policy | None = None
    is_held: bool = False  # by its account already, so that a paper account books nothing


@dataclass(frozen=True, slots=True)
class PositionsFile:
    """A positions file without faults."""

    entries: tuple[PositionEntry, ...]
    scenarios: tuple[Scenario, ...] = ()


def parse_positions(
    data: bytes,
    file: str,
    *,
    bots: Mapping[str, Bot],
    must_know_bots: bool = True,
) -> PositionsFile:
    """
    Read a positions file.

    Args:
        data: as read; JSON where it begins with a brace or *file* ends in `.json`.
        file: what messages call it: its path, or `standard input`.
        bots: by name; they tell which account holds an entry.
        must_know_bots: whether a bot that is not among them is a fault; a replay gives
            such a bot the defaults on paper.

    Raises:
        ConfigError: with every fault found.
    """
    faults = Faults()
    table = Table(_document(data, file), file=file, faults=faults)
    tables = table.entries("position", "position", at_least_one=True)
    read = [_entry(each, bots if must_know_bots else None) for each in tables]
    _check_ids(read, tables)
    _check_signs(read, tables, bots)
    named = {each.get("id", str, "") for each in tables}
    by_id = {entry.id: entry.legs for entry in read if entry is not None}
    scenarios = [
        read_scenario(each, by_id, named | by_id.keys())
        for each in table.entries("scenario", "scenario")
    ]
    table.done()
    if faults.found:
        raise ConfigError(*faults.found)
    return PositionsFile(
        tuple(entry for entry in read if entry is not None),
        tuple(scenario for scenario in scenarios if scenario is not None),
    )


def computed_id(entry: PositionEntry) -> str:
    """
    Give the id of an entry that names none, from its content: `goog-151224-3f2a91c0`.

    It must never change: a second import of the same file would open everything twice.
    Hence no strategy's name in it, which a later version may find better words for.
    """
    content = "|".join(
        (
            entry.bot,
            entry.opened_at.isoformat(),
            str(entry.units),
            UNKNOWN if entry.net_price is None else f"{entry.net_price.normalize():f}",
            *sorted(f"{leg.symbol} {leg.quantity}" for leg in entry.legs),
        ),
    )
    digest = hashlib.sha256(content.encode()).hexdigest()[:_HASH_LENGTH]
    expirations = [
        one.month if isinstance(one, Future) else one.expiration
        for one, _ in ending_legs(entry.legs)
    ]
    first = f"{min(expirations):%y%m%d}" if expirations else "shares"
    underlying = entry.legs[0].instrument.underlying.lower().replace(":", "-")
    return f"{underlying}-{first}-{digest}"


def _document(data: bytes, file: str) -> Mapping[str, object]:
    is_json = file.endswith(".json") or data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"
    try:
        return parse_json(data) if is_json else parse_toml(data)
    except ValueError as error:
        raise ConfigError(f"{file}: {error}") from None


def _entry(table: Table, bots: Mapping[str, Bot] | None) -> PositionEntry | None:
    """Read one entry; None after a fault that leaves none."""
    given_id = table.get("id", _id, None)
    parse_bot = name if bots is None else partial(_known_bot, bots=bots)
    bot = table.need("bot", parse_bot, f"allowed: {', '.join(bots)}" if bots else "")
    opened_at = table.need("opened_at", instant, "write an instant: 2015-12-18T15:00:00Z")
    units = table.need("units", _units, f"allowed: whole numbers from 1 to {_MOST}")
    given_price = table.need("net_price", _price, 'write dollars per share in quotes: "1.25"')
    policy = table.get("policy", one_of(Policy), None)
    is_held = table.get("held", flag, False)
    legs = _legs(table, opened_at)
    table.done()
    if bot is None or opened_at is None or units is None or given_price is None or not legs:
        return None
    net_price = given_price if isinstance(given_price, Decimal) else None
    entry = PositionEntry("", bot, opened_at, units, net_price, legs, policy, is_held)
    return replace(entry, id=given_id or computed_id(entry))


def _price(found: object) -> Decimal | str:
    """Read dollars per share, or the word for a price that nobody has told."""
    return UNKNOWN if found == UNKNOWN else money(found)


def _id(found: object) -> str:
    """Refuse what a command would take for a short number or an underlying."""
    given = name(found)
    if _NUMBER.fullmatch(given):
        raise ValueError(f"{shown(given)} reads as a short number; give it a letter")
    if _TICKER.fullmatch(given):
        raise ValueError(f"{shown(given)} reads as an underlying; give it a digit or small letters")
    return given


def _known_bot(found: object, bots: Mapping[str, Bot]) -> str:
    bot = text(found)
    if bot in bots:
        return bot
    known = ", ".join(bots) or "none"
    raise ValueError(f"no such bot: {shown(bot)}; allowed: {known}{did_you_mean(bot, list(bots))}")


def _legs(table: Table, opened_at: datetime | None) -> tuple[Leg, ...]:
    """Read the legs; none after a fault."""
    tables = table.entries("legs", "leg", at_least_one=True)
    legs = [_leg(each) for each in tables]
    whole_legs = tuple(leg for leg in legs if leg is not None)
    if len(whole_legs) != len(tables):
        return ()
    _check_legs(whole_legs, opened_at, table)
    return whole_legs


def _leg(table: Table) -> Leg | None:
    instrument = table.need("symbol", _instrument, f"allowed: {_SYMBOLS}")
    quantity = table.need("quantity", _quantity, f"allowed: {_SIGNS}")
    ends_at = table.get("ends_at", instant, None)
    table.done()
    if instrument is None or quantity is None:
        return None
    told = ending(instrument, ends_at)
    if ends_at is not None and told is instrument:
        table.fault("ends_at", f"not of {instrument.symbol}: told of events and futures only")
    if _needs_end(told):
        table.fault("ends_at", f"missing: nothing else tells when {instrument.symbol} ends")
        return None
    return Leg(told, quantity)


def _needs_end(instrument: Instrument) -> bool:
    """Whether its end is told with it or not at all, and was not."""
    match instrument:
        case OptionContract(spec=spec, ends_at=None):
            return spec.last_session is LastSession.GIVEN
        case Future(ends_at=None):
            return not instrument.ends_on_third_friday
        case _:
            return False


def _instrument(found: object) -> Instrument:
    return parse_instrument(text(found))


def _quantity(found: object) -> int:
    if _any_quantity(found) == 0:
        raise ValueError(f"0; allowed: {_SIGNS}")
    return _any_quantity(found)


def _check_legs(legs: tuple[Leg, ...], opened_at: datetime | None, table: Table) -> None:
    underlyings = list(dict.fromkeys(leg.instrument.underlying for leg in legs))
    if len(underlyings) > 1:
        table.fault("legs", f"{len(underlyings)} underlyings: {', '.join(underlyings)}; allowed: 1")
    symbols = [leg.symbol for leg in legs]
    for twice in dict.fromkeys(each for each in symbols if symbols.count(each) > 1):
        table.fault("legs", f"{twice} stands twice; give one leg with the sum")
    for contract, _ in option_legs(legs):
        if contract.spec.ends_alone:
            continue  # on any day of the year
        # Saturdays were expiration dates until 2015, holidays still are: then T is earlier.
        if contract.expiration.weekday() == _SUNDAY:
            words = f"{contract.expiration} is a Sunday, when nothing expires"
            table.fault("legs", f"{contract.symbol}: {words}")
        # A day of grace: expiration is a New York date, opened_at is UTC.
        if opened_at is not None and opened_at.date() > contract.expiration + timedelta(days=1):
            table.fault("opened_at", f"{opened_at:%Y-%m-%d} is after {contract.symbol} expired")


def _check_ids(read: list[PositionEntry | None], tables: list[Table]) -> None:
    seen: dict[str, Table] = {}
    for entry, table in zip(read, tables, strict=True):
        if entry is None:
            continue
        if entry.id in seen:
            why = "is also the id of" if table.has("id") else "is computed, and the same as that of"
            table.fault("id", f"{entry.id!r} {why} {seen[entry.id].where.rstrip(': ')}")
        seen.setdefault(entry.id, table)


def _check_signs(
    read: list[PositionEntry | None],
    tables: list[Table],
    bots: Mapping[str, Bot],
) -> None:
    """Refuse one contract long and short in an account: at the broker they net out."""
    first: dict[tuple[tuple[str, str], str], tuple[bool, Table]] = {}
    for entry, table in zip(read, tables, strict=True):
        if entry is None:
            continue
        bot = bots.get(entry.bot)
        account = _PAPER_KEY if bot is None else (bot.broker, bot.account)
        for leg in entry.legs:
            is_long = leg.quantity > 0
            was_long, where = first.setdefault((account, leg.symbol), (is_long, table))
            if was_long != is_long and where is not table:
                table.fault(
                    "legs",
                    f"{leg.symbol} is {_side(is_long)} here and {_side(was_long)} in "
                    f"{where.where.rstrip(': ')}; in one account they net out",
                )


def _side(is_long: bool) -> str:  # noqa: FBT001 - the two sides of a leg
    return "long" if is_long else "short"
