"""
What each kind of broker holds; anything else is refused where a position is taken.

    paper                         everything: what its pack lacks is held without quotes
    alpaca, tradier, tastytrade   listed options and shares
    crosstrade                    futures
    intotes                       event contracts
    clickoptions                  crypto options

One leg that a broker cannot name would leave a whole account without quotes.
"""

from enum import Enum

from botd.domain.contract import Future, Instrument, OptionContract
from botd.settings.model import BrokerKind


class Product(Enum):
    """A kind of thing that can be held, as people call it."""

    LISTED = "listed options and shares"
    FUTURE = "futures"
    EVENT = "event contracts"
    CRYPTO = "crypto options"


_TRADED = {
    BrokerKind.ALPACA: Product.LISTED,
    BrokerKind.TRADIER: Product.LISTED,
    BrokerKind.TASTYTRADE: Product.LISTED,
    BrokerKind.CROSSTRADE: Product.FUTURE,
    BrokerKind.INTOTES: Product.EVENT,
    BrokerKind.CLICKOPTIONS: Product.CRYPTO,
}


def product_of(instrument: Instrument) -> Product:
    """Say what kind of thing *instrument* is."""
    match instrument:
        case Future():
            return Product.FUTURE
        case OptionContract(spec=spec) if spec.payout is not None:
            return Product.EVENT
        case OptionContract(spec=spec) if spec.ends_alone:
            return Product.CRYPTO
        case _:
            return Product.LISTED


def misfit(kind: BrokerKind | None, instrument: Instrument) -> str | None:
    """Say why a broker of *kind* (None: not known) cannot hold *instrument*; None: it can."""
    traded = None if kind is None else _TRADED.get(kind)
    if kind is None or traded in {None, product_of(instrument)}:
        return None
    return f"{instrument.symbol} cannot be held at {kind.value}, which trades {traded.value}"
