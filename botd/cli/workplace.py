"""Configuration, ledger and clock of one call; imported by commands, never at the start."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from botd.cli.options import Here
from botd.cli.output import warn
from botd.clock import Clock, SystemClock
from botd.errors import ConfigError
from botd.ledger import Ledger, open_ledger
from botd.service.inspection import lock_path
from botd.service.lock import Holder, holder_of
from botd.settings.ledger_url import ledger_path, ledger_url
from botd.settings.load import find_config_dir, load
from botd.settings.locate import ledger_of
from botd.settings.model import Settings

CONFIG_VARIABLE = "BOTD_CONFIG"


def clock_of(here: Here) -> Clock:
    """Give the clock: the host's, unless the surroundings brought another."""
    return here.world.clock or SystemClock()


def now_of(here: Here) -> datetime:
    """Tell the present instant."""
    return clock_of(here).now()


def config_dir_of(here: Here) -> Path:
    """
    Find the configuration folder.

    Raises:
        ConfigError: there is none.
    """
    return find_config_dir(here.config_option, here.world.environ, here.world.cwd)


def settings_of(here: Here) -> Settings:
    """
    Read the configuration, with `--ledger` in the place of its own.

    Raises:
        ConfigError: with every fault.
    """
    return _with_ledger(here, load(config_dir_of(here), here.world.environ))


def sound_settings_of(here: Here) -> Settings | None:
    """
    Read the configuration if there is one without faults; None: the defaults count.

    What reads the ledger or takes a position over must not fail over a slip in a bot's
    file. The faults are told on standard error.

    Raises:
        ConfigError: a folder is named that does not exist.
    """
    try:
        directory = config_dir_of(here)
    except ConfigError:
        if here.config_option or here.world.environ.get(CONFIG_VARIABLE):
            raise
        return None
    try:
        return _with_ledger(here, load(directory, here.world.environ))
    except ConfigError as error:
        for fault in error.faults:
            warn(f"botd: {fault}")
        warn("botd: until that is corrected, what is shown here goes by the defaults")
        return None


def ledger_path_of(here: Here) -> Path:
    """
    Tell the ledger's file, also where other parts of the configuration are at fault.

    Raises:
        ConfigError: nothing names one.
    """
    if here.ledger_file is None:
        here.ledger_file = _ledger_named(here) or ledger_of(config_dir_of(here))
    return here.ledger_file


@contextmanager
def ledger_at(here: Here, *, create: bool = False) -> Iterator[Ledger]:
    """
    Open the ledger for the length of a `with` block; its works run inline.

    Raises:
        NotFoundError: there is none; the message says which commands make one.
        LedgerError: it cannot be used.
    """
    ledger = open_ledger(ledger_url(ledger_path_of(here)), create=create, threaded=False)
    try:
        yield ledger
    finally:
        ledger.close()


def holder_at(here: Here) -> Holder | None:
    """Tell who holds the ledger: the daemon, or a command that stands in for it."""
    return holder_of(lock_path(ledger_path_of(here)))


def _with_ledger(here: Here, settings: Settings) -> Settings:
    named = _ledger_named(here)
    if named is None:
        return settings
    return replace(settings, ledger_path=named, ledger_url=ledger_url(named))


def _ledger_named(here: Here) -> Path | None:
    if here.ledger_option is None:
        return None
    try:
        return ledger_path(here.ledger_option, here.world.cwd)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--ledger") from None
