"""What a running daemon can take from a configuration that has changed, and what not."""

from dataclasses import replace

from botd.domain.bot import Mode
from botd.errors import ConfigError
from botd.service import anchors
from botd.settings.model import BrokerSettings, Settings


def refuse_unfit(before: Settings, after: Settings) -> None:
    """
    Refuse a configuration that this process cannot go on by.

    Raises:
        ConfigError: a credential cannot be had, a live bot says no anchor, or it names
            another ledger.
    """
    faults = [*after.secret_faults(), *anchors.faults(after)]
    if after.ledger_url != before.ledger_url:
        faults.append(
            f"ledger.url: {after.ledger_url!r}; a running daemon keeps its ledger, "
            f"{before.ledger_url!r}: restart it"
        )
    if faults:
        raise ConfigError(*faults)


def waits_for_restart(before: Settings, after: Settings) -> tuple[str, ...]:
    """Name the brokers whose connection is now configured otherwise than it was opened."""
    return tuple(
        f"brokers.{name}"
        for name, opened in before.brokers.items()
        if name in after.brokers and _connection(opened) != _connection(after.brokers[name])
    )


def _connection(chosen: BrokerSettings) -> BrokerSettings:
    """Leave out what is taken without a restart."""
    return replace(chosen, mode=Mode.OBSERVE, cutoff=None)
