"""
The configuration folder, read whole: all its faults in one run, or settings without any.

    botd.toml       ledger, brokers, notifications
    bots/*.toml     one bot a file
    calendar.toml   overrides of the calendar; may be missing
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from botd.domain.bot import Bot
from botd.domain.calendar_override import CalendarOverride
from botd.errors import ConfigError
from botd.settings.bots import read_bot
from botd.settings.brokers import read_broker, secret_of
from botd.settings.document import parse_toml, read_bytes
from botd.settings.ledger_url import SYSTEM_DIR, default_ledger_path, ledger_path, ledger_url
from botd.settings.model import (
    RECORDED_ONLY,
    BotFile,
    BrokerKind,
    BrokerSettings,
    NotifySettings,
    PaperSettings,
    Settings,
)
from botd.settings.overrides import read_overrides
from botd.settings.reader import Faults, Table, did_you_mean
from botd.settings.secret import SecretPlaces
from botd.settings.values import name, shown, text

MAIN_FILE = "botd.toml"
Kinds = Mapping[str, BrokerKind | None]  # of every broker in the file; None: at fault itself
_VARIABLE = "BOTD_CONFIG"
_LOCAL_DIR = "config"


def find_config_dir(
    option: str | Path | None,
    environ: Mapping[str, str],
    cwd: Path,
    *,
    system: Path = SYSTEM_DIR,
) -> Path:
    """
    Find the configuration folder: `--config`, `$BOTD_CONFIG`, `./config`, `/etc/botd`.

    The first two count when they are given; the others when they hold a `botd.toml`.

    Raises:
        ConfigError: there is none; the message tells the four places.
    """
    for said, place in (("--config", option), (f"${_VARIABLE}", environ.get(_VARIABLE))):
        if place:
            if (cwd / place).is_dir():
                return cwd / place
            raise ConfigError(f"{said}: no folder {str(place)!r}")
    for place in (cwd / _LOCAL_DIR, system):
        if (place / MAIN_FILE).is_file():
            return place
    raise ConfigError(
        f"no configuration: --config and ${_VARIABLE} are not given, and neither "
        f"{cwd / _LOCAL_DIR} nor {system} holds a {MAIN_FILE}",
    )


def load(config_dir: Path, environ: Mapping[str, str]) -> Settings:
    """
    Read the configuration folder.

    No credential is revealed: `Settings.secret_faults` tells which ones cannot be had.

    Raises:
        ConfigError: with every fault that stands in the folder.
    """
    folder = _Folder(config_dir.absolute(), Faults())
    places = SecretPlaces(environ, folder.directory)
    main = folder.table(MAIN_FILE)
    is_main_read = not folder.faults.found
    path = _ledger(main.inner("ledger"), folder.directory)
    brokers, kinds = _brokers(main, places)
    notify = _notify(main.inner("notify"), places)
    main.done()
    bots, files = _bots(folder, kinds if is_main_read else None)
    overrides = _overrides(folder)
    if folder.faults.found:
        raise ConfigError(*folder.faults.found)
    return Settings(
        directory=folder.directory,
        ledger_url=ledger_url(path),
        ledger_path=path,
        brokers=brokers,
        notify=notify,
        bots=bots,
        overrides=overrides,
        bot_files=files,
    )


def load_bot(path: Path) -> Bot:
    """
    Read one bot's file by itself, for a replay on paper: its broker isn't looked up.

    Raises:
        ConfigError: with every fault of the file.
    """
    folder = _Folder(path.absolute().parent, Faults())
    table = folder.table(path.name)
    bot = read_bot(table)
    if bot is None or folder.faults.found:
        raise ConfigError(*folder.faults.found)
    return bot


@dataclass(frozen=True, slots=True)
class _Folder:
    directory: Path
    faults: Faults

    def table(self, file: str) -> Table:
        """Read a file of the folder; an empty table where it is at fault."""
        path = self.directory / file
        try:
            return Table(parse_toml(read_bytes(path)), file=_shown_path(path), faults=self.faults)
        except ValueError as error:
            self.faults.add(_shown_path(path), str(error))
            return Table({}, file=_shown_path(path), faults=Faults())  # its gaps are no news


def _shown_path(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _ledger(table: Table, directory: Path) -> Path:
    path = table.get(
        "url",
        lambda found: ledger_path(text(found), directory),
        default_ledger_path(directory),
    )
    table.done()
    return path


def _brokers(
    main: Table,
    places: SecretPlaces,
) -> tuple[dict[str, BrokerSettings], Kinds]:
    """Give the brokers without fault, and the kind of every one that stands in the file."""
    tables = main.named("brokers")
    read = {each: read_broker(table, each, places) for each, table in tables.items()}
    brokers = {each: broker for each, broker in read.items() if broker is not None}
    kinds = {each: None if broker is None else broker.kind for each, broker in read.items()}
    for each, broker in brokers.items():
        if isinstance(broker, PaperSettings) and broker.quotes.broker is not None:
            _check_source(broker.quotes.broker, kinds, tables[each].inner("quotes"))
    return brokers, kinds


def _check_source(source: str, kinds: Kinds, table: Table) -> None:
    kind = kinds.get(source)
    if kind is BrokerKind.PAPER:
        table.fault("broker", f"{source!r} is a paper broker, and has no quotes of its own")
        return
    try:
        _known_broker(source, kinds)
    except ValueError as error:
        table.fault("broker", str(error))
    else:
        if kinds[source] is not None:  # one at fault is told elsewhere
            table.fault("broker", RECORDED_ONLY)


def _notify(table: Table, places: SecretPlaces) -> NotifySettings:
    secret = secret_of(table, "urls", places)
    settings = NotifySettings(
        urls=table.get("urls", lambda found: tuple(map(secret, _as_list(found))), ()),
        heartbeat_url=table.get("heartbeat_url", secret_of(table, "heartbeat_url", places), None),
    )
    table.done()
    return settings


def _as_list(found: object) -> list[object]:
    if isinstance(found, list):
        return found
    raise ValueError('not a list; write [{ env = "NAME" }]')


def _bots(folder: _Folder, kinds: Kinds | None) -> tuple[dict[str, Bot], dict[str, BotFile]]:
    """Read every bot; *kinds* is None where the brokers could not be read at all."""
    parse_broker = name if kinds is None else partial(_known_broker, kinds=kinds)
    real = frozenset(
        broker for broker, kind in (kinds or {}).items() if kind not in (None, BrokerKind.PAPER)
    )
    bots: dict[str, Bot] = {}
    files: dict[str, BotFile] = {}
    for file in _bot_files(folder):
        table = folder.table(file)
        bot = read_bot(
            table, parse_broker=parse_broker, with_account=real, brokers=tuple(kinds or ())
        )
        if bot is None:
            continue
        if bot.name in files:
            table.fault("name", f"{bot.name!r} is also the name of {files[bot.name].path}")
        says_anchor = table.says("anchor", within="expiration")
        bots[bot.name], files[bot.name] = bot, BotFile(table.file, says_anchor)
    return bots, files


def _bot_files(folder: _Folder) -> list[str]:
    place = folder.directory / "bots"
    if place.exists() and not place.is_dir():
        folder.faults.add(_shown_path(place), "is a file; it must be a folder of bots")
        return []
    found = sorted(path.name for path in place.glob("*.toml"))
    return [f"bots/{file}" for file in found if not file.startswith(".")]


def _known_broker(found: object, kinds: Kinds) -> str:
    """Read the name of a broker that this version can run; one at fault is told elsewhere."""
    broker, known = text(found), list(kinds)
    if broker not in kinds:
        near = did_you_mean(broker, known) or f"; in {MAIN_FILE}: {', '.join(known) or 'none'}"
        raise ValueError(f"{shown(broker)} is no [brokers.NAME] of {MAIN_FILE}{near}")
    return broker


def _overrides(folder: _Folder) -> tuple[CalendarOverride, ...]:
    file = "calendar.toml"
    return read_overrides(folder.table(file)) if (folder.directory / file).exists() else ()
