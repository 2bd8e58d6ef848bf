import pytest

from botd.brokers.tastytrade.symbols import (
    contract_of,
    instrument_of,
    is_index,
    is_option_symbol,
    symbol_of,
)
from botd.brokers.transport.fields import Unreadable
from botd.domain import occ


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        pytest.param("GOOG151224P00740000", "GOOG  151224P00740000", id="padded to six"),
        pytest.param("SPXW260520C04025000", "SPXW  260520C04025000", id="an index's root"),
        pytest.param("F260520C00012500", "F     260520C00012500", id="one letter"),
        pytest.param("BRKB260619C00500000", "BRK/B 260619C00500000", id="a share class"),
        pytest.param("AAPL1260619C00500000", "AAPL1 260619C00500000", id="adjusted"),
        pytest.param("BRK.B", "BRK/B", id="shares of a class"),
        pytest.param("GOOG", "GOOG", id="shares"),
    ],
)
def test_symbols_go_there_and_come_back(ours: str, theirs: str) -> None:
    """Each of ours has one of theirs."""
    instrument = occ.parse_instrument(ours)
    kind = "Equity Option" if is_option_symbol(theirs) else "Equity"

    assert theirs == symbol_of(instrument)
    assert instrument == instrument_of(kind, theirs)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        pytest.param("Equity Option", "4SPX  251219C05000000", id="a FLEX option"),
        pytest.param("Equity Option", "AAPL", id="no option"),
        pytest.param("Equity Option", "", id="nothing"),
        pytest.param("Equity", "12345", id="no ticker"),
        pytest.param("Future", "/ESZ5", id="a future"),
        pytest.param("Cryptocurrency", "BTC/USD", id="a coin"),
    ],
)
def test_what_is_not_ours_is_unreadable(kind: str, text: str) -> None:
    """Whoever asks decides whether that matters."""
    with pytest.raises(Unreadable):
        instrument_of(kind, text)


def test_unpadded_root_is_read_too() -> None:
    """A share class without its slash is the same contract."""
    assert contract_of("BRK/B 260619C00500000") == contract_of("BRKB  260619C00500000")


def test_index_is_asked_for_as_one() -> None:
    """What settles in cash is an index."""
    assert [True, True, True, False, False] == [
        is_index(each) for each in ("SPX", "VIX", "MRUT", "SPY", "BRK.B")
    ]
