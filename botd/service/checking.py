"""Whether the recorded days, and the positions of the ledger, fit the configuration."""

from botd.brokers.paper.pack_files import load_pack
from botd.domain.position import Position
from botd.errors import ConfigError
from botd.ledger import Tx, positions
from botd.settings.model import PaperSettings, Settings


def pack_faults(settings: Settings) -> tuple[str, ...]:
    """Say what is wrong with the recorded days that paper brokers show."""
    faults: list[str] = []
    for chosen in settings.brokers.values():
        if isinstance(chosen, PaperSettings) and chosen.quotes.pack is not None:
            try:
                load_pack(chosen.quotes.pack)
            except ConfigError as error:
                faults += error.faults
    return tuple(faults)


def ledger_faults(tx: Tx, settings: Settings) -> tuple[str, ...]:
    """Say of each open position which bot or broker it lacks; nothing where all fit."""
    return tuple(
        fault for found in positions.live(tx) if (fault := _fault(found, settings)) is not None
    )


def _fault(found: Position, settings: Settings) -> str | None:
    name = f"position {found.number} ({found.id})"
    if found.broker not in settings.brokers:
        known = ", ".join(sorted(settings.brokers)) or "none"
        return f"{name}: no [brokers.{found.broker}] in the configuration; there is: {known}"
    bot = settings.bots.get(found.bot)
    if bot is None:
        return f"{name}: no file configures its bot {found.bot!r}; its rules are the defaults"
    if (bot.broker, bot.account) != found.account_key:
        return (
            f"{name}: is held at {found.broker} {found.account!r}, "
            f"its bot {found.bot!r} trades at {bot.broker} {bot.account!r}"
        )
    return None
