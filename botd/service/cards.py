"""What each kind of broker can do, without opening an account."""

from botd.brokers.paper.adapter import PAPER_CARD
from botd.brokers.port import CapabilityCard
from botd.settings.model import BrokerKind, BrokerSettings

_CARDS = {BrokerKind.PAPER: PAPER_CARD}


def card_of(broker: BrokerSettings) -> CapabilityCard | None:
    """Give a broker's capability card; None: this version has no adapter of its kind."""
    return _CARDS.get(broker.kind)
