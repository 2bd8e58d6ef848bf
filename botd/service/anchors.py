"""
Whether a bot's attempts come in time for a broker that acts before the close.

    live, earlier cut-off, `anchor` not written    a fault: nobody may guess with real money
    paper, earlier cut-off, `anchor` not written   the default, `close`; the difference is told
    `anchor` written                               a person has chosen

Times are those of a full day; a half-day shifts all of them with its close.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

from botd.domain import schedule
from botd.domain.bot import Anchor, Bot
from botd.service import cards
from botd.settings.model import AccountEnvironment, BrokerSettings, Settings

_CLOSE = datetime(2000, 1, 3, 16, 0, tzinfo=UTC)  # a full day's, as New York's clocks show it
_UNSAID = "no file"  # of a bot that was not read from one
_MEANINGS = {
    Anchor.CLOSE: ", when the broker may already have acted",
    Anchor.CUTOFF: ", and what is out of the money then is left alone",
    Anchor.BOTH: "",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A bot that says nothing about a cut-off which its broker has."""

    bot: Bot
    file: str
    broker: BrokerSettings
    cutoff: time  # New York, of a full day

    @property
    def is_fault(self) -> bool:
        """Whether nothing may start before a person has written the key."""
        return self.broker.environment is AccountEnvironment.LIVE

    def __str__(self) -> str:
        """Name file, key, both times, and what each choice means."""
        choices = "; ".join(
            f'"{anchor.value}" tries at {self._times(anchor)}{_MEANINGS[anchor]}'
            for anchor in Anchor
        )
        return (
            f"{self.file}: expiration.anchor: missing; [brokers.{self.broker.name}] is a "
            f"{self.broker.environment.value} account whose broker may act from "
            f"{self.cutoff:%H:%M} New York on{self._source()}, before the close at "
            f"{_CLOSE:%H:%M}. Write which counts: {choices}"
        )

    def brief(self) -> str:
        """Say it in one line, where the default stands."""
        return (
            f"{self.file}: attempts at {self._times(Anchor.CLOSE)} New York; [brokers."
            f"{self.broker.name}] may act from {self.cutoff:%H:%M} on: "
            f'anchor = "cutoff" would try at {self._times(Anchor.CUTOFF)}, "both" at both'
        )

    def _times(self, anchor: Anchor) -> str:
        rules = replace(self.bot.expiration, anchor=anchor)
        cutoff_at = _CLOSE - cards.before_close(self.cutoff)
        return ", ".join(
            f"{one.due_at:%H:%M:%S}".removesuffix(":00")
            for one in schedule.attempt_times((_CLOSE,), rules, cutoff_at)
        )

    def _source(self) -> str:
        card = cards.card_of(self.broker)
        if self.broker.cutoff is not None or card is None or not card.cutoff_source:
            return ""
        return f" ({card.cutoff_source})"


def differences(settings: Settings) -> tuple[Difference, ...]:
    """Find the bots whose files say no anchor, at brokers with an earlier cut-off."""
    return tuple(_differences(settings))


def faults(settings: Settings) -> tuple[str, ...]:
    """Say what a person must write before the daemon may start on live accounts."""
    return tuple(str(one) for one in _differences(settings) if one.is_fault)


def _differences(settings: Settings) -> Iterator[Difference]:
    for bot in settings.bots.values():
        broker = settings.brokers.get(bot.broker)
        cutoff = None if broker is None else cards.cutoff_of(broker)
        file = settings.bot_files.get(bot.name)
        is_said = file is not None and file.says_anchor
        if broker is not None and cutoff is not None and not is_said:
            yield Difference(bot, _UNSAID if file is None else file.path, broker, cutoff)
