"""
Symbols as tastytrade writes them.

    ours (compact)         theirs                   what
    GOOG151224P00740000    `GOOG  151224P00740000`  options: the root padded to six
    BRKB260619C00500000    `BRK/B 260619C00500000`  a share class has its slash in the root
    BRK.B                  BRK/B                    shares

Source: api-overview.md, tastytrade Symbology.
"""

from botd.brokers.transport.fields import Unreadable, shown
from botd.domain import occ
from botd.domain.contract import Delivery, Instrument, OptionContract, Shares
from botd.domain.roots import spec_of

OPTION = "Equity Option"
EQUITY = "Equity"
_TAIL = 15


def symbol_of(instrument: Instrument) -> str:
    """Write an instrument as tastytrade does."""
    if isinstance(instrument, Shares):
        return ticker_of(instrument.underlying)
    dotted = instrument.underlying
    is_class = "." in dotted and dotted.replace(".", "") == instrument.root
    root = dotted.replace(".", "/") if is_class else instrument.root
    return f"{root:<6}{instrument.symbol[-_TAIL:]}"


def ticker_of(underlying: str) -> str:
    """Write a ticker as tastytrade does."""
    return underlying.replace(".", "/")


def underlying_of(ticker: str) -> str:
    """Write their ticker as ours."""
    return ticker.replace("/", ".")


def kind_of(instrument: Instrument) -> str:
    """Name an instrument's type as tastytrade does."""
    return OPTION if isinstance(instrument, OptionContract) else EQUITY


def contract_of(text: str) -> OptionContract:
    """
    Read an option's symbol.

    Raises:
        Unreadable: it is none.
    """
    root, tail = text[:-_TAIL].replace("/", "").rstrip(), text[-_TAIL:]
    try:
        return occ.parse(root + tail)
    except ValueError as error:
        raise Unreadable(f"option symbol {shown(text)}: {error}") from error


def instrument_of(kind: str, text: str) -> Instrument:
    """
    Read the instrument of a leg or a position.

    Raises:
        Unreadable: it is neither an equity option nor a share (a future, a coin).
    """
    if kind == OPTION:
        return contract_of(text)
    if kind != EQUITY:
        raise Unreadable(f"{shown(text)} is of type {shown(kind)}")
    try:
        return occ.parse_instrument(underlying_of(text))
    except ValueError as error:
        raise Unreadable(f"ticker {shown(text)}: {error}") from error


def is_option_symbol(text: str) -> bool:
    """Tell whether a symbol has the length of an option's: no ticker and no future has."""
    return len(text) > _TAIL and text[-_TAIL:][:6].isdigit()


def is_index(underlying: str) -> bool:
    """Tell whether an underlying is an index, which is quoted as one."""
    return spec_of(underlying).delivery is Delivery.CASH
