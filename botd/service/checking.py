"""Whether the positions of the ledger fit the configuration."""

from botd.domain.position import Position
from botd.ledger import Tx, positions
from botd.settings.model import Settings


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
