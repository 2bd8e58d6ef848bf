"""Where the ledger is, also while other parts of the configuration are at fault."""

from pathlib import Path

from botd.errors import ConfigError
from botd.settings.document import parse_toml, read_bytes
from botd.settings.ledger_url import default_ledger_path, ledger_path
from botd.settings.load import MAIN_FILE
from botd.settings.reader import Faults, Table
from botd.settings.values import text


def ledger_of(config_dir: Path) -> Path:
    """
    Read of a configuration folder only which ledger it names.

    Taking a position over must not fail because of a slip in some bot's file.

    Raises:
        ConfigError: the main file cannot be read, or names no ledger that there could be.
    """
    directory, faults = config_dir.absolute(), Faults()
    try:
        main = parse_toml(read_bytes(directory / MAIN_FILE))
    except ValueError as error:
        raise ConfigError(f"{directory / MAIN_FILE}: {error}") from None
    table = Table(main, file=str(directory / MAIN_FILE), faults=faults)
    found = table.inner("ledger").get(
        "url", lambda url: ledger_path(text(url), directory), default_ledger_path(directory)
    )
    if faults.found:
        raise ConfigError(*faults.found)
    return found
