"""
What each kind of broker can do, without opening an account.

    cut-off   the configured one, else the card's; New York time of a full day, and as far
              before the close of a half-day
"""

from datetime import time, timedelta

from botd.brokers.alpaca.card import CARD as ALPACA_CARD
from botd.brokers.clickoptions.card import CARD as CLICKOPTIONS_CARD
from botd.brokers.crosstrade.card import CARD as CROSSTRADE_CARD
from botd.brokers.intotes.card import CARD as INTOTES_CARD
from botd.brokers.paper.card import PAPER_CARD
from botd.brokers.port import CapabilityCard
from botd.brokers.tastytrade.card import CARD as TASTYTRADE_CARD
from botd.brokers.tradier.card import CARD as TRADIER_CARD
from botd.settings.model import BrokerKind, BrokerSettings

_CARDS = {
    BrokerKind.PAPER: PAPER_CARD,
    BrokerKind.ALPACA: ALPACA_CARD,
    BrokerKind.TRADIER: TRADIER_CARD,
    BrokerKind.TASTYTRADE: TASTYTRADE_CARD,
    BrokerKind.CROSSTRADE: CROSSTRADE_CARD,
    BrokerKind.INTOTES: INTOTES_CARD,
    BrokerKind.CLICKOPTIONS: CLICKOPTIONS_CARD,
}
_FULL_CLOSE = timedelta(hours=16)  # New York: what a cut-off's time is counted against


def card_of(broker: BrokerSettings) -> CapabilityCard | None:
    """Give a broker's capability card; None: this version has no adapter of its kind."""
    return _CARDS.get(broker.kind)


def cutoff_of(broker: BrokerSettings, card: CapabilityCard | None = None) -> time | None:
    """
    Tell when a broker stops taking closing orders on a full day; None: never before T.

    Args:
        broker: as configured.
        card: of the opened account; left out, that of its kind.
    """
    card = card or card_of(broker)
    found = broker.cutoff or (None if card is None else card.cutoff)
    return found if found is not None and before_close(found) > timedelta() else None


def before_close(cutoff: time) -> timedelta:
    """Turn a cut-off's time of a full day into a distance from the close of any day."""
    return _FULL_CLOSE - timedelta(hours=cutoff.hour, minutes=cutoff.minute)
