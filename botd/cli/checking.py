"""`botd check`: validates the whole configuration."""

from dataclasses import dataclass

import click

from botd.cli import errors, sessions, words, workplace
from botd.cli.options import Here, examples, json_option, pass_here
from botd.cli.output import Line, show, show_json, warn
from botd.errors import BotdError, CalendarError, ConfigError, NotFoundError
from botd.service import anchors, checking
from botd.service.shapes import Shape
from botd.settings.model import Settings


@dataclass(frozen=True, slots=True)
class _Checked:
    """What a check found: faults of the files, and of the ledger against them."""

    settings: Settings | None
    faults: tuple[str, ...] = ()  # of the configuration
    ledger_faults: tuple[str, ...] = ()
    has_ledger: bool = False

    @property
    def code(self) -> int:
        """The exit code: a person must change a file, or look at the ledger."""
        if self.faults:
            return errors.USAGE
        return errors.FAILED if self.ledger_faults else errors.DONE

    def shape(self) -> Shape:
        """Give it as JSON has it."""
        settings = self.settings
        return {
            "ok": self.code == errors.DONE,
            "faults": [*self.faults, *self.ledger_faults],
            "config": None if settings is None else str(settings.directory),
            "ledger": None if settings is None else str(settings.ledger_path),
            "brokers": [] if settings is None else sorted(settings.brokers),
            "bots": [] if settings is None else sorted(settings.bots),
            "notes": [] if settings is None else list(_notes(settings)),
        }


@click.command(epilog=examples("botd check", "botd --config config check --json"))
@json_option
@pass_here
def check(here: Here, as_json: bool) -> int:
    """
    Validate the whole configuration, without touching a network.

    All faults are told in one run. Exit 2: a file must be changed; 1: open positions do
    not fit the files.
    """
    found = _check(here)
    for fault in (*found.faults, *found.ledger_faults):
        warn(f"botd: {fault}")
    if as_json:
        show_json(found.shape())
    elif found.settings is not None and not found.faults:
        show(_lines(found, found.settings), here.screen)
    return found.code


def _check(here: Here) -> _Checked:
    try:
        settings = workplace.settings_of(here)
    except ConfigError as error:
        return _Checked(None, faults=error.faults)
    faults = (
        *settings.secret_faults(),
        *anchors.faults(settings),
        *checking.pack_faults(settings),
        *_calendar_faults(here, settings),
    )
    try:
        with workplace.ledger_at(here) as ledger:
            found = ledger.read_now(lambda tx: checking.ledger_faults(tx, settings))
    except NotFoundError:  # a first check comes before the ledger
        return _Checked(settings, faults)
    except BotdError as error:
        return _Checked(settings, faults, (str(error),), has_ledger=True)
    return _Checked(settings, faults, found, has_ledger=True)


def _calendar_faults(here: Here, settings: Settings) -> tuple[str, ...]:
    try:
        sessions.calendar_of(here, settings)
    except CalendarError as error:
        return (str(error),)
    return ()


def _lines(found: _Checked, settings: Settings) -> list[Line]:
    brokers = [
        f"{one.name} ({one.kind.value}, {one.environment.value}, {one.mode.value})"
        for one in settings.brokers.values()
    ]
    overrides = len(settings.overrides)
    ledger = str(settings.ledger_path) + ("" if found.has_ledger else " (none yet)")
    told = {
        "folder": str(settings.directory),
        "ledger": ledger,
        "brokers": ", ".join(brokers) or "none",
        "bots": ", ".join(sorted(settings.bots)) or "none",
        "notify": _channels(settings),
        "calendar": words.counted(overrides, "override") if overrides else "no override",
    }
    lines: list[Line] = [((f"{title:<10}", "dim"), (text, "")) for title, text in told.items()]
    lines += [((f"{'note':<10}", "warn"), (note, "")) for note in _notes(settings)]
    verdict = "the configuration is in order" if not found.ledger_faults else "see above"
    return [*lines, ((verdict, "good" if not found.ledger_faults else "warn"),)]


def _notes(settings: Settings) -> tuple[str, ...]:
    """Tell what is no fault, and still worth a look."""
    return tuple(one.brief() for one in anchors.differences(settings) if not one.is_fault)


def _channels(settings: Settings) -> str:
    urls = len(settings.notify.urls)
    channels = words.counted(urls, "channel") if urls else "no channel: nobody is told anything"
    return channels + (", heartbeat" if settings.notify.heartbeat_url else "")
